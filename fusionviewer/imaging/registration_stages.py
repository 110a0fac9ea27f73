"""From many starts to the few best optima, level by level."""

from collections.abc import Callable, Sequence

import numpy as np

from fusionviewer.imaging.registration_levels import FINEST_MM, Check, Level, body_box, smaller
from fusionviewer.imaging.registration_measures import agreement
from fusionviewer.imaging.registration_refine import refined
from fusionviewer.imaging.registration_search import coarse_mm
from fusionviewer.imaging.registration_verdict import SURE_DEGREES
from fusionviewer.imaging.transform import Transform, is_overstretched

Progress = Callable[[int, int], object]  # steps done, steps in all

APART_MM = 12.0  # starts nearer to each other than this are one
STAGES = (  # voxel size in coarse cubes, how many are refined, places looked at
    (0.7, 16, 8_000),
    (0.4, 6, 16_000),
    (0.2, 3, 40_000),
)
FINEST_SHARE = STAGES[-1][0]
STEPS = sum(count for _, count, _ in STAGES)
AFFINE_ROUNDS = 2


def levels_at(a: Level, b: Level, share: float) -> tuple[Level, Level]:
    spacing = max(FINEST_MM, share * coarse_mm(a, b))
    return smaller(a, spacing), smaller(b, spacing)


def apart(fixed: Level, found: Sequence[Transform]) -> list[Transform]:
    """The first of `found`, without those that say the same as one before."""
    box, kept = body_box(fixed), list[Transform]()
    for one in found:
        if all(np.abs(one.apply(box) - k.apply(box)).max() > APART_MM for k in kept):
            kept.append(one)
        if len(kept) == STAGES[0][1] - 1:
            break
    return kept


def optima(
    a: Level, b: Level, starts: Sequence[Transform], check: Check, steps: "Steps"
) -> list[Transform]:
    """The optima near the starts, best first; fewer with every level."""
    found = list(starts)
    for share, count, samples in STAGES:
        fixed, moving = levels_at(a, b, share)
        step_mm = share * coarse_mm(a, b) / 2
        ends = []
        for one in found[:count]:
            end = refined(fixed, moving, one, step_mm=step_mm, samples=samples, check=check)
            ends += [] if end is None else [(agreement(fixed, moving, end).shared, end)]
            steps.done()
        ends.sort(key=lambda pair: -pair[0])
        found = _searched([end for shared, end in ends if shared > 0])
    return found


def _searched(ends: list[Transform]) -> list[Transform]:
    """Without those that turned further than starts do, which nobody searched; all, if all did."""
    return [end for end in ends if end.degrees <= SURE_DEGREES] or ends


def stretched(a: Level, b: Level, best: Transform, check: Check) -> Transform:
    """From the rigid optimum; the rigid one again where stretching makes nothing better."""
    end = rigid = Transform(best.matrix, "affine")
    for _ in range(AFFINE_ROUNDS):
        end = refined(a, b, end, "affine", step_mm=FINEST_MM / 2, check=check) or end
    if is_overstretched(end.matrix[:3, :3]):
        return rigid  # it lost its way
    return max((rigid, end), key=lambda one: agreement(a, b, one).shared)


class Steps:
    """Counts, and tells how far it is."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress, self._total, self._count = progress, total, 0

    def done(self, *_: int) -> None:
        self._count = min(self._count + 1, self._total)
        self._progress(self._count, self._total)
