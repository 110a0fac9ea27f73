from dataclasses import asdict

import pytest
import torch
from torch import Tensor, nn

from fusionviewer.fusion.mfinet import (
    PRESETS,
    EnhancementUnit,
    GatedNormalisation,
    Mfinet,
    MfinetConfig,
    build,
)
from fusionviewer.fusion.restormer import PixelNorm, TransposedAttention
from training.fusion_losses import mfinet_terms

SIZES = [(64, 48), (37, 51), (1, 1)]
OPTIONS = [
    {},
    {"shared_extractor": True},
    {"gnb_conv": True},
    {"interaction": "own"},
    {"interaction": "mixture"},
    {"output": "sigmoid"},
    {"heads": 1},
]


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


def pair(height: int = 24, width: int = 20, batch: int = 1) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    a, b = torch.rand(2, batch, 1, height, width, generator=generator)
    return a, b


@pytest.mark.parametrize(
    ("width", "expected"), [(16, 68_967), (32, 245_995), (48, 536_079), (64, 938_583)]
)
def test_has_as_many_parameters_as_specified(width: int, expected: int) -> None:
    assert parameters(build({"width": width})) == expected


def test_the_quality_preset_adds_a_convolution_before_each_gate() -> None:
    assert parameters(build({"preset": "quality"})) == 280_555


def test_each_part_has_as_many_parameters_as_specified() -> None:
    network = Mfinet()
    assert parameters(network.extract_a) == 15_102
    assert parameters(network.enhance_a[0]) == 31_029
    assert parameters(network.interact[0]) == 2_128
    assert parameters(network.reconstruct) == 23_233


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_fuses_images_of_any_size_within_range(
    options: dict[str, object], size: tuple[int, int]
) -> None:
    network = build({"width": 8} | options).eval()
    with torch.no_grad():
        fused = network(*pair(*size))
    assert fused.shape == (1, 1, *size)
    assert fused.min() >= 0
    assert fused.max() <= 1


def test_keeps_the_size_of_an_atlas_slice() -> None:
    with torch.no_grad():
        assert build({"width": 8}).eval()(*pair(256, 256)).shape == (1, 1, 256, 256)


def test_each_image_of_a_batch_is_fused_alone() -> None:
    network = build({"width": 8}).eval()
    a, b = pair(batch=2)
    with torch.no_grad():
        torch.testing.assert_close(network(a, b)[1:], network(a[1:], b[1:]), atol=1e-5, rtol=0)


def test_in_training_gradients_reach_every_parameter_from_outside_the_range_too() -> None:
    network = build({"width": 8, "gnb_conv": True}).train()
    with torch.no_grad():
        network.reconstruct[-1].bias += 5  # far above white
    a, b = pair()
    (network(a, b) - a).square().mean().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in network.parameters())
    assert network.reconstruct[-1].bias.grad != 0


def test_a_gate_starts_as_the_identity() -> None:
    x = torch.randn(2, 6, 9, 7)
    torch.testing.assert_close(GatedNormalisation(6)(x), x, rtol=0, atol=0)


def test_a_gate_compares_energies_whatever_the_size_of_the_image() -> None:
    gate = GatedNormalisation(6)
    nn.init.normal_(gate.gamma)
    x = torch.randn(1, 6, 8, 8)
    larger = x.repeat(1, 1, 2, 2)
    torch.testing.assert_close(gate(larger)[..., :8, :8], gate(x), atol=1e-5, rtol=0)


def test_gates_in_a_row_and_branches_side_by_side_do_what_they_do_one_by_one() -> None:
    unit = EnhancementUnit(MfinetConfig(width=8))
    for parameter in unit.gates.parameters():
        nn.init.normal_(parameter)
    x = torch.randn(2, 8, 9, 7)
    branches = []
    for lift, gates in zip(unit.lifts, unit.gates, strict=True):
        y = nn.functional.leaky_relu(lift(x), 0.2)
        for gate in gates:
            y = gate(y)
        branches.append(y)
    expected = x + unit.attention(unit.merge(torch.cat(branches, dim=1)))
    torch.testing.assert_close(unit(x), expected, atol=1e-5, rtol=1e-5)


def test_pixels_are_normalised_over_their_channels() -> None:
    y = PixelNorm(16)(torch.randn(1, 16, 4, 4) * 3 + 7)
    torch.testing.assert_close(y.mean(1), torch.zeros(1, 4, 4), atol=1e-5, rtol=0)
    torch.testing.assert_close(y.std(1, correction=0), torch.ones(1, 4, 4), atol=1e-4, rtol=0)


def test_attention_mixes_channels_within_a_head_only() -> None:
    attention = TransposedAttention(8, heads=2)
    nn.init.eye_(attention.project.weight.data.view(8, 8))
    nn.init.eye_(attention.qkv[0].weight.data[16:].view(8, 8))  # v sees its own channel
    x = torch.randn(1, 8, 6, 6)
    with torch.no_grad():
        before = attention(x)
        attention.qkv[1].weight[16:20] += 1  # v of the first head
        changed = (attention(x) - before).abs().amax(dim=(0, 2, 3)) > 1e-6
    assert changed.tolist() == [True] * 4 + [False] * 4


@pytest.mark.parametrize(
    "options", [{"depth": 3}, {"preset": "large"}, {"heads": 5}, {"interaction": "none"}]
)
def test_refuses_options_that_it_does_not_have(options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"depth|preset|heads|interaction"):
        build(options)


def test_a_preset_is_a_name_for_options() -> None:
    for name, options in PRESETS.items():
        assert asdict(build({"preset": name}).config) == asdict(MfinetConfig(**options))


@pytest.mark.slow
def test_learns_to_fuse_within_forty_steps() -> None:
    torch.manual_seed(0)
    a, b = pair(32, 32)
    a[..., 16:], b[..., :16] = 0, 0.3
    network = build({"width": 8}).train()
    optimiser = torch.optim.Adam(network.parameters(), lr=2e-3)
    totals = []
    for _ in range(40):
        terms = mfinet_terms(network(a, b), a, b)
        total = 10 * terms.similarity + 100 * terms.gradient + terms.pixel
        optimiser.zero_grad()
        total.backward()
        optimiser.step()
        totals.append(float(total.detach()))
    assert totals[-1] < totals[0] / 2


def test_a_residual_output_starts_as_the_brighter_of_both_images_and_learns_from_there() -> None:
    network = build({"width": 8, "output": "residual"}).train()
    a, b = torch.rand(2, 1, 1, 16, 20, generator=torch.Generator().manual_seed(0))
    fused = network(a, b)
    assert torch.equal(fused, torch.maximum(a, b))
    fused.sum().backward()
    gradient = network.get_parameter("reconstruct.4.weight").grad
    assert gradient is not None
    assert float(gradient.abs().max()) > 0
