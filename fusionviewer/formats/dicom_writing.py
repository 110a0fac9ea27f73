"""DICOM data sets as files: encoding, identifiers, numbers, codes."""

import hashlib
import re
from collections.abc import Iterable
from datetime import datetime
from io import BytesIO

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import UID, ExplicitVRLittleEndian
from pydicom.valuerep import DSfloat, format_number_as_ds

from fusionviewer.imaging.geometry import Grid

IMPLEMENTATION_NAME = "FUSIONVIEWER"
UTF_8 = "ISO_IR 192"


def encoded(dataset: Dataset) -> bytes:
    """`dataset` as a DICOM file, Explicit VR Little Endian, with an empty preamble.

    Source: DICOM PS3.10 section 7.1.
    """
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = uid_of("implementation")
    meta.ImplementationVersionName = IMPLEMENTATION_NAME
    dataset.file_meta = meta
    buffer = BytesIO()
    pydicom.dcmwrite(buffer, dataset, enforce_file_format=True)
    return buffer.getvalue()


def uid_of(*parts: object) -> UID:
    """A UID that depends on `parts` alone, under 2.25.

    Source: DICOM PS3.5 B.2 (UUID derived UIDs); RFC 9562, version 8 UUIDs, from a SHA-256.
    """
    digest = hashlib.sha256("\0".join(map(str, ("FusionViewer", *parts))).encode()).digest()
    number = int.from_bytes(digest[:16], "big")
    number = (number & ~(0xF << 76)) | (8 << 76)
    number = (number & ~(3 << 62)) | (2 << 62)
    return UID(f"2.25.{number}")


def decimal(value: float) -> DSfloat:
    """A decimal string: at most 16 characters, and a value that is exactly what they say.

    Source: DICOM PS3.5 section 6.2 (DS).
    """
    return DSfloat(format_number_as_ds(float(value)))


def decimals(values: Iterable[float]) -> list[DSfloat]:
    return [decimal(value) for value in np.asarray(list(values), dtype=np.float64) + 0.0]


def code(value: str, scheme: str, meaning: str) -> Dataset:
    """An item of a code sequence (PS3.3 section 8)."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def sequence(*items: Dataset) -> Sequence:
    return Sequence(items)


def put_plane(dataset: Dataset, grid: Grid, slice_index: int) -> None:
    """The place of one slice of `grid`.

    Source: DICOM PS3.3 C.7.6.2 (Image Plane). The direction of a row comes first: the one in which
    the column index grows.
    """
    dataset.PixelSpacing = decimals(grid.spacing[1:])
    dataset.SliceThickness = decimal(grid.spacing[0])
    dataset.SpacingBetweenSlices = decimal(grid.spacing[0])
    dataset.ImageOrientationPatient = decimals([*grid.axes[2], *grid.axes[1]])
    dataset.ImagePositionPatient = decimals(grid.position([slice_index, 0, 0]))


def put_time(dataset: Dataset, when: datetime, *prefixes: str) -> None:
    """Date and time elements by their prefix: "Study", "Content", "InstanceCreation"."""
    for prefix in prefixes:
        setattr(dataset, f"{prefix}Date", when.strftime("%Y%m%d"))
        setattr(dataset, f"{prefix}Time", when.strftime("%H%M%S"))


def clean(text: str, limit: int) -> str:
    """One line without what DICOM text may not hold: backslashes and control characters."""
    return re.sub(r"[\x00-\x1f\x7f\\]+", " ", text).strip()[:limit]
