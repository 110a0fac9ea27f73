import math
from pathlib import Path

import pytest
import torch

from training import losses
from training.perceptual import EXTRACTORS

ALL = {
    "pixel": losses.pixel,
    "gradient": losses.gradient,
    **{name: EXTRACTORS[name](Path()) for name in ("bank", "vgg16-bn-random")},
}


@pytest.mark.parametrize("loss", ALL.values(), ids=ALL)
def test_every_loss_is_zero_for_equal_images_and_positive_else(loss: losses.Loss) -> None:
    x = torch.rand(2, 1, 24, 20)
    assert loss(x, x).item() == 0
    assert loss(x * 0.5, x).item() > 0


def test_the_gradient_of_a_ramp_of_slope_one_is_8() -> None:
    """Sobel, 1-2-1, not normalised: 8 along the ramp, 0 across; so 8² + 0²."""
    ramp = torch.arange(9.0).expand(1, 1, 7, 9)
    assert losses.gradient(ramp, torch.zeros_like(ramp)).item() == pytest.approx(64)


def test_the_sign_of_a_gradient_is_free() -> None:
    x = torch.rand(1, 1, 9, 9)
    assert losses.gradient(-x, x).item() == pytest.approx(0, abs=1e-9)


def test_the_filter_bank_by_hand() -> None:
    """A ramp: Sobel x answers 8, 16 and 32 on levels of means over 1, 2 and 4 pixels."""
    ramp = torch.arange(32.0).expand(1, 1, 32, 32)
    expected = sum((8 * 2**level) ** 2 for level in range(3))
    assert losses.filter_bank(ramp, torch.zeros_like(ramp)).item() == pytest.approx(expected)


def test_the_pixel_loss_is_a_mean() -> None:
    assert math.isclose(losses.pixel(torch.full((3, 1, 5, 5), 0.5), torch.zeros(3, 1, 5, 5)), 0.25)
