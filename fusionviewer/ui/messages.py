"""Failures, as the user reads them."""

import logging
from dataclasses import dataclass

from fusionviewer.errors import FusionViewerError
from fusionviewer.texts import text as _

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Notice:
    """One sentence, and what to do about it. `is_bug`: the bar then offers “Copy report”."""

    text: str
    hint: str = ""
    is_bug: bool = False


def notice(error: Exception) -> Notice:
    """What to tell the user about `error`. Anything we did not foresee is our bug."""
    if isinstance(error, FusionViewerError):
        log.info("%s, because of %s", type(error).__name__, type(error.__cause__).__name__)
        return Notice(str(error), error.hint)
    if isinstance(error, MemoryError):
        log.warning("MemoryError")
        return Notice(
            _("There is not enough memory for this."), _("Close an image, or open a smaller one.")
        )
    log.error("Unexpected %s at %s", type(error).__name__, place_of(error))
    return Notice(
        _("Something went wrong inside the viewer. Your files were not changed."),
        _("“Copy report” collects what we need to repair it, without patient data."),
        is_bug=True,
    )


def place_of(error: BaseException) -> str:
    """File, line and function of every step to `error`; no values, for those may name patients."""
    steps = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        name = code.co_filename.replace("\\", "/").rsplit("/", 1)[-1]
        steps.append(f"{name}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return " > ".join(steps) or "an unknown place"
