"""The visible slice by every method and strategy: what there is, and how one is made. No widget."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from fusionviewer.engine.cancel import CancelToken
from fusionviewer.engine.engine import Engine, Progress
from fusionviewer.engine.request import FuseRequest
from fusionviewer.errors import FusionViewerError
from fusionviewer.fusion.methods import METHODS
from fusionviewer.metrics.report import Scores
from fusionviewer.ui.pictures import Pixels, fused_pixels
from fusionviewer.ui.scoring import Scorer, ScoreRequest

SCORES = ("mi", "ssim", "qabf", "nabf")  # in METRICS: two that reward, two about edges
THUMBNAIL = 192  # pixels, at most, along the longer side

Entry = tuple[str, str]  # method, strategy


@dataclass(frozen=True, eq=False)
class Cell:
    """One entry of the matrix.

    Attributes:
        key: of the request that it answers.
        picture: small, 8-bit; None where the slice could not be fused.
        problem: why, in words.
    """

    key: str
    picture: Pixels | None = None
    scores: Scores = field(default_factory=dict)
    problem: str = ""


def entries() -> Iterator[Entry]:
    """Every method with every strategy it knows, in the order of the selectors."""
    for method in METHODS.values():
        for strategy in method.strategies or ("",):
            yield method.name, strategy


class MatrixWorker:
    """Makes one cell after another in the worker thread, with a scorer of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._scorer = Scorer(engine.fuse)

    def __call__(self, request: FuseRequest, cancel: CancelToken, progress: Progress) -> Cell:
        """
        Raises:
            Cancelled: between the steps of fusing, and between two scores.
        """
        try:
            fused = self._engine.fuse(request, cancel, progress).fused
            scores = self._scorer.score((ScoreRequest(request, SCORES), fused), cancel, progress)
        except FusionViewerError as error:
            return Cell(request.key, problem=str(error))
        return Cell(request.key, thumbnail(fused_pixels(fused)), scores.fused)


def thumbnail(pixels: Pixels, longest: int = THUMBNAIL) -> Pixels:
    """Smaller by a whole factor, each pixel the mean of those it stands for."""
    factor = -(-max(pixels.shape[:2]) // longest)
    if factor <= 1:
        return np.ascontiguousarray(pixels)
    height, width = (n // factor * factor for n in pixels.shape[:2])
    if not height or not width:  # thinner than one pixel of the thumbnail
        return np.ascontiguousarray(pixels[::factor, ::factor])
    blocks = pixels[:height, :width].reshape(
        height // factor, factor, width // factor, factor, *pixels.shape[2:]
    )
    return np.asarray(np.rint(blocks.mean(axis=(1, 3))), dtype=np.uint8)
