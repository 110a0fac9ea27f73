"""How near registrations come to the truth, and whether the verdict knows: a table on stdout.

`python tests/benchmarks/registration.py [MOVES] [SEED]`, with FUSIONVIEWER_DATA set. The examinations
of two patients (CT, PET, MR of a limb, cut to the tumour) are moved by random rigid transforms of up
to 40° and 300 mm. The target registration error is the mean over the eight corners of the body.

As stored, these examinations do not lie on each other to 3 mm: the limb moved in between (for one
patient the outlines of CT and PET, by their centres, are 4 mm apart). So there are two columns: the
error against the files' own geometry, and against where the same pair ends without being moved.
"""

import os
import sys
import time
from pathlib import Path

import numpy as np

from fusionviewer.formats.reading import open_images
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.registration import moved, register
from fusionviewer.imaging.registration_levels import body_box, prepared
from fusionviewer.imaging.transform import IDENTITY, Transform, from_parts, rotation

PAIRS = (("CT", "PET"), ("CT", "MR_T1"), ("MR_T1", "PET"))


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


def main(moves: int, seed: int) -> None:
    folder = Path(os.environ["FUSIONVIEWER_DATA"]) / "dicom" / "sts_ct_pet_mr"
    random = np.random.default_rng(seed)
    rows = []
    for patient in ("STS_002", "STS_025"):
        for names in PAIRS:
            fixed, moving = (open_images(folder / patient / name)[0] for name in names)
            rest = register(fixed, moving)
            stored = error_mm(fixed, rest.transform, IDENTITY)
            print(f"{patient} {names[0]}-{names[1]} at rest {stored:.1f} mm", rest.doubts)
            for _ in range(moves):
                truth = random_move(fixed, random)
                start = time.process_time()
                found = register(fixed, moved(moving, truth.inverse()))
                errors = [
                    error_mm(fixed, found.transform, one)
                    for one in (truth, truth.compose(rest.transform))
                ]
                rows.append((*errors, found.reliable))
                used = time.process_time() - start
                print(
                    f"   {errors[0]:6.1f} {errors[1]:6.1f} mm  {used:4.1f} s",
                    *found.doubts,
                    flush=True,
                )
    table = np.array(rows, dtype=float)
    sure = table[:, 2] == 1
    print(f"{len(rows)} moves, {sure.sum()} called registered")
    for column, name in enumerate(("files' geometry", "unmoved pair")):
        errors = table[:, column]
        print(
            f"against the {name}: below 3 mm in {(errors < 3).mean():.0%}, of those called "
            f"registered in {(errors[sure] < 3).mean():.0%}; called registered above 10 mm: "
            f"{(errors[sure] > 10).sum()}"
        )


if __name__ == "__main__":
    main(*(int(text) for text in (*sys.argv[1:], "3", "0")[:2]))
