"""Answers become a folder of DICOM objects that speak of each other."""

from collections.abc import Callable, Sequence
from pathlib import Path

from numpy.typing import ArrayLike

from fusionviewer.engine.engine import Answer, Progress
from fusionviewer.engine.export import provenance_of
from fusionviewer.formats.bundle import Content, write_bundle
from fusionviewer.formats.deidentify import Deidentifier
from fusionviewer.formats.drawn import DrawnRegion
from fusionviewer.formats.provenance import FusedSlice


def export_bundle(
    answers: Sequence[Answer],
    folder: Path,
    parts: Sequence[str],
    *,
    regions: Sequence[DrawnRegion] = (),
    fixed_to_moving: ArrayLike | None = None,
    moving: int | None = None,
    bits: int = 8,
    how: Deidentifier | None = None,
    overwrite: bool = False,
    progress: Progress = lambda _done, _total: None,
    check: Callable[[], None] = lambda: None,
) -> tuple[str, ...]:
    """The fused series with the `parts` asked for (`bundle.PARTS`), in `folder`.

    Args:
        bits: of grey slices, 8 or 16; colour has 8.
        how: takes the person out of every object.

    Returns: a sentence for each part that there can be none of.

    Raises:
        ExportError: nothing was written.
        ValueError: no answers, or a part that does not exist.
    """
    if not answers:
        raise ValueError("there is nothing to export")
    request = answers[0].request
    content = Content(
        slices=[FusedSlice(a.request.slice_index, a.fused.grey, a.fused.rgb) for a in answers],
        pair=request.pair,
        provenance=provenance_of(answers),
        looks=request.looks,
        regions=regions,
        fixed_to_moving=fixed_to_moving,
        moving=moving,
        bits=8 if answers[0].fused.rgb is not None else bits,
        how=how,
    )
    return write_bundle(folder, parts, content, overwrite=overwrite, progress=progress, check=check)
