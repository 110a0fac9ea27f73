"""SUV by body weight, against numbers worked out by hand, and never without its inputs."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from fusionviewer.formats.catalogue import catalogue, preview
from fusionviewer.formats.dicom_times import parsed
from fusionviewer.formats.nuclides import HALF_LIVES_S, is_half_life
from fusionviewer.formats.reading import describe, open_images
from fusionviewer.imaging.image import Image

STORED = np.array([[0, 1000], [2000, 30000]], dtype=np.int16)
HALF_LIFE = 6586.2  # s, fluorine-18
GRAMS, DOSE = 70_000.0, 370e6
AN_HOUR = GRAMS / (DOSE * 2 ** (-3600 / HALF_LIFE))  # the factor one hour after the injection


def tracer(**elements: Any) -> Dataset:
    one = Dataset()
    one.RadionuclideTotalDose, one.RadionuclideHalfLife = DOSE, HALF_LIFE
    one.RadiopharmaceuticalStartTime = "090000"
    for keyword, value in elements.items():
        if value is None:
            del one[keyword]
        else:
            setattr(one, keyword, value)
    return one


def pet(**elements: Any) -> dict[str, Any]:
    """What a PET header says; injected at nine, scanned at ten."""
    return {
        "Units": "BQML",
        "DecayCorrection": "START",
        "CorrectedImage": ["DECY", "ATTN", "SCAT"],
        "PatientWeight": 70,
        "SeriesDate": "20240229",
        "SeriesTime": "100000",
        "AcquisitionDate": "20240229",
        "AcquisitionTime": "100000.00",
        "RescaleSlope": 2,
        "RescaleIntercept": 0,
        "RadiopharmaceuticalInformationSequence": [tracer()],
        **elements,
    }


@pytest.fixture
def opened(write_dicom: Callable[..., Path]) -> Callable[..., Image]:
    def read(**elements: Any) -> Image:
        (image,) = open_images(write_dicom(STORED, "PT", **pet(**elements)))
        return image

    return read


def factor(image: Image) -> float:
    assert image.unit == "SUV"
    return float(image.values[0, 1, 1]) / 60_000


@pytest.mark.parametrize(
    ("elements", "seconds"),
    [
        ({}, 3600),
        ({"DecayCorrection": "ADMIN"}, 0),
        # The clock stands at the start of the series, however late a bed position comes …
        ({"AcquisitionTime": "102000"}, 3600),
        # … unless the series was made anew after the scan.
        ({"SeriesTime": "150000"}, 3600),
        (
            {
                "RadiopharmaceuticalInformationSequence": [
                    tracer(RadiopharmaceuticalStartDateTime="20240229080000.000000")
                ]
            },
            7200,
        ),
        # An hour west, the injection at eight was at nine of here.
        (
            {
                "TimezoneOffsetFromUTC": "+0200",
                "RadiopharmaceuticalInformationSequence": [
                    tracer(RadiopharmaceuticalStartDateTime="20240229080000+0100")
                ],
            },
            3600,
        ),
        # Injected before midnight, scanned after.
        (
            {
                "SeriesTime": "003000",
                "AcquisitionTime": "003000",
                "RadiopharmaceuticalInformationSequence": [
                    tracer(RadiopharmaceuticalStartTime="233000")
                ],
            },
            3600,
        ),
    ],
)
def test_the_dose_decays_to_the_moment_that_the_header_names(
    opened: Callable[..., Image], elements: dict[str, Any], seconds: float
) -> None:
    expected = GRAMS / (DOSE * math.exp(-math.log(2) * seconds / HALF_LIFE))
    image = opened(**elements)
    assert factor(image) == pytest.approx(expected, rel=1e-6)
    assert "SUV by body weight, computed from Bq/ml." in image.notes
    assert (image.window.low, image.window.high) == (0, 5)


def test_without_decay_correction_each_slice_is_meant_at_its_own_time(
    tmp_path: Path, write_series: Callable, make_grid_at: Callable
) -> None:
    volume = np.full((2, 3, 4), 100, np.int16)
    times = ["100000", "110000"]
    said = pet(DecayCorrection="NONE", CorrectedImage=["ATTN"], AcquisitionTime=lambda s: times[s])
    write_series(tmp_path / "pet", volume, make_grid_at((2, 3, 4)), "PT", **said)
    (image,) = open_images(tmp_path / "pet")
    later = 2 ** (3600 / HALF_LIFE)
    assert image.values[0, 0, 0] == pytest.approx(200 * AN_HOUR, rel=1e-6)
    assert image.values[1, 0, 0] == pytest.approx(200 * AN_HOUR * later, rel=1e-6)


def test_a_frame_without_decay_correction_is_meant_at_its_mean_activity(
    opened: Callable[..., Image],
) -> None:
    # For a frame as long as a half-life the mean is 1/(2 ln 2) of the first activity, by hand.
    image = opened(
        DecayCorrection="NONE", CorrectedImage=["ATTN"], ActualFrameDuration=HALF_LIFE * 1000
    )
    assert factor(image) == pytest.approx(AN_HOUR * 2 * math.log(2), rel=1e-6)


def test_a_series_made_anew_goes_back_by_the_frame_reference_time(
    opened: Callable[..., Image],
) -> None:
    # Frames of 2 s have their mean 1 s after their start (to a millionth): 10:30 − 30 min + 1 s.
    image = opened(
        SeriesTime="150000",
        AcquisitionTime="103000",
        FrameReferenceTime=30 * 60 * 1000,
        ActualFrameDuration=2000,
    )
    expected = GRAMS / (DOSE * 2 ** (-3601 / HALF_LIFE))
    assert factor(image) == pytest.approx(expected, rel=1e-6)


def test_ge_says_in_a_private_element_when_the_scan_began(
    write_dicom: Callable[..., Path],
) -> None:
    path = write_dicom(STORED, "PT", **pet(SeriesTime="150000", AcquisitionTime="103000"))
    header = dcmread(path)
    header.private_block(0x0009, "GEMS_PETD_01", create=True).add_new(
        0x0D, "DT", "20240229100000.00"
    )
    header.save_as(path)
    (image,) = open_images(path)
    assert factor(image) == pytest.approx(AN_HOUR, rel=1e-6)


@pytest.mark.parametrize(
    ("private", "unit", "expected"),
    [
        ({0x00: "0.0005"}, "SUV", 0.0005),
        ({0x00: "0", 0x09: "3"}, "SUV", 3 * AN_HOUR),
        ({0x09: "3"}, "SUV", 3 * AN_HOUR),
        ({}, "counts", 1.0),
    ],
)
def test_counts_of_philips_become_suv_by_its_private_factors(
    write_dicom: Callable[..., Path], private: dict[int, str], unit: str, expected: float
) -> None:
    path = write_dicom(STORED, "PT", **pet(Units="CNTS"))
    header = dcmread(path)
    for element, value in private.items():
        block = header.private_block(0x7053, "Philips PET Private Group", create=True)
        block.add_new(element, "DS", value)
    header.save_as(path)
    (image,) = open_images(path)
    assert image.unit == unit
    assert image.values[0, 1, 1] == pytest.approx(60_000 * expected, rel=1e-6)


def test_philips_counts_are_activity_where_the_weight_is_missing(
    write_dicom: Callable[..., Path],
) -> None:
    path = write_dicom(STORED, "PT", **pet(Units="CNTS", PatientWeight=0))
    header = dcmread(path)
    block = header.private_block(0x7053, "Philips PET Private Group", create=True)
    block.add_new(0x09, "DS", "3")
    header.save_as(path)
    (image,) = open_images(path)
    assert image.unit == "Bq/ml"
    assert image.values[0, 1, 1] == 180_000
    assert "SUV is not computable, because the patient's weight is missing." in image.notes


def test_half_lives_are_those_of_nuclides_and_none_is_another_one_in_minutes() -> None:
    """But for gallium-66, whose 569 minutes are the 580 seconds of copper-62."""
    for printed in (6586.2, 6588, 6600, 1224, 1220, 598, 122.24, 75, 76.4, 4057.7, 4098, 282_240):
        assert is_half_life(printed)
    in_minutes = [one for one, seconds in HALF_LIVES_S.items() if is_half_life(seconds / 60)]
    assert in_minutes == ["Ga-66"]


@pytest.mark.parametrize(
    ("elements", "reason"),
    [
        ({"PatientWeight": None}, "the patient's weight is missing"),
        ({"PatientWeight": 0}, "the patient's weight is missing"),
        ({"PatientWeight": 70_000}, "the patient's weight is 70000 kg"),
        ({"RadiopharmaceuticalInformationSequence": None}, "the tracer is missing"),
        ({"RadiopharmaceuticalInformationSequence": [tracer(), tracer()]}, "several tracers"),
        (
            {"RadiopharmaceuticalInformationSequence": [tracer(RadionuclideTotalDose=None)]},
            "the injected dose is missing",
        ),
        (
            {"RadiopharmaceuticalInformationSequence": [tracer(RadionuclideTotalDose=370)]},
            "an injected dose of 370 Bq makes no sense",
        ),
        (
            {"RadiopharmaceuticalInformationSequence": [tracer(RadionuclideHalfLife=0)]},
            "the half-life of the tracer is missing",
        ),
        *(  # 109.8 minutes, 1.83 hours, and 67.7 minutes of gallium-68, where seconds belong
            (
                {"RadiopharmaceuticalInformationSequence": [tracer(RadionuclideHalfLife=one)]},
                f"a half-life of {one:g} s makes no sense",
            )
            for one in (109.8, 1.83, 67.7, 1e30)
        ),
        (
            {"RadiopharmaceuticalInformationSequence": [tracer(RadiopharmaceuticalStartTime=None)]},
            "the time of the injection is missing",
        ),
        (
            {
                "RadiopharmaceuticalInformationSequence": [
                    tracer(RadiopharmaceuticalStartTime="1015")
                ]
            },
            "begun before the injection",
        ),
        (
            {
                "RadiopharmaceuticalInformationSequence": [
                    tracer(RadiopharmaceuticalStartDateTime="20240101090000")
                ]
            },
            "1417 hours after the injection",
        ),
        ({"CorrectedImage": ["DECY"]}, "attenuation"),
        ({"DecayCorrection": None}, "how decay was corrected"),
        ({"CorrectedImage": ["ATTN", "SCAT"]}, "contradicts itself on whether decay was corrected"),
        (
            {"CorrectedImage": ["ATTN", "SCAT"], "DecayCorrection": "ADMIN"},
            "contradicts itself on whether decay was corrected",
        ),
        ({"DecayCorrection": "NONE"}, "contradicts itself on whether decay was corrected"),
        ({"SeriesTime": None, "AcquisitionTime": None}, "the time of the acquisition is missing"),
        ({"Units": "CPS"}, "in counts/s"),
        ({"Units": None}, "in no unit that is known"),
        ({"Units": "CNTS"}, "in counts, without a factor to activity"),
    ],
)
def test_what_is_missing_is_said_and_the_values_keep_their_own_unit(
    opened: Callable[..., Image], elements: dict[str, Any], reason: str
) -> None:
    image = opened(**elements)
    assert image.unit != "SUV"
    assert image.values[0, 1, 1] == 60_000
    (said,) = [note for note in image.notes if "SUV" in note]
    assert said.startswith("SUV is not computable, because ")
    assert reason in said


def test_lists_and_previews_speak_of_the_same_unit_and_numbers(
    tmp_path: Path, write_series: Callable, make_grid_at: Callable
) -> None:
    # Made anew, so that the earliest of all slices counts, which the preview alone does not hold.
    volume = np.arange(5 * 12, dtype=np.int16).reshape(5, 3, 4)
    said = pet(SeriesTime="150000", AcquisitionTime=lambda s: f"10{s:02}00")
    write_series(tmp_path / "pet", volume, make_grid_at((5, 3, 4)), "PT", **said)
    (entry,) = catalogue(tmp_path).entries
    (image,) = open_images(tmp_path / "pet")
    assert entry.unit == describe(tmp_path)[0].unit == image.unit == "SUV"
    assert np.array_equal(preview(entry).values[0], image.values[2])


def test_spect_with_real_world_values_is_in_their_unit(write_dicom: Callable[..., Path]) -> None:
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "Bq/ml", "UCUM", "Bq/ml"
    mapping = Dataset()
    mapping.RealWorldValueSlope, mapping.RealWorldValueIntercept = 0.5, 10.0
    mapping.MeasurementUnitsCodeSequence = [code]
    (image,) = open_images(
        write_dicom(STORED, "NM", RealWorldValueMappingSequence=[mapping], Modality="NM")
    )
    assert image.unit == "Bq/ml"
    assert image.values[0].tolist() == [[10, 510], [1010, 15010]]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("20240229100000", "2024-02-29T10:00:00"),
        ("20240229100000.25", "2024-02-29T10:00:00.250000"),
        ("20240229100000.25+0100", "2024-02-29T10:00:00.250000"),
        ("2024022910", "2024-02-29T10:00:00"),
        ("2024.02.2910:30:15", "2024-02-29T10:30:15"),
    ],
)
def test_moments_are_read_in_every_way_they_are_written(written: str, expected: str) -> None:
    found = parsed(written)
    assert found is not None
    assert found.isoformat() == expected


@pytest.mark.parametrize("written", ["", "20240229", "20240230100000", "hello", "202402291", "99"])
def test_what_is_no_moment_is_none(written: str) -> None:
    assert parsed(written) is None


def second(common: Any, other: Any) -> Callable[[int], Any]:
    """`other` in the second slice, `common` in all else."""
    return lambda s: other if s == 1 else common


@pytest.mark.parametrize(
    ("keyword", "common", "other", "name"),
    [
        ("PatientWeight", 70, 90, "the patient's weight"),
        ("DecayCorrection", "START", "ADMIN", "the decay correction"),
        ("CorrectedImage", ["DECY", "ATTN"], ["DECY"], "the attenuation correction"),
        (
            "RadiopharmaceuticalInformationSequence",
            [tracer()],
            [tracer(RadionuclideTotalDose=2 * DOSE)],
            "the dose",
        ),
        (
            "RadiopharmaceuticalInformationSequence",
            [tracer()],
            [tracer(RadiopharmaceuticalStartTime="080000")],
            "the time of the injection",
        ),
    ],
)
def test_slices_that_contradict_each_other_have_no_suv(
    tmp_path: Path,
    write_series: Callable,
    make_grid_at: Callable,
    keyword: str,
    common: Any,
    other: Any,
    name: str,
) -> None:
    said = pet(**{keyword: second(common, other)})
    write_series(tmp_path, np.ones((3, 4, 5), np.int16), make_grid_at((3, 4, 5)), "PT", **said)
    (image,) = open_images(tmp_path)
    assert image.unit == "Bq/ml"
    why = f"SUV is not computable, because the slices do not agree on {name}."
    assert why in image.notes


def test_the_same_time_written_in_two_ways_is_one_time(
    tmp_path: Path, write_series: Callable, make_grid_at: Callable
) -> None:
    precise = [tracer(RadiopharmaceuticalStartTime="090000.00")]
    said = pet(RadiopharmaceuticalInformationSequence=second([tracer()], precise))
    write_series(tmp_path, np.ones((3, 4, 5), np.int16), make_grid_at((3, 4, 5)), "PT", **said)
    (image,) = open_images(tmp_path)
    assert image.unit == "SUV"


def test_activity_beside_counts_has_no_unit(
    tmp_path: Path, write_series: Callable, make_grid_at: Callable
) -> None:
    said = pet(Units=second("BQML", "CNTS"))
    write_series(tmp_path, np.ones((3, 4, 5), np.int16), make_grid_at((3, 4, 5)), "PT", **said)
    (image,) = open_images(tmp_path)
    assert image.unit == "a.u."
    assert "The slices do not agree on their unit (Bq/ml, counts)." in image.notes


def test_one_ct_slice_without_rescaling_takes_the_unit_from_all(
    tmp_path: Path, write_series: Callable, make_grid_at: Callable
) -> None:
    paths = write_series(
        tmp_path, np.ones((3, 4, 5), np.int16), make_grid_at((3, 4, 5)), "CT",
        RescaleSlope=1, RescaleIntercept=-1024,
    )  # fmt: skip
    assert open_images(tmp_path)[0].unit == "HU"
    header = dcmread(paths[1])
    del header.RescaleSlope, header.RescaleIntercept
    header.save_as(paths[1])
    (image,) = open_images(tmp_path)
    assert image.unit == "a.u."
    assert "The slices do not agree on their unit (HU, a.u.)." in image.notes
    assert describe(tmp_path)[0].unit == "a.u."
