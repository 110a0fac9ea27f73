"""What the window shows while nothing is open: what to do."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from fusionviewer.texts import text as _
from fusionviewer.ui.first_slice import FirstSlice
from fusionviewer.workspace.captions import NOT_DIAGNOSTIC


class Welcome(QWidget):
    files_asked = Signal()
    folder_asked = Signal()
    sample_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        title = _label(_("Drop two images here"), "title")
        text = _label(
            _(
                "Files or folders: CT, MR, PET or SPECT of one patient, as DICOM, NIfTI, PNG, JPEG "
                "or TIFF.\nThey are shown side by side and fused into one."
            ),
            "quiet",
        )
        sample = _button(_("Open the &sample patient"), "first", self.sample_asked.emit)
        files = _button(_("&Open files…"), "", self.files_asked.emit)
        folder = _button(_("Open a fol&der…"), "", self.folder_asked.emit)
        buttons = QHBoxLayout()
        buttons.addStretch()
        for button in (sample, files, folder):
            buttons.addWidget(button)
        buttons.addStretch()
        layout = QVBoxLayout(self)
        layout.setSpacing(18)
        layout.addStretch(2)
        for part in (title, text):
            layout.addWidget(part)
        layout.addLayout(buttons)
        layout.addStretch(3)
        layout.addWidget(
            _label(
                _("For research and teaching. {words}.", words=_(NOT_DIAGNOSTIC)),
                "quiet",
            )
        )
        self.first_slice = FirstSlice(self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.first_slice.setGeometry(self.rect())


def _label(text: str, name: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName(name)
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    return label


def _button(text: str, name: str, act: Callable[[], object]) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName(name)
    button.setMinimumHeight(38)
    button.setAccessibleName(text.replace("&", ""))
    button.clicked.connect(lambda _checked: act())
    return button
