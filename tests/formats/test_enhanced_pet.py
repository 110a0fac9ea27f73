"""Enhanced PET: frames with functional groups, real world values, and explicit decay correction."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import EnhancedPETImageStorage

from fusionviewer.formats.catalogue import catalogue, open_entry, preview
from fusionviewer.formats.reading import open_images

HALF_LIFE, DOSE, GRAMS = 6586.2, 370e6, 70_000.0
FRAMES = np.arange(3 * 4 * 5, dtype=np.uint16).reshape(3, 4, 5) * 100
SLOPES = (1.0, 2.5, 4.0)


def group(**elements: Any) -> Dataset:
    one = Dataset()
    for keyword, value in elements.items():
        setattr(one, keyword, value)
    return one


def frame_groups(i: int, slope: float, code: str) -> Dataset:
    """What is said of frame `i`, of which the first lies highest."""
    unit = group(CodeValue=code, CodingSchemeDesignator="UCUM", CodeMeaning=code)
    return group(
        PlanePositionSequence=[group(ImagePositionPatient=[-10, -20, 30 - 4 * i])],
        PlaneOrientationSequence=[group(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])],
        PixelValueTransformationSequence=[
            group(RescaleSlope=slope, RescaleIntercept=0, RescaleType="US")
        ],
        RealWorldValueMappingSequence=[
            group(
                RealWorldValueSlope=slope,
                RealWorldValueIntercept=0,
                MeasurementUnitsCodeSequence=[unit],
            )
        ],
    )


@pytest.fixture
def write(write_dicom: Callable[..., Path]) -> Callable[..., Path]:
    def written(code: str = "Bq/ml", **elements: Any) -> Path:
        tracer = group(
            RadionuclideTotalDose=DOSE,
            RadionuclideHalfLife=HALF_LIFE,
            RadiopharmaceuticalStartDateTime="20240229090000",
        )
        said = {
            "SOPClassUID": EnhancedPETImageStorage,
            "NumberOfFrames": 3,
            "PixelData": FRAMES.tobytes(),
            "PatientWeight": 70,
            "AttenuationCorrected": "YES",
            "DecayCorrected": "YES",
            "DecayCorrectionDateTime": "20240229100000",
            "RadiopharmaceuticalInformationSequence": [tracer],
            "SharedFunctionalGroupsSequence": [
                group(PixelMeasuresSequence=[group(PixelSpacing=[2, 3], SliceThickness=4)])
            ],
            "PerFrameFunctionalGroupsSequence": [
                frame_groups(i, slope, code) for i, slope in enumerate(SLOPES)
            ],
            **elements,
        }
        return write_dicom(FRAMES[0], "PT", **said)

    return written


def test_frames_are_sorted_and_become_suv_with_their_own_slopes(write: Callable[..., Path]) -> None:
    (image,) = open_images(write())
    assert image.grid is not None
    assert image.grid.spacing.tolist() == [4, 2, 3]
    assert image.grid.origin.tolist() == [-10, -20, 22]
    factor = GRAMS / (DOSE * 2 ** (-3600 / HALF_LIFE))
    assert image.unit == "SUV"
    for s in range(3):
        expected = FRAMES[2 - s] * SLOPES[2 - s] * factor
        assert image.values[s] == pytest.approx(expected, rel=1e-5)


def test_frames_not_corrected_for_decay_need_their_own_times(write: Callable[..., Path]) -> None:
    (image,) = open_images(write(DecayCorrected="NO"))
    assert image.unit == "Bq/ml"
    assert "because the time of the acquisition is missing" in " ".join(image.notes)


@pytest.mark.parametrize(
    ("code", "unit"),
    [("{SUVbw}g/ml", "SUV"), ("g/ml{SUVbw}", "SUV"), ("{counts}", "counts"), ("mg", "a.u.")],
)
def test_the_code_of_the_unit_decides(write: Callable[..., Path], code: str, unit: str) -> None:
    (image,) = open_images(write(code))
    assert image.unit == unit
    assert image.values[2].max() == FRAMES[0].max()


def test_the_list_and_the_preview_agree_with_the_image(write: Callable[..., Path]) -> None:
    (entry,) = catalogue(write()).entries
    assert (entry.kind, entry.shape, entry.unit) == ("PET", (3, 4, 5), "SUV")
    assert np.array_equal(preview(entry).values[0], open_entry(entry).values[1])
