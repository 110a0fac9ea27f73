"""The sample patient: one computed head, seen by CT, MR (T1, T2), PET and SPECT.

CT and MR share a grid; PET and SPECT have coarser ones, in the same frame of reference. The same
head is written as DICOM series, as NIfTI and as pairs of pictures, the same bytes every time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Picture
from pydicom.dataset import Dataset

from fusionviewer.errors import ExportError
from fusionviewer.formats.dicom_writing import encoded
from fusionviewer.formats.export_nifti import nifti_bytes
from fusionviewer.formats.provenance import NOTICE, as_levels
from fusionviewer.formats.sample_dicom import Scan, ct, dataset, mr, pet, spect
from fusionviewer.formats.writing import new_folder, require_folder_place
from fusionviewer.imaging.color import coloured
from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.phantom import SEED, axial_grid, head, scanned
from fusionviewer.imaging.resample import resampled
from fusionviewer.imaging.windowing import Window, windowed
from fusionviewer.texts import text as _

Progress = Callable[[int, int], None]  # steps done, steps in all
Check = Callable[[], None]

FINE = axial_grid(256, 0.9, 40, 3.0, -44.0)
PET_GRID = axial_grid(128, 2.0, 47, 3.27, -62.0)
SPECT_GRID = axial_grid(128, 3.0, 50, 3.0, -60.0)
GRIDS = {"CT": FINE, "T1": FINE, "T2": FINE, "PET": PET_GRID, "SPECT": SPECT_GRID}
TOGETHER = (("CT", "T1", "T2"), ("PET",), ("SPECT",))  # what shares a grid is computed at once
_SLICES = sum(GRIDS[names[0]].shape[0] for names in TOGETHER)
WRITING_STEPS = 30  # of the progress, for each kind of file
PAIRS = {"CT-MRI": ("CT", "T2"), "PET-MRI": ("PET", "T1"), "SPECT-MRI": ("SPECT", "T2")}
PALETTE = "hot-iron"
FLOOR = 0.02
README = "README.txt"
TEXT = f"""The sample patient of FusionViewer: a digital head phantom, computed.
No real patient's data is in it. {NOTICE}

DICOM/   CT, T1, T2, PET and SPECT of one patient in one frame of reference
NIfTI/   the same volumes
PNG/     pairs of slices; PET and SPECT are in colour

A tumour with oedema lies on the patient's left. Values: HU, SUV by body weight, counts.
"""


@dataclass(frozen=True)
class _Kind:
    """How one contrast is stored; `scaled`: every slice with a slope of its own."""

    modality: str
    number: int
    description: str
    header: Callable[[Scan, Dataset], None]
    window: Window
    bits: int = 12
    intercept: float = 0.0
    scaled: bool = False


_KINDS = {
    "CT": _Kind("CT", 1, "CT head", ct, Window(40, 80), intercept=-1024.0),
    "T1": _Kind("MR", 2, "MR T1", mr, Window.between(40, 950)),
    "T2": _Kind("MR", 3, "MR T2", mr, Window.between(40, 1000)),
    "PET": _Kind("PT", 4, "PET FDG, SUV", pet, Window.between(0, 9), bits=16, scaled=True),
    "SPECT": _Kind("NM", 5, "SPECT perfusion", spect, Window.between(0, 95), bits=16),
}  # fmt: skip


def write_sample(
    folder: Path,
    progress: Progress = lambda _done, _total: None,
    check: Check = lambda: None,
    *,
    overwrite: bool = False,
) -> None:
    """Make `folder` with DICOM/, NIfTI/, PNG/ and README.txt in it: all of them, or nothing.

    With `overwrite`, an earlier sample in its place is replaced; other files never are.

    Raises:
        ExportError: nothing was written.
        Exception: whatever `check` raises; then nothing was written either.
    """
    require_folder_place(folder, overwrite=overwrite, ours=_is_ours)
    _make_parent(folder)
    total = _SLICES + WRITING_STEPS * len(_PARTS)
    scans = sample_scans(lambda done, _slices: progress(done, total), check)
    with new_folder(folder, overwrite=overwrite, ours=_is_ours) as part:
        for done, (name, write) in enumerate(_PARTS.items(), start=1):
            (part / name).mkdir()
            write(part / name, scans, check)
            progress(_SLICES + WRITING_STEPS * done, total)
        (part / README).write_text(TEXT, encoding="utf-8", newline="\n")


def _make_parent(folder: Path) -> None:
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExportError(
            _("The folder for “{name}” could not be made.", name=folder.name)
        ) from error


def sample_is_whole(folder: Path) -> bool:
    """Whether `folder` holds a sample that was written to its end."""
    return (folder / README).is_file() and all((folder / name).is_dir() for name in _PARTS)


def sample_scans(
    progress: Progress = lambda _done, _total: None, check: Check = lambda: None
) -> dict[str, Scan]:
    """CT, T1, T2, PET and SPECT, computed; nothing is written."""
    done = 0
    scans: dict[str, Scan] = {}
    for names in TOGETHER:
        grid = GRIDS[names[0]]
        clean = head(grid, names, check, _later(progress, done))
        done += grid.shape[0]
        for channel, name in zip(clean, names, strict=True):
            scans[name] = _stored(name, scanned(channel, name, grid, _generator(name)), grid)
    return scans


def _later(progress: Progress, before: int) -> Progress:
    return lambda done, _slices: progress(before + done, _SLICES)


def _generator(name: str) -> np.random.Generator:
    return np.random.default_rng([SEED, _KINDS[name].number])


def _stored(name: str, values: NDArray[np.float32], grid: Grid) -> Scan:
    kind = _KINDS[name]
    slopes = np.ones(len(values))
    if kind.scaled:
        highest = values.max(axis=(1, 2)).astype(np.float64)
        slopes = np.round(np.maximum(highest, 1e-3) / 32767, 10)
    levels = np.round((values - kind.intercept) / slopes[:, None, None])
    stored = np.clip(levels, 0, 2**kind.bits - 1).astype(np.uint16)
    return Scan(
        name, kind.modality, kind.number, kind.description, grid, stored, slopes,
        kind.intercept, kind.window, kind.bits, kind.header,
    )  # fmt: skip


def _write_dicom(folder: Path, scans: dict[str, Scan], check: Check) -> None:
    for name, scan in scans.items():
        (folder / name).mkdir()
        for s in range(len(scan.stored)):
            check()
            (folder / name / f"IM{s + 1:04d}.dcm").write_bytes(encoded(dataset(scan, s)))


def _write_nifti(folder: Path, scans: dict[str, Scan], check: Check) -> None:
    for name, scan in scans.items():
        check()
        slope, stored = 1.0, scan.stored.astype(np.int16)
        if (scan.slopes != 1).any():  # one slope serves the whole file
            slope = float(scan.values.max()) / 32767
            stored = np.round(scan.values / slope).astype(np.int16)
        data = nifti_bytes(
            stored, scan.grid, f"FusionViewer sample patient. {NOTICE}",
            packed=True, slope=slope, intercept=scan.intercept,
        )  # fmt: skip
        (folder / _nifti_name(name)).write_bytes(data)


def _write_png(folder: Path, scans: dict[str, Scan], check: Check) -> None:
    for pair, (first, second) in PAIRS.items():
        for side, name in zip(pair.split("-"), (first, second), strict=True):
            target = folder / pair / side
            target.mkdir(parents=True)
            for s, picture in enumerate(_pictures(scans[name])):
                check()
                Picture.fromarray(picture).save(target / f"{s + 1:02d}.png", "PNG")


def _pictures(scan: Scan) -> NDArray[np.uint8]:
    """Every slice on the fine grid: (S, H, W), or (S, H, W, 3) for PET and SPECT."""
    image = Image(scan.name, scan.values, scan.modality, grid=scan.grid)
    if scan.grid is not FINE:
        image = resampled(image, FINE)
    shown = windowed(np.asarray(image.values), scan.window)
    shown[shown < FLOOR] = 0  # background that is exactly black stays so when fused
    if scan.modality in ("CT", "MR"):
        return as_levels(shown)
    return np.stack([as_levels(coloured(plane, PALETTE)) for plane in shown])


def _is_ours(entry: Path) -> bool:
    """Whether an entry of the folder is one that a sample has, with nothing else in it."""
    if entry.name == README:
        return True
    known = {
        "DICOM": set(GRIDS),
        "NIfTI": {_nifti_name(name) for name in GRIDS},
        "PNG": set(PAIRS),
    }.get(entry.name, set())
    return entry.is_dir() and all(inner.name in known for inner in entry.iterdir())


def _nifti_name(name: str) -> str:
    return f"{'MR_' if _KINDS[name].modality == 'MR' else ''}{name}.nii.gz"


_PARTS: dict[str, Callable[[Path, dict[str, Scan], Check], None]] = {
    "DICOM": _write_dicom,
    "NIfTI": _write_nifti,
    "PNG": _write_png,
}
