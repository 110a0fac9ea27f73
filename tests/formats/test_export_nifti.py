import gzip
from dataclasses import replace
from functools import partial
from io import BytesIO
from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK
from builders import make_grid, make_small_pair
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from fusionviewer.errors import Cancelled, ExportError
from fusionviewer.formats.export_nifti import affine, export_nifti
from fusionviewer.formats.provenance import FusedSlice, Provenance
from fusionviewer.formats.reading import open_images
from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.pair import Pair

SHAPE = (4, 6, 9)
HOW = Provenance("EH-DRAN", "SFNN, maximum")
TURNED = Grid(
    SHAPE,
    np.array([2.5, 0.75, 1.25]),
    np.array([-31.7, 12.9, 104.3]),
    Rotation.from_euler("xyz", [12, -7, 33], degrees=True).as_matrix(),
)


def pair_on(grid: Grid | None) -> Pair:
    pair = make_small_pair(SHAPE)
    return replace(pair, a=replace(pair.a, grid=grid), b=replace(pair.b, grid=grid))


def fused(first: int = 0, count: int = 4, colour: bool = False) -> list[FusedSlice]:
    rng = np.random.default_rng(3)
    return [
        FusedSlice(
            first + s,
            rng.random(SHAPE[1:], dtype=np.float32),
            rng.random((*SHAPE[1:], 3), dtype=np.float32) if colour else None,
        )
        for s in range(count)
    ]


@pytest.mark.parametrize("name", ["fused.nii", "fused.nii.gz"])
@pytest.mark.parametrize("grid", [make_grid(SHAPE), TURNED], ids=["axial", "oblique"])
def test_values_and_place_come_back_exactly(tmp_path: Path, name: str, grid: Grid) -> None:
    slices = fused()
    export_nifti(slices, pair_on(grid), HOW, tmp_path / name)
    (image,) = open_images(tmp_path / name)
    np.testing.assert_array_equal(image.values, np.stack([s.grey for s in slices]))
    assert image.grid is not None
    assert image.grid.matches(grid, tolerance_mm=1e-4)


def test_another_program_finds_every_voxel_in_the_same_place(tmp_path: Path) -> None:
    slices = fused()
    export_nifti(slices, pair_on(TURNED), HOW, tmp_path / "fused.nii.gz")
    image = SimpleITK.ReadImage(str(tmp_path / "fused.nii.gz"))
    for s, r, c in [(0, 0, 0), (3, 5, 8), (2, 0, 7), (1, 4, 0)]:
        place = image.TransformIndexToPhysicalPoint((c, r, s))
        np.testing.assert_allclose(place, TURNED.position([s, r, c]), atol=1e-4)
        assert image.GetPixel(c, r, s) == slices[s].grey[r, c]


@given(
    st.tuples(*[st.floats(-180, 180)] * 3),
    st.tuples(*[st.floats(0.1, 10)] * 3),
    st.tuples(*[st.floats(-500, 500)] * 3),
)
@settings(max_examples=60)
def test_the_affine_is_the_grid_turned_to_ras(
    angles: tuple[float, ...], spacing: tuple[float, ...], origin: tuple[float, ...]
) -> None:
    axes = Rotation.from_euler("xyz", angles, degrees=True).as_matrix()
    grid = Grid((3, 4, 5), np.array(spacing), np.array(origin), axes)
    there = affine(grid) @ [4, 3, 2, 1]
    np.testing.assert_allclose(there[:3] * [-1, -1, 1], grid.position([2, 3, 4]), atol=1e-9)


def test_colour_is_written_as_rgb(tmp_path: Path) -> None:
    slices = fused(colour=True)
    export_nifti(slices, pair_on(TURNED), HOW, tmp_path / "fused.nii")
    stored = np.asanyarray(nibabel.load(tmp_path / "fused.nii").dataobj)
    assert stored.dtype.names == ("R", "G", "B")
    expected = np.round(np.stack([s.rgb for s in slices if s.rgb is not None]) * 255)
    np.testing.assert_array_equal(stored["G"].T, expected[..., 1])
    (image,) = open_images(tmp_path / "fused.nii")
    np.testing.assert_array_equal(image.rgb, expected)


def test_a_part_of_the_slices_stays_where_it_was(tmp_path: Path) -> None:
    export_nifti(fused(first=1, count=2), pair_on(TURNED), HOW, tmp_path / "part.nii")
    (image,) = open_images(tmp_path / "part.nii")
    assert image.grid is not None
    np.testing.assert_allclose(image.grid.origin, TURNED.position([1, 0, 0]), atol=1e-4)


def test_a_pair_without_geometry_is_given_none(tmp_path: Path) -> None:
    export_nifti(fused(), pair_on(None), HOW, tmp_path / "fused.nii")
    header = nibabel.load(tmp_path / "fused.nii").header
    assert (int(header["sform_code"]), int(header["qform_code"])) == (0, 0)
    (image,) = open_images(tmp_path / "fused.nii")
    assert image.grid is None


def test_it_says_what_it_is(tmp_path: Path) -> None:
    export_nifti(fused(), pair_on(TURNED), HOW, tmp_path / "fused.nii")
    said = bytes(nibabel.load(tmp_path / "fused.nii").header["descrip"]).decode()
    assert said.startswith("Not for diagnostic use. FusionViewer")
    assert "EH-DRAN" in said


def test_a_gzipped_file_carries_no_time(tmp_path: Path) -> None:
    export_nifti(fused(), pair_on(TURNED), HOW, tmp_path / "1.nii.gz")
    data = (tmp_path / "1.nii.gz").read_bytes()
    assert data[4:8] == b"\0\0\0\0"
    raw = gzip.decompress(data)
    offset = nibabel.Nifti1Header.from_fileobj(BytesIO(raw))["vox_offset"]
    assert len(raw) == offset + 4 * np.prod(SHAPE)


@pytest.mark.parametrize("name", ["fused.nii", "fused.nii.gz"])
def test_stopping_leaves_nothing(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fusionviewer.formats.export_nifti.CHUNK", 256)
    asked: list[int] = []
    export_nifti(fused(), pair_on(TURNED), HOW, tmp_path / name, check=lambda: asked.append(1))
    assert len(asked) > (5 if name.endswith(".gz") else 1)  # while packing, and before each step
    (tmp_path / name).unlink()

    def stop_at(moment: int) -> None:
        asked.append(1)
        if len(asked) == moment:
            raise Cancelled

    moments = range(1, len(asked) + 1)
    for moment in moments:
        asked.clear()
        with pytest.raises(Cancelled):
            export_nifti(
                fused(), pair_on(TURNED), HOW, tmp_path / name, check=partial(stop_at, moment)
            )
        assert not list(tmp_path.iterdir())


def test_an_existing_file_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "fused.nii"
    path.write_bytes(b"precious")
    with pytest.raises(ExportError, match="exists already"):
        export_nifti(fused(), pair_on(TURNED), HOW, path)
    assert path.read_bytes() == b"precious"


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"fused\.img"):
        export_nifti(fused(), pair_on(TURNED), HOW, tmp_path / "fused.img")


@pytest.mark.parametrize("indices", [[], [0, 2], [1, 0]])
def test_slices_that_are_no_neighbours_make_no_volume(tmp_path: Path, indices: list[int]) -> None:
    slices = [replace(fused()[0], slice_index=i) for i in indices]
    with pytest.raises(ValueError, match="neighbours"):
        export_nifti(slices, pair_on(TURNED), HOW, tmp_path / "fused.nii")


@pytest.mark.parametrize("name", ["fused.nii", "fused.nii.gz"])
def test_the_whole_story_is_in_the_file_and_the_voxels_are_still_found(
    tmp_path: Path, name: str
) -> None:
    """The description holds 79 bytes; how the sources lie, and what must be said, is in a comment."""
    warned = "Different frames of reference, not registered; fused as placed."
    measures = "MI 0.41 → 0.52 bits"
    how = replace(HOW, alignment=("as placed", measures), notes=(warned,) * 20)
    export_nifti(fused(), pair_on(TURNED), how, tmp_path / name)
    image = nibabel.load(tmp_path / name)
    (comment,) = image.header.extensions
    assert comment.get_code() == 6
    said = comment.get_content().decode("ascii").rstrip("\0")
    assert said == how.sentence().replace("→", "->")
    voxels = np.stack([s.grey for s in fused()])
    np.testing.assert_array_equal(open_images(tmp_path / name)[0].values, voxels)
    read = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(tmp_path / name)))
    np.testing.assert_array_equal(read, voxels)
