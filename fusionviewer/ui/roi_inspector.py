"""The inspector: the loupe, and the numbers of the regions in every image, each in its unit."""

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QBoxLayout,
    QButtonGroup,
    QComboBox,
    QLabel,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from fusionviewer.errors import ExportError
from fusionviewer.imaging.roi_drawing import LINES, SHAPES, Canvas
from fusionviewer.texts import marked, translated
from fusionviewer.texts import text as _
from fusionviewer.ui.contribution import ContributionLayer
from fusionviewer.ui.fusion_feed import FusionFeed
from fusionviewer.ui.loupe import Loupe
from fusionviewer.ui.measurement import Measured, Measurer, around, labels, question
from fusionviewer.ui.messages import Notice, notice
from fusionviewer.ui.region_list import RegionList
from fusionviewer.ui.roi_files import as_csv, as_text
from fusionviewer.ui.roi_pages import MarkPages
from fusionviewer.ui.roi_table import Row, remark
from fusionviewer.ui.runner import NewestOnlyRunner
from fusionviewer.ui.scaling import scaled
from fusionviewer.ui.share_feed import ShareFeed
from fusionviewer.ui.store import Store
from fusionviewer.ui.text_file import ask_and_save
from fusionviewer.workspace.regions import (
    canvas_of,
    chosen_mark,
    next_number,
    with_form,
    without_mark,
)
from fusionviewer.workspace.state import (
    FUSED,
    PaneName,
    Place,
    ViewState,
    drawn_shape,
    with_tool,
)

WIDE = 860  # pixels from which loupe and table stand side by side
SMALLEST = QSize(280, 150)  # whatever its parts would like: it must be able to become narrow
LIST_WIDTH = 215
NEW_SHARE = 0.2  # of the slice, for a region that is made without the mouse
APART = marked("The images do not lie on each other; each is measured at the same coordinates.")
SLAB = marked("A slab is shown; the numbers are those of the slice in its middle.")
EMPTY = marked(
    "Drag in an image with the region (R), distance (D) or angle (A) tool, or press “New”."
)


class RoiInspector(QWidget):
    """Loupe, list of marks, and the numbers and plots of the chosen one.

    Connect `PaneGrid.hovered` to `hover`, and give `shape_chosen` to the layer. Numbers are
    computed on a thread of their own; until they are there, the table says “…”.
    """

    shape_chosen = Signal(str)  # a name in SHAPES
    said = Signal(object, str)  # Notice and kind, for the message bar

    def __init__(self, store: Store, feed: FusionFeed, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store, self._feed = store, feed
        self.shares = ShareFeed(store, feed, self)
        self.loupe = Loupe(store, feed, self.shares, self)
        self.list = RegionList(store)
        self.pages = MarkPages()
        self.model, self.table = self.pages.model, self.pages.table
        self.histogram, self.profile = self.pages.histogram, self.pages.profile
        self.shapes = QComboBox(self)
        self.measured: Measured = {}
        self._remark = QLabel(wordWrap=True)
        self._runner = NewestOnlyRunner(Measurer(), self)
        self._runner.finished.connect(self._receive)
        self._runner.failed.connect(self._fail)
        self._build()
        self._turn(wide=False)
        store.changed.connect(self._follow)
        feed.changed.connect(lambda _status: self._ask())
        self.shares.changed.connect(self._ask)
        self._ask()

    def hover(self, place: Place | None, pane: PaneName = FUSED) -> None:
        """The cursor is at `place` of a pane, or has left the images."""
        self.loupe.hover(place, pane)

    def take_shares(self, layer: ContributionLayer) -> None:
        """Tell what the contribution layer found out, where a method has no weights of its own."""
        self.shares.follow(layer)

    def close_threads(self) -> None:
        """Call when the window closes."""
        self._runner.close()

    def _build(self) -> None:
        self.setAccessibleName(_("Inspector"))
        self.pages.copy_asked.connect(self.copy)
        self._below = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._below.addWidget(self.list)
        self._below.addWidget(self.pages, stretch=1)
        self._head = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._head.addLayout(self._buttons())
        self._head.addLayout(self._switch())
        numbers = QVBoxLayout()
        for part in (self._head, self._below):
            numbers.addLayout(part, stretch=int(part is self._below))
        numbers.addWidget(self._remark)
        self._parts = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._parts.setContentsMargins(6, 6, 6, 6)
        self._parts.setSizeConstraint(QBoxLayout.SizeConstraint.SetNoConstraint)
        self.setMinimumSize(SMALLEST)
        self._parts.addWidget(self.loupe, stretch=2)
        self._parts.addLayout(numbers, stretch=3)
        self._remark.setObjectName("quiet")
        self._remark.setAccessibleName(_("Remark on the numbers"))

    def _buttons(self) -> QBoxLayout:
        for name, shape in (SHAPES | LINES).items():
            self.shapes.addItem(_(shape.label), name)
        self.shapes.setAccessibleName(_("Shape that is drawn"))
        self.shapes.setToolTip(_("What the next drag in an image draws"))
        self.shapes.activated.connect(self._choose_shape)
        self._new = _button(_("New"), _("New region around the crosshair"), self.new_region)
        self._remove = _button(_("Remove"), _("Remove the chosen region"), self.remove_region)
        self._copy = _button(_("Copy"), _("Copy the numbers of all regions as text"), self.copy)
        self._save = _button(_("Save…"), _("Save the numbers of all regions as CSV"), self.save)
        row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        for part in (self.shapes, self._new, self._remove, self._copy, self._save):
            row.addWidget(part)
        row.addStretch(1)
        return row

    def _switch(self) -> QBoxLayout:
        """Numbers or plot."""
        row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        group = QButtonGroup(self)
        self._plot = _button(
            _("Plot"), _("Histogram of the region, or values along the distance"), None
        )
        self._numbers = _button(_("Numbers"), _("Table of numbers"), None)
        for button in (self._numbers, self._plot):
            button.setCheckable(True)
            group.addButton(button)
            row.addWidget(button)
        self._numbers.setChecked(True)
        row.addStretch(1)
        self._plot.toggled.connect(lambda _on: self._show())
        return row

    def _choose_shape(self, index: int) -> None:
        name = self.shapes.itemData(index)
        if name in LINES:
            self._store.apply(with_tool, name)
            return
        self.shape_chosen.emit(name)
        self._store.apply(with_tool, "region")

    def new_region(self) -> None:
        """One of the chosen shape around the crosshair, else in the middle."""
        state = self._store.state
        if not state.slots:
            return
        pane: PaneName = "A" if state.pair is None else FUSED
        height, width = drawn_shape(state, pane)[1:]
        here = state.crosshair
        row, col = (here.row, here.col) if here else ((height - 1) / 2, (width - 1) / 2)
        canvas = canvas_of(state, pane) or Canvas(state.slice_index)
        size = min(height, width) * NEW_SHARE
        form = around(self.shapes.currentData(), row, col, size, canvas)
        if form is None:
            self.said.emit(Notice(_("A sphere needs images with geometry.")), "warning")
            return
        self._store.settle()
        self._store.apply(with_form, next_number(state), form, canvas)
        self._store.settle()

    def remove_region(self) -> None:
        self._store.settle()
        self._store.apply(without_mark, self._store.state.chosen)

    def copy(self) -> None:
        if self._all_measured():
            QApplication.clipboard().setText(as_text(self._store.state.marks, self.measured))

    def save(self) -> None:
        if not self._all_measured():
            return
        text = as_csv(self._store.state.marks, self.measured)
        try:
            path = ask_and_save(self, _("Save the numbers"), "regions.csv", text)
        except ExportError as error:
            self.said.emit(notice(error), "error")
            return
        if path is not None:
            self.said.emit(Notice(_("Saved “{name}”.", name=path.name)), "good")

    def _all_measured(self) -> bool:
        """Whether the numbers of all marks are there; a table with holes would look like one without."""
        there = {mark.number for mark in self._store.state.marks} <= {*self.measured}
        if not there:
            words = _("The numbers are still being computed.")
            self.said.emit(Notice(words, _("Try again in a moment.")), "warning")
        return there

    def _follow(self, before: ViewState, now: ViewState) -> None:
        same_place = before.slice_index == now.slice_index and before.pair is now.pair
        same_marks = before.marks == now.marks and before.chosen == now.chosen
        if not (same_marks and same_place and before.slots == now.slots):
            self._ask()

    def _ask(self) -> None:
        state = self._store.state
        for button in (self._copy, self._save):
            button.setEnabled(bool(state.marks))
        self._remove.setEnabled(chosen_mark(state) is not None)
        self._new.setEnabled(bool(state.slots))
        self.measured = {}
        asked = question(state, self._feed.status, self.shares.plane if state.marks else None)
        if asked is None:
            self._runner.cancel()
        else:
            self._runner.start(asked)
        self._show()

    def _receive(self, measured: Measured) -> None:
        self.measured = measured
        self.list.marks.show_sizes(measured)
        self._show()

    def _show(self) -> None:
        """What is known of the chosen mark; the rest is pending."""
        mark, names = chosen_mark(self._store.state), labels(self._store.state)
        known = () if mark is None else self.measured.get(mark.number)
        rows = tuple(map(Row, names)) if known is None else known
        waiting = names[len(rows) :] if rows else []  # the fused image, maybe
        self.pages.show_table([*rows, *map(Row, waiting)])
        if self._plot.isChecked():
            self.pages.show_plot(mark, known)
        remarks = [f"{_(row.label)}: {translated(remark(row))}" for row in rows if remark(row)]
        if rows and any(slot.look.slab.mm for slot in self._store.state.slots):
            remarks.append(_(SLAB))
        if rows and self._store.state.pair is None and len(self._store.state.slots) > 1:
            remarks.append(_(APART))
        self._remark.setText("\n".join(remarks) if self._store.state.marks else _(EMPTY))
        self._remark.setVisible(bool(self._remark.text()))

    def _fail(self, error: Exception) -> None:
        self.model.show_rows(())
        self.said.emit(notice(error), "error")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = self.width() >= min(WIDE, 2 * self.height())  # low and wide, or as wide as it takes
        if wide == self.model.transposed:
            self._turn(wide)

    def _turn(self, wide: bool) -> None:
        """Side by side with one row per image, or one below the other with one column per image."""
        ways = QBoxLayout.Direction
        for box in (self._parts, self._below, self._head):
            box.setDirection(ways.LeftToRight if wide else ways.TopToBottom)
        self.list.setMaximumWidth(scaled(LIST_WIDTH) if wide else 16_777_215)
        self.list.setMinimumWidth(LIST_WIDTH // 2 if wide else 0)
        self.list.setMaximumHeight(16_777_215 if wide else 110)
        self.loupe.arrange(columns=4 if wide else 2)
        self.pages.turn(wide)

    def sizeHint(self) -> QSize:
        return QSize(320, 640)


def _button(text: str, tip: str, act: object) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    if act is not None:
        button.clicked.connect(act)
    return button
