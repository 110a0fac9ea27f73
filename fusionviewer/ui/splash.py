"""What is on the screen while the libraries of the window load."""

import time

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QLabel

from fusionviewer import __version__
from fusionviewer.paths import resources
from fusionviewer.texts import marked
from fusionviewer.texts import text as _
from fusionviewer.ui.theme import GROUND, LINE, QUIET, TEXT

NOT_DIAGNOSTIC = marked("not for diagnostic use")
WIDTH, HEIGHT, ICON = 420, 200, 96  # pixels, before scaling
PATIENCE_S = 0.2  # for a screen that does not answer


def show_splash(app: QApplication) -> QLabel:
    """It, on the screen, until it is closed.

    No QSplashScreen: that one waits a whole second, on X11 without a compositor, for what has
    happened long since.
    """
    screen = app.primaryScreen()
    flags = Qt.WindowType.SplashScreen | Qt.WindowType.FramelessWindowHint
    splash = QLabel(None, flags)
    splash.setPixmap(_picture(screen.devicePixelRatio() if screen else 1.0))
    splash.adjustSize()
    if screen is not None:
        splash.move(screen.availableGeometry().center() - splash.rect().center())
    splash.show()
    end = time.monotonic() + PATIENCE_S
    while not splash.windowHandle().isExposed() and time.monotonic() < end:
        app.processEvents()
    app.processEvents()  # it is drawn now, and not when the event loop begins
    return splash


def _picture(scale: float) -> QPixmap:
    picture = QPixmap(round(WIDTH * scale), round(HEIGHT * scale))
    picture.setDevicePixelRatio(scale)
    picture.fill(GROUND)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.setPen(LINE)
    painter.drawRect(QRectF(0.5, 0.5, WIDTH - 1, HEIGHT - 1))
    icon = QPixmap(str(resources() / "icons" / "fusionviewer-256.png"))
    painter.drawPixmap(32, (HEIGHT - ICON) // 2, ICON, ICON, icon)
    _write(painter, 74, 17, QFont.Weight.DemiBold, TEXT, "FusionViewer")
    _write(painter, 112, 10, QFont.Weight.Normal, QUIET, f"{__version__} · {_(NOT_DIAGNOSTIC)}")
    painter.end()
    return picture


def _write(
    painter: QPainter, top: int, points: int, weight: QFont.Weight, colour: QColor, text: str
) -> None:
    font = painter.font()
    font.setPointSize(points)
    font.setWeight(weight)
    painter.setFont(font)
    painter.setPen(colour)
    area = QRectF(32 + ICON + 24, top, WIDTH - ICON - 72, 32)
    painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, text)
