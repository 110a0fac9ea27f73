"""Writers of small files for the readers' tests."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian, MRImageStorage

from fusionviewer.imaging.geometry import Grid

AXIAL = np.array([[0, 0, 1], [0, 1, 0], [1, 0, 0]], dtype=np.float64)
CLASSES = {"CT": CTImageStorage, "MR": MRImageStorage, "PT": UID("1.2.840.10008.5.1.4.1.1.128")}


def grid(
    shape: tuple[int, int, int],
    spacing: tuple[float, float, float] = (2.0, 1.5, 0.5),
    origin: tuple[float, float, float] = (-10.0, 20.0, 5.0),
    axes: NDArray[np.float64] = AXIAL,
) -> Grid:
    return Grid(shape, np.array(spacing), np.array(origin), axes)


def header(stored: NDArray[Any], modality: str = "MR", **elements: Any) -> Dataset:
    """A single-frame object with native pixels; `elements` replace or (None) remove elements."""
    one = Dataset()
    one.file_meta = FileMetaDataset()
    one.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    one.SOPClassUID = CLASSES.get(modality, UID("1.2.840.10008.5.1.4.1.1.7"))
    one.SOPInstanceUID = "1.2.3.1"
    one.SeriesInstanceUID, one.StudyInstanceUID = "1.2.3", "1.2"
    one.FrameOfReferenceUID = "1.2.9"
    one.Modality, one.PatientID, one.PatientName = modality, "P1", "Test^Patient"
    one.Rows, one.Columns = stored.shape[:2]
    one.SamplesPerPixel = 1 if stored.ndim == 2 else 3
    one.PhotometricInterpretation = "MONOCHROME2" if stored.ndim == 2 else "RGB"
    one.PixelRepresentation = int(stored.dtype.kind == "i")
    one.BitsAllocated = one.BitsStored = 8 * stored.dtype.itemsize
    one.HighBit = one.BitsStored - 1
    if stored.ndim == 3:
        one.PlanarConfiguration = 0
    one.PixelData = stored.tobytes() + b"\0" * (stored.nbytes % 2)
    one["PixelData"].VR = "OB" if stored.dtype.itemsize == 1 else "OW"
    for keyword, value in elements.items():
        if value is not None:
            setattr(one, keyword, value)
        elif keyword in one:
            del one[keyword]
    return one


def save(path: Path, one: Dataset) -> Path:
    one.file_meta.MediaStorageSOPInstanceUID = one.SOPInstanceUID
    one.file_meta.MediaStorageSOPClassUID = one.SOPClassUID
    one.save_as(path, enforce_file_format=True)
    return path


def series(
    folder: Path, volume: NDArray[Any], place: Grid, modality: str = "MR", **elements: Any
) -> list[Path]:
    """A file per slice of `volume` (S, H, W), where `place` puts it; names run backwards."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for s, stored in enumerate(volume):
        one = header(
            stored,
            modality,
            SOPInstanceUID=f"1.2.3.{s + 1}",
            InstanceNumber=s + 1,
            ImagePositionPatient=[round(x, 6) for x in place.position((s, 0, 0))],
            ImageOrientationPatient=[*place.axes[2], *place.axes[1]],
            PixelSpacing=list(place.spacing[1:]),
            SliceThickness=99.0,
        )
        for keyword, value in elements.items():
            setattr(one, keyword, value(s) if callable(value) else value)
        paths.append(save(folder / f"{len(volume) - s:03}.dcm", one))
    return paths


def nifti(path: Path, volume: NDArray[Any], place: Grid) -> Path:
    """`volume` (S, H, W) as NIfTI."""
    affine = np.eye(4)
    affine[:3, :3] = (place.axes * place.spacing[:, None])[::-1].T
    affine[:3, 3] = place.origin
    affine = np.diag([-1.0, -1, 1, 1]) @ affine  # LPS to RAS
    nibabel.save(nibabel.Nifti1Image(volume.T, affine), path)
    return path


@pytest.fixture
def make_grid_at() -> Callable[..., Grid]:
    return grid


@pytest.fixture
def dicom_header() -> Callable[..., Dataset]:
    return header


@pytest.fixture
def write_dicom(tmp_path: Path) -> Callable[..., Path]:
    """One file: `write_dicom(stored, modality, Keyword=value, …)`."""

    def write(stored: NDArray[Any], modality: str = "MR", **elements: Any) -> Path:
        return save(tmp_path / "one.dcm", header(stored, modality, **elements))

    return write


@pytest.fixture
def write_series() -> Callable[..., list[Path]]:
    return series


@pytest.fixture
def write_nifti() -> Callable[..., Path]:
    return nifti
