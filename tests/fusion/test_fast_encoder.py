"""bfloat16, arranged for the processor: the same features as the plain network, but for rounding."""

import sys

import pytest
import torch

from fusionviewer.fusion import dilran, eh_dran
from fusionviewer.fusion.allocation import keep_freed_memory
from fusionviewer.fusion.fast_encoder import FastEncoder


@pytest.mark.parametrize(
    "network",
    [
        dilran.build(),
        dilran.build({"norm": "shared"}),
        dilran.build({"norm": "instance", "unshared_pyramid": True, "gate": "sigmoid"}),
        eh_dran.build(),
        eh_dran.build({"edges": False}),
    ],
    ids=["dilran", "shared norm", "unshared pyramid", "eh-dran", "no edges"],
)
def test_features_differ_by_rounding_only(network: dilran.Dilran) -> None:
    network.eval()
    x = torch.rand(2, 1, 24, 34, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        exact = network.encode(x)
    fast = FastEncoder(network)(x)
    assert fast.dtype == torch.float32
    off = (fast - exact).abs().max() / exact.abs().max()
    assert 0 < off < 0.02  # bfloat16 keeps 8 bits of a number


def test_the_network_itself_stays_in_float32() -> None:
    network = eh_dran.build().eval()
    FastEncoder(network)
    assert {p.dtype for p in network.parameters()} == {torch.float32}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only glibc can keep memory")
def test_the_c_library_agrees_to_keep_freed_memory() -> None:
    assert keep_freed_memory()
