import numpy as np
import pytest


def test_spatial_frequency_of_steps_of_3_and_4(score):
    fused = [[0, 3], [4, 0]]  # across 3 and −4, down 4 and −3: 12.5 + 12.5
    assert score("sf", fused, fused, fused) == pytest.approx(5)


def test_average_gradient_divides_by_one_row_and_column_less(score):
    fused = [[0, 2], [0, 2]]  # slope 2 at four pixels, √(4 / 2) each, over 1 · 1
    assert score("ag", fused, fused, fused) == pytest.approx(4 * np.sqrt(2))


def test_standard_deviation_is_that_of_the_population(score):
    assert score("sd", [[0, 4]], [[0, 4]], [[0, 4]]) == 2


def test_standard_deviation_in_8_bit_arithmetic_saturates(score):
    fused = [[0, 0, 0, 100]]  # mean 25: 75² becomes 255, below the mean nothing counts
    assert score("sd_uint8", fused, fused, fused) == pytest.approx(np.sqrt(255 / 4))


def test_edge_intensity_of_a_ramp(score):
    ramp = np.repeat(np.arange(5)[None], 3, axis=0)  # Sobel 8 inside, 4 where the border repeats
    assert score("ei", ramp, ramp, ramp) == pytest.approx((4 + 8 + 8 + 8 + 4) / 5)


@pytest.mark.parametrize("name", ["sf", "ag", "sd", "ei"])
def test_twice_the_contrast_gives_twice_the_score(score, name, a, b):
    assert score(name, a, b, a) == pytest.approx(2 * score(name, a, b, a / 2))
