from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Picture

from fusionviewer.fusion.methods import TASKS
from fusionviewer.metrics.report import Score
from fusionviewer.metrics.table import METRICS
from training.__main__ import main
from training.comparison import Way, compare, ways
from training.cost import Cost, work_of
from training.published_scores import published_tables
from training.settings import with_settings
from training.sheet import TEXT_HEIGHT
from training.tables import as_csv, as_markdown, costs_as_csv, mean_ranks


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
    assert mean_ranks(table, ("mi", "vif")) == {"one": 1, "two": 2}  # VIF was not asked for
    assert mean_ranks(table, ("vif",)) == {}


def test_the_csv_holds_every_value() -> None:
    table = {"average": [{"mi": Score(3.0)}, {"mi": Score(None, "constant")}]}
    text = as_csv({"CT-MRI": table}, {"CT-MRI": ["1", "2"]})
    assert text.splitlines() == [
        "task,pair,method,score,value",
        "CT-MRI,1,average,mi,3.0",
        "CT-MRI,2,average,mi,",
    ]


def test_every_published_score_is_one_of_ours_within_its_range() -> None:
    tables = [table for task in TASKS for table in published_tables(task)]
    assert {table.task for table in tables} == set(TASKS)
    for table in tables:
        assert set(table.deviations) | set(table.seconds) <= set(table.rows)
        for scores in table.rows.values():
            for name, value in scores.items():
                low, high = METRICS[name].range
                assert (low is None or value >= low) and (high is None or value <= high), name


def test_published_numbers_are_those_of_the_papers() -> None:
    dilran, eh_dran, mfinet = published_tables("CT-MRI")
    assert dilran.rows["DILRAN SFNN-max"]["psnr"] == 16.413
    assert eh_dran.rows["EH-DRAN SFNN-max"]["fsim_parity"] == 0.820
    assert eh_dran.deviations["EH-DRAN SFNN-max"]["psnr"] == 0.490
    swin = eh_dran.deviations["SwinFusion"]
    assert (swin["fmi_jpeg"], swin["fsim_parity"]) == (0.002, 0.001)
    assert eh_dran.deviations["MSRPAN"]["en_float"] == 0.273
    assert eh_dran.deviations["EH-DRAN SFNN-mean"]["ssim"] == 0.003
    assert mfinet.rows["MFINet"] == {"mi": 4.600, "sf": 29.536, "vif": 0.544, "qabf": 0.536}


def test_published_rows_follow_marked_as_of_another_split_and_are_not_ranked() -> None:
    table = {name: [{"mi": Score(value)}] for name, value in (("one", 3.0), ("two", 2.0))}
    lines = as_markdown(table, {}, published_tables("CT-MRI")).splitlines()
    assert "**3.000**" in lines[2]
    assert "| MFINet (published, other split) | 4.600 | — | — | — | — |" in lines
    assert len({line.count("|") for line in lines}) == 1


def test_the_cost_of_a_method_stands_in_its_row() -> None:
    table = {"one": [{"mi": Score(3.0)}], "two": [{"mi": Score(2.0)}]}
    costs = {"one": Cost(414209, 30.874, 0.7512, 408.7), "two": Cost(0, 0.0, 0.0021)}
    lines = as_markdown(table, costs).splitlines()
    assert lines[2].endswith("| 414,209 | 30.87 | 0.751 | 409 |")
    assert lines[3].endswith("| — | — | 0.002 | — |")
    assert costs_as_csv({"CT-MRI": costs}).splitlines()[1] == "CT-MRI,one,414209,30.874,0.7512,409"


def test_folding_halves_the_work_of_the_published_eh_dran() -> None:
    """Published: 28.27 · 10⁹ to encode each image and 3.64 to decode, 60.17 for the pair."""
    parameters, gmac = work_of(Way("eh-dran", "fer"))
    assert parameters == 414_209
    assert 3.64 < gmac < 60.17 / 1.9
    assert work_of(Way("average")) == (0, 0.0)


@pytest.mark.slow
def test_evaluate_writes_the_table_the_values_and_a_picture_for_each_task(
    atlas: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    told = ["--tasks", "CT-MRI", "--strategies", "fer", "--split", "val", "--every", "2"]
    told += ["--methods", "eh-dran", "average", "maximum"]
    assert main(["evaluate", *told, "--out", str(out)]) == 0
    lines = (out / "tables.md").read_text().splitlines()
    assert lines[0] == "### CT-MRI, 1 pairs"
    assert [line for line in lines if line.startswith("| average ")]
    assert [line for line in lines if line.startswith("| EH-DRAN FER (published, other split)")]
    scores = (out / "scores.csv").read_text().splitlines()
    assert {line.split(",")[1] for line in scores[1:]} == {"3003"}
    ways = {line.split(",")[2] for line in scores[1:]}
    assert ways == {"eh-dran fer", "average", "maximum"}
    assert (out / "costs.csv").read_text().count("\n") == 1 + len(ways)
    with Picture.open(out / "CT-MRI.png") as sheet:
        assert sheet.size == ((2 + len(ways)) * 36, TEXT_HEIGHT + 40)


def test_settings_go_to_the_ways_that_take_them_and_into_their_names(root: Path) -> None:
    chosen = [Way("average"), Way("laplacian"), Way("eh-dran", "sfnn-local")]
    changed = with_settings(chosen, ["levels=1", "windows=16", "power=2"])
    names = ["average", "laplacian levels=1", "eh-dran sfnn-local power=2 windows=16"]
    assert [way.name for way in changed] == names
    both = [*chosen[:2], changed[1]]
    table = compare(root, "CT-MRI", ("1",), both, ("sf",))
    assert table["laplacian"][0]["sf"].value != table["laplacian levels=1"][0]["sf"].value


@pytest.mark.parametrize("said", ["magic=1", "levels=99", "levels", "power=3", "=", "levels="])
def test_a_setting_that_no_method_takes_is_refused(
    atlas: Path, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    told = ["--methods", "laplacian", "eh-dran", "--strategies", "sfnn-max", "--set", said]
    assert main(["evaluate", *told]) == 1
    assert f"takes the setting “{said}”" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["evaluate"], ["sheet", ".", "CT-MRI/1"]])
def test_a_strategy_that_there_is_not_is_wrong_usage(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([*command, "--strategies", "sfnn-mx"])
    assert stopped.value.code == 2
    assert "invalid choice: 'sfnn-mx' (choose from" in capsys.readouterr().err


def test_methods_that_take_none_of_the_strategies_are_left_out(
    atlas: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert Way("dilran", "learned") not in (found := ways(["learned"]))
    assert Way("dilran") not in found
    assert Way("eh-dran", "learned") in found
    assert main(["evaluate", "--strategies", "learned", "--methods", "dilran"]) == 1
    assert "None of these methods takes" in capsys.readouterr().err


def test_every_zeroth_pair_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["evaluate", "--every", "0"])
    assert stopped.value.code == 2
