"""Kinds of objects that are fetched, and names for their files.

Source: DICOM PS3.4 B.5 (Storage SOP Classes); PS3.5 section 9 (UIDs).
"""

import hashlib
import re

from pydicom.uid import (
    JPEG2000,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

SYNTAXES: list[str | UID] = [
    ExplicitVRLittleEndian, ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian,
    JPEGLosslessSV1, JPEGLossless, JPEGLSLossless, JPEG2000Lossless, HTJ2KLossless,
    HTJ2KLosslessRPCL, RLELossless, JPEGBaseline8Bit, JPEGExtended12Bit, JPEGLSNearLossless,
    JPEG2000, ExplicitVRBigEndian,
]  # fmt: skip
IMAGES = "1.2.840.10008.5.1.4.1.1."
# The end of each class UID. Also of kinds that nobody fuses: an archive that may not send one object
# of a study, such as the dose report of a CT, says that it failed, or stops. Source: PS3.6 Annex A.
FETCHED = (
    *("2", "2.1", "2.2", "4", "4.1", "4.2", "4.3", "4.4"),  # CT and MR, with enhanced and legacy
    *("128", "128.1", "130", "20", "5"),  # PET and nuclear medicine
    *("7", "7.1", "7.2", "7.3", "7.4"),  # secondary capture
    *("1", "1.1", "1.1.1", "1.2", "1.2.1", "1.3", "1.3.1"),  # CR, DX, mammography, dental
    *("12.1", "12.1.1", "12.2", "12.2.1", "12.3"),  # XA, RF
    *("13.1.1", "13.1.2", "13.1.3", "13.1.4", "13.1.5"),  # their volumes, tomosynthesis
    *("3", "3.1", "6", "6.1", "6.2"),  # US
    *("9.1.1", "9.1.2", "9.1.3", "9.2.1", "9.3.1", "9.4.1", "9.5.1", "9.6.1"),  # waveforms
    *("11.1", "11.2", "11.3", "11.4", "11.5", "11.6", "11.7", "11.8", "11.9", "11.12"),  # states
    *("30", "66", "66.1", "66.2", "66.3", "66.4", "66.5", "66.6", "67"),  # maps, raw, registrations
    *("77.1.1", "77.1.1.1", "77.1.2", "77.1.4", "77.1.4.1", "77.1.5.1", "77.1.5.4"),  # photographs
    *("88.11", "88.22", "88.33", "88.34", "88.35", "88.40", "88.50", "88.59", "88.65"),  # reports
    *("88.67", "88.68", "88.69", "88.71", "88.72", "88.73", "88.74", "88.75", "88.76"),  # of doses
    *("90.1", "104.1", "104.2", "104.3", "200.2"),  # documents, performed CT protocols
    *("481.1", "481.2", "481.3", "481.4", "481.5", "481.6", "481.7", "481.8", "481.9"),  # RT
)
# What Siemens stores beside images. Source: dcm4chee-arc conformance statement, storage.
PRIVATE = ("1.3.12.2.1107.5.9.1", "1.3.12.2.1107.5.99.3.10", "1.3.12.2.1107.5.99.3.11")
CLASSES = (*(IMAGES + end for end in FETCHED), *PRIVATE)


def file_name(uid: str) -> str:
    """A name that stays in its folder, whatever the other side calls its object."""
    if re.fullmatch(r"[0-9][0-9.]{0,63}", uid) and ".." not in uid:
        return f"{uid}.dcm"
    return hashlib.sha256(uid.encode("utf-8", "replace")).hexdigest()[:32] + ".dcm"
