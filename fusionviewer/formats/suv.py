"""Standardized uptake values by body weight: the factor from what a PET file says, or why not.

SUV = activity concentration (Bq/ml) · body weight (g) / dose (Bq), both activities at one moment. Which
moment that is depends on how the scanner corrected for decay.

Source: DICOM PS3.3 C.8.9.1 (PET Series), C.8.9.2 (PET Isotope), C.8.9.4 (PET Image), C.8.22 (Enhanced
PET); the vendor-neutral pseudo-code of the Quantitative Imaging Biomarkers Alliance (qibawiki.rsna.org,
"Standardized Uptake Value (SUV)"), which also names the private elements of GE and Philips.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydicom.dataset import Dataset

from fusionviewer.formats.dicom_header import items, number, private_text, text, texts
from fusionviewer.formats.dicom_times import moment, moment_of, on_clock_of, parsed
from fusionviewer.formats.nuclides import is_half_life
from fusionviewer.texts import in_english

PHILIPS = (0x7053, "Philips PET Private Group")
PHILIPS_SUV, PHILIPS_ACTIVITY = 0x00, 0x09  # factors from counts to SUV, and to Bq/ml
GE_SCAN_START = (0x0009, "GEMS_PETD_01", 0x0D)
WEIGHT_KG = (0.2, 700.0)
DOSE_BQ = (1e4, 1e11)  # below the first it was written in MBq
MOST_HALF_LIVES = 20
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Uptake:
    """What turns the values of each frame into SUV.

    Attributes:
        factors: one per frame; empty when it cannot be computed.
        reason: why not, to be read after "because".
    """

    factors: tuple[float, ...] = ()
    reason: str = ""


class _NotKnown(Exception):
    """An input is missing or makes no sense; `str` says which."""


def uptake(headers: Sequence[Dataset]) -> Uptake:
    """The factors from Bq/ml to SUV by body weight for the frames of one series."""
    try:
        return Uptake(tuple(_factors(headers)))
    except _NotKnown as why:
        return Uptake(reason=str(why))


def philips_factor(header: Dataset, element: int) -> float:
    """A factor of Philips for values in counts; 0 where there is none."""
    try:
        factor = float(private_text(header, *PHILIPS, element))
    except ValueError:
        return 0.0
    return factor if math.isfinite(factor) and factor > 0 else 0.0


def _factors(headers: Sequence[Dataset]) -> list[float]:
    first = headers[0]
    _check_attenuation(first)
    _check_slices(headers)
    grams, tracer = 1000 * _weight_kg(first), _tracer(first)
    dose, half_life = _dose(tracer), _half_life(tracer)
    factors = []
    for elapsed in _seconds_since_injection(headers, tracer, half_life):
        if not 0 <= elapsed <= MOST_HALF_LIVES * half_life:
            raise _NotKnown(_strange(elapsed))
        factors.append(grams / (dose * 2 ** (-elapsed / half_life)))
    return factors


def _strange(elapsed: float) -> str:
    if elapsed < 0:
        return in_english("the scan is said to have begun before the injection")
    return in_english(
        "the scan is said to have begun {hours:.0f} hours after the injection", hours=elapsed / 3600
    )


def _check_attenuation(header: Dataset) -> None:
    corrections = [part.upper() for part in texts(header, "CorrectedImage")]
    if "ATTN" not in corrections and text(header, "AttenuationCorrected").upper() != "YES":
        raise _NotKnown(in_english("the file does not say that attenuation was corrected"))


def _check_slices(headers: Sequence[Dataset]) -> None:
    """What the first slice says of dose, weight and corrections is taken for all of them."""
    first, *others = dict.fromkeys(map(_inputs, headers))
    for other in others:
        name = next(n for n, a, b in zip(INPUTS, first, other, strict=True) if a != b)
        raise _NotKnown(in_english("the slices do not agree on {name}", name=name))


INPUTS = (
    in_english("the attenuation correction"),
    in_english("the decay correction"),
    in_english("the patient's weight"),
    in_english("the number of tracers"),
    in_english("the dose"),
    in_english("the half-life of the tracer"),
    in_english("the time of the injection"),
)


def _inputs(header: Dataset) -> tuple[object, ...]:
    """What must be the same in all slices, in the order of INPUTS."""
    tracers = items(header, "RadiopharmaceuticalInformationSequence")
    tracer = tracers[0] if tracers else Dataset()
    corrections = {part.upper() for part in texts(header, "CorrectedImage")} & {"ATTN", "DECY"}
    return (
        ("ATTN" in corrections, text(header, "AttenuationCorrected").upper()),
        (decay_correction(header), "DECY" in corrections, text(header, "DecayCorrectionDateTime")),
        number(header, "PatientWeight", 0.0),
        len(tracers),
        number(tracer, "RadionuclideTotalDose", 0.0),
        number(tracer, "RadionuclideHalfLife", 0.0),
        (
            text(tracer, "RadiopharmaceuticalStartDateTime"),
            _without_trailing_zeros(text(tracer, "RadiopharmaceuticalStartTime")),
        ),
    )


def _without_trailing_zeros(clock: str) -> str:
    return clock.rstrip("0").rstrip(".") if "." in clock else clock


def _weight_kg(header: Dataset) -> float:
    weight = number(header, "PatientWeight", 0.0)
    if not WEIGHT_KG[0] <= weight <= WEIGHT_KG[1]:
        raise _NotKnown(
            in_english("the patient's weight is {weight:g} kg", weight=weight)
            if weight
            else in_english("the patient's weight is missing")
        )
    return weight


def _tracer(header: Dataset) -> Dataset:
    tracers = items(header, "RadiopharmaceuticalInformationSequence")
    if len(tracers) != 1:
        raise _NotKnown(
            in_english("several tracers were given")
            if tracers
            else in_english("the tracer is missing")
        )
    return tracers[0]


def _dose(tracer: Dataset) -> float:
    dose = number(tracer, "RadionuclideTotalDose", 0.0)
    if not dose > 0:
        raise _NotKnown(in_english("the injected dose is missing"))
    if not DOSE_BQ[0] <= dose <= DOSE_BQ[1]:
        raise _NotKnown(in_english("an injected dose of {dose:g} Bq makes no sense", dose=dose))
    return dose


def _half_life(tracer: Dataset) -> float:
    half_life = number(tracer, "RadionuclideHalfLife", 0.0)
    if not half_life > 0:
        raise _NotKnown(in_english("the half-life of the tracer is missing"))
    if not is_half_life(half_life):  # such as one in minutes
        raise _NotKnown(
            in_english("a half-life of {seconds:g} s makes no sense", seconds=half_life)
        )
    return half_life


def _seconds_since_injection(
    headers: Sequence[Dataset], tracer: Dataset, half_life: float
) -> list[float]:
    """Per frame: from the injection to the moment at which its activity is meant."""
    corrected = decay_correction(headers[0])
    _check_agreement(headers[0], corrected)
    if corrected == "ADMIN":
        return [0.0] * len(headers)
    if corrected == "START":
        start = moment_of(headers[0], "DecayCorrectionDateTime") or _scan_start(headers, half_life)
        moments = [start] * len(headers)
    elif corrected == "NONE":
        moments = [_frame_mean(header, half_life) for header in headers]
    else:
        raise _NotKnown(in_english("the file does not say how decay was corrected"))
    return [_seconds(tracer, headers[0], one, half_life) for one in moments]


def _check_agreement(header: Dataset, corrected: str) -> None:
    """Decay Correction says how, and Corrected Image whether: both of the same file, so they must agree."""
    corrections = [part.upper() for part in texts(header, "CorrectedImage")]
    if corrections and corrected and ("DECY" in corrections) != (corrected != "NONE"):
        raise _NotKnown(in_english("the file contradicts itself on whether decay was corrected"))


def decay_correction(header: Dataset) -> str:
    """ "START", "ADMIN" or "NONE"; "" when the file does not say."""
    said = text(header, "DecayCorrection").upper()
    enhanced = {"YES": "START", "NO": "NONE"}.get(text(header, "DecayCorrected").upper(), "")
    return said if said in ("START", "ADMIN", "NONE") else enhanced


def _scan_start(headers: Sequence[Dataset], half_life: float) -> datetime:
    """When the scan began.

    Series Date and Time, unless they are later than the first acquisition: then the series was
    made anew, and the private element of GE, or the earliest frame, tells.
    """
    first = min(headers, key=_acquired)
    acquired = _acquired(first)
    series = moment(first, "SeriesDate", "SeriesTime")
    if series is not None and series <= acquired:
        return series
    of_ge = on_clock_of(first, private_text(first, *GE_SCAN_START))
    if of_ge is not None:
        return of_ge
    after_start = number(first, "FrameReferenceTime", -1.0) / 1000
    if after_start < 0 or not number(first, "ActualFrameDuration", 0.0) > 0:
        return acquired
    return _frame_mean(first, half_life) - timedelta(seconds=after_start)


def _acquired(header: Dataset) -> datetime:
    """When the acquisition of a frame began."""
    found = (
        moment_of(header, "FrameAcquisitionDateTime")
        or moment(header, "AcquisitionDate", "AcquisitionTime")
        or moment_of(header, "AcquisitionDateTime")
        or moment(header, "SeriesDate", "AcquisitionTime")
    )
    if found is None:
        raise _NotKnown(in_english("the time of the acquisition is missing"))
    return found


def _frame_mean(header: Dataset, half_life: float) -> datetime:
    """When the decaying activity was what the frame has on average.

    With λ the decay constant and T the length of the frame: (1/λ) ln(λT / (1 − exp(−λT))) after its
    beginning.
    """
    duration = max(number(header, "ActualFrameDuration", 0.0), 0.0) / 1000
    constant = math.log(2) / half_life
    decay = constant * duration
    after = math.log(decay / -math.expm1(-decay)) / constant if decay > 0 else 0.0
    return _acquired(header) + timedelta(seconds=after)


def _seconds(tracer: Dataset, header: Dataset, until: datetime, half_life: float) -> float:
    """Seconds from the injection; a time without a date is of the day, or the night, before."""
    injected = on_clock_of(header, text(tracer, "RadiopharmaceuticalStartDateTime"))
    if injected is not None:
        return (until - injected).total_seconds()
    clock = text(tracer, "RadiopharmaceuticalStartTime")
    on_the_day = parsed(f"{until:%Y%m%d}{clock}") if clock else None
    if on_the_day is None:
        raise _NotKnown(in_english("the time of the injection is missing"))
    elapsed = (until - on_the_day).total_seconds()
    over_midnight = elapsed + DAY.total_seconds()
    return over_midnight if elapsed < 0 and over_midnight < 5 * half_life else elapsed
