"""Both themes can be read, and the one that was chosen is there at the next start."""

import re
from collections.abc import Iterator
from dataclasses import asdict

import pytest
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QCheckBox, QRadioButton, QWidget
from pytestqt.qtbot import QtBot

from fusionviewer.paths import resources
from fusionviewer.ui.main_window import MainWindow
from fusionviewer.ui.theme import THEMES, apply_theme
from fusionviewer.ui.theme_style import style_sheet
from fusionviewer.workspace.settings import Settings, load_settings

names = pytest.mark.parametrize("name", THEMES)


@pytest.fixture(autouse=True)
def _as_it_was(qapp: QApplication) -> Iterator[None]:
    style, palette, sheet = qapp.style().objectName(), qapp.palette(), qapp.styleSheet()
    yield
    qapp.setStyleSheet(sheet)
    qapp.setStyle(style)
    qapp.setPalette(palette)


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, “contrast ratio”, of two #rrggbb."""

    def luminance(colour: str) -> float:
        parts = QColor(colour).getRgbF()[:3]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@names
@pytest.mark.parametrize("ground", ["ground", "base", "raised"])
def test_text_stands_out_7_to_1_and_marks_3_to_1(name: str, ground: str) -> None:
    colours = asdict(THEMES[name])
    for text in ("text", "quiet"):
        assert contrast(colours[text], colours[ground]) >= 7
    for mark in ("accent", "warning", "error", "good", "off"):
        assert contrast(colours[mark], colours[ground]) >= 3
    if ground != "raised":
        assert contrast(colours["line"], colours[ground]) >= 3
    assert contrast("#ffffff", colours["chosen"]) >= 4.5
    for message in ("warning_ground", "error_ground", "good_ground"):
        assert contrast(colours["text"], colours[message]) >= 7


@names
def test_the_style_sheet_has_a_colour_for_every_place_and_its_tick(name: str) -> None:
    sheet = style_sheet(THEMES[name])
    assert "$" not in sheet
    assert set(re.findall(r"url\(\"(.+?)\"\)", sheet)) == {
        (resources() / "icons" / THEMES[name].tick).as_posix()
    }
    assert (resources() / "icons" / THEMES[name].tick).is_file()


@names
@pytest.mark.parametrize("kind", [QCheckBox, QRadioButton])
def test_boxes_and_circles_can_be_seen_and_a_set_one_looks_different(
    name: str, kind: type[QCheckBox], qapp: QApplication, qtbot: QtBot
) -> None:
    apply_theme(qapp, name)
    pictures = []
    for checked in (False, True):
        button = kind()
        qtbot.addWidget(button)
        button.setChecked(checked)
        button.resize(24, 24)
        pictures.append(button.grab().toImage())
    ground = THEMES[name].ground
    off, on = (
        {picture.pixelColor(x, y).name() for x in range(picture.width()) for y in range(24)}
        for picture in pictures
    )
    assert max(contrast(colour, ground) for colour in off) >= 3
    assert THEMES[name].accent in on - off


def test_the_menu_switches_the_colours_and_the_next_start_has_them(
    qapp: QApplication,
) -> None:
    apply_theme(qapp)
    _switched(MainWindow(Settings(method="average")))
    assert qapp.palette().color(QPalette.ColorRole.Window).name() == THEMES["light"].ground
    assert load_settings().theme == "light"
    _switched(MainWindow(load_settings()))
    assert qapp.palette().color(QPalette.ColorRole.Window).name() == THEMES["dark"].ground
    assert load_settings().theme == "dark"


def _switched(window: MainWindow) -> None:
    """Through the menu, and closed again."""
    window.show()
    window.actions_by_name["theme"].trigger()
    window.close()
    window.deleteLater()


def test_what_paints_itself_follows(qapp: QApplication, qtbot: QtBot) -> None:
    from fusionviewer.ui.score_plots import ScoreComparison

    apply_theme(qapp, "dark")
    plot = ScoreComparison()
    qtbot.addWidget(plot)
    plot.resize(200, 200)
    assert _corner(plot) == THEMES["dark"].base
    apply_theme(qapp, "light")
    assert _corner(plot) == THEMES["light"].base


def _corner(plot: QWidget) -> str:
    """The colour of the plot's ground, at its lower right."""
    picture = plot.grab().toImage()
    return picture.pixelColor(picture.width() - 3, picture.height() - 3).name()
