"""Grey levels to 0…1."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fusionviewer.imaging.windowing import CT_PRESETS, Window, automatic, windowed

finite = st.floats(-1e6, 1e6, width=32)
values = arrays(np.float32, st.integers(1, 30), elements=finite)
windows = st.builds(Window, st.floats(-1e4, 1e4), st.floats(0.1, 1e5))


def test_the_brain_window_runs_from_0_to_80() -> None:
    brain = np.array([-1000, 0, 20, 40, 80, 3000], dtype=np.float32)
    assert windowed(brain, Window(40, 80)).tolist() == [0, 0, 0.25, 0.5, 1, 1]


@given(values, windows)
def test_brightness_stays_within_0_and_1_and_keeps_the_order(v: np.ndarray, window: Window) -> None:
    v = np.sort(v)
    bright = windowed(v, window)
    assert bright.dtype == np.float32
    assert (bright >= 0).all()
    assert (bright <= 1).all()
    assert (np.diff(bright) >= 0).all()


@given(windows)
def test_low_is_black_and_high_is_white(window: Window) -> None:
    beyond = np.array([window.low - window.width, window.high + window.width], dtype=np.float64)
    assert windowed(beyond.astype(np.float32), window).tolist() == [0, 1]


def test_the_values_are_not_changed() -> None:
    v = np.array([1, 2, 3], dtype=np.float32)
    windowed(v, Window(2, 1))
    assert v.tolist() == [1, 2, 3]


@pytest.mark.parametrize("width", [1e-300, 1e-40, 1e-6])
def test_the_narrowest_window_is_a_threshold_and_never_nan(width: float) -> None:
    v = np.array([-1, 0, 1], dtype=np.float32)
    bright = windowed(v, Window(0, width))
    assert np.isfinite(bright).all()
    assert (bright[0], bright[2]) == (0, 1)


@pytest.mark.parametrize(
    ("center", "width"), [(0, 0), (0, -1), (np.nan, 1), (0, np.nan), (np.inf, 1), (0, np.inf)]
)
def test_what_is_no_window_is_refused(center: float, width: float) -> None:
    with pytest.raises(ValueError, match="not a window"):
        Window(center, width)


@given(st.floats(-1e5, 1e5), st.floats(1e-3, 1e5))
def test_between_gives_the_ends_back(low: float, width: float) -> None:
    window = Window.between(low, low + width)
    assert window.low == pytest.approx(low, abs=1e-6)
    assert window.high == pytest.approx(low + width, abs=1e-6)


def test_between_equal_ends_is_still_a_window() -> None:
    assert Window.between(5, 5).center == 5


RAMP = np.arange(10_001, dtype=np.float32).reshape(1, 73, 137)


@pytest.mark.parametrize(
    ("modality", "unit", "body_part", "expected"),
    [
        ("CT", "HU", "HEAD", CT_PRESETS["brain"].window),
        ("CT", "HU", "Brain", CT_PRESETS["brain"].window),
        ("CT", "HU", "ABDOMEN", CT_PRESETS["soft-tissue"].window),
        ("CT", "HU", "", CT_PRESETS["soft-tissue"].window),
        ("PT", "SUV", "", Window.between(0, 5)),
        ("PT", "Bq/ml", "", Window.between(0, 10_000)),
        ("NM", "counts", "", Window.between(0, 10_000)),
        ("MR", "a.u.", "HEAD", Window.between(10, 9990)),
        ("CT", "a.u.", "HEAD", Window.between(10, 9990)),
        ("CT", "grey level", "HEAD", Window.between(0, 255)),
    ],
)
def test_the_opening_window_of_each_kind(
    modality: str, unit: str, body_part: str, expected: Window
) -> None:
    window = automatic(RAMP, modality, unit, body_part)
    assert window.center == pytest.approx(expected.center)
    assert window.width == pytest.approx(expected.width)


def test_16_bit_pictures_open_with_their_whole_range() -> None:
    assert automatic(RAMP, "OT", "grey level", top=65535) == Window.between(0, 65535)


@pytest.mark.parametrize("modality", ["MR", "PT", "NM", "OT"])
@pytest.mark.parametrize(
    "v",
    [
        np.zeros((1, 2, 2), np.float32),
        np.full((1, 2, 2), 7, np.float32),
        np.full((1, 2, 2), -7, np.float32),
        np.full((1, 2, 2), np.nan, np.float32),
        np.array([[[np.inf, 1, 2]]], np.float32),
        np.zeros((1, 0, 0), np.float32),
        np.zeros(0, np.float32),
    ],
)
def test_every_image_has_a_window(modality: str, v: np.ndarray) -> None:
    assert np.isfinite(automatic(v, modality, "a.u.").width)
