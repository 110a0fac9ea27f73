"""What a resampled CT, MR or PET image says of how it was acquired: taken from its source."""

import re
from collections.abc import Mapping

from pydicom.dataset import Dataset

from fusionviewer.formats.dicom_header import number, numbers, text, texts
from fusionviewer.formats.dicom_writing import clean, code, decimal, sequence
from fusionviewer.formats.units import PET_UNITS

# What each kind has to say, and what it says when the source does not (None: an empty element).
CT: dict[str, list[str] | None] = {"KVP": None, "AcquisitionNumber": None, "PatientPosition": None}
MR: dict[str, list[str] | None] = {
    "ScanningSequence": ["RM"],  # research mode
    "SequenceVariant": ["NONE"],
    "ScanOptions": None,
    "MRAcquisitionType": None,
    "EchoTime": None,
    "EchoTrainLength": None,
    "RepetitionTime": None,
    "PatientPosition": None,
}
TERMS = {
    "PatientPosition": {
        *("HFP", "HFS", "HFDR", "HFDL", "FFDR", "FFDL", "FFP", "FFS"),
        *("LFP", "LFS", "RFP", "RFS", "AFDR", "AFDL", "PFDR", "PFDL"),
    },
    "ScanningSequence": {"SE", "IR", "GR", "EP", "RM"},
    "SequenceVariant": {"SK", "MTC", "SS", "TRSS", "SP", "MP", "OSP", "NONE"},
    "MRAcquisitionType": {"2D", "3D"},
    "CountsSource": {"EMISSION", "TRANSMISSION"},
    "DecayCorrection": {"NONE", "START", "ADMIN"},
}
INVERTED_MR = {**MR, "InversionTime": None}
MR_OPTIONAL = ("MagneticFieldStrength", "FlipAngle", "ImagingFrequency")
PET_OF_UNIT = {"SUV": "GML", "Bq/ml": "BQML", "counts": "CNTS", "counts/s": "CPS"}
TRACER_NUMBERS = (
    "RadionuclideTotalDose",
    "RadionuclideHalfLife",
    "RadionuclidePositronFraction",
)
CODE = ("CodeValue", "CodingSchemeDesignator", "CodeMeaning")
FORMS = {"Date": r"\d{8}", "Time": r"([01]\d|2[0-3])([0-5]\d([0-5]\d(\.\d{1,6})?)?)?"}


def put_ct(d: Dataset, header: Dataset, unit: str, _slices: int) -> None:
    """Source: DICOM PS3.3 C.8.2.1 (CT Image)."""
    _put(d, header, CT)
    d.RescaleType = "HU" if unit == "HU" else "US"


def put_mr(d: Dataset, header: Dataset, _unit: str, _slices: int) -> None:
    """Source: DICOM PS3.3 C.8.3.1 (MR Image)."""
    _put(d, header, MR if "IR" not in texts(header, "ScanningSequence") else INVERTED_MR)
    for keyword in MR_OPTIONAL:
        if keyword in header and numbers(header, keyword, 1) is not None:
            setattr(d, keyword, decimal(number(header, keyword, 0)))
    d.RescaleType = "US"


def put_pet(d: Dataset, header: Dataset, unit: str, slices: int) -> None:
    """What all slices share, and the times that decay correction counts from.

    Series Date and Time stay those of the source: programs that compute SUV take them for the start
    of the scan. The series is static whatever the source was: one volume has one time.

    Source: DICOM PS3.3 C.8.9.1 (PET Series), C.8.9.2 (PET Isotope), C.8.9.4 (PET Image), C.8.4.6
    (orientation).
    """
    for keyword in ("SeriesDate", "SeriesTime"):
        if value := _time(header, keyword):
            setattr(d, keyword, value)
    d.Units = _pet_units(text(header, "Units").upper(), unit)
    if d.Units == "GML":
        d.SUVType = "BW"
    d.CountsSource = _term(header, "CountsSource", "EMISSION")
    d.DecayCorrection = _term(header, "DecayCorrection", "NONE")
    d.SeriesType, d.NumberOfSlices = ["STATIC", "IMAGE"], slices
    d.CorrectedImage = [clean(part, 16) for part in texts(header, "CorrectedImage") if part]
    d.CollimatorType = clean(text(header, "CollimatorType"), 16)
    d.RadiopharmaceuticalInformationSequence = sequence(*_tracers(header))
    d.PatientOrientationCodeSequence = sequence()
    d.PatientGantryRelationshipCodeSequence = sequence()


def _pet_units(said: str, unit: str) -> str:
    """What the file says, as long as the values are still in that; else what they are in.

    A unit of which we know nothing stays too; where slices did not agree on one, there is none.
    """
    unknown = unit == "a.u." and said not in ("", "GML", *PET_UNITS)
    return said if unknown or PET_UNITS.get(said) == unit else PET_OF_UNIT.get(unit, "NONE")


def put_body(d: Dataset, header: Dataset) -> None:
    """Weight and size, which SUV is computed with. Source: DICOM PS3.3 C.7.2.2 (Patient Study)."""
    for keyword in ("PatientWeight", "PatientSize"):
        if number(header, keyword, 0) > 0:
            setattr(d, keyword, decimal(number(header, keyword, 0)))


def put_ct_slice(d: Dataset, header: Dataset, _number: int) -> None:
    """When the nearest source slice was acquired."""
    _put_times(d, header)


put_mr_slice = put_ct_slice


def put_pet_slice(d: Dataset, header: Dataset, number_in_series: int) -> None:
    """Times and decay of the nearest source slice, on which its activity depends.

    Source: DICOM PS3.3 C.8.9.4.
    """
    _put_times(d, header)
    d.ImageIndex = number_in_series
    d.FrameReferenceTime = decimal(number(header, "FrameReferenceTime", 0))
    if numbers(header, "ActualFrameDuration", 1) is not None:
        d.ActualFrameDuration = int(number(header, "ActualFrameDuration", 0))
    else:
        d.ActualFrameDuration = None
    if d.DecayCorrection != "NONE":
        d.DecayFactor = decimal(number(header, "DecayFactor", 1))


def _put(d: Dataset, header: Dataset, wanted: Mapping[str, list[str] | None]) -> None:
    for keyword, otherwise in wanted.items():
        said: object = [part for part in texts(header, keyword) if part]
        if keyword in TERMS and not (said and set(texts(header, keyword)) <= TERMS[keyword]):
            said = otherwise
        elif keyword not in TERMS and keyword != "ScanOptions":
            found = numbers(header, keyword, 1)
            said = None if found is None else decimal(float(found[0]))
        setattr(d, keyword, said or None)


def _term(header: Dataset, keyword: str, otherwise: str) -> str:
    said = text(header, keyword).upper()
    return said if said in TERMS[keyword] else otherwise


def _put_times(d: Dataset, header: Dataset) -> None:
    for keyword in ("AcquisitionDate", "AcquisitionTime"):
        setattr(d, keyword, _time(header, keyword))


def _time(header: Dataset, keyword: str) -> str:
    """A date or time that keeps to its form, else nothing. Source: DICOM PS3.5 section 6.2."""
    said = text(header, keyword)
    return said if re.fullmatch(FORMS[keyword[-4:]], said) else ""


def _tracers(header: Dataset) -> list[Dataset]:
    """What was injected, how much of it, and when."""
    return [_tracer(item) for item in header.get("RadiopharmaceuticalInformationSequence") or ()]


def _tracer(item: Dataset) -> Dataset:
    tracer = Dataset()
    tracer.RadionuclideCodeSequence = sequence(
        *(code_of(one) for one in list(item.get("RadionuclideCodeSequence") or ())[:1])
    )
    if name := clean(text(item, "Radiopharmaceutical"), 64):
        tracer.Radiopharmaceutical = name
    for keyword in TRACER_NUMBERS:
        if numbers(item, keyword, 1) is not None:
            setattr(tracer, keyword, decimal(number(item, keyword, 0)))
    if when := _time(item, "RadiopharmaceuticalStartTime"):
        tracer.RadiopharmaceuticalStartTime = when
    moment = text(item, "RadiopharmaceuticalStartDateTime")
    if re.fullmatch(r"\d{8}(\d{6}(\.\d{1,6})?)?", moment):
        tracer.RadiopharmaceuticalStartDateTime = moment
    return tracer


def code_of(item: Dataset) -> Dataset:
    """A code, with nothing else of its item."""
    return code(*(clean(text(item, part), 64) for part in CODE))
