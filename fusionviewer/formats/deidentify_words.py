"""Which words tell whose an image is: what must not stay in any text, whatever becomes of its element."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Literal

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from fusionviewer.formats.deidentify_rules import OF_BIRTH, TIME_VRS

Dates = Literal["remove", "shift", "keep"]

STANDARD_UIDS = "1.2.840.10008."
SHORTEST = 3
SHORTEST_NAME = 2  # Li, Ng, Wu
LONG = 6
NO_NAMES = frozenset(("mr", "dr", "ms", "md", "jr", "sr", "ct", "pt", "nm", "t1", "t2"))
LETTER = "[0-9A-Za-z\u00c0-\u1fff]"  # of scripts that put spaces between words
IDEOGRAPHS = (
    "\u2e80"  # from here on a character may be a name, and words have no spaces between them
)
UMLAUTS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"}
)
IDENTIFIERS = frozenset(
    (
        *("PatientID", "OtherPatientIDs", "AccessionNumber", "StudyID", "InstitutionName"),
        *("InstitutionAddress", "StationName", "InstitutionalDepartmentName", "PatientAddress"),
        *("PatientTelephoneNumbers", "AdmissionID", "MedicalRecordLocator", "DeviceSerialNumber"),
    )
)


def words_of(headers: Iterable[Dataset], dates: Dates) -> re.Pattern[str]:
    """What must not occur in any text that stays: names, numbers, places, and dates."""
    elements = chain.from_iterable(d.iterall() for d in headers)
    found = set(chain.from_iterable(_told(element, dates) for element in elements))
    wanted = sorted(found, key=lambda word: (-len(word), word))
    return re.compile("|".join(map(_pattern, wanted)) or r"(?!)", re.IGNORECASE)


def _told(element: DataElement, dates: Dates) -> Iterator[str]:
    read = _reader(element, dates)
    if read is None:
        return
    value = element.value
    for one in value if isinstance(value, MultiValue | list | tuple) else [value]:
        yield from read(str(one).strip())


def _reader(element: DataElement, dates: Dates) -> Callable[[str], Iterable[str]] | None:
    """What finds the words in a value of `element`; None where it tells nothing of the person."""
    if element.keyword in IDENTIFIERS:
        return _numbers
    if element.VR == "PN":
        return _names
    if element.VR == "UI":
        return _uids
    if element.VR in TIME_VRS and (dates != "keep" or element.keyword in OF_BIRTH):
        return _dates
    return None


def _numbers(value: str) -> Iterator[str]:
    return (word for word in (value, *re.split(r"[\s,;]+", value)) if len(word) >= SHORTEST)


def _uids(value: str) -> Iterable[str]:
    return () if value.startswith(STANDARD_UIDS) or len(value) < SHORTEST else (value,)


def _names(value: str) -> Iterator[str]:
    """Each part of a name, also without accents and as it is written where there are no umlauts."""
    whole = re.split(r"[\^=\s,]+", value)
    parts = (part for word in whole for part in re.split(r"[-'’・]+", word))
    for word in (*whole, *parts):
        if _is_name(word):
            yield word
            yield word.translate(UMLAUTS)
            plain = unicodedata.normalize("NFKD", word)
            yield "".join(c for c in plain if not unicodedata.combining(c))
            yield unicodedata.normalize(
                "NFKC", word
            )  # half a width in the one, a whole in the other


def _is_name(word: str) -> bool:
    if _is_ideographic(word):
        return True
    return len(word) >= SHORTEST_NAME and word.casefold().rstrip(".") not in NO_NAMES


def _is_ideographic(word: str) -> bool:
    return word[:1] >= IDEOGRAPHS and word[:1].isalpha()


def _dates(value: str) -> Iterator[str]:
    """A date as DICOM writes it, and as people do."""
    first = value[:8]
    if len(first) >= SHORTEST:
        yield first
    if re.fullmatch(r"\d{8}", first):
        year, month, day = first[:4], first[4:6], first[6:]
        yield from (f"{year}{mark}{month}{mark}{day}" for mark in "-./")
        for one, other in ((day, month), (month, day)):
            for mark in "-./":
                yield from (f"{one}{mark}{other}{mark}{y}" for y in (year, year[2:]))


def _pattern(word: str) -> str:
    """A long word wherever it is; a short one not within others, where it is chance."""
    if len(word) >= LONG or _is_ideographic(word):
        return re.escape(word)
    return rf"(?<!{LETTER}){re.escape(word)}(?!{LETTER})"
