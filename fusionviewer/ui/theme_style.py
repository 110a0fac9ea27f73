"""The style sheet: what a palette cannot say."""

from dataclasses import asdict, dataclass
from string import Template

from fusionviewer.paths import resources


@dataclass(frozen=True)
class Colours:
    """The colours of a theme, as #rrggbb; `tick` is the picture in a ticked box."""

    ground: str
    base: str
    raised: str
    line: str
    text: str
    quiet: str
    off: str
    accent: str
    chosen: str
    warning: str
    error: str
    good: str
    warning_ground: str
    error_ground: str
    good_ground: str
    tick: str


def style_sheet(colours: Colours, scale: float = 1.0) -> str:
    """For the whole application; `scale` is that of its texts."""
    tick = (resources() / "icons" / colours.tick).as_posix()
    sizes = {"box": str(round(13 * scale)), "title": str(round(20 * scale))}
    return Template(_STYLE).substitute(asdict(colours) | {"tick": tick} | sizes)


# Fusion draws boxes and circles in a shade of the ground, which on a dark one nobody sees: hence
# the rules for indicators. They hold for boxes, groups, trees and tables alike.
_STYLE = """
QToolTip { color: $text; background: $raised; border: 1px solid $line; padding: 4px; }
QToolBar { border: none; border-bottom: 1px solid $raised; spacing: 6px; padding: 4px 6px; }
QStatusBar QToolBar { border: none; padding: 0; }
QStatusBar::item { border: none; }
QDockWidget::title { background: $raised; padding: 4px 8px; }
QMenu, QDialog#popup { border: 1px solid $line; }
QMenu::separator { height: 1px; background: $line; margin: 4px 8px; }
QPushButton#first { background: $chosen; color: white; border: 1px solid $accent;
                    border-radius: 4px; padding: 8px 18px; font-weight: 600; }
QPushButton#first:hover { background: #2a80c6; }
QPushButton#first:focus { border: 2px solid $text; }
QToolButton:checked { background: $chosen; color: white; border-radius: 3px; }
QComboBox:focus, QToolButton:focus, QSlider:focus, QPushButton:focus {
    border: 2px solid $accent; border-radius: 3px; }
QRadioButton::indicator, QCheckBox::indicator, QGroupBox::indicator, QAbstractItemView::indicator {
    width: ${box}px; height: ${box}px; border: 1px solid $quiet; background: $base; }
QCheckBox::indicator, QGroupBox::indicator, QAbstractItemView::indicator { border-radius: 2px; }
QRadioButton::indicator { border-radius: 7px; }
QCheckBox::indicator:checked, QGroupBox::indicator:checked, QAbstractItemView::indicator:checked {
    background: $accent; border-color: $accent; image: url("$tick"); }
QCheckBox::indicator:indeterminate, QAbstractItemView::indicator:indeterminate {
    background: $quiet; }
QRadioButton::indicator:checked { border-color: $accent; background: qradialgradient(
    cx: 0.5, cy: 0.5, radius: 0.5, fx: 0.5, fy: 0.5,
    stop: 0 $accent, stop: 0.55 $accent, stop: 0.65 $base, stop: 1 $base); }
QRadioButton::indicator:disabled, QCheckBox::indicator:disabled, QGroupBox::indicator:disabled,
QAbstractItemView::indicator:disabled { border-color: $line; }
QCheckBox::indicator:checked:disabled, QGroupBox::indicator:checked:disabled,
QAbstractItemView::indicator:checked:disabled { background: $off; }
QRadioButton:focus, QCheckBox:focus { color: $accent; }
QFrame#messages { background: $warning_ground; border-bottom: 1px solid $warning; }
QFrame#messages[kind="error"] { background: $error_ground; border-bottom: 1px solid $error; }
QFrame#messages[kind="good"] { background: $good_ground; border-bottom: 1px solid $good; }
QFrame#comparing { background: $ground; border-bottom: 1px solid $raised; }
QFrame#card { background: $raised; border: 2px solid $accent; border-radius: 6px; }
QLabel#strong { font-weight: 600; }
QFrame#messages[kind="offer"] { background: $raised; border-bottom: 1px solid $accent; }
QLabel#title { font-size: ${title}pt; font-weight: 600; }
QLabel#quiet { color: $quiet; }
"""
