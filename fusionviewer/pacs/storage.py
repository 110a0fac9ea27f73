"""Kinds of objects that are fetched, and names for their files.

Source: DICOM PS3.4 B.5 (Storage SOP Classes); PS3.5 section 9 (UIDs).
"""

import hashlib
import re

from pydicom.uid import (
    JPEG2000,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

SYNTAXES: list[str | UID] = [
    ExplicitVRLittleEndian, ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian,
    JPEGLosslessSV1, JPEGLSLossless, JPEG2000Lossless, RLELossless, JPEGBaseline8Bit, JPEG2000,
]  # fmt: skip
IMAGES = "1.2.840.10008.5.1.4.1.1."
# The end of each class UID. Source: PS3.6 Annex A.
FETCHED = (
    *("2", "2.1", "2.2", "4", "4.1", "4.2", "4.3", "4.4"),  # CT and MR, with enhanced and legacy
    *("128", "128.1", "130", "20"),  # PET and nuclear medicine
    *("7", "7.1", "7.2", "7.3", "7.4"),  # secondary capture
    *("1", "1.1", "12.1", "12.2", "6.1", "3.1"),  # CR, DX, XA, RF, US
    *("11.1", "11.2", "11.3", "11.4", "11.8"),  # presentation states
    *("30", "66", "66.1", "66.3", "66.4"),  # parametric map, raw, registrations, segmentation
    *("88.11", "88.22", "88.33", "88.34", "88.59", "481.2", "481.3", "104.1"),  # reports, RT, PDF
)
CLASSES = tuple(IMAGES + end for end in FETCHED)


def file_name(uid: str) -> str:
    """A name that stays in its folder, whatever the other side calls its object."""
    if re.fullmatch(r"[0-9][0-9.]{0,63}", uid) and ".." not in uid:
        return f"{uid}.dcm"
    return hashlib.sha256(uid.encode("utf-8", "replace")).hexdigest()[:32] + ".dcm"
