"""Where the parts of the registration dialog are."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from fusionviewer.imaging.registration_levels import Level
from fusionviewer.imaging.transform import KINDS, Kind
from fusionviewer.texts import marked
from fusionviewer.texts import text as _
from fusionviewer.ui.registration_hand import HandPanel
from fusionviewer.ui.registration_landmarks import LandmarkPanel
from fusionviewer.ui.registration_viewer import PairViewer, SheetViewer

WIDE, HIGH, SIDE_WIDE = 1140, 700, 390
BY_IMAGES = marked(
    "What both images share is compared, first coarsely at every shift and at turns of up to 45°, then "
    "finer and finer. Look at the edges before you accept: bones, skin and ventricles should meet."
)
KIND_LABELS = {"rigid": marked("Shift and turn"), "affine": marked("Shift, turn and stretch")}


class RegistrationLayout:
    """The dialog's parts, without what they do."""

    def __init__(self, dialog: QDialog, fixed: str, moving: str) -> None:
        self.both = PairViewer()
        self.fixed = SheetViewer(_("Fixed: {fixed}", fixed=fixed), pointing=True)
        self.moving = SheetViewer(_("Moving: {moving}", moving=moving), pointing=True)
        self.hand = HandPanel()
        self.landmarks = LandmarkPanel(self.fixed, self.moving)
        self.kinds = QComboBox()
        self.kinds.setAccessibleName(_("Kind of registration"))
        for name in KINDS:
            self.kinds.addItem(_(KIND_LABELS[name]), name)
        self.again = QPushButton(_("&Register again"))
        self.load = QPushButton(_("&Load transform…"))
        self.save = QPushButton(_("&Save transform…"))
        self.card = QLabel(wordWrap=True)
        self.bar = QProgressBar()
        self.bar.setAccessibleName(_("Progress of the registration"))
        self.undo, self.redo = QAction(_("Undo"), dialog), QAction(_("Redo"), dialog)
        self.undo.setShortcut(QKeySequence.StandardKey.Undo)
        self.redo.setShortcut(QKeySequence.StandardKey.Redo)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.accept = self.buttons.addButton(_("&Accept"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.tabs = QTabWidget()
        self._frame = QFrame()
        self._pictures = QStackedWidget()
        self._build(dialog)

    @property
    def kind(self) -> Kind:
        name: Kind = self.kinds.currentData()
        return name

    def _build(self, dialog: QDialog) -> None:
        for button in (self.again, self.load, self.save):
            button.setAutoDefault(False)
        whole, upper = QVBoxLayout(dialog), QHBoxLayout()
        upper.addWidget(self._pictures_side(), stretch=1)
        upper.addLayout(self._control_side())
        whole.addLayout(upper, stretch=1)
        whole.addLayout(self._bottom_row(dialog))
        dialog.resize(WIDE, HIGH)
        self.tabs.currentChanged.connect(
            lambda index: self._pictures.setCurrentIndex(int(index == self.tabs.count() - 1))
        )

    def _pictures_side(self) -> QWidget:
        two, row = QWidget(), QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.fixed)
        row.addWidget(self.moving)
        two.setLayout(row)
        self._pictures.addWidget(self.both)
        self._pictures.addWidget(two)
        return self._pictures

    def _control_side(self) -> QVBoxLayout:
        side = QVBoxLayout()
        by_images = QWidget()
        column = QVBoxLayout(by_images)
        column.addWidget(QLabel(_(BY_IMAGES), wordWrap=True))
        column.addWidget(self.kinds)
        column.addWidget(self.again)
        column.addStretch(1)
        self.tabs.addTab(by_images, _("By the &images"))
        self.tabs.addTab(self.hand, _("By &hand"))
        self.tabs.addTab(self.landmarks, _("By land&marks"))
        self.tabs.setFixedWidth(SIDE_WIDE)
        self._frame.setFixedWidth(SIDE_WIDE)
        inner = QVBoxLayout(self._frame)
        inner.addWidget(self.card)
        inner.addWidget(self.bar)
        self.card.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.card.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._frame.setMinimumHeight(150)
        side.addWidget(self.tabs, stretch=1)
        side.addWidget(self._frame)
        return side

    def _bottom_row(self, dialog: QDialog) -> QHBoxLayout:
        row = QHBoxLayout()
        for action in (self.undo, self.redo):
            button = QToolButton()
            button.setDefaultAction(action)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            dialog.addAction(action)
            row.addWidget(button)
        row.addWidget(self.load)
        row.addWidget(self.save)
        row.addStretch(1)
        row.addWidget(self.buttons)
        self.accept.setDefault(True)
        return row

    def show_images(self, fixed: Level, moving: Level) -> None:
        self.both.show_pair(fixed, moving)
        self.fixed.show_image(fixed)
        self.moving.show_image(moving)

    def busy(self, words: str) -> None:
        self.say(words)
        self.bar.setRange(0, 0)
        self.bar.show()
        self.usable(False)

    def advance(self, done: int, total: int) -> None:
        self.bar.setRange(0, total)
        self.bar.setValue(done)

    def say(self, words: str, kind: str = "") -> None:
        """In the card; `kind` is "good", "warning", "error" or "" for its colour."""
        self.bar.hide()
        self.card.setText(words)
        self._frame.setObjectName("messages" if kind else "")
        self._frame.setProperty("kind", kind)
        self._frame.style().unpolish(self._frame)
        self._frame.style().polish(self._frame)

    def steps(self, back: bool, forth: bool) -> None:
        self.undo.setEnabled(back)
        self.redo.setEnabled(forth)

    def usable(self, ready: bool) -> None:
        self.accept.setEnabled(ready)
        self.save.setEnabled(ready)
