import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

from fusionviewer.imaging.color_difference import ciede2000
from fusionviewer.metrics.picture import Picture, Sources, Undefined
from fusionviewer.metrics.table import METRICS

SHARMA = [  # Sharma, Wu & Dalal 2005, Table 1
    ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
    ((50, 3.1571, -77.2803), (50, 0, -82.7485), 2.8615),
    ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0000),
    ((50, 0, 0), (50, -1, 2), 2.3669),
    ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
    ((50, 2.5, 0), (73, 25, -18), 27.1492),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]


@pytest.mark.parametrize(("x", "y", "expected"), SHARMA)
def test_ciede2000_gives_the_published_differences(x, y, expected):
    found = ciede2000(np.array([x], dtype=float), np.array([y], dtype=float))
    assert found[0] == pytest.approx(expected, abs=5e-5)


def test_ciede2000_agrees_with_scikit_image():
    x, y = np.random.default_rng(0).uniform([0, -80, -80], [100, 80, 80], (2, 500, 3))
    np.testing.assert_allclose(ciede2000(x, y), deltaE_ciede2000(x, y), rtol=1e-6)


def test_the_mean_difference_agrees_with_scikit_image_where_there_is_uptake():
    functional, fused = np.random.default_rng(1).integers(0, 256, (2, 20, 20, 3), dtype=np.uint8)
    functional[:10] = 10  # no uptake, so whatever fusion painted there does not count
    expected = deltaE_ciede2000(rgb2lab(functional), rgb2lab(fused))[10:].mean()
    assert _score("de2000", functional, fused) == pytest.approx(expected, rel=1e-4)


def test_red_turned_green_is_a_shift_of_hue_and_darker_red_is_not():
    red, darker = np.zeros((2, 4, 4, 3), dtype=np.uint8)
    red[..., 0], darker[..., 0] = 255, 200
    green = red[..., [1, 0, 2]]
    assert _score("hue_shift", red, green) == pytest.approx(136.02 - 40.00, abs=0.05)
    assert _score("hue_shift", red, darker) == pytest.approx(0, abs=0.01)
    assert _score("de2000", red, darker) > 5


def test_a_colour_that_only_became_lighter_has_not_shifted():
    blue, lighter, lilac = np.zeros((3, 2, 2, 3), dtype=np.uint8)
    blue[:], lighter[:], lilac[:] = (60, 80, 120), (86, 105, 147), (150, 110, 200)
    assert _score("de2000", blue, lighter) > 8
    assert _score("de2000_colour", blue, lighter) < 0.5
    assert _score("de2000_colour", blue, lilac) > 10


def test_hues_on_either_side_of_zero_are_near():
    pink, rose = np.zeros((2, 2, 2, 3), dtype=np.uint8)
    pink[:], rose[:] = (255, 100, 140), (255, 100, 180)
    assert 0 < _score("hue_shift", pink, rose) < 45


@pytest.mark.parametrize("name", ["de2000", "de2000_colour", "hue_shift"])
def test_without_colour_or_uptake_there_is_no_colour_score(name):
    black = np.zeros((4, 4, 3), dtype=np.uint8)
    with pytest.raises(Undefined, match="uptake"):
        _score(name, black, black)
    with pytest.raises(Undefined, match="neither source has colour"):
        _score(name, None, black)
    with pytest.raises(Undefined, match="fused image has no colour"):
        _score(name, black, None)


def _score(name, functional, fused):
    grey = np.zeros((fused if functional is None else functional).shape[:2])
    sources = Sources(Picture(grey), Picture(grey, functional))
    return METRICS[name].function(sources, Picture(grey, fused))
