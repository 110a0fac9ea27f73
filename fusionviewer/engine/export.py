"""Answers become files: what the name of the file says, with how they were made inside."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fusionviewer.engine.engine import Answer
from fusionviewer.engine.request import FuseRequest
from fusionviewer.errors import ExportError
from fusionviewer.formats.deidentify import Deidentifier
from fusionviewer.formats.deidentify_exports import (
    require_nameless,
    unchanged,
    without_person,
)
from fusionviewer.formats.export_apng import export_apng
from fusionviewer.formats.export_dicom import export_dicom
from fusionviewer.formats.export_nifti import export_nifti
from fusionviewer.formats.export_png import export_png
from fusionviewer.formats.provenance import FusedSlice, Provenance
from fusionviewer.formats.sources import require_no_source
from fusionviewer.fusion.methods import METHODS, SELECTABLE
from fusionviewer.fusion.options import as_text
from fusionviewer.fusion.weights import read_card
from fusionviewer.imaging.geometry import sides
from fusionviewer.imaging.pair import Pair
from fusionviewer.texts import in_english
from fusionviewer.texts import text as _


@dataclass(frozen=True)
class Terms:
    """How an export is written.

    Attributes:
        bits: of grey, 8 or 16; colour has 8, and NIfTI is float32 or colour.
        how: takes the person out; None leaves the identity that both sources agree on.
        check: raises to stop, and nothing is written.
    """

    overwrite: bool = False
    bits: int = 8
    how: Deidentifier | None = None
    check: Callable[[], None] = lambda: None


Write = Callable[[Sequence[FusedSlice], Pair, Provenance, Path, Terms], None]
PLAIN = Terms()


@dataclass(frozen=True)
class Output:
    """A format to export.

    Attributes:
        one_slice: holds one slice; the others hold the volume.
    """

    label: str
    one_slice: bool
    write: Write


_COLOURS = {
    "kept": in_english("brightness limited to keep them"),
    "luminance": in_english("fused luminance unchanged"),
}


def provenance(request: FuseRequest) -> Provenance:
    """How the answer to `request` is made, in words.

    Raises:
        WeightsError: the method's network has no card.
    """
    method = METHODS[request.method]
    strategy = SELECTABLE[request.strategy].label if request.strategy else ""
    if request.by_volume:
        strategy += ", one weight for the volume"
    return Provenance(
        method=method.label,
        strategy=strategy,
        options=tuple((name, as_text(value)) for name, value in request.options),
        weights_sha256=(
            read_card(method.name, request.weights).sha256 if method.has_network else ""
        ),
        alignment=(request.pair.alignment.value, *request.pair.card.measures()),
        notes=request.notes,
        colours=_COLOURS[request.colours] if request.coloured else "",
        sides="" if request.pair.grid is None else sides(request.pair.grid),
    )


def provenance_of(answers: Sequence[Answer]) -> Provenance:
    """How `answers` were made: as asked for, and what had to be done otherwise.

    Raises:
        WeightsError: the method's network has no card.
    """
    how = provenance(answers[0].request)
    return replace(how, notes=(*how.notes, *remarks(answers)))


def remarks(answers: Sequence[Answer]) -> tuple[str, ...]:
    """What must be known about how slices were fused, each with how many it is true of."""
    counts = Counter(answer.fused.note for answer in answers if answer.fused.note)
    return tuple(f"{note} ({count} of {len(answers)} slices)" for note, count in counts.items())


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
        _("“{name}” ends in no format that is written here.", name=path.name),
        _("End it with {known}, or name a folder for a DICOM series.", known=known),
    )


def export(answers: Sequence[Answer], path: Path, terms: Terms = PLAIN) -> None:
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
            _(
                "“{name}” holds one slice, and there are {count}.",
                name=path.name,
                count=len(answers),
            ),
            _("Name a folder for a DICOM series, or end the name with .nii.gz."),
        )
    request = answers[0].request
    require_no_source(path, request.pair)
    if terms.how is not None:
        require_nameless(path, request.pair, terms.how)
    slices = [
        FusedSlice(answer.request.slice_index, answer.fused.grey, answer.fused.rgb)
        for answer in answers
    ]
    output.write(slices, request.pair, provenance_of(answers), path, terms)


def _bits(slices: Sequence[FusedSlice], terms: Terms) -> int:
    return 8 if slices[0].rgb is not None else terms.bits


def _picture(
    slices: Sequence[FusedSlice], _pair: Pair, said: Provenance, path: Path, terms: Terms
) -> None:
    bits = _bits(slices, terms)
    export_png(slices[0], path, said, bits=bits, overwrite=terms.overwrite)


def _dicom(
    slices: Sequence[FusedSlice], pair: Pair, said: Provenance, path: Path, terms: Terms
) -> None:
    change = unchanged if terms.how is None else without_person(pair, terms.how)
    export_dicom(
        slices, pair, said, path,
        bits=_bits(slices, terms), overwrite=terms.overwrite, check=terms.check, change=change,
    )  # fmt: skip


def _nifti(
    slices: Sequence[FusedSlice], pair: Pair, said: Provenance, path: Path, terms: Terms
) -> None:
    export_nifti(slices, pair, said, path, overwrite=terms.overwrite, check=terms.check)


def _animation(
    slices: Sequence[FusedSlice], _pair: Pair, said: Provenance, path: Path, terms: Terms
) -> None:
    export_apng(slices, path, said, overwrite=terms.overwrite, check=terms.check)


OUTPUTS: dict[str, Output] = {
    ".png": Output("PNG picture", True, _picture),
    ".apng": Output("Animated PNG", False, _animation),
    ".tif": Output("TIFF picture", True, _picture),
    ".tiff": Output("TIFF picture", True, _picture),
    ".dcm": Output("DICOM image", True, _dicom),
    ".nii.gz": Output("NIfTI volume", False, _nifti),
    ".nii": Output("NIfTI volume", False, _nifti),
    "": Output("DICOM series", False, _dicom),
}
