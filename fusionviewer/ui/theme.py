"""Colours and fonts: dark, for rooms without light, and light.

Contrast of text on its ground is at least 7:1, of marks and lines at least 3:1 (WCAG 2.2, 1.4.6 and
1.4.11). No mark is told by its colour alone. Images lie on black in both, and what is drawn on
them has the dark colours, which are the constants here; all else asks its palette.
"""

from PySide6.QtGui import QColor, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

from fusionviewer.ui.theme_style import Colours, style_sheet

DARK = Colours(
    ground="#16181c",  # behind the panels
    base="#101216",  # in tables and fields
    raised="#24272d",  # buttons, titles
    line="#636a75",
    text="#eceff3",
    quiet="#b4bbc6",  # text of less weight
    off="#858d99",  # text of what cannot be used now
    accent="#4fb3ff",
    chosen="#1f6fb2",  # behind white text
    warning="#ffc857",
    error="#ff8a80",
    good="#6fd08c",
    warning_ground="#3a2f14",
    error_ground="#47201f",
    good_ground="#17351f",
    tick="tick-on-bright.svg",
)
LIGHT = Colours(
    ground="#f3f5f8",
    base="#ffffff",
    raised="#e4e8ee",
    line="#767e8a",
    text="#14171c",
    quiet="#414853",
    off="#69717d",
    accent="#0a5fa5",
    chosen="#1a5f9e",
    warning="#8a5300",
    error="#a3201a",
    good="#1c6b35",
    warning_ground="#fff1cf",
    error_ground="#fde2df",
    good_ground="#dcf3e2",
    tick="tick-on-dark.svg",
)
THEMES = {"dark": DARK, "light": LIGHT}

GROUND = QColor(DARK.ground)
RAISED = QColor(DARK.raised)
LINE = QColor(DARK.line)
TEXT = QColor(DARK.text)
QUIET = QColor(DARK.quiet)
ACCENT = QColor(DARK.accent)
WARNING = QColor(DARK.warning)
ERROR = QColor(DARK.error)
PANE = QColor("#000000")  # behind the images
CROSSHAIR = QColor(DARK.accent)

_ROLE = QPalette.ColorRole


def apply_theme(app: QApplication, name: str = "dark", text_size: int = 100) -> None:
    """Qt's own Fusion style in one of THEMES, the same on every system; now, or from the start.

    Args:
        text_size: in percent of what the system says.
    """
    colours = THEMES[name]
    app.setStyle("Fusion")
    app.setPalette(_palette(colours))
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    font.setPointSizeF(font.pointSizeF() * text_size / 100)
    app.setFont(font)
    app.setStyleSheet(style_sheet(colours, text_size / 100))


def _palette(colours: Colours) -> QPalette:
    palette = QPalette()
    for role, colour in _roles(colours).items():
        palette.setColor(role, QColor(colour))
    for role in (_ROLE.Text, _ROLE.ButtonText, _ROLE.WindowText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(colours.off))
    return palette


def _roles(colours: Colours) -> dict[QPalette.ColorRole, str]:
    """What widgets that paint themselves ask for: Link is the accent, Mid a line."""
    return {
        _ROLE.Window: colours.ground,
        _ROLE.WindowText: colours.text,
        _ROLE.Base: colours.base,
        _ROLE.AlternateBase: colours.raised,
        _ROLE.Text: colours.text,
        _ROLE.Button: colours.raised,
        _ROLE.ButtonText: colours.text,
        _ROLE.BrightText: colours.error,
        _ROLE.ToolTipBase: colours.raised,
        _ROLE.ToolTipText: colours.text,
        _ROLE.PlaceholderText: colours.quiet,
        _ROLE.Highlight: colours.chosen,
        _ROLE.HighlightedText: "#ffffff",
        _ROLE.Link: colours.accent,
        _ROLE.Mid: colours.line,
        _ROLE.Dark: "#0b0c0e" if colours is DARK else colours.line,
    }
