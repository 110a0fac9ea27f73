"""A slice as the reader chose to see it."""

import numpy as np
import pytest

from fusionviewer.imaging.color import palette
from fusionviewer.imaging.display import Look, opening_look, shown
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.windowing import Window

VALUES = np.array([[[0, 50, 100]], [[10, 20, 30]]], dtype=np.float32)
FULL = Window.between(0, 100)


def test_grey_images_are_windowed() -> None:
    seen = shown(Image("a", VALUES, "MR"), 0, Look(FULL))
    assert seen.grey.tolist() == [[0, 0.5, 1]]
    assert seen.rgb is None
    assert seen.background.tolist() == [[True, False, False]]


def test_the_slice_is_the_one_that_was_asked_for() -> None:
    assert shown(Image("a", VALUES, "MR"), 1, Look(FULL)).grey[0, 0] == pytest.approx(0.1)


def test_padding_is_background_even_where_it_is_bright() -> None:
    padding = np.zeros(VALUES.shape, bool)
    padding[0, 0, 2] = True
    seen = shown(Image("a", VALUES, "MR", padding=padding), 0, Look(FULL))
    assert seen.background.tolist() == [[True, False, True]]


def test_values_that_are_not_numbers_are_black() -> None:
    values = np.array([[[np.nan, 100]]], dtype=np.float32)
    seen = shown(Image("a", values, "MR"), 0, Look(FULL))
    assert seen.grey.tolist() == [[0, 1]]


def test_a_palette_gives_colour_and_its_luminance() -> None:
    seen = shown(Image("a", VALUES, "PT"), 0, Look(FULL, "hot-iron"))
    assert seen.rgb is not None
    assert seen.rgb[0, 2] == pytest.approx(palette("hot-iron")[255])
    assert seen.grey == pytest.approx(seen.rgb @ np.array([0.299, 0.587, 0.114]), abs=1e-6)


def test_pictures_in_colour_keep_it() -> None:
    rgb = np.zeros((1, 1, 2, 3), np.uint8)
    rgb[0, 0, 1] = (255, 128, 0)
    image = Image("a", np.zeros((1, 1, 2), np.float32), "PT", rgb=rgb)
    seen = shown(image, 0, Look(Window.between(0, 255), "hot-iron"))
    assert seen.rgb is not None
    assert seen.rgb[0, 1] == pytest.approx([1, 128 / 255, 0])
    assert seen.background.tolist() == [[True, False]]


@pytest.mark.parametrize(
    ("modality", "colour", "name"),
    [("PT", False, "hot-iron"), ("NM", False, "hot-iron"), ("PT", True, ""), ("MR", False, "")],
)
def test_only_plain_pet_and_spect_open_with_a_palette(
    modality: str, colour: bool, name: str
) -> None:
    rgb = np.zeros((*VALUES.shape, 3), np.uint8) if colour else None
    image = Image("a", VALUES, modality, rgb=rgb, window=FULL)
    assert opening_look(image) == Look(FULL, name)
