"""The first slice of a series that is still being read, where nothing else is open yet."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from fusionviewer.imaging.display import opening_look
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.planes import facing
from fusionviewer.texts import text as _
from fusionviewer.ui.pane import Pane
from fusionviewer.ui.pane_painter import tallness
from fusionviewer.ui.pictures import source_pixels
from fusionviewer.workspace.captions import title
from fusionviewer.workspace.state import View


class FirstSlice(QWidget):
    """A look at what is coming; it can neither be measured nor scrolled."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.pane = Pane("A", self)
        self.pane.setEnabled(False)
        self.words = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 6)
        layout.addWidget(self.pane, stretch=1)
        layout.addWidget(self.words)
        self.setAutoFillBackground(True)
        self.hide()

    def show_image(self, image: Image, count: int) -> None:
        """The only slice of `image`, of `count` that are being read."""
        self.words.setText(
            _(
                "{title}: reading {count} slices, this one is in the middle.",
                title=title(image),
                count=count,
            )
        )
        turned = facing(image)
        self.pane.draw_picture(source_pixels(turned, 0, opening_look(image)), tallness(turned))
        self.pane.describe(self.words.text())
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(parent.rect())
        self.show()
        self.raise_()
        self.pane.draw_view(View())
