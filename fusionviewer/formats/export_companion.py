"""What was resampled as an image of its own kind, with its values: CT stays CT, PET stays PET.

Source: DICOM PS3.3 A.3 (CT Image), A.4 (MR Image), A.5 (NM Image), A.21 (PET Image).
"""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import (
    UID,
    CTImageStorage,
    MRImageStorage,
    NuclearMedicineImageStorage,
    PositronEmissionTomographyImageStorage,
    generate_uid,
)

from fusionviewer.formats.companion_header import (
    put_body,
    put_ct,
    put_ct_slice,
    put_mr,
    put_mr_slice,
    put_pet,
    put_pet_slice,
)
from fusionviewer.formats.derived_header import (
    agreed,
    as_sources,
    image_references,
    put_body_part,
    put_derivation,
    put_place,
    slices_read,
    stayed,
)
from fusionviewer.formats.derived_objects import Setting, new_object
from fusionviewer.formats.dicom_writing import decimal, put_time
from fusionviewer.formats.export_companion_nm import put_nm
from fusionviewer.formats.provenance import Provenance
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.pair import Pair
from fusionviewer.imaging.upright import UPRIGHT, in_memory

SERIES_NUMBER = 9010
HIGHEST = 32767  # of 16 bits with a sign; one below the lowest is left for padding


@dataclass(frozen=True)
class Kind:
    """An image object of a modality.

    Attributes:
        put: writes what all slices share: from the header, the unit and the number of slices.
        put_slice: writes what a slice takes from the source slice nearest to it; from its index.
    """

    sop_class: UID
    image_type: tuple[str, ...]
    put: Callable[[Dataset, Dataset, str, int], None]
    put_slice: Callable[[Dataset, Dataset, int], None]


KINDS = {
    "CT": Kind(CTImageStorage, ("DERIVED", "SECONDARY", "AXIAL"), put_ct, put_ct_slice),
    "MR": Kind(MRImageStorage, ("DERIVED", "SECONDARY", "OTHER"), put_mr, put_mr_slice),
    "PT": Kind(
        PositronEmissionTomographyImageStorage, ("DERIVED", "PRIMARY"), put_pet, put_pet_slice
    ),
}


def moved(pair: Pair) -> Iterator[tuple[Image, Image]]:
    """Each source that was resampled, as it lies on the pair's grid and as it was read.

    Without those of no kind that has an image object for values.
    """
    for shown, native in zip((pair.a, pair.b), pair.native, strict=True):
        known = native.modality in KINDS or native.modality == "NM"
        if not stayed(pair, native) and known and native.rgb is None:
            yield in_memory(shown), native


def companion(where: Setting) -> list[Dataset]:
    """A series for each source of a pair that was resampled: one object per slice, or one for all of NM.

    One source was resampled, or both where the pair is seen in the patient's planes; none where nothing
    was. A stored value is at most half a step from the value, and the step is the smallest power of two
    that spreads the image over 15 bits. Voxels where nothing was measured are Pixel Padding Value.
    """
    where, objects = replace(where, provenance=_how(where)), []
    for number, (shown, native) in enumerate(moved(where.pair), start=SERIES_NUMBER):
        make = _nuclear if native.modality == "NM" else _slices
        for one in make(where, shown, native):
            one.SeriesNumber = number
            objects.append(one)
    return objects


def _nuclear(where: Setting, shown: Image, native: Image) -> list[Dataset]:
    """All slices in one object, as nuclear medicine has them."""
    grid = where.pair.grid
    assert grid is not None  # nothing is resampled without one
    d, header = _started(where, native, NuclearMedicineImageStorage)
    put_place(d, where.pair, 0, where.frame_uid)
    put_derivation(d, where.pair, 0, where.provenance)
    _put_sources(d, as_sources(image_references(native, range(native.shape[0])), "NO"))
    d.AcquisitionDate = d.AcquisitionTime = ""
    put_nm(d, header, np.asarray(shown.values), grid, native.unit)
    d.WindowCenter, d.WindowWidth = decimal(shown.window.center), decimal(shown.window.width)
    return [d]


def _started(where: Setting, native: Image, sop_class: UID) -> tuple[Dataset, Dataset]:
    """What every object of the series shares, and the header that it is taken from."""
    headers = native.source.headers
    header = headers[0] if headers else Dataset()
    said = f"Resampled {native.source.series_description or native.name}, not for diagnosis"
    d = new_object(where, sop_class, native.modality, SERIES_NUMBER, said)
    put_body_part(d, where.pair)
    if agreed(where.pair):
        put_body(d, header)
    put_time(d, where.when, "Content")
    return d, header


def _slices(where: Setting, shown: Image, native: Image) -> list[Dataset]:
    kind = KINDS[native.modality]
    slope, stored, padding = as_stored(np.asarray(shown.values), shown.padding)
    first, header = _started(where, native, kind.sop_class)
    first.ImageType = list(kind.image_type)
    kind.put(first, header, native.unit, len(stored))
    slices = []
    for s, pixels in enumerate(stored):
        d = deepcopy(first)  # setting an element of an updated data set would set it in both
        d.SOPInstanceUID, d.InstanceNumber = generate_uid(prefix=None), s + 1
        kind.put_slice(d, _nearest_header(where.pair, native, s), s + 1)
        _put_image(d, where, native, s)
        _put_values(d, pixels, slope, padding)
        d.WindowCenter, d.WindowWidth = decimal(shown.window.center), decimal(shown.window.width)
        slices.append(d)
    return slices


def _how(where: Setting) -> Provenance:
    """What was done to the sources: nothing of the fusion is in it."""
    said = where.provenance
    upright = UPRIGHT in where.pair.notes
    target = "to the patient's axes" if upright else "onto the grid of the other image"
    return Provenance(
        f"Resampled {target} by linear interpolation",
        alignment=said.alignment,
        notes=said.notes,
        version=said.version,
    )


def as_stored(
    values: NDArray[np.float32], padding: NDArray[np.bool_] | None
) -> tuple[float, NDArray[np.int16], int | None]:
    """The step between stored values, the stored values, and the one that stands for padding."""
    measured = np.isfinite(values) if padding is None else np.isfinite(values) & ~padding
    highest = float(np.abs(values[measured]).max(initial=0.0))
    slope = 2.0 ** np.ceil(np.log2(highest / HIGHEST)) if highest > 0 else 1.0
    slope = float(decimal(float(slope)))
    stored = np.zeros(values.shape, dtype=np.int16)
    stored[measured] = np.round(values[measured] / slope).astype(np.int16)
    if measured.all():
        return slope, stored, None
    mark = int(stored[measured].min(initial=0)) - 1
    stored[~measured] = mark
    return slope, stored, mark


def _nearest_header(pair: Pair, native: Image, slice_index: int) -> Dataset:
    """The header of the source slice in the middle of those that a slice was made from."""
    headers = native.source.headers
    if not headers:
        return Dataset()
    used = slices_read(pair, native, slice_index)
    middle = (used.start + used.stop - 1) // 2
    header: Dataset = headers[min(max(middle, 0), len(headers) - 1)]
    return header


def _put_image(d: Dataset, where: Setting, native: Image, slice_index: int) -> None:
    """Place and origin; the references are those of this source alone."""
    put_place(d, where.pair, slice_index, where.frame_uid)
    put_derivation(d, where.pair, slice_index, where.provenance)
    own = set(native.source.instance_uids)
    of_both = d.get("SourceImageSequence") or ()
    _put_sources(d, [r for r in of_both if r.ReferencedSOPInstanceUID in own])


def _put_sources(d: Dataset, references: list[Dataset]) -> None:
    if references:
        d.SourceImageSequence = references
    elif "SourceImageSequence" in d:  # beyond the end of the source
        del d.SourceImageSequence


def _put_values(d: Dataset, pixels: NDArray[Any], slope: float, padding: int | None) -> None:
    """Source: DICOM PS3.3 C.7.6.3, C.7.5.1.1.2 (padding), C.8.2.1, C.8.9.4 (an intercept of 0)."""
    d.Rows, d.Columns = pixels.shape
    d.SamplesPerPixel, d.PhotometricInterpretation = 1, "MONOCHROME2"
    d.BitsAllocated, d.BitsStored, d.HighBit, d.PixelRepresentation = 16, 16, 15, 1
    d.RescaleSlope, d.RescaleIntercept = decimal(slope), decimal(0)
    if padding is not None:
        d.add_new("PixelPaddingValue", "SS", padding)
    d.PixelData = np.ascontiguousarray(pixels, dtype="<i2").tobytes()
    d["PixelData"].VR = "OW"
