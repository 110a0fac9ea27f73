"""What must be known of a picture, in two words: the marks on the image.

Readers, pairs and networks say it in a sentence. Those that are known here become a short badge; the
sentence is what the badge explains itself with. Others stay sentences.
"""

import re
from dataclasses import dataclass
from typing import Literal

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
    (r"Different patients\.", "Different patients", "grave"),
    (r"One of the two images does not say whose", "Patient not known", "caution"),
    (r"Different frames of reference, not registered", "Not registered", "grave"),
    (r"Alignment not verified\.", "Alignment not verified", "caution"),
    (r"Aligned: .*not verified", "Alignment not verified", "caution"),
    (r"Registered\b", "Registered", "note"),
    (r"One of the two images has no geometry", "Laid pixel on pixel", "caution"),
    (r"Pictures without geometry", "Laid pixel on pixel", "note"),
    (r"(\w+) was placed by its registration", "{0} registered elsewhere", "caution"),
    (r"(\w+) was resampled\.", "{0} resampled", "note"),
    (r"Resampled\b", "Resampled", "note"),
    (r"Lossy\b", "Lossy", "caution"),
    (r"(\w+) was compressed with loss", "{0} lossy", "caution"),
    (r"May have text burned in", "Text burned in", "caution"),
    (r"SUV is not computable", "No SUV", "caution"),
    (r".* in place of .*Not like the training images", "Fallback, unusual input", "grave"),
    (r"Not like the training images", "Unusual input", "caution"),
    (r"Values that are not numbers", "Gaps in the values", "caution"),
    (r"A localiser", "Localiser", "caution"),
)


def badge_of(sentence: str) -> Badge | None:
    """The badge for a sentence; None where there is none, and the sentence itself is to be shown."""
    for pattern, label, level in _KNOWN:
        if found := re.match(pattern, sentence):
            return Badge(label.format(*found.groups()), level, sentence)
    return None
