"""DICOM objects without the person: PS3.15 Basic Profile, one key for everything done together.

Source: DICOM PS3.15 Annex E; PS3.16 CID 7050 (methods).
"""

import hmac
import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from fusionviewer.formats.deidentify_rules import (
    DUMMY_TIME,
    EMPTY_TIMES,
    NEEDED_TIMES,
    TEXT_VRS,
    Action,
    action,
)
from fusionviewer.formats.deidentify_words import STANDARD_UIDS, Dates, words_of
from fusionviewer.formats.dicom_writing import UTF_8, code, sequence
from fusionviewer.formats.provenance import NOTICE

REMOVED = "REMOVED"
EMPTY: dict[str, object] = {"PN": "", "SQ": []}  # None for the others
MOST_DAYS = 3650
# Source: PS3.16 CID 7050; PS3.3 C.12.1.1.10 (Longitudinal Temporal Information Modified).
PROFILE = code("113100", "DCM", "Basic Application Confidentiality Profile")
CLEANED = code("113105", "DCM", "Clean Descriptors Option")
METHODS: dict[Dates, tuple[str, tuple[Dataset, ...]]] = {
    "remove": ("REMOVED", ()),
    "keep": (
        "UNMODIFIED",
        (code("113106", "DCM", "Retain Longitudinal Temporal Information Full Dates Option"),),
    ),
    "shift": (
        "MODIFIED",
        (code("113107", "DCM", "Retain Longitudinal Temporal Information Modified Dates Option"),),
    ),
}


@dataclass(frozen=True)
class Deidentifier:
    """Takes persons out of DICOM objects; what belongs together still does.

    Use one for all objects of a job: equal UIDs and patients become equal ones, dates move by the
    same number of days. Nobody can tell which without `key`, and `key` is kept nowhere.

    Attributes:
        dates: taken out, moved back by a random number of days, or kept.
        keep_descriptors: series and other descriptions stay, without the words that identify.
    """

    dates: Dates = "remove"
    keep_descriptors: bool = False
    key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    def uid(self, old: str) -> str:
        """The UID that stands for `old`; those of the standard stay."""
        if not old or old.startswith(STANDARD_UIDS):
            return old
        number = int.from_bytes(self._digest("uid", old)[:16], "big")
        number = (number & ~(0xF << 76)) | (8 << 76)
        number = (number & ~(3 << 62)) | (2 << 62)
        return f"2.25.{number}"

    def cleaned(self, d: Dataset, also: Sequence[Dataset] = ()) -> Dataset:
        """A new data set without the person. Pixels are kept; `file_meta` is not.

        Args:
            also: headers whose names and numbers must not stay in any text either, such as those
                of the images that `d` was made from.
        """
        new = self._copied(d, words_of((d, *also), self.dates))
        self._say(new)
        if str(d.get("ImageComments", "")).startswith(NOTICE) and "ImageComments" not in new:
            new.ImageComments = NOTICE
        return new

    def _digest(self, purpose: str, value: str) -> bytes:
        return hmac.digest(self.key, f"{purpose}\0{value}".encode(), "sha256")

    @property
    def _days(self) -> timedelta:
        return timedelta(days=1 + int.from_bytes(self._digest("days", "")[:4], "big") % MOST_DAYS)

    def _copied(self, d: Dataset, words: re.Pattern[str]) -> Dataset:
        new = Dataset()
        for element in _readable(d):
            kept = self._element(element, words, d)
            if kept is not None:
                new.add(kept)
        if "SpecificCharacterSet" in new:
            new.SpecificCharacterSet = UTF_8
        return new

    def _element(
        self, element: DataElement, words: re.Pattern[str], d: Dataset
    ) -> DataElement | None:
        what = action(
            element.keyword, element.VR, int(element.tag), keep_descriptors=self.keep_descriptors
        )
        value = element.value
        match what:
            case Action.REMOVE:
                return None
            case Action.KEEP:
                kept = _scrubbed(value, words) if element.VR in TEXT_VRS else value
            case Action.EMPTY:
                kept = EMPTY.get(element.VR)
            case Action.REPLACE:
                kept = self._stand_in(
                    element.keyword, str(d.get("PatientID") or d.get("PatientName") or "")
                )
            case Action.MAP:
                kept = _each(value, self.uid)
            case Action.GO_INSIDE:
                kept = [self._copied(item, words) for item in value]
            case Action.DATE:
                return self._moment(element)
        new = DataElement(element.tag, element.VR, kept)
        new.is_undefined_length = element.is_undefined_length  # compressed pixels need it
        return new

    def _stand_in(self, keyword: str, patient: str) -> str:
        """A value for an element that must have one; the same person keeps the same pseudonym."""
        if keyword in ("PatientName", "PatientID"):
            return f"ANON-{self._digest('patient', patient).hex()[:10].upper()}"
        return REMOVED

    def _moment(self, element: DataElement) -> DataElement | None:
        keyword, vr = element.keyword, element.VR
        if self.dates == "keep":
            return DataElement(element.tag, vr, element.value)
        if self.dates == "shift":
            moved = _each(element.value, lambda text: _shifted(text, vr, self._days))
            return DataElement(element.tag, vr, moved)
        if keyword in NEEDED_TIMES:
            return DataElement(element.tag, vr, DUMMY_TIME[vr])
        return DataElement(element.tag, vr, "") if keyword in EMPTY_TIMES else None

    def _say(self, new: Dataset) -> None:
        """Source: DICOM PS3.3 C.7.1.1 (Patient), C.12.1."""
        temporal, codes = METHODS[self.dates]
        new.PatientIdentityRemoved = "YES"
        new.DeidentificationMethod = "FusionViewer, DICOM PS3.15 Basic Profile"
        options = (*codes, *((CLEANED,) if self.keep_descriptors else ()))
        new.DeidentificationMethodCodeSequence = sequence(PROFILE, *options)
        new.LongitudinalTemporalInformationModified = temporal


def nobody() -> Deidentifier:
    """For what is exported here: dates go; how it was made stays, without words that identify."""
    return Deidentifier(keep_descriptors=True)


def _readable(d: Dataset) -> Iterator[DataElement]:
    """The elements whose value can be read: one that cannot be read cannot be cleaned."""
    for tag in list(d.keys()):
        try:
            element = d[tag]
            element.value  # noqa: B018 - damaged values raise when they are looked at
        except Exception:  # noqa: BLE001 - pydicom passes on what its parsers meet
            continue
        yield element


def _scrubbed(value: object, words: re.Pattern[str]) -> object:
    return _each(value, lambda text: re.sub(r"\s{2,}", " ", words.sub("", text)).strip())


def _each(value: object, change: Callable[[str], str]) -> object:
    if value is None or value == "":
        return value
    if isinstance(value, MultiValue | list | tuple):
        return [change(str(one)) for one in value]
    return change(str(value))


def _shifted(text: str, vr: str, back: timedelta) -> str:
    """A date or moment, `back` earlier; times of day stay. What is no date becomes the dummy."""
    if vr == "TM":
        return text
    try:
        day = date(int(text[:4]), int(text[4:6]), int(text[6:8])) - back
    except (ValueError, OverflowError):
        return DUMMY_TIME[vr]
    return day.strftime("%Y%m%d") + text[8:]
