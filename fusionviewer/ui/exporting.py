"""Writing the fused image: what the pane shows, one slice, or the volume; off the GUI thread."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Signal

from fusionviewer.engine.cancel import CancelToken
from fusionviewer.engine.engine import Answer, Engine, Progress
from fusionviewer.engine.request import FuseRequest
from fusionviewer.fusion.fuse import Fused
from fusionviewer.imaging.roi import Region
from fusionviewer.texts import text as _
from fusionviewer.ui.messages import Notice
from fusionviewer.ui.pictures import Pixels
from fusionviewer.ui.runner import Job, QueueRunner

Content = Literal["shown", "slice", "volume", "report"]


@dataclass(frozen=True)
class ExportKind:
    """One way to export.

    Attributes:
        content: the pane with its texts, the plain slice, every slice, or a page about one.
        ending: of the file's name; "" for a folder.
        identity: whether what is written says whose image it is, unless it is de-identified.
        parts: whether other objects can go with it.
        deep: whether grey can have 16 bits.
    """

    label: str
    description: str
    content: Content
    ending: str
    identity: bool = False
    parts: bool = False
    deep: bool = False


EXPORTS: dict[str, ExportKind] = {
    "png-shown": ExportKind(
        "PNG, as shown",
        "The fused pane as it is on the screen, with its texts, rulers and colour bar.",
        "shown",
        ".png",
    ),
    "png": ExportKind(
        "PNG, plain",
        "The fused slice at its own size, one pixel per voxel, without texts.",
        "slice",
        ".png",
        deep=True,
    ),
    "tiff": ExportKind(
        "TIFF, plain", "The same for programs that want TIFF.", "slice", ".tif", deep=True
    ),
    "apng": ExportKind(
        "Animated PNG, all slices",
        "A scroll through the slices, which browsers play.",
        "volume",
        ".apng",
    ),
    "pdf": ExportKind(
        "PDF report, this slice",
        "One page: both sources, the fused image, its scores, how they lie and how it was made.",
        "report",
        ".pdf",
        identity=True,
    ),
    "dicom": ExportKind(
        "DICOM, this slice",
        "One Secondary Capture that refers to its sources.",
        "slice",
        ".dcm",
        identity=True,
        deep=True,
    ),
    "dicom-series": ExportKind(
        "DICOM, all slices",
        "A folder with one Secondary Capture per slice, and what is ticked here:",
        "volume",
        "",
        identity=True,
        parts=True,
        deep=True,
    ),
    "nifti": ExportKind(
        "NIfTI, all slices", "The fused volume in its place, without identity.", "volume", ".nii.gz"
    ),
}


@dataclass(frozen=True)
class Choice:
    """What the reader chose in the dialog.

    Attributes:
        kind: a key of EXPORTS.
        parts: of `formats.bundle.PARTS`, for a kind that takes them.
        deidentify: without the person.
        bits: of grey, where the kind can have 16.
    """

    kind: str = "png"
    parts: tuple[str, ...] = ()
    deidentify: bool = False
    bits: int = 8


@dataclass(frozen=True)
class Order:
    """What to write, fixed when it was asked for: what the window shows later is not it."""

    choice: Choice
    path: Path
    overwrite: bool
    request: FuseRequest
    slice_count: int
    fused: Fused | None = None  # of the request's slice, where it is there already
    shown: Pixels | None = None  # the pane, for "shown"
    regions: tuple[tuple[str, Region, int], ...] = ()  # name, and the slice it is on
    elsewhere: tuple[str, ...] = ()  # names of those that are on none of these slices

    @property
    def kind(self) -> ExportKind:
        return EXPORTS[self.choice.kind]


@dataclass(frozen=True)
class Written:
    """What came of an order.

    Attributes:
        missing: a sentence for each part that there can be none of.
    """

    path: Path
    missing: tuple[str, ...] = ()


class Exporter(QObject):
    """Does orders one after another, and says where the result is."""

    said = Signal(object, str)  # Notice and kind, for the message bar
    failed = Signal(Exception)
    written = Signal(object)  # the path

    def __init__(self, queue: QueueRunner, engine: Engine, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queue = queue
        self._engine = engine
        self.last: Path | None = None  # what was written last, for who wants to send it

    def export(self, order: Order) -> None:
        self._queue.add(
            Job(
                _("Exporting “{name}”", name=order.path.name),
                lambda cancel, progress: _written(order, self._engine, cancel, progress),
                self._tell,
                self.failed.emit,
                lambda: self.said.emit(Notice(_("Cancelled. Nothing was written.")), "warning"),
                asks=True,
            )
        )

    def _tell(self, what: Written) -> None:
        saved = _("Saved {path}, read back and compared.", path=what.path)
        if what.missing:
            without = _("Without: {what}", what=" ".join(what.missing))
            self.said.emit(Notice(" ".join((saved, without))), "warning")
        else:
            self.said.emit(Notice(saved), "good")
        self.last = what.path
        self.written.emit(what.path)


def _written(order: Order, engine: Engine, cancel: CancelToken, progress: Progress) -> Written:
    """What is on the disk, once all of it is.

    Raises:
        ExportError: nothing was written.
        WeightsError, FusionError: a slice cannot be fused.
    """
    if order.kind.content == "shown" and order.shown is not None:
        return _picture_written(order, order.shown)
    if order.kind.content == "report":
        return _report_written(order, engine, cancel, progress)
    answers = _answers(order, engine, cancel, _half(progress, 0))
    cancel.check()
    write = _bundle_written if order.kind.parts and order.choice.parts else _file_written
    return write(order, answers, cancel, _half(progress, 1))


def _report_written(
    order: Order, engine: Engine, cancel: CancelToken, progress: Progress
) -> Written:
    from fusionviewer.formats.writing import write_file
    from fusionviewer.ui.report_content import report_of
    from fusionviewer.ui.report_page import pdf

    if order.choice.deidentify:
        from fusionviewer.formats.deidentify import nobody
        from fusionviewer.formats.deidentify_exports import require_nameless

        require_nameless(order.path, order.request.pair, nobody())
    fused = order.fused or engine.fuse(order.request, cancel, progress).fused
    page = report_of(order.request, fused, engine.fuse, order.choice.deidentify, cancel, progress)
    write_file(order.path, pdf(page), overwrite=order.overwrite)
    return Written(order.path)


def _half(progress: Progress, place: int) -> Progress:
    """Fusing is the first half of the work, and writing the second."""
    return lambda done, total: progress(place * total + done, 2 * total)


def _answers(order: Order, engine: Engine, cancel: CancelToken, progress: Progress) -> list[Answer]:
    if order.kind.content == "slice" and order.fused is not None:
        return [Answer(order.request, order.fused)]
    if order.kind.content == "slice":
        return [engine.fuse(order.request, cancel, progress)]
    return engine.fuse_many(order.request, range(order.slice_count), cancel, progress)


def _picture_written(order: Order, shown: Pixels) -> Written:
    from fusionviewer.engine.export import provenance  # DICOM libraries take a moment
    from fusionviewer.formats.export_png import write_picture

    write_picture(shown, order.path, provenance(order.request), overwrite=order.overwrite)
    return Written(order.path)


def _file_written(
    order: Order, answers: list[Answer], cancel: CancelToken, _progress: Progress
) -> Written:
    from fusionviewer.engine.export import Terms, export
    from fusionviewer.formats.deidentify import nobody

    choice = order.choice
    how = nobody() if choice.deidentify and order.kind.identity else None
    bits = choice.bits if order.kind.deep else 8
    export(answers, order.path, Terms(order.overwrite, bits, how, cancel.check))
    return Written(order.path)


def _bundle_written(
    order: Order, answers: list[Answer], cancel: CancelToken, progress: Progress
) -> Written:
    from fusionviewer.engine.export_bundle import export_bundle
    from fusionviewer.formats.deidentify import nobody
    from fusionviewer.formats.drawn import drawn

    missing = export_bundle(
        answers,
        order.path,
        order.choice.parts,
        regions=[drawn(*one) for one in order.regions],
        bits=order.choice.bits,
        how=nobody() if order.choice.deidentify else None,
        overwrite=order.overwrite,
        progress=progress,
        check=cancel.check,
    )
    return Written(order.path, (*missing, *_without(order)))


def _without(order: Order) -> tuple[str, ...]:
    """A sentence for regions that were drawn and that the parts do not have."""
    if not order.elsewhere or not {"seg", "sr"} & {*order.choice.parts}:
        return ()
    return (_("Not on these slices: {names}.", names=", ".join(order.elsewhere)),)
