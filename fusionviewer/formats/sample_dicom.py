"""The sample patient's DICOM headers: CT, MR, PET and SPECT of one made-up person."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import (
    CTImageStorage,
    MRImageStorage,
    NuclearMedicineImageStorage,
    PositronEmissionTomographyImageStorage,
)

from fusionviewer import __version__
from fusionviewer.formats.dicom_writing import (
    UTF_8,
    code,
    decimal,
    put_plane,
    sequence,
    uid_of,
)
from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.windowing import Window

DATE, TIME = "20000101", "120000"
COMMENT = "Digital head phantom, computed; no patient. Not for diagnostic use."


@dataclass(frozen=True, eq=False)
class Scan:
    """One scanner's view of the phantom, as it is stored.

    Attributes:
        name: the contrast's name, and that of its folder.
        stored: (S, H, W) uint16; values are stored · slope + intercept.
        slopes: one per slice, because PET scales every slice by itself.
    """

    name: str
    modality: str
    number: int
    description: str
    grid: Grid
    stored: NDArray[np.uint16]
    slopes: NDArray[np.float64]
    intercept: float
    window: Window
    bits: int
    header: Callable[["Scan", Dataset], None]

    @property
    def values(self) -> NDArray[np.float32]:
        """(S, H, W), in the unit of the scanner."""
        scaled = self.stored * self.slopes[:, None, None] + self.intercept
        return np.asarray(scaled, dtype=np.float32)


SOP_CLASSES = {
    "CT": CTImageStorage,
    "MR": MRImageStorage,
    "PT": PositronEmissionTomographyImageStorage,
    "NM": NuclearMedicineImageStorage,
}


def dataset(scan: Scan, s: int) -> Dataset:
    """Slice `s` of `scan` as a data set of its own."""
    d = Dataset()
    d.SpecificCharacterSet = UTF_8
    d.SOPClassUID = SOP_CLASSES[scan.modality]
    d.SOPInstanceUID = uid_of("sample", scan.name, s)
    _put_patient_and_study(d)
    _put_series(d, scan)
    d.InstanceNumber = s + 1
    d.ContentDate, d.ContentTime = DATE, TIME
    d.AcquisitionDate, d.AcquisitionTime = DATE, TIME
    d.LossyImageCompression = "00"
    put_plane(d, scan.grid, s)
    _put_pixels(d, scan, s)
    scan.header(scan, d)
    return d


def _put_patient_and_study(d: Dataset) -> None:
    d.PatientName, d.PatientID = "Sample^Phantom", "SAMPLE"
    d.PatientBirthDate, d.PatientSex = "", "O"
    d.PatientComments = COMMENT
    d.StudyInstanceUID = uid_of("sample", "study")
    d.StudyDate, d.StudyTime, d.StudyID = DATE, TIME, "1"
    d.AccessionNumber, d.ReferringPhysicianName = "", ""
    d.StudyDescription = "FusionViewer sample patient"
    d.FrameOfReferenceUID = uid_of("sample", "frame of reference")
    d.PositionReferenceIndicator = ""


def _put_series(d: Dataset, scan: Scan) -> None:
    d.Modality = scan.modality
    d.SeriesInstanceUID = uid_of("sample", scan.name)
    d.SeriesNumber, d.SeriesDescription = scan.number, scan.description
    d.SeriesDate, d.SeriesTime = DATE, TIME
    d.BodyPartExamined = "HEAD"
    d.Manufacturer, d.ManufacturerModelName = "FusionViewer", "Head phantom"
    d.SoftwareVersions = __version__
    if scan.modality in ("CT", "MR"):
        d.PatientPosition = "HFS"


def _put_pixels(d: Dataset, scan: Scan, s: int) -> None:
    d.SamplesPerPixel, d.PhotometricInterpretation = 1, "MONOCHROME2"
    d.Rows, d.Columns = scan.grid.shape[1:]
    d.BitsAllocated, d.BitsStored, d.HighBit = 16, scan.bits, scan.bits - 1
    d.PixelRepresentation = 0
    d.WindowCenter, d.WindowWidth = decimal(scan.window.center), decimal(scan.window.width)
    d.PixelData = np.ascontiguousarray(scan.stored[s], dtype="<u2").tobytes()


def ct(scan: Scan, d: Dataset) -> None:
    """Source: DICOM PS3.3 C.8.2.1."""
    d.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    d.RescaleIntercept, d.RescaleSlope, d.RescaleType = decimal(scan.intercept), "1", "HU"
    d.KVP, d.AcquisitionNumber = "120", 1
    d.ConvolutionKernel = "NONE"
    d.SliceLocation = d.ImagePositionPatient[2]


def mr(scan: Scan, d: Dataset) -> None:
    """Source: DICOM PS3.3 C.8.3.1."""
    d.ImageType = ["ORIGINAL", "PRIMARY", "OTHER"]
    d.ScanningSequence, d.SequenceVariant = "SE", "NONE"
    d.ScanOptions, d.MRAcquisitionType = "", "2D"
    t1 = scan.name == "T1"
    d.RepetitionTime, d.EchoTime = ("500", "12") if t1 else ("4200", "95")
    d.EchoTrainLength = 1 if t1 else 9
    d.SliceLocation = d.ImagePositionPatient[2]


def pet(scan: Scan, d: Dataset) -> None:
    """Source: DICOM PS3.3 C.8.9.1 to C.8.9.4; values are SUV by body weight (g/ml)."""
    d.ImageType = ["ORIGINAL", "PRIMARY"]
    d.Units, d.SUVType, d.CountsSource = "GML", "BW", "EMISSION"
    d.SeriesType, d.NumberOfSlices, d.ImageIndex = (
        ["STATIC", "IMAGE"],
        len(scan.stored),
        d.InstanceNumber,
    )
    d.CorrectedImage = ["DECY", "ATTN", "SCAT"]
    d.DecayCorrection, d.DecayFactor = "START", "1"
    d.AttenuationCorrectionMethod, d.ScatterCorrectionMethod = "computed", "computed"
    d.RandomsCorrectionMethod, d.CollimatorType = "NONE", "NONE"
    d.RescaleIntercept, d.RescaleSlope = "0", decimal(scan.slopes[d.InstanceNumber - 1])
    d.FrameReferenceTime, d.ActualFrameDuration = "0", "600000"
    d.PatientWeight, d.AcquisitionNumber = "70", 1
    d.RadiopharmaceuticalInformationSequence = sequence(
        _radiopharmaceutical(("77004003", "SCT", "^18^Fluorine"), "FDG", 6586.2)
    )
    _put_patient_orientation(d)
    d.SliceLocation = d.ImagePositionPatient[2]


def spect(_scan: Scan, d: Dataset) -> None:
    """One reconstructed slice. Its place stands twice: where PS3.3 C.8.4.11 wants it, and, as a
    standard extension, in the Image Plane module, which is where most programs look.

    Source: DICOM PS3.3 C.8.4.8 to C.8.4.15.
    """
    d.ImageType = ["ORIGINAL", "PRIMARY", "RECON TOMO", "EMISSION"]
    d.NumberOfFrames, d.NumberOfSlices, d.SliceVector = 1, 1, [1]
    d.FrameIncrementPointer = 0x00540080
    d.CountsAccumulated, d.AcquisitionTerminationCondition = None, "TIME"
    d.NumberOfEnergyWindows, d.NumberOfDetectors = 1, 1
    d.NumberOfRotations = 1
    d.EnergyWindowInformationSequence = sequence()
    d.RotationInformationSequence = sequence()
    agent = Dataset()
    agent.RadionuclideCodeSequence = sequence(code("72454007", "SCT", "^99m^Technetium"))
    d.RadiopharmaceuticalInformationSequence = sequence(agent)
    detector = Dataset()
    detector.ImagePositionPatient = d.ImagePositionPatient
    detector.ImageOrientationPatient = d.ImageOrientationPatient
    detector.CollimatorType = "PARA"
    d.DetectorInformationSequence = sequence(detector)
    _put_patient_orientation(d)


def _radiopharmaceutical(nuclide: tuple[str, str, str], agent: str, half_life_s: float) -> Dataset:
    item = Dataset()
    item.RadionuclideCodeSequence = sequence(code(*nuclide))
    item.Radiopharmaceutical, item.RadiopharmaceuticalRoute = agent, ""
    item.RadiopharmaceuticalStartTime, item.RadionuclideTotalDose = "110000", "200000000"
    item.RadionuclideHalfLife, item.RadionuclidePositronFraction = decimal(half_life_s), "0.97"
    return item


def _put_patient_orientation(d: Dataset) -> None:
    """Lying on the back, head first. Source: DICOM PS3.16 CID 19, 20 and 21."""
    recumbent = code("102538003", "SCT", "recumbent")
    recumbent.PatientOrientationModifierCodeSequence = sequence(code("40199007", "SCT", "supine"))
    d.PatientOrientationCodeSequence = sequence(recumbent)
    d.PatientGantryRelationshipCodeSequence = sequence(code("102540008", "SCT", "headfirst"))
