"""The errors this program raises on purpose.

FusionViewerError
├── InputError             the files we were given
│   ├── UnreadableFile
│   ├── GeometryMismatch
│   ├── DifferentPatients
│   └── DifferentFrames
├── WeightsError           a network that cannot be loaded or trusted
├── FusionError            the network gave no usable answer
├── ExportError            nothing was written
└── PacsError              the archive refused, or did not answer

Cancelled                  not an error: the user changed their mind
"""

from pathlib import Path

from fusionviewer.texts import marked
from fusionviewer.texts import text as _


class FusionViewerError(Exception):
    """Something the person at the screen can understand and act on.

    `str(error)` is a sentence in their words and language: what went wrong, with which file. `hint`
    is what they can do about it. Tracebacks and library messages stay in the chained cause.
    """

    hint = ""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = _(self.hint if hint is None else hint)


class InputError(FusionViewerError):
    """The images we were given cannot be used."""


class UnreadableFile(InputError):
    hint = marked("Check that the file opens in another viewer, or copy it again from its source.")

    def __init__(self, path: Path, problem: str, hint: str | None = None) -> None:
        super().__init__(_("“{name}” {problem}.", name=path.name, problem=_(problem)), hint)
        self.path = path


class GeometryMismatch(InputError):
    hint = marked(
        "Choose two images of the same size, or two series that know their place in the patient."
    )


class DifferentPatients(InputError):
    """Two images whose identities differ, and nobody has confirmed that they belong together."""

    hint = marked(
        "Open two examinations of one patient, or confirm that these two belong together."
    )


class DifferentFrames(InputError):
    """Two series placed in different frames of reference, neither registered nor confirmed."""

    hint = marked("Register one to the other, or have them fused as they are placed.")


class WeightsError(FusionViewerError):
    hint = marked("Install FusionViewer again, or choose a method without a network.")


class FusionError(FusionViewerError):
    hint = marked("Choose another method, or another window for the two images.")


class ExportError(FusionViewerError):
    """Nothing was written; a file that was there before is still there."""

    hint = marked("Choose another folder, or free some space, and export again.")


class PacsError(FusionViewerError):
    hint = marked("Check the archive's address, port and titles.")


class Cancelled(Exception):
    """Unwinds work whose answer nobody waits for any more. Never shown, never logged."""
