"""Whole folders without the persons: DICOM objects, NIfTI volumes and pictures, under new names."""

import gzip
import math
import struct
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pydicom
from PIL import Image as Picture
from PIL import ImageOps, ImageSequence
from PIL.PngImagePlugin import PngInfo
from PIL.TiffImagePlugin import TiffImageFile
from pydicom.dataset import Dataset, FileMetaDataset

from fusionviewer.errors import ExportError, InputError, UnreadableFile
from fusionviewer.formats import dicom_header, nifti_layout, raster
from fusionviewer.formats.deidentify import Deidentifier
from fusionviewer.formats.dicom_header import read_whole, text, transfer_syntax, whole
from fusionviewer.formats.dicom_writing import IMPLEMENTATION_NAME, uid_of
from fusionviewer.formats.files import files_below, head
from fusionviewer.formats.writing import new_folder, write_file
from fusionviewer.texts import text as _

Check = Callable[[], None]
Progress = Callable[[int, int], None]  # files done, files in all

SAID = "FusionViewer, DICOM PS3.15"
DIRECTORY = "1.2.840.10008.1.3.10"
CAPTURES = "1.2.840.10008.5.1.4.1.1.7"
LOSSLESS = "tiff_adobe_deflate"
MARK = "De-identified by FusionViewer"  # in copies that are not DICOM: they may be replaced
TIFF_SOFTWARE = 305
NIFTI_HEADER, NIFTI_OFFSET = 352, 108
NIFTI_DESCRIPTION = 148
# data_type, db_name; descrip, aux_file; intent_name; and the mark that extensions follow.
NIFTI_TEXTS = ((4, 32), (148, 252), (328, 344), (348, 352))
PICTURED_NAMES = ("US", "SC", "XC", "OT", "ES")  # modalities that often draw names into pictures


@dataclass
class Report:
    """What came of it.

    Attributes:
        written: files.
        left_out: why files were left out, a sentence each.
        with_text: files whose picture may show names; nothing takes those out.
    """

    written: int = 0
    left_out: tuple[str, ...] = ()
    with_text: int = 0


def deidentify(
    source: Path,
    target: Path,
    how: Deidentifier,
    *,
    overwrite: bool = False,
    progress: Progress = lambda _done, _total: None,
    check: Check = lambda: None,
) -> Report:
    """Copies of everything at `source` in the folder `target`, without the persons.

    Files are numbered: their old names, and those of folders, often tell who was imaged.

    Raises:
        InputError: there is nothing that can be de-identified.
        ExportError: nothing was written.
    """
    files = list(files_below(source, check).files) if source.is_dir() else [source]
    _require_apart(source, target)
    report, left_out = Report(), list[str]()
    with new_folder(target, overwrite=overwrite, ours=_is_ours) as place:
        names = _Names()
        for done, file in enumerate(files, start=1):
            check()
            try:
                _one(file, place, how, names, report)
            except UnreadableFile as problem:
                left_out.append(str(problem))
            progress(done, len(files))
        if not report.written:
            raise InputError(
                _("“{name}” holds nothing that can be de-identified.", name=source.name),
                _("It takes DICOM, NIfTI, PNG, JPEG and TIFF."),
            )
    report.left_out = tuple(left_out)
    return report


class _Names:
    """Numbers instead of names: a letter for each kind, a number for each series."""

    def __init__(self) -> None:
        self._series: dict[str, int] = {}
        self._counts: dict[str, int] = {}

    def next(self, letter: str, series: str, ending: str) -> str:
        number = self._series.setdefault(series, len(self._series) + 1)
        label = f"{letter}{number:03d}"
        self._counts[label] = self._counts.get(label, 0) + 1
        return f"{label}-{self._counts[label]:04d}{ending}"


def _require_apart(source: Path, target: Path) -> None:
    """Raises: ExportError: the copies would lie among what they were made from."""
    here, there = source.resolve(), target.resolve()
    if here == there or here in there.parents or there in here.parents:
        raise ExportError(
            _("“{name}” lies within what is to be de-identified, or around it.", name=target.name),
            _("Choose a folder elsewhere."),
        )


def _one(file: Path, place: Path, how: Deidentifier, names: _Names, report: Report) -> None:
    """Raises: UnreadableFile: it is damaged, or of a kind that is not taken."""
    first = head(file)
    if dicom_header.matches(first):
        d = read_whole(file)
        if transfer_syntax(d) is None or text(d, "SOPClassUID") in ("", DIRECTORY):
            raise UnreadableFile(file, _("is a table of contents, or no object"))
        data, hidden = _dicom(d, how, file)
        report.with_text += hidden or _may_show_names(d)
        name = names.next("S", text(d, "SeriesInstanceUID"), ".dcm")
    elif nifti_layout.matches(first):
        name, data = names.next("N", "NIfTI", ".nii"), _nifti(file)
    elif raster.matches(first):
        ending, data = _picture(file)
        name = names.next("P", "picture", ending)
        report.with_text += 1
    else:
        raise UnreadableFile(file, _("is no image that can be de-identified"))
    write_file(place / name, data)
    report.written += 1


def _dicom(d: Dataset, how: Deidentifier, file: Path) -> tuple[bytes, bool]:
    """A file with a header of its own: nothing of the old one but how pixels are packed.

    And whether an overlay is packed among its pixels, where it cannot be taken out.
    """
    try:
        new = how.cleaned(d)
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID = new.SOPClassUID
        meta.MediaStorageSOPInstanceUID = new.SOPInstanceUID
        meta.TransferSyntaxUID = transfer_syntax(d)
        meta.ImplementationClassUID = uid_of("implementation")
        meta.ImplementationVersionName = IMPLEMENTATION_NAME
        new.file_meta = meta
        bits, packed = _overlay_bits(d), transfer_syntax(d).is_compressed
        if not packed and _pixels_are_missing(d):
            raise ValueError("pixels are missing")
        if bits and not packed:
            new.PixelData = _without(bits, d)
        buffer = BytesIO()
        pydicom.dcmwrite(buffer, new, enforce_file_format=True)
    except Exception as error:  # pydicom passes on what its writers meet
        raise UnreadableFile(file, _("is damaged, and was left out")) from error
    return buffer.getvalue(), bool(bits) and packed


def _pixels_are_missing(d: Dataset) -> bool:
    """Whether there are fewer than the header says; of subsampled colours nobody asks."""
    if "PixelData" not in d or "422" in text(d, "PhotometricInterpretation"):
        return False
    count = whole(d, "Rows", 0) * whole(d, "Columns", 0)
    count *= whole(d, "SamplesPerPixel", 1) * whole(d, "NumberOfFrames", 1)
    return len(d.PixelData) < count * whole(d, "BitsAllocated", 16) // 8


def _overlay_bits(d: Dataset) -> int:
    """The bits of each pixel, beside those that are stored for it, in which overlays lie.

    Source: DICOM PS3.5-2004 8.1.2, PS3.3-2004 C.9.2 (retired since).
    """
    if "PixelData" not in d:
        return 0
    bits = 0
    for group in range(0x6000, 0x6020, 2):
        place = d.get((group, 0x0102))
        if (group, 0x3000) not in d and place is not None and str(place.value).isdigit():
            bits |= 1 << int(place.value)
    allocated = whole(d, "BitsAllocated", 16)
    stored = whole(d, "BitsStored", allocated)
    below = max(whole(d, "HighBit", stored - 1) + 1 - stored, 0)
    return bits & ((1 << allocated) - 1) & ~(((1 << stored) - 1) << below)


def _without(bits: int, d: Dataset) -> bytes:
    """The pixels with these bits empty."""
    order = "<" if transfer_syntax(d).is_little_endian else ">"
    kind = np.dtype(f"{order}u{whole(d, 'BitsAllocated', 16) // 8}")
    pixels = np.frombuffer(d.PixelData, kind)
    kept = pixels & kind.type(~bits & (1 << 8 * kind.itemsize) - 1)
    return bytes(kept.astype(kind).tobytes())


def _may_show_names(d: Dataset) -> bool:
    said = text(d, "BurnedInAnnotation").upper()
    if said in ("YES", "NO") or "PixelData" not in d:
        return said == "YES"
    return text(d, "SOPClassUID").startswith(CAPTURES) or text(d, "Modality") in PICTURED_NAMES


def _nifti(file: Path) -> bytes:
    """Voxels, type, scaling and place, each byte as it was; no text but our mark, no extension.

    Source: nifti.nimh.nih.gov/nifti-1 (nifti1.h).
    """
    try:
        raw = file.read_bytes()
        raw = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
        read: Any = nibabel.Nifti1Image.from_bytes(raw)
        header = bytearray(raw[:NIFTI_HEADER])
        for start, end in NIFTI_TEXTS:
            header[start:end] = bytes(end - start)
        header[NIFTI_DESCRIPTION : NIFTI_DESCRIPTION + len(MARK)] = MARK.encode("ascii")
        struct.pack_into(f"{read.header.endianness}f", header, NIFTI_OFFSET, NIFTI_HEADER)
        start, size = read.dataobj.offset, math.prod(read.shape) * read.get_data_dtype().itemsize
        voxels = raw[start : start + size]
        if len(voxels) < size:
            raise ValueError("voxels are missing")
    except Exception as error:  # nibabel passes on what its parsers meet
        raise UnreadableFile(file, _("is damaged, or no NIfTI-1, and was left out")) from error
    return bytes(header) + voxels


def _picture(file: Path) -> tuple[str, bytes]:
    """The ending, and the pixels alone, turned as the file says: as PNG, or all pages of a TIFF."""
    buffer = BytesIO()
    try:
        with Picture.open(file, formats=raster.OPENED) as picture:
            if picture.format != "TIFF":
                mark = PngInfo()
                mark.add_text("Software", MARK)
                _plain(picture).save(buffer, "PNG", pnginfo=mark)
                return ".png", buffer.getvalue()
            first, *rest = map(_plain, ImageSequence.Iterator(picture))
        first.save(
            buffer, "TIFF", save_all=True, append_images=rest, compression=LOSSLESS, software=MARK
        )
    except Exception as error:  # Pillow passes on what its parsers meet
        raise UnreadableFile(file, _("is damaged, and was left out")) from error
    return ".tif", buffer.getvalue()


def _plain(page: Picture.Image) -> Picture.Image:
    """A page of which nothing is known but its pixels."""
    upright = ImageOps.exif_transpose(page)
    shown = upright.convert("RGB") if upright.mode in ("P", "CMYK", "YCbCr", "LAB") else upright
    return Picture.fromarray(np.array(shown))


def _is_ours(entry: Path) -> bool:
    """Whether a file in the way was de-identified here."""
    look = _LOOKS.get(entry.suffix)
    try:
        return look is not None and entry.is_file() and look(entry)
    except Exception:  # noqa: BLE001 - whatever it is that cannot be read, it is not ours
        return False


def _is_our_dicom(entry: Path) -> bool:
    header = pydicom.dcmread(entry, stop_before_pixels=True)
    return str(header.get("DeidentificationMethod", "")).startswith(SAID)


def _is_our_nifti(entry: Path) -> bool:
    with entry.open("rb") as file:
        header = file.read(NIFTI_HEADER)
    return header[NIFTI_DESCRIPTION:].startswith(MARK.encode("ascii"))


def _is_our_picture(entry: Path) -> bool:
    with Picture.open(entry, formats=("PNG", "TIFF")) as picture:
        tags = picture.tag_v2 if isinstance(picture, TiffImageFile) else {}
        return MARK in (picture.info.get("Software"), tags.get(TIFF_SOFTWARE))


_LOOKS: dict[str, Callable[[Path], bool]] = {
    ".dcm": _is_our_dicom,
    ".nii": _is_our_nifti,
    ".png": _is_our_picture,
    ".tif": _is_our_picture,
}
