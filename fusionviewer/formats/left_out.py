"""Files of a folder or an archive that were left out, and why."""

import re
from dataclasses import dataclass, fields
from pathlib import PurePath

from fusionviewer.texts import plural
from fusionviewer.texts import text as _

MAX_FILES, MAX_DEPTH = 20_000, 16
CALLED_AS_IMAGES = (
    ".dcm", ".dicom", ".ima", ".nii", ".gz", ".png", ".jpg", ".jpeg", ".tif", ".tiff",
    ".img", ".hdr", ".mha", ".mhd", ".nrrd",
)  # fmt: skip
# Names without an ending: IM_0001, MR000012, 00000012, 1.2.840.113619.2, 3F2A00B1.
NUMBERED = re.compile(
    r"(i|im|ima|img|image|slice|ct|mr|pt|pet|nm|us|sc)?[-_. ]?\d[\d._-]*|[\da-f]{8}", re.IGNORECASE
)
OF_A_MAC = (
    "._",
    "__MACOSX",
)  # what begins a file of attributes, and the folder for those of an archive


@dataclass(frozen=True)
class LeftOut:
    """How many were left out, by reason.

    Attributes:
        empty: files without a byte.
        no_images: called as images are, with something else in them, such as zeros.
        links: links and special files, and folders that may not be read.
        beyond: what lay beyond MAX_FILES and MAX_DEPTH.
        others: documents, programs, tables of contents: nobody expects them to open.
    """

    empty: int = 0
    no_images: int = 0
    links: int = 0
    beyond: int = 0
    others: int = 0

    def __add__(self, other: "LeftOut") -> "LeftOut":
        names = [one.name for one in fields(self)]
        return LeftOut(*(getattr(self, name) + getattr(other, name) for name in names))

    @property
    def total(self) -> int:
        return self.empty + self.no_images + self.links + self.beyond + self.others

    def sentence(self, *, every: bool = False) -> str:
        """ "3 files were left out (1 empty, 2 without an image in them)."; "" for none.

        Args:
            every: also those that nobody would miss.
        """
        count = self.total if every else self.total - self.others
        return plural(
            "{count} file was left out ({why}).",
            "{count} files were left out ({why}).",
            count,
            why=", ".join(self._reasons(every=every)),
        ) * (count > 0)

    def _reasons(self, *, every: bool) -> list[str]:
        limits = {"files": MAX_FILES, "levels": MAX_DEPTH}
        said = {
            _("{count} empty", count=self.empty): self.empty,
            _("{count} without an image", count=self.no_images): self.no_images,
            plural("{count} link", "{count} links", self.links): self.links,
            _(
                "{count} beyond the limits of {files} files and {levels} levels of folders",
                count=self.beyond,
                **limits,
            ): self.beyond,
            _("{count} of other kinds", count=self.others): self.others if every else 0,
        }
        return [words for words, count in said.items() if count]


NOTHING = LeftOut()


def left_out(path: str | PurePath, size: int) -> LeftOut:
    """A file of that name or path and of `size` bytes that is no image."""
    name, *folders = reversed(PurePath(path).parts)
    if name.startswith(OF_A_MAC[0]) or OF_A_MAC[1] in folders:
        return LeftOut(others=1)
    if size == 0:
        return LeftOut(empty=1)
    return LeftOut(no_images=1) if _called_as_an_image(name) else LeftOut(others=1)


def _called_as_an_image(name: str) -> bool:
    """By its ending; of names without one, as DICOM's often are, those with a number as images have it."""
    ending = PurePath(name).suffix.lower()
    if ending and not ending[1:].isdigit():
        return ending in CALLED_AS_IMAGES
    return NUMBERED.fullmatch(name) is not None
