"""The header of one DICOM file, and single values of it that can be trusted."""

import logging
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.config import IGNORE, settings
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.errors import InvalidDicomError
from pydicom.multival import MultiValue
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from fusionviewer.errors import UnreadableFile
from fusionviewer.formats.files import head, unreadable
from fusionviewer.texts import text as _

# What is wrong in a file is judged here, value by value; pydicom need not say it as well.
settings.reading_validation_mode = IGNORE
logging.getLogger("pydicom").propagate = False  # its messages hold names of patients and files
warnings.filterwarnings("ignore", module=r"pydicom\..*")

MAX_INFLATED_BYTES = 512 * 1024**2
CHUNK = 1 << 20
DEFLATED = DeflatedExplicitVRLittleEndian.encode()
PIXELS_AT = "_pixels_at"  # of a data set: an attribute of ours, no element
FIRST_GROUPS = (b"\x02\x00", b"\x08\x00")


def matches(first: bytes) -> bool:
    """Whether a file that begins with `first` is DICOM; some old ones have no preamble."""
    return first[128:132] == b"DICM" or _bare(first)


def _bare(first: bytes) -> bool:
    """Whether it begins with an element of group 2 or 8: two letters, or a short length."""
    if len(first) < 132:
        return False
    little, big = first[:2] in FIRST_GROUPS, first[:2] in (b"\x00\x02", b"\x00\x08")
    if not (little or big):
        return False
    explicit = first[4:6].isalpha() and first[4:6].isupper()
    return explicit or (little and first[3] == 0 and first[6:8] == b"\0\0")


def read_header(path: Path) -> Dataset:
    """The data set of one file without its pixels; `file_meta` names its transfer syntax.

    Raises:
        UnreadableFile: the file is missing, cut off, not DICOM, or unpacks to more than 512 MiB.
    """
    first = head(path)
    if not matches(first):
        raise UnreadableFile(
            path, _("is not a DICOM file"), _("Choose a DICOM file, or another kind.")
        )
    return _read(path, first, pixels=False)


def read_whole(path: Path) -> Dataset:
    """As `read_header`, with the pixels."""
    return _read(path, head(path), pixels=True)


def _read(path: Path, first: bytes, *, pixels: bool) -> Dataset:
    try:
        if DEFLATED in first:
            _check_inflated(path)
        with path.open("rb") as file:
            header = pydicom.dcmread(file, stop_before_pixels=not pixels, force=True)
            vars(header)[PIXELS_AT] = 0 if pixels else file.tell()
        _name_transfer_syntax(header)
    except InvalidDicomError as error:
        raise UnreadableFile(path, _("is not a DICOM file")) from error
    except Exception as error:  # pydicom passes on what its parsers meet: KeyError, struct.error, …
        raise unreadable(path, error) from error
    if len(header) == 0:
        raise UnreadableFile(path, _("is damaged or cut off: nothing of it can be read"))
    return header


def _check_inflated(path: Path) -> None:
    """Refuse a deflated file that unpacks to too much; dcmread would unpack it without a limit."""
    with path.open("rb") as file:
        if file.read(132)[128:] != b"DICM":
            return
        meta = pydicom.filereader.read_file_meta_info(path)
        if meta.get("TransferSyntaxUID") != DeflatedExplicitVRLittleEndian:
            return
        file.seek(132 + 12 + int(meta.FileMetaInformationGroupLength))
        unpack = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
        size = 0
        while not unpack.eof and (packed := unpack.unconsumed_tail or file.read(CHUNK)):
            size += len(unpack.decompress(packed, CHUNK))
            if size > MAX_INFLATED_BYTES:
                raise UnreadableFile(
                    path,
                    _("unpacks to more than 512 MiB"),
                    _("Save it without deflate compression."),
                )


def _name_transfer_syntax(header: Dataset) -> None:
    if not hasattr(header, "file_meta"):
        header.file_meta = FileMetaDataset()
    if not header.file_meta.get("TransferSyntaxUID"):
        implicit, little = header.original_encoding
        syntax = ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
        header.file_meta.TransferSyntaxUID = syntax if little else ExplicitVRBigEndian


def pixels_at(header: Dataset) -> int:
    """Where in its file the element after the header begins; 0 when that was not noted."""
    return int(vars(header).get(PIXELS_AT, 0))


def with_file_of(header: Dataset, other: Dataset) -> Dataset:
    """`header` with what is known of the file of `other`: its transfer syntax, and its pixels' place."""
    header.file_meta = other.file_meta
    vars(header)[PIXELS_AT] = pixels_at(other)
    return header


def transfer_syntax(header: Dataset) -> UID:
    return UID(header.file_meta.TransferSyntaxUID)


def text(header: Dataset, keyword: str) -> str:
    """An element as one line of text; "" when it is absent or unreadable."""
    try:
        value = header.get(keyword)
    except Exception:  # noqa: BLE001 - one damaged element must not cost the image
        return ""
    if value is None:
        return ""
    return " ".join(str(value).replace("\0", " ").split())


def texts(header: Dataset, keyword: str) -> tuple[str, ...]:
    """The parts of an element with several values."""
    try:
        value = header.get(keyword)
    except Exception:  # noqa: BLE001 - as in `text`
        return ()
    if value is None:
        return ()
    parts = list(value) if isinstance(value, MultiValue | list | tuple) else [value]
    return tuple(str(part).strip() for part in parts)


def numbers(header: Dataset, keyword: str, count: int) -> NDArray[np.float64] | None:
    """The first `count` numbers of an element; None when they are absent or not finite."""
    try:
        value = header.get(keyword)
        parts: list[Any] = [value] if np.isscalar(value) else list(value)
        found = np.array([float(part) for part in parts[:count]], dtype=np.float64)
    except Exception:  # noqa: BLE001 - as in `text`
        return None
    return found if found.shape == (count,) and np.isfinite(found).all() else None


def number(header: Dataset, keyword: str, default: float) -> float:
    found = numbers(header, keyword, 1)
    return default if found is None else float(found[0])


def whole(header: Dataset, keyword: str, default: int) -> int:
    return int(number(header, keyword, default))


def size(header: Dataset) -> tuple[int, int]:
    """Rows and columns of each frame; 0 where the header does not say."""
    return whole(header, "Rows", 0), whole(header, "Columns", 0)


def items(header: Dataset, keyword: str) -> list[Dataset]:
    """The items of a sequence; none when it is absent or unreadable."""
    try:
        return list(header.get(keyword) or ())
    except Exception:  # noqa: BLE001 - as in `text`
        return []


def private_text(header: Dataset, group: int, creator: str, element: int) -> str:
    """A private element, as `text`.

    Source: DICOM PS3.5 7.8.1 (the creator reserves a block of elements).
    """
    try:
        value = header.private_block(group, creator)[element].value
    except Exception:  # noqa: BLE001 - absent, or damaged: as in `text`
        return ""
    if isinstance(value, bytes):  # its VR was not written, and no dictionary knows it
        value = value.decode("ascii", "replace")
    return " ".join(str(value).replace("\0", " ").split())


def real_world(header: Dataset) -> Dataset | None:
    """The mapping of stored to real world values, where there is one alone.

    Source: DICOM PS3.3 C.7.6.16.2.11.
    """
    if "RealWorldValueSlope" in header:  # of a frame, whose functional groups were laid flat
        return header
    mappings = items(header, "RealWorldValueMappingSequence")
    return mappings[0] if len(mappings) == 1 else None
