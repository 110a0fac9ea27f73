"""Pairs to learn from out of registered volumes, as the viewer would open them."""

from itertools import combinations
from pathlib import Path

import torch

from fusionviewer.errors import FusionViewerError
from fusionviewer.formats.reading import open_images
from fusionviewer.imaging.display import opening_look, shown
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.pair import make_pair
from training.datasets import Pair
from training.errors import DataError

LEAST_SEEN = 0.1  # of a slice, in both images, or there is nothing to learn
HINT = "Name folders with registered volumes, NIfTI or DICOM, as volumes in the recipe."
EVERY = 2  # neighbouring slices are nearly the same
_NAMES = {"MR": "MRI", "PT": "PET", "NM": "SPECT"}  # of DICOM's modalities


def registered_pairs(folder: Path) -> list[Pair]:
    """Every two of the volumes in `folder`, slice by slice, (1, H, W) each within 0…1.

    They are shown with the windows that they open with. Their kind is the pair of modalities, “MRI-MRI”.

    Raises:
        DataError: the folder is missing, or has no two volumes that lie in one place.
    """
    if not folder.is_dir():
        raise DataError(f"There is no folder “{folder.name}” in FUSIONVIEWER_DATA.", HINT)
    files = sorted(
        path for path in folder.iterdir() if path.suffix in (".gz", ".nii") or path.is_dir()
    )
    try:
        images = [image for file in files for image in open_images([file])]
        found = [s for a, b in combinations(images, 2) for s in _slices(a, b)]
    except FusionViewerError as error:
        raise DataError(f"The volumes of “{folder.name}” make no pairs: {error}", HINT) from error
    if not found:
        raise DataError(
            f"“{folder.name}” has no two volumes that show something at one place.", HINT
        )
    return found


def _slices(a: Image, b: Image) -> list[Pair]:
    pair = make_pair(a, b)
    kind = "-".join(_NAMES.get(x.modality, x.modality) for x in (pair.a, pair.b))
    pairs = []
    for s in range(0, pair.shape[0], EVERY):
        planes = [shown(x, s, opening_look(x)).grey for x in (pair.a, pair.b)]
        if all((plane > 0).mean() >= LEAST_SEEN for plane in planes):
            first, second = (torch.from_numpy(plane.copy())[None] for plane in planes)
            pairs.append(Pair(kind, f"{a.name} {b.name} {s}", first, second))
    return pairs
