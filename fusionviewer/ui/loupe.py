"""The loupe: the pixels around the cursor, in all images at once, with their values."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QKeyEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from fusionviewer.texts import text as _
from fusionviewer.ui import theme
from fusionviewer.ui.fusion_feed import FusedStatus, FusionFeed
from fusionviewer.ui.magnified import Magnified, magnified_fused, magnified_source, short, turned
from fusionviewer.ui.share_feed import ShareFeed
from fusionviewer.ui.store import Store
from fusionviewer.workspace.captions import kind
from fusionviewer.workspace.state import (
    FUSED,
    SOURCE_PANES,
    PaneName,
    Place,
    ViewState,
    drawn_grid,
    linked,
    pane_slice,
    pane_slot,
    same_pixels,
)

SIDES = (5, 9, 15, 25, 41)  # pixels across
_READABLE = 28  # screen pixels that a cell needs to carry its value


class Loupe(QWidget):
    """One magnified view per image, around the cursor, else around the crosshair.

    The wheel, + and − change how many pixels are seen.
    """

    def __init__(
        self, store: Store, feed: FusionFeed, shares: ShareFeed, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._store, self._feed, self._shares = store, feed, shares
        self._cursor: Place | None = None
        self._last: Place | None = None  # so that it does not go blank when the cursor leaves
        self._pane: PaneName = FUSED  # in whose pixels both are
        self._side = SIDES[1]
        self._where = QLabel(self, wordWrap=True)
        self._where.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._where.setObjectName("quiet")
        self.glasses = {name: Glass(self) for name in (*SOURCE_PANES, FUSED)}
        self._views = QGridLayout()
        self._views.setSpacing(6)
        self._columns = 0
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3, 3, 3, 3)  # room for the frame
        layout.addWidget(self._where)
        layout.addLayout(self._views, stretch=1)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(_("Loupe"))
        self.setAccessibleDescription(_("Plus and minus change how many pixels are seen."))
        self.setToolTip(_("Wheel, + or −: how many pixels"))
        store.changed.connect(self._draw)
        feed.changed.connect(self._draw)
        shares.changed.connect(self._draw)
        self.arrange(columns=2)
        self._draw()

    def hover(self, place: Place | None, pane: PaneName = FUSED) -> None:
        """The cursor is at `place` of a pane, or has left the images."""
        self._cursor = place
        if place is not None:
            self._last, self._pane = place, pane
        self._draw()

    def arrange(self, columns: int) -> None:
        """So many views side by side."""
        if columns == self._columns:
            return
        self._columns = columns
        lines = 1 if columns > 2 else 2  # so that nothing jumps when there is more to say
        self._where.setMinimumHeight(lines * self.fontMetrics().lineSpacing())
        for i, name in enumerate(self._open_panes(self._store.state)):
            self._views.addWidget(self.glasses[name], i // columns, i % columns)

    @property
    def place(self) -> Place | None:
        """What is in the middle."""
        return self._cursor or self._store.state.crosshair or self._last

    @property
    def where(self) -> str:
        """The place in words."""
        return self._where.text()

    @property
    def _of(self) -> PaneName:
        """The pane in whose pixels `place` is."""
        return FUSED if self._cursor is None and self._store.state.crosshair else self._pane

    def _open_panes(self, state: ViewState) -> list[PaneName]:
        return [*SOURCE_PANES[: max(len(state.slots), 2)], FUSED]

    def _draw(self, *_: object) -> None:
        state, place = self._store.state, self.place
        shown = self._open_panes(state)
        if [name for name, glass in self.glasses.items() if not glass.isHidden()] != shown:
            columns, self._columns = self._columns, 0
            self.arrange(columns)
        for name, glass in self.glasses.items():
            glass.setVisible(name in shown)
            if name in shown:
                glass.show_magnified(partial(self._magnified, state, name, place))
        shared = linked(state, self._of)
        said = (_where(state, self._of, place), self._shares.words(place if shared else None))
        self._where.setText(" · ".join(filter(None, said)))

    def _magnified(self, state: ViewState, name: PaneName, place: Place | None) -> Magnified:
        return turned(self._upright(state, name, place), state.view)

    def _upright(self, state: ViewState, name: PaneName, place: Place | None) -> Magnified:
        half = self._side // 2
        place = place if same_pixels(state, name, self._of) else None
        if name == FUSED:
            return _fused(state, self._feed.status, place, half)
        slot = pane_slot(state, name)
        if slot is None or place is None:
            return Magnified(kind(slot.native) if slot else name, "")
        index = (pane_slice(state, name), place.row, place.col)
        return magnified_source(
            kind(slot.native), slot.native, slot.look, index, slot.drawn.grid, half=half
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        """A frame while the keys act here."""
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self)
            painter.setPen(QPen(self.palette().link().color(), 2))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._resize(-1 if event.angleDelta().y() > 0 else 1)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Minus):
            self._resize(-1 if event.key() == Qt.Key.Key_Plus else 1)
        else:
            super().keyPressEvent(event)

    def _resize(self, step: int) -> None:
        at = SIDES.index(self._side) + step
        self._side = SIDES[min(max(at, 0), len(SIDES) - 1)]
        self._draw()


def _fused(state: ViewState, status: FusedStatus, place: Place | None, half: int) -> Magnified:
    asked = state.request
    current = asked and status.request and asked.key == status.request.key
    if not current or status.fused is None or place is None:
        return Magnified(_("Fused"), "…" if status.kind in ("pending", "pairing") else "")
    tallness = 1.0
    if state.pair is not None and state.pair.grid is not None:
        tallness = float(state.pair.grid.spacing[1] / state.pair.grid.spacing[2])
    return magnified_fused(status.fused, (place.row, place.col), half, tallness)


def _where(state: ViewState, pane: PaneName, place: Place | None) -> str:
    if place is None or not state.slots:
        return _("Point at an image.")
    row, col = (int(np.floor(x + 0.5)) for x in (place.row, place.col))
    index = pane_slice(state, pane)
    text = _("Row {row}, column {col}, slice {number}", row=row, col=col, number=index + 1)
    grid = drawn_grid(state, pane)
    if grid is None:
        return text
    position = grid.position((index, row, col))
    ways = zip(position, ("LR", "PA", "HF"), strict=True)
    return (
        f"{text} · "
        + "  ".join(f"{way[0 if x >= 0 else 1]} {abs(x):.1f}" for x, way in ways)
        + " mm"
    )


@dataclass
class _Lazy:
    """What a view shows, computed when it is needed.

    Not attributes of the widget: after each that is set there, PySide6 6.11.3 looks up its virtual
    methods anew and counts one reference to `None` too many for each.
    """

    answer: Magnified = field(default_factory=lambda: Magnified("", ""))
    ask: Callable[[], Magnified] | None = None


class Glass(QWidget):
    """One magnified view: the name above, the value and its unit below."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lazy = _Lazy()
        self.setMinimumSize(80, 96)
        policy = QSizePolicy.Policy.Expanding
        self.setSizePolicy(policy, policy)

    def show_magnified(self, ask: Callable[[], Magnified]) -> None:
        """Show what `ask` gives: it is asked once, when the view is painted or read."""
        self._lazy.ask = ask
        self.update()

    @property
    def magnified(self) -> Magnified:
        lazy = self._lazy
        if lazy.ask is not None:
            lazy.answer, lazy.ask = lazy.ask(), None
            self.setAccessibleName(f"{lazy.answer.label}: {lazy.answer.text or _('nothing')}")
        return lazy.answer

    def sizeHint(self) -> QSize:
        return QSize(150, 180)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        painter, seen = QPainter(self), self.magnified
        line = self.fontMetrics().height() + 4
        frame = _fitted(QRectF(0, line, self.width(), self.height() - 2 * line), seen.tallness)
        painter.fillRect(frame, theme.PANE)
        for text, colour, top in (
            (seen.label, self.palette().placeholderText().color(), frame.top() - line),
            (seen.text, self.palette().windowText().color(), frame.bottom()),
        ):
            painter.setPen(colour)
            area = QRectF(0, top, self.width(), line)
            words = self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, self.width())
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, words)
        if seen.pixels is None:
            return
        data = np.ascontiguousarray(seen.pixels)
        side = data.shape[0]
        picture = QImage(data.data, side, side, 3 * side, QImage.Format.Format_RGB888)
        painter.drawImage(frame, picture)
        self._paint_values(painter, frame)
        self._mark_middle(painter, frame, side)

    def _paint_values(self, painter: QPainter, frame: QRectF) -> None:
        """The value in every cell, where cells are large enough to read it."""
        pixels, values = self.magnified.pixels, self.magnified.values
        if pixels is None or values is None or frame.width() / len(values) < _READABLE:
            return
        font = painter.font()
        font.setPixelSize(9)
        painter.setFont(font)
        for (row, col), value in np.ndenumerate(values):
            bright = pixels[row, col].astype(int) @ (299, 587, 114) > 140_000
            painter.setPen(QColor("black" if bright else "white"))
            cell = _cell(frame, row, col, len(values))
            painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, short(float(value)))

    def _mark_middle(self, painter: QPainter, frame: QRectF, side: int) -> None:
        middle = _cell(frame, side // 2, side // 2, side)
        for colour, width in ((QColor("black"), 4), (theme.CROSSHAIR, 2)):
            painter.setPen(QPen(colour, width))
            painter.drawRect(middle)


def _cell(frame: QRectF, row: int, col: int, side: int) -> QRectF:
    width, height = frame.width() / side, frame.height() / side
    return QRectF(frame.left() + col * width, frame.top() + row * height, width, height)


def _fitted(area: QRectF, tallness: float) -> QRectF:
    """The largest frame in `area` that is `tallness` times as tall as it is wide."""
    width = max(min(area.width(), area.height() / tallness), 1.0)
    frame = QRectF(0, 0, width, width * tallness)
    frame.moveCenter(area.center())
    return frame
