"""The words of the layers over the fused pane, in its corners and in the help."""

from typing import NamedTuple

import numpy as np

from fusionviewer.fusion.answers import CORRECTION
from fusionviewer.fusion.contribution import BASES, Contribution
from fusionviewer.fusion.correction import Correction
from fusionviewer.fusion.methods import Method
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
from fusionviewer.ui.contribution_colours import contribution_colours, correction_colours
from fusionviewer.ui.pane_overlay import ColourBar
from fusionviewer.workspace.captions import blank

Lines = tuple[str, ...]
LEVELS = 255  # grey levels of the display range
FAILED = marked("Contribution and structures could not be found out")

CONTRIBUTION_TIP = marked(
    "How much of each fused pixel came from which source. Strategies and most rules tell their own "
    "weights. For networks and pyramids without weights it is estimated: each source is darkened "
    "by an eighth while the other stays, and what the fused pixel loses by either is compared; "
    "where that changes nothing, the whole source is taken away. Deterministic. Blue is the "
    "first source, orange the second, light grey both alike; without a hue it is background, or "
    "follows neither."
)
CORRECTION_TIP = marked(
    "What a network adds to the mixture of both sources: Clarus weighs each pixel, and then makes it "
    "up to {most:.0%} of the display range brighter (green) or darker (purple). Where the map is "
    "light grey, the fused pixel is the mixture. “Correction” beside the method limits it or leaves "
    "it out. It is the difference that is seen, as far as black, white and colours leave it. "
    "Deterministic."
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


class Said(NamedTuple):
    """What a layer has to say: lines for two corners, the room that the lower ones take, and a legend."""

    above: Lines
    below: Lines = ()
    room: Lines = ()
    bar: ColourBar | None = None


def of_contribution(
    found: Contribution | None, names: tuple[str, str], at: tuple[float, float] | None
) -> Said:
    above = contribution_lines(found)
    if found is None:
        return Said(above)
    bar = ColourBar(contribution_colours(), f"{names[1]} 100 %", f"{names[0]} 100 %")
    return Said(above, share_line(found, names, at), (share_room(names),), bar)


def of_correction(found: Correction | None, method: Method, at: tuple[float, float] | None) -> Said:
    above = correction_lines(found, method)
    if found is None:
        return Said(above)
    most = CORRECTION * LEVELS
    ends = _("darker by {levels:g}", levels=most), _("brighter by {levels:g}", levels=most)
    bar = ColourBar(correction_colours(), *ends)
    return Said(above, correction_line(found, at), (_corrected_by(-CORRECTION),), bar)


def of_structures(found: Structures | None) -> Said:
    return Said(structure_lines(found))


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


def correction_lines(found: Correction | None, method: Method) -> Lines:
    """What the network took away and added at most, in grey levels."""
    if not method.corrects:
        return (_("Correction: {method} has none", method=_(method.label)),)
    if found is None:
        return (_("Correction: being computed…"),)
    low, high = (_levels(float(value)) for value in (found.added.min(), found.added.max()))
    return (_("Correction: {low} to {high} grey levels of 255", low=low, high=high),)


def correction_line(found: Correction, at: tuple[float, float] | None) -> Lines:
    """ "Correction +3.4 grey levels" for the pixel under the cursor."""
    if at is None:
        return (blank(26),)
    row, col = (int(np.floor(x + 0.5)) for x in at)
    height, width = found.added.shape
    if not (0 <= row < height and 0 <= col < width):
        return ()
    return (_corrected_by(float(found.added[row, col])),)


def _corrected_by(value: float) -> str:
    return _("Correction {levels} grey levels", levels=_levels(value))


def _levels(value: float) -> str:
    """ "+3.4", "−12.0", "0.0"."""
    text = f"{value * LEVELS:+.1f}"
    return text.lstrip("+-") if float(text) == 0 else text.replace("-", "−")


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


def correction_tip() -> str:
    return _(CORRECTION_TIP, most=CORRECTION)


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


def layer_tips() -> dict[str, str]:
    """By name of the overlay."""
    return {
        "contribution": contribution_tip(),
        "correction": correction_tip(),
        "structures": structures_tip(),
    }


def layers_page() -> str:
    """The help page of the layers, as rich text."""
    return (
        f"<h3>{_('Where did this pixel come from?')}</h3><p>{contribution_tip()}</p>"
        f"<h3>{_('What did the network add?')}</h3><p>{correction_tip()}</p>"
        f"<h3>{_('Unsupported and lost structures')}</h3><p>{structures_tip()}</p>"
    )
