import pytest
import torch

from fusionviewer.fusion import dilran, eh_dran


@pytest.mark.parametrize(
    ("options", "all_parameters", "trainable"),
    [
        ({"norm": "shared"}, 414_081, 414_081),
        ({}, 414_081 + 128, 414_081 + 128),
        ({"norm": "shared", "frozen_sobel": True}, 414_081, 414_081 - 1_152),
    ],
)
def test_eh_dran_has_the_published_number_of_parameters(
    options: dict[str, object], all_parameters: int, trainable: int
) -> None:
    network = eh_dran.build(options)
    assert sum(p.numel() for p in network.parameters()) == all_parameters
    assert sum(p.numel() for p in network.parameters() if p.requires_grad) == trainable


def test_dropout_acts_in_training_and_only_there() -> None:
    torch.manual_seed(0)
    network, x = eh_dran.build(), torch.rand(1, 1, 16, 16)
    with torch.no_grad():
        assert not torch.equal(network.train().encode(x), network.encode(x))
        assert torch.equal(network.eval().encode(x), network.encode(x))


def test_without_its_edge_branch_the_encoder_is_that_of_dilran() -> None:
    network = eh_dran.build().eval()
    with torch.no_grad():
        for layer in (network.edown, network.eup):
            layer.weight.zero_()
            layer.bias.zero_()
    base = dilran.build().eval()
    base.load_state_dict({k: v for k, v in network.state_dict().items() if k in base.state_dict()})
    x = torch.rand(1, 1, 32, 24)
    with torch.no_grad():
        torch.testing.assert_close(network.encode(x), base.encode(x), atol=1e-6, rtol=0)


def test_the_edge_filters_start_as_sobel() -> None:
    """On a ramp of slope 1 along x, one filter answers 8 and the other nothing."""
    network = eh_dran.build()
    ramp = torch.arange(6.0).expand(1, 64, 5, 6)
    inside = (..., slice(1, -1), slice(1, -1))
    assert torch.all(network.sx(ramp)[inside].abs() == 8)
    assert torch.all(network.sy(ramp)[inside] == 0)


def test_a_network_built_without_edges_has_the_encoder_of_dilran_and_its_own_decoder() -> None:
    network, base = eh_dran.build({"edges": False}).eval(), dilran.build().eval()
    base.load_state_dict(network.state_dict())
    x = torch.rand(1, 1, 16, 24, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        features = network.encode(x)
        torch.testing.assert_close(features, base.encode(x))
        assert not torch.allclose(network.decode(features), base.decode(features))
