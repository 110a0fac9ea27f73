"""In what the values of a DICOM image are measured."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from pydicom.dataset import Dataset

from fusionviewer.formats.dicom_header import items, number, real_world, text, texts
from fusionviewer.formats.suv import PHILIPS_ACTIVITY, PHILIPS_SUV, philips_factor, uptake
from fusionviewer.texts import in_english

# PS3.3 C.8.9.1.1.3, Units of a PET series: what the header calls GML is SUV by body weight already.
PET_UNITS = {"BQML": "Bq/ml", "CNTS": "counts", "PROPCNTS": "counts", "CPS": "counts/s"}
# PS3.16 CID 84 and 85, the UCUM codes of real world values.
CODED_UNITS = {
    "Bq/ml": "Bq/ml",
    "g/ml{SUVbw}": "SUV",
    "{SUVbw}g/ml": "SUV",
    "{counts}": "counts",
    "{counts}/s": "counts/s",
}
SUV_TYPES = ("", "BW")
SAME_SLOPE = 1e-6
PICTURES = ("SC", "OT", "XC", "ES", "US", "CR", "DX", "MG", "XA", "RF", "DOC")


@dataclass(frozen=True)
class Measurement:
    """What values are after the file's own rescaling and `factors`.

    Attributes:
        factors: one per frame, by which its values are multiplied; empty when they stay.
        notes: what must be known of it, one sentence each.
    """

    unit: str
    factors: tuple[float, ...] = ()
    notes: tuple[str, ...] = ()


def measurement(headers: Sequence[Dataset], modality: str) -> Measurement:
    """In what the frames of a series are shown: PET as SUV by body weight wherever that is known.

    Frames that are not all in one unit, or do not all say so, have none together.

    Source: DICOM PS3.3 C.8.9.1; the rest as in `unit` and `suv`.
    """
    written, *others = dict.fromkeys(unit(header, modality) for header in headers)
    if others:
        listed = ", ".join(sorted((written, *others)))
        said = in_english("The slices do not agree on their unit ({units}).", units=listed)
        return Measurement("a.u.", notes=(said,))
    if modality != "PT" or written == "SUV":
        return Measurement(written)
    convert = _CONVERSIONS.get(written, partial(_neither, written))
    return convert(headers)


def _from_activity(headers: Sequence[Dataset]) -> Measurement:
    found = uptake(headers)
    if found.factors:
        return Measurement(
            "SUV", found.factors, (in_english("SUV by body weight, computed from Bq/ml."),)
        )
    return Measurement("Bq/ml", notes=(_no_suv(found.reason),))


def _no_suv(reason: str) -> str:
    return in_english("SUV is not computable, because {reason}.", reason=reason)


def _from_counts(headers: Sequence[Dataset]) -> Measurement:
    """By the factors of Philips; the counts of others stay counts."""
    of_suv = tuple(philips_factor(header, PHILIPS_SUV) for header in headers)
    if all(of_suv):
        return Measurement(
            "SUV", of_suv, (in_english("SUV by body weight, by the factor of Philips."),)
        )
    of_activity = tuple(philips_factor(header, PHILIPS_ACTIVITY) for header in headers)
    if not all(of_activity):
        reason = in_english("the file is in counts, without a factor to activity")
        return Measurement("counts", notes=(_no_suv(reason),))
    found = _from_activity(headers)
    own = found.factors or (1.0,) * len(headers)
    both = tuple(one * other for one, other in zip(of_activity, own, strict=True))
    return Measurement(found.unit, both, found.notes)


def _neither(written: str, _headers: Sequence[Dataset]) -> Measurement:
    reason = (
        in_english("the file is in {unit}", unit=written)
        if written in PET_UNITS.values()
        else in_english("the file is in no unit that is known")
    )
    return Measurement(written, notes=(_no_suv(reason),))


_CONVERSIONS: dict[str, Callable[[Sequence[Dataset]], Measurement]] = {
    "Bq/ml": _from_activity,
    "counts": _from_counts,
}


def unit(header: Dataset, modality: str) -> str:
    """The unit of the rescaled values in the file.

    Source: DICOM PS3.3 C.11.1.1.2 (Rescale Type), C.8.2.1.1 (CT), C.8.9.1 (PET), C.7.6.16.2.11 (Real
    World Value Mapping).
    """
    if modality == "CT":
        return "HU" if _is_hounsfield(header) else "a.u."
    if modality == "PT":
        return _pet_unit(header)
    if modality == "NM":
        return _coded_unit(header) or "counts"
    return "grey level" if modality in PICTURES else "a.u."


def _is_hounsfield(header: Dataset) -> bool:
    kind = text(header, "RescaleType").upper()
    rescaled = "RescaleIntercept" in header and "RescaleSlope" in header
    localiser = "LOCALIZER" in (part.upper() for part in texts(header, "ImageType"))
    return rescaled and kind in ("", "HU") and not localiser


def _pet_unit(header: Dataset) -> str:
    units = text(header, "Units").upper()
    if units == "GML":
        return "SUV" if text(header, "SUVType").upper() in SUV_TYPES else "a.u."
    return PET_UNITS.get(units) or _coded_unit(header) or "a.u."


def _coded_unit(header: Dataset) -> str:
    """The unit of real world values, where they are what rescaling gives; else ""."""
    mapping = real_world(header)
    if mapping is None:
        return ""
    slope = number(mapping, "RealWorldValueSlope", 0.0)
    if abs(number(header, "RescaleSlope", slope) - slope) > SAME_SLOPE * abs(slope):
        return ""
    codes = items(mapping, "MeasurementUnitsCodeSequence")
    return CODED_UNITS.get(text(codes[0], "CodeValue"), "") if codes else ""
