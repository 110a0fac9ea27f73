"""The scores of what is shown: what they depend on, and how they are computed. No widget."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from fusionviewer.engine.cancel import CancelToken
from fusionviewer.engine.engine import Progress
from fusionviewer.engine.request import FuseRequest
from fusionviewer.errors import InputError
from fusionviewer.fusion.fuse import Fused
from fusionviewer.fusion.options import Chosen
from fusionviewer.imaging.display import Shown, shown
from fusionviewer.imaging.roi import Region, Sphere
from fusionviewer.metrics.picture import Picture, Sources
from fusionviewer.metrics.report import Score, Scores, scores_of
from fusionviewer.texts import text as _
from fusionviewer.ui.fusion_feed import Fuse
from fusionviewer.ui.pictures import eight_bits

KEPT_SOURCES = 8  # slices whose edges, pyramids and own scores are remembered
Check = Callable[[], object]


@dataclass(frozen=True)
class Recipe:
    """A way to fuse, for any slice: the reference that others are compared with.

    Attributes:
        title, words: what files and the screen call it.
    """

    title: str
    words: str
    method: str
    strategy: str
    options: Chosen = ()

    def request(self, like: FuseRequest) -> FuseRequest:
        """What `like` asks, fused this way."""
        return replace(like, method=self.method, strategy=self.strategy, options=self.options)


@dataclass(frozen=True)
class ScoreRequest:
    """What the scores of a slice depend on.

    Attributes:
        names: in METRICS, in the order of the table.
        region: restricts the scores; None for the whole slice.
        reference: scored as well, or None.
    """

    request: FuseRequest
    names: tuple[str, ...]
    region: Region | None = None
    reference: Recipe | None = None

    @property
    def key(self) -> str:
        """Equal for two requests exactly when their scores are equal."""
        return f"{self.request.key}:{self.names}:{self.region}:{self.reference}"

    def at(self, slice_index: int) -> "ScoreRequest":
        """The same for another slice."""
        return replace(self, request=self.request.at(slice_index))


@dataclass(frozen=True, eq=False)
class SliceScores:
    """The scores of one slice, by name of the metric.

    `of_a` and `of_b` are what the sources themselves would score as the fused image; None until
    they are computed.
    """

    asked: ScoreRequest
    fused: Scores
    reference: Scores | None = None
    of_a: Scores | None = None
    of_b: Scores | None = None


@dataclass(frozen=True, eq=False)
class VolumeScores:
    """The scores of every slice, in order."""

    asked: ScoreRequest
    slices: tuple[SliceScores, ...]


class Scorer:
    """Scores slices and volumes; for one thread."""

    def __init__(self, fuse: Fuse) -> None:
        self._fuse = fuse
        self._sources: OrderedDict[str, _Known] = OrderedDict()

    def score(
        self,
        asked: tuple[ScoreRequest, Fused] | SliceScores,
        cancel: CancelToken,
        progress: Progress,
    ) -> SliceScores:
        """The scores of a fused slice that is there already; given those, with the sources' own.

        In two steps, for the second takes twice as long as the first.

        Raises:
            Cancelled: between two scores.
            InputError: the region holds no pixel of this slice.
            WeightsError, FusionError: the reference cannot be fused.
        """
        if isinstance(asked, SliceScores):
            return self._with_own(asked, cancel.check)
        request, fused = asked
        known = self._sources_of(request)
        scores = _scores(known.sources, _picture(fused), request.names, cancel.check)
        progress(1, 2)
        return SliceScores(request, scores, self._reference(request, known, cancel))

    def _with_own(self, scores: SliceScores, check: Check) -> SliceScores:
        """With what the sources themselves would score as the fused image."""
        known = self._sources_of(scores.asked)
        for picture, own in ((known.sources.a, known.of_a), (known.sources.b, known.of_b)):
            missing = [name for name in scores.asked.names if name not in own]
            own.update(_scores(known.sources, picture, missing, check))
        return replace(scores, of_a=dict(known.of_a), of_b=dict(known.of_b))

    def score_volume(
        self, asked: ScoreRequest, cancel: CancelToken, progress: Progress
    ) -> VolumeScores:
        """The scores of every slice; those where the region is empty have none.

        Raises:
            Cancelled: between two scores.
            WeightsError, FusionError: a slice cannot be fused.
        """
        count = asked.request.pair.shape[0]
        slices = []
        for i in range(count):
            cancel.check()
            slices.append(self._slice_of_volume(asked.at(i), cancel))
            progress(i + 1, count)
        return VolumeScores(asked, tuple(slices))

    def _slice_of_volume(self, asked: ScoreRequest, cancel: CancelToken) -> SliceScores:
        try:
            known = self._sources_of(asked)
        except InputError as error:
            return SliceScores(asked, {name: Score(None, str(error)) for name in asked.names})
        fused = _picture(self._fused(asked.request, cancel))
        scores = _scores(known.sources, fused, asked.names, cancel.check)
        return SliceScores(asked, scores, self._reference(asked, known, cancel))

    def _reference(
        self, asked: ScoreRequest, known: "_Known", cancel: CancelToken
    ) -> Scores | None:
        if asked.reference is None:
            return None
        fused = self._fused(asked.reference.request(asked.request), cancel)
        return _scores(known.sources, _picture(fused), asked.names, cancel.check)

    def _fused(self, request: FuseRequest, cancel: CancelToken) -> Fused:
        return self._fuse(request, cancel, lambda _done, _total: None).fused

    def _sources_of(self, asked: ScoreRequest) -> "_Known":
        """Both sources as they are shown, and what is known of them from an earlier call."""
        request = asked.request
        looks = [(look.window, look.palette, look.slab) for look in request.looks]
        key = f"{request.pair.key}:{request.slice_index}:{looks}:{asked.region}"
        known = self._sources.pop(key, None) or _Known(_sources(request, asked.region))
        self._sources[key] = known
        if len(self._sources) > KEPT_SOURCES:
            self._sources.popitem(last=False)
        return known


@dataclass(frozen=True, eq=False)
class _Known:
    """Two sources, and what they themselves score: filled in when it is first asked for."""

    sources: Sources
    of_a: Scores = field(default_factory=dict)
    of_b: Scores = field(default_factory=dict)


def region_mask(region: Region, request: FuseRequest) -> NDArray[np.bool_]:
    """Which pixels of the slice lie in `region`, (H, W)."""
    _, height, width = request.pair.shape
    if not isinstance(region, Sphere):
        return region.mask((height, width))
    grid = request.pair.grid
    cut = None if grid is None else region.cut(request.slice_index, grid.spacing)
    return np.zeros((height, width), dtype=bool) if cut is None else cut.mask((height, width))


def _sources(request: FuseRequest, region: Region | None) -> Sources:
    a, b = (
        shown(image, request.slice_index, look)
        for image, look in zip((request.pair.a, request.pair.b), request.looks, strict=True)
    )
    mask = None if region is None else region_mask(region, request)
    if mask is not None and not mask.any():
        raise InputError(
            _("The region holds no pixel of this slice."),
            _("Move the region, or score the whole slice."),
        )
    return Sources(_source_picture(a, "Source A"), _source_picture(b, "Source B"), mask)


def _source_picture(one: Shown, name: str) -> Picture:
    return Picture(_levels(one.grey), None if one.rgb is None else eight_bits(one.rgb), name)


def _picture(fused: Fused) -> Picture:
    rgb = None if fused.rgb is None else eight_bits(fused.rgb)
    return Picture(_levels(fused.grey), rgb, "The fused image")


def _levels(grey: NDArray[np.float32]) -> NDArray[np.float64]:
    """0…1 to grey levels 0…255."""
    return np.clip(grey.astype(np.float64) * 255, 0, 255)


def _scores(sources: Sources, fused: Picture, names: Sequence[str], check: Check) -> Scores:
    found: Scores = {}
    for name in names:
        check()
        found |= scores_of(sources, fused, [name])
    return found
