"""Layers and algebra that the auto-encoders share."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Literal, TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

GateActivation = Literal["relu", "sigmoid"]
Norm = Literal["shared", "separate", "instance"]

_ACTIVATIONS = {"relu": torch.relu, "sigmoid": torch.sigmoid}

Options = TypeVar("Options")


def configured(kind: type[Options], options: Mapping[str, object]) -> Options:
    """`options` as the frozen dataclass `kind`.

    Raises:
        ValueError: an option that `kind` does not have.
    """
    unknown = sorted(set(options) - {field.name for field in fields(kind)})  # type: ignore[arg-type]
    if unknown:
        raise ValueError(f"{kind.__name__} has no option {', '.join(unknown)}")
    return kind(**options)


def one_of(name: str, value: object, allowed: tuple[object, ...]) -> None:
    """Raises ValueError unless `value` is among `allowed`."""
    if value not in allowed:
        raise ValueError(f"{name} is {value!r}; it must be one of {allowed}")


def gate(t: Tensor, activation: GateActivation = "relu") -> Tensor:
    """A coarse map of where `t` is strong: 2×2 means, brought back to full size.

    (B, C, H, W) → (B, C, H, W); H and W even.

    Source: Zhou et al. 2022, arXiv:2212.04661, figure 2. The activation comes before the
    upsampling, which repeats values: the same result for a quarter of the work.
    """
    coarse = _ACTIVATIONS[activation](F.avg_pool2d(t, 2))  # B C H/2 W/2
    return F.interpolate(coarse, scale_factor=2, mode="nearest")  # B C H W


def folded(kernel: Tensor, planes: Tensor) -> Tensor:
    """The kernel that reads few planes directly instead of many mixtures of them.

    Where the C input channels of a convolution are the linear mixture `planes` (C, M) of M
    planes, convolving the planes with `folded(kernel, planes)` is the same convolution:
    (O, C, k, k), (C, M) → (O, M, k, k). In full precision even under autocast, since it is
    cheap and its error would be in every pixel.
    """
    with torch.autocast(kernel.device.type, enabled=False):
        return torch.einsum("ocij,cm->omij", kernel, planes)


def bias_of(layer: nn.Conv2d) -> Tensor:
    """The bias of a convolution that has one."""
    assert layer.bias is not None
    return layer.bias


def even_padded(x: Tensor) -> Tensor:
    """`x` with its last row and column repeated where needed to make H and W even."""
    bottom, right = x.shape[-2] % 2, x.shape[-1] % 2
    if not (bottom or right):
        return x
    return F.pad(x, (0, right, 0, bottom), mode="replicate")


class PerImageBatchNorm(nn.BatchNorm2d):
    """Batch normalisation that, outside training, uses each image's own statistics.

    For a layer that serves in two places: its running averages mix two distributions and
    fit neither. Outside training the buffers are neither read nor written, and an image's
    result does not depend on its neighbours in the batch.

    Source: the public code of arXiv:2212.04661 never leaves training mode and runs one
    image at a time, which is the same.
    """

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - the name of the base class
        if self.training:
            return super().forward(input)
        return F.instance_norm(input, weight=self.weight, bias=self.bias, eps=self.eps)


def normalisation(norm: Norm, channels: int) -> nn.Module:
    """One normalisation layer of the kind that `norm` asks for."""
    if norm == "shared":
        return PerImageBatchNorm(channels)
    if norm == "instance":
        return nn.InstanceNorm2d(channels, affine=True)
    return nn.BatchNorm2d(channels)
