"""Fused slices as DICOM: Secondary Capture in their place in the patient.

Source: DICOM PS3.3 A.8.1 (Secondary Capture Image), with Image Plane and Frame of Reference as a
standard extension where the pair has a grid.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.uid import SecondaryCaptureImageStorage, generate_uid

from fusionviewer.errors import ExportError
from fusionviewer.formats.deidentify_exports import Change, unchanged
from fusionviewer.formats.derived_header import (
    MANUFACTURER,
    agreed,
    frame_uid,
    put_body_part,
    put_derivation,
    put_equipment,
    put_patient_and_study,
    put_place,
)
from fusionviewer.formats.dicom_writing import UTF_8, clean, decimal, encoded, put_time
from fusionviewer.formats.icc import srgb_profile
from fusionviewer.formats.provenance import FusedSlice, Provenance
from fusionviewer.formats.sources import require_no_source, require_size
from fusionviewer.formats.writing import (
    new_folder,
    require_same,
    write_file,
)
from fusionviewer.imaging.pair import Pair
from fusionviewer.texts import text as _

Progress = Callable[[int, int], None]  # slices done, slices in all

SERIES_NUMBER = 9000
MOST_PIXELS = 65_535  # of a row or a column: both are written in 16 bits
NOBODY = "The sources do not both name the same patient, so this image names none."


def export_dicom(
    slices: Sequence[FusedSlice],
    pair: Pair,
    provenance: Provenance,
    path: Path,
    *,
    bits: int = 8,
    overwrite: bool = False,
    progress: Progress = lambda _done, _total: None,
    check: Callable[[], None] = lambda: None,
    change: Change = unchanged,
) -> None:
    """One series of fused slices: a file when `path` ends with .dcm, else a folder of them.

    Colour is written as RGB, grey as MONOCHROME2 of 8 or 16 bits. Patient and study are copied
    only when both sources agree on them. Every file is read back before any takes its name.

    Args:
        bits: 8, or 16 for grey.
        check: called before each slice; raises to stop, and nothing is written.
        change: what becomes of each object before it is written.

    Raises:
        ExportError: nothing was written.
        ValueError: no slices, or 16 bits with colour.
    """
    if not slices:
        raise ValueError("there are no slices to export")
    require_no_source(path, pair)
    require_size(path, pair.shape, MOST_PIXELS)
    job = _job(pair, provenance, bits)
    files = []
    for i, one in enumerate(slices):
        check()
        files.append(change(_instance(job, one, i)))
        progress(i + 1, len(slices))
    if path.suffix.lower() == ".dcm":
        if len(files) > 1:
            raise ExportError(
                _(
                    "“{name}” is one file, and there are {count} slices.",
                    name=path.name,
                    count=len(files),
                ),
                _("Give the name of a folder, without .dcm."),
            )
        _write(path, files[0], overwrite)
        return
    with new_folder(path, overwrite=overwrite, ours=_is_export) as folder:
        for i, instance in enumerate(files):
            check()
            _write(folder / f"IM{i + 1:04d}.dcm", instance, overwrite=False)


def _is_export(entry: Path) -> bool:
    """Whether a file in the way was written here: by what is in it, since scanners use such names."""
    if not entry.is_file() or entry.suffix != ".dcm":
        return False
    wanted = ["SOPClassUID", "Manufacturer", "ImageType"]
    try:
        header = pydicom.dcmread(entry, stop_before_pixels=True, specific_tags=wanted)
    except (InvalidDicomError, OSError, EOFError):
        return False
    return (
        header.get("SOPClassUID") == SecondaryCaptureImageStorage
        and header.get("Manufacturer") == MANUFACTURER
        and "DERIVED" in (header.get("ImageType") or ())
    )


def _write(path: Path, dataset: Dataset, overwrite: bool) -> None:
    write_file(
        path,
        encoded(dataset),
        overwrite=overwrite,
        verify=lambda part: _verify(part, dataset, path),
    )


@dataclass(frozen=True, eq=False)
class _Job:
    """What all slices of one export share."""

    pair: Pair
    provenance: Provenance
    bits: int
    series: Dataset
    frame_uid: str


def _job(pair: Pair, provenance: Provenance, bits: int) -> _Job:
    said = _complete(provenance, pair)
    return _Job(pair, said, bits, _series(pair, said, datetime.now()), frame_uid(pair))


def _complete(provenance: Provenance, pair: Pair) -> Provenance:
    """With what the pair has to say, and whose image it is when that is nobody's."""
    notes = [*pair.notes, *provenance.notes, *(() if agreed(pair) else (NOBODY,))]
    alignment = provenance.alignment or (pair.alignment.value,)
    return replace(provenance, notes=tuple(dict.fromkeys(notes)), alignment=alignment)


def _series(pair: Pair, provenance: Provenance, when: datetime) -> Dataset:
    d = Dataset()
    d.SpecificCharacterSet = UTF_8
    d.SOPClassUID = SecondaryCaptureImageStorage
    d.ImageType = ["DERIVED", "SECONDARY"]
    put_patient_and_study(d, pair, when)
    d.Modality = "OT"
    d.SeriesInstanceUID = generate_uid(prefix=None)
    d.SeriesNumber = SERIES_NUMBER
    kinds = "+".join(image.modality for image in pair.native)
    d.SeriesDescription = clean(f"Fused {kinds}, not for diagnosis: {provenance.short()}", 64)
    put_time(d, when, "Series", "Content", "InstanceCreation")
    put_body_part(d, pair)
    put_equipment(d, provenance, when)
    return d


def _instance(job: _Job, one: FusedSlice, position: int) -> Dataset:
    d = Dataset()
    d.update(job.series)
    d.SOPInstanceUID = generate_uid(prefix=None)
    d.InstanceNumber = position + 1
    put_place(d, job.pair, one.slice_index, job.frame_uid)
    put_derivation(d, job.pair, one.slice_index, job.provenance)
    _put_pixels(d, one, job.bits)
    return d


def _put_pixels(d: Dataset, one: FusedSlice, bits: int) -> None:
    """Source: DICOM PS3.3 C.7.6.3; C.11.2.1.2 for the window that shows all grey levels."""
    pixels = one.pixels(bits)
    d.Rows, d.Columns = pixels.shape[:2]
    d.BitsAllocated, d.BitsStored, d.HighBit = bits, bits, bits - 1
    d.PixelRepresentation = 0
    if one.rgb is not None:
        d.SamplesPerPixel, d.PhotometricInterpretation = 3, "RGB"
        d.PlanarConfiguration = 0
        d.ICCProfile, d.ColorSpace = srgb_profile(), "SRGB"
    else:
        d.SamplesPerPixel, d.PhotometricInterpretation = 1, "MONOCHROME2"
        d.WindowCenter, d.WindowWidth = decimal(2 ** (bits - 1)), decimal(2**bits)
    raw = np.ascontiguousarray(pixels, dtype=f"<u{bits // 8}").tobytes()
    d.PixelData = raw + b"\0" * (len(raw) % 2)
    d["PixelData"].VR = "OB" if bits == 8 else "OW"


def _verify(part: Path, written: Dataset, path: Path) -> None:
    """Raises: ExportError: the file on the disk does not read as what was written."""
    back = pydicom.dcmread(part)
    raw = written.PixelData
    same = (
        bytes(back.PixelData) == raw
        and back.pixel_array.shape[:2] == (written.Rows, written.Columns)
        and back.SOPInstanceUID == written.SOPInstanceUID
        and back.get("ImagePositionPatient") == written.get("ImagePositionPatient")
        and back.get("ImageOrientationPatient") == written.get("ImageOrientationPatient")
    )
    require_same(same, path)
