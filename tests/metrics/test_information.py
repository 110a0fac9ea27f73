import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image
from skimage.measure import shannon_entropy
from skimage.metrics import normalized_mutual_information
from sklearn.metrics import mutual_info_score

from fusionviewer.metrics.picture import Undefined
from fusionviewer.metrics.report import score_pair

ROWS, COLUMNS = [[0, 0], [255, 255]], [[0, 255], [0, 255]]


def test_entropy_of_three_black_pixels_and_a_white_one(score):
    assert score("en", ROWS, ROWS, [[0, 0], [0, 255]]) == pytest.approx(0.8112781245)


@given(arrays(np.uint8, (8, 8), elements=st.integers(0, 255)))
def test_entropy_of_whole_levels_is_at_most_8_bits_and_that_of_their_floats_is_the_same(levels):
    scores = score_pair(levels, levels, levels, ["en", "en_float"])
    assert 0 <= scores["en"].value <= 8
    assert scores["en"].value == pytest.approx(scores["en_float"].value)


def test_entropy_of_floats_passes_8_bits_where_every_value_is_another(score):
    ramp = np.linspace(0, 255, 256**2).reshape(256, 256)
    assert score("en", ramp, ramp, ramp) <= 8
    assert score("en_float", ramp, ramp, ramp) == pytest.approx(16)


def test_entropy_agrees_with_scikit_image(score, a):
    assert score("en", a, a, a) == pytest.approx(shannon_entropy(a))


def test_entropy_of_the_jpeg_is_that_of_the_file_read_back(score, a, b):
    file = io.BytesIO()
    Image.fromarray(a.astype(np.uint8)).save(file, "JPEG", quality=75)
    expected = shannon_entropy(np.asarray(Image.open(file)))
    assert score("en_jpeg", a, b, a) == pytest.approx(expected)


def test_mutual_information_is_one_bit_from_the_source_that_was_kept(score):
    assert score("mi", ROWS, COLUMNS, ROWS) == pytest.approx(1)
    assert score("mi_nats", ROWS, COLUMNS, ROWS) == pytest.approx(np.log(2) / 2)


def test_mutual_information_agrees_with_scikit_learn(score, a, b):
    fused = np.rint((a + b) / 2)
    nats = [mutual_info_score(x.ravel(), fused.ravel()) for x in (a, b)]
    assert score("mi", a, b, fused) == pytest.approx(sum(nats) / np.log(2))
    assert score("mi_nats", a, b, fused) == pytest.approx(sum(nats) / 2)


def test_levels_are_rounded_but_the_script_of_dilran_cut_them_off(score):
    fused = [[0.9, 0.9], [1.1, 1.1]]
    assert score("mi", ROWS, ROWS, fused) == 0
    assert score("mi_nats", ROWS, ROWS, fused) == pytest.approx(np.log(2))


def test_normalised_mutual_information_of_one_kept_and_one_lost_source(score):
    assert score("nmi", ROWS, COLUMNS, ROWS) == pytest.approx(1)
    assert score("nmi_ratio", ROWS, COLUMNS, ROWS) == pytest.approx(1.5)


def test_entropy_ratio_agrees_with_scikit_image(score, a, b):
    fused = np.maximum(a, b)
    expected = np.mean([normalized_mutual_information(x, fused, bins=100) for x in (a, b)])
    assert score("nmi_ratio", a, b, fused) == pytest.approx(expected)


def test_cross_entropy_of_a_quarter_against_a_half(score):
    quarter, half = [[0, 0], [0, 9]], [[0, 9], [0, 9]]
    expected = 0.75 * np.log2(0.75 / 0.5) + 0.25 * np.log2(0.25 / 0.5)
    assert score("ce", quarter, half, half) == pytest.approx(expected / 2)


def test_cross_entropy_of_images_without_a_common_level_is_undefined(score):
    with pytest.raises(Undefined, match="no grey level in common"):
        score("ce", [[1, 2]], [[1, 2]], [[3, 4]])
