"""What an archive has: patients, studies, series and images (QIDO-RS).

Source: DICOM PS3.18 section 10.6, Annex F (DICOM JSON).
"""

import json
import time
from collections.abc import Mapping
from typing import Any

from pydicom.datadict import tag_for_keyword

from fusionviewer.errors import PacsError
from fusionviewer.pacs.find import LEVELS, LIMIT, Found, one_line
from fusionviewer.pacs.watch import Check
from fusionviewer.pacs.web import WebArchive, answered, below
from fusionviewer.texts import text as _

MAX_BYTES = 64 * 2**20
JSON = "application/dicom+json"
STUDY, SERIES = "StudyInstanceUID", "SeriesInstanceUID"


def echo(archive: WebArchive, check: Check = lambda: None) -> float:
    """Seconds that the archive takes to answer the smallest search.

    Raises:
        PacsError: it does not answer, or says no.
        Exception: whatever `check` raises.
    """
    start = time.monotonic()
    _asked(archive, "/studies", {"limit": "1"}, check)
    return time.monotonic() - start


def find(
    archive: WebArchive,
    level: str,
    wanted: Mapping[str, str],
    *,
    limit: int = LIMIT,
    check: Check = lambda: None,
) -> Found:
    """As `find.find`. The web knows no patients: they are those of the studies found.

    Raises:
        PacsError: it cannot be reached, or does not answer.
        ValueError: an unknown level or keyword.
        Exception: whatever `check` raises.
    """
    keywords = LEVELS[level][2]
    if unknown := set(wanted) - set(keywords):
        raise ValueError(f"{sorted(unknown)} cannot be asked for at the level {level}")
    rest = {k: v for k, v in wanted.items() if v}
    path = _path(level, rest)
    query = {**rest, "limit": str(limit + 1), "includefield": ",".join(keywords)}
    said = _asked(archive, path, query, check)
    matches = [{k: _value(one, k) for k in keywords} for one in said if isinstance(one, dict)]
    if level == "patient":
        matches = list({(m["PatientID"], m["PatientName"]): m for m in matches}.values())
    return Found(tuple(matches[:limit]), more=len(said) > limit)


def _path(level: str, wanted: dict[str, str]) -> str:
    """Takes what goes into the path out of `wanted`."""
    path = "/studies"
    if level in ("series", "image"):
        path += below(wanted.pop(STUDY, "")) + "/series"
    if level == "image":
        path += below(wanted.pop(SERIES, "")) + "/instances"
    return path


def _asked(archive: WebArchive, path: str, query: Mapping[str, str], check: Check) -> list[Any]:
    with answered(archive, path, accept=JSON, check=check, query=query) as answer:
        body = b""
        while piece := answer.read(1 << 16):
            body += piece
            if len(body) > MAX_BYTES:
                raise PacsError(
                    _("“{title}” answers without end.", title=archive.title),
                    _("Ask more narrowly."),
                )
    try:
        said = json.loads(body or b"[]")
    except (ValueError, RecursionError) as error:
        raise _no_json(archive) from error
    if not isinstance(said, list):
        raise _no_json(archive)
    return said


def _no_json(archive: WebArchive) -> PacsError:
    return PacsError(
        _("“{title}” answers in a form that is not DICOMweb's.", title=archive.title),
        _("Check its address."),
    )


def _value(match: dict[str, Any], keyword: str) -> str:
    element = match.get(f"{tag_for_keyword(keyword):08X}")
    values = element.get("Value") if isinstance(element, dict) else None
    return one_line([_text(v) for v in values] if isinstance(values, list) else [])


def _text(value: Any) -> str:
    """Names come as groups of letters. Source: DICOM PS3.18 F.2.2."""
    if isinstance(value, dict):
        return str(next((value[k] for k in ("Alphabetic", "Ideographic") if value.get(k)), ""))
    return str(value)
