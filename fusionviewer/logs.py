"""The log: warnings and faults in a small file, for whoever helps.

Types and places only, never values, paths or names, for those may name patients. Two files at most;
the older one is replaced.
"""

import faulthandler
import logging
import logging.handlers
import platform
import threading
from pathlib import Path

from fusionviewer import __version__
from fusionviewer.paths import log_folder

log = logging.getLogger(__name__)
LOG_BYTES = 500_000
FILE, CRASHES = "fusionviewer.log", "crashes.log"


def start_log(folder: Path | None = None) -> Path | None:
    """Begin to write into `folder`; the file, or None where nothing can be written.

    A full disk or a home without permission is no reason not to start.
    """
    folder = folder or log_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / FILE
        handler = logging.handlers.RotatingFileHandler(
            path, maxBytes=LOG_BYTES, backupCount=1, encoding="utf-8"
        )
        _note_crashes(folder / CRASHES)
    except OSError:
        return None
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    ours = logging.getLogger("fusionviewer")
    for old in [h for h in ours.handlers if isinstance(h, logging.FileHandler)]:
        ours.removeHandler(old)
        old.close()
    ours.addHandler(handler)
    ours.setLevel(logging.INFO)
    logging.raiseExceptions = False  # a disk that fills up later must not print at every line
    threading.excepthook = _thread_failed
    log.info("FusionViewer %s on %s %s", __version__, platform.system(), platform.machine())
    return path


def _note_crashes(path: Path) -> None:
    """Where native code was when it crashed: the names of functions and of our own files."""
    if faulthandler.is_enabled():
        return
    if path.is_file() and path.stat().st_size > LOG_BYTES:
        path.unlink()
    faulthandler.enable(path.open("a", encoding="utf-8"), all_threads=True)


def _thread_failed(failed: threading.ExceptHookArgs) -> None:
    """A thread of a library ended in an exception: its kind and place, never its text."""
    where = "an unknown place"
    trace = failed.exc_traceback
    while trace is not None:
        where = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
        trace = trace.tb_next
    log.error("Unexpected %s in a thread, at %s", failed.exc_type.__name__, where)
