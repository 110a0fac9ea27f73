"""SUV from Bq/ml against what is printed: QIBA's pseudo-code, decay tables, and the definition itself.

Source: Quantitative Imaging Biomarkers Alliance, "Standardized Uptake Value (SUV)", vendor-neutral
pseudo-code, first part (Bq/ml, decay corrected to the start); Cherry, Sorenson & Phelps, "Physics in Nuclear
Medicine", 4th edition, table of decay factors; half-lives as in DICOM PS3.16 CID 4020 and NNDC.
"""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from fusionviewer.formats.suv import uptake

F18 = 6586.2  # s
DAY = datetime(2024, 2, 29)


def injected(dose: float, half_life: float, **elements: Any) -> Dataset:
    one = Dataset()
    one.RadionuclideTotalDose, one.RadionuclideHalfLife = dose, half_life
    for keyword, value in elements.items():
        setattr(one, keyword, value)
    return one


def header(tracer: Dataset, start: datetime, corrected: str = "START", **elements: Any) -> Dataset:
    one = Dataset()
    one.Units, one.DecayCorrection, one.PatientWeight = "BQML", corrected, 70
    one.CorrectedImage = ["ATTN", *(() if corrected == "NONE" else ("DECY",))]
    for kind in ("Series", "Acquisition"):
        setattr(one, f"{kind}Date", f"{start:%Y%m%d}")
        setattr(one, f"{kind}Time", f"{start:%H%M%S.%f}")
    one.RadiopharmaceuticalInformationSequence = [tracer]
    for keyword, value in elements.items():
        setattr(one, keyword, value)
    return one


def factor(headers: Sequence[Dataset]) -> float:
    found = uptake(headers)
    assert found.reason == ""
    return found.factors[0]


def qiba(one: Dataset) -> float:
    """The pseudo-code, line by line, for a file of this kind."""
    assert "ATTN" in one.CorrectedImage and "DECY" in one.CorrectedImage
    assert one.DecayCorrection == "START" and one.Units == "BQML"
    scan = datetime.strptime(one.SeriesDate + one.SeriesTime, "%Y%m%d%H%M%S.%f")
    tracer = one.RadiopharmaceuticalInformationSequence[0]
    clock = datetime.strptime(one.SeriesDate + tracer.RadiopharmaceuticalStartTime, "%Y%m%d%H%M%S")
    if clock > scan:  # "consider spanning midnight"
        clock -= timedelta(days=1)
    decay_time = (scan - clock).total_seconds()
    decayed = float(tracer.RadionuclideTotalDose) * 2 ** (
        -decay_time / float(tracer.RadionuclideHalfLife)
    )
    return float(one.PatientWeight) * 1000 / decayed


@given(
    st.integers(0, 24 * 3600 - 1),
    st.integers(0, 5 * 3600),
    st.floats(3, 250),
    st.floats(1e7, 1e9),
)
def test_it_is_what_the_pseudo_code_of_qiba_gives_also_over_midnight(
    clock: int, waited: int, kilograms: float, dose: float
) -> None:
    injection = DAY + timedelta(seconds=clock)
    tracer = injected(dose, F18, RadiopharmaceuticalStartTime=f"{injection:%H%M%S}")
    one = header(tracer, injection + timedelta(seconds=waited))
    one.PatientWeight = kilograms
    assert factor([one]) == pytest.approx(qiba(one), rel=1e-9)


@pytest.mark.parametrize(
    ("half_life", "minutes", "printed"),
    [
        (F18, 60, 0.685),  # fluorine-18, as after an uptake of one hour
        (F18, 90, 0.567),
        (F18, 120, 0.469),
        (1221.8, 20, 0.506),  # carbon-11
        (597.9, 10, 0.499),  # nitrogen-13
        (4069.8, 60, 0.542),  # gallium-68
        (45721.0, 60, 0.947),  # copper-64
    ],
)
def test_the_dose_decays_as_printed(half_life: float, minutes: int, printed: float) -> None:
    tracer = injected(370e6, half_life, RadiopharmaceuticalStartDateTime="20240229090000")
    scan = DAY + timedelta(hours=9, minutes=minutes)
    share = 70_000 / 370e6 / factor([header(tracer, scan)])
    assert share == pytest.approx(printed, abs=6e-4)


@given(
    st.sampled_from(["START", "ADMIN", "NONE"]),
    st.floats(20, 150),
    st.floats(5e7, 9e8),
    st.integers(0, 4 * 3600),
    st.integers(1, 1200),
)
def test_a_dose_that_is_spread_evenly_through_the_body_is_one_everywhere(
    corrected: str, kilograms: float, dose: float, waited: int, frame: int
) -> None:
    """The definition: 1 g/ml, of a body of 1 g per ml, however the scanner corrected for decay."""
    injection = DAY + timedelta(hours=8)
    constant = math.log(2) / F18
    mean = (1 - math.exp(-constant * frame)) / (
        constant * frame
    )  # of a frame, of its first activity
    left = {
        "ADMIN": 1.0,
        "START": math.exp(-constant * waited),
        "NONE": math.exp(-constant * waited) * mean,
    }[corrected]
    measured = dose * left / (1000 * kilograms)  # Bq/ml
    tracer = injected(dose, F18, RadiopharmaceuticalStartDateTime=f"{injection:%Y%m%d%H%M%S}")
    one = header(tracer, injection + timedelta(seconds=waited), corrected)
    one.ActualFrameDuration, one.PatientWeight = frame * 1000, kilograms
    assert measured * factor([one]) == pytest.approx(1, rel=1e-6)


def test_administration_needs_no_times_at_all() -> None:
    one = header(injected(100e6, F18), DAY, "ADMIN")
    for keyword in ("SeriesDate", "SeriesTime", "AcquisitionDate", "AcquisitionTime"):
        delattr(one, keyword)
    assert factor([one]) == pytest.approx(70_000 / 100e6)


def test_a_date_and_time_of_injection_decides_over_a_time_alone() -> None:
    tracer = injected(
        100e6, F18, RadiopharmaceuticalStartTime="090000",
        RadiopharmaceuticalStartDateTime="20240228233000",
    )  # fmt: skip
    share = 70_000 / 100e6 / factor([header(tracer, DAY + timedelta(minutes=30))])
    assert share == pytest.approx(2 ** (-3600 / F18))


def test_a_whole_day_is_not_guessed_for_a_short_lived_tracer() -> None:
    """Injected at eleven, scanned at ten: an hour before, or 23 hours later, and nobody believes either."""
    tracer = injected(100e6, F18, RadiopharmaceuticalStartTime="110000")
    found = uptake([header(tracer, DAY + timedelta(hours=10))])
    assert found.factors == () and "before the injection" in found.reason


def test_for_a_long_lived_tracer_it_is_the_day_before() -> None:
    tracer = injected(100e6, 282_276.0, RadiopharmaceuticalStartTime="110000")  # zirconium-89
    share = 70_000 / 100e6 / factor([header(tracer, DAY + timedelta(hours=10))])
    assert share == pytest.approx(2 ** (-23 * 3600 / 282_276.0))


def test_a_moment_of_decay_correction_in_the_header_is_the_one() -> None:
    """Enhanced PET says it; it may be neither the series' time nor a frame's. Source: PS3.3 C.8.22."""
    tracer = injected(100e6, F18, RadiopharmaceuticalStartDateTime="20240229090000")
    one = header(tracer, DAY + timedelta(hours=11), DecayCorrectionDateTime="20240229100000")
    assert 70_000 / 100e6 / factor([one]) == pytest.approx(2 ** (-3600 / F18))


@pytest.mark.parametrize(
    "missing", ["RadiopharmaceuticalStartTime", "RadionuclideTotalDose", "RadionuclideHalfLife"]
)
@pytest.mark.parametrize("corrected", ["START", "NONE"])
def test_every_missing_input_has_its_reason(missing: str, corrected: str) -> None:
    tracer = injected(100e6, F18, RadiopharmaceuticalStartTime="090000")
    delattr(tracer, missing)
    found = uptake([header(tracer, DAY + timedelta(hours=10), corrected)])
    assert found.factors == ()
    assert "is missing" in found.reason
