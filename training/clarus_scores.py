"""The scores of a fused image once more, as functions that can be differentiated.

Images are (B, 1, H, W) within 0…1 and the answer is one number per image, (B,). They follow
`fusionviewer.metrics`, in float32, and agree with it to about two digits; where a score counts
(histograms) it is smoothed. More is better for all of them.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from training.clarus_phase import feature_similarity
from training.losses import SOBEL

Score = Callable[[Tensor, Tensor, Tensor], Tensor]  # a, b, fused → (B,)

EYE_NOISE = 2.0 / 255**2
BINS = 48
TINY = 1e-8


def similarity(a: Tensor, b: Tensor, fused: Tensor) -> Tensor:
    """Mean SSIM with both sources; `metrics.similarity.structural_similarity`."""
    window = _gaussian(11, 1.5, fused)
    mean_f = _windowed(fused, window)
    var_f = _windowed(fused * fused, window) - mean_f**2
    total = fused.new_zeros(len(fused))
    for x in (a, b):
        mean_x = _windowed(x, window)
        var_x = _windowed(x * x, window) - mean_x**2
        covariance = _windowed(x * fused, window) - mean_x * mean_f
        near = (2 * mean_x * mean_f + 1e-4) / (mean_x**2 + mean_f**2 + 1e-4)
        like = (2 * covariance + 9e-4) / (var_x + var_f + 9e-4)
        total = total + (near * like).mean(dim=(1, 2, 3)) / 2
    return total


def visual_fidelity(a: Tensor, b: Tensor, fused: Tensor) -> Tensor:
    """VIF, the sum over both sources; at least 41x41 pixels, else fewer scales.

    `metrics.visual.visual_information_fidelity`.
    """
    total = fused.new_zeros(len(fused))
    for x in (a, b):
        kept, there = fused.new_zeros(len(fused)), fused.new_zeros(len(fused))
        at_x, at_f = x, fused
        for size in (17, 9, 5, 3):
            window = _gaussian(size, size / 5, fused)
            if size < 17:
                at_x, at_f = (_windowed(y, window)[..., ::2, ::2] for y in (at_x, at_f))
            if min(at_x.shape[-2:]) < size:
                break
            kept_here, there_here = _information(at_x, at_f, window)
            kept, there = kept + kept_here, there + there_here
        total = total + kept / (there + 1e-3)
    return total


def _information(x: Tensor, f: Tensor, window: Tensor) -> tuple[Tensor, Tensor]:
    """What of one scale came through, and what there was, in nats."""
    mean_x, mean_f = _windowed(x, window), _windowed(f, window)
    var_x = (_windowed(x * x, window) - mean_x**2).clamp(min=0)
    var_f = (_windowed(f * f, window) - mean_f**2).clamp(min=0)
    covariance = _windowed(x * f, window) - mean_x * mean_f
    gain = covariance / (var_x + TINY)
    noise = (var_f - gain * covariance).clamp(min=0)
    noise = torch.where(gain < 0, var_f, noise)
    gain = gain.clamp(min=0)
    kept = torch.log1p(gain**2 * var_x / (noise + EYE_NOISE)).sum(dim=(1, 2, 3))
    return kept, torch.log1p(var_x / EYE_NOISE).sum(dim=(1, 2, 3))


def edge_transfer(a: Tensor, b: Tensor, fused: Tensor) -> Tensor:
    """Q^AB/F; `metrics.structure.edge_transfer`."""
    strength_f, direction_f = _edges(fused)
    kept, weights = fused.new_zeros(len(fused)), fused.new_zeros(len(fused))
    for x in (a, b):
        strength, direction = _edges(x)
        low, high = torch.minimum(strength, strength_f), torch.maximum(strength, strength_f)
        ratio = (low + 1e-4) / (high + 1e-4)
        # The angle between two lines, 0…π/2, from the product of their directions.
        cosine = (direction * direction_f).sum(dim=1, keepdim=True).abs().clamp(max=1 - 1e-6)
        alike = 1 - torch.acos(cosine) * 2 / torch.pi
        got = 0.9994 / (1 + torch.exp(-15 * (ratio - 0.5)))
        got = got * 0.9879 / (1 + torch.exp(-22 * (alike - 0.8)))
        kept = kept + (got * strength).sum(dim=(1, 2, 3))
        weights = weights + strength.sum(dim=(1, 2, 3))
    return kept / (weights + 1e-3)


def _edges(x: Tensor) -> tuple[Tensor, Tensor]:
    """Strength (B, 1, H, W) and direction (B, 2, H, W) of length 1 or less."""
    slopes = F.conv2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), SOBEL.to(x))
    strength = (slopes.square().sum(dim=1, keepdim=True) + TINY).sqrt()
    return strength, slopes / strength


def mutual_information(a: Tensor, b: Tensor, fused: Tensor) -> Tensor:
    """I(a; fused) + I(b; fused) in bits, by histograms of BINS levels with linear windows.

    Fewer levels than the 256 of `metrics.information.mutual_information`: smaller values,
    in nearly the same order.
    """
    memberships = _memberships(fused)
    return sum((_shared_bits(_memberships(x), memberships) for x in (a, b)), fused.new_zeros(()))


def _memberships(x: Tensor) -> Tensor:
    """How much each pixel belongs to each level, (B, 1, H, W) → (B, BINS, H·W)."""
    place = x.flatten(2).clamp(0, 1) * (BINS - 1)  # B 1 P
    levels = torch.arange(BINS, device=x.device, dtype=x.dtype)[:, None]
    return (1 - (place - levels).abs()).clamp(min=0)


def _shared_bits(x: Tensor, y: Tensor) -> Tensor:
    joint = x @ y.transpose(1, 2) / x.shape[-1]  # B BINS BINS
    apart = joint.sum(dim=2, keepdim=True) * joint.sum(dim=1, keepdim=True)
    return (joint * ((joint + TINY) / (apart + TINY)).log2()).sum(dim=(1, 2))


def spatial_frequency(a: Tensor, b: Tensor, fused: Tensor, wanted: float = 1.0) -> Tensor:
    """1 less how far that of the fused image over that of the steeper source at each pixel is from `wanted`.

    At 1 every step of the sources is kept; what is steeper counts as much too little.
    """
    steepest, got = fused.new_zeros(len(fused)), fused.new_zeros(len(fused))
    for of_a, of_b, of_fused in zip(_steps(a), _steps(b), _steps(fused), strict=True):
        steepest = steepest + torch.maximum(of_a.square(), of_b.square()).mean(dim=(1, 2, 3))
        got = got + of_fused.square().mean(dim=(1, 2, 3))
    ratio = ((got + TINY) / (steepest + TINY)).sqrt()
    return 1 - (wanted - ratio).abs()


def _steps(x: Tensor) -> tuple[Tensor, Tensor]:
    return x.diff(dim=2), x.diff(dim=3)


def difference_correlation(a: Tensor, b: Tensor, fused: Tensor) -> Tensor:
    """SCD; `metrics.fidelity.correlations_of_differences`."""
    return _pearson(fused - b, a) + _pearson(fused - a, b)


def _pearson(x: Tensor, y: Tensor) -> Tensor:
    x, y = (z - z.mean(dim=(1, 2, 3), keepdim=True) for z in (x, y))
    spread = x.square().sum(dim=(1, 2, 3)) * y.square().sum(dim=(1, 2, 3))
    return (x * y).sum(dim=(1, 2, 3)) / (spread + 1e-6).sqrt()


def edge_information(a: Tensor, b: Tensor, fused: Tensor) -> Tensor:
    """1 less the share of 3x3 windows whose edges differ from a source's, in the mean of both.

    By softened edge maps. `metrics.fmi.fmi_edge` is about 0.01 more, for it counts what windows that
    differ have in common.
    """
    edges = _edge_map(fused)
    differ = [F.max_pool2d((_edge_map(x) - edges).abs(), 3, 1).mean((1, 2, 3)) for x in (a, b)]
    return 1 - sum(differ, fused.new_zeros(())) / 2


def _edge_map(x: Tensor) -> Tensor:
    """How much each pixel is on an edge, 0…1: the Sobel gradient is strong there, and more so than beside."""
    slopes = F.conv2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), SOBEL.to(x)).square()
    strength = slopes.sum(dim=1, keepdim=True) + 1e-6
    strong = torch.sigmoid(6 * (strength / (4 * strength.mean(dim=(1, 2, 3), keepdim=True))).log())
    across, down = slopes.split(1, dim=1)
    upright = torch.sigmoid(10 * (across - down) / strength)
    height = F.pad(strength.log(), (1, 1, 1, 1), mode="replicate")
    here = height[..., 1:-1, 1:-1]

    def ridge(before: Tensor, after: Tensor) -> Tensor:
        return (4 * torch.sigmoid(8 * (here - before)) * torch.sigmoid(8 * (here - after))).clamp(
            max=1
        )

    tall = ridge(height[..., 1:-1, :-2], height[..., 1:-1, 2:])
    wide = ridge(height[..., :-2, 1:-1], height[..., 2:, 1:-1])
    return strong * torch.maximum(upright * tall, (1 - upright) * wide)


SCORES: dict[str, Score] = {
    "fsim": feature_similarity,
    "ssim": similarity,
    "vif": visual_fidelity,
    "qabf": edge_transfer,
    "mi": mutual_information,
    "fmi": edge_information,
    "sf": spatial_frequency,
    "scd": difference_correlation,
}


def _gaussian(size: int, sigma: float, like: Tensor) -> Tensor:
    taps = torch.arange(size, dtype=like.dtype, device=like.device) - (size - 1) / 2
    weights = torch.exp(-taps.square() / (2 * sigma**2))
    return weights / weights.sum()


def _windowed(x: Tensor, window: Tensor) -> Tensor:
    """Weighted means where the window fits: (B, 1, H, W) → (B, 1, H − n + 1, W − n + 1)."""
    return F.conv2d(F.conv2d(x, window.view(1, 1, -1, 1)), window.view(1, 1, 1, -1))
