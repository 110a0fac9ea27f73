"""Where a fused pixel came from, for methods that tell and for those that do not."""

from typing import ClassVar

import numpy as np
import pytest
import torch
from builders import make_shown
from numpy.typing import NDArray
from torch import nn

from fusionviewer.fusion.contribution import contribution
from fusionviewer.fusion.fuse import fuse_slice
from fusionviewer.fusion.methods import METHODS
from fusionviewer.fusion.rules import RULES
from fusionviewer.fusion.runtime import Runtimes
from fusionviewer.fusion.torch_backend import TorchEndToEnd
from fusionviewer.imaging.display import Shown

Plane = NDArray[np.float32]


class EndToEndOnly:
    """Stands where `Runtimes` stands: one end-to-end network under every name."""

    limits: ClassVar[dict[str, tuple[float, float]]] = {}

    def __init__(self, module: nn.Module) -> None:
        self._network = TorchEndToEnd(module.eval(), torch.device("cpu"))

    def get(self, name: str) -> "EndToEndOnly":
        return self

    def fused(self, a: Plane, b: Plane, *_: object) -> tuple[Plane, None]:
        return self._network.answer(a, b)[0], None


class Mixed(nn.Module):
    """Three parts of the first image, blurred, and one of the second."""

    def forward(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return 0.75 * nn.functional.avg_pool2d(a, 3, 1, 1, count_include_pad=False) + 0.25 * b


class Convolved(nn.Module):
    """Two layers with offsets and a smooth bend, drawn by chance; its output is mid grey."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(3)
        self._layers = nn.Sequential(nn.Conv2d(2, 8, 3, 1, 1), nn.Tanh(), nn.Conv2d(8, 1, 3, 1, 1))

    def forward(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return 0.5 + 0.3 * torch.tanh(self._layers(torch.cat([a, b], dim=1)))


def sources(seed: int = 0) -> tuple[Shown, Shown]:
    rng = np.random.default_rng(seed)
    a, b = rng.uniform(0.2, 0.6, (2, 24, 20)).astype(np.float32)
    a[:4], b[:4] = 0, 0  # background in both
    b[4:8] = 0  # only the first image is there
    return make_shown(a), make_shown(b)


def shares(method: str, options: dict[str, float] | None = None, runtimes: object = None):  # type: ignore[no-untyped-def]
    a, b = sources()
    engines = runtimes or Runtimes()
    fused = fuse_slice(a, b, method, "", engines, options or {})  # type: ignore[arg-type]
    return a, b, contribution(a, b, fused, method, "", engines, options or {})  # type: ignore[arg-type]


def test_the_background_of_both_came_from_nowhere() -> None:
    for rule in RULES:
        _, _, found = shares(rule)
        assert np.isnan(found.share_of_a[:4]).all(), rule


def test_every_share_lies_between_none_and_all() -> None:
    for rule in RULES:
        _, _, found = shares(rule)
        known = found.share_of_a[np.isfinite(found.share_of_a)]
        assert known.size > 200, rule
        assert (known >= 0).all() and (known <= 1).all(), rule


def test_an_average_is_half_and_half() -> None:
    _, _, found = shares("average")
    assert found.basis == "weights"
    assert (found.share_of_a[4:] == 0.5).all()


def test_a_maximum_is_the_brighter_one() -> None:
    a, b, found = shares("maximum")
    assert np.array_equal(found.share_of_a[4:] == 1, (a.grey > b.grey)[4:])


def test_an_overlay_of_thirty_percent_leaves_seventy_of_the_base() -> None:
    _, _, found = shares("alpha", {"alpha": 0.3})
    assert found.share_of_a[4:] == pytest.approx(0.7)


@pytest.mark.parametrize("rule", ["laplacian", "wavelet"])
def test_a_pyramid_far_from_the_second_image_came_from_the_first(rule: str) -> None:
    a = make_shown(np.random.default_rng(1).uniform(0.2, 0.6, (64, 64)))
    b = make_shown(np.zeros((64, 64)))
    fused = fuse_slice(a, b, rule, "", Runtimes())
    found = contribution(a, b, fused, rule, "", Runtimes())
    assert found.basis == "fading"
    assert np.nanmin(found.share_of_a) == 1


def test_a_network_that_adds_parts_of_both_gets_the_share_of_their_brightness() -> None:
    a, b, found = shares("mfinet", runtimes=EndToEndOnly(Mixed()))
    from_a = 0.75 * nn.functional.avg_pool2d(
        torch.from_numpy(a.grey)[None], 3, 1, 1, count_include_pad=False
    )
    expected = from_a[0].numpy() / (from_a[0].numpy() + 0.25 * b.grey + 1e-12)
    assert found.basis == "fading"
    assert found.share_of_a[5:] == pytest.approx(expected[5:], abs=1e-3)


def test_fading_is_the_derivative_of_a_network_along_its_inputs() -> None:
    """Where a network is smooth, the difference must be near torch's forward-mode derivative."""
    torch.manual_seed(3)
    a, b = sources()
    module = Convolved()
    runtimes = EndToEndOnly(module)
    fused = fuse_slice(a, b, "mfinet", "", runtimes)  # type: ignore[arg-type]
    found = contribution(a, b, fused, "mfinet", "", runtimes).share_of_a  # type: ignore[arg-type]

    x, y = (torch.from_numpy(s.grey)[None, None] for s in (a, b))
    still = torch.zeros_like(x)
    along = [
        torch.func.jvp(module, (x, y), tangents)[1][0, 0].abs().detach().numpy()
        for tangents in ((x, still), (still, y))
    ]
    total = along[0] + along[1]
    expected = along[0] / (total + 1e-12)
    clear = (total > 0.01) & np.isfinite(found) & (fused.grey > 0.02) & (fused.grey < 0.98)
    assert clear.sum() > 200
    assert np.corrcoef(found[clear], expected[clear])[0, 1] > 0.9
    assert np.abs(found - expected)[clear].mean() < 0.06


def test_white_that_an_eighth_cannot_dim_is_still_told_apart() -> None:
    class Sum(nn.Module):
        def forward(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
            return 3 * a + 0.5 * b

    a, b = (make_shown(np.full((8, 8), value)) for value in (0.9, 0.3))
    runtimes = EndToEndOnly(Sum())
    fused = fuse_slice(a, b, "mfinet", "", runtimes)  # type: ignore[arg-type]
    assert (fused.grey == 1).all()
    found = contribution(a, b, fused, "mfinet", "", runtimes)  # type: ignore[arg-type]
    assert (found.share_of_a == 1).all()


def test_strategies_tell_their_weights() -> None:
    a, b = sources()
    fused = fuse_slice(a, b, "eh-dran", "fer", Runtimes())
    found = contribution(a, b, fused, "eh-dran", "fer", Runtimes())
    assert found.basis == "weights"
    assert np.array_equal(found.share_of_a[4:], fused.share_of_a[4:])


def test_the_same_question_has_the_same_answer() -> None:
    for rule in ("laplacian", "wavelet"):
        one, two = (shares(rule)[2].share_of_a for _ in range(2))
        assert np.array_equal(one, two, equal_nan=True)


def test_every_method_without_a_network_answers() -> None:
    for name, method in METHODS.items():
        if not method.has_network:
            assert shares(name)[2].basis in ("weights", "fading")
