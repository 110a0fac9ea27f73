"""How the end-to-end networks are taught and judged; `tasks.TASKS` has the entries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from fusionviewer.fusion import mopa
from fusionviewer.fusion.mopa_decoupling import MopaInTraining
from fusionviewer.metrics.report import score_pair
from training import fusion_losses, losses
from training.config import RunConfig, section
from training.datasets import Sample
from training.errors import ConfigError
from training.steps import Parts, Step

JUDGED = ("en", "sf", "ag", "mi", "scd", "vif", "qabf")  # names in fusionviewer.metrics
_KERNELS = {
    "sobel": losses.SOBEL,
    "laplacian": fusion_losses.LAPLACE,
    "difference": fusion_losses.DIFFERENCE,
}


@dataclass(frozen=True)
class MfinetLoss:
    """The [loss] section of MFINet's recipe: the weights of the terms, as published."""

    similarity: float = 10.0
    gradient: float = 100.0
    pixel: float = 1.0
    brightness: float = 0.0  # ours: distance from the brighter source
    norm: str = "mean square"  # an entry of fusion_losses.NORMS


@dataclass(frozen=True)
class MopaLoss:
    """The [loss] section of MOPA's recipe: weights as published, the rest as in SDNet."""

    gradient: float = 10.0
    intensity: float = 1.0
    decoupling: float = 1.0
    alpha: float = 0.5  # weight of the structural image's brightness
    kernel: str = "sobel"  # or another of _KERNELS
    emphasis: float = 1.0  # times the gradient of the source is asked for; ours
    soft: bool = False  # both gradients count by their share, not the stronger alone


def build_mopa(options: Mapping[str, object]) -> MopaInTraining:
    """MOPA with its decoupling network; `feedback` is an option of the latter.

    Raises:
        ValueError: an option that there is not.
    """
    options = dict(options)
    feedback = options.pop("feedback", "on")
    return MopaInTraining(mopa.configuration(options), feedback)  # type: ignore[arg-type]


def shipped_mopa(network: nn.Module) -> nn.Module:
    """The part that fuses, without the part that taught it."""
    return network.fusion if isinstance(network, MopaInTraining) else network


def mfinet_step(config: RunConfig) -> Step:
    """Similarity, gradient and pixel loss over pairs (B, 2, H, W)."""
    weights = section(MfinetLoss, config.loss, "The section loss")
    if weights.norm not in fusion_losses.NORMS:
        raise ConfigError(f"There is no norm “{weights.norm}” for gradients.")

    def step(network: nn.Module, batch: Tensor, _kind: str = "", /) -> tuple[Tensor, Parts]:
        a, b = batch[:, :1], batch[:, 1:]
        parts = fusion_losses.mfinet_terms(network(a, b).float(), a, b, weights.norm)._asdict()
        return _weighted(parts, weights), parts

    return step


def mopa_step(config: RunConfig) -> Step:
    """Gradient, intensity and decoupling loss over pairs with their masks (B, 4, H, W)."""
    weights = section(MopaLoss, config.loss, "The section loss")
    if weights.kernel not in _KERNELS:
        raise ConfigError(
            f"There is no kernel “{weights.kernel}”; there are {', '.join(_KERNELS)}."
        )

    def step(network: nn.Module, batch: Tensor, _kind: str = "", /) -> tuple[Tensor, Parts]:
        a, b, mask_a, mask_b = batch.tensor_split(4, dim=1)
        fused, again_a, again_b = (y.float() for y in network(a, b, mask_a, mask_b))
        parts = fusion_losses.mopa_terms(
            fused,
            (again_a, again_b),
            (a, b),
            alpha=weights.alpha,
            kernels=_KERNELS[weights.kernel],
            soft=weights.soft,
            emphasis=weights.emphasis,
        )._asdict()
        return _weighted(parts, weights), parts

    return step


def fusion_scores(
    network: nn.Module, samples: Sequence[Sample], names: Sequence[str] = JUDGED
) -> dict[str, float]:
    """Means of the scores `names` by pair of modalities, and Qabf over all of them.

    As shipped: on 8-bit levels, and black where both sources are black.
    """
    fusion = shipped_mopa(network)
    values: dict[str, list[float]] = {}
    for sample in samples:
        planes = sample.pixels[:, None, None]  # N 1 1 H W; masks, if there are any, come last
        fused = fused_levels(fusion(*planes), planes[0], planes[1])
        a, b = (as_levels(plane) for plane in planes[:2])
        for name, score in score_pair(a, b, fused, names).items():
            if score.value is not None:
                values.setdefault(f"{sample.kind} {name}", []).append(score.value)
    scores = {name: float(np.mean(each)) for name, each in sorted(values.items())}
    edges = [value for name, value in scores.items() if name.endswith(" qabf")]
    return scores | {"qabf": float(np.mean(edges)) if edges else 0.0}


def fused_levels(fused: Tensor, a: Tensor, b: Tensor) -> NDArray[np.uint8]:
    """The fused image as it is saved, 0 where both sources are; (1, 1, H, W) → (H, W)."""
    return as_levels(torch.where((a == 0) & (b == 0), 0, fused))


def as_levels(image: Tensor) -> NDArray[np.uint8]:
    """0…1 as grey levels 0…255, (1, 1, H, W) → (H, W)."""
    levels: NDArray[np.uint8] = (image[0, 0].clamp(0, 1) * 255).round().byte().cpu().numpy()
    return levels


def _weighted(parts: Parts, weights: MfinetLoss | MopaLoss) -> Tensor:
    return torch.stack([getattr(weights, name) * part for name, part in parts.items()]).sum()
