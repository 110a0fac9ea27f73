"""One folder with everything that says what was seen: the fused series and what goes with it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pydicom
from numpy.typing import ArrayLike
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError

from fusionviewer.errors import ExportError
from fusionviewer.formats.deidentify import Deidentifier
from fusionviewer.formats.deidentify_exports import require_nameless, without_person
from fusionviewer.formats.derived_header import MANUFACTURER, stayed
from fusionviewer.formats.derived_objects import Setting, setting
from fusionviewer.formats.dicom_writing import encoded
from fusionviewer.formats.drawn import DrawnRegion
from fusionviewer.formats.export_companion import companion
from fusionviewer.formats.export_dicom import export_dicom
from fusionviewer.formats.export_multiframe import multi_frame
from fusionviewer.formats.export_presentation import (
    advanced_states,
    blending_states,
    color_states,
    grayscale_states,
)
from fusionviewer.formats.export_registration import BY_CONTENT, move_of, registration
from fusionviewer.formats.export_seg import segmentation
from fusionviewer.formats.export_sr import report
from fusionviewer.formats.provenance import FusedSlice, Provenance
from fusionviewer.formats.sources import require_no_source
from fusionviewer.formats.writing import new_folder, require_same, write_file
from fusionviewer.imaging.display import Look
from fusionviewer.imaging.pair import Pair
from fusionviewer.texts import marked
from fusionviewer.texts import text as _

Check = Callable[[], None]
Progress = Callable[[int, int], None]  # files done, files in all


@dataclass(frozen=True, eq=False)
class Content:
    """What a bundle is made from.

    Attributes:
        looks: how A and B are shown.
        regions: drawn on the pair's grid.
        fixed_to_moving: (4, 4), mm in LPS, of a registration that the images do not tell of
            themselves (`Image.placed_by`).
        moving: which source that is, 0 or 1; without it, the one that was resampled.
        way: how the registration was found, a key of `export_registration.WAYS`.
        how: takes the person out of everything; None leaves the identity that the sources agree on.
    """

    slices: Sequence[FusedSlice]
    pair: Pair
    provenance: Provenance
    looks: tuple[Look, Look]
    regions: Sequence[DrawnRegion] = ()
    fixed_to_moving: ArrayLike | None = None
    moving: int | None = None
    way: str = BY_CONTENT
    bits: int = 8
    how: Deidentifier | None = None


@dataclass(frozen=True, eq=False)
class Making:
    """A bundle that is being made: what it is made from, and what there is by now.

    Attributes:
        fused: headers of the fused series.
    """

    content: Content
    where: Setting
    fused: Sequence[Dataset] = ()
    made: dict[str, list[Dataset]] = field(default_factory=dict)

    def first(self, part: str) -> Dataset | None:
        found = self.made.get(part)
        return found[0] if found else None


@dataclass(frozen=True)
class Part:
    """A kind of object.

    Attributes:
        prefix: of its files' names.
        needs: parts that are made with it, since it refers to them.
        missing: why there can be none.
    """

    label: str
    prefix: str
    make: Callable[[Making], list[Dataset]]
    needs: tuple[str, ...] = ()
    missing: str = ""


def _multiframe(making: Making) -> list[Dataset]:
    content = making.content
    return multi_frame(making.where, content.slices, content.bits)


def _companion(making: Making) -> list[Dataset]:
    return companion(making.where)


def _registration(making: Making) -> list[Dataset]:
    content = making.content
    if content.fixed_to_moving is None and (found := move_of(content.pair)) is not None:
        return registration(making.where, found.fixed_to_moving, found.moving, found.way)
    moving = content.moving
    if moving is None:
        moving = 0 if not stayed(content.pair, content.pair.native[0]) else 1
    return registration(making.where, content.fixed_to_moving, moving, content.way)


def _gsps(making: Making) -> list[Dataset]:
    return [
        *grayscale_states(making.where, making.content.looks),
        *color_states(making.where, making.fused),
    ]


def _blending(making: Making) -> list[Dataset]:
    return blending_states(making.where, making.content.looks, making.first("registration"))


def _advanced(making: Making) -> list[Dataset]:
    found = making.made.get("companion", [])
    registered = making.first("registration")
    return advanced_states(making.where, making.content.looks, registered, found)


def _seg(making: Making) -> list[Dataset]:
    return segmentation(making.where, making.content.regions)


def _sr(making: Making) -> list[Dataset]:
    segments = making.first("seg")
    return [] if segments is None else report(making.where, making.content.regions, segments)


BLENDINGS = ("blending", "advanced")
NO_DICOM = marked("The sources are not grey DICOM images.")
NO_REGION = marked("No region is drawn on slices of a DICOM series.")

# In the order in which they are made: a later one may refer to an earlier one.
PARTS: dict[str, Part] = {
    "multiframe": Part("All slices in one object as well", "MF", _multiframe),
    "companion": Part(
        "Resampled source with its values", "CO", _companion,
        missing="No CT, MR, PET or SPECT was resampled.",
    ),
    "registration": Part(
        "Spatial registration", "RE", _registration,
        missing="Nobody registered the two examinations, and their frames of reference differ.",
    ),
    "gsps": Part("Windows (presentation states)", "PR", _gsps, missing=NO_DICOM),
    "blending": Part("Blending (presentation state)", "BL", _blending, missing=NO_DICOM),
    "advanced": Part("Advanced blending (presentation state)", "AB", _advanced, missing=NO_DICOM),
    "seg": Part("Regions (segmentation)", "SG", _seg, missing=NO_REGION),
    "sr": Part("Measurements (report)", "SR", _sr, needs=("seg",), missing=NO_REGION),
}  # fmt: skip


def write_bundle(
    folder: Path,
    parts: Sequence[str],
    content: Content,
    *,
    overwrite: bool = False,
    progress: Progress = lambda _done, _total: None,
    check: Check = lambda: None,
) -> tuple[str, ...]:
    """The fused series in `folder`, with the `parts` asked for, in one study.

    The windows of sources that are of other studies are written in those, where viewers look for them.

    All files are written beside their place, read back, and searched for references that lead
    nowhere, before the folder takes its name.

    Returns: a sentence for each part that there can be none of, and why.

    Raises:
        ExportError: nothing was written.
        ValueError: a part that is not in `PARTS`, or no slices.
    """
    if unknown := set(parts) - set(PARTS):
        raise ValueError(f"no part is called {sorted(unknown)}; there are {', '.join(PARTS)}")
    require_no_source(folder, content.pair)
    if content.how is not None:
        require_nameless(folder, content.pair, content.how)
    wanted = _wanted(parts, content)
    with new_folder(folder, overwrite=overwrite, ours=is_ours) as place:
        making = _fused(place, content, check)
        for name, part in PARTS.items():
            if name in wanted:
                check()
                making.made[name] = part.make(making)
        _write(place, making, progress, check)
        if content.how is not None:
            _deidentify(place, content.pair, content.how, check)
        _require_resolved(place, content, folder)
    return tuple(
        f"{_(PARTS[name].label)}: {_(PARTS[name].missing)}"
        for name in parts
        if not making.made[name]
    )


def _wanted(parts: Sequence[str], content: Content) -> set[str]:
    """`parts` with what they refer to: a blending of images that were moved tells where they went."""
    wanted = {name for part in parts for name in (part, *PARTS[part].needs)}
    moved = content.fixed_to_moving is not None or move_of(content.pair) is not None
    return wanted | {"registration"} if moved and not wanted.isdisjoint(BLENDINGS) else wanted


def is_ours(entry: Path) -> bool:
    """Whether a file in the way is of an earlier bundle: by what is in it."""
    if not entry.is_file() or entry.suffix != ".dcm":
        return False
    try:
        header = pydicom.dcmread(entry, stop_before_pixels=True)
    except (InvalidDicomError, OSError, EOFError):
        return False
    tools = header.get("ContributingEquipmentSequence") or ()
    return header.get("Manufacturer") == MANUFACTURER and any(
        tool.get("Manufacturer") == MANUFACTURER for tool in tools
    )


def _fused(place: Path, content: Content, check: Check) -> Making:
    """The fused series, and the setting that all the rest shares with it."""
    within = place / "fused"
    export_dicom(
        content.slices, content.pair, content.provenance, within, bits=content.bits, check=check
    )
    for file in sorted(within.iterdir()):
        file.rename(place / file.name)
    within.rmdir()
    fused = [pydicom.dcmread(file, stop_before_pixels=True) for file in sorted(place.iterdir())]
    return Making(content, setting(content.pair, content.provenance, fused[0]), fused)


def _write(place: Path, making: Making, progress: Progress, check: Check) -> None:
    files = {
        f"{PARTS[name].prefix}{i:04d}.dcm": one
        for name, objects in making.made.items()
        for i, one in enumerate(objects, start=1)
    }
    for done, (name, one) in enumerate(files.items(), start=1):
        check()
        write_file(place / name, encoded(one))
        progress(done, len(files))


def _deidentify(place: Path, pair: Pair, how: Deidentifier, check: Check) -> None:
    """Every file again, without the person; what referred to each other still does."""
    change = without_person(pair, how)
    for file in sorted(place.iterdir()):
        check()
        write_file(file, encoded(change(pydicom.dcmread(file))), overwrite=True)


def _require_resolved(place: Path, content: Content, folder: Path) -> None:
    """Raises: ExportError: a file does not read, or refers to something that is not there."""
    headers = [pydicom.dcmread(file, stop_before_pixels=True) for file in sorted(place.iterdir())]
    written = [str(header.SOPInstanceUID) for header in headers]
    sources = {uid for image in content.pair.native for uid in image.source.instance_uids}
    if content.how is not None:
        sources = {content.how.uid(uid) for uid in sources}
    named = {uid for header in headers for uid in referenced(header)}
    require_same(len(set(written)) == len(written), folder)
    if not named <= {*written, *sources}:
        raise ExportError(
            _(
                "“{name}” was not written: its objects refer to images that are not there.",
                name=folder.name,
            ),
            _("Export without --with, and report this."),
        )


def referenced(d: Dataset) -> Iterator[str]:
    """Every SOP Instance UID that `d` refers to, at any depth."""
    for element in d:
        if element.keyword == "ReferencedSOPInstanceUID":
            yield str(element.value)
        for item in element.value if element.VR == "SQ" else ():
            yield from referenced(item)
