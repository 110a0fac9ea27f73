"""What the command line writes to: every character arrives, and what cannot be written is said."""

import json
import os
import sys
from contextlib import suppress
from io import TextIOWrapper


def take_every_character() -> None:
    """Files and pipes get UTF-8 whatever the system speaks, and names of files as their bytes are.

    Windows would give a pipe its code page, which has no arrows. A terminal keeps its encoding, and
    shows “?” for what it has not.
    """
    for stream in (sys.stdout, sys.stderr):
        if not isinstance(stream, TextIOWrapper):
            continue
        if stream.isatty():
            stream.reconfigure(errors="replace")
        else:
            stream.reconfigure(encoding="utf-8", errors="surrogateescape")


def print_json(document: object) -> None:
    """One document on stdout; escaped where a name of a file is no text, so that it stays JSON."""
    said = json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False)
    try:
        said.encode()
    except UnicodeEncodeError:
        said = json.dumps(document, indent=2, allow_nan=False)
    print(said)


def flush() -> None:
    """Write what is left now, while somebody can be told that it cannot be written.

    Raises:
        OSError: the disk is full, or the reader has gone.
    """
    if sys.stdout is not None:
        sys.stdout.flush()


def give_up_output() -> None:
    """Python flushes once more when it ends; what could not be written must not fail there again."""
    try:
        flush()
    except OSError:
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
