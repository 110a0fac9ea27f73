"""Gates of the end-to-end networks: which channels and which places matter."""

import torch
from torch import Tensor, nn


class ChannelSqueeze(nn.Module):
    """Turn whole channels up or down by what the image as a whole contains.

    (B, C, H, W) → (B, C, H, W)

    Source: Hu et al. 2018, arXiv:1709.01507, equations 2 to 4.
    """

    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.gate = nn.Sequential(
            nn.Conv2d(channels, hidden, 1), nn.ReLU(), nn.Conv2d(hidden, channels, 1), nn.Sigmoid()
        )

    def forward(self, x: Tensor) -> Tensor:
        return x * self.gate(x.mean(dim=(2, 3), keepdim=True))  # type: ignore[no-any-return]


class SpatialGate(nn.Module):
    """Turn places up or down by the mean and the maximum over channels there.

    (B, C, H, W) → (B, C, H, W)

    Source: Woo et al. 2018, CBAM, arXiv:1807.06521, section 3.
    """

    def __init__(self) -> None:
        super().__init__()
        self.look = nn.Conv2d(2, 1, 7, padding=3)

    def forward(self, x: Tensor) -> Tensor:
        summary = torch.cat((x.mean(dim=1, keepdim=True), x.amax(dim=1, keepdim=True)), dim=1)
        return x * self.look(summary).sigmoid()  # type: ignore[no-any-return]


class ChannelAndSpatialGate(nn.Module):
    """Channels first, by mean and maximum over the image, then places.

    (B, C, H, W) → (B, C, H, W)

    Source: as `SpatialGate`.
    """

    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.shared = nn.Sequential(
            nn.Conv2d(channels, hidden, 1), nn.ReLU(), nn.Conv2d(hidden, channels, 1)
        )
        self.spatial = SpatialGate()

    def forward(self, x: Tensor) -> Tensor:
        mean = x.mean(dim=(2, 3), keepdim=True)  # B C 1 1
        peak = x.amax(dim=(2, 3), keepdim=True)
        gated = x * (self.shared(mean) + self.shared(peak)).sigmoid()
        return self.spatial(gated)  # type: ignore[no-any-return]
