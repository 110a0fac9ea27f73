"""Cases in the folder layout of BraTS 2019.

`{HGG,LGG}/<case>/<case>_{flair,t1,t1ce,t2,seg}.nii.gz`, where the folder is the label.

Source: https://www.med.upenn.edu/cbica/brats2019/data.html
"""

import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from nibabel.filebasedimages import ImageFileError
from nibabel.loadsave import load
from nibabel.spatialimages import SpatialImage
from numpy.typing import NDArray

from fusionviewer.errors import UnreadableFile
from training.errors import DataError

TRAINING = "MICCAI_BraTS_2019_Data_Training"
GRADES = ("LGG", "HGG")  # the place is the label
VOLUMES = ("flair", "t1", "t1ce", "t2", "seg")
READ = ("t2", "flair", "seg")  # the others may be missing
ENDINGS = (".nii.gz", ".nii")
MOST_VOXELS = 512**3
LAYOUT = f"The layout is that of BraTS 2019: {TRAINING}/HGG/<case>/<case>_t2.nii.gz and so on."

Volume = NDArray[np.float32]  # (X, Y, Z); axial slices are [:, :, z]


@dataclass(frozen=True)
class Case:
    """One patient: where the volumes lie. `grade` is 1 for high-grade glioma."""

    name: str
    grade: int
    files: dict[str, Path]


def find_cases(root: Path) -> list[Case]:
    """All cases below `root`, by name; `root` holds HGG and LGG, or the folder that does.

    Raises:
        DataError: a grade has no cases, a file is missing, or one does not belong there.
    """
    root = root / TRAINING if (root / TRAINING).is_dir() else root
    cases = []
    for grade, folder in enumerate(GRADES):
        entries = _visible(root / folder)
        if not entries:
            raise DataError(f"“{root.name}” has no cases in a folder “{folder}”.", LAYOUT)
        cases += [_case(entry, grade) for entry in entries]
    names = [case.name for case in cases]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise DataError(f"The case {twice[0]} is in both HGG and LGG.", LAYOUT)
    return sorted(cases, key=lambda case: case.name)


def read_volumes(case: Case) -> tuple[Volume, Volume, NDArray[np.bool_]]:
    """T2, FLAIR and the mask of the whole tumour, all of one shape.

    Raises:
        UnreadableFile: a volume is broken, of another shape, or holds no finite numbers.
        DataError: the segmentation is empty.
    """
    t2, flair, labels = (_read(case.files[name]) for name in READ)
    for name, volume in (("flair", flair), ("seg", labels)):
        if volume.shape != t2.shape:
            raise UnreadableFile(case.files[name], "has another size than the T2 volume", LAYOUT)
    mask = labels > 0
    if not mask.any():
        raise DataError(f"The segmentation of {case.name} marks no tumour.", LAYOUT)
    return t2, flair, mask


def _visible(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def _case(folder: Path, grade: int) -> Case:
    if not folder.is_dir():
        raise DataError(f"“{folder.name}” in {GRADES[grade]} is not the folder of a case.", LAYOUT)
    name = folder.name
    known = {f"{name}_{v}{ending}": v for v in VOLUMES for ending in ENDINGS}
    files = {}
    for path in _visible(folder):
        if path.name not in known:
            raise DataError(f"“{path.name}” does not belong to the case {name}.", LAYOUT)
        files[known[path.name]] = path
    if missing := [v for v in READ if v not in files]:
        raise DataError(f"The case {name} has no file “{name}_{missing[0]}.nii.gz”.", LAYOUT)
    return Case(name, grade, files)


def _read(path: Path) -> Volume:
    try:
        image = load(path)
        if not isinstance(image, SpatialImage) or len(image.shape) != 3:
            raise UnreadableFile(path, "is not a volume", LAYOUT)
        if not 0 < np.prod(image.shape, dtype=np.int64) <= MOST_VOXELS:
            raise UnreadableFile(path, f"has the impossible size {image.shape}", LAYOUT)
        pixels: Volume = np.asarray(image.dataobj, dtype=np.float32)
    except (OSError, EOFError, ValueError, zlib.error, gzip.BadGzipFile, ImageFileError) as error:
        raise UnreadableFile(path, "could not be read") from error
    if not np.isfinite(pixels).all():
        raise UnreadableFile(path, "holds values that are not numbers")
    return pixels
