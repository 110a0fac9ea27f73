"""Small questions and pages. All return at once and tell later: nothing waits in the GUI thread."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QMessageBox,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from fusionviewer.imaging.image import Image
from fusionviewer.texts import text as _
from fusionviewer.workspace.captions import date

IMAGES = "*.dcm *.nii *.nii.gz *.png *.jpg *.jpeg *.tif *.tiff *.zip"


def ask_files(parent: QWidget, then: Callable[[list[Path]], None]) -> None:
    wanted = _("Images and sessions ({endings});;All files (*)", endings=f"{IMAGES} *.fvsession")
    dialog = QFileDialog(parent, _("Open images"), "", wanted)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    _ask(dialog, then)


def ask_folder(parent: QWidget, then: Callable[[list[Path]], None]) -> None:
    dialog = QFileDialog(parent, _("Open a folder of images"))
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    _ask(dialog, then)


def _ask(dialog: QFileDialog, then: Callable[[list[Path]], None]) -> None:
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.filesSelected.connect(lambda names: then([Path(name) for name in names]))
    dialog.open()


def ask_patients(parent: QWidget, pair: Sequence[Image], then: Callable[[], None]) -> None:
    """Whether images of two patients are fused all the same; “no” unless said otherwise."""
    box = QMessageBox(parent)
    box.setObjectName("patients")
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle(_("Different patients"))
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(_("The two images belong to different patients."))
    box.setInformativeText("\n".join(map(_identity, pair)))
    no = box.addButton(_("&Do not fuse"), QMessageBox.ButtonRole.RejectRole)
    yes = box.addButton(_("&Fuse all the same"), QMessageBox.ButtonRole.AcceptRole)
    box.setDefaultButton(no)
    box.setEscapeButton(no)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    yes.clicked.connect(lambda _checked: then())
    box.open()


def _identity(image: Image) -> str:
    patient = image.patient
    name = " ".join(patient.name.replace("^", " ").split()) or _("without a name")
    more = (f"ID {patient.id}" if patient.id else "", date(patient.birth_date), patient.sex)
    return f"“{image.name}”: {', '.join(part for part in (name, *more) if part)}"


def show_page(parent: QWidget, title: str, html: str) -> None:
    """A page that scrolls where the screen is low."""
    dialog = QDialog(parent)
    dialog.setWindowTitle(title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.resize(560, 600)
    page = QTextBrowser()
    page.setHtml(html)
    page.setAccessibleName(title)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.reject)
    layout = QVBoxLayout(dialog)
    layout.addWidget(page)
    layout.addWidget(buttons)
    dialog.open()
