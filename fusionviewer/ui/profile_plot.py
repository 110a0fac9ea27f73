"""The values of all images along a distance, in one plot, each with an axis in its unit."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QColor, QPalette, QPen, QTextDocumentFragment
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from fusionviewer.imaging.measure_profile import Profile
from fusionviewer.imaging.native import number
from fusionviewer.imaging.roi_statistics import FUSED_UNIT
from fusionviewer.texts import marked, translated
from fusionviewer.texts import text as _
from fusionviewer.ui.roi_table import PENDING, Row
from fusionviewer.ui.score_plots import dress, still_plot

# In dark and in light colours; told by the stroke as well
STROKES = (
    ("#56b4e9", "#0a5fa5", Qt.PenStyle.SolidLine),
    ("#ff9f1c", "#a35200", Qt.PenStyle.DashLine),
    ("#2fd6a3", "#00694f", Qt.PenStyle.DotLine),
    ("#f0f0f0", "#202020", Qt.PenStyle.DashDotLine),
)
NAMES = {
    Qt.PenStyle.SolidLine: marked("full"),
    Qt.PenStyle.DashLine: marked("dashed"),
    Qt.PenStyle.DotLine: marked("dotted"),
    Qt.PenStyle.DashDotLine: marked("dash-dot"),
}
AXIS_WIDTH = 40  # pixels, for numbers; the key above says whose they are
HINT = marked("Draw a distance (D), or choose one, to see the values along it.")


@dataclass
class _Curve:
    """One image: its own scale, drawn over the same distance."""

    box: pg.ViewBox
    axis: pg.AxisItem
    line: pg.PlotDataItem
    label: str
    along: Profile


class ProfilePlot(QWidget):
    """Steps where voxels are coarse; the cursor reads all images at one distance."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._plot = still_plot(_("Values along the distance"))
        self._key = QLabel(_(HINT), wordWrap=True)
        self._key.setAccessibleName(_("Values at the cursor"))
        self._here = pg.InfiniteLine(angle=90)
        self._here.hide()
        self._plot.addItem(self._here, ignoreBounds=True)
        self.curves: list[_Curve] = []
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self._key)
        layout.addWidget(self._plot, stretch=1)
        self._plot.getViewBox().sigResized.connect(self._fit)
        self._plot.scene().sigMouseMoved.connect(self._hover)
        self._dress()

    @property
    def text(self) -> str:
        """What is written above the plot, without colours."""
        return QTextDocumentFragment.fromHtml(self._key.text()).toPlainText()

    def show_rows(self, rows: Sequence[Row]) -> None:
        """The rows of a distance."""
        known = [row for row in rows if row.profile is not None]
        if [row.label for row in known] != [curve.label for curve in self.curves]:
            self._rebuild([row.label for row in known])
        for row, curve in zip(known, self.curves, strict=True):
            assert row.profile is not None
            curve.along = row.profile
            curve.line.setData(row.profile.distances, row.profile.values, connect="finite")
        self._plot.setVisible(bool(known))
        if known and known[0].profile is not None:
            along = known[0].profile
            self._plot.setLabel("bottom", _("distance, {unit}", unit=along.distance_unit))
            self._plot.setXRange(0, max(float(along.distances[-1]), 1e-9), padding=0.01)
        self._read(None)

    def wait(self, *, same: bool) -> None:
        """New values are on their way; those of another mark are taken away at once."""
        if not same:
            self.show_rows(())
        self._key.setText(_(PENDING))

    def _rebuild(self, labels: Sequence[str]) -> None:
        layout = self._plot.getPlotItem().layout
        for curve in self.curves:
            self._plot.scene().removeItem(curve.box)
            if curve.axis is not self._plot.getAxis("left"):
                layout.removeItem(curve.axis)
                self._plot.scene().removeItem(curve.axis)
        self.curves = [self._curve(place, label) for place, label in enumerate(labels)]
        self._dress()
        self._fit()

    def _curve(self, place: int, label: str) -> _Curve:
        """The first scale is on the left, the others one after the other on the right."""
        axis = pg.AxisItem("right") if place else self._plot.getAxis("left")
        axis.enableAutoSIPrefix(False)
        box, line = pg.ViewBox(enableMouse=False, enableMenu=False), pg.PlotDataItem()
        if place:
            axis.setWidth(AXIS_WIDTH)
            self._plot.getPlotItem().layout.addItem(axis, 2, 2 + place)
        self._plot.scene().addItem(box)
        axis.linkToView(box)
        box.setXLink(self._plot.getViewBox())
        box.addItem(line)
        nothing = np.empty(0)
        from_nowhere = Profile(nothing, nothing, "", "", None)  # type: ignore[arg-type]
        return _Curve(box, axis, line, label, from_nowhere)

    def _fit(self) -> None:
        """The scales of their own lie exactly over the plot's."""
        for curve in self.curves:
            curve.box.setGeometry(self._plot.getViewBox().sceneBoundingRect())
            curve.box.linkedViewChanged(self._plot.getViewBox(), curve.box.XAxis)

    def _hover(self, at: QPointF) -> None:
        inside = self._plot.getViewBox().sceneBoundingRect().contains(at)
        self._read(self._plot.getViewBox().mapSceneToView(at).x() if inside else None)

    def _read(self, distance: float | None) -> None:
        """What all images have at `distance`; without one, which line is whose."""
        self._here.setVisible(distance is not None)
        if not self.curves:
            self._key.setText(_(HINT))
            return
        if distance is None:
            said = [f"{_title(c)}: {_stroke(i)}" for i, c in enumerate(self.curves)]
        else:
            self._here.setValue(distance)
            said = [_value(curve, distance) for curve in self.curves]
        coloured = [self._coloured(i, text) for i, text in enumerate(said)]
        if distance is not None:
            unit = self.curves[0].along.distance_unit
            coloured.insert(0, _("at {distance:.1f} {unit}", distance=distance, unit=unit))
        self._key.setText(" · ".join(coloured))

    def _coloured(self, place: int, text: str) -> str:
        """As its curve and its axis."""
        colour = stroke(place, self.palette()).color().name()
        return f"<span style='color:{colour}'>{escape(text)}</span>"

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._read(None)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()

    def _dress(self) -> None:
        palette = self.palette()
        dress(self._plot, palette)
        self._here.setPen(pg.mkPen(palette.placeholderText().color(), width=1))
        for place, curve in enumerate(self.curves):
            pen = stroke(place, palette)
            curve.line.setPen(pen)
            curve.axis.setPen(pen.color())
            curve.axis.setTextPen(pen.color())
        if self.curves:
            self._read(None)


def stroke(place: int, palette: QPalette) -> QPen:
    """The pen of the image at `place`."""
    dark, light, style = STROKES[place % len(STROKES)]
    on_dark = palette.base().color().lightness() < 128
    pen: QPen = pg.mkPen(QColor(dark if on_dark else light), width=2, style=style)
    return pen


def _stroke(place: int) -> str:
    return _(NAMES[STROKES[place % len(STROKES)][2]])


def _title(curve: _Curve) -> str:
    unit = curve.along.unit
    return f"{_(curve.label)}, {'0…1' if unit == FUSED_UNIT else translated(unit)}"


def _value(curve: _Curve, distance: float) -> str:
    along = curve.along
    if not along.distances.size:
        return f"{_(curve.label)} –"
    place = int(np.abs(along.distances - distance).argmin())
    value = float(along.values[place])
    if not np.isfinite(value):
        return f"{_(curve.label)} –"
    unit = "" if along.unit == FUSED_UNIT else f" {translated(along.unit)}"
    return f"{_(curve.label)} {number(value, along.unit)}{unit}"
