from types import ModuleType

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from fusionviewer.fusion import dilran, eh_dran

NETWORKS = {"dilran": dilran.build, "eh-dran": eh_dran.build}
SIZES = [(64, 48), (37, 51), (2, 2), (96, 130)]


@pytest.fixture(params=NETWORKS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def randomised(network: nn.Module, seed: int = 0) -> nn.Module:
    """In evaluation mode, with statistics and affine terms that are not their start values."""
    generator = torch.Generator().manual_seed(seed)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            for tensor in (module.weight, module.running_var):
                tensor.data.uniform_(0.5, 1.5, generator=generator)
            for tensor in (module.bias, module.running_mean):
                tensor.data.uniform_(-0.5, 0.5, generator=generator)
    return network.eval()


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


@pytest.mark.parametrize(
    ("options", "count"),
    [
        ({"norm": "shared"}, 216_001),
        ({"norm": "instance"}, 216_001),
        ({}, 216_001 + 128),
        ({"norm": "shared", "unshared_pyramid": True}, 216_001 + 184_640),
    ],
)
def test_dilran_has_the_published_number_of_parameters(
    options: dict[str, object], count: int
) -> None:
    assert parameters(dilran.build(options)) == count


@pytest.mark.parametrize("separate", [True, False])
@pytest.mark.parametrize("size", SIZES)
def test_the_fast_network_computes_what_the_plain_one_does(
    name: str, separate: bool, size: tuple[int, int], plain: ModuleType
) -> None:
    torch.manual_seed(sum(size))
    fast = randomised(NETWORKS[name]({"norm": "separate" if separate else "shared"}))
    slow = {"dilran": plain.PlainDilran, "eh-dran": plain.PlainEhDran}[name](separate=separate)
    slow.load_state_dict(fast.state_dict())
    x = torch.rand(1, 1, *size)
    with torch.no_grad():
        torch.testing.assert_close(fast(x), slow.eval()(x), atol=1e-4, rtol=0)


def test_gradients_of_the_fast_network_are_those_of_the_plain_one(
    name: str, plain: ModuleType
) -> None:
    torch.manual_seed(1)
    fast = randomised(NETWORKS[name]())
    slow = {"dilran": plain.PlainDilran, "eh-dran": plain.PlainEhDran}[name]()
    slow.load_state_dict(fast.state_dict())
    x = torch.rand(1, 1, 16, 12)
    fast(x).square().mean().backward()
    slow.eval()(x).square().mean().backward()
    expected = dict(slow.named_parameters())
    for parameter, value in fast.named_parameters():
        torch.testing.assert_close(value.grad, expected[parameter].grad, atol=1e-5, rtol=1e-3)


@pytest.mark.parametrize("norm", ["separate", "shared", "instance"])
def test_an_image_does_not_depend_on_its_neighbours_in_the_batch(name: str, norm: str) -> None:
    network = randomised(NETWORKS[name]({"norm": norm}))
    batch = torch.rand(3, 1, 32, 24) * torch.tensor([1.0, 0.1, 0.5])[:, None, None, None]
    with torch.no_grad():
        together = network(batch)
        alone = torch.cat([network(x[None]) for x in batch])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=0)


def test_inference_with_shared_normalisation_leaves_its_buffers_unchanged(name: str) -> None:
    network = randomised(NETWORKS[name]({"norm": "shared"}))
    before = {key: value.clone() for key, value in network.state_dict().items()}
    network(torch.rand(2, 1, 32, 24))
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())


def test_the_wrapper_for_odd_sizes_leaves_even_sizes_alone(name: str) -> None:
    network = randomised(NETWORKS[name]())
    x = torch.rand(1, 1, 34, 26)
    with torch.no_grad():
        assert torch.equal(network(x), network.decode(network.encode(x)))


@pytest.mark.parametrize(
    ("network", "multiplications"), [("dilran", 115_968), ("eh-dran", 207_744)]
)
def test_folding_halves_the_work_of_the_encoder(network: str, multiplications: int) -> None:
    """Per pixel; at 256² that is 7.60 in place of 15.31 and 13.61 in place of 28.27 GMAC."""
    coder = NETWORKS[network]().eval()
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        weights = coder.folded()
        before = counter.get_total_flops()
        coder.encode_folded(torch.rand(1, 1, 32, 32), *weights)
    assert (counter.get_total_flops() - before) / 2 / 32**2 == multiplications


def test_encode_refuses_odd_sizes(name: str) -> None:
    with pytest.raises(ValueError, match="even"):
        NETWORKS[name]().encode(torch.rand(1, 1, 5, 4))


@pytest.mark.parametrize("size", [(256, 256), (64, 48)])
def test_features_have_64_channels_of_the_size_of_the_image(
    name: str, size: tuple[int, int]
) -> None:
    network = NETWORKS[name]().eval()
    with torch.no_grad():
        features = network.encode(torch.rand(1, 1, *size))
        assert features.shape == (1, 64, *size)
        assert network.decode(features).shape == (1, 1, *size)


@pytest.mark.parametrize(
    "options",
    [
        {"norm": "instance"},
        {"unshared_pyramid": True},
        {"gate": "sigmoid"},
        {"decoder_last": "leaky"},
        {"width": 8},
    ],
)
def test_every_option_changes_the_network_and_trains(name: str, options: dict[str, object]) -> None:
    torch.manual_seed(0)
    usual = NETWORKS[name]()
    torch.manual_seed(0)
    other = NETWORKS[name](options)
    x = torch.rand(2, 1, 16, 16)
    y = other(x)
    (y - x).square().mean().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in other.parameters())
    assert not torch.allclose(y, usual(x))
