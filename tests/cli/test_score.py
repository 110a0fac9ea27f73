import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fusionviewer.cli.main import run_command
from fusionviewer.cli.score import score_command
from fusionviewer.errors import ExportError, InputError
from fusionviewer.metrics.report import score_pair
from fusionviewer.metrics.table import CONVENTIONS, METRICS


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """Seven pairs in ct/ and mr/, and what two methods made of six of them."""
    generator = np.random.default_rng(0)
    for number in range(7):
        a, b = generator.integers(0, 256, (2, 48, 48))
        _save(tmp_path / "ct" / f"{number}.png", a)
        _save(tmp_path / "mr" / f"{number}.png", b)
        if number:
            _save(tmp_path / "mean" / f"{number}.png", (a + b) // 2)
            _save(tmp_path / "only-a" / f"{number}.tif", a)
    return tmp_path


def test_one_pair_and_its_candidates_as_json(folders, capsys):
    files = [folders / path for path in ("ct/1.png", "mr/1.png", "mean/1.png", "only-a/1.tif")]
    document = _json(capsys, *files)
    assert [case["method"] for case in document["cases"]] == ["mean/1", "only-a/1"]
    expected = score_pair(*(np.asarray(Image.open(path)) for path in files[:3]))
    for name, score in document["cases"][0]["scores"].items():
        assert score["value"] == expected[name].value
    copied = document["cases"][1]["scores"]["psnr"]
    assert copied == {"value": None, "why_not": "infinite: the fused image equals a source"}
    assert document["scores"]["mi"]["source"] == "Qu, Zhang & Yan 2002, doi:10.1049/el:20020212."


def test_folders_are_matched_by_name_and_compared(folders, capsys):
    document = _json(capsys, *(folders / name for name in ("ct", "mr", "mean", "only-a")))
    assert [case["case"] for case in document["cases"]] == [n for n in "123456" for _ in range(2)]
    ssim = document["summary"]["ssim"]
    values = [c["scores"]["ssim"]["value"] for c in document["cases"] if c["method"] == "mean"]
    assert ssim["mean"]["mean"] == pytest.approx(np.mean(values))
    assert ssim["mean"]["deviation"] == pytest.approx(np.std(values, ddof=1))
    assert {ssim["mean"]["mark"], ssim["only-a"]["mark"]} == {"best", "second"}
    assert document["summary"]["cc"]["mean"]["count"] == 6
    assert ssim["mean"]["p_value"] is None or ssim["mean"]["p_value"] <= 1


def test_the_table_names_every_score_and_every_reason(folders, capsys):
    score_command(folders / "ct", folders / "mr", [folders / "mean"], False, None, None)
    printed = capsys.readouterr().out
    assert all(metric.label in printed for metric in METRICS.values())
    assert "6 pairs" in printed
    assert "nan" not in printed.lower()
    assert "(1) needs at least 176 × 176 pixels." in printed
    assert "neither source has colour." in printed


def test_the_best_is_bold_and_the_second_underlined(folders, capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "200")
    files = [folders / path for path in ("mean/1.png", "only-a/1.tif", "ct/2.png")]
    score_command(folders / "ct/1.png", folders / "mr/1.png", files, False, None, "mfinet")
    line = next(line for line in capsys.readouterr().out.splitlines() if "VIF" in line)
    cells = line.split("│")[2:5]
    assert ["\x1b[4m" in cell for cell in cells] == [True, False, False]
    assert ["\x1b[1m" in cell for cell in cells] == [False, True, False]


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_a_convention_gives_the_scores_of_its_paper(folders, capsys, convention):
    files = (folders / "ct/1.png", folders / "mr/1.png", folders / "mean/1.png")
    document = _json(capsys, *files, convention=convention)
    assert tuple(document["scores"]) == CONVENTIONS[convention]


def test_the_file_has_a_line_per_case_and_method(folders, capsys):
    target = folders / "scores.csv"
    folder = [folders / name for name in ("ct", "mr", "mean", "only-a")]
    score_command(*folder[:2], folder[2:], True, target, "bits")
    rows = list(csv.DictReader(target.open(encoding="utf-8")))
    printed = json.loads(capsys.readouterr().out)["cases"]
    assert [(row["case"], row["method"]) for row in rows] == [
        (case["case"], case["method"]) for case in printed
    ]
    assert float(rows[0]["en"]) == pytest.approx(printed[0]["scores"]["en"]["value"])
    assert rows[1]["psnr"] == ""
    assert "psnr: infinite" in rows[1]["missing"]


def test_a_file_that_cannot_be_written_is_said_and_nothing_is_left(folders):
    with pytest.raises(ExportError, match=r"“scores.csv” cannot be written: its folder"):
        score_command(
            folders / "ct/1.png", folders / "mr/1.png", [folders / "mean/1.png"], True,
            folders / "nowhere" / "scores.csv", "mfinet",
        )  # fmt: skip


def test_colours_are_scored_on_their_luminance_and_by_themselves(tmp_path, capsys):
    generator = np.random.default_rng(1)
    grey, pet = generator.integers(0, 256, (32, 32)), generator.integers(0, 256, (32, 32, 3))
    _save(tmp_path / "mr.png", grey)
    _save(tmp_path / "pet.png", pet)
    _save(tmp_path / "fused.png", 255 - pet)
    document = _json(capsys, *(tmp_path / f"{name}.png" for name in ("pet", "mr", "fused")))
    scores = document["cases"][0]["scores"]
    luminance = np.rint(pet @ [0.299, 0.587, 0.114])
    expected = score_pair(luminance, grey, np.rint((255 - pet) @ [0.299, 0.587, 0.114]), ["cc"])
    assert scores["cc"]["value"] == pytest.approx(expected["cc"].value, abs=1e-3)
    assert scores["de2000"]["value"] > 10
    assert scores["hue_shift"]["value"] > 30


def test_16_bit_pictures_and_floats_are_brought_to_0_to_255(tmp_path, capsys):
    levels = np.random.default_rng(2).integers(0, 256, (16, 16))
    _save(tmp_path / "a.png", levels)
    Image.fromarray((levels * 257).astype(np.uint16)).save(tmp_path / "b.png")
    Image.fromarray((levels / 255).astype(np.float32)).save(tmp_path / "f.tif")
    scores = _json(capsys, *(tmp_path / n for n in ("a.png", "b.png", "f.tif")))["cases"][0][
        "scores"
    ]
    assert scores["sd"]["value"] == pytest.approx(levels.std(), rel=1e-5)
    assert scores["cc"]["value"] == pytest.approx(1)
    assert scores["psnr"]["value"] is None or scores["psnr"]["value"] > 100


@pytest.mark.parametrize(
    ("paths", "said"),
    [
        (("ct/1.png", "mr/1.png", "mean"), "“mean” is a folder, but “1.png” is not"),
        (("ct", "mr/1.png", "mean"), "“1.png” is not a folder"),
        (("ct", "mr", "ct", "mean"), "“mean” has no image called “0”"),
        (("ct", "mr", "mean", "ct"), "“ct” has “0”, which “mean” has not"),
        (("ct", "mr", "empty"), "“empty” has no pictures"),
        (("ct/1.png", "mr/1.png", "small.png"), "but “small.png” is 5 × 4"),
        (("ct/1.png", "mr/1.png", "note.png"), "“note.png”"),
        (("ct/1.png", "mr/1.png", "gone.png"), "“gone.png”"),
        (("ct/1.png", "mr/1.png", "mean/1.png", "mean/1.png"), "given twice"),
    ],
)
def test_what_does_not_fit_together_is_said_with_its_name(folders, paths, said):
    (folders / "empty").mkdir()
    (folders / "note.png").write_text("not a picture", encoding="utf-8")
    _save(folders / "small.png", np.zeros((4, 5)))
    a, b, *fused = (folders / path for path in paths)
    with pytest.raises(InputError, match=said) as refused:
        score_command(a, b, fused, False, None, "mfinet")
    assert refused.value.hint


def test_an_unknown_convention_lists_those_there_are(folders):
    with pytest.raises(InputError, match="“mine”") as refused:
        score_command(folders / "ct", folders / "mr", [folders / "mean"], False, None, "mine")
    assert "dilran" in refused.value.hint


def test_the_command_prints_one_document_and_returns_0(folders, capsys):
    files = [str(folders / path) for path in ("ct/1.png", "mr/1.png", "mean/1.png")]
    assert run_command(["score", *files, "--json", "--convention", "mfinet"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["convention"] == "mfinet"
    assert captured.err == ""


def test_the_command_says_what_is_wrong_and_returns_1(folders, capsys):
    files = [str(folders / path) for path in ("ct/1.png", "mr/1.png", "gone.png")]
    assert run_command(["score", *files]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "gone.png" in captured.err


def _json(capsys, a, b, *fused, convention=None):
    score_command(a, b, list(fused), True, None, convention)
    return json.loads(capsys.readouterr().out)


def _save(path: Path, levels) -> None:
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(np.asarray(levels).astype(np.uint8)).save(path)


class TestWhatIsNoPicture:
    """Said as what it is: a typing error is no damaged file."""

    def refused(self, folders: Path, name: str, capsys) -> str:
        words = [folders / "ct" / "1.png", folders / "mr" / "1.png", folders / name]
        assert run_command(["score", *map(str, words)]) == 1
        return capsys.readouterr().err

    def test_a_missing_file(self, folders: Path, capsys) -> None:
        assert "“nothing.png” does not exist." in self.refused(folders, "nothing.png", capsys)

    def test_an_empty_file(self, folders: Path, capsys) -> None:
        (folders / "empty.png").touch()
        assert "“empty.png” is empty." in self.refused(folders, "empty.png", capsys)

    def test_an_image_that_is_no_picture(self, folders: Path, capsys) -> None:
        (folders / "slice.dcm").write_bytes(bytes(128) + b"DICM" + bytes(100))
        said = self.refused(folders, "slice.dcm", capsys)
        assert "“slice.dcm” is no picture." in said
        assert "PNG" in said


def test_hidden_files_that_macos_puts_beside_pictures_are_no_pictures(folders: Path) -> None:
    (folders / "mean" / "._1.png").write_bytes(b"\x00\x05\x16\x07")
    words = [str(folders / name) for name in ("ct", "mr", "mean")]
    assert run_command(["score", *words, "--convention", "mfinet"]) == 0


def test_a_table_is_never_written_over_a_picture_that_was_scored(folders: Path, capsys) -> None:
    a, b, fused = (folders / name / "1.png" for name in ("ct", "mr", "mean"))
    before = fused.read_bytes()
    again = folders / "mr" / ".." / "mean" / "1.png"
    assert run_command(["score", *map(str, (a, b, fused)), "--csv", str(again), "--overwrite"]) == 1
    assert fused.read_bytes() == before
    assert "one of the images" in capsys.readouterr().err
