"""The numbers of all marks as text and as CSV."""

import csv
import io
from collections.abc import Iterator

from fusionviewer.imaging.measure import Angle, Ruler, degrees, length
from fusionviewer.imaging.planes import stored_plane
from fusionviewer.imaging.roi import Polygon
from fusionviewer.imaging.roi_drawing import LINES, SHAPES
from fusionviewer.imaging.roi_mark import Mark
from fusionviewer.texts import text as _
from fusionviewer.ui.measurement import Measured
from fusionviewer.ui.region_label import size
from fusionviewer.ui.roi_table import COLUMNS, Column, Row, columns_of, extent, remark

Cells = list[str | float | int]


def as_text(marks: tuple[Mark, ...], measured: Measured) -> str:
    """Tab-separated, as on the screen: for the clipboard."""
    columns = columns_of([row for rows in measured.values() for row in rows])
    lines: list[list[str]] = [
        [_("Name"), _("Size"), _("Image"), *(_(column.label) for column in columns)]
    ]
    for mark, row in _lines(marks, measured):
        size = mark_size(mark, measured)
        words = [""] * (1 + len(columns)) if row is None else _words(row, columns)
        lines.append([mark.name, size, *words])
    return "\n".join("\t".join(line) for line in lines) + "\n"


def _words(row: Row, columns: tuple[Column, ...]) -> list[str]:
    return [_(row.label), *(column.text(row) for column in columns)]


def as_csv(marks: tuple[Mark, ...], measured: Measured) -> str:
    """Full precision, one line per mark and image, with the remark at the end."""
    file = io.StringIO()
    writer = csv.writer(file)
    names = [column.label.lower() for column in COLUMNS]
    head = ["name", "shape", "plane", "slice", "size", "size unit", "image"]
    writer.writerow([*head, *names, "area unit", "remark"])
    for mark, row in _lines(marks, measured):
        index = mark.canvas.slice_index + 1
        what: Cells = [mark.name, shape_of(mark), _plane(mark), index, *_size(mark)]
        writer.writerow([*what, *_values(row)])
    return file.getvalue()


def _values(row: Row | None) -> Cells:
    if row is None or row.statistics is None:
        return ["" if row is None else row.label]
    found = row.statistics
    values = (column.value(row, found) for column in COLUMNS)
    unit = extent(found)[1] if found.count else ""
    return [row.label, *("" if value is None else value for value in values), unit, remark(row)]


def _lines(marks: tuple[Mark, ...], measured: Measured) -> Iterator[tuple[Mark, Row | None]]:
    for mark in marks:
        for row in measured.get(mark.number, ()) or (None,):
            yield mark, row


def _plane(mark: Mark) -> str:
    """ "axial", "coronal", "sagittal": that of the slices it was drawn on; "" without geometry."""
    return "" if mark.canvas.grid is None else stored_plane(mark.canvas.grid)


def shape_of(mark: Mark) -> str:
    """ "rectangle", "freehand", "distance": as files say it."""
    if isinstance(mark.form, Ruler):
        return "distance"
    freehand = isinstance(mark.form, Polygon) and mark.form.freehand
    return "freehand" if freehand else type(mark.form).__name__.lower()


def shape_words(mark: Mark) -> str:
    """The same as the selector of shapes calls it."""
    return _((SHAPES | LINES)[shape_of(mark)].label)


def _size(mark: Mark) -> tuple[float | str, str]:
    """Of a distance or an angle; the area of a region is in the columns."""
    if isinstance(mark.form, Ruler):
        return length(mark.form, mark.canvas.grid)
    if isinstance(mark.form, Angle):
        wide = degrees(mark.form, mark.canvas.grid)
        return ("" if wide is None else wide), "°"
    return "", ""


def mark_size(mark: Mark, measured: Measured) -> str:
    """How large a mark is, as on the screen: "34.2 mm", "57.3°", "120.5 mm²", "1.8 ml"."""
    if said := size(mark.form, mark.canvas):
        return said
    for row in measured.get(mark.number, ()):
        value, unit = (None, "") if row.statistics is None else extent(row.statistics)
        if value is not None:
            return f"{value:.0f} px" if unit == "px" else f"{value:.4g} {unit}"
    return ""
