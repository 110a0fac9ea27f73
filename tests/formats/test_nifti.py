"""NIfTI: values, place, and what is wrong with a file."""

import gzip
import os
from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import pytest

from fusionviewer.errors import Cancelled, InputError
from fusionviewer.formats.catalogue import catalogue, open_entry
from fusionviewer.formats.nifti import open_nifti, preview_nifti
from fusionviewer.formats.reading import describe, open_images
from fusionviewer.imaging.image import Image

VALUES = np.arange(24, dtype=np.int16).reshape(2, 3, 4)  # S H W


def opened(path: Path) -> Image:
    (image,) = open_images(path)
    return image


def saved(path: Path, data: np.ndarray, affine: np.ndarray | None = None, version: int = 1) -> Path:
    kind = nibabel.Nifti1Image if version == 1 else nibabel.Nifti2Image
    nibabel.save(kind(data, np.eye(4) if affine is None else affine), path)
    return path


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_both_versions_open_packed_and_plain(tmp_path: Path, version: int, suffix: str) -> None:
    image = opened(saved(tmp_path / f"a{suffix}", VALUES.T, version=version))
    assert (image.values == VALUES).all()
    assert image.source.kind == "NIfTI"
    assert image.name == "a"


def test_the_content_decides_and_not_the_extension(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.nii.gz", VALUES.T)
    assert opened(path.rename(tmp_path / "a.dcm")).shape == VALUES.shape


def test_right_and_front_become_left_and_back(tmp_path: Path) -> None:
    affine = np.diag([2.0, 3, 4, 1])
    affine[:3, 3] = (10, 20, 30)
    grid = opened(saved(tmp_path / "a.nii", VALUES.T, affine)).grid
    assert grid is not None
    assert grid.origin.tolist() == [-10, -20, 30]
    assert grid.spacing.tolist() == [4, 3, 2]
    assert grid.position((1, 1, 1)).tolist() == [-12, -23, 34]


def test_lengths_in_metres_and_microns_become_mm(tmp_path: Path) -> None:
    for unit, factor in (("meter", 1000), ("micron", 0.001), ("mm", 1)):
        image = nibabel.Nifti1Image(VALUES.T, np.diag([*[2 / factor] * 3, 1]))
        image.header.set_xyzt_units(unit)
        nibabel.save(image, tmp_path / "a.nii")
        grid = opened(tmp_path / "a.nii").grid
        assert grid is not None
        assert grid.spacing == pytest.approx([2, 2, 2])


def test_slope_and_intercept_are_applied(tmp_path: Path) -> None:
    image = nibabel.Nifti1Image(VALUES.T, np.eye(4))
    image.header.set_slope_inter(0.5, -3)
    nibabel.save(image, tmp_path / "a.nii")
    with (tmp_path / "a.nii").open("rb") as file:
        header = nibabel.Nifti1Header.from_fileobj(file)
    slope, intercept = header.get_slope_inter()
    stored = np.frombuffer((tmp_path / "a.nii").read_bytes()[352:], np.int16).reshape(2, 3, 4)
    assert opened(tmp_path / "a.nii").values == pytest.approx(stored * slope + intercept)


@pytest.mark.parametrize(
    "dtype", [np.uint8, np.int8, np.uint16, np.int16, np.int32, np.float32, np.float64]
)
def test_every_number_type_opens(tmp_path: Path, dtype: type) -> None:
    image = opened(saved(tmp_path / "a.nii", VALUES.T.astype(dtype)))
    assert (image.values == VALUES).all()


def test_big_endian_opens(tmp_path: Path) -> None:
    header = nibabel.Nifti1Header(endianness=">")
    nibabel.save(nibabel.Nifti1Image(VALUES.T, np.eye(4), header), tmp_path / "a.nii")
    assert (tmp_path / "a.nii").read_bytes()[:4] == b"\0\0\x01\x5c"
    assert (opened(tmp_path / "a.nii").values == VALUES).all()


def test_colour_is_kept(tmp_path: Path) -> None:
    rgb = np.random.default_rng(1).integers(0, 256, (2, 3, 4, 3), dtype=np.uint8)
    packed = np.ascontiguousarray(rgb).view([("R", "u1"), ("G", "u1"), ("B", "u1")])[..., 0]
    image = opened(saved(tmp_path / "a.nii", packed.T))
    assert image.rgb is not None
    assert (image.rgb == rgb).all()
    assert (image.modality, image.unit) == ("PT", "grey level")


def test_values_that_are_not_numbers_become_padding(tmp_path: Path) -> None:
    values = VALUES.astype(np.float32)
    values[0, 1, 2], values[1, 0, 0], values[1, 0, 1] = np.nan, np.inf, -np.inf
    image = opened(saved(tmp_path / "a.nii", values.T))
    assert image.padding is not None
    assert image.padding.sum() == 3
    assert np.isfinite(image.values).all()
    assert "not numbers" in image.notes[0]


def test_a_fourth_axis_of_one_is_no_fourth_axis(tmp_path: Path) -> None:
    assert opened(saved(tmp_path / "a.nii", VALUES.T[..., None])).shape == VALUES.shape


def test_a_plane_is_one_slice(tmp_path: Path) -> None:
    assert opened(saved(tmp_path / "a.nii", VALUES[0].T)).shape == (1, 3, 4)


def test_several_volumes_are_refused_with_their_number(tmp_path: Path) -> None:
    path = saved(tmp_path / "fmri.nii", np.zeros((4, 3, 2, 5), np.int16))
    with pytest.raises(InputError, match=r"“fmri\.nii” holds 5 volumes"):
        open_images(path)


SHEAR = np.eye(4)
SHEAR[0, 1] = 0.2
SINGULAR = np.diag([1.0, 0, 1, 1])
TINY, HUGE = np.diag([1e-5, 1, 1, 1]), np.diag([1.0, 1, 400, 1])
NOT_A_NUMBER = np.diag([np.nan, 1, 1, 1])


@pytest.mark.parametrize("affine", [SHEAR, SINGULAR, TINY, HUGE, NOT_A_NUMBER])
def test_an_affine_that_is_not_usable_gives_no_place_and_says_so(
    tmp_path: Path, affine: np.ndarray
) -> None:
    image = nibabel.Nifti1Image(VALUES.T, np.eye(4))
    image.header["sform_code"], image.header["qform_code"] = 1, 0
    for row, name in enumerate(("srow_x", "srow_y", "srow_z")):
        image.header[name] = affine[row]
    path = tmp_path / "a.nii"
    header = image.header.copy()
    header["vox_offset"], header["magic"] = 352, b"n+1"
    path.write_bytes(header.binaryblock + b"\0" * 4 + VALUES.tobytes())
    read = opened(path)
    assert read.grid is None
    assert "not usable" in read.notes[0]


def test_a_file_without_any_affine_has_no_place_and_says_so(tmp_path: Path) -> None:
    image = nibabel.Nifti1Image(VALUES.T, None)
    image.header["sform_code"] = image.header["qform_code"] = 0
    nibabel.save(image, tmp_path / "a.nii")
    read = opened(tmp_path / "a.nii")
    assert read.grid is None
    assert "left and right unknown" in read.notes[0]


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_a_file_cut_off_is_refused(tmp_path: Path, suffix: str) -> None:
    noise = np.random.default_rng(0).integers(0, 9999, (20, 20, 20), dtype=np.int16)
    path = saved(tmp_path / f"a{suffix}", noise)
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(InputError, match="cut off"):
        open_images(path)


def test_a_header_that_promises_far_more_than_the_file_holds_is_refused_at_once(
    tmp_path: Path,
) -> None:
    header = nibabel.Nifti2Image(VALUES.T, np.eye(4)).header
    header["dim"][1:4] = (1 << 40, 1 << 20, 1 << 20)
    for name, write in (("a.nii", Path.write_bytes), ("a.nii.gz", _write_packed)):
        write(tmp_path / name, header.binaryblock + b"\0" * 4)
        with pytest.raises(InputError, match="too large"):
            open_images(tmp_path / name)


def _write_packed(path: Path, data: bytes) -> None:
    path.write_bytes(gzip.compress(data))


def test_a_packed_file_is_never_unpacked_further_than_its_voxels(tmp_path: Path) -> None:
    plain = saved(tmp_path / "a.nii", VALUES.T).read_bytes()
    with gzip.open(tmp_path / "bomb.nii.gz", "wb", compresslevel=1) as file:
        file.write(plain)
        for _ in range(64):
            file.write(bytes(1 << 22))
    assert (opened(tmp_path / "bomb.nii.gz").values == VALUES).all()


@pytest.mark.parametrize(
    ("name", "modality", "unit"),
    [("sub-1_T1w.nii", "MR", "a.u."), ("ct.nii", "CT", "HU"), ("x.nii", "OT", "a.u.")],
)
def test_the_name_tells_the_modality_and_with_it_the_unit(
    tmp_path: Path, name: str, modality: str, unit: str
) -> None:
    image = opened(saved(tmp_path / name, VALUES.T * 100 - 1000))
    assert (image.modality, image.unit) == (modality, unit)
    assert ("Taken for CT by its name." in image.notes) == (modality == "CT")


def test_a_description_agrees_with_the_image(
    tmp_path: Path, write_nifti: Callable, make_grid_at: Callable
) -> None:
    path = write_nifti(tmp_path / "a.nii.gz", VALUES, make_grid_at(VALUES.shape))
    (said,) = describe(path)
    assert said.size == opened(path).shape
    assert said.spacing_mm == (2.0, 1.5, 0.5)


@pytest.mark.parametrize(
    "values",
    [
        VALUES.astype(np.uint8),
        VALUES.astype(np.float32) / 23,
        (VALUES > 5).astype(np.uint8),
        VALUES.astype(np.float32) * -1e6,
    ],
    ids=["grey", "0…1", "mask", "far below"],
)
def test_values_that_cannot_be_hounsfield_units_are_not_called_so(
    tmp_path: Path, values: np.ndarray
) -> None:
    folder = tmp_path / "CT"
    folder.mkdir()
    image = opened(saved(folder / "mask.nii", values.T))
    assert (image.modality, image.unit) == ("CT", "a.u.")
    assert "need not be Hounsfield units" in image.notes[-1]
    (said,) = describe(folder / "mask.nii")
    assert said.unit == ""  # nobody has looked at the voxels


def test_an_interpolated_ct_keeps_its_unit(tmp_path: Path) -> None:
    values = np.linspace(-1024, 1830.5, 24, dtype=np.float32).reshape(2, 3, 4)
    assert opened(saved(tmp_path / "ct.nii", values.T)).unit == "HU"


def noise(path: Path) -> bytes:
    values = np.random.default_rng(0).integers(0, 9999, (20, 20, 20), dtype=np.int16)
    return saved(path, values).read_bytes()


def test_a_packed_file_with_a_wrong_bit_anywhere_is_refused(tmp_path: Path) -> None:
    path, rng = tmp_path / "a.nii.gz", np.random.default_rng(1)
    whole = noise(path)
    for at in (*rng.integers(1000, len(whole), 40), len(whole) - 6, len(whole) - 1):
        damaged = bytearray(whole)
        damaged[at] ^= 1 << int(rng.integers(8))
        path.write_bytes(damaged)
        with pytest.raises(InputError, match=r"damaged|cut off"):
            open_images(path)


def test_damage_is_said_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "a.nii.gz"
    whole = bytearray(noise(path))
    whole[-7] ^= 1  # of the checksum
    path.write_bytes(whole)
    with pytest.raises(InputError, match="does not fit its checksum") as refused:
        open_images(path)
    assert refused.value.hint == "Copy it again from its source."


@pytest.mark.parametrize("gone", [3, 8])
def test_complete_voxels_open_without_the_end_of_their_file_and_say_so(
    tmp_path: Path, gone: int
) -> None:
    path = tmp_path / "a.nii.gz"
    path.write_bytes(noise(path)[:-gone])
    image = opened(path)
    noise(tmp_path / "plain.nii")
    assert (image.values == opened(tmp_path / "plain.nii").values).all()
    assert any("no checksum tells" in note for note in image.notes)


def test_of_a_file_that_was_cut_the_volumes_before_the_end_open(four: Path) -> None:
    four.write_bytes(four.read_bytes()[: four.stat().st_size // 2])
    assert any("no checksum tells" in note for note in open_nifti(four, 0).notes)
    for _ in range(2):
        with pytest.raises(InputError, match="cut off"):
            open_nifti(four, 39)


def test_a_file_is_unpacked_to_its_end_once_for_all_of_its_volumes(four: Path) -> None:
    steps: list[int] = []

    def checks(volume: int) -> int:
        steps.clear()
        open_nifti(four, volume, check=lambda: steps.append(1))
        return len(steps)

    first, again = checks(0), checks(0)
    assert again < first / 10
    assert checks(39) <= first + 1
    os.utime(four, (1, 1))
    assert checks(0) == first


def test_unpacking_can_be_stopped(four: Path) -> None:
    def stop() -> None:
        raise Cancelled

    for opens in (open_nifti, preview_nifti):
        with pytest.raises(Cancelled):
            opens(four, 39, check=stop)
    with pytest.raises(Cancelled):
        open_entry(catalogue(four).entries[39], _after(3))


def _after(count: int) -> Callable[[], None]:
    left = iter(range(count))

    def check() -> None:
        if next(left, None) is None:
            raise Cancelled

    return check


@pytest.fixture
def four(tmp_path: Path) -> Path:
    """Forty volumes of half a megabyte each."""
    values = np.random.default_rng(0).integers(0, 9999, (64, 64, 64, 40), dtype=np.int16)
    return saved(tmp_path / "four.nii.gz", values)


def test_the_checksum_counts_for_every_volume_of_a_file(tmp_path: Path) -> None:
    values = np.random.default_rng(0).integers(0, 9999, (8, 8, 8, 3), dtype=np.int16)
    path = saved(tmp_path / "a.nii.gz", values)
    assert (open_nifti(path, 0).values == values[..., 0].T).all()
    damaged = bytearray(path.read_bytes())
    damaged[-100] ^= 4  # in the last volume
    path.write_bytes(damaged)
    os.utime(path, (1, 1))
    with pytest.raises(InputError, match=r"damaged|cut off"):
        open_nifti(path, 0)


def test_parts_that_were_packed_one_after_another_are_one_file(tmp_path: Path) -> None:
    plain = noise(tmp_path / "plain.nii")
    path = tmp_path / "a.nii.gz"
    path.write_bytes(gzip.compress(plain[:7001]) + gzip.compress(plain[7001:]) + b"\0" * 512)
    assert (opened(path).values == opened(tmp_path / "plain.nii").values).all()


def test_what_follows_far_beyond_the_voxels_is_not_looked_at_and_said(tmp_path: Path) -> None:
    path = tmp_path / "a.nii.gz"
    path.write_bytes(gzip.compress(noise(tmp_path / "plain.nii") + bytes(40 << 20)))
    assert any("checksum was not looked at" in note for note in opened(path).notes)


@pytest.mark.parametrize(
    ("turned", "said"),
    [
        ([-1, 1, 1], "left and right are not certain"),
        ([-1, -1, 1], "left and right are not certain"),
        ([1, -1, -1], "front and back, or head and feet, are not certain"),
        ([1, 1, 1], ""),
    ],
)
def test_two_orientations_that_disagree_are_said(
    tmp_path: Path, turned: list[int], said: str
) -> None:
    image = nibabel.Nifti1Image(VALUES.T, np.eye(4))
    tilted = np.eye(4)  # as of a standard space
    tilted[:2, :2] = [[np.cos(0.3), -np.sin(0.3)], [np.sin(0.3), np.cos(0.3)]]
    image.set_sform(tilted, code=4)
    image.set_qform(np.diag([*(2.0 * np.array(turned)), 1]), code=1)
    nibabel.save(image, tmp_path / "a.nii")
    read = opened(tmp_path / "a.nii")
    assert read.grid is not None
    assert said in " ".join(read.notes) and bool(read.notes) == bool(said)
    assert describe(tmp_path / "a.nii")[0].notes == read.notes
