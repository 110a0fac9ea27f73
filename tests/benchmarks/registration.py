"""How near registrations come to the truth, and whether the verdict knows: tables on stdout.

`python tests/benchmarks/registration.py [MOVES] [SEED] [head|brain|limb ...]`

Each pair is moved MOVES times by random rigid transforms of up to 40° and 300 mm, and registered.
The target registration error is the mean over the eight corners of the fixed image's body.

head   the digital head, seen by CT, MR (two contrasts, one tilted, with a bias field of 30 %), PET and
       SPECT on grids of their own: the truth is exact
brain  a patient's T1, T2 and FLAIR, on one grid, the second cut to half its height or not
       (FUSIONVIEWER_DATA)
limb   CT, PET and MR of two patients, cut to the tumour (FUSIONVIEWER_DATA). Their files are no truth
       to 3 mm: the MR was taken weeks earlier and laid on the CT by other software, and a leg lies
       4 mm beside its CT in the PET, as `limbs.py` measures. So there are two errors: against the
       files' own geometry, and against where the same pair ends without being moved, which tells
       how well it repeats, not how right it is: CT to MR to PET and CT to PET end 2 to 3 mm apart in
       the middle of the MR and 6 to 11 at its corners. So little of a limb does not hold its turn.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from fusionviewer.formats.reading import open_images
from fusionviewer.formats.sample import GRIDS
from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.phantom import head, scanned
from fusionviewer.imaging.registration import moved, register
from fusionviewer.imaging.registration_levels import body_box, prepared
from fusionviewer.imaging.transform import IDENTITY, Transform, from_parts, rotation

Case = tuple[str, Image, Image, bool]  # name, fixed, moving, whether the stored geometry is exact
MODALITIES = {"CT": "CT", "T1": "MR", "T2": "MR", "PET": "PT", "SPECT": "NM"}
UNITS = {"CT": "HU", "PET": "SUV", "SPECT": "counts"}
BIAS = 0.3


def heads() -> Iterator[Case]:
    seen = {name: _scan(name) for name in MODALITIES}
    for names in ("CT T1", "CT T2", "T1 T2", "CT PET", "T2 PET", "CT SPECT", "T1 SPECT"):
        fixed, moving = names.split()
        yield f"head {names}", seen[fixed], seen[moving], True


def _scan(name: str) -> Image:
    """On the grid of the sample patient; the T1 tilted, thicker, and brighter to one side."""
    grid = GRIDS[name]
    if name == "T1":
        tilt = grid.axes @ rotation((14, 0, 5)).T
        grid = Grid((30, 200, 180), np.array([4.0, 1.1, 1.1]), np.zeros(3), tilt)
        middle = grid.position((np.array(grid.shape) - 1) / 2)
        grid = replace(grid, origin=np.array([0.0, 0.0, 15.0]) - middle)
    random = np.random.default_rng(len(name))
    values = scanned(head(grid, (name,))[0], name, grid, random)
    if name == "T1":
        values = values * np.linspace(1 - BIAS, 1 + BIAS, grid.shape[2], dtype=np.float32)
    return Image(name, values, MODALITIES[name], UNITS.get(name, "a.u."), grid=grid)


def brains() -> Iterator[Case]:
    folder = _data() / "nifti_t1_t2_flair"
    t1, t2, flair = (open_images(folder / f"{name}.nii.gz")[0] for name in ("T1", "T2", "FLAIR"))
    yield "brain T1 T2", t1, t2, True
    yield "brain T2 FLAIR", t2, flair, True
    yield "brain T1, half of FLAIR", t1, _lower_half(flair), True


def _lower_half(image: Image) -> Image:
    assert image.grid is not None
    half = image.shape[0] // 2
    grid = replace(image.grid, shape=(half, *image.shape[1:]))
    return replace(image, values=image.values[:half], grid=grid)


def limbs() -> Iterator[Case]:
    for patient in ("STS_002", "STS_025"):
        for names in ("CT PET", "CT MR_T1", "MR_T1 PET"):
            folders = (_data() / "sts_ct_pet_mr" / patient / name for name in names.split())
            fixed, moving = (open_images(folder)[0] for folder in folders)
            yield f"limb {patient} {names}", fixed, moving, False


def _data() -> Path:
    return Path(os.environ["FUSIONVIEWER_DATA"]) / "dicom"


GROUPS: dict[str, Callable[[], Iterator[Case]]] = {"head": heads, "brain": brains, "limb": limbs}


def random_move(image: Image, random: np.random.Generator) -> Transform:
    """Up to 40° about the middle of `image`, and up to 300 mm away."""
    turn, shift = random.normal(size=3), random.normal(size=3)
    assert image.grid is not None
    middle = image.grid.position((np.array(image.shape) - 1) / 2)
    turn *= random.uniform(0, 40) / np.linalg.norm(turn)
    shift *= random.uniform(0, 300) / np.linalg.norm(shift)
    return from_parts(rotation(turn), middle, middle + shift)


def error_mm(image: Image, one: Transform, other: Transform) -> float:
    box = body_box(prepared(image))
    return float(np.linalg.norm(one.apply(box) - other.apply(box), axis=1).mean())


def measure(case: Case, moves: int, random: np.random.Generator) -> list[tuple[float, ...]]:
    """Per move: errors by the files and by the unmoved pair, whether it is called registered, and seconds of
    processor time."""
    name, fixed, moving, exact = case
    rest = IDENTITY if exact else register(fixed, moving).transform
    stored = "" if exact else f"at rest {error_mm(fixed, rest, IDENTITY):.1f} mm"
    print(name, stored, flush=True)
    rows = []
    for _ in range(moves):
        truth = random_move(fixed, random)
        far = moved(moving, truth.inverse())
        start = time.process_time()
        found = register(fixed, far)
        used = time.process_time() - start
        errors = [error_mm(fixed, found.transform, truth.compose(one)) for one in (IDENTITY, rest)]
        rows.append((*errors, float(found.reliable), used))
        print(f"   {errors[0]:6.1f} {errors[1]:6.1f} mm {used:5.1f} s", *found.doubts, flush=True)
    return rows


def summary(name: str, rows: list[tuple[float, ...]]) -> None:
    table = np.array(rows)
    sure = table[:, 2] == 1
    print(f"== {name}: {len(rows)} moves, {sure.sum()} called registered, ", end="")
    print(f"{np.median(table[:, 3]):.1f} s of processor each, {table[:, 3].max():.1f} s at most")
    for column, told in enumerate(("files' geometry", "unmoved pair")):
        errors = table[:, column]
        print(
            f"   against the {told}: median {np.median(errors):.2f} mm, below 3 mm in "
            f"{(errors < 3).mean():.0%}, above 10 mm in {(errors > 10).sum()}, of those called "
            f"registered {(errors[sure] > 10).sum()} (worst {errors[sure].max(initial=0):.1f} mm)"
        )


def main(moves: int, seed: int, groups: list[str]) -> None:
    for group in groups or list(GROUPS):
        random = np.random.default_rng(seed)
        rows = [row for case in GROUPS[group]() for row in measure(case, moves, random)]
        summary(group, rows)


if __name__ == "__main__":
    counts = [int(text) for text in sys.argv[1:3]] + [3, 0][len(sys.argv[1:3]) :]
    main(counts[0], counts[1], sys.argv[3:])
