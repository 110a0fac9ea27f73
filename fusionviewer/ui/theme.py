"""Colours and fonts: dark, for rooms without light.

Contrast of text on its ground is at least 7:1, of marks and lines at least 3:1 (WCAG 2.2, 1.4.6 and
1.4.11). No mark is told by its colour alone.
"""

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

GROUND = QColor("#16181c")  # behind the panels
RAISED = QColor("#24272d")  # buttons, fields
LINE = QColor("#5d646f")
TEXT = QColor("#eceff3")
QUIET = QColor("#b4bbc6")  # text of less weight
ACCENT = QColor("#4fb3ff")
WARNING = QColor("#ffc857")
ERROR = QColor("#ff8a80")
PANE = QColor("#000000")  # behind the images
CROSSHAIR = QColor("#4fb3ff")

_ROLES = {
    QPalette.ColorRole.Window: GROUND,
    QPalette.ColorRole.WindowText: TEXT,
    QPalette.ColorRole.Base: QColor("#101216"),
    QPalette.ColorRole.AlternateBase: RAISED,
    QPalette.ColorRole.Text: TEXT,
    QPalette.ColorRole.Button: RAISED,
    QPalette.ColorRole.ButtonText: TEXT,
    QPalette.ColorRole.BrightText: ERROR,
    QPalette.ColorRole.ToolTipBase: RAISED,
    QPalette.ColorRole.ToolTipText: TEXT,
    QPalette.ColorRole.PlaceholderText: QUIET,
    QPalette.ColorRole.Highlight: QColor("#1f6fb2"),
    QPalette.ColorRole.HighlightedText: QColor("#ffffff"),
    QPalette.ColorRole.Link: ACCENT,
    QPalette.ColorRole.Mid: LINE,
    QPalette.ColorRole.Dark: QColor("#0b0c0e"),
}

_STYLE = f"""
QToolTip {{ color: {TEXT.name()}; background: {RAISED.name()}; border: 1px solid {LINE.name()};
            padding: 4px; }}
QToolBar {{ border: none; border-bottom: 1px solid #33373f; spacing: 6px; padding: 4px 6px; }}
QStatusBar QToolBar {{ border: none; padding: 0; }}
QStatusBar::item {{ border: none; }}
QDockWidget::title {{ background: {RAISED.name()}; padding: 4px 8px; }}
QMenu {{ border: 1px solid {LINE.name()}; }}
QMenu::separator {{ height: 1px; background: {LINE.name()}; margin: 4px 8px; }}
QPushButton#first {{ background: #1f6fb2; color: white; border: 1px solid #3f8fd2;
                     border-radius: 4px; padding: 8px 18px; font-weight: 600; }}
QPushButton#first:hover {{ background: #2a80c6; }}
QPushButton#first:focus {{ border: 2px solid white; }}
QToolButton:checked {{ background: #1f6fb2; color: white; border-radius: 3px; }}
QComboBox:focus, QToolButton:focus, QSlider:focus, QPushButton:focus {{
    border: 2px solid {ACCENT.name()}; border-radius: 3px; }}
QRadioButton::indicator, QCheckBox::indicator {{ width: 12px; height: 12px;
    border: 1px solid {QUIET.name()}; background: #101216; }}
QRadioButton::indicator {{ border-radius: 7px; }}
QRadioButton::indicator:checked, QCheckBox::indicator:checked {{
    background: {ACCENT.name()}; border: 1px solid white; }}
QRadioButton::indicator:disabled, QCheckBox::indicator:disabled {{ border-color: #4a505a; }}
QRadioButton:focus, QCheckBox:focus {{ color: {ACCENT.name()}; }}
QFrame#messages {{ background: #3a2f14; border-bottom: 1px solid {WARNING.name()}; }}
QFrame#messages[kind="error"] {{ background: #47201f; border-bottom: 1px solid {ERROR.name()}; }}
QFrame#messages[kind="good"] {{ background: #17351f; border-bottom: 1px solid #6fd08c; }}
QLabel#title {{ font-size: 20pt; font-weight: 600; }}
QLabel#quiet {{ color: {QUIET.name()}; }}
"""


def apply_theme(app: QApplication) -> None:
    """Qt's own Fusion style in dark, the same on every system."""
    app.setStyle("Fusion")
    palette = QPalette()
    for role, colour in _ROLES.items():
        palette.setColor(role, colour)
    for role in (
        QPalette.ColorRole.Text,
        QPalette.ColorRole.ButtonText,
        QPalette.ColorRole.WindowText,
    ):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor("#858d99"))
    app.setPalette(palette)
    app.setStyleSheet(_STYLE)
