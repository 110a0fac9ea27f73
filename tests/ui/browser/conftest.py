"""A patient of five small series."""

from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    CTImageStorage,
    ExplicitVRLittleEndian,
    MRImageStorage,
    PositronEmissionTomographyImageStorage,
    generate_uid,
)

SIDE, COUNT = 16, 3
SERIES = (
    ("CT", CTImageStorage, "Head"),
    ("CT", CTImageStorage, "Bone"),
    ("MR", MRImageStorage, "T1"),
    ("MR", MRImageStorage, "T2"),
    ("PT", PositronEmissionTomographyImageStorage, "FDG"),
)


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the series, all in one study and on one frame of reference."""
    folder = tmp_path_factory.mktemp("patient")
    study, frame, rng = generate_uid(), generate_uid(), np.random.default_rng(0)
    for number, (modality, kind, said) in enumerate(SERIES, start=1):
        series = generate_uid()
        for s in range(COUNT):
            one = _slice(kind, rng.integers(10, 900, (SIDE, SIDE), dtype=np.uint16), s)
            one.StudyInstanceUID, one.SeriesInstanceUID = study, series
            one.FrameOfReferenceUID, one.Modality, one.SeriesNumber = frame, modality, number
            one.PatientName, one.PatientID = "Doe^Jane", "4711"
            one.StudyDate, one.StudyDescription, one.SeriesDescription = "20260102", "Trauma", said
            one.save_as(folder / f"{said}-{s}.dcm", enforce_file_format=True)
    return folder


def _slice(kind: str, pixels: np.ndarray, s: int) -> Dataset:
    one = Dataset()
    one.file_meta = FileMetaDataset()
    one.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    one.SOPClassUID, one.SOPInstanceUID, one.InstanceNumber = kind, generate_uid(), s + 1
    one.file_meta.MediaStorageSOPClassUID = kind
    one.file_meta.MediaStorageSOPInstanceUID = one.SOPInstanceUID
    one.ImagePositionPatient, one.ImageOrientationPatient = [0, 0, 3 * s], [1, 0, 0, 0, 1, 0]
    one.PixelSpacing, one.Rows, one.Columns = [1, 1], SIDE, SIDE
    one.SamplesPerPixel, one.PhotometricInterpretation = 1, "MONOCHROME2"
    one.BitsAllocated, one.BitsStored, one.HighBit, one.PixelRepresentation = 16, 16, 15, 0
    one.RescaleSlope, one.RescaleIntercept = 1, 0
    one.PixelData = pixels.tobytes()
    return one
