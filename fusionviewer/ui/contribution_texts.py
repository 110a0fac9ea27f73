"""The words of the layers over the fused pane, in its corners and in the help."""

import numpy as np

from fusionviewer.fusion.contribution import BASES, Contribution
from fusionviewer.imaging.structures import (
    GAIN,
    KEPT,
    MADE_UP,
    REACH,
    SMALLEST,
    STRONG,
    Structures,
)
from fusionviewer.texts import marked, plural
from fusionviewer.texts import text as _
from fusionviewer.workspace.captions import blank

Lines = tuple[str, ...]
FAILED = marked("Contribution and structures could not be found out")

CONTRIBUTION_TIP = marked(
    "How much of each fused pixel came from which source. Strategies and most rules tell their own "
    "weights. For networks and pyramids without weights it is estimated: each source is darkened "
    "by an eighth while the other stays, and what the fused pixel loses by either is compared; "
    "where that changes nothing, the whole source is taken away. Deterministic. Blue is the "
    "first source, orange the second, light grey both alike; without a hue it is background, or "
    "follows neither."
)
STRUCTURES_TIP = marked(
    "Outlines edges of the fused image of at least {made_up:.0%} of the display range that are "
    "more than {gain:g} times as steep as anything of that direction within {reach} pixels in "
    "either source "
    "(unsupported: unbroken, yellow), and edges of at least {strong:.0%} in a source of which less "
    "than {kept:.0%} is left within {reach} pixels of the fused image (lost: dashed, white). "
    "Patches below {smallest} pixels are left out. Deterministic. That nothing is outlined does "
    "not prove that nothing was made up."
)


def contribution_lines(found: Contribution | None) -> Lines:
    if found is None:
        return (_("Contribution: being computed…"),)
    return (_("Contribution: {basis}", basis=_(BASES[found.basis])),)


def share_line(
    found: Contribution, names: tuple[str, str], at: tuple[float, float] | None
) -> Lines:
    """ "A CT 82 % · B MR 18 %" for the pixel under the cursor."""
    if at is None:
        return (blank(26),)
    row, col = (int(np.floor(x + 0.5)) for x in at)
    height, width = found.share_of_a.shape
    if not (0 <= row < height and 0 <= col < width):
        return ()
    share = float(found.share_of_a[row, col])
    if not np.isfinite(share):
        return (_("from neither source"),)
    percent = round(share * 100)
    return (f"{names[0]} {percent} % · {names[1]} {100 - percent} %",)


def share_room(names: tuple[str, str]) -> str:
    """The widest that such a line becomes."""
    return f"{names[0]} 88 % · {names[1]} 88 %"


def structure_lines(found: Structures | None) -> Lines:
    if found is None:
        return (_("Structures: being checked…"),)
    made_up, lost = found.unsupported_count, found.lost_count
    return (
        plural("1 edge unsupported (yellow)", "{count} edges unsupported (yellow)", made_up)
        if made_up
        else _("No edge unsupported"),
        plural("1 edge lost (dashed)", "{count} edges lost (dashed)", lost)
        if lost
        else _("No edge lost"),
    )


def contribution_tip() -> str:
    return _(CONTRIBUTION_TIP)


def structures_tip() -> str:
    return _(
        STRUCTURES_TIP,
        made_up=MADE_UP,
        gain=GAIN,
        reach=REACH,
        strong=STRONG,
        kept=KEPT,
        smallest=SMALLEST,
    )


def layers_page() -> str:
    """The help page of the layers, as rich text."""
    return (
        f"<h3>{_('Where did this pixel come from?')}</h3><p>{contribution_tip()}</p>"
        f"<h3>{_('Unsupported and lost structures')}</h3><p>{structures_tip()}</p>"
    )
