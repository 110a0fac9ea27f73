"""Puts the parts together and connects them; decides nothing."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QCloseEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QMainWindow,
    QStackedWidget,
    QToolBar,
)

from fusionviewer.engine.engine import Engine
from fusionviewer.errors import FusionViewerError
from fusionviewer.fusion.runtime import Runtimes
from fusionviewer.paths import session_folder
from fusionviewer.texts import text as _
from fusionviewer.ui.about import AboutDialog
from fusionviewer.ui.actions import ACTIONS, apply_keys, fill_menus, make_actions, show_state
from fusionviewer.ui.browser import SeriesDock
from fusionviewer.ui.browser_drops import join_browser
from fusionviewer.ui.closing import Closing
from fusionviewer.ui.comparison import ComparisonLayer
from fusionviewer.ui.comparison_bar import ComparisonBar
from fusionviewer.ui.contribution import ContributionLayer
from fusionviewer.ui.contribution_texts import layer_tips, layers_page
from fusionviewer.ui.dialogs import ask_files, ask_folder, ask_patients, show_page
from fusionviewer.ui.docks import MATRIX_WIDTH, Docks
from fusionviewer.ui.drop_hint import Drops
from fusionviewer.ui.exporting import Exporter
from fusionviewer.ui.fusion_feed import Fuse, FusionFeed
from fusionviewer.ui.keys import keys_page
from fusionviewer.ui.matrix import MatrixPanel
from fusionviewer.ui.message_bar import MessageBar
from fusionviewer.ui.messages import Notice, notice
from fusionviewer.ui.method_panel import MethodPanel
from fusionviewer.ui.metrics_panel import MetricsPanel
from fusionviewer.ui.opening import Opener
from fusionviewer.ui.over_panes import OverPanes
from fusionviewer.ui.pane_grid import PaneGrid
from fusionviewer.ui.pane_menu import pane_menu
from fusionviewer.ui.pane_offers import PaneOffers
from fusionviewer.ui.preferences import apply_mouse, ask_settings, follow_settings
from fusionviewer.ui.progress_strip import ProgressStrip
from fusionviewer.ui.recent_menu import RecentFiles
from fusionviewer.ui.region_keys import KeyDrawing
from fusionviewer.ui.region_layer import RegionLayer
from fusionviewer.ui.report import Report
from fusionviewer.ui.roi_inspector import RoiInspector
from fusionviewer.ui.runner import QueueRunner
from fusionviewer.ui.sessions import Sessions
from fusionviewer.ui.slice_feed import SliceFeed
from fusionviewer.ui.slow_parts import SlowParts
from fusionviewer.ui.status_tools import StatusTools
from fusionviewer.ui.store import Store
from fusionviewer.ui.torn_off import TornOff
from fusionviewer.ui.update_look import UpdateLook
from fusionviewer.ui.welcome import Welcome
from fusionviewer.ui.window_place import place_window, placed
from fusionviewer.workspace.arrangement import confirmed
from fusionviewer.workspace.remembered import opening_state, remembered
from fusionviewer.workspace.session import ENDING
from fusionviewer.workspace.settings import Settings, load_settings, save_settings
from fusionviewer.workspace.state import FUSED, PaneName, ViewState


class MainWindow(QMainWindow):
    """The window. `fuse` stands in for the engine where work must be held or counted."""

    def __init__(self, settings: Settings | None = None, fuse: Fuse | None = None) -> None:
        super().__init__()
        self.settings = settings or load_settings()
        self.report = Report()
        self.store: Store = Store(opening_state(self.settings), self)
        self.queue = QueueRunner(self)
        self.slow_parts = SlowParts(self)
        self.engine = Engine(Runtimes(device=self.settings.device))
        self.slices = SliceFeed(self.store, self)  # first to know of a state: then the panes ask
        self.feed = FusionFeed(self.store, self.engine, fuse, self)
        self.opener: Opener = Opener(self.store, self.queue, self)
        self.exporter = Exporter(self.queue, self.engine, self)
        self.closing = Closing(self, self.queue)
        self.grid: PaneGrid = PaneGrid(self.store, self.feed, self.slices)
        self.regions = RegionLayer(self.store, self.grid.panes.values(), self, self.grid.sides)
        self.key_drawing: KeyDrawing = KeyDrawing(self.store, self.regions, self)
        over_fused = (self.store, self.feed, self.grid.panes[FUSED], self.engine)
        self.layers = ContributionLayer(*over_fused, self)
        self.comparison = ComparisonLayer(*over_fused, self.slices, self)
        self.comparison_bar = ComparisonBar(self.store)
        self.matrix = MatrixPanel(self.store, self.feed, self.engine)
        self.inspector: RoiInspector = RoiInspector(self.store, self.feed)
        self.scores = MetricsPanel(self.store, self.feed, fuse or self.engine.fuse)
        self.docks = Docks(self, self.inspector)
        self.browser: SeriesDock = SeriesDock(self)
        self.panel: MethodPanel = MethodPanel(self.store)
        self.messages = MessageBar(self.report.text)
        self.progress = ProgressStrip()
        self.welcome = Welcome()
        self.torn_off: TornOff = TornOff(self, self.grid)
        self.drops = Drops(self, self.store)
        self.sessions: Sessions = Sessions(self.store, self.queue, self)
        self.recent: RecentFiles = RecentFiles(
            self.store, lambda: self.settings, session_folder(), self
        )
        self.actions_by_name = make_actions(self, self.grid)
        self.offers = PaneOffers(self.grid.panes[FUSED], self.store, self.actions_by_name)
        self.update_look: UpdateLook | None = None
        self.export_folder = Path.home()
        self._build()
        self._connect()
        apply_keys(self.actions_by_name, self.settings.keys)
        apply_mouse(self.settings)
        self._follow(self.store.state, self.store.state)

    def _build(self) -> None:
        self.setWindowTitle("FusionViewer")
        place_window(self, self.settings)
        self._bar = QToolBar(_("Fusion"), self)
        self._bar.setMovable(False)
        self._bar.addWidget(self.panel)
        self.addToolBar(self._bar)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.welcome)
        self._pages.addWidget(self.grid)
        middle = OverPanes(self._pages, (self.comparison_bar, self.messages))
        middle.covered.connect(
            self.grid.cover
        )  # their words make room: bars would hide the patient
        self.setCentralWidget(middle)
        self.docks.add("scores", _("Scores"), self.scores)
        self.docks.add("matrix", _("All methods and strategies"), self.matrix)
        self._build_status_bar()
        fill_menus(self.menuBar(), self.actions_by_name)
        self.recent.add_to(self.menuBar())

    def _build_status_bar(self) -> None:
        """The tools of the left button, and what is being done."""
        bar = self.statusBar()
        bar.setSizeGripEnabled(False)
        self.tools: StatusTools = StatusTools(self.actions_by_name)
        bar.addWidget(self.tools)
        bar.addPermanentWidget(self.progress)

    def _connect(self) -> None:
        self.store.changed.connect(self._follow)
        join_browser(self.browser, self.opener, self.grid, self.messages)
        for asker in (self.drops.dropped, self.recent.chosen):
            asker.connect(self.open)
        self.welcome.files_asked.connect(self.ask_files)
        self.welcome.folder_asked.connect(self.ask_folder)
        self.welcome.sample_asked.connect(self.opener.open_sample)
        self.opener.previewed.connect(self.welcome.first_slice.show_image)
        self.queue.idle.connect(self.welcome.first_slice.hide)
        for layer in (self.layers, self.comparison):
            self.grid.describers.append(layer.described)
            layer.changed.connect(self.grid.redraw_fused_texts)
        self.grid.hovered.connect(self.comparison.hover)
        for chooser in (self.comparison_bar, self.matrix):
            chooser.done.connect(self.grid.focus_active)
        for name, tip in layer_tips().items():
            self.actions_by_name[name].setToolTip(tip)
        for teller in (
            *(self.opener, self.exporter, self.sessions, self.inspector, self.scores),
            self.key_drawing,
        ):
            teller.said.connect(self.messages.say)
        for layer in (self.layers, self.comparison):
            layer.said.connect(self.messages.say)
        for worker in (self.opener, self.exporter, self.sessions):
            worker.failed.connect(self.say_error)
        self.exporter.failed.connect(self.closing.stay)
        self.progress.cancel_asked.connect(self.closing.stay)
        self.opener.patients_differ.connect(self.ask_patients)
        self.queue.started.connect(self.progress.begin)
        self.queue.progressed.connect(self.progress.advance)
        self.queue.idle.connect(self.progress.end)
        self.progress.cancel_asked.connect(self.queue.cancel)
        for feed in (self.feed, self.slices):
            feed.failed.connect(self._say_fault)
        self.feed.device_known.connect(self.panel.say_device)
        self.panel.done.connect(self.grid.focus_active)
        self.grid.menu_asked.connect(self._show_menu)
        self.grid.hovered.connect(self.inspector.hover)
        self.inspector.take_shares(self.layers)
        self.regions.menu_asked.connect(self.inspector.list.offer)
        self.regions.drew.connect(lambda hint: self.messages.say(Notice(hint), "good"))
        self.inspector.shape_chosen.connect(lambda shape: setattr(self.regions, "shape", shape))

    def _follow(self, before: ViewState, now: ViewState) -> None:
        anything = bool(now.slots)
        self._pages.setCurrentWidget(self.grid if anything else self.welcome)
        for part in (self._bar, self.tools):
            part.setVisible(anything)
        self.comparison_bar.setVisible(bool(now.comparison.mode) and now.pair is not None)
        self.docks.show_for(anything)
        self.torn_off.follow(now)
        show_state(self.actions_by_name, now)
        self.actions_by_name["undo"].setEnabled(self.store.can_undo)
        self.actions_by_name["redo"].setEnabled(self.store.can_redo)
        if len(before.slots) != len(now.slots) and anything:
            self.grid.focus_active()

    def toggle_scores(self) -> None:
        self.docks.toggle("scores")

    def toggle_matrix(self) -> None:
        self.docks.toggle("matrix", MATRIX_WIDTH)

    def toggle_inspector(self) -> None:
        self.docks.toggle_inspector()

    def open(self, paths: Sequence[Path]) -> None:
        self.messages.clear()
        self.recent.note(paths)
        for path in paths:
            if path.suffix.lower() == ENDING:
                self.sessions.open(path)
        self.opener.open([path for path in paths if path.suffix.lower() != ENDING])

    def say_error(self, error: Exception) -> None:
        words = notice(error)
        if words.is_bug:
            self.report.note(error)
        self.messages.say(words)

    def _say_fault(self, error: Exception) -> None:
        """What the user can understand, the fused pane says itself."""
        if not isinstance(error, FusionViewerError):
            self.say_error(error)

    def _show_menu(self, pane: PaneName, at: QPoint) -> None:
        menu = pane_menu(self.store, pane, self)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)

    def ask_files(self) -> None:
        ask_files(self, self.open)

    def ask_folder(self) -> None:
        ask_folder(self, self.open)

    def ask_patients(self) -> None:
        state = self.store.state
        pair = [state.slots[i].native for i in state.fused_slots]
        ask_patients(self, pair, lambda: self._confirm(state))

    def _confirm(self, asked: ViewState) -> None:
        """Only for the very images that the question was about."""
        now = self.store.state
        if now.natives == asked.natives and now.fused_slots == asked.fused_slots:
            self.store.apply(confirmed)

    def copy_picture(self) -> None:
        """The active pane with its texts, to the clipboard."""
        QApplication.clipboard().setPixmap(self.grid.foremost.grab())
        self.messages.say(Notice(_("The picture is on the clipboard, with its texts.")), "good")

    def copy_report(self) -> None:
        QApplication.clipboard().setText(self.report.text())
        self.messages.say(
            Notice(_("The report is on the clipboard, without patient data.")), "good"
        )

    def toggle_full_screen(self) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def show_keys(self) -> None:
        show_page(self, _("Keys and mouse"), keys_page(ACTIONS, self.settings))

    def ask_settings(self) -> None:
        ask_settings(self)

    def follow_settings(self, settings: Settings) -> None:
        follow_settings(self, settings)

    def show_layers_help(self) -> None:
        show_page(self, _("Contribution and structures"), layers_page())

    def show_about(self) -> None:
        AboutDialog(self).open()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.slow_parts.load_soon()

    def closeEvent(self, event: QCloseEvent) -> None:
        """The window goes at once; then the workers are stopped, and what they write is waited for.

        Exports that are not finished are asked about first.
        """
        if not self.closing.allowed():
            event.ignore()
            return
        self.settings = remembered(placed(self, self.settings), self.store.state)
        self.hide()
        self.feed.close()
        self.slices.close()
        self.queue.close()
        over = (self.layers, self.comparison)
        for part in (
            *over,
            self.inspector,
            self.scores,
            self.matrix,
            self.browser,
            self.slow_parts,
        ):
            part.close_threads()
        if self.update_look is not None:
            self.update_look.close_threads()
        self.sessions.stop_keeping()
        self.torn_off.close()
        self.drops.close()
        save_settings(self.settings)
        event.accept()
