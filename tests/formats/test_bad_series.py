"""Series whose headers make no sense: one clear sentence, finite values, and nothing half-loaded."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fusionviewer.errors import InputError
from fusionviewer.formats.catalogue import catalogue, open_entry, preview, thumbnail
from fusionviewer.formats.reading import open_images
from fusionviewer.imaging import memory
from fusionviewer.imaging.image import Image

Write = Callable[..., Any]
VOLUME = np.arange(4 * 3 * 5, dtype=np.int16).reshape(4, 3, 5)
NO_MM = "no mm"


@pytest.fixture
def folder(tmp_path: Path, write_series: Write, make_grid_at: Write) -> Callable[..., Path]:
    def written(slices: int = 4, **elements: Any) -> Path:
        place = make_grid_at((slices, 3, 5))
        write_series(tmp_path / "series", VOLUME[:slices], place, **elements)
        return tmp_path / "series"

    return written


def checked(place: Path) -> Image:
    """The only image there, the same through every door, with values and a window that are finite."""
    (image,) = open_images(place)
    (entry,) = catalogue(place).entries
    assert np.array_equal(open_entry(entry).values, image.values)
    assert (entry.spacing is None) == (image.grid is None)
    assert entry.notes == image.notes
    assert preview(entry).shape[0] == 1
    assert max(thumbnail(entry).shape) <= 128
    assert np.isfinite(image.values).all()
    assert np.isfinite([image.window.center, image.window.width]).all()
    assert image.window.width > 0
    assert all(note.endswith(".") for note in image.notes)
    return image


@pytest.mark.parametrize(
    ("elements", "note"),
    [
        ({"PixelSpacing": [0, 1]}, NO_MM),
        ({"PixelSpacing": "nan\\nan"}, NO_MM),
        ({"PixelSpacing": "inf\\1"}, NO_MM),
        ({"PixelSpacing": "1e300\\1"}, NO_MM),
        ({"ImagePositionPatient": "nan\\0\\0"}, "left and right unknown"),
        ({"ImagePositionPatient": "0\\0"}, "left and right unknown"),
        ({"ImageOrientationPatient": "nan\\0\\0\\0\\1\\0"}, "left and right unknown"),
        ({"ImageOrientationPatient": [0, 0, 0, 0, 0, 0]}, "left and right unknown"),
        ({"ImageOrientationPatient": [1, 0, 0, 1, 0, 0]}, "left and right unknown"),
        ({"ImageOrientationPatient": [2, 0, 0, 0, 2, 0]}, "left and right unknown"),
        ({"ImagePositionPatient": lambda s: [0, 0, 1e9 * s]}, NO_MM),
        ({"ImagePositionPatient": lambda s: [0, 0, float(s**3)]}, NO_MM),
    ],
)
def test_a_place_that_makes_no_sense_is_said_and_left_out(
    folder: Callable[..., Path], elements: dict[str, Any], note: str
) -> None:
    image = checked(folder(**elements))
    assert image.grid is None
    assert any(note in said for said in image.notes)
    assert sorted(float(one[0, 0]) for one in image.values) == [0, 15, 30, 45]


@pytest.mark.parametrize("thickness", [0, -3, "nan", "1e300"])
def test_a_single_slice_of_no_sensible_thickness_says_so(
    folder: Callable[..., Path], thickness: Any
) -> None:
    image = checked(folder(1, SliceThickness=thickness))
    assert image.grid is not None
    assert np.isfinite(image.grid.spacing).all()


def test_two_slices_in_one_place_are_refused_with_their_number(
    folder: Callable[..., Path],
) -> None:
    place = folder(2, ImagePositionPatient=[0, 0, 0])
    with pytest.raises(InputError, match=r"has up to 2 images of one place") as caught:
        open_images(place)
    assert caught.value.hint
    with pytest.raises(InputError, match=r"has up to 2 images of one place"):
        catalogue(place)


@pytest.mark.parametrize(
    "elements",
    [
        {"RescaleSlope": "nan"},
        {"RescaleSlope": 0},
        {"RescaleSlope": "1e308"},
        {"RescaleIntercept": "inf"},
        {"WindowCenter": "nan", "WindowWidth": 100},
        {"WindowCenter": 40, "WindowWidth": 0},
        {"WindowCenter": 40, "WindowWidth": -5},
        {"StudyDate": "yesterday"},
        {"PatientName": "\x1b$B"},
        {"SeriesNumber": "-7"},
        {"SeriesNumber": "1e300"},
    ],
)
def test_a_number_that_makes_no_sense_costs_no_image(
    folder: Callable[..., Path], elements: dict[str, Any]
) -> None:
    assert checked(folder(**elements)).grid is not None


def test_constant_values_open_with_a_window(tmp_path: Path, write_dicom: Write) -> None:
    image = checked(write_dicom(np.full((6, 7), 5, np.int16)))
    assert image.values.min() == image.values.max() == 5


def test_what_does_not_fit_in_memory_is_said_before_it_is_read(
    folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = folder()
    monkeypatch.setattr(memory, "free_memory", lambda: 100)
    (entry,) = catalogue(place).entries
    with pytest.raises(InputError, match="too large for this computer's memory"):
        open_entry(entry)
