"""The fast mode: bfloat16 where the processor has it, and within one grey level."""

import numpy as np
import pytest
import torch

from fusionviewer.errors import FusionError
from fusionviewer.fusion.methods import NETWORKS
from fusionviewer.fusion.runtime import Runtimes, use_torch
from fusionviewer.fusion.torch_backend import has_bfloat16
from fusionviewer.imaging.phantom import axial_grid, head
from fusionviewer.imaging.windowing import CT_PRESETS, automatic, windowed

AUTOENCODERS = [name for name, method in NETWORKS.items() if method.kind == "auto-encoder"]
STRATEGIES = ("sfnn-max", "fer", "max", "average")

needs_bfloat16 = pytest.mark.skipif(
    not has_bfloat16(torch.device("cpu")), reason="this processor has no bfloat16 (avx512_bf16)"
)
Plane = np.ndarray


@pytest.fixture(scope="module", params=[-20.0, 42.0], ids="z={} mm".format)
def pair(request: pytest.FixtureRequest) -> tuple[Plane, Plane]:
    """CT and MR of a slice of the sample patient, as a reader sees them."""
    ct, mr = head(axial_grid(192, 240 / 192, 1, 3.0, request.param), ("CT", "T1"))[:, 0]
    return windowed(ct, CT_PRESETS["brain"].window), windowed(mr, automatic(mr, "MR", "a.u."))


@needs_bfloat16
@pytest.mark.parametrize("name", AUTOENCODERS)
def test_bfloat16_is_within_one_grey_level_of_float32(name: str, pair: tuple[Plane, Plane]) -> None:
    exact = Runtimes("torch", "cpu").get(name)
    fast = Runtimes("torch", "cpu", precision="bfloat16").get(name)
    assert fast.device == "CPU (torch, bfloat16)"
    for strategy in STRATEGIES:
        one, other = (np.clip(r.fused(*pair, strategy)[0], 0, 1) for r in (exact, fast))
        off = np.abs(one - other).max() * 255
        assert 0 < off <= 1, f"{strategy}: {off:.2f} of 255"


@needs_bfloat16
@pytest.mark.parametrize("name", [n for n in NETWORKS if n not in AUTOENCODERS])
def test_networks_that_it_would_change_visibly_are_refused(name: str) -> None:
    with pytest.raises(FusionError, match=f"In bfloat16 {name} would be off by more than one"):
        Runtimes(precision="bfloat16", device="cpu").get(name)


def test_a_processor_without_bfloat16_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    with pytest.raises(FusionError, match="CPU has no fast bfloat16"):
        Runtimes(precision="bfloat16", device="cpu").get("eh-dran")


def test_onnxruntime_is_not_asked_for_bfloat16() -> None:
    assert use_torch("auto", "cpu", "bfloat16")
    with pytest.raises(FusionError, match="float32 only, not in bfloat16"):
        use_torch("onnx", "cpu", "bfloat16")
