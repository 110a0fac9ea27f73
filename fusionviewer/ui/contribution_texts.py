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
from fusionviewer.workspace.captions import blank

Lines = tuple[str, ...]
FAILED = "Contribution and structures could not be found out"

CONTRIBUTION_TIP = (
    "How much of each fused pixel came from which source. Strategies and most rules tell their own "
    "weights. For networks and pyramids without weights it is estimated: each source is darkened "
    "by an eighth while the other stays, and what the fused pixel loses by either is compared; "
    "where that changes nothing, the whole source is taken away. Deterministic. Blue is the "
    "first source, orange the second, light grey both alike; without a hue it is background, or "
    "follows neither."
)
STRUCTURES_TIP = (
    f"Outlines edges of the fused image of at least {MADE_UP:.0%} of the display range that are "
    f"more than {GAIN:g} times as steep as anything of that direction within {REACH} pixels in "
    "either source "
    f"(unsupported: unbroken, yellow), and edges of at least {STRONG:.0%} in a source of which less "
    f"than {KEPT:.0%} is left within {REACH} pixels of the fused image (lost: dashed, white). "
    f"Patches below {SMALLEST} pixels are left out. Deterministic. That nothing is outlined does "
    "not prove that nothing was made up."
)


def contribution_lines(found: Contribution | None) -> Lines:
    if found is None:
        return ("Contribution: being computed…",)
    return (f"Contribution: {BASES[found.basis]}",)


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
        return ("from neither source",)
    percent = round(share * 100)
    return (f"{names[0]} {percent} % · {names[1]} {100 - percent} %",)


def structure_lines(found: Structures | None) -> Lines:
    if found is None:
        return ("Structures: being checked…",)
    made_up, lost = found.unsupported_count, found.lost_count
    return (
        f"{_edges(made_up)} unsupported" + (" (yellow)" if made_up else ""),
        f"{_edges(lost)} lost" + (" (dashed)" if lost else ""),
    )


def _edges(count: int) -> str:
    return "No edge" if not count else "1 edge" if count == 1 else f"{count} edges"


def layers_page() -> str:
    """The help page of the layers, as rich text."""
    return (
        f"<h3>Where did this pixel come from?</h3><p>{CONTRIBUTION_TIP}</p>"
        f"<h3>Unsupported and lost structures</h3><p>{STRUCTURES_TIP}</p>"
    )
