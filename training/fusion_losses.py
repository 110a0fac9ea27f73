"""What the end-to-end networks are taught. Images are (B, 1, H, W) in float32 within 0…1."""

from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from training.losses import SOBEL

Norm = Callable[[Tensor], Tensor]

# How the difference of two gradients becomes a number. Multiplied by 100 and summed over an image,
# as the paper prints it ("norm"), it would drown the other terms.
NORMS: dict[str, Norm] = {
    "mean square": lambda difference: difference.square().mean(),
    "rms": lambda difference: (difference.square().mean() + 1e-12).sqrt(),
    "mean absolute": lambda difference: difference.abs().mean(),
    "norm": lambda difference: (difference.square().sum() + 1e-12).sqrt(),
}

LAPLACE = torch.tensor([[[[0.0, 1.0, 0.0], [1.0, -4.0, 1.0], [0.0, 1.0, 0.0]]]])
DIFFERENCE = torch.tensor(
    [[[[0.0, 0.0, 0.0], [0.0, -1.0, 1.0], [0.0, 0.0, 0.0]]],
     [[[0.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 1.0, 0.0]]]]
)  # fmt: skip
SMOOTHING = torch.tensor(
    [[[[0.0947, 0.1183, 0.0947], [0.1183, 0.1478, 0.1183], [0.0947, 0.1183, 0.0947]]]]
)


def structural_similarity(x: Tensor, y: Tensor) -> Tensor:
    """SSIM with an 11x11 Gaussian window of σ 1.5 and range 1, where the window fits: a scalar.

    Raises:
        ValueError: an image is smaller than the window.

    Source: Wang et al. 2004, doi:10.1109/TIP.2003.819861.
    """
    if min(x.shape[-2:]) < 11:
        raise ValueError(f"SSIM needs 11x11 pixels or more, not {tuple(x.shape[-2:])}")
    mean_x, mean_y = _gaussian(x), _gaussian(y)
    var_x, var_y = _gaussian(x * x) - mean_x**2, _gaussian(y * y) - mean_y**2
    covariance = _gaussian(x * y) - mean_x * mean_y
    c1, c2 = 0.01**2, 0.03**2
    likeness = (2 * mean_x * mean_y + c1) * (2 * covariance + c2)
    return (likeness / ((mean_x**2 + mean_y**2 + c1) * (var_x + var_y + c2))).mean()


def gradients(x: Tensor, kernels: Tensor = SOBEL) -> Tensor:
    """The image filtered by each kernel, repeated at its edges: (B, 1, H, W) → (B, K, H, W)."""
    return F.conv2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), kernels.to(x))


def gradient_magnitude(x: Tensor) -> Tensor:
    """|∂x| + |∂y| by Sobel, (B, 1, H, W) → (B, 1, H, W)."""
    return gradients(x).abs().sum(dim=1, keepdim=True)


class MfinetTerms(NamedTuple):
    similarity: Tensor
    gradient: Tensor
    pixel: Tensor
    brightness: Tensor  # ours


def mfinet_terms(fused: Tensor, a: Tensor, b: Tensor, norm: str = "mean square") -> MfinetTerms:
    """Like the brighter source, with the stronger gradient, and close to both.

    Source: Song et al. 2024, doi:10.1007/s13721-024-00449-2; weights 10, 100 and 1. Not in the
    paper: `brightness`, the mean distance from the brighter source. Similarity is blind
    to a small offset, which costs most of the mutual information.
    """
    brighter = torch.maximum(a, b)
    strongest = torch.maximum(gradient_magnitude(a), gradient_magnitude(b))
    return MfinetTerms(
        similarity=1 - structural_similarity(fused, brighter),
        gradient=NORMS[norm](gradient_magnitude(fused) - strongest),
        pixel=F.mse_loss(fused, a) + F.mse_loss(fused, b),
        brightness=F.l1_loss(fused, brighter),
    )


class MopaTerms(NamedTuple):
    gradient: Tensor
    intensity: Tensor
    decoupling: Tensor


def mopa_terms(
    fused: Tensor,
    recovered: tuple[Tensor, Tensor],
    sources: tuple[Tensor, Tensor],
    *,
    alpha: float = 0.5,
    kernels: Tensor = SOBEL,
    soft: bool = False,
    emphasis: float = 1.0,
) -> MopaTerms:
    """At each pixel the gradient of the source that has more; brightness of both; recoverable.

    Args:
        recovered: both sources, as the decoupling network sees them.
        sources: the functional image first, then the structural one.
        alpha: how much the brightness of the structural image counts.
        kernels: what a gradient is, SOBEL, LAPLACE or DIFFERENCE.
        soft: gradients of both sources count, by their share, instead of the stronger alone.
        emphasis: times the gradient is asked for; ours. Slightly above 1 makes up for what a
            network that was trained on squares gives back too faintly.

    Source: Di et al. 2025, doi:10.62756/jmsi.1674-8042.2025003; weights 10, 1 and 1.
    """
    a, b = sources
    share_a, share_b = decision_maps(a, b, kernels, soft=soft)
    of_fused = gradients(fused, kernels)
    far_a = (of_fused - emphasis * gradients(a, kernels)).square().sum(dim=1, keepdim=True)
    far_b = (of_fused - emphasis * gradients(b, kernels)).square().sum(dim=1, keepdim=True)
    return MopaTerms(
        gradient=(share_a * far_a).mean() + (share_b * far_b).mean(),
        intensity=F.mse_loss(fused, a) + alpha * F.mse_loss(fused, b),
        decoupling=F.mse_loss(recovered[0], a) + F.mse_loss(recovered[1], b),
    )


@torch.no_grad()
def decision_maps(
    a: Tensor, b: Tensor, kernels: Tensor = SOBEL, *, soft: bool = False
) -> tuple[Tensor, Tensor]:
    """Which source's gradient counts at each pixel, (B, 1, H, W) each; they sum to 1.

    Both are smoothed first. The stronger gradient gets 1, the first source where they are equal;
    with `soft`, each gets its share.
    """
    strength = [
        gradients(gradients(x, SMOOTHING), kernels).norm(dim=1, keepdim=True) for x in (a, b)
    ]
    if soft:
        share_b = (strength[1] + 1e-12) / (strength[0] + strength[1] + 2e-12)
    else:
        share_b = (strength[1] > strength[0]).to(a.dtype)
    return 1 - share_b, share_b


def _gaussian(x: Tensor) -> Tensor:
    """Weighted means over an 11x11 window, where it fits: (B, 1, H, W) → (B, 1, H-10, W-10)."""
    taps = torch.arange(-5, 6, dtype=x.dtype, device=x.device)
    weights = torch.exp(-taps.square() / (2 * 1.5**2))
    weights = weights / weights.sum()
    return F.conv2d(F.conv2d(x, weights.view(1, 1, -1, 1)), weights.view(1, 1, 1, -1))
