"""Invented patients in the layout of BraTS 2019, to check the way from files to report.

A high-grade tumour is a ring, dark inside with a bright rim; a low-grade one is even.
Position, size, brightness and noise vary. They look like tumours to a network, not to a
radiologist.
"""

from pathlib import Path

import nibabel
import numpy as np
from numpy.typing import NDArray

from training.classify.brats import GRADES, TRAINING
from training.errors import DataError

Volume = NDArray[np.float32]


def write_phantom(folder: Path, per_grade: int, side: int = 32, seed: int = 3407) -> Path:
    """Write `per_grade` cases of each grade below `folder`; the folder that holds the grades.

    Raises:
        DataError: there is something already.
    """
    root = folder / TRAINING
    if root.exists():
        raise DataError(f"“{folder.name}” already holds “{TRAINING}”.", "Name another folder.")
    for grade, name in enumerate(GRADES):
        for number in range(1, per_grade + 1):
            rng = np.random.default_rng((seed, grade, number))
            case = f"Phantom_{name}_{number:03}"
            _write_case(root / name / case, case, volumes(grade, side, rng))
    return root


def volumes(grade: int, side: int, rng: np.random.Generator) -> dict[str, Volume]:
    """The five volumes of one patient by name, (side, side, side)."""
    axes = np.meshgrid(*[np.linspace(-1, 1, side)] * 3, indexing="ij")
    radii, centre = rng.uniform(0.45, 0.7, 3), rng.uniform(-0.2, 0.2, 3)
    spans = ((x - c) / r for x, c, r in zip(axes, centre, radii, strict=True))
    distance = np.sqrt(sum(span**2 for span in spans))
    head = np.sqrt(sum(x**2 for x in axes)) < 0.95
    tumour = (distance < 1) & head
    core = distance < rng.uniform(0.7, 0.85)
    rim = tumour & ~core
    inside, outside = rng.uniform(0.35, 0.55), rng.uniform(0.75, 0.95)
    even = (inside + outside) / 2
    looks = {  # brightness of core and rim
        "t2": (inside, outside) if grade else (even, even),
        "flair": (inside + 0.1, outside) if grade else (even, even),
        "t1": (0.4, 0.4),
        "t1ce": (0.3, 0.9) if grade else (0.4, 0.4),
    }
    found: dict[str, Volume] = {"seg": (tumour + 3 * (tumour & core)).astype(np.float32)}
    scale = rng.uniform(300, 900)  # every scanner has its own
    for name, (middle, edge) in looks.items():
        values = 0.5 * head + (middle - 0.5) * (tumour & core) + (edge - 0.5) * rim
        noisy = values + 0.06 * rng.standard_normal(head.shape)
        found[name] = (scale * np.clip(noisy, 0.02, None) * head).astype(np.float32)
    return found


def _write_case(folder: Path, case: str, found: dict[str, Volume]) -> None:
    folder.mkdir(parents=True)
    for name, volume in found.items():
        image = nibabel.Nifti1Image(volume.astype(np.int16), np.eye(4))  # type: ignore[no-untyped-call]
        nibabel.save(image, folder / f"{case}_{name}.nii.gz")
