"""Answers become files: what the name of the file says, with how they were made inside."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fusionviewer.engine.engine import Answer
from fusionviewer.engine.request import FuseRequest
from fusionviewer.errors import ExportError
from fusionviewer.formats.export_dicom import export_dicom
from fusionviewer.formats.export_nifti import export_nifti
from fusionviewer.formats.export_png import export_png
from fusionviewer.formats.provenance import FusedSlice, Provenance
from fusionviewer.formats.sources import require_no_source
from fusionviewer.fusion.methods import METHODS, SELECTABLE
from fusionviewer.fusion.weights import read_card
from fusionviewer.imaging.pair import Pair

Write = Callable[[Sequence[FusedSlice], Pair, Provenance, Path, bool], None]


@dataclass(frozen=True)
class Output:
    """A format to export.

    Attributes:
        one_slice: holds one slice; the others hold the volume.
    """

    label: str
    one_slice: bool
    write: Write


def provenance(request: FuseRequest) -> Provenance:
    """How the answer to `request` is made, in words.

    Raises:
        WeightsError: the method's network has no card.
    """
    method = METHODS[request.method]
    strategy = SELECTABLE[request.strategy].label if request.strategy else ""
    return Provenance(
        method=method.label,
        strategy=strategy,
        options=request.options,
        weights_sha256=read_card(method.name).sha256 if method.has_network else "",
        alignment=str(request.pair.alignment),
        notes=request.pair.notes,
    )


def output_for(path: Path) -> Output:
    """The format that the name of `path` asks for; a name without an ending is a folder.

    Raises:
        ExportError: no format has that ending.
    """
    name = path.name.lower()
    for ending, output in OUTPUTS.items():
        if ending and name.endswith(ending):
            return output
    if path.is_dir() or not path.suffix:
        return OUTPUTS[""]
    known = ", ".join(ending for ending in OUTPUTS if ending)
    raise ExportError(
        f"“{path.name}” ends in no format that is written here.",
        f"End it with {known}, or name a folder for a DICOM series.",
    )


def export(answers: Sequence[Answer], path: Path, *, overwrite: bool = False) -> None:
    """Write fused slices of one pair, made with one method, to `path`; never over a source.

    Raises:
        ExportError: nothing was written.
        ValueError: no answers.
    """
    output = output_for(path)
    if not answers:
        raise ValueError("there is nothing to export")
    if output.one_slice and len(answers) > 1:
        raise ExportError(
            f"“{path.name}” holds one slice, and there are {len(answers)}.",
            "Name a folder for a DICOM series, or end the name with .nii.gz.",
        )
    request = answers[0].request
    require_no_source(path, request.pair)
    slices = [
        FusedSlice(answer.request.slice_index, answer.fused.grey, answer.fused.rgb)
        for answer in answers
    ]
    output.write(slices, request.pair, provenance(request), path, overwrite)


def _picture(
    slices: Sequence[FusedSlice], _pair: Pair, how: Provenance, path: Path, overwrite: bool
) -> None:
    export_png(slices[0], path, how, overwrite=overwrite)


def _dicom(
    slices: Sequence[FusedSlice], pair: Pair, how: Provenance, path: Path, overwrite: bool
) -> None:
    export_dicom(slices, pair, how, path, overwrite=overwrite)


def _nifti(
    slices: Sequence[FusedSlice], pair: Pair, how: Provenance, path: Path, overwrite: bool
) -> None:
    export_nifti(slices, pair, how, path, overwrite=overwrite)


OUTPUTS: dict[str, Output] = {
    ".png": Output("PNG picture", True, _picture),
    ".tif": Output("TIFF picture", True, _picture),
    ".tiff": Output("TIFF picture", True, _picture),
    ".dcm": Output("DICOM image", True, _dicom),
    ".nii.gz": Output("NIfTI volume", False, _nifti),
    ".nii": Output("NIfTI volume", False, _nifti),
    "": Output("DICOM series", False, _dicom),
}
