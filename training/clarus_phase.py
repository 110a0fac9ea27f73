"""FSIM once more, as a function that can be differentiated: phase congruency in torch."""

import math
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

SCALES, ORIENTATIONS = 4, 4
SHORTEST_WAVE = 6.0  # pixels; doubles from scale to scale
RAYLEIGH = math.sqrt((4 - math.pi) / 2)
FLAT_PHASE, FLAT_GRADIENT = 0.85, 160.0 / 255**2
TINY = 1e-6

_SCHARR = torch.tensor([[-3.0, 0.0, 3.0], [-10.0, 0.0, 10.0], [-3.0, 0.0, 3.0]]) / 16
SCHARR = torch.stack((_SCHARR, _SCHARR.T))[:, None]  # (2, 1, 3, 3)


def feature_similarity(a: Tensor, b: Tensor, fused: Tensor) -> Tensor:
    """Mean FSIM with both sources, (B, 1, H, W) within 0…1 → (B,); up to 384 pixels.

    As `fusionviewer.metrics.phase.feature_similarity`. The noise threshold is not differentiated.
    """
    phase, slope = phase_congruency(fused), _slope(fused)
    total = fused.new_zeros(len(fused))
    for x in (a, b):
        phase_x, slope_x = phase_congruency(x), _slope(x)
        alike = _alike(phase_x, phase, FLAT_PHASE) * _alike(slope_x, slope, FLAT_GRADIENT)
        weight = torch.maximum(phase_x, phase)
        total = total + (alike * weight).sum((1, 2, 3)) / (weight.sum((1, 2, 3)) + TINY) / 2
    return total


def phase_congruency(x: Tensor) -> Tensor:
    """Energy over amplitude in four orientations, (B, 1, H, W) → the same, within 0…1."""
    filters, spreads = _bank(x.shape[-2], x.shape[-1], x.device)  # O S H W
    answers = torch.fft.ifft2(torch.fft.fft2(x * 255)[:, :, None] * filters)  # B O S H W
    amplitudes = (answers.real.square() + answers.imag.square() + TINY).sqrt()
    total = answers.sum(dim=2, keepdim=True)
    length = (total.real.square() + total.imag.square() + TINY).sqrt() + 1e-4
    turned = answers * (total.conj() / length)
    turned_across = (turned.imag.square() + TINY).sqrt()
    energy = (turned.real - turned_across).sum(dim=2)  # B O H W
    finest = amplitudes[:, :, 0].detach().square().flatten(2).median(dim=2).values  # B O
    tau = (finest / math.log(2) * spreads).sqrt()
    threshold = tau * (math.sqrt(math.pi / 2) + 2 * RAYLEIGH) / 1.7
    energy = (energy - threshold[..., None, None]).clamp(min=0).sum(dim=1, keepdim=True)
    congruency: Tensor = energy / (amplitudes.sum(dim=(1, 2))[:, None] + 1e-2)
    return congruency


def _alike(x: Tensor, y: Tensor, flat: float) -> Tensor:
    return (2 * x * y + flat) / (x.square() + y.square() + flat)


def _slope(x: Tensor) -> Tensor:
    slopes = F.conv2d(F.pad(x, (1, 1, 1, 1)), SCHARR.to(x))
    return (slopes.square().sum(dim=1, keepdim=True) + 1e-10).sqrt()


@lru_cache(maxsize=4)
def _bank(height: int, width: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Filters (O, S, H, W), and per orientation the power of its noise per finest response."""
    v, u = torch.fft.fftfreq(height), torch.fft.fftfreq(width)
    y, x = torch.meshgrid(v, u, indexing="ij")
    radius, theta = torch.hypot(x, y), torch.atan2(-y, x)
    low_pass = 1 / (1 + (radius / 0.45) ** 30)
    radius[0, 0] = 1
    centres = 1 / (SHORTEST_WAVE * 2.0 ** torch.arange(SCALES))
    radial = torch.exp(-((radius / centres[:, None, None]).log() ** 2) / (2 * math.log(0.55) ** 2))
    radial = radial * low_pass
    radial[:, 0, 0] = 0
    filters, spreads = [], []
    for angle in torch.arange(ORIENTATIONS) * math.pi / ORIENTATIONS:
        turn = torch.atan2(torch.sin(theta - angle), torch.cos(theta - angle))
        of_angle = radial * torch.exp(-(turn**2) / (2 * (math.pi / 4 / 1.2) ** 2))
        kernels = torch.fft.ifft2(of_angle).real * math.sqrt(height * width)
        filters.append(of_angle)
        power = kernels.sum(dim=0).square().sum() / of_angle[0].square().sum()
        spreads.append(power)
    return torch.stack(filters).to(device), torch.stack(spreads).to(device)
