"""The Restormer block: attention between channels, then a gated feed-forward network.

Source: Zamir et al. 2022, arXiv:2111.09881, equations 1 to 3.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class RestormerBlock(nn.Module):
    """(B, C, H, W) → (B, C, H, W); `heads` divides C."""

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = PixelNorm(channels), PixelNorm(channels)
        self.attention = TransposedAttention(channels, heads)
        self.feed_forward = GatedFeedForward(channels)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attention(self.norm1(x))
        return x + self.feed_forward(self.norm2(x))  # type: ignore[no-any-return]


class PixelNorm(nn.Module):
    """Each pixel's channels to mean 0 and variance 1, then a learned scale and shift."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(channels, 1, 1))
        self.shift = nn.Parameter(torch.zeros(channels, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        centred = x - x.mean(dim=1, keepdim=True)
        variance = centred.square().mean(dim=1, keepdim=True)
        return centred * (variance + 1e-5).rsqrt() * self.scale + self.shift


class TransposedAttention(nn.Module):
    """Attention between channels, whose cost grows with the pixels and not with their square.

    (B, C, H, W) → (B, C, H, W)
    """

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.temperature = nn.Parameter(torch.ones(heads, 1, 1))
        self.qkv = nn.Sequential(
            nn.Conv2d(channels, 3 * channels, 1, bias=False),
            nn.Conv2d(3 * channels, 3 * channels, 3, padding=1, groups=3 * channels, bias=False),
        )
        self.project = nn.Conv2d(channels, channels, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        batch, channels, height, width = x.shape
        q, k, v = (
            part.reshape(batch, self.heads, channels // self.heads, height * width)
            for part in self.qkv(x).chunk(3, dim=1)
        )
        q, k = F.normalize(q, dim=-1), F.normalize(k, dim=-1)
        shares = (self.temperature * (q @ k.transpose(-2, -1))).softmax(dim=-1)  # B h C/h C/h
        attended = (shares @ v).reshape(batch, channels, height, width)
        return self.project(attended)  # type: ignore[no-any-return]


class GatedFeedForward(nn.Module):
    """Two halves of a wider layer, one of which gates the other; (B, C, H, W) → (B, C, H, W)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        hidden = int(2.66 * channels)
        self.widen = nn.Sequential(
            nn.Conv2d(channels, 2 * hidden, 1, bias=False),
            nn.Conv2d(2 * hidden, 2 * hidden, 3, padding=1, groups=2 * hidden, bias=False),
        )
        self.narrow = nn.Conv2d(hidden, channels, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        gate, content = self.widen(x).chunk(2, dim=1)
        return self.narrow(F.gelu(gate) * content)  # type: ignore[no-any-return]
