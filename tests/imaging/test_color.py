import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fusionviewer.imaging.color import (
    coloured,
    luminance,
    palette,
    palette_names,
    to_rgb,
    to_ycbcr,
)
from fusionviewer.paths import resources

colours = arrays(np.float32, (5, 3), elements=st.floats(0, 1, width=32))


@given(colours)
def test_ycbcr_and_back_is_the_same_colour(rgb: np.ndarray) -> None:
    np.testing.assert_allclose(to_rgb(to_ycbcr(rgb)), rgb, atol=2e-6)


@given(colours)
def test_luminance_is_the_first_channel_of_ycbcr(rgb: np.ndarray) -> None:
    np.testing.assert_allclose(to_ycbcr(rgb)[:, 0], luminance(rgb), atol=1e-6)


def test_luminance_weighs_as_bt601_says() -> None:
    pure = np.eye(3, dtype=np.float32)
    np.testing.assert_allclose(luminance(pure), [0.299, 0.587, 0.114], atol=1e-6)


def test_blue_and_red_reach_the_ends_of_their_differences() -> None:
    pure = to_ycbcr(np.eye(3, dtype=np.float32))
    assert pure[2, 1] == pytest.approx(0.5, abs=1e-5)
    assert pure[0, 2] == pytest.approx(0.5, abs=1e-5)


def test_grey_has_no_colour() -> None:
    grey = np.repeat(np.linspace(0, 1, 11, dtype=np.float32)[:, None], 3, axis=1)
    assert np.abs(to_ycbcr(grey)[:, 1:]).max() < 1e-6


@pytest.mark.parametrize("name", palette_names())
class TestEveryPalette:
    def test_has_256_colours_within_range(self, name: str) -> None:
        table = palette(name)
        assert table.shape == (256, 3)
        assert 0 <= table.min() < table.max() <= 1

    def test_gives_its_own_entries_at_whole_steps(self, name: str) -> None:
        steps = np.arange(256, dtype=np.float32) / 255
        np.testing.assert_allclose(coloured(steps, name), palette(name), atol=1e-3)

    def test_clips_what_is_out_of_range(self, name: str) -> None:
        ends = coloured(np.array([-3, 7], dtype=np.float32), name)
        np.testing.assert_array_equal(ends, palette(name)[[0, 255]])

    def test_is_named_for_a_menu(self, name: str) -> None:
        assert palette_names()[name]


@pytest.mark.parametrize(
    ("name", "entry", "rgb"),
    [  # DICOM PS3.6 B.1.1 to B.1.4 and B.1.5 to B.1.8
        ("hot-iron", 1, (2, 0, 0)),
        ("hot-iron", 127, (254, 0, 0)),
        ("hot-iron", 128, (255, 0, 0)),
        ("hot-iron", 255, (255, 255, 255)),
        ("pet", 1, (0, 2, 1)),
        ("pet", 255, (255, 255, 255)),
        ("hot-metal-blue", 1, (0, 0, 2)),
        ("pet-20-step", 255, (255, 255, 255)),
        ("spring", 0, (255, 0, 255)),
        ("spring", 255, (255, 255, 0)),
        ("fall", 255, (255, 0, 0)),
        ("winter", 0, (0, 0, 255)),
    ],
)
def test_palettes_are_those_of_the_standard(
    name: str, entry: int, rgb: tuple[int, int, int]
) -> None:
    assert tuple(np.round(palette(name)[entry] * 255).astype(int)) == rgb


def test_between_two_entries_lies_the_colour_between() -> None:
    between = coloured(np.array([100.5 / 255], dtype=np.float32), "grey")
    assert between[0, 0] * 255 == pytest.approx(100.5, abs=1e-3)


def test_an_unknown_palette_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(ValueError, match="hot-iron"):
        palette("rainbow")


def test_a_palette_cannot_be_changed_by_accident() -> None:
    with pytest.raises(ValueError, match="read-only"):
        palette("grey")[0] = 1


def test_every_palette_of_the_file_is_said_to_come_from_somewhere() -> None:
    origins = (resources() / "ORIGINS.md").read_text(encoding="utf-8")
    text = (resources() / "presets" / "palettes.json").read_text(encoding="utf-8")
    assert [name for name in json.loads(text) if f"`{name}`" not in origins] == []
