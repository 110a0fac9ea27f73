import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Picture

from fusionviewer import __version__
from fusionviewer.cli.main import run_command
from fusionviewer.fusion.methods import METHODS, SELECTABLE


def write_picture(path: Path, seed: int, size: tuple[int, int] = (32, 40)) -> Path:
    levels = np.random.default_rng(seed).integers(0, 256, size, dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Picture.fromarray(levels).save(path)
    return path


@pytest.fixture
def ct(tmp_path: Path) -> Path:
    return write_picture(tmp_path / "CT" / "1.png", 1)


@pytest.fixture
def mr(tmp_path: Path) -> Path:
    return write_picture(tmp_path / "MRI" / "1.png", 2)


def fused(out: Path, *arguments: object) -> int:
    return run_command(["fuse", *map(str, arguments), "-o", str(out)])


def test_a_pair_becomes_a_picture(ct: Path, mr: Path, tmp_path: Path) -> None:
    out = tmp_path / "fused.png"
    assert fused(out, ct, mr, "--method", "average") == 0
    a, b, f = (np.asarray(Picture.open(path)).astype(float) for path in (ct, mr, out))
    assert f.shape == a.shape
    assert np.abs(f - (a + b) / 2).max() <= 1


@pytest.mark.parametrize("alpha", [0, 1])
def test_alpha_goes_from_only_a_to_only_b(ct: Path, mr: Path, tmp_path: Path, alpha: int) -> None:
    out = tmp_path / "fused.png"
    assert fused(out, ct, mr, "--method", "alpha", "--alpha", alpha) == 0
    expected = np.asarray(Picture.open((ct, mr)[alpha]))
    np.testing.assert_array_equal(np.asarray(Picture.open(out)), expected)


def test_two_folders_are_fused_pair_by_pair(tmp_path: Path) -> None:
    for name in ("1", "2", "3"):
        write_picture(tmp_path / "CT" / f"{name}.png", int(name))
        write_picture(tmp_path / "MRI" / f"{name}.png", int(name) + 10)
    out = tmp_path / "fused"
    assert fused(out, tmp_path / "CT", tmp_path / "MRI", "--method", "maximum") == 0
    assert sorted(path.name for path in out.iterdir()) == ["1.png", "2.png", "3.png"]


class TestBadInput:
    """One sentence with the file's name and a hint on stderr, exit code 1, nothing written."""

    def refused(
        self, capsys: pytest.CaptureFixture[str], out: Path, *arguments: object
    ) -> list[str]:
        assert fused(out, *arguments) == 1
        said = capsys.readouterr()
        assert said.out == ""
        assert "Traceback" not in said.err
        assert not [path for path in out.parent.iterdir() if "fused" in path.name]
        lines = said.err.strip().splitlines()
        assert lines[0].startswith("Error: ")
        return lines

    def test_a_missing_file(self, mr: Path, tmp_path: Path, capsys) -> None:
        lines = self.refused(capsys, tmp_path / "fused.png", tmp_path / "nothing.png", mr)
        assert "nothing.png" in lines[0]
        assert len(lines) == 2

    def test_an_empty_file(self, mr: Path, tmp_path: Path, capsys) -> None:
        (tmp_path / "empty.png").touch()
        lines = self.refused(capsys, tmp_path / "fused.png", tmp_path / "empty.png", mr)
        assert "empty.png" in lines[0]

    def test_text_that_is_called_dicom(self, mr: Path, tmp_path: Path, capsys) -> None:
        (tmp_path / "letter.dcm").write_text("Dear colleague, thank you for …")
        lines = self.refused(capsys, tmp_path / "fused.png", tmp_path / "letter.dcm", mr)
        assert "letter.dcm" in lines[0]

    def test_pictures_of_different_sizes(self, ct: Path, tmp_path: Path, capsys) -> None:
        small = write_picture(tmp_path / "small.png", 3, (8, 8))
        lines = self.refused(capsys, tmp_path / "fused.png", ct, small)
        assert "8×8" in lines[0]

    def test_a_folder_without_images(self, ct: Path, tmp_path: Path, capsys) -> None:
        (tmp_path / "hollow").mkdir()
        lines = self.refused(capsys, tmp_path / "fused.png", ct, tmp_path / "hollow")
        assert "hollow" in lines[0]

    def test_an_unknown_method(self, ct: Path, mr: Path, tmp_path: Path, capsys) -> None:
        lines = self.refused(capsys, tmp_path / "fused.png", ct, mr, "--method", "magic")
        assert "magic" in lines[0]
        assert "eh-dran" in lines[1]

    def test_a_strategy_that_the_method_does_not_take(self, ct, mr, tmp_path, capsys) -> None:
        arguments = (ct, mr, "--method", "average", "--strategy", "fer")
        lines = self.refused(capsys, tmp_path / "fused.png", *arguments)
        assert "fer" in lines[0]

    def test_a_format_that_is_not_written(self, ct: Path, mr: Path, tmp_path: Path, capsys) -> None:
        lines = self.refused(capsys, tmp_path / "fused.bmp", ct, mr)
        assert "fused.bmp" in lines[0]
        assert ".png" in lines[1]

    def test_a_folder_that_is_not_there(self, ct: Path, mr: Path, tmp_path: Path, capsys) -> None:
        out = tmp_path / "nowhere" / "x.png"
        assert fused(out, ct, mr, "--method", "average") == 1
        assert "Traceback" not in capsys.readouterr().err
        assert not out.parent.exists()

    def test_a_window_that_is_none(self, ct: Path, mr: Path, tmp_path: Path, capsys) -> None:
        lines = self.refused(capsys, tmp_path / "fused.png", ct, mr, "--window-a", "80-40")
        assert "80-40" in lines[0]


def test_what_is_there_is_not_replaced_without_being_asked(
    ct: Path, mr: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "fused.png"
    out.write_bytes(b"precious")
    assert fused(out, ct, mr, "--method", "average") == 1
    assert out.read_bytes() == b"precious"
    assert "--overwrite" in capsys.readouterr().err
    assert fused(out, ct, mr, "--method", "average", "--overwrite") == 0
    assert Picture.open(out).size == (40, 32)


def test_two_patients_are_fused_only_when_somebody_confirms(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = data / "dicom" / "sts_ct_pet_mr"
    pair = (folder / "STS_002" / "CT" / "image", folder / "STS_025" / "PET" / "image")
    assert fused(tmp_path / "fused.png", *pair, "--method", "average") == 1
    said = capsys.readouterr().err
    assert "different patients" in said
    assert "--confirm-patients" in said
    assert not (tmp_path / "fused.png").exists()


@pytest.mark.parametrize("method", ["average", "eh-dran"])
def test_a_source_is_never_replaced(
    ct: Path, mr: Path, method: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = ct.read_bytes()
    assert fused(ct, ct, mr, "--method", method, "--overwrite") == 1
    assert ct.read_bytes() == before
    assert ct.name in capsys.readouterr().err


def test_wrong_usage_exits_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["fuse", "only-one.png"]) == 2
    assert run_command(["fuse", "a.png", "b.png", "-o", "x.png", "--device", "toaster"]) == 2


def test_help_and_version_exit_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["--help"]) == 0
    assert "not for diagnostic use" in capsys.readouterr().out
    assert run_command(["--version"]) == 0
    assert __version__ in capsys.readouterr().out


def test_methods_as_json_is_one_document_with_every_entry(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run_command(["methods", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [entry["name"] for entry in told["methods"]] == list(METHODS)
    assert [entry["name"] for entry in told["strategies"]] == list(SELECTABLE)
    assert all(entry["source"] for entry in told["methods"] if entry["kind"] != "rule")


def test_methods_as_a_table_names_every_method(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["methods"]) == 0
    told = capsys.readouterr().out
    assert all(name in told for name in METHODS)


class TestFoldersOfPictures:
    @pytest.fixture
    def folders(self, tmp_path: Path) -> list[Path]:
        for name in ("1", "2"):
            write_picture(tmp_path / "CT" / f"{name}.png", int(name))
            write_picture(tmp_path / "MRI" / f"{name}.png", int(name) + 10)
        return [tmp_path / "CT", tmp_path / "MRI"]

    @pytest.mark.parametrize("asked", [("--with", "gsps"), ("--transform", "there-is-none.tfm")])
    def test_refuse_what_only_a_series_takes(self, folders, tmp_path: Path, asked, capsys) -> None:
        out = tmp_path / "fused"
        assert fused(out, *folders, "--method", "average", *asked) == 1
        assert asked[0] in capsys.readouterr().err
        assert not out.exists()

    def test_refuse_two_pictures_of_one_name(self, folders, tmp_path: Path, capsys) -> None:
        write_picture(folders[0] / "2.tif", 5)
        assert fused(tmp_path / "fused", *folders, "--method", "average") == 1
        assert "two pictures called “2”" in capsys.readouterr().err
        assert not (tmp_path / "fused").exists()

    def test_go_into_a_folder_whose_name_has_a_point(self, folders, tmp_path: Path) -> None:
        out = tmp_path / "reading.2024"
        out.mkdir()
        assert fused(out, *folders, "--method", "average") == 0
        assert sorted(path.name for path in out.iterdir()) == ["1.png", "2.png"]


@pytest.mark.parametrize("command", ["fuse", "register"])
def test_a_folder_that_is_not_there_is_said_before_the_work(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "nowhere" / "volume.nii.gz"
    images = [str(tmp_path / name) for name in ("not-read-a.nii.gz", "not-read-b.nii.gz")]
    assert run_command([command, *images, "-o", str(out)]) == 1
    assert (
        "“volume.nii.gz” cannot be written: its folder does not exist." in capsys.readouterr().err
    )
