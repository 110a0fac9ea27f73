"""What the series browser is joined to: opening, messages, and the panes that series are dragged on."""

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QDropEvent

from fusionviewer.ui.browser import SERIES_DRAG, SeriesDock
from fusionviewer.ui.message_bar import MessageBar
from fusionviewer.ui.messages import Notice
from fusionviewer.ui.opening import Opener
from fusionviewer.ui.pane_grid import PaneGrid
from fusionviewer.workspace.state import SOURCE_PANES

_COMES = (QEvent.Type.DragEnter, QEvent.Type.DragMove)


def join_browser(browser: SeriesDock, opener: Opener, grid: PaneGrid, messages: MessageBar) -> None:
    """The browser lists what the opener finds, and opens what the user chooses."""
    opener.reading.connect(browser.show_reading)
    opener.listed.connect(browser.show_catalogue)
    opener.choice_asked.connect(browser.open_beside)
    browser.opened.connect(messages.clear)
    browser.opened.connect(opener.open_series)
    browser.said.connect(lambda text: messages.say(Notice(text), "warning"))
    SeriesDrops(browser, opener, grid)


class SeriesDrops(QObject):
    """Opens a series in the pane that it is dropped on; several of them, each in its own."""

    def __init__(self, browser: SeriesDock, opener: Opener, grid: PaneGrid) -> None:
        super().__init__(grid)
        self._browser, self._opener, self._grid = browser, opener, grid
        grid.setAcceptDrops(True)
        grid.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QDropEvent) or not event.mimeData().hasFormat(SERIES_DRAG):
            return False
        if event.type() in _COMES:
            event.acceptProposedAction()
            return True
        if event.type() != QEvent.Type.Drop:
            return False
        keys = event.mimeData().data(SERIES_DRAG).toStdString().split("\n")
        found = [entry for key in keys if (entry := self._browser.entry(key)) is not None]
        good = [entry for entry in found if entry.opens]
        if good:
            event.acceptProposedAction()
            self._opener.open_series(good, self._place(event))
        return True

    def _place(self, event: QDropEvent) -> int | None:
        """The source pane under the mouse; None on the fused one, which takes no image."""
        for i, name in enumerate(SOURCE_PANES):
            pane = self._grid.panes[name]
            if pane.isVisible() and pane.geometry().contains(event.position().toPoint()):
                return i
        return None
