"""What a file's name tells of what is in it."""

import re
from pathlib import Path

MODALITY_WORDS = {
    "CT": "CT",
    "MR": "MR",
    "MRI": "MR",
    "T1": "MR",
    "T1W": "MR",
    "T2": "MR",
    "T2W": "MR",
    "FLAIR": "MR",
    "DWI": "MR",
    "ADC": "MR",
    "PET": "PT",
    "PT": "PT",
    "SPECT": "NM",
    "NM": "NM",
}
FOLDERS_ASKED = 3


def modality_from_name(path: Path) -> str:
    """The modality that a file's name or its folders tell; "" when they tell none, or several.

    Whole words count, in any case: "PET/33013.png" is PT, "picture.png" is nothing. The file's name
    is asked first, then the innermost folder, and so on three folders up.
    """
    folders = list(path.absolute().parents)[:FOLDERS_ASKED]
    for part in (path.name.split(".")[0], *(folder.name for folder in folders)):
        words = re.split(r"[^A-Z0-9]+", part.upper())
        told = {MODALITY_WORDS[word] for word in words if word in MODALITY_WORDS}
        if told:
            return told.pop() if len(told) == 1 else ""
    return ""
