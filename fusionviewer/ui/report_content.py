"""What a report says: pictures, scores, how the sources lie, how it was made. No widget."""

from collections.abc import Iterator
from dataclasses import dataclass

from fusionviewer.engine.cancel import CancelToken
from fusionviewer.engine.engine import Progress
from fusionviewer.engine.request import FuseRequest
from fusionviewer.formats.provenance import Provenance
from fusionviewer.fusion.fuse import Fused
from fusionviewer.imaging.display import Look
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.pair import Pair
from fusionviewer.metrics.report import Score
from fusionviewer.metrics.table import METRICS
from fusionviewer.texts import marked, translated
from fusionviewer.texts import text as _
from fusionviewer.ui.fusion_feed import Fuse
from fusionviewer.ui.pictures import Pixels, fused_pixels, source_pixels
from fusionviewer.ui.scoring import Scorer, ScoreRequest
from fusionviewer.workspace.captions import date, kind, title

Lines = tuple[tuple[str, str], ...]  # what it is, and what it says
NOBODY = marked("The sources do not both name the same patient.")


@dataclass(frozen=True, eq=False)
class ReportPicture:
    """Attributes:
    pixels: (H, W) or (H, W, 3).
    mm: (height, width) of a pixel; (1, 1) where nobody knows.
    """

    caption: str
    detail: str
    pixels: Pixels
    mm: tuple[float, float]


@dataclass(frozen=True, eq=False)
class Report:
    """One page.

    Attributes:
        who: a line that names the patient, or says why none is named.
    """

    who: str
    pictures: tuple[ReportPicture, ...]
    scores: Lines
    alignment: tuple[str, ...]
    method: Lines


def report_of(
    request: FuseRequest,
    fused: Fused,
    fuse: Fuse,
    nameless: bool,
    cancel: CancelToken,
    progress: Progress,
) -> Report:
    """The report about one fused slice.

    Args:
        nameless: without the person, and without names of series and files.

    Raises:
        Cancelled: between two scores.
        WeightsError: the method's network has no card.
    """
    from fusionviewer.engine.export import provenance

    asked = ScoreRequest(request, tuple(METRICS))
    scored = Scorer(fuse).score((asked, fused), cancel, progress)
    how = provenance(request)
    return Report(
        _("De-identified.") if nameless else _who(request.pair),
        (*_sources(request, nameless), _fused_picture(request, fused, how.short())),
        tuple((_(METRICS[name].label), _value(name, one)) for name, one in scored.fused.items()),
        tuple(map(translated, (*request.pair.card.lines(), *request.pair.notes))),
        tuple(method_lines(how)),
    )


def method_lines(how: Provenance) -> Iterator[tuple[str, str]]:
    """How it was made, as the screen names it."""
    for name, value in how.entries().items():
        if name == "Alignment":
            yield _(name), ", ".join(map(translated, how.alignment))
        else:
            yield _(name), _(value) if name in ("Method", "Strategy") else translated(value)


def _who(pair: Pair) -> str:
    from fusionviewer.formats.derived_header import agreed

    if not agreed(pair):
        return _(NOBODY)
    one, source = pair.native[0].patient, pair.native[0].source
    name = " ".join(one.name.replace("^", " ").split())
    said = (
        name,
        f"ID {one.id}" if one.id else "",
        _("born {date}", date=date(one.birth_date)) if one.birth_date else "",
        _("study of {date}", date=date(source.study_date)) if source.study_date else "",
    )
    return ", ".join(part for part in said if part)


def _sources(request: FuseRequest, nameless: bool) -> list[ReportPicture]:
    pair, s = request.pair, request.slice_index
    return [
        ReportPicture(
            kind(native) if nameless else title(native),
            _window(native, look),
            source_pixels(image, s, look),
            _mm(pair),
        )
        for image, native, look in zip((pair.a, pair.b), pair.native, request.looks, strict=True)
    ]


def _fused_picture(request: FuseRequest, fused: Fused, short: str) -> ReportPicture:
    place = _(
        "Slice {number} of {count}, display only",
        number=request.slice_index + 1,
        count=request.pair.shape[0],
    )
    return ReportPicture(
        _("Fused: {method}", method=short), place, fused_pixels(fused), _mm(request.pair)
    )


def _mm(pair: Pair) -> tuple[float, float]:
    grid = pair.grid
    return (1.0, 1.0) if grid is None else (float(grid.spacing[1]), float(grid.spacing[2]))


def _window(image: Image, look: Look) -> str:
    unit = "" if image.unit in ("a.u.", "grey level") else f" {translated(image.unit)}"
    colours = f", {look.palette}" if look.palette else ""
    window = look.window
    said = _("Window {width:g}, level {level:g}", width=window.width, level=window.center)
    return f"{said}{unit}{colours}"


def _value(name: str, score: Score) -> str:
    if score.value is None:
        return _("none: {reason}", reason=translated(score.why_not or ""))
    unit = METRICS[name].unit
    return f"{score.value:.4g} {unit}".strip() if unit not in ("1", "") else f"{score.value:.4g}"
