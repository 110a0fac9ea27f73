import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from fusionviewer.fusion.blocks import (
    PerImageBatchNorm,
    configured,
    even_padded,
    folded,
    gate,
)
from fusionviewer.fusion.dilran import DilranConfig


def test_the_gate_is_the_mean_of_each_square_of_four_pixels() -> None:
    t = torch.tensor([[1.0, 2, -8, 0], [3, 6, 0, 0]])[None, None]
    assert gate(t).tolist() == [[[[3, 3, 0, 0], [3, 3, 0, 0]]]]


def test_the_sigmoid_gate_lies_between_0_and_1() -> None:
    t = torch.tensor([[[[-100.0, -100], [-100, -100]]], [[[0.0, 0], [0, 0]]]])
    torch.testing.assert_close(gate(t, "sigmoid").amax((1, 2, 3)), torch.tensor([0.0, 0.5]))


@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 3), st.integers(0, 2**16))
def test_a_folded_convolution_is_the_convolution_of_the_mixtures(
    mixtures: int, planes: int, dilation: int, seed: int
) -> None:
    torch.manual_seed(seed)
    kernel, mixture = torch.randn(3, mixtures, 3, 3), torch.randn(mixtures, planes)
    x = torch.randn(2, planes, 7, 6)
    mixed = torch.einsum("cm,bmhw->bchw", mixture, x)
    long_way = F.conv2d(mixed, kernel, padding=dilation, dilation=dilation)
    short_way = F.conv2d(x, folded(kernel, mixture), padding=dilation, dilation=dilation)
    torch.testing.assert_close(short_way, long_way, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(("size", "padded"), [((4, 6), (4, 6)), ((3, 6), (4, 6)), ((1, 1), (2, 2))])
def test_odd_sizes_repeat_the_last_row_and_column(
    size: tuple[int, int], padded: tuple[int, int]
) -> None:
    x = torch.rand(1, 1, *size)
    y = even_padded(x)
    assert y.shape[-2:] == padded
    assert torch.equal(y[..., : size[0], : size[1]], x)
    assert torch.equal(y[..., -1, -1], x[..., -1, -1])


class TestPerImageStatistics:
    def test_leave_the_buffers_alone_outside_training(self) -> None:
        layer = PerImageBatchNorm(3).eval()
        before = {name: buffer.clone() for name, buffer in layer.named_buffers()}
        layer(torch.randn(2, 3, 8, 8) * 5 + 2)
        assert all(torch.equal(buffer, before[name]) for name, buffer in layer.named_buffers())

    def test_equal_training_mode_on_a_single_image(self) -> None:
        layer, x = PerImageBatchNorm(3), torch.randn(1, 3, 8, 8)
        torch.testing.assert_close(layer.eval()(x), layer.train()(x))


def test_an_option_that_does_not_exist_is_named() -> None:
    with pytest.raises(ValueError, match="no option nrm"):
        configured(DilranConfig, {"nrm": "shared"})


def test_a_value_that_does_not_exist_is_named() -> None:
    with pytest.raises(ValueError, match="norm is 'batch'"):
        configured(DilranConfig, {"norm": "batch"})
