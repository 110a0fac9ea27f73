"""What must be known of a picture, in two words: the marks on the image.

Readers, pairs and networks say it in a sentence. Those that are known here become a short badge; the
sentence is what the badge explains itself with. Others stay sentences.
"""

import re
from dataclasses import dataclass
from typing import Literal

from fusionviewer.texts import marked, translated
from fusionviewer.texts import text as _

Level = Literal["note", "caution", "grave"]


@dataclass(frozen=True)
class Badge:
    """One mark.

    Attributes:
        level: a note tells, a caution may mislead, a grave one makes the picture doubtful.
    """

    label: str
    level: Level
    sentence: str


_KNOWN: tuple[tuple[str, str, Level], ...] = (
    (r"Different patients\.", marked("Different patients"), "grave"),
    (r"One of the two images does not say whose", marked("Patient not known"), "caution"),
    (r"What the two images say of their patients", marked("Patient not compared"), "caution"),
    (r"Different frames of reference, not registered", marked("Not registered"), "grave"),
    (r"Alignment not verified\.", marked("Alignment not verified"), "caution"),
    (r"Aligned: .*not verified", marked("Alignment not verified"), "caution"),
    (r"Registered\b", marked("Registered"), "note"),
    (r"One of the two images has no geometry", marked("Laid pixel on pixel"), "caution"),
    (r"Pictures without geometry", marked("Laid pixel on pixel"), "note"),
    (r"(\w+) was placed by its registration", marked("{kind} registered elsewhere"), "caution"),
    (r"(\w+) was resampled\.", marked("{kind} resampled"), "note"),
    (r"Resampled\b", marked("Resampled"), "note"),
    (r"Lossy\b", marked("Lossy"), "caution"),
    (r"(\w+) was compressed with loss", marked("{kind} lossy"), "caution"),
    (r"May have text burned in", marked("Text burned in"), "caution"),
    (r"SUV is not computable", marked("No SUV"), "caution"),
    (r".* in place of .*Not like the training images", marked("Fallback, unusual input"), "grave"),
    (r"Not like the training images", marked("Unusual input"), "caution"),
    (r"Values that are not numbers", marked("Gaps in the values"), "caution"),
    (r"A localiser", marked("Localiser"), "caution"),
)


def badge_of(sentence: str) -> Badge | None:
    """The badge for a sentence; None where there is none, and the sentence itself is to be shown."""
    for pattern, label, level in _KNOWN:
        if found := re.match(pattern, sentence):
            return Badge(
                _(label, kind=found[1] if found.groups() else ""), level, translated(sentence)
            )
    return None
