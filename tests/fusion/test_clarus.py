import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from fusionviewer.fusion.answers import CORRECTION, fused_from
from fusionviewer.fusion.clarus import Clarus, build, fused

SIZES = st.tuples(st.integers(1, 12), st.integers(1, 12)).map(lambda s: (2 * s[0], 2 * s[1]))


def pair(seed: int, size: tuple[int, int] = (24, 20)) -> tuple[Tensor, Tensor]:
    """Two images with a quarter of their pixels black, the same ones in half of these."""
    generator = torch.Generator().manual_seed(seed)
    a, b = torch.rand(2, 1, 1, *size, generator=generator)
    empty = torch.rand(1, 1, *size, generator=generator) < 0.12
    return a.masked_fill(empty | (a < 0.12), 0), b.masked_fill(empty | (b < 0.12), 0)


@pytest.fixture(scope="module")
def network() -> Clarus:
    torch.manual_seed(0)
    return build().eval().requires_grad_(False)


def test_it_is_as_small_as_it_says(network: Clarus) -> None:
    count = sum(p.numel() for p in network.parameters())
    assert f"{count:,} parameters" in (Clarus.__doc__ or "")
    assert count <= 60_000


def looking_closer(seed: int) -> Clarus:
    """With a second look that changes something, as after training."""
    torch.manual_seed(seed)
    network = build({"closer": 8}).eval().requires_grad_(False)
    assert network.closer is not None
    torch.nn.init.normal_(network.closer[-1].weight, std=0.3)
    return network


@given(st.integers(0, 1000), SIZES, st.booleans())
def test_exchanged_sources_get_exchanged_weights_and_the_same_image(
    seed: int, size: tuple[int, int], closer: bool
) -> None:
    torch.manual_seed(seed)
    network = looking_closer(seed) if closer else build().eval().requires_grad_(False)
    a, b = pair(seed, size)
    there, back = network(a, b), network(b, a)
    assert there.shape == (1, 2, *size)
    torch.testing.assert_close(there[:, :1] + back[:, :1], torch.ones(1, 1, *size))
    torch.testing.assert_close(there[:, 1:], back[:, 1:], atol=1e-6, rtol=0)
    torch.testing.assert_close(fused(there, a, b), fused(back, b, a), atol=1e-5, rtol=0)


def test_a_second_look_changes_nothing_before_it_was_taught(network: Clarus) -> None:
    a, b = pair(4)
    twice = build({"closer": 8}).eval()
    twice.load_state_dict(twice.state_dict() | network.state_dict())
    torch.testing.assert_close(twice(a, b), network(a, b), atol=0, rtol=0)
    assert (looking_closer(0)(a, b) != network(a, b)).any()


@given(st.integers(0, 1000), SIZES)
def test_work_in_another_order_gives_what_the_layers_give(seed: int, size: tuple[int, int]) -> None:
    network = looking_closer(seed)
    closer = network.closer
    assert closer is not None
    views = torch.rand(2, 11, *size)
    plain = torch.nn.Sequential(*closer)(views)
    torch.testing.assert_close(closer(views[:, :3], views[:, 3:]), plain, atol=1e-5, rtol=1e-5)
    fine = torch.rand(2, 8, *size)
    wide = network.shrink(F.pixel_unshuffle(fine, 2))
    torch.testing.assert_close(network._shrunk(fine), wide, atol=1e-5, rtol=1e-5)


@given(st.integers(0, 1000))
def test_the_weight_is_a_share_the_correction_is_bounded_and_black_stays_black(seed: int) -> None:
    torch.manual_seed(seed)
    network = build().eval().requires_grad_(False)
    network.answer.weight.mul_(1000)  # as bold as can be
    a, b = pair(seed)
    weight, correction = network(a, b).split(1, dim=1)
    assert weight.min() >= 0
    assert weight.max() <= 1
    assert correction.abs().max() <= CORRECTION
    assert (fused(network(a, b), a, b)[(a == 0) & (b == 0)] == 0).all()


def test_an_image_does_not_change_its_neighbours_in_a_batch(network: Clarus) -> None:
    (a, b), (c, d) = pair(1), pair(2)
    together = network(torch.cat((a, c)), torch.cat((b, d)))
    torch.testing.assert_close(together[:1], network(a, b), atol=1e-6, rtol=0)


def test_without_residual_it_answers_with_a_weight_alone() -> None:
    a, b = pair(3)
    answer = build({"residual": False})(a, b)
    assert (answer[:, 1] == 0).all()


def test_pairs_with_pet_or_spect_may_have_a_network_of_their_own() -> None:
    a, b = pair(3)
    network = build({"functional": True}).eval()
    assert network.functional is not None
    assert (network(a, b) != network.functional(a, b)).any()
    assert build().functional is None


def test_an_unknown_option_is_refused() -> None:
    with pytest.raises(ValueError, match="colour"):
        build({"colour": 3})


@given(st.floats(0, 1))
def test_the_program_reads_an_answer_as_the_training_does(residual: float) -> None:
    a, b = pair(4)
    answer = torch.rand(1, 2, 24, 20, generator=torch.Generator().manual_seed(5))
    first, second = (x[0, 0].numpy() for x in (a, b))
    grey, share = fused_from(answer[0].numpy(), first, second, {"residual": residual})
    expected = fused(answer, a, b, residual)[0, 0].numpy()
    np.testing.assert_allclose(grey, expected, atol=1e-6)
    np.testing.assert_array_equal(share, answer[0, 0].numpy())


def test_an_answer_of_one_plane_is_the_image_itself() -> None:
    image = np.random.default_rng(0).random((1, 6, 4), dtype=np.float32)
    grey, share = fused_from(image, image[0], image[0])
    np.testing.assert_array_equal(grey, image[0])
    assert share is None
