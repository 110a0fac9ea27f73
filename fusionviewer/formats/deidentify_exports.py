"""What is exported, without the person: the sources tell which names and numbers to look for."""

from collections.abc import Callable
from pathlib import Path

from pydicom.dataset import Dataset

from fusionviewer.errors import ExportError
from fusionviewer.formats.deidentify import Deidentifier
from fusionviewer.formats.deidentify_words import words_of
from fusionviewer.imaging.pair import Pair
from fusionviewer.texts import text as _

Change = Callable[[Dataset], Dataset]


def unchanged(d: Dataset) -> Dataset:
    """As it is: the export names the patient that its sources agree on."""
    return d


def without_person(pair: Pair, how: Deidentifier) -> Change:
    """What takes the person of `pair` out of an object made from it.

    The description of how it was made stays: it is ours, and searched for the sources' names,
    numbers, institutions and dates.
    """
    headers = _headers(pair)
    return lambda d: how.cleaned(d, headers)


def require_nameless(path: Path, pair: Pair, how: Deidentifier) -> None:
    """Raises: ExportError: the name of the file or folder says whose images these are."""
    if words_of(_headers(pair), how.dates).search(path.name.replace("_", " ")):
        raise ExportError(
            _("The name of the file holds a name or number of the patient."),
            _("Give it another one, for it is to be de-identified."),
        )


def _headers(pair: Pair) -> list[Dataset]:
    """One of each source, and one with what no header says: a NIfTI file has none."""
    found = [image.source.headers[0] for image in pair.native if image.source.headers]
    for image in pair.native:
        d = Dataset()
        d.PatientName, d.PatientID = image.patient.name, image.patient.id
        found.append(d)
    return found
