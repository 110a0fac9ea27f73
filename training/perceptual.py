"""VGG features as a loss, for who has weights for them.

Weights are not bundled: the recipe names a file in torchvision's layout. Without one there is
the filter bank of losses.py, or the same network with random weights.
"""

import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from fusionviewer.errors import UnreadableFile
from training.losses import Loss, filter_bank

WIDTHS = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512))  # blocks of VGG-16
RANDOM_SEED = 16


@dataclass(frozen=True)
class Kind:
    """Which VGG-16, and which of its features are compared.

    Attributes:
        name: of the network, as torchvision calls it.
        normed: with batch normalisation.
        blocks: how many of `WIDTHS` take part.
        deep: only the last features are compared, after their ReLU; else the last of each block,
            those of the last block before it.
    """

    name: str
    normed: bool
    blocks: int = 3
    deep: bool = False


BN = Kind("VGG16-BN", normed=True)
PLAIN = Kind("VGG16", normed=False)
DEEP = Kind("VGG16", normed=False, blocks=4, deep=True)


class VggLoss(nn.Module):
    """Mean squared difference of features of VGG-16, summed over the places where they are taken.

    Two images (B, 1, H, W), H and W at least 4, or 8 for `DEEP`, → a scalar. They are repeated to
    three channels and not standardised.

    Source: the public code of arXiv:2212.04661 for `BN`, where ReLUs that work in place decide which
    features are compared before theirs. Its text speaks of one layer of the plain network and not of
    which; `DEEP` takes relu4_3.
    """

    def __init__(self, kind: Kind = BN) -> None:
        super().__init__()
        self.kind = kind
        self.features = nn.Sequential(*_layers(kind))  # indices as torchvision's
        self.eval().requires_grad_(False)

    def forward(self, y: Tensor, x: Tensor) -> Tensor:
        total = y.new_zeros(())
        for of_y, of_x in zip(self.taps(y), self.taps(x), strict=True):
            total = total + (of_y - of_x).square().mean()
        return total

    def taps(self, x: Tensor) -> Iterator[Tensor]:
        """The features that are compared: (B, 64, H, W), (B, 128, H/2, W/2), …, or the last alone."""
        x = x.expand(-1, 3, -1, -1)  # B 3 H W
        for layer in self.features:
            if isinstance(layer, nn.MaxPool2d) and not self.kind.deep:
                yield x
            x = layer(x)
        yield x

    def train(self, mode: bool = True) -> "VggLoss":
        """Stays in evaluation mode: its statistics are part of the yardstick."""
        del mode
        return super().train(False)


def _layers(kind: Kind) -> Iterator[nn.Module]:
    channels = 3
    last = (kind.blocks - 1, len(WIDTHS[kind.blocks - 1]) - 1)
    for block, widths in enumerate(WIDTHS[: kind.blocks]):
        if block:
            yield nn.MaxPool2d(2)
        for place, width in enumerate(widths):
            yield nn.Conv2d(channels, width, 3, padding=1)
            if kind.normed:
                yield nn.BatchNorm2d(width)
            if kind.deep or (block, place) != last:  # else nobody reads what follows
                yield nn.ReLU()
            channels = width


def vgg_from(file: Path, kind: Kind = BN) -> VggLoss:
    """With torchvision's weights of that network, from a .pth or .safetensors file.

    Raises:
        UnreadableFile: missing, not a file of tensors, or of another network.
    """
    try:
        content = (
            safetensors.torch.load_file(file)
            if file.suffix == ".safetensors"
            else torch.load(file, map_location="cpu", weights_only=True)
        )
        loss = VggLoss(kind)
        wanted = loss.state_dict()
        loss.load_state_dict({name: content[name] for name in wanted})
    except KeyError as error:
        problem = f"has no {error.args[0]}, so it is not {kind.name}"
        raise UnreadableFile(file, problem) from error
    except (
        OSError,
        RuntimeError,
        EOFError,
        TypeError,
        pickle.UnpicklingError,
        safetensors.SafetensorError,
    ) as error:
        raise UnreadableFile(file, f"does not hold weights of {kind.name}") from error
    return loss


def random_vgg(kind: Kind = BN) -> VggLoss:
    """With random weights that are the same every time; ReLUs keep the variance.

    Source of the idea: He et al. 2016, arXiv:1606.04801: random networks compare images too.
    """
    generator = torch.Generator().manual_seed(RANDOM_SEED)
    loss = VggLoss(kind)
    for layer in loss.features:
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, generator=generator)
            nn.init.zeros_(_bias(layer))
    return loss


def _bias(layer: nn.Conv2d) -> Tensor:
    assert layer.bias is not None
    return layer.bias


def _on_any_device(vgg: VggLoss) -> Loss:
    """Follows the images to their device, where it then stays."""
    return lambda y, x: vgg.to(y.device)(y, x)


# By the name in a recipe. The file is looked at only by those that need one.
EXTRACTORS: dict[str, Callable[[Path], Loss]] = {
    "bank": lambda _: filter_bank,
    "vgg16-bn": lambda file: _on_any_device(vgg_from(file)),
    "vgg16": lambda file: _on_any_device(vgg_from(file, PLAIN)),
    "vgg16-deep": lambda file: _on_any_device(vgg_from(file, DEEP)),
    "vgg16-bn-random": lambda _: _on_any_device(random_vgg()),
}
WITH_FILE = ("vgg16-bn", "vgg16", "vgg16-deep")
