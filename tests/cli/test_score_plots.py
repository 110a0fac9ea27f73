import csv
import sys

import numpy as np
import pytest
from PIL import Image

from fusionviewer.cli.main import run_command
from fusionviewer.cli.score_comparison import comparison
from fusionviewer.cli.score_figures import boxes, curves, figures
from fusionviewer.cli.score_plots import write_plots
from fusionviewer.cli.score_styles import Comparison, styles_of
from fusionviewer.errors import ExportError
from fusionviewer.metrics.report import Score

CASES = ("one", "two", "three")


def _rows(*values):
    return [{"ssim": Score(v), "nabf": Score(v), "psnr": Score(None, "infinite")} for v in values]


SHOWN = Comparison(
    CASES,
    {"x": _rows(0.2, 0.4, 0.6), "y": _rows(0.5, None, 0.7), "z": _rows(0.1, 0.1, 0.1)},
    {"A": _rows(0.9, 0.9, 0.9), "B": _rows(0.2, 0.2, 0.2)},
)


def test_the_command_writes_boxes_curves_and_a_comparison(scored_folders, capsys):
    folders = [str(scored_folders / name) for name in ("a", "b", "mean", "most", "least")]
    plots = scored_folders / "plots"
    order = ["score", *folders, "--convention", "mfinet", "--plots", str(plots)]
    assert run_command(order) == 0
    assert {p.name for p in plots.iterdir()} == {"comparison.png", "boxes-1.png", "curves-1.png"}
    for path in plots.iterdir():
        with Image.open(path) as picture:
            assert min(picture.size) > 300
            assert np.ptp(np.asarray(picture.convert("L"))) == 255
    assert "7 pairs" in capsys.readouterr().out


def test_what_is_there_is_replaced_only_when_asked_and_only_what_is_ours(scored_folders, capsys):
    files = [str(scored_folders / name / "1.png") for name in ("a", "b", "mean", "most")]
    plots, table = scored_folders / "plots", scored_folders / "scores.csv"
    order = ["score", *files, "--convention", "mfinet", "--plots", str(plots), "--csv", str(table)]
    assert run_command(order) == 0
    first = (plots / "boxes-1.png").stat().st_mtime_ns
    assert run_command(order) == 1
    assert "is there already" in capsys.readouterr().err
    assert (plots / "boxes-1.png").stat().st_mtime_ns == first
    assert run_command([*order, "--overwrite"]) == 0
    assert (plots / "boxes-1.png").stat().st_mtime_ns != first
    (plots / "mine.txt").write_text("keep", encoding="utf-8")
    assert run_command([*order, "--overwrite"]) == 1
    assert (plots / "mine.txt").read_text(encoding="utf-8") == "keep"
    assert len(list(csv.DictReader(table.open(encoding="utf-8")))) == 2


def test_without_matplotlib_the_command_says_how_to_get_it(scored_folders, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    files = [str(scored_folders / name / "1.png") for name in ("a", "b", "mean")]
    assert run_command(["score", *files, "--plots", str(scored_folders / "plots")]) == 1
    assert "fusionviewer[plots]" in capsys.readouterr().err
    assert not (scored_folders / "plots").exists()
    assert run_command(["score", *files, "--convention", "mfinet"]) == 0


def test_a_failure_half_way_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("matplotlib.figure.Figure.savefig", _full_disk)
    with pytest.raises(ExportError):
        write_plots(tmp_path / "plots", SHOWN.cases, SHOWN.table, SHOWN.own)
    assert not any(tmp_path.iterdir())


def test_curves_go_through_the_values_with_a_gap_where_there_is_none():
    place = curves(SHOWN, ["ssim"]).axes[0]
    np.testing.assert_allclose(place.lines[0].get_ydata(), [0.2, 0.4, 0.6])
    np.testing.assert_allclose(place.lines[1].get_ydata(), [0.5, np.nan, 0.7])
    assert [label.get_text() for label in place.get_xticklabels()] == list(CASES)
    assert "more is better" in place.get_ylabel()


def test_boxes_name_methods_and_ways():
    figure = boxes(SHOWN, ["ssim", "nabf"])
    assert [t.get_text() for t in figure.axes[0].get_yticklabels()] == ["x", "y", "z"]
    assert figure.axes[1].get_xlabel() == "← less is better"
    assert figure.axes[0].yaxis_inverted()


def test_the_comparison_has_the_best_mean_at_the_top_and_sources_at_the_edge():
    """Means: x 0.4, y 0.6 of two pairs, z 0.1; less is better for the second score."""
    place = comparison(SHOWN).axes[0]
    drawn = {i: place.lines[i].get_ydata() for i in range(3)}
    np.testing.assert_allclose(drawn[0], [0.6, 0.4])
    np.testing.assert_allclose(drawn[1], [1, 0])
    np.testing.assert_allclose(drawn[2], [0, 1])
    letters = {(t.get_text(), round(t.get_position()[0])): t.get_position()[1] for t in place.texts}
    assert letters["A", 0] == pytest.approx(1.07)
    assert letters["A", 1] == pytest.approx(-0.07)
    assert letters["B", 0] == pytest.approx(0.2)


def test_two_methods_are_compared_between_the_sources_for_alone_they_are_best_and_worst():
    two = Comparison(CASES, {m: SHOWN.table[m] for m in "xy"}, SHOWN.own)
    place = comparison(two).axes[0]
    np.testing.assert_allclose(place.lines[0].get_ydata()[0], (0.4 - 0.2) / (0.9 - 0.2))


def test_one_pair_is_drawn_as_points_and_has_no_curves():
    one = Comparison(CASES[:1], {m: rows[:1] for m, rows in SHOWN.table.items()}, {})
    assert list(figures(one)) == ["comparison", "boxes-1"]
    place = boxes(one, ["ssim"]).axes[0]
    assert [line.get_xdata().tolist() for line in place.lines] == [[0.2], [0.5], [0.1]]


def test_a_score_that_no_pair_has_is_not_drawn():
    assert SHOWN.scores == ["ssim", "nabf"]
    nothing = Comparison(CASES, {"x": [{"psnr": Score(None, "infinite")}] * 3}, {})
    assert figures(nothing) == {}


def test_seventy_methods_all_look_different():
    styles = styles_of([f"m{n}" for n in range(70)])
    assert len(set(styles.values())) == 70


@pytest.mark.parametrize("name", ["_hidden", "$x$ & \\y", "a" * 60])
def test_odd_names_of_methods_are_drawn_as_they_are(tmp_path, name):
    table = {name: SHOWN.table["x"], "y": SHOWN.table["y"]}
    write_plots(tmp_path / "plots", CASES, table, SHOWN.own)
    assert (tmp_path / "plots" / "comparison.png").stat().st_size > 10_000


def _full_disk(*_values, **_more):
    raise OSError(28, "No space left on device")
