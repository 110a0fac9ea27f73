"""Two pictures in one, mode by mode."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from fusionviewer.imaging.compare import MODES, Spot, as_rgb, compared

Pixels = NDArray[np.uint8]
BLACK = np.zeros((16, 24), dtype=np.uint8)
WHITE = np.full((16, 24), 255, dtype=np.uint8)


def grey(value: int) -> Pixels:
    return np.full((16, 24), value, dtype=np.uint8)


def start(mode: str) -> float:
    setting = MODES[mode].setting
    return 0.0 if setting is None else setting.start


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_takes_grey_and_colour_and_gives_colour(mode: str) -> None:
    rgb = np.random.default_rng(0).integers(0, 255, (16, 24, 3), dtype=np.uint8)
    for first, second in ((BLACK, rgb), (rgb, WHITE), (BLACK, WHITE)):
        shown = compared(first, second, mode, start(mode), Spot())
        assert shown.shape == (16, 24, 3) and shown.dtype == np.uint8


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode != "difference"])
def test_a_grey_picture_compared_with_itself_is_itself(mode: str) -> None:
    picture = np.random.default_rng(1).integers(0, 255, (16, 24), dtype=np.uint8)
    shown = compared(picture, picture, mode, start(mode), Spot(4, 4))
    assert np.abs(shown.astype(int) - as_rgb(picture)).max() <= 1


@pytest.mark.parametrize("mode", MODES)
def test_no_mode_changes_the_pictures_it_is_given(mode: str) -> None:
    first, second = as_rgb(grey(30)).copy(), as_rgb(grey(200)).copy()
    compared(first, second, mode, start(mode), Spot())
    assert (first == 30).all() and (second == 200).all()


@pytest.mark.parametrize(("share", "columns"), [(0, 0), (0.25, 6), (0.5, 12), (1, 24), (7, 24)])
def test_the_curtain_shows_the_first_on_its_left(share: float, columns: int) -> None:
    shown = compared(BLACK, WHITE, "curtain", share, Spot())
    assert (shown[:, :columns] == 0).all() and (shown[:, columns:] == 255).all()


def test_fields_of_a_checkerboard_take_turns() -> None:
    shown = compared(BLACK, WHITE, "checkerboard", 6, Spot())[..., 0]  # fields of 4 pixels
    assert shown[0, 0] == 0 and shown[0, 4] == 255 and shown[4, 0] == 255 and shown[4, 4] == 0
    assert (shown[:4, :4] == 0).all() and (shown[:4, 4:8] == 255).all()
    assert shown.mean() == 127.5


def test_flicker_shows_one_and_then_the_other() -> None:
    assert (compared(BLACK, WHITE, "flicker", 1, Spot(second=False)) == 0).all()
    assert (compared(BLACK, WHITE, "flicker", 1, Spot(second=True)) == 255).all()


def test_flicker_is_never_faster_than_three_changes_a_second() -> None:
    assert MODES["flicker"].setting is not None and MODES["flicker"].setting.high <= 3


def test_the_spyglass_is_round_and_where_the_cursor_is() -> None:
    shown = compared(BLACK, WHITE, "spyglass", 4, Spot(8, 10))[..., 0]
    assert shown[8, 10] == 255 and shown[8, 14] == 255 and shown[4, 10] == 255
    assert shown[8, 15] == 0 and shown[4, 14] == 0
    assert (shown > 0).sum() == 49  # the pixels within 4 of a pixel's middle


def test_no_difference_is_mid_grey_at_every_gain() -> None:
    for gain in (0.5, 1, 8):
        assert (compared(grey(77), grey(77), "difference", gain, Spot()) == 128).all()


def test_what_the_second_has_more_of_is_brighter() -> None:
    assert (compared(grey(50), grey(90), "difference", 1, Spot()) == 148).all()
    assert (compared(grey(90), grey(50), "difference", 1, Spot()) == 108).all()
    assert (compared(grey(50), grey(90), "difference", 4, Spot()) == 208).all()
    assert (compared(WHITE, BLACK, "difference", 8, Spot()) == 0).all()


def test_complementary_colours_are_yellow_and_blue() -> None:
    assert compared(WHITE, BLACK, "complementary", 0, Spot())[0, 0].tolist() == [255, 255, 0]
    assert compared(BLACK, WHITE, "complementary", 0, Spot())[0, 0].tolist() == [0, 0, 255]


@given(st.integers(0, 255), st.integers(0, 255), st.floats(0, 1))
def test_the_blend_is_linear_and_its_ends_are_the_pictures(a: int, b: int, opacity: float) -> None:
    shown = compared(grey(a), grey(b), "alpha", opacity, Spot())
    assert abs(int(shown[0, 0, 0]) - ((1 - opacity) * a + opacity * b)) <= 0.51
    assert (compared(grey(a), grey(b), "alpha", 0, Spot()) == a).all()
    assert (compared(grey(a), grey(b), "alpha", 1, Spot()) == b).all()


def test_pictures_of_different_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot be compared"):
        compared(BLACK, WHITE[:8], "curtain", 0.5, Spot())


def test_an_unknown_mode_is_named() -> None:
    with pytest.raises(ValueError, match="'wipe'"):
        compared(BLACK, WHITE, "wipe", 0.5, Spot())


@pytest.mark.parametrize("mode", MODES.values(), ids=lambda mode: mode.name)
def test_every_mode_says_what_is_shown_where(mode) -> None:  # type: ignore[no-untyped-def]
    words = mode.legend.format(first="CT", second="MR", now="CT", rest="40 %", setting="60 %")
    assert "CT" in words and mode.description.endswith(".")
    assert "MR" in words or mode.name == "flicker"
    if mode.setting is not None:
        assert mode.setting.low <= mode.setting.start <= mode.setting.high
