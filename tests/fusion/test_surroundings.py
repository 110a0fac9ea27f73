"""Black around a head is left out of the work, and nothing of the result changes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from fusionviewer.fusion.onnx_backend import OnnxAutoEncoder
from fusionviewer.fusion.surroundings import LARGEST, PATIENCE, Surroundings, box_around
from fusionviewer.fusion.weights import read_card

Plane = NDArray[np.float32]


class Counting:
    """An encoder that notes how many pixels it was given."""

    def __init__(self, network: OnnxAutoEncoder) -> None:
        self._network = network
        self.pixels: list[int] = []

    def encode(self, image: Plane) -> NDArray[np.float32]:
        self.pixels.append(image.size)
        return self._network.encode(image)


@pytest.fixture(scope="module", params=["dilran", "eh-dran"])
def network(request: pytest.FixtureRequest) -> OnnxAutoEncoder:
    return OnnxAutoEncoder(read_card(request.param))


def head(shape: tuple[int, int], top: int, left: int, height: int, width: int) -> Plane:
    image = np.zeros(shape, dtype=np.float32)
    seen = image[top : top + height, left : left + width]
    seen[:] = np.random.default_rng(top + left).uniform(0.1, 1, seen.shape)
    return image


@pytest.mark.parametrize(
    "image",
    [
        head((128, 144), 50, 60, 30, 34),
        head((128, 144), 51, 61, 1, 1),
        head((128, 144), 0, 0, 20, 20),  # at a corner
        head((128, 144), 90, 100, 38, 44),  # at the other
        head((128, 144), 0, 40, 128, 9),  # from edge to edge
        head((128, 144), 0, 0, 128, 144),  # nothing is black
        np.zeros((128, 144), np.float32),
    ],
    ids=["middle", "a pixel", "corner", "far corner", "edge to edge", "all", "black"],
)
def test_features_are_those_of_the_whole_image(network: OnnxAutoEncoder, image: Plane) -> None:
    surroundings = Surroundings()
    for _ in range(PATIENCE):
        surroundings.encode(network, image)
    found = surroundings.encode(network, image)
    np.testing.assert_allclose(found, network.encode(image), atol=2e-4)


def test_a_small_head_costs_little_and_black_is_computed_once_where_it_pays(
    network: OnnxAutoEncoder,
) -> None:
    counting, surroundings = Counting(network), Surroundings()
    small = head((192, 192), 90, 90, 12, 12)
    for _ in range(PATIENCE):  # a single pair
        surroundings.encode(counting, small)
    assert counting.pixels == [192 * 192] * PATIENCE
    counting.pixels.clear()
    for _ in range(2):
        surroundings.encode(counting, small)
    assert sorted(counting.pixels) == [44 * 44, 44 * 44, 192 * 192]


def test_no_black_is_kept_of_a_large_picture() -> None:
    """64 maps of it would take as much memory as the fused pair."""

    class Flat:
        def encode(self, image: Plane) -> NDArray[np.float32]:
            sizes.append(image.size)
            return np.zeros((1, 1, *image.shape), np.float32)

    sizes: list[int] = []
    surroundings, large = Surroundings(), head((800, 800), 90, 90, 12, 12)
    for _ in range(PATIENCE + 2):
        surroundings.encode(Flat(), large)
    assert set(sizes) == {large.size} and large.size > LARGEST


def test_what_was_given_out_does_not_change_when_another_is_encoded(
    network: OnnxAutoEncoder,
) -> None:
    surroundings = Surroundings()
    for _ in range(PATIENCE):
        surroundings.encode(network, head((96, 96), 40, 40, 8, 8))
    first = surroundings.encode(network, head((96, 96), 40, 40, 8, 8))
    before = first.copy()
    surroundings.encode(network, head((96, 96), 10, 60, 8, 8))
    np.testing.assert_array_equal(first, before)


@settings(max_examples=50)
@given(st.data())
def test_the_box_is_even_and_holds_everything(data: st.DataObject) -> None:
    height, width = (2 * data.draw(st.integers(1, 20)) for _ in range(2))
    mask = np.zeros((height, width), dtype=bool)
    row, column = data.draw(st.integers(0, height - 1)), data.draw(st.integers(0, width - 1))
    mask[row, column] = mask[height // 2, width // 3] = True
    box = box_around(mask)
    assert box is not None
    assert all(side % 2 == 0 for side in box)
    assert mask[box.place].sum() == mask.sum()
    assert box.bottom <= height
    assert box.right <= width
