"""Puts the parts together and connects them; decides nothing."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QMainWindow,
    QMessageBox,
    QStackedWidget,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

from fusionviewer import __version__
from fusionviewer.ui.actions import fill_menus, make_actions, show_state
from fusionviewer.ui.fusion_feed import Fuse, FusionFeed
from fusionviewer.ui.message_bar import MessageBar
from fusionviewer.ui.messages import Notice, notice
from fusionviewer.ui.method_panel import MethodPanel
from fusionviewer.ui.opening import Opener
from fusionviewer.ui.pane_grid import PaneGrid
from fusionviewer.ui.pane_menu import pane_menu
from fusionviewer.ui.progress_strip import ProgressStrip
from fusionviewer.ui.report import Report
from fusionviewer.ui.runner import QueueRunner
from fusionviewer.ui.store import Store
from fusionviewer.ui.welcome import Welcome
from fusionviewer.workspace.arrangement import confirmed
from fusionviewer.workspace.captions import NOT_DIAGNOSTIC
from fusionviewer.workspace.remembered import opening_state, remembered
from fusionviewer.workspace.settings import Settings, load_settings, save_settings
from fusionviewer.workspace.state import ViewState

FILTER = "Images (*.dcm *.nii *.nii.gz *.png *.jpg *.jpeg *.tif *.tiff);;All files (*)"


class MainWindow(QMainWindow):
    """The window. `fuse` stands in for the engine where work must be held or counted."""

    def __init__(self, settings: Settings | None = None, fuse: Fuse | None = None) -> None:
        super().__init__()
        self.settings = settings or load_settings()
        self.report = Report()
        self.store: Store = Store(opening_state(self.settings), self)
        self.queue = QueueRunner(self)
        self.feed = FusionFeed(self.store, fuse, self.settings.device, self)
        self.opener: Opener = Opener(self.store, self.queue, self)
        self.grid: PaneGrid = PaneGrid(self.store, self.feed)
        self.panel = MethodPanel(self.store)
        self.messages = MessageBar(self.report.text)
        self.progress = ProgressStrip()
        self.welcome = Welcome()
        self.actions_by_name = make_actions(self, self.grid)
        self._build()
        self._connect()
        self._follow(self.store.state, self.store.state)

    def _build(self) -> None:
        self.setWindowTitle("FusionViewer")
        self.setAcceptDrops(True)
        self.resize(self.settings.width, self.settings.height)
        fill_menus(self.menuBar(), self.actions_by_name)
        bar = QToolBar("Fusion", self)
        bar.setMovable(False)
        bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        bar.addWidget(self.panel)
        self.addToolBar(bar)
        self.bar = bar
        self._pages = QStackedWidget()
        self._pages.addWidget(self.welcome)
        self._pages.addWidget(self.grid)
        middle = QWidget()
        layout = QVBoxLayout(middle)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.messages)
        layout.addWidget(self._pages, stretch=1)
        self.setCentralWidget(middle)
        self.statusBar().addPermanentWidget(self.progress)
        self.statusBar().setSizeGripEnabled(False)

    def _connect(self) -> None:
        self.store.changed.connect(self._follow)
        self.welcome.files_asked.connect(self.ask_files)
        self.welcome.folder_asked.connect(self.ask_folder)
        self.welcome.sample_asked.connect(self.opener.open_sample)
        self.opener.said.connect(self.messages.say)
        self.opener.failed.connect(self.say_error)
        self.opener.patients_differ.connect(self._ask_patients)
        self.queue.started.connect(self.progress.begin)
        self.queue.progressed.connect(self.progress.advance)
        self.queue.idle.connect(self.progress.end)
        self.progress.cancel_asked.connect(self.queue.cancel)
        self.feed.device_known.connect(self.panel.say_device)
        self.panel.done.connect(self.grid.focus_active)
        self.grid.menu_asked.connect(lambda pane, at: pane_menu(self.store, pane, self).popup(at))

    def open(self, paths: Sequence[Path]) -> None:
        self.messages.hide()
        self.opener.open(paths)

    def say_error(self, error: Exception) -> None:
        words = notice(error)
        if words.is_bug:
            self.report.note(error)
        self.messages.say(words)

    def _follow(self, before: ViewState, now: ViewState) -> None:
        self._pages.setCurrentWidget(self.grid if now.slots else self.welcome)
        self.bar.setVisible(bool(now.slots))
        show_state(self.actions_by_name, now)
        self.actions_by_name["undo"].setEnabled(self.store.can_undo)
        self.actions_by_name["redo"].setEnabled(self.store.can_redo)
        if len(before.slots) != len(now.slots) and now.slots:
            self.grid.focus_active()

    def ask_files(self) -> None:
        dialog = QFileDialog(self, "Open images", "", FILTER)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        self._ask(dialog)

    def ask_folder(self) -> None:
        dialog = QFileDialog(self, "Open a folder of images")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        self._ask(dialog)

    def _ask(self, dialog: QFileDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.filesSelected.connect(lambda names: self.open([Path(name) for name in names]))
        dialog.open()

    def _ask_patients(self) -> None:
        """Whether images of two patients are fused all the same; “no” unless said otherwise."""
        state = self.store.state
        pair = [state.slots[i].native for i in state.fused_slots]
        lines = [
            f"“{image.name}”: {image.patient.name.replace('^', ' ')} ({image.patient.id})"
            for image in pair
        ]
        box = QMessageBox(self)
        box.setObjectName("patients")
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle("Different patients")
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText("The two images belong to different patients.")
        box.setInformativeText("\n".join(lines))
        no = box.addButton("&Do not fuse", QMessageBox.ButtonRole.RejectRole)
        yes = box.addButton("&Fuse all the same", QMessageBox.ButtonRole.AcceptRole)
        box.setDefaultButton(no)
        box.setEscapeButton(no)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        yes.clicked.connect(lambda: self._confirm(state))
        box.open()

    def _confirm(self, asked: ViewState) -> None:
        """Only for the very images that the question was about."""
        now = self.store.state
        if now.natives == asked.natives and now.fused_slots == asked.fused_slots:
            self.store.apply(confirmed)

    def ask_export(self) -> None:
        """Filled in with the export dialog."""

    def copy_picture(self) -> None:
        """The active pane with its texts, to the clipboard."""
        QApplication.clipboard().setPixmap(self.grid.panes[self.store.state.active].grab())
        self.messages.say(Notice("The picture is on the clipboard, with its texts."), "good")

    def copy_report(self) -> None:
        QApplication.clipboard().setText(self.report.text())
        self.messages.say(
            Notice("The report is on the clipboard. It holds no patient data."), "good"
        )

    def toggle_full_screen(self) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def show_page(self, html: str) -> None:
        self._show_box("Keys and mouse", html)

    def show_about(self) -> None:
        text = (
            f"<h3>FusionViewer {__version__}</h3>"
            "<p>Fuses CT, MR, PET and SPECT images, and lets you check the result.</p>"
            f"<p>For research and teaching. <b>{NOT_DIAGNOSTIC}.</b></p>"
        )
        self._show_box("About FusionViewer", text)

    def _show_box(self, title: str, html: str) -> None:
        box = QMessageBox(
            QMessageBox.Icon.NoIcon, title, html, QMessageBox.StandardButton.Close, self
        )
        box.setTextFormat(Qt.TextFormat.RichText)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _dropped(event):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = _dropped(event)
        if paths:
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self.open(paths)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stops the workers first: Qt aborts when a running thread is deleted."""
        self.feed.close()
        self.queue.close()
        size = self.normalGeometry().size() if self.isMaximized() else self.size()
        maximized = self.isMaximized()
        save_settings(
            remembered(self.settings, self.store.state, (size.width(), size.height()), maximized)
        )
        event.accept()


def _dropped(event: QDropEvent) -> list[Path]:
    """Local files and folders of a `text/uri-list`; nothing else is taken."""
    data = event.mimeData()
    if not data.hasFormat("text/uri-list"):
        return []
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
