"""Are the limbs' files right? Where tissue lies, by least squares, beside what registrations say.

`python tests/benchmarks/limbs.py` (FUSIONVIEWER_DATA; two patients, a minute of processor each)

The MR of these patients was taken weeks before the PET-CT, on another scanner, and laid on it by hand
or by a program: their files say so (dates 25 and 41 days apart, "Philips / MIM Software", "SIEMENS /
MIM Software", derived). So their common frame of reference is somebody's registration, no
measurement. CT and PET were taken minutes apart, on one table.

To see who is right, neither mutual information nor an optimiser is asked: grey values of the MR or PET
are explained as a sum of the CT's tissues (air, fat, muscle, dense tissue, bone, each with one value;
blurred for PET), and every shift within 10 mm in the axial plane is tried. The shift of the least
residual is where that third of the limb lies. Along a limb little changes, so z is left out. It is
done as stored, and after registration: who is right has shifts near 0 in all thirds.

In mm, the mean length over the thirds, as stored and after registration (× is how many times more
residual is left without the shift):

STS_002  CT PET  3.3 → 2.5, by ×1.0 to 1.1 only: hardly told apart
STS_002  CT MR   7.3 → 5.2: 0.1 at the feet, at the limit of the search at the head: bent
STS_025  CT PET  4.0 → 0.8: all thirds of the leg lie 3 mm to the right and 2 mm further back in the PET
STS_025  CT MR   2.7 → 1.3: the MR is tilted, 4 mm off at the feet

The files are read rightly: values, origins and spacings are those of SimpleITK's reader, and a CT
whose first voxel has its middle, and not its corner, at −250 mm is off by half a millimetre at most.

At the end, registrations that are wrong on purpose, by 12 mm or 15°, are given to the verdict: it let
none of 12 pass, 6 of them of CT-PET pairs, which it calls registered when they are right.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import scipy
from numpy.typing import NDArray
from registration import limbs

from fusionviewer.imaging.image import Image
from fusionviewer.imaging.registration import _matched, moved, register
from fusionviewer.imaging.registration_levels import Level, blurred, body_box, prepared
from fusionviewer.imaging.registration_stages import FINEST_SHARE, levels_at
from fusionviewer.imaging.registration_verdict import doubts
from fusionviewer.imaging.transform import Transform, from_parts, rotation

Floats = NDArray[np.float64]

TISSUES = (
    0.0,
    0.2,
    0.48,
    0.66,
    1.0,
)  # air, fat, muscle, 130 HU, bone in a CT of −200…300 HU as 0…1
PET_BLUR_MM = 4.0  # sigma; of 2.5 to 4 mm it left the least residual
REACH_MM, STEP_MM = 10.0, 2.0
THIRDS = ("feet", "middle", "head")
MOST_PLACES = 3_000
FULL = 0.98  # of 0…1: hotter is tumour, which no tissue of the CT explains
PUSHES = (((12.0, 0, 0), (0.0, 0, 0)), ((0, 12.0, 0), (0, 0, 0)), ((0, 0, 0), (0, 0, 15.0)))


def tissues(ct: Level, blur_mm: float) -> list[Level]:
    """How much of each tissue but air is where, 0…1; between two of them both share."""
    shares = np.eye(len(TISSUES), dtype=np.float32)[:, 1:].T
    maps = [np.interp(ct.values, TISSUES, share).astype(np.float32) for share in shares]
    levels = [replace(ct, values=one) for one in maps]
    return [blurred(one, blur_mm) for one in levels] if blur_mm else levels


def thirds(image: Image, random: np.random.Generator) -> Iterator[tuple[Floats, Floats]]:
    """Positions (N, 3) and values (N,) of each third from the feet, without the voxels at the border."""
    level = prepared(image)
    inner = scipy.ndimage.binary_erosion(level.inside, np.ones((3, 3, 3)))
    if image.modality == "PT":
        inner &= level.values < FULL
    voxels = np.argwhere(inner)
    order = np.argsort(level.grid.position(voxels)[:, 2], kind="stable")
    for part in np.array_split(voxels[order], 3):
        some = random.permutation(part)[:MOST_PLACES]
        yield level.grid.position(some), level.values[tuple(some.T)].astype(np.float64)


def shift_mm(parts: list[Level], positions: Floats, values: Floats) -> tuple[Floats, float]:
    """Where the CT's content lies in the other image, (x, y) in mm, and how many times more residual
    there is without that shift."""
    steps = np.arange(-REACH_MM, REACH_MM + STEP_MM / 2, STEP_MM)
    left = np.array(
        [[residual(parts, positions - (x, y, 0), values) for y in steps] for x in steps]
    )
    best = np.unravel_index(int(left.argmin()), left.shape)
    middle = len(steps) // 2
    found = [steps[i] + _between(line, i) for i, line in zip(best, _lines(left, best), strict=True)]
    return np.array(found), float(left[middle, middle] / left.min())


def _lines(left: Floats, best: tuple[np.intp, ...]) -> tuple[Floats, Floats]:
    return left[:, best[1]], left[best[0]]


def _between(line: Floats, i: np.intp) -> float:
    """The lowest place of the parabola through a minimum and its neighbours, from there."""
    if not 0 < i < len(line) - 1:
        return 0.0
    before, here, after = line[i - 1 : i + 2]
    return float(STEP_MM * (before - after) / (2 * (before - 2 * here + after)))


def residual(parts: list[Level], positions: Floats, values: Floats) -> float:
    where = parts[0].grid.index(positions).T
    seen = np.stack(
        [scipy.ndimage.map_coordinates(p.values, where, order=1, mode="nearest") for p in parts], -1
    ).astype(np.float64)
    weights = np.linalg.solve(seen.T @ seen + 1e-3 * np.eye(len(parts)), seen.T @ values)
    return float(((seen @ weights - values) ** 2).sum())


def told(ct: Image, other: Image, name: str) -> None:
    parts = tissues(prepared(ct), PET_BLUR_MM if other.modality == "PT" else 0.0)
    random = np.random.default_rng(3)
    found = [shift_mm(parts, *third) for third in thirds(other, random)]
    lengths = [np.linalg.norm(shift) for shift, _ in found]
    each = "  ".join(
        f"{third} {shift[0]:+5.1f} {shift[1]:+5.1f} (×{more:.2f})"
        for third, (shift, more) in zip(THIRDS, found, strict=True)
    )
    print(f"   {name:18s} {each}   mean {np.mean(lengths):.1f} mm", flush=True)


def wrong_on_purpose(fixed: Image, moving: Image, right: Transform) -> None:
    """How many pushed registrations the verdict lets pass."""
    levels = levels_at(*_matched(fixed, moving), FINEST_SHARE)
    center = body_box(levels[0]).mean(axis=0)
    pushed = [from_parts(rotation(turn), center, center + shift) for shift, turn in PUSHES]
    passed = sum(
        not doubts(*levels, [right.compose(push)], lambda: None, 2, seed=7) for push in pushed
    )
    print(f"   wrong by 12 mm or 15°: {passed} of {len(pushed)} not doubted", flush=True)


def main() -> None:
    cases = [case for case in limbs() if case[1].modality == "CT"]
    ends = []
    for name, fixed, moving, _ in cases:
        print(name, flush=True)
        told(fixed, moving, "as stored")
        found = register(fixed, moving)
        told(fixed, moved(moving, found.transform), "after registration")
        ends.append(found)
    for (name, fixed, moving, _), found in zip(cases, ends, strict=True):
        print(name, *found.doubts, flush=True)
        wrong_on_purpose(fixed, moving, found.transform)


if __name__ == "__main__":
    main()
