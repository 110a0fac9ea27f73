"""DILRAN and EH-DRAN step by step, as the papers describe them, without any short cut.

The yardstick for the fast networks, in results and in time: 64-channel maps everywhere, six
convolutions in the pyramid, singular values by a full decomposition, one image at a time.
Layers have the names of the fast networks, so their weights load into these.

Source: arXiv:2212.04661 and arXiv:2411.11799.
"""

import torch
from torch import Tensor, nn


def gate(t: Tensor) -> Tensor:
    means = nn.functional.avg_pool2d(t, kernel_size=2, stride=2)
    return nn.functional.interpolate(means, scale_factor=2, mode="nearest").relu()


class PlainDilran(nn.Module):
    """norm="separate" when `separate`, else the published "shared"; evaluation mode."""

    def __init__(self, *, separate: bool = True) -> None:
        super().__init__()
        self.point = nn.Conv2d(1, 64, 1)
        self.dil1 = nn.Conv2d(64, 64, 3, padding=1, dilation=1)
        self.dil3 = nn.Conv2d(64, 64, 3, padding=3, dilation=3)
        self.dil5 = nn.Conv2d(64, 64, 3, padding=5, dilation=5)
        self.reduce = nn.Conv2d(192, 64, 1)
        self.bn = nn.BatchNorm2d(64)
        self.bn2 = nn.BatchNorm2d(64) if separate else None
        self.pyr = nn.Conv2d(64, 64, 3, padding=1)
        self.dec1 = nn.Conv2d(64, 64, 3, padding=1)
        self.dec2 = nn.Conv2d(64, 32, 3, padding=1)
        self.dec3 = nn.Conv2d(32, 1, 3, padding=1)

    def encode(self, x: Tensor) -> Tensor:
        p = self.point(x)
        h = x + gate(x) * p
        z = self.reduce(torch.cat((self.dil1(h), self.dil3(h), self.dil5(h)), dim=1))
        z = self._normalised(self.bn, z)
        one = self.pyr(z)
        two = self.pyr(self.pyr(z))
        three = self.pyr(self.pyr(self.pyr(z)))
        z = z + gate(z) * (one + two + three)
        z = self._normalised(self.bn2 or self.bn, z)
        return h + gate(h) * z

    def decode(self, features: Tensor) -> Tensor:
        return self.dec3(self.dec2(self.dec1(features)))

    def forward(self, x: Tensor) -> Tensor:
        """Odd sizes: the last row and column repeated, the result cropped."""
        height, width = x.shape[-2:]
        even = nn.functional.pad(x, (0, width % 2, 0, height % 2), mode="replicate")
        return self.decode(self.encode(even))[..., :height, :width]

    def _normalised(self, layer: nn.BatchNorm2d, z: Tensor) -> Tensor:
        if self.bn2 is not None:
            return layer(z)
        mean = z.mean(dim=(2, 3), keepdim=True)
        variance = z.var(dim=(2, 3), keepdim=True, unbiased=False)
        scale, shift = layer.weight[:, None, None], layer.bias[:, None, None]
        return (z - mean) / torch.sqrt(variance + layer.eps) * scale + shift


class PlainEhDran(PlainDilran):
    def __init__(self, *, separate: bool = True) -> None:
        super().__init__(separate=separate)
        self.e1 = nn.Conv2d(64, 64, 3, padding=1)
        self.e2 = nn.Conv2d(128, 128, 3, padding=1)
        self.edown = nn.Conv2d(128, 64, 1)
        self.sx = nn.Conv2d(64, 64, 3, padding=1, groups=64, bias=False)
        self.sy = nn.Conv2d(64, 64, 3, padding=1, groups=64, bias=False)
        self.eup = nn.Conv2d(64, 64, 1)
        self.lrelu = nn.LeakyReLU(0.2)

    def encode(self, x: Tensor) -> Tensor:
        f = super().encode(x)
        p = self.point(x)
        u = self.lrelu(self.e1(p))
        v = self.edown(self.lrelu(self.e2(torch.cat((p, u), dim=1))))
        g = self.eup(self.sx(p).abs() + self.sy(p).abs())
        return f + v + g

    def decode(self, features: Tensor) -> Tensor:
        return self.dec3(self.lrelu(self.dec2(self.lrelu(self.dec1(features)))))


def plain_sfnn_max(a: Tensor, b: Tensor) -> Tensor:
    """Features weighted by the largest nuclear norm of their softmax maps; (1, C, H, W) each.

    Source: arXiv:2212.04661, equations 5 to 8, weights not squared.
    """
    norm_a = torch.linalg.svdvals(torch.softmax(a, dim=1)[0]).sum(dim=-1).max()
    norm_b = torch.linalg.svdvals(torch.softmax(b, dim=1)[0]).sum(dim=-1).max()
    return (norm_a * a + norm_b * b) / (norm_a + norm_b)


def plain_fusion(net: PlainDilran, a: Tensor, b: Tensor) -> Tensor:
    """Two images (1, 1, H, W) within 0…1, H and W even, to one."""
    return net.decode(plain_sfnn_max(net.encode(a), net.encode(b))).clamp(0, 1)
