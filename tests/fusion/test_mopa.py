import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray
from torch import Tensor, nn

from fusionviewer.fusion.mopa import (
    ContrastEnhancement,
    Mopa,
    MopaConfig,
    ParallelAttention,
    build,
    configuration,
    local_deviation,
)
from fusionviewer.fusion.mopa_decoupling import MopaInTraining
from fusionviewer.fusion.otsu import otsu_masks
from training.fusion_losses import mopa_terms

SIZES = [(64, 48), (37, 51), (1, 1)]
OPTIONS = [
    {},
    {"contrast_output": "input"},
    {"radius": 3},
    {"detail": "six"},
    {"attention": "cascade"},
]


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


def pair(height: int = 24, width: int = 20, batch: int = 1) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    a, b = torch.rand(2, batch, 1, height, width, generator=generator)
    return a, b


@pytest.mark.parametrize(
    ("preset", "fusion", "together"),
    [
        ("tiny", 55_010, 59_268),
        ("base", 215_112, 231_562),
        ("wide", 850_892, 915_534),
        ("paper-size", 5_011_626, 5_391_644),
    ],
)
def test_has_as_many_parameters_as_specified(preset: str, fusion: int, together: int) -> None:
    assert parameters(build({"preset": preset})) == fusion
    assert parameters(MopaInTraining(configuration({"preset": preset}))) == together


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_fuses_images_of_any_size_within_range(
    options: dict[str, object], size: tuple[int, int]
) -> None:
    network = build({"width": 6} | options).eval()
    with torch.no_grad():
        fused = network(*pair(*size))
    assert fused.shape == (1, 1, *size)
    assert fused.min() >= 0
    assert fused.max() <= 1


def test_keeps_the_size_of_an_atlas_slice() -> None:
    with torch.no_grad():
        assert build({"width": 4}).eval()(*pair(256, 256)).shape == (1, 1, 256, 256)


def test_each_image_of_a_batch_is_fused_alone() -> None:
    network = build({"width": 6}).eval()
    a, b = pair(batch=2)
    with torch.no_grad():
        torch.testing.assert_close(network(a, b)[1:], network(a[1:], b[1:]), atol=1e-5, rtol=0)


def test_finds_the_masks_itself_unless_they_are_given() -> None:
    network = build({"width": 6}).eval()
    a, b = pair()
    with torch.no_grad():
        found = network(a, b)
        torch.testing.assert_close(network(a, b, otsu_masks(a), otsu_masks(b)), found)
        assert (network(a, b, torch.zeros_like(a)) - found).abs().max() > 0


@pytest.mark.parametrize("options", [{"depth": 3}, {"preset": "large"}, {"detail": "four"}])
def test_refuses_options_that_it_does_not_have(options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"depth|preset|detail"):
        build(options)


class TestOtsu:
    @settings(max_examples=60, deadline=None)
    @given(
        arrays(
            np.uint8,
            array_shapes(min_dims=2, max_dims=2, max_side=9),
            elements=st.one_of(st.integers(0, 255), st.sampled_from([0, 50, 200])),
        )
    )
    def test_agrees_with_a_search_over_all_thresholds(self, levels: NDArray[np.uint8]) -> None:
        best, threshold = 0.0, 255
        for t in range(255):
            low, high = levels[levels <= t].astype(float), levels[levels > t].astype(float)
            if len(low) and len(high):
                between = len(low) * len(high) * (low.mean() - high.mean()) ** 2
                if between > best * (1 + 1e-9):
                    best, threshold = between, t
        mask = otsu_masks(torch.from_numpy(levels / np.float32(255))[None, None])[0, 0]
        np.testing.assert_array_equal(mask.numpy(), levels > threshold)

    @pytest.mark.parametrize("level", [0.0, 0.4, 1.0])
    def test_a_constant_image_has_no_foreground(self, level: float) -> None:
        assert not otsu_masks(torch.full((1, 1, 5, 5), level)).any()

    def test_each_image_has_its_own_threshold(self) -> None:
        dark = torch.tensor([0.0, 0.1]).view(1, 1, 1, 2)
        masks = otsu_masks(torch.cat((dark, dark + 0.5)))
        assert masks.flatten().tolist() == [0, 1, 0, 1]


def test_local_deviation_is_that_of_the_window() -> None:
    x = torch.zeros(1, 1, 5, 5)
    x[0, 0, 2, 2] = 3
    deviation = local_deviation(x, 1)
    expected = (9 / 9 - (3 / 9) ** 2) ** 0.5  # one 3 among nine
    torch.testing.assert_close(deviation[0, 0, 1:4, 1:4], torch.full((3, 3), expected))
    assert deviation[0, 0, 0, 0] == pytest.approx(1e-4)


def test_a_black_image_gives_finite_gradients() -> None:
    network = ContrastEnhancement(MopaConfig(width=4))
    x = torch.zeros(1, 12, 9, 9, requires_grad=True)
    network(x).square().sum().backward()
    assert x.grad is not None
    assert x.grad.isfinite().all()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in network.parameters())


def test_attention_in_parallel_shows_places_the_features_before_channels_are_weighed() -> None:
    torch.manual_seed(0)
    together = ParallelAttention(MopaConfig(width=4))
    in_turn = ParallelAttention(MopaConfig(width=4, attention="cascade"))
    in_turn.load_state_dict(together.state_dict())
    seen: list[Tensor] = []
    for network in (together, in_turn):
        network.places.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    x = torch.randn(1, 12, 5, 5)
    with torch.no_grad():
        together(x), in_turn(x)
    torch.testing.assert_close(seen[0], x)
    torch.testing.assert_close(seen[1], x * together.channels(_pooled(x)))


def _pooled(x: Tensor) -> Tensor:
    return torch.cat((x.mean(dim=(2, 3), keepdim=True), x.amax(dim=(2, 3), keepdim=True)), dim=1)


@pytest.mark.parametrize(("feedback", "reaches"), [("on", True), ("detach", False), ("off", False)])
def test_recovering_teaches_the_paths_only_with_feedback(feedback: str, reaches: bool) -> None:
    """With the fused image out of the way, features are the only way back into a path."""
    network = MopaInTraining(MopaConfig(width=4), feedback=feedback)  # type: ignore[arg-type]
    nn.init.zeros_(network.fusion.last.weight)
    a, b = pair()
    network(a, b, otsu_masks(a), otsu_masks(b)).a.sum().backward()
    gradient = network.fusion.path_a[-1][0].weight.grad
    assert bool(gradient is not None and gradient.any()) == reaches


@pytest.mark.slow
def test_learns_to_fuse_within_eighty_steps() -> None:
    torch.manual_seed(0)
    a, b = pair(32, 32, batch=2)
    a[..., 16:], b[..., :16] = 0, 0.3
    masks = otsu_masks(a), otsu_masks(b)
    network = MopaInTraining(MopaConfig(width=8))
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-3)
    totals = []
    for _ in range(80):
        out = network(a, b, *masks)
        terms = mopa_terms(out.fused, (out.a, out.b), (a, b))
        total = 10 * terms.gradient + terms.intensity + terms.decoupling
        optimiser.zero_grad()
        total.backward()
        optimiser.step()
        totals.append(float(total.detach()))
    assert totals[-1] < totals[0] / 2


def test_the_fusion_network_alone_is_what_the_training_network_holds() -> None:
    training = MopaInTraining(MopaConfig(width=4)).eval()
    alone = Mopa(MopaConfig(width=4)).eval()
    alone.load_state_dict(training.fusion.state_dict())
    a, b = pair()
    with torch.no_grad():
        torch.testing.assert_close(alone(a, b), training(a, b, otsu_masks(a), otsu_masks(b)).fused)
