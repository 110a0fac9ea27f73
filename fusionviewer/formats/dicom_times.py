"""Dates and times of a header, as moments that can be subtracted."""

import re
from datetime import datetime, timedelta, timezone

from pydicom.dataset import Dataset

from fusionviewer.formats.dicom_header import text

DATE_LENGTH = 8


def moment(header: Dataset, date: str, time: str) -> datetime | None:
    """The moment of two elements, such as SeriesDate and SeriesTime; None when one says nothing."""
    day, hour = text(header, date), text(header, time)
    return parsed(day + hour) if day and hour else None


def moment_of(header: Dataset, keyword: str) -> datetime | None:
    """The moment of one element with date and time, on the clock of the file's other times."""
    return on_clock_of(header, text(header, keyword))


def on_clock_of(header: Dataset, written: str) -> datetime | None:
    """`written` in the time zone of the file, where both say in which they are."""
    found = parsed(written)
    own, here = _offset(written), _offset("0" + text(header, "TimezoneOffsetFromUTC"))
    if found is None or own is None or here is None:
        return found
    return found.replace(tzinfo=own).astimezone(here).replace(tzinfo=None)


def parsed(written: str) -> datetime | None:
    """A DT value without its zone; a date alone is no moment.

    Source: DICOM PS3.5 6.2 (DA, TM, DT; "." and ":" as separators are of ACR-NEMA).
    """
    digits = re.match(r"[\d.:]*", written.replace(" ", ""))
    plain = digits.group().replace(":", "") if digits else ""
    if re.match(r"\d{4}\.\d\d\.\d\d", plain):
        plain = plain.replace(".", "", 2)
    whole, _, fraction = plain.partition(".")
    if len(whole) < DATE_LENGTH + 2 or len(whole) % 2:
        return None
    try:
        found = datetime.strptime(whole.ljust(14, "0")[:14], "%Y%m%d%H%M%S")
    except ValueError:
        return None
    return found + timedelta(seconds=float(f"0.{fraction or 0}"))


def _offset(written: str) -> timezone | None:
    found = re.search(r"([+-])(\d\d)(\d\d)$", written.strip())
    if found is None:
        return None
    sign = -1 if found[1] == "-" else 1
    away = sign * timedelta(hours=int(found[2]), minutes=int(found[3]))
    return timezone(away) if abs(away) < timedelta(hours=24) else None
