"""Where the window was: its size, its place and its screen, as long as that screen is there."""

from PySide6.QtCore import QRect
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import QMainWindow

from fusionviewer.workspace.settings import Settings

GRIP = 80  # pixels of the title bar that have to be on a screen, so that it can be dragged


def place_window(window: QMainWindow, settings: Settings) -> None:
    """As the last time; on a screen that is no longer there, only the size, and never larger."""
    screen = _screen(settings) or QGuiApplication.primaryScreen()
    room = screen.availableGeometry() if screen else QRect(0, 0, settings.width, settings.height)
    window.resize(min(settings.width, room.width()), min(settings.height, room.height()))
    if settings.left is not None and settings.top is not None and _screen(settings) is not None:
        window.move(settings.left, settings.top)


def placed(window: QMainWindow, settings: Settings) -> Settings:
    """With the size, place and screen that the window has now."""
    whole = window.isMaximized() or window.isFullScreen()
    frame = window.normalGeometry() if whole else window.geometry()
    screen = window.screen()
    return settings.model_copy(
        update={
            "width": min(max(frame.width(), 640), 16_000),
            "height": min(max(frame.height(), 480), 16_000),
            "maximized": whole,
            "left": frame.x() if whole else window.x(),
            "top": frame.y() if whole else window.y(),
            "screen": screen.name() if screen else "",
        }
    )


def _screen(settings: Settings) -> QScreen | None:
    """The screen of the last time, if the window can still be taken hold of there."""
    if settings.left is None or settings.top is None:
        return None
    bar = QRect(settings.left, settings.top, settings.width, GRIP)
    for screen in QGuiApplication.screens():
        seen = screen.availableGeometry() & bar
        if screen.name() == settings.screen and seen.width() >= GRIP and seen.height() >= GRIP // 2:
            return screen
    return None
