"""Whether there is a newer version: one small file is asked for, where the user wants it.

The request carries the address and the program's name, nothing else. What comes back is a number and
the address of a page for people to read; nothing is downloaded, opened or run.
"""

import json
import re
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from fusionviewer import __version__
from fusionviewer.errors import PacsError
from fusionviewer.pacs.watch import Check
from fusionviewer.pacs.web import WebArchive, answered, is_here
from fusionviewer.workspace.settings import Settings

DAY_S = 86_400.0
SILENT_S, WHOLE_S = 5.0, 15.0
MOST_BYTES = 10_000


class NoAnswer(Exception):
    """Why there is none, for the log: no addresses and no values."""


class Newer(BaseModel):
    """What an address answers: {"version": "1.2.0", "page": "https://…"}."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,6}(\.[0-9]{1,6}){0,3}$")]
    page: Annotated[str, StringConstraints(pattern=r"^https://[!-~]+$"), Field(max_length=300)]


@dataclass(frozen=True)
class Question:
    """What to ask, and what one has.

    Attributes:
        address: of the file; https, or this very computer.
    """

    address: str
    version: str = __version__
    silent_s: float = SILENT_S
    whole_s: float = WHOLE_S


def is_due(settings: Settings, now_s: float) -> bool:
    """Whether to ask: the user wants it, there is an address, and a day has passed."""
    since = now_s - settings.update_asked_s
    waited = since >= DAY_S or since < 0  # a clock that was put back
    return settings.update_check and bool(settings.update_address) and waited


def newer_version(question: Question, check: Check) -> Newer | None:
    """The newest version, where it is newer than what one has.

    Args:
        check: called again and again; what it raises ends the waiting for an answer. While a name is
            looked up, or a connection made, nothing ends it: that takes some seconds for each address.

    Raises:
        NoAnswer: no answer, or none that can be trusted and understood.
    """
    require_private(question.address)
    try:
        archive = WebArchive(question.address, answer_s=question.silent_s, whole_s=question.whole_s)
        with answered(archive, "", accept="application/json", check=check) as answer:
            said = answer.read(MOST_BYTES + 1)
    except PacsError as error:
        cause = error.__cause__
        why = type(cause).__name__ if cause else "it was refused, or took too long"
        raise NoAnswer(f"no answer: {why}") from error
    found = understood(said)
    return found if _numbers(found.version) > _numbers(question.version) else None


def require_private(address: str) -> None:
    """Raises: NoAnswer: others could read along, or change the answer."""
    try:
        parts = urlsplit(address)
        fine = parts.scheme == "https" or (parts.scheme == "http" and is_here(parts.hostname))
    except ValueError:
        fine = False
    if not fine:
        raise NoAnswer("the address is not one of https")


def understood(said: bytes) -> Newer:
    """Raises: NoAnswer: it is too large, or something else."""
    if len(said) > MOST_BYTES:
        raise NoAnswer("the answer is far too large")
    try:
        return Newer.model_validate(json.loads(said))
    except (ValidationError, ValueError, RecursionError) as error:
        raise NoAnswer(f"the answer is something else: {type(error).__name__}") from error


def _numbers(version: str) -> tuple[int, ...]:
    """1.2 and 1.2.0 are the same; what follows the numbers, as in 1.2.0rc1, is not looked at."""
    numbers = [int("0" + re.match(r"[0-9]*", part)[0]) for part in version.split(".")]  # type: ignore[index]
    return tuple((numbers + [0] * 4)[:4])
