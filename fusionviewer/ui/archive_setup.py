"""One archive's settings. The password goes to the system's key store, and nowhere else."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
    QWidget,
)

from fusionviewer.errors import PacsError
from fusionviewer.texts import marked
from fusionviewer.texts import text as _
from fusionviewer.workspace.archives import OWN_TITLE, ArchiveEntry, archive_of, entry_at

KINDS = {marked("DICOM (DIMSE)"): "dimse", marked("Web (DICOMweb)"): "web"}
SECRETS = {
    marked("Nothing"): "none",
    marked("User and password"): "password",
    marked("Bearer token"): "token",
}
OF_KIND = {
    "dimse": ("title", "host", "port", "own_title", "receive_host", "receive_port", "tls"),
    "web": ("url", "secret", "user", "password"),
}


class ArchiveSetup(QDialog):
    """Asks for everything that an archive needs, and refuses what cannot be with a sentence."""

    saved = Signal(object, str)  # ArchiveEntry, and the secret: "" leaves the one that is kept

    def __init__(self, entry: ArchiveEntry | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("Archive"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(520)
        self.kind, self.name = _choice(KINDS), QLineEdit()
        self.title, self.host, self.own_title = QLineEdit(), QLineEdit(), QLineEdit(OWN_TITLE)
        self.port, self.receive_port = _port(1), _port(0)
        self.receive_port.setSpecialValueText(_("nowhere (C-GET)"))
        self.receive_host, self.url, self.user = QLineEdit("127.0.0.1"), QLineEdit(), QLineEdit()
        self.secret, self.password = _choice(SECRETS), QLineEdit()
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.tls, self.certificates = QCheckBox(_("Encrypted (TLS)")), QLineEdit()
        self.url.setPlaceholderText("https://pacs.example/dicom-web")
        self.certificates.setPlaceholderText(_("PEM file; the system's authorities if empty"))
        self.problem = QLabel(wordWrap=True)
        self.problem.setObjectName("problem")
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self._build()
        self._show(entry or ArchiveEntry(name="PACS"))
        self.kind.currentIndexChanged.connect(lambda _i: self._fit())
        self.secret.currentIndexChanged.connect(lambda _i: self._fit())

    def _build(self) -> None:
        self._form = QFormLayout(self)
        rows: tuple[tuple[str, QWidget], ...] = (
            (_("&Name"), self.name),
            (_("&Kind"), self.kind),
            (_("&Title"), self.title),
            (_("&Host"), self.host),
            (_("&Port"), self.port),
            (_("&Our title"), self.own_title),
            (_("Listen at &interface"), self.receive_host),
            (_("Listen at po&rt"), self.receive_port),
            (_("&Address"), self.url),
            (_("It &wants"), self.secret),
            (_("&User"), self.user),
            (_("Pass&word or token"), self.password),
            ("", self.tls),
            (_("Authorities"), self.certificates),
        )
        for label, widget in rows:
            self._form.addRow(label, widget)
            widget.setAccessibleName(label.replace("&", ""))
        self._form.addRow(self.problem)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.accepted.connect(self._save)
        buttons.rejected.connect(self.reject)
        self._form.addRow(buttons)

    def _show(self, entry: ArchiveEntry) -> None:
        for name in ("name", "title", "host", "own_title", "receive_host", "url", "user"):
            getattr(self, name).setText(getattr(entry, name))
        self.certificates.setText(entry.certificates)
        self.kind.setCurrentIndex(list(KINDS.values()).index(entry.kind))
        self.secret.setCurrentIndex(list(SECRETS.values()).index(entry.secret))
        self.port.setValue(entry.port)
        self.receive_port.setValue(entry.receive_port)
        self.tls.setChecked(entry.tls)
        self._fit()

    def _fit(self) -> None:
        """Only what this kind of archive asks for."""
        for kind, fields in OF_KIND.items():
            for field in fields:
                self._form.setRowVisible(getattr(self, field), kind == self.kind.currentData())
        if self.kind.currentData() == "web":
            wants = self.secret.currentData()
            self._form.setRowVisible(self.user, wants == "password")
            self._form.setRowVisible(self.password, wants != "none")
        self.adjustSize()

    def entry(self) -> ArchiveEntry:
        """Raises: PacsError: something in it cannot be."""
        web = self.kind.currentData() == "web"
        host = self.host.text().strip()
        at = f"[{host}]" if ":" in host else host
        address = f"{self.title.text().strip()}@{at}:{self.port.value()}"
        entry = entry_at(
            self.name.text().strip(),
            self.url.text().strip() if web else address,
            own_title=self.own_title.text().strip(),
            receive_host=self.receive_host.text().strip(),
            receive_port=0 if web else self.receive_port.value(),
            user=self.user.text().strip() if web else "",
            secret=self.secret.currentData() if web else "none",
            tls=self.tls.isChecked(),
            certificates=self.certificates.text().strip(),
        )
        archive_of(entry, "x" if entry.secret != "none" else "")
        return entry

    def _save(self) -> None:
        try:
            entry = self.entry()
        except PacsError as error:
            self.problem.setText(" ".join((str(error), error.hint)))
            return
        self.accept()
        self.saved.emit(entry, self.password.text() if entry.secret != "none" else "")


def _choice(entries: dict[str, str]) -> QComboBox:
    box = QComboBox()
    for label, value in entries.items():
        box.addItem(_(label), value)
    return box


def _port(least: int) -> QSpinBox:
    box = QSpinBox()
    box.setRange(least, 65535)
    return box
