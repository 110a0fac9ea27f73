"""The tour of the first start: five cards, on the sample patient. It stops nobody from working."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from fusionviewer.texts import text as _
from fusionviewer.ui.messages import Notice
from fusionviewer.ui.tour_steps import STEPS

if TYPE_CHECKING:
    from fusionviewer.ui.main_window import MainWindow

GAP = 12
CARD_SHARE = 26  # of its width, in heights of a line


def offer_tour(window: MainWindow) -> None:
    """At the first start, once."""
    if window.settings.tour_seen or window.messages.text:
        return
    window.settings = window.settings.model_copy(update={"tour_seen": True})
    window.messages.offer(
        Notice(_("New here?"), _("A tour shows the viewer in five steps, on a sample patient.")),
        _("Take the tour"),
        lambda: start_tour(window),
    )


def start_tour(window: MainWindow) -> Tour:
    """On what is open; on the sample patient where nothing is."""
    for running in window.findChildren(Tour):
        running.end()
    window.messages.clear()
    if not window.store.state.slots:
        window.opener.open_sample()
    return Tour(window)


class Tour(QObject):
    """A card beside what it speaks of, and a frame around that."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.step = 0
        self.card, self.frame = _Card(window), _Frame(window)
        self.card.back.clicked.connect(lambda _checked: self._go(-1))
        self.card.next.clicked.connect(lambda _checked: self._go(1))
        self.card.ended.clicked.connect(lambda _checked: self.end())
        self.card.installEventFilter(self)
        window.installEventFilter(self)
        window.store.changed.connect(self._place_soon)
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._place)
        self._show()

    def end(self) -> None:
        self._window.removeEventFilter(self)
        self._window.store.changed.disconnect(self._place_soon)
        for part in (self.card, self.frame):
            part.hide()
            part.deleteLater()
        self._soon.stop()
        self._soon.timeout.disconnect(self._place)
        self.setParent(None)
        self.deleteLater()
        self._window.grid.focus_active()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and watched is self.card:
            return self._escaped(event)
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            self._place_soon()
        return False

    def _escaped(self, event: QKeyEvent) -> bool:
        """The key would be taken by the window's command otherwise: it asks first."""
        if event.key() != Qt.Key.Key_Escape:
            return False
        event.accept()
        if event.type() == QEvent.Type.KeyPress:
            self.end()
        return True

    def _go(self, steps: int) -> None:
        if self.step + steps >= len(STEPS):
            self.end()
            return
        self.step += steps
        self._show()

    def _show(self) -> None:
        step = STEPS[self.step]
        words = step.words(self._window.settings.keys)
        self.card.say(
            _(
                "{number} of {count} · {title}",
                number=self.step + 1,
                count=len(STEPS),
                title=_(step.title),
            ),
            words,
        )
        self.card.back.setEnabled(self.step > 0)
        self.card.next.setText(_("&Done") if self.step == len(STEPS) - 1 else _("&Next"))
        self._place()
        self.card.next.setFocus()

    def _place_soon(self, *_: object) -> None:
        self._soon.start()  # once the window has its new layout

    def _place(self) -> None:
        target = STEPS[self.step].target(self._window)
        window = self._window
        around = QRect(target.mapTo(window, QPoint()), target.size()) if _seen(target) else QRect()
        self.frame.setGeometry(window.rect())
        self.frame.surround(around)
        self.card.setFixedWidth(
            min(CARD_SHARE * window.fontMetrics().lineSpacing(), window.width() - 2 * GAP)
        )
        self.card.adjustSize()
        self.card.move(card_place(around, self.card.size(), window.rect()))
        for part in (self.frame, self.card):
            part.show()
            part.raise_()


def card_place(target: QRect, card: QSize, window: QRect) -> QPoint:
    """Below the target, else above, else over its lower right; always inside the window."""
    left = min(max(target.left() + GAP, GAP), max(window.width() - card.width() - GAP, 0))
    below, above = target.bottom() + GAP, target.top() - card.height() - GAP
    if target.isNull():
        left, top = (window.width() - card.width()) // 2, (window.height() - card.height()) // 2
    elif below + card.height() <= window.height() - GAP:
        top = below
    elif above >= GAP:
        top = above
    else:
        left = window.width() - card.width() - 2 * GAP
        top = target.bottom() - card.height() - GAP
    return QPoint(max(left, 0), min(max(top, 0), max(window.height() - card.height(), 0)))


def _seen(widget: QWidget) -> bool:
    return widget.isVisible() and widget.width() > 0


class _Card(QFrame):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self._title, self._text = QLabel(wordWrap=True), QLabel(wordWrap=True)
        self._title.setObjectName("strong")
        self.ended, self.back, self.next = (
            QPushButton(text) for text in (_("&End the tour"), _("&Back"), _("&Next"))
        )
        row = QHBoxLayout()
        row.addWidget(self.ended)
        row.addStretch()
        row.addWidget(self.back)
        row.addWidget(self.next)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        for part in (self._title, self._text):
            layout.addWidget(part)
        layout.addLayout(row)

    def say(self, title: str, text: str) -> None:
        self._title.setText(title)
        self._text.setText(text)
        self.setAccessibleName(_("Tour, {title}", title=title))
        self.next.setAccessibleDescription(
            ". ".join((title, text))
        )  # read out when it has the focus


class _Frame(QWidget):
    """Around the target; takes no mouse."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._around = QRect()

    def surround(self, target: QRect) -> None:
        self._around = target
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._around.isNull():
            return
        painter = QPainter(self)
        painter.setPen(QPen(self.palette().link().color(), 3))
        painter.drawRect(self._around.adjusted(1, 1, -2, -2))
        painter.end()
