"""What is read from a table of scores: significance, worst pairs, the front of a search."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from training.__main__ import main
from training.comparison import Way
from training.errors import DataError
from training.front import Tried, front, read_search
from training.scored import read_scores
from training.significance import differences, holm
from training.worst import behind, way_named

HEAD = "task,pair,method,score,value"


def table(path: Path, *rows: str) -> Path:
    path.write_text("\n".join((HEAD, *rows)) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def scores(tmp_path: Path) -> Path:
    """Ours is ahead in SSIM on all of eight pairs and behind in MI on all, most on the last."""
    rows = []
    for i in range(8):
        rows += [f"CT-MRI,{i},clarus,ssim,{0.7 + 0.01 * i}", f"CT-MRI,{i},maximum,ssim,0.6"]
        rows += [f"CT-MRI,{i},clarus,mi,{3 - 0.1 * i}", f"CT-MRI,{i},maximum,mi,3.5"]
        rows += [f"CT-MRI,{i},clarus,vif,0.5", f"CT-MRI,{i},maximum,vif,0.5"]
    return table(tmp_path / "scores.csv", *rows)


def test_what_is_better_and_worse_and_the_same_is_told_apart(scores: Path) -> None:
    row = differences(read_scores([scores]), "CT-MRI", "clarus", ["maximum"])["maximum"]
    assert {name: cell.told for name, cell in row.items()} == {
        "ssim": "better",
        "mi": "worse",
        "vif": "=",
    }
    assert row["ssim"].p == pytest.approx(2 * 3 / 2**8)  # the smallest of three, corrected
    assert row["mi"].mean == pytest.approx(-0.85)


def test_with_five_pairs_nothing_is_significant(tmp_path: Path) -> None:
    rows = [f"CT-MRI,{i},{m},ssim,{v}" for i in range(5) for m, v in (("clarus", 1), ("mopa", 0))]
    found = differences(
        read_scores([table(tmp_path / "s.csv", *rows)]), "CT-MRI", "clarus", ["mopa"]
    )
    assert (found["mopa"]["ssim"].p, found["mopa"]["ssim"].told) == (None, "=")


def test_corrected_p_values_are_those_of_holm() -> None:
    corrected = holm(np.array([0.04, np.nan, 0.01, 0.03]))
    np.testing.assert_allclose(corrected, [0.06, np.nan, 0.03, 0.06])


def test_a_table_of_significance_is_printed(
    scores: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["significance", str(scores)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "### CT-MRI: clarus"
    assert lines[4] == "| maximum | 8 | **+0.135** | *-0.850* | +0.000 ≈ |"


def test_scores_of_two_runs_are_read_together_and_the_later_one_counts(
    scores: Path, tmp_path: Path
) -> None:
    more = table(tmp_path / "more.csv", "CT-MRI,0,clarus,ssim,0.9", "PET-MRI,4,mopa,ssim,0.5")
    read = read_scores([scores, more])
    assert read["CT-MRI"]["clarus"]["ssim"]["0"] == 0.9
    assert read["CT-MRI"]["clarus"]["ssim"]["1"] == 0.71
    assert list(read["PET-MRI"]) == ["mopa"]


def test_the_worst_pair_comes_first(scores: Path) -> None:
    found = behind(read_scores([scores]), "CT-MRI", ("clarus", "maximum"), ("mi",))
    assert [one.pair for one in found] == list("76543210")
    assert found[0].by == pytest.approx(1.2 / np.std([*(3 - 0.1 * np.arange(8)), *[3.5] * 8]))


def test_the_worst_pairs_are_printed_and_drawn(
    atlas: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [f"PET-MRI,{p},{m},ssim,{v}" for p in ("3003", "3004") for m, v in
            (("average", int(p) / 9000), ("maximum", 0.5))]  # fmt: skip
    asked = [str(table(tmp_path / "s.csv", *rows)), "--of", "average", "--count", "1"]
    drawn = ["--root", str(atlas), "--pictures", str(tmp_path / "pictures")]
    assert main(["worst", *asked, *drawn]) == 0
    assert capsys.readouterr().out.startswith("PET-MRI  3003  +")
    with Image.open(tmp_path / "pictures" / "PET-MRI.png") as sheet:
        assert sheet.width == 4 * 36


@pytest.mark.parametrize(
    ("name", "way"),
    [
        ("laplacian levels=1", Way("laplacian", "", (("levels", 1),))),
        ("eh-dran sfnn-max power=2", Way("eh-dran", "sfnn-max", (("power", 2),))),
    ],
)
def test_what_was_scored_with_a_setting_is_drawn_with_it(
    atlas: Path, tmp_path: Path, name: str, way: Way
) -> None:
    assert (way.name, way_named(name)) == (name, way)
    rows = [f"PET-MRI,3003,{m},ssim,{v}" for m, v in ((name, 0.4), ("maximum", 0.5))]
    asked = [str(table(tmp_path / "s.csv", *rows)), "--of", name]
    drawn = ["--root", str(atlas), "--pictures", str(tmp_path / "pictures")]
    assert main(["worst", *asked, *drawn]) == 0
    assert (tmp_path / "pictures" / "PET-MRI.png").exists()


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("magic", "There is no method “magic”."),
        ("eh-dran magic", "“eh-dran” has no strategy “magic”."),
        ("eh-dran", "“eh-dran” has no strategy “”."),
        ("maximum fer", "“maximum” has no strategy “fer”."),
        ("maximum levels=1", "None of these methods takes the setting “levels=1”."),
    ],
)
def test_a_name_that_no_method_has_is_said_in_a_sentence(name: str, told: str) -> None:
    with pytest.raises(DataError) as refused:
        way_named(name)
    assert str(refused.value) == told


def test_the_front_is_what_nothing_else_beats_in_both() -> None:
    good, better, beaten = Tried("a", 4, 60, 0), Tried("b", 6, 90, 0), Tried("c", 6, 80, 0)
    assert front([beaten, better, good]) == [good, better]


def test_the_search_that_was_made_is_drawn(tmp_path: Path) -> None:
    search = Path(__file__).parents[2] / "training" / "clarus_search.csv"
    assert len(read_search(search)) >= 12
    assert main(["front", str(search), "--out", str(tmp_path / "new" / "front.png")]) == 0
    with Image.open(tmp_path / "new" / "front.png") as picture:
        assert picture.width == 1100


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (["significance", "{good}", "--against", "nobody"], "“nobody” was not scored."),
        (["significance", "{gone}"], "“gone.csv” cannot be read as a table of scores."),
        (["significance", "{bad}"], "“bad.csv” is no table of scores."),
        (["significance", "{words}"], "“words.csv” holds “much” where a number was expected."),
        (["significance", "{strange}"], "“strange.csv” has scores that are not known: beauty."),
        (["worst", "{good}", "--count", "0"], "At least one pair is needed."),
        (["worst", "{good}", "--pictures", "there"], "Pictures need the data set."),
        (["front", "{good}"], "“scores.csv” cannot be read as a table of a search."),
    ],
)
def test_what_cannot_be_read_is_said_in_a_sentence(
    scores: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str], told: str
) -> None:
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n")
    words = table(tmp_path / "words.csv", "CT-MRI,1,clarus,ssim,much")
    strange = table(tmp_path / "strange.csv", "CT-MRI,1,clarus,beauty,1")
    files = {"good": scores, "gone": tmp_path / "gone.csv", "bad": tmp_path / "bad.csv"}
    files |= {"words": words, "strange": strange}
    assert main([part.format(**files) for part in command]) == 1
    assert capsys.readouterr().err.startswith(told)
