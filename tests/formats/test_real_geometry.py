"""Every real series lies where GDCM puts it, within a micrometre; where not, a table says why."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from fusionviewer.errors import UnreadableFile
from fusionviewer.formats.catalogue import SeriesEntry, catalogue, open_entry
from fusionviewer.imaging.geometry import Grid

sitk = pytest.importorskip("SimpleITK")

MICROMETRE = 1e-3
# Which series GDCM places otherwise, what differs, and why ours is right.
GDCM_DIFFERS = {
    # Two frames in the order of the file, against the normal: the same places, counted from the
    # other end.
    "pydicom_data/eCT_Supplemental.dcm": {"origin", "axes"},
    # Two images of 32 slices each, which GDCM stacks into one of 64.
    "enhanced_mr/Philips/IM_0027_fMAP.dcm": {"shape"},
}
# Which series open without a place, and the note that says why.
NO_PLACE = {
    "pydicom_data/emri_small.dcm": "a film",
    "pydicom_files/examples_ybr_color.dcm": "a film",
    "vendor_mr/failing/sliceincrement/001/*": "Slices are missing after slice 3",
    "pydicom_files/dicomdirtests/77654033/CT2/*": "Slices are missing after slice 1",
}
MISSING = "Position or orientation is missing"
OPENED_AT_LEAST = 80


@dataclass(frozen=True)
class Reference:
    shape: tuple[int, ...]
    spacing: NDArray[np.float64]
    origin: NDArray[np.float64]
    axes: NDArray[np.float64]


def by_gdcm(entry: SeriesEntry) -> Reference:
    if len(entry.paths) == 1:
        image = sitk.ReadImage(str(entry.paths[0]))
    else:
        reader = sitk.ImageSeriesReader()
        reader.SetFileNames([str(path) for path in entry.paths])
        image = reader.Execute()
    return Reference(
        image.GetSize()[::-1],
        np.array(image.GetSpacing()[::-1]),
        np.array(image.GetOrigin()),
        np.array(image.GetDirection()).reshape(3, 3).T[::-1],
    )


def differences(grid: Grid, other: Reference) -> set[str]:
    """Of a single slice GDCM knows no thickness; it then says 1 mm."""
    first = 1 if grid.shape[0] == 1 else 0
    close = {
        "shape": grid.shape == other.shape,
        "spacing": np.abs(grid.spacing - other.spacing)[first:].max() < MICROMETRE,
        "origin": np.abs(grid.origin - other.origin).max() < MICROMETRE,
        "axes": np.abs(grid.axes - other.axes).max() < MICROMETRE,
    }
    return {what for what, agrees in close.items() if not agrees}


def of_table(folder: Path, path: Path, table: dict[str, object]) -> object | None:
    return next(
        (what for pattern, what in table.items() if path in folder.glob(pattern)),
        None,
    )


def test_every_series_lies_where_gdcm_puts_it(data: Path) -> None:
    folder = data / "dicom"
    wrong, opened = [], 0
    for entry in catalogue(folder).entries:
        if not entry.opens or entry.file_kind != "DICOM":
            continue
        name = f"{entry.paths[0].relative_to(folder)}"
        try:
            image = open_entry(entry)
        except UnreadableFile as refusal:
            assert refusal.path.name == "JPEG2000-embedded-sequence-delimiter.dcm"
            continue
        opened += 1
        if image.grid is None:
            expected = of_table(folder, entry.paths[0], dict(NO_PLACE)) or MISSING
            if not any(str(expected) in note for note in image.notes):
                wrong.append(f"{name} has no place: {image.notes}")
            continue
        assert image.grid.shape == entry.shape
        found = differences(image.grid, by_gdcm(entry))
        if found != (of_table(folder, entry.paths[0], dict(GDCM_DIFFERS)) or set()):
            wrong.append(f"{name}: {found or 'agrees'}")
    assert not wrong
    assert opened >= OPENED_AT_LEAST


def test_the_frames_of_philips_lie_where_the_standard_elements_say(data: Path) -> None:
    # Its private groups repeat each position, half a pixel off in both directions.
    (entry,) = catalogue(data / "dicom/vendor_mr/philips_enhanced/anatomical/001").entries
    grid = open_entry(entry).grid
    assert grid is not None
    assert grid.origin == pytest.approx((100.293579, -150.604593, 116.949244), abs=1e-4)
