"""The stored pixels of one frame."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels import pixel_array
from pydicom.uid import DeflatedExplicitVRLittleEndian

from fusionviewer.errors import UnreadableFile
from fusionviewer.formats.dicom_header import read_whole, transfer_syntax, whole
from fusionviewer.formats.files import unreadable

CUT_OFF_HINT = "Copy it again from its source."


def stored_pixels(path: Path, header: Dataset, index: int) -> NDArray[Any]:
    """Frame `index` of a file, (H, W) or (H, W, 3), in the stored type; YCbCr is turned to RGB.

    Raises:
        UnreadableFile: cut off, damaged, or compressed in a way that cannot be undone here.
    """
    check_size(path, header)
    try:
        if header.file_meta.get("FileMetaInformationVersion") is None or (
            transfer_syntax(header) == DeflatedExplicitVRLittleEndian
        ):
            pixels = pixel_array(read_whole(path), index=index)
        else:
            pixels = pixel_array(path, index=index)
    except Exception as error:  # pydicom and its decoders pass on what they meet
        raise unreadable(path, error) from error
    return np.asarray(pixels)


def check_size(path: Path, header: Dataset) -> None:
    """Compare what a header promises with the size of the file, before anything is allocated.

    Raises:
        UnreadableFile: native pixels are missing.
    """
    syntax = transfer_syntax(header)
    if syntax.is_compressed:
        return
    samples = whole(header, "SamplesPerPixel", 1)
    if "422" in str(header.get("PhotometricInterpretation", "")):
        samples = 2
    bits = int(header.Rows) * int(header.Columns) * samples * whole(header, "BitsAllocated", 16)
    need = bits * whole(header, "NumberOfFrames", 1) // 8
    if need > path.stat().st_size:
        raise UnreadableFile(path, "is cut off: pixels are missing", CUT_OFF_HINT)
