"""Writing the fused image: what the pane shows, one slice, or the volume; off the GUI thread."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Signal

from fusionviewer.engine.cancel import CancelToken
from fusionviewer.engine.engine import Answer, Engine, Progress
from fusionviewer.engine.request import FuseRequest
from fusionviewer.fusion.fuse import Fused
from fusionviewer.ui.messages import Notice
from fusionviewer.ui.pictures import Pixels
from fusionviewer.ui.runner import Job, QueueRunner

Content = Literal["shown", "slice", "volume"]


@dataclass(frozen=True)
class ExportKind:
    """One way to export.

    Attributes:
        content: the pane with its texts, the plain slice, or every slice.
        ending: of the file's name; "" for a folder.
    """

    label: str
    description: str
    content: Content
    ending: str


EXPORTS: dict[str, ExportKind] = {
    "png-shown": ExportKind(
        "PNG, as shown",
        "The fused pane as it is on the screen, with its texts. They may name the patient.",
        "shown",
        ".png",
    ),
    "png": ExportKind(
        "PNG, plain",
        "The fused slice at its own size, one pixel per voxel, without texts.",
        "slice",
        ".png",
    ),
    "dicom": ExportKind(
        "DICOM, this slice",
        "One Secondary Capture that refers to its sources, with the identity they agree on.",
        "slice",
        ".dcm",
    ),
    "dicom-series": ExportKind(
        "DICOM, all slices",
        "A folder with one Secondary Capture per slice, with the identity they agree on.",
        "volume",
        "",
    ),
    "nifti": ExportKind(
        "NIfTI, all slices", "The fused volume in its place, without identity.", "volume", ".nii.gz"
    ),
}


@dataclass(frozen=True)
class Order:
    """What to write, fixed when it was asked for: what the window shows later is not it."""

    kind: ExportKind
    path: Path
    overwrite: bool
    request: FuseRequest
    slice_count: int
    fused: Fused | None = None  # of the request's slice, where it is there already
    shown: Pixels | None = None  # the pane, for "shown"


class Exporter(QObject):
    """Does orders one after another, and says where the result is."""

    said = Signal(object, str)  # Notice and kind, for the message bar
    failed = Signal(Exception)
    written = Signal(object)  # the path

    def __init__(self, queue: QueueRunner, engine: Engine, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queue = queue
        self._engine = engine

    def export(self, order: Order) -> None:
        self._queue.add(
            Job(
                f"Exporting “{order.path.name}”",
                lambda cancel, progress: _written(order, self._engine, cancel, progress),
                self._tell,
                self.failed.emit,
                lambda: self.said.emit(Notice("Cancelled. Nothing was written."), "warning"),
            )
        )

    def _tell(self, path: Path) -> None:
        self.said.emit(Notice(f"Saved {path}"), "good")
        self.written.emit(path)


def _answers(order: Order, engine: Engine, cancel: CancelToken, progress: Progress) -> list[Answer]:
    if order.kind.content == "slice" and order.fused is not None:
        return [Answer(order.request, order.fused)]
    if order.kind.content == "slice":
        return [engine.fuse(order.request, cancel, progress)]
    return engine.fuse_many(order.request, range(order.slice_count), cancel, progress)


def _written(order: Order, engine: Engine, cancel: CancelToken, progress: Progress) -> Path:
    """The path, once all is on the disk.

    Raises:
        ExportError: nothing was written.
        WeightsError, FusionError: a slice cannot be fused.
    """
    from fusionviewer.engine.export import export, provenance  # DICOM libraries take a moment

    if order.kind.content == "shown" and order.shown is not None:
        from fusionviewer.formats.export_png import write_picture

        how = provenance(order.request)
        write_picture(order.shown, order.path, how, overwrite=order.overwrite)
        return order.path
    answers = _answers(order, engine, cancel, progress)
    cancel.check()
    export(answers, order.path, overwrite=order.overwrite)
    return order.path
