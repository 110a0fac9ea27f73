"""A report as one page of PDF: letters stay letters, and pictures are as large as three fit."""

from datetime import datetime
from html import escape

import numpy as np
from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QImage,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
    QTextDocument,
)

from fusionviewer import __version__
from fusionviewer.formats.provenance import NOTICE
from fusionviewer.texts import text as _
from fusionviewer.texts import translated
from fusionviewer.ui.report_content import Lines, Report, ReportPicture

DPI, MARGIN_MM = 200, 15
MM = DPI / 25.4
GAP = 4 * MM
RED, GREY = QColor("#a01818"), QColor("#505050")
STYLE = """
* { font-family: sans-serif; font-size: 8.5pt; color: #101010; }
h3 { font-size: 10pt; margin: 8px 0 3px 0; }
td { padding: 1px 12px 1px 0; } td.name { color: #505050; }
"""


def pdf(report: Report) -> bytes:
    """A page of A4. Nothing in it depends on the screen."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(DPI)
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    margins = QMarginsF(MARGIN_MM, MARGIN_MM, MARGIN_MM, MARGIN_MM)
    writer.setPageMargins(margins, QPageLayout.Unit.Millimeter)
    writer.setTitle(_("Fusion report"))
    writer.setCreator(f"FusionViewer {__version__}")
    painter = QPainter(writer)
    page = QRectF(0, 0, writer.width(), writer.height())
    below = _pictures(painter, page, report.pictures, _head(painter, page, report))
    _texts(painter, page, report, below + GAP)
    painter.end()
    buffer.close()
    return bytes(buffer.data().data())


def _head(painter: QPainter, page: QRectF, report: Report) -> float:
    """Title, notice and patient; where they end."""
    y = _line(painter, page, 0.0, _("Fusion report"), 16, bold=True)
    y = _line(painter, page, y, translated(NOTICE), 11, bold=True, colour=RED)
    y = _line(painter, page, y, report.who, 10)
    made = f"{datetime.now():%Y-%m-%d %H:%M}, FusionViewer {__version__}"
    return _line(painter, page, y, made, 8, colour=GREY) + GAP


def _line(
    painter: QPainter,
    page: QRectF,
    y: float,
    text: str,
    points: float,
    *,
    bold: bool = False,
    colour: QColor | None = None,
) -> float:
    font = QFont("sans-serif")
    font.setPointSizeF(points)
    font.setBold(bold)
    painter.setFont(font)
    painter.setPen(colour or QColor("#101010"))
    metrics = painter.fontMetrics()
    words = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(page.width()))
    box = QRectF(page.left(), y, page.width(), metrics.lineSpacing())
    painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)
    return y + metrics.lineSpacing()


def _pictures(
    painter: QPainter, page: QRectF, pictures: tuple[ReportPicture, ...], top: float
) -> float:
    """Side by side, each pixel as large as it is in the patient; where they end."""
    width = (page.width() - GAP * (len(pictures) - 1)) / len(pictures)
    end = top
    for place, one in enumerate(pictures):
        box = QRectF(place * (width + GAP), top, width, width)
        image = _image(one)
        high, wide = image.height() * one.mm[0], image.width() * one.mm[1]
        scale = min(box.width() / wide, box.height() / high)
        painter.fillRect(box, QColor("black"))
        place_on_page = QRectF(0, 0, wide * scale, high * scale)
        place_on_page.moveCenter(box.center())
        painter.drawImage(place_on_page, image)
        under = QRectF(box.left(), 0, width, page.height())
        y = _line(painter, under, box.bottom() + MM, one.caption, 8.5, bold=True)
        end = max(end, _line(painter, under, y, one.detail, 8, colour=GREY))
    return end


def _image(one: ReportPicture) -> QImage:
    pixels = one.pixels if one.pixels.ndim == 3 else np.repeat(one.pixels[..., None], 3, axis=2)
    pixels = np.ascontiguousarray(pixels)
    height, width = pixels.shape[:2]
    form = QImage.Format.Format_RGB888
    return QImage(pixels.tobytes(), width, height, 3 * width, form).copy()


def _texts(painter: QPainter, page: QRectF, report: Report, top: float) -> None:
    """Scores and cards; made smaller where there is more than fits."""
    document = QTextDocument()
    document.setDocumentMargin(0)
    document.documentLayout().setPaintDevice(painter.device())
    document.setDefaultStyleSheet(STYLE)
    document.setHtml(_html(report))
    document.setTextWidth(page.width())
    room = page.height() - top
    scale = min(1.0, room / document.size().height())
    painter.save()
    painter.translate(0, top)
    painter.scale(scale, scale)
    document.drawContents(painter)
    painter.restore()


def _html(report: Report) -> str:
    half = (len(report.scores) + 1) // 2
    columns = "".join(
        f"<td width='50%' valign='top'>{_table(part)}</td>"
        for part in (report.scores[:half], report.scores[half:])
    )
    lines = "<br>".join(escape(line) for line in report.alignment)
    return (
        f"<h3>{_('Scores of this slice')}</h3><table width='100%'><tr>{columns}</tr></table>"
        f"<h3>{_('How the sources lie to each other')}</h3><p>{lines}</p>"
        f"<h3>{_('How it was made')}</h3>{_table(report.method)}"
    )


def _table(lines: Lines) -> str:
    rows = "".join(
        f"<tr><td class='name'>{escape(name)}</td><td>{escape(value)}</td></tr>"
        for name, value in lines
    )
    return f"<table>{rows}</table>"
