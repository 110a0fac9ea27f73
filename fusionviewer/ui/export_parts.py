"""What can go with a DICOM series, in the words of the dialog.

A table of its own beside `formats.bundle.PARTS`: that one brings DICOM libraries, which take a
moment that the window does not have when it opens. A test holds both together.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class PartWords:
    label: str
    explained: str


PARTS: dict[str, PartWords] = {
    "multiframe": PartWords(
        "All slices in one object as well", "A multi-frame Secondary Capture beside the series."
    ),
    "companion": PartWords(
        "The resampled source, with its values",
        "CT stays CT, PET stays PET: for measuring in other programs.",
    ),
    "registration": PartWords(
        "How they were registered", "A Spatial Registration with the rigid or affine matrix."
    ),
    "gsps": PartWords(
        "Windows and colours",
        "Presentation states: of both sources' windows, and of the fused colours.",
    ),
    "blending": PartWords("Blending", "A blending presentation state over the originals."),
    "advanced": PartWords(
        "Advanced blending", "The same for programs that know the newer kind of state."
    ),
    "seg": PartWords("The region", "A segmentation of the region that is drawn."),
    "sr": PartWords("Its measurements", "A TID 1500 report of the region in both sources."),
}
