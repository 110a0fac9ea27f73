"""From volumes to the tumour slices that are fused and classified."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from training.classify.brats import Case, Volume, read_volumes
from training.classify.settings import Settings
from training.errors import DataError

Slices = NDArray[np.float32]  # (N, S, S), within 0…1, background 0


@dataclass(frozen=True, eq=False)
class Patient:
    """The kept slices of one case; `fused` is None until they are fused."""

    name: str
    grade: int
    t2: Slices
    flair: Slices
    fused: Slices | None = None

    def channels(self, which: str) -> Slices:
        """The input `which` of settings.INPUTS as (N, C, S, S)."""
        if which == "both":
            return np.stack((self.t2, self.flair), axis=1)
        chosen = {"t2": self.t2, "flair": self.flair, "fused": self.fused}[which]
        if chosen is None:
            raise ValueError(f"the slices of {self.name} are not fused yet")
        return chosen[:, None]


def read_patients(
    cases: Sequence[Case], settings: Settings, cache: Path, tell: Callable[[str], None]
) -> list[Patient]:
    """Every case's slices, possibly none; `cache` keeps them for the next time.

    Raises:
        UnreadableFile, DataError: see `read_volumes` and `tumour_slices`.
    """
    cache.mkdir(parents=True, exist_ok=True)
    patients = []
    for number, case in enumerate(cases, start=1):
        path = cache / f"{case.name}.npz"
        if not path.exists():
            t2, flair = tumour_slices(case, settings)
            store(path, t2=t2, flair=flair)
            tell(f"prepared {case.name} ({number}/{len(cases)}): {len(t2)} slices")
        with np.load(path) as arrays:
            patients.append(Patient(case.name, case.grade, arrays["t2"], arrays["flair"]))
    return patients


def tumour_slices(case: Case, settings: Settings) -> tuple[Slices, Slices]:
    """The slices of T2 and FLAIR that show enough tumour, (N, S, S) each.

    Raises:
        UnreadableFile: a volume is broken.
        DataError: a volume is not positive anywhere in the tumour.
    """
    t2, flair, mask = read_volumes(case)
    if settings.resampling == "crop":
        box = _box(mask)
        t2, flair, mask = t2[box], flair[box], mask[box]
    regions = []
    for name, volume in (("T2", t2), ("FLAIR", flair)):
        region = resampled(volume * mask, settings.side)
        region = np.clip(region, 0, None)  # a filter of the scanner may have left negative values
        if (largest := region.max()) <= 0:
            raise DataError(f"{name} of {case.name} is black in the whole tumour.", "")
        regions.append(np.moveaxis(region / largest, 2, 0))  # Z S S
    kept = np.mean(regions[0] > 0, axis=(1, 2)) >= settings.least_share
    first, second = (np.ascontiguousarray(region[kept], dtype=np.float32) for region in regions)
    return first, second


def resampled(volume: Volume, side: int) -> Volume:
    """(X, Y, Z) → (side, side, side), trilinear, outer borders aligned."""
    given = torch.from_numpy(np.ascontiguousarray(volume, dtype=np.float32))[None, None]
    cube = F.interpolate(given, size=(side,) * 3, mode="trilinear", align_corners=False)
    return np.asarray(cube[0, 0].numpy())


def store(path: Path, **arrays: NDArray[np.float32]) -> None:
    """Write beside and rename, so that a file that is there is whole."""
    beside = path.with_suffix(".part")
    with beside.open("wb") as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
    beside.replace(path)


def _box(mask: NDArray[np.bool_]) -> tuple[slice, ...]:
    """The smallest box that holds the mask."""
    spans = (np.flatnonzero(mask.any(axis=others)) for others in ((1, 2), (0, 2), (0, 1)))
    return tuple(slice(int(span[0]), int(span[-1]) + 1) for span in spans)
