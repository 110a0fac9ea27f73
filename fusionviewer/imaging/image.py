"""One image or volume: its values, its place, and where it came from."""

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fusionviewer.imaging.alignment import AlignmentCard
from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.stored import StoredValues, Values
from fusionviewer.imaging.windowing import Window
from fusionviewer.texts import in_english

GREY_MODALITIES = ("CT", "MR")
FUNCTIONAL_MODALITIES = ("PT", "NM")
KINDS = {"PT": "PET", "NM": "SPECT", "OT": "Image", "": "Image"}  # others are called as in DICOM


SIDES_DISAGREE = in_english(
    "The file gives two orientations that disagree: left and right are not certain."
)
ORIENTATIONS_DISAGREE = in_english(
    "The file gives two orientations that disagree: front and back, or head and feet, are not certain."
)
OWNERS_DISAGREE = in_english(
    "Each slice names another patient or another study: whose they are, and whether they belong together, "
    "is not certain."
)
DOUBTS = (SIDES_DISAGREE, ORIENTATIONS_DISAGREE, OWNERS_DISAGREE)


@dataclass(frozen=True)
class Patient:
    """Who was imaged, as the file says; empty where it says nothing.

    Source: DICOM PS3.3 C.7.1.1.
    """

    id: str = ""
    issuer: str = ""
    name: str = ""
    birth_date: str = ""
    sex: str = ""

    def contradicts(self, other: "Patient") -> bool:
        """Whether both name somebody, and not the same person.

        ID (with its issuer), name, birth date and sex are compared where both are given; case, padding and
        the `^` between parts of a name do not count.
        """
        pairs = [*self._identifying(other), (self.sex, other.sex)]
        return any(_plain(a) != _plain(b) for a, b in pairs if _plain(a) and _plain(b))

    def comparable(self, other: "Patient") -> bool:
        """Whether something that tells people apart is given of both: a contradiction would show."""
        return any(_plain(a) and _plain(b) for a, b in self._identifying(other))

    def _identifying(self, other: "Patient") -> list[tuple[str, str]]:
        pairs = [(self.name, other.name), (self.birth_date, other.birth_date)]
        if self.issuer and other.issuer and _plain(self.issuer) != _plain(other.issuer):
            return pairs  # numbers of two hospitals say nothing of each other
        return [(self.id, other.id), *pairs]

    @property
    def known(self) -> bool:
        """Whether there is enough to tell this person from another: an ID or a name."""
        return bool(_plain(self.id) or _plain(self.name))


def _plain(text: str) -> str:
    return " ".join(text.replace("^", " ").split()).casefold()


@dataclass(frozen=True, eq=False)
class Source:
    """Where an image came from.

    Attributes:
        paths: the files, in slice order where there is one file per slice.
        kind: "DICOM", "NIfTI", "PNG", "JPEG", "TIFF" or "computed".
        instance_uids: SOP Instance UID of each slice; empty when not DICOM.
        frame_numbers: of each slice within its file, from 1; empty where each file is one slice.
        headers: pydicom data sets without pixels, one per slice; empty when not DICOM.
        slice_corners: (S, 3, 3) of each slice the places of its first pixel, of the last one of its
            first row and of the last one of its first column, in mm; None where there is a grid, or
            where nobody knows.
        lossy: compressed with loss on the way here.
        burned_in: the file says, or leaves open, that identifying text is in the pixels.
    """

    paths: tuple[Path, ...] = ()
    kind: str = "computed"
    study_uid: str = ""
    series_uid: str = ""
    frame_of_reference_uid: str = ""
    sop_class_uid: str = ""
    instance_uids: tuple[str, ...] = ()
    frame_numbers: tuple[int, ...] = ()
    headers: tuple[Any, ...] = ()
    slice_corners: NDArray[np.float64] | None = None
    study_description: str = ""
    series_description: str = ""
    study_date: str = ""
    body_part: str = ""
    lossy: bool = False
    burned_in: bool = False


@dataclass(frozen=True, eq=False)
class Image:
    """Values in their unit, and where they are. The arrays become read-only.

    Attributes:
        values: (S, H, W) float32, or integers that read as such (`StoredValues`: index it, and take
            a slice at a time). For a coloured picture, its luminance (BT.601, 0…255).
        modality: DICOM's code: "CT", "MR", "PT", "NM"; "OT" when nobody knows.
        unit: "HU", "SUV", "Bq/ml", "counts", "grey level" or "a.u."
        grid: the place in the patient; None when the file says nothing of it.
        rgb: (S, H, W, 3) uint8 when the picture came in colour.
        padding: (S, H, W) bool, True where the scanner measured nothing; None when everywhere it did.
        window: the window to open with.
        notes: what the reader of the image must know, one sentence each ("Lossy compressed.").
        placed_by: the registration that gave it its `grid`; None when the file did.
    """

    name: str
    values: Values
    modality: str = "OT"
    unit: str = "a.u."
    grid: Grid | None = None
    rgb: NDArray[np.uint8] | None = None
    padding: NDArray[np.bool_] | None = None
    window: Window = field(default_factory=lambda: Window(0.5, 1.0))
    patient: Patient = field(default_factory=Patient)
    source: Source = field(default_factory=Source)
    notes: tuple[str, ...] = ()
    placed_by: AlignmentCard | None = None

    def __post_init__(self) -> None:
        if self.values.ndim != 3 or self.values.dtype != np.float32:
            raise ValueError(f"values must be (S, H, W) float32, not {self.values.shape}")
        for name, extra in (("rgb", (3,)), ("padding", ())):
            array = getattr(self, name)
            if array is not None and array.shape != (*self.values.shape, *extra):
                raise ValueError(f"{name} has shape {array.shape}, values {self.values.shape}")
        if self.grid is not None and self.grid.shape != self.values.shape:
            raise ValueError(f"grid is {self.grid.shape}, values {self.values.shape}")
        for array in (self.values, self.rgb, self.padding):
            if isinstance(array, np.ndarray):
                array.setflags(write=False)

    @property
    def shape(self) -> tuple[int, int, int]:
        return (self.values.shape[0], self.values.shape[1], self.values.shape[2])

    @property
    def functional(self) -> bool:
        """Whether it is shown in colour: PET, SPECT, or a picture that came in colour."""
        return self.modality in FUNCTIONAL_MODALITIES or self.rgb is not None

    @property
    def kind(self) -> str:
        """What a radiologist calls it: "CT", "MR", "PET", "SPECT"; "Image" when nobody knows."""
        return KINDS.get(self.modality, self.modality)

    @property
    def doubts(self) -> tuple[str, ...]:
        """Its notes that are true of whatever is made from it, and that no registration ends."""
        return tuple(note for note in self.notes if note in DOUBTS)

    @cached_property
    def key(self) -> str:
        """A fingerprint of values and colours, for caches and for checking late answers."""
        digest = hashlib.blake2b(repr(self.shape).encode(), digest_size=16)
        if isinstance(self.values, StoredValues):
            for part in self.values.bytes_for_hashing():
                digest.update(part)
        else:
            digest.update(np.ascontiguousarray(self.values).data)
        if self.rgb is not None:
            digest.update(np.ascontiguousarray(self.rgb).data)
        if self.padding is not None:
            digest.update(np.packbits(self.padding).data)
        return digest.hexdigest()

    def look_through(self) -> None:
        """Find the key and the extreme values, which are kept: for workers, since it takes time."""
        _ = self.key, self.lowest, self.has_share_of_maximum

    @cached_property
    def lowest(self) -> float:
        """The lowest value that is a number, at most 0: what is drawn where there is nothing."""
        values = self.values
        if isinstance(values, StoredValues) and values.is_even:
            ends = np.array([values.stored.min(), values.stored.max()], dtype=np.float64)
            return float((ends * values.slope.item() + values.intercept.item()).min(initial=0.0))
        return min(map(_lowest, values), default=0.0)

    @cached_property
    def highest(self) -> float:
        """The highest value that was measured; 0 where there is none."""
        found = 0.0
        for s, values in enumerate(self.values):
            measured = np.isfinite(values)
            if self.padding is not None:
                measured &= ~self.padding[s]
            found = max(found, float(values.max(initial=0.0, where=measured)))
        return found

    @property
    def has_share_of_maximum(self) -> bool:
        """Whether its values are compared with its highest: those of SPECT are, SUV are not."""
        measured = self.modality in FUNCTIONAL_MODALITIES and self.unit not in ("SUV", "grey level")
        return measured and self.highest > 0


def _lowest(values: NDArray[np.float32]) -> float:
    least = float(values.min(initial=0.0))
    return least if np.isfinite(least) else float(values[np.isfinite(values)].min(initial=0.0))
