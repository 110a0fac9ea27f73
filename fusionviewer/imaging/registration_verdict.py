"""Whether a registration can be called one: every reason to doubt it, in words."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from fusionviewer.imaging.registration_levels import Level, body_box, smaller
from fusionviewer.imaging.registration_measures import Agreement, agreement
from fusionviewer.imaging.registration_refine import refined
from fusionviewer.imaging.transform import Transform, from_parts, rotation
from fusionviewer.texts import in_english

Check = Callable[[], object]
Done = Callable[[], object]  # called after every step
Doubts = tuple[str, ...]  # one sentence each

MIN_OVERLAP = 0.3
MIN_BITS = 0.1
MIN_BODY_MM = 60.0
MAX_CUT_SIDES = 4  # a body goes on above and below what is scanned, but not all around
RIVALS = ((10.0, 0.93), (3.0, 0.99))  # so far away, mm, and so nearly as good: one may be wrong
MAX_SPREAD_MM = 3.0
MAX_BETWEEN_HALVES_MM = (
    9.0  # heads that end within 3 mm stay below 6, limbs that do not are above 10
)
HALVES = 6
HALF_SAMPLES = 15_000
HALF_COARSER = 3.0  # how much larger the voxels are that tell of places further away
SURE_DEGREES = 50.0  # a start turns by 46 at most, and its end a little more
PUSH_MM, PUSH_DEGREES = 4.0, 3.0


def doubts(
    fixed: Level,
    moving: Level,
    candidates: Sequence[Transform],
    check: Check,
    repeats: int,
    seed: int,
    done: Done = lambda: None,
) -> Doubts:
    """Why the first of `candidates` may be wrong, the others being further optima, best first.

    Args:
        repeats: how often the first is pushed away, to see whether it comes back.
        seed: of the pushes, and of the voxels that are looked at then.
        done: called after each push, and after each of HALVES halves.
    """
    best = candidates[0]
    measure = agreement(fixed, moving, best)
    reasons = [*too_little_shared(measure), *_too_little_seen(fixed, moving)]
    if best.degrees > SURE_DEGREES:
        reasons.append(in_english("The turn is larger than those that are searched."))
    if (rival := _rival(fixed, moving, candidates, measure)) is not None:
        reasons.append(
            in_english("Another alignment, {mm:.0f} mm away, is almost as good.", mm=rival)
        )
    spread = _spread_mm(fixed, moving, best, check, repeats, seed, done)
    if spread > MAX_SPREAD_MM:
        reasons.append(
            in_english("Repeated from nearby, it ends up to {mm:.0f} mm elsewhere.", mm=spread)
            if np.isfinite(spread)
            else in_english("Repeated from nearby, it ends elsewhere.")
        )
    apart = _halves_mm(fixed, moving, best, check, done)
    if apart > MAX_BETWEEN_HALVES_MM:
        reasons.append(
            in_english("A half of the image on its own ends up to {mm:.0f} mm elsewhere.", mm=apart)
            if np.isfinite(apart)
            else in_english("A half of the image on its own ends elsewhere.")
        )
    return tuple(reasons)


def distance_mm(fixed: Level, one: Transform, other: Transform) -> float:
    """How far apart two transforms take the corners of the body, at most."""
    box = body_box(fixed)
    return float(np.linalg.norm(one.apply(box) - other.apply(box), axis=1).max())


def too_little_shared(measure: Agreement) -> list[str]:
    """Why images that agree so little may not lie on each other, wherever the transform came from."""
    reasons = []
    if measure.overlap < MIN_OVERLAP:
        reasons.append(
            in_english(
                "Only {percent:.0f} % of the smaller image is in both.",
                percent=measure.overlap * 100,
            )
        )
    if measure.mutual_information < MIN_BITS:
        reasons.append(in_english("The images tell almost nothing of each other."))
    return reasons


def _too_little_seen(fixed: Level, moving: Level) -> list[str]:
    reasons = []
    cut = max(_cut_sides(level) for level in (fixed, moving))
    if cut > MAX_CUT_SIDES:
        reasons.append(
            in_english(
                "The body is cut off at {cut} sides of the image; too little outline.", cut=cut
            )
        )
    narrow = min(
        float(np.ptp(body_box(level) @ level.grid.axes.T, axis=0).min())
        for level in (fixed, moving)
    )
    if narrow < MIN_BODY_MM:
        reasons.append(
            in_english("What is seen is only {mm:.0f} mm across, too little to be sure.", mm=narrow)
        )
    return reasons


def _cut_sides(level: Level) -> int:
    """At how many of the six sides of the image most of what is seen is body."""
    body = level.body
    faces = (np.take(body, end, axis) for axis in range(3) for end in (0, -1))
    return sum(float(face.mean()) > 0.5 for face in faces)


def _rival(
    fixed: Level, moving: Level, candidates: Sequence[Transform], measure: Agreement
) -> float | None:
    """How far away the nearest-to-equal optimum is, in mm; None without one."""
    for other in candidates[1:]:
        away = distance_mm(fixed, candidates[0], other)
        share = agreement(fixed, moving, other).shared / max(measure.shared, 1e-9)
        if any(away > least and share > near for least, near in RIVALS):
            return away
    return None


def _spread_mm(
    fixed: Level,
    moving: Level,
    best: Transform,
    check: Check,
    repeats: int,
    seed: int,
    done: Done = lambda: None,
) -> float:
    """How far from `best` refinements end that start beside it and look at other voxels."""
    random = np.random.default_rng(seed)
    center = body_box(fixed).mean(axis=0)
    spread = 0.0
    for i in range(repeats):
        shift, turn = random.normal(size=3), random.normal(size=3)
        push = from_parts(
            rotation(turn / np.linalg.norm(turn) * PUSH_DEGREES),
            center,
            center + shift / np.linalg.norm(shift) * PUSH_MM,
        )
        start = best.compose(push)
        end = refined(fixed, moving, start, step_mm=PUSH_MM / 2, seed=seed + i, check=check)
        spread = max(spread, np.inf if end is None else distance_mm(fixed, best, end))
        done()
    return spread


def _halves_mm(
    fixed: Level, moving: Level, best: Transform, check: Check, done: Done = lambda: None
) -> float:
    """How far at most a half of the body, aligned on its own, ends from where the whole has it.

    Where little holds an alignment, or a limb was bent in between, the halves do not agree. None of
    them sees the other's voxels, so that a wrong alignment cannot look right by one part alone.
    """
    middle = np.median(np.stack(np.nonzero(fixed.body), axis=-1), axis=0).astype(int)
    apart = 0.0
    for axis in range(3):
        for side in (slice(None, middle[axis] + 1), slice(middle[axis], None)):
            half = np.zeros(fixed.inside.shape, dtype=np.bool_)
            part = tuple(side if i == axis else slice(None) for i in range(3))
            half[part] = fixed.inside[part]
            apart = max(apart, _half_mm(replace(fixed, inside=half), moving, best, check))
            done()
    return apart


def _half_mm(half: Level, moving: Level, best: Transform, check: Check) -> float:
    """The better of two ways: right from where the whole has it, and by voxels that see further."""
    if not half.body.any():
        return np.inf
    spacing = HALF_COARSER * float(half.grid.spacing.max())
    coarse = smaller(half, spacing), smaller(moving, spacing)
    further = refined(*coarse, best, step_mm=spacing / 2, samples=HALF_SAMPLES, check=check)
    ends = [
        refined(half, moving, start, step_mm=PUSH_MM / 4, samples=HALF_SAMPLES, check=check)
        for start in (best, further)
        if start is not None
    ]
    kept = [(agreement(half, moving, end).shared, end) for end in ends if end is not None]
    if not kept:
        return np.inf
    return _mean_mm(half, best, max(kept, key=lambda pair: pair[0])[1])


def _mean_mm(fixed: Level, one: Transform, other: Transform) -> float:
    box = body_box(fixed)
    return float(np.linalg.norm(one.apply(box) - other.apply(box), axis=1).mean())
