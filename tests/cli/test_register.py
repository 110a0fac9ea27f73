"""`fusionviewer register`, and `fuse` where frames of reference differ."""

import json
from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from fusionviewer.cli.fuse import FuseOptions, needs_registration
from fusionviewer.cli.main import run_command
from fusionviewer.errors import UnreadableFile
from fusionviewer.formats.export_nifti import nifti_bytes
from fusionviewer.formats.transform_files import read_transform, write_transform
from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.image import Image, Source
from fusionviewer.imaging.registration import moved
from fusionviewer.imaging.transform import Transform, from_parts, rotation

AXIAL = np.array([[0, 0, 1], [0, 1, 0], [1, 0, 0]], dtype=np.float64)
GRID = Grid((20, 30, 28), np.array([6.0, 5.0, 5.0]), np.array([-70.0, -75.0, -60.0]), AXIAL)
TRUTH = from_parts(rotation((4, -12, 9)), (0, 0, 0), (60, -35, 90))


def lump(seed: int) -> np.ndarray:
    """An uneven ball, the same for every seed but for its noise."""
    slices, rows, columns = np.indices(GRID.shape)
    place = np.stack([slices - 9.5, rows - 14.5, columns - 13.5], -1) * GRID.spacing
    inside = ((place / (50, 64, 55)) ** 2).sum(-1) <= 1
    texture = gaussian_filter(np.random.default_rng(9).normal(size=GRID.shape), 1.6)
    noise = np.random.default_rng(seed).normal(0, 1, GRID.shape)
    return (inside * (120 + 300 * texture) + noise).astype(np.float32)


@pytest.fixture
def fixed(tmp_path: Path) -> Path:
    path = tmp_path / "fixed.nii.gz"
    path.write_bytes(nifti_bytes(lump(1), GRID, "", packed=True))
    return path


@pytest.fixture
def moving(tmp_path: Path) -> Path:
    far = moved(Image("m", lump(2), "MR", grid=GRID), TRUTH.inverse())
    path = tmp_path / "moving.nii.gz"
    path.write_bytes(nifti_bytes(far.values, far.grid, "", packed=True))
    return path


def registered(fixed: Path, moving: Path, out: Path, *more: object) -> int:
    return run_command(["register", str(fixed), str(moving), "-o", str(out), *map(str, more)])


@pytest.mark.slow
def test_a_transform_that_is_written_brings_the_image_back(
    fixed: Path, moving: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    transform, out = tmp_path / "found.tfm", tmp_path / "out.nii.gz"
    assert registered(fixed, moving, transform, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["state"] == "registered"
    assert told["offset_mm"] == pytest.approx(np.linalg.norm((60, -35, 90)), abs=3)
    np.testing.assert_allclose(told["matrix_lps_mm"], TRUTH.matrix, atol=2.5)
    assert registered(fixed, moving, out, "--transform", transform) == 0
    assert "not verified" in capsys.readouterr().err
    back = nibabel.load(out)
    np.testing.assert_allclose(back.affine, nibabel.load(fixed).affine, atol=1e-4)
    inner = (slice(6, -6),) * 3
    a, b = (np.asarray(nibabel.load(path).dataobj)[inner].ravel() for path in (fixed, out))
    assert np.corrcoef(a, b)[0, 1] > 0.9


class TestBadInput:
    """One sentence and a hint on stderr, exit code 1, nothing written."""

    def refused(self, capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
        assert registered(*arguments) == 1
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.startswith("Error: ")
        assert len(said.err.strip().splitlines()) == 2
        assert not Path(str(arguments[2])).exists()
        return said.err

    def test_an_ending_that_is_not_written(self, fixed, moving, tmp_path, capsys) -> None:
        assert ".tfm" in self.refused(capsys, fixed, moving, tmp_path / "out.png")

    def test_one_slice(self, fixed, tmp_path, capsys) -> None:
        grid = Grid((1, 30, 28), GRID.spacing, GRID.origin, AXIAL)
        (tmp_path / "one.nii").write_bytes(nifti_bytes(lump(1)[:1], grid, "", packed=False))
        said = self.refused(capsys, fixed, tmp_path / "one.nii", tmp_path / "out.tfm")
        assert "too few to be registered" in said

    def test_a_constant_volume(self, fixed, tmp_path, capsys) -> None:
        flat = np.full(GRID.shape, 5, np.float32)
        (tmp_path / "flat.nii").write_bytes(nifti_bytes(flat, GRID, "", packed=False))
        said = self.refused(capsys, fixed, tmp_path / "flat.nii", tmp_path / "out.tfm")
        assert "the same everywhere" in said

    def test_a_transform_that_is_none(self, fixed, moving, tmp_path, capsys) -> None:
        (tmp_path / "bad.tfm").write_text("Dear colleague")
        arguments = (fixed, moving, tmp_path / "out.nii.gz", "--transform", tmp_path / "bad.tfm")
        assert "“bad.tfm” is not an ITK transform file" in self.refused(capsys, *arguments)


def test_what_is_there_is_not_replaced_without_being_asked(
    fixed: Path, moving: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.tfm"
    out.write_bytes(b"precious")
    assert registered(fixed, moving, out) == 1
    assert out.read_bytes() == b"precious"
    assert registered(fixed, moving, fixed, "--overwrite") == 1
    assert "is one of the images" in capsys.readouterr().err


def test_series_are_registered_before_fusing_only_where_their_frames_differ() -> None:
    def image(frame: str, grid: Grid | None = GRID) -> Image:
        return Image("x", lump(1), "MR", grid=grid, source=Source(frame_of_reference_uid=frame))

    assert needs_registration(image("1.2"), image("1.3"), FuseOptions())
    assert not needs_registration(image("1.2"), image("1.2"), FuseOptions())
    assert not needs_registration(image(""), image("1.2"), FuseOptions())
    assert not needs_registration(image("1.2"), image("1.3"), FuseOptions(register=False))
    assert not needs_registration(image("1.2"), image("1.3", None), FuseOptions())


@given(st.tuples(*[st.floats(-170, 170)] * 3), st.tuples(*[st.floats(-900, 900)] * 3))
def test_transform_files_are_those_of_simpleitk(tmp_path_factory, turn, shift) -> None:
    path = tmp_path_factory.mktemp("tfm") / "one.tfm"
    place = (31.0, -7.0, 55.0)
    move = from_parts(rotation(turn), (3, 2, 1), shift)
    write_transform(move, path)
    np.testing.assert_array_equal(read_transform(path).matrix, move.matrix)
    np.testing.assert_allclose(sitk.ReadTransform(path).TransformPoint(place), move.apply(place))
    for itk in (sitk.Euler3DTransform(), sitk.VersorRigid3DTransform(), sitk.AffineTransform(3)):
        itk.SetCenter((9.0, -4.0, 2.0))
        itk.SetMatrix(rotation(turn).ravel().tolist())
        itk.SetTranslation(shift)
        sitk.WriteTransform(itk, str(path))
        back = read_transform(path)
        assert back.kind == "rigid"
        np.testing.assert_allclose(back.apply(place), itk.TransformPoint(place), atol=1e-5)


def test_a_stretch_is_affine(tmp_path: Path) -> None:
    stretch = Transform(np.diag([1.2, 1, 1, 1]), "affine")
    write_transform(stretch, tmp_path / "one.tfm")
    assert read_transform(tmp_path / "one.tfm").kind == "affine"
    most = Transform(np.diag([1.25, 0.8, 1, 1]), "affine")
    write_transform(most, tmp_path / "one.tfm", overwrite=True)
    assert read_transform(tmp_path / "one.tfm").kind == "affine"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is not an ITK transform file"),
        ("#Insight Transform File V1.0\n", "exactly one transform"),
        ("#Insight Transform File V1.0\nTransform: BSplineTransform_double_3_3\n", "another kind"),
        (
            "#Insight Transform File V1.0\nTransform: AffineTransform_double_3_3\n"
            "Parameters: 1 0 0 0 1 0 0",
            "is cut off",
        ),
        (
            "#Insight Transform File V1.0\nTransform: AffineTransform_double_3_3\n"
            "Parameters: 1 0 0 0 1 0 0 0 x 0 0 0\nFixedParameters: 0 0 0\n",
            "not a number",
        ),
        (
            "#Insight Transform File V1.0\nTransform: AffineTransform_double_3_3\n"
            "Parameters: 1 0 0 0 1 0 0 0 nan 0 0 0\nFixedParameters: 0 0 0\n",
            "not finite",
        ),
        (
            "#Insight Transform File V1.0\nTransform: AffineTransform_double_3_3\n"
            "Parameters: 1 0 0 0 1 0 0 0 0 0 0 0\nFixedParameters: 0 0 0\n",
            "cannot be undone",
        ),
        *(
            (
                "#Insight Transform File V1.0\nTransform: AffineTransform_double_3_3\n"
                f"Parameters: {linear} 0 0 0\nFixedParameters: 0 0 0\n",
                words,
            )
            for linear, words in (
                ("-1 0 0 0 1 0 0 0 1", "mirrors"),
                ("0 1 0 1 0 0 0 0 1", "mirrors"),
                ("-1 0 0 0 -1 0 0 0 -1", "mirrors"),
                ("1.3 0 0 0 1 0 0 0 1", "stretches or shrinks by more than 1.25 times"),
                ("1 0 0 0 0.79 0 0 0 1", "stretches or shrinks by more than 1.25 times"),
                ("1 0.6 0 0 1 0 0 0 1", "stretches or shrinks by more than 1.25 times"),
            )
        ),
    ],
)
def test_what_is_no_transform_is_refused_with_the_name_of_the_file(tmp_path, text, words) -> None:
    path = tmp_path / "bad.tfm"
    path.write_text(text)
    with pytest.raises(UnreadableFile, match=f"“bad.tfm” .*{words}"):
        read_transform(path)
