"""All slices fused at once, from the visible one outward, so that scrolling waits for none of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fusionviewer.engine.outward import fuse_outward
from fusionviewer.texts import text as _
from fusionviewer.ui.messages import Notice
from fusionviewer.ui.runner import Job

if TYPE_CHECKING:
    from fusionviewer.ui.main_window import MainWindow


def fuse_whole(window: MainWindow) -> None:
    """Off the GUI thread, with progress and cancel; the engine remembers what is done."""
    request = window.store.state.request
    if request is None:
        return
    engine, count = window.engine, request.pair.shape[0]

    def tell(done: int) -> None:
        if done == count:
            window.messages.say(Notice(_("All {count} slices are fused.", count=count)), "good")
        else:
            words = _(
                "The {done} slices around this one are fused; more of the {count} do not fit in memory.",
                done=done,
                count=count,
            )
            window.messages.say(Notice(words), "warning")

    window.queue.add(
        Job(
            _("Fusing all slices"),
            lambda cancel, progress: fuse_outward(engine, request, cancel, progress),
            tell,
            window.say_error,
        )
    )
