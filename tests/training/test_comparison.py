from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Picture

from fusionviewer.metrics.report import Score
from training.comparison import Way, as_csv, as_markdown, compare, mean_ranks


@pytest.fixture
def root(tmp_path: Path) -> Path:
    rng = np.random.default_rng(3)
    for modality in ("CT", "MRI"):
        (tmp_path / "CT-MRI" / modality).mkdir(parents=True)
        for name in ("1", "2"):
            levels = rng.integers(0, 256, (24, 24), dtype=np.uint8)
            Picture.fromarray(levels).save(tmp_path / "CT-MRI" / modality / f"{name}.png")
    return tmp_path


def test_every_way_is_scored_on_every_pair(root: Path) -> None:
    table = compare(root, "CT-MRI", ("1", "2"), [Way("average"), Way("maximum")], ("mi", "sf"))
    assert list(table) == ["average", "maximum"]
    assert all(len(rows) == 2 for rows in table.values())
    assert all(set(row) == {"mi", "sf"} for rows in table.values() for row in rows)


def test_averaging_noise_is_less_sharp_than_its_maximum(root: Path) -> None:
    table = compare(root, "CT-MRI", ("1", "2"), [Way("average"), Way("maximum")], ("sf",))
    assert (table["average"][0]["sf"].value or 0) < (table["maximum"][0]["sf"].value or 0)


def test_the_table_marks_the_best_and_says_where_there_is_no_value() -> None:
    table = {
        "one": [{"mi": Score(3.0), "sf": Score(None, "constant")}],
        "two": [{"mi": Score(2.0), "sf": Score(None, "constant")}],
    }
    lines = as_markdown(table).splitlines()
    assert "**3.000**" in lines[2]
    assert "<u>2.000</u>" in lines[3]
    assert "—" in lines[2]


def test_ranks_are_averaged_over_the_scores_and_ties_share() -> None:
    table = {
        "one": [{"mi": Score(3.0), "sf": Score(1.0)}],
        "two": [{"mi": Score(2.0), "sf": Score(1.0)}],
    }
    assert mean_ranks(table, ("mi", "sf")) == {"one": 1.25, "two": 1.75}


def test_the_csv_holds_every_value() -> None:
    table = {"average": [{"mi": Score(3.0)}, {"mi": Score(None, "constant")}]}
    text = as_csv({"CT-MRI": table}, {"CT-MRI": ["1", "2"]})
    assert text.splitlines() == [
        "task,pair,method,score,value",
        "CT-MRI,1,average,mi,3.0",
        "CT-MRI,2,average,mi,",
    ]
