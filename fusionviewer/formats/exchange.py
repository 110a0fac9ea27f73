"""Two folders trade their names: in one step where the system can, so that a kill between is none.

Source: Linux renameat2(2), RENAME_EXCHANGE.
"""

import ctypes
import os
import sys
from pathlib import Path

RENAME_EXCHANGE = 2
AT_FDCWD = -100


def exchange(a: Path, b: Path) -> None:
    """Raises: OSError: both are as they were."""
    if not _exchanged_at_once(a, b):
        _exchanged_in_turn(a, b)


def _exchanged_at_once(a: Path, b: Path) -> bool:
    if sys.platform != "linux":
        return False
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):  # a C library that does not know it
        return False
    return bool(rename(AT_FDCWD, os.fsencode(a), AT_FDCWD, os.fsencode(b), RENAME_EXCHANGE) == 0)


def _exchanged_in_turn(a: Path, b: Path) -> None:
    """A file system or system without it: for a moment there is no `b`, and it is beside as .old."""
    aside = a.with_name(f"{a.name}.old")
    b.rename(aside)
    try:
        a.rename(b)
    except OSError:
        aside.rename(b)
        raise
    aside.rename(a)
