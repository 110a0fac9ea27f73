"""The plot of all scores between worst and best, and the files of all slices."""

import csv
import io
import math

import numpy as np
import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from fusionviewer.engine.request import FuseRequest
from fusionviewer.imaging.image import Image
from fusionviewer.metrics.report import Score
from fusionviewer.metrics.table import METRICS
from fusionviewer.ui.score_plots import ScoreComparison
from fusionviewer.ui.score_slices import spread, volume_csv, volume_text
from fusionviewer.ui.score_table import REFERENCE, Line
from fusionviewer.ui.score_view import ScoreView
from fusionviewer.ui.scoring import Recipe, ScoreRequest, SliceScores, VolumeScores
from fusionviewer.ui.store import Store
from fusionviewer.workspace.state import ViewState


def _line(name: str, *values: float | None) -> Line:
    return Line(METRICS[name], *(None if value is None else Score(value) for value in values))


LINES = [
    _line("ssim", 0.5, 0.4, 0.8, 0.0),  # fused, reference, A, B
    _line("nabf", 0.1, 0.2, 0.0, 0.4),
    _line("psnr", None, 20.0),
    _line("vif", None),
]


@pytest.fixture
def plot(qtbot: QtBot) -> ScoreComparison:
    plot = ScoreComparison()
    qtbot.addWidget(plot)
    return plot


def test_the_best_of_the_four_is_at_1_and_the_worst_at_0(plot: ScoreComparison) -> None:
    plot.show_lines(LINES, ("Maximum", "Average"))
    assert plot.place(0, "value") == pytest.approx(0.625)
    assert plot.place(0, "of_a") == 1 and plot.place(0, "of_b") == 0
    assert plot.place(1, "value") == pytest.approx(0.75)  # less is better
    assert plot.place(1, "of_a") == 1
    assert math.isnan(plot.place(2, "value")) and math.isnan(plot.place(3, "reference"))


def test_the_lines_go_through_these_places(plot: ScoreComparison) -> None:
    plot.show_lines(LINES, ("Maximum", "Average"))
    x, y = plot._fused.getData()
    np.testing.assert_allclose(x, [0.625, 0.75, np.nan, np.nan])
    np.testing.assert_allclose(y, range(4))
    np.testing.assert_allclose(plot._reference.getData()[0], [0.5, 0.5, 0.5, np.nan])


def test_letters_stand_for_the_sources_and_share_a_place_when_near(plot: ScoreComparison) -> None:
    near = _line("cc", 0.0, 1.0, 0.50, 0.51)
    plot.show_lines([LINES[0], near], ("Maximum", "Average"))
    found = [(item.toPlainText(), round(item.pos().x(), 3)) for item in plot._letters]
    assert found == [("A", 1.0), ("B", 0.0), ("A B", 0.505)]
    plot.show_lines([], ("Maximum", ""))
    assert plot._letters == []


def test_a_screen_reader_gets_the_plot_in_words(plot: ScoreComparison) -> None:
    plot.show_lines(LINES, ("Maximum", "Average"))
    assert "SSIM ↑: Maximum 0.500, Average 0.400" in plot._plot.accessibleDescription()
    plot.show_lines(LINES, ("Maximum", ""))
    assert "Average" not in plot._plot.accessibleDescription()
    unnamed = [w for w in plot.findChildren(QWidget) if w.focusPolicy() and not _name(w)]
    assert unnamed == []


def _name(widget: QWidget) -> str:
    return widget.accessibleName() or widget.parent().accessibleName()


def test_table_and_plot_show_the_same_by_turns(qtbot: QtBot) -> None:
    view = ScoreView()
    qtbot.addWidget(view)
    view.show()
    view.retitle(("Score", "Maximum", "Average", "A and B"))
    view.show_lines(LINES)
    view.show_plot(True)
    assert view.plot.isVisible() and not view.table.isVisible()
    assert view.plot.place(0, "value") == pytest.approx(0.625)
    assert view.titles == ("Maximum", "")
    view.compare(True)
    assert view.titles == ("Maximum", "Average")
    assert not view.table.isColumnHidden(REFERENCE)
    view.show_lines(LINES[1:])
    assert view.plot.place(0, "value") == pytest.approx(0.75)
    view.show_plot(False)
    assert view.table.isVisible()


def _volume(state: ViewState, reference: Recipe | None) -> VolumeScores:
    assert isinstance(state.request, FuseRequest)
    asked = ScoreRequest(state.request, ("ssim", "psnr"), None, reference)
    slices = tuple(
        SliceScores(
            asked.at(i),
            {"ssim": Score(0.1 * i), "psnr": Score(None if i == 1 else 20.0 + i)},
            {"ssim": Score(0.5), "psnr": Score(30.0)} if reference else None,
        )
        for i in range(3)
    )
    return VolumeScores(asked, slices)


def _tables(text: str) -> list[list[dict[str, str]]]:
    parts = [part for part in text.replace("\r\n", "\n").split("\n\n") if part.strip()]
    return [list(csv.DictReader(io.StringIO(part.strip("\n")))) for part in parts]


def test_the_file_of_a_volume_has_means_deviations_and_every_slice(store: Store, ct: Image) -> None:
    means, slices = _tables(volume_csv(_volume(store.state, None)))
    assert means[0] == {
        "name": "ssim", "mean over all slices": repr(float(np.mean([0, 0.1, 0.2]))),
        "SD": repr(float(np.std([0, 0.1, 0.2], ddof=1))), "slices": "3",
    }  # fmt: skip
    assert (means[1]["mean over all slices"], means[1]["slices"]) == ("21.0", "2")
    assert [row["psnr"] for row in slices] == ["20.0", "", "22.0"]
    assert [row["slice"] for row in slices] == ["1", "2", "3"]


def test_with_a_reference_the_file_has_its_numbers_too(store: Store) -> None:
    average = Recipe("Average", "Average", "average", "")
    means, slices = _tables(volume_csv(_volume(store.state, average)))
    assert means[1]["reference: mean over all slices"] == "30.0"
    assert means[1]["reference: SD"] == "0.0"
    assert slices[2]["reference: ssim"] == "0.5"
    assert "Reference, all slices" in volume_text(_volume(store.state, average))
    assert "Reference" not in volume_text(_volume(store.state, None))


def test_a_spread_of_one_slice_has_no_deviation_and_of_none_no_mean() -> None:
    metric = METRICS["ssim"]
    assert spread(np.array([np.nan, 0.5])).text(metric) == "0.500 over 1 slice"
    assert spread(np.array([np.nan])).text(metric) == "–"
    assert spread(np.array([0.4, 0.6])).text(metric) == "0.500 ± 0.141 over 2 slices"
