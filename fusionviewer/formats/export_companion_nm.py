"""The resampled SPECT as one reconstructed nuclear medicine image, with its values.

Source: DICOM PS3.3 A.5 (Nuclear Medicine Image), C.8.4.
"""

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from fusionviewer.formats.companion_header import code_of
from fusionviewer.formats.dicom_header import text
from fusionviewer.formats.dicom_writing import clean, code, decimal, decimals, sequence
from fusionviewer.imaging.geometry import Grid

HIGHEST = 65535
# Source: PS3.16 CID 84 and 85.
CODES = {
    "Bq/ml": ("Bq/ml", "UCUM", "Becquerels/milliliter"),
    "SUV": ("g/ml{SUVbw}", "UCUM", "Standardized Uptake Value body weight"),
}


def as_counts(values: NDArray[np.float32]) -> tuple[float, NDArray[np.uint16]]:
    """The step between stored values, and the stored values; what was not measured counts nothing.

    The step is the smallest power of two that spreads the image over 16 bits.
    """
    counts = np.clip(np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0), 0, None)
    highest = float(counts.max(initial=0.0))
    slope = 2.0 ** float(np.ceil(np.log2(highest / HIGHEST))) if highest > 0 else 1.0
    slope = float(decimal(slope))
    return slope, np.round(counts / slope).astype(np.uint16)


def put_nm(d: Dataset, header: Dataset, values: NDArray[np.float32], grid: Grid, unit: str) -> None:
    """One object with all slices, numbered by Slice Vector.

    The factor from stored to real values is a Rescale Slope, and their unit that of a Real World
    Value, both standard extensions: the object itself knows only counts.

    Source: DICOM PS3.3 C.8.4.7 to C.8.4.15, C.7.6.16.2.11.
    """
    slope, stored = as_counts(values)
    count = len(stored)
    d.ImageType = ["DERIVED", "PRIMARY", "RECON TOMO", "EMISSION"]
    d.NumberOfFrames, d.NumberOfSlices = count, count
    d.SliceVector = list(range(1, count + 1))
    d.FrameIncrementPointer = Tag("SliceVector")
    d.CountsAccumulated, d.AcquisitionTerminationCondition = None, "TIME"
    d.NumberOfEnergyWindows = d.NumberOfDetectors = d.NumberOfRotations = 1
    d.EnergyWindowInformationSequence = sequence()
    d.RotationInformationSequence = sequence()
    d.RadiopharmaceuticalInformationSequence = sequence(*_agents(header))
    d.DetectorInformationSequence = sequence(_detector(grid))
    d.PatientOrientationCodeSequence = sequence()
    d.PatientGantryRelationshipCodeSequence = sequence()
    # Negative where slices run against the normal of rows and columns. Source: C.8.4.15.
    along = float(np.sign(np.dot(np.cross(grid.axes[2], grid.axes[1]), grid.axes[0])))
    d.SpacingBetweenSlices = decimal(grid.spacing[0] * along)
    d.Rows, d.Columns = stored.shape[1:]
    d.SamplesPerPixel, d.PhotometricInterpretation = 1, "MONOCHROME2"
    d.BitsAllocated, d.BitsStored, d.HighBit, d.PixelRepresentation = 16, 16, 15, 0
    d.RescaleSlope, d.RescaleIntercept, d.RescaleType = decimal(slope), decimal(0), "US"
    if unit in CODES:
        d.RealWorldValueMappingSequence = sequence(_real_world(slope, unit))
    d.PixelData = np.ascontiguousarray(stored, dtype="<u2").tobytes()
    d["PixelData"].VR = "OW"


def _real_world(slope: float, unit: str) -> Dataset:
    item = Dataset()
    item.add_new("RealWorldValueFirstValueMapped", "US", 0)
    item.add_new("RealWorldValueLastValueMapped", "US", HIGHEST)
    item.RealWorldValueSlope, item.RealWorldValueIntercept = slope, 0.0
    item.LUTExplanation, item.LUTLabel = unit, unit
    item.MeasurementUnitsCodeSequence = sequence(code(*CODES[unit]))
    return item


def _detector(grid: Grid) -> Dataset:
    detector = Dataset()
    detector.CollimatorType = ""
    detector.ImagePositionPatient = decimals(grid.position([0, 0, 0]))
    detector.ImageOrientationPatient = decimals([*grid.axes[2], *grid.axes[1]])
    return detector


def _agents(header: Dataset) -> list[Dataset]:
    """What was injected. Source: DICOM PS3.3 C.8.4.10 (NM Isotope)."""
    agents = []
    for item in header.get("RadiopharmaceuticalInformationSequence") or ():
        agent = Dataset()
        codes = list(item.get("RadionuclideCodeSequence") or ())[:1]
        agent.RadionuclideCodeSequence = sequence(*map(code_of, codes))
        if name := clean(text(item, "Radiopharmaceutical"), 64):
            agent.Radiopharmaceutical = name
        agents.append(agent)
    return agents
