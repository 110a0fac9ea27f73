"""The classifiers: images (B, C, S, S) to one logit (B, 1) each, above 0 for high-grade glioma."""

from collections.abc import Callable

from torch import nn

from training.errors import RunError


def resnet50(channels: int) -> nn.Module:
    """ResNet-50 from random weights: 23,503,809 parameters with one channel.

    The stem halves the image and the shortcuts have no bias, as in the original; MONAI's own
    defaults differ in both.

    Source: He et al. 2015, arXiv:1512.03385, table 1.
    """
    return _monai("bottleneck", [3, 4, 6, 3], [64, 128, 256, 512], channels)


def narrow(channels: int) -> nn.Module:
    """One basic block per stage and an eighth of the channels, for small images."""
    return _monai("basic", [1, 1, 1, 1], [8, 16, 32, 64], channels)


CLASSIFIERS: dict[str, Callable[[int], nn.Module]] = {"resnet50": resnet50, "narrow": narrow}


def _monai(block: str, layers: list[int], widths: list[int], channels: int) -> nn.Module:
    try:
        from monai.networks.nets.resnet import ResNet
    except ImportError as error:
        raise RunError("MONAI is not installed.", "Run: pip install --no-deps monai") from error
    return ResNet(
        block,
        layers,
        widths,
        spatial_dims=2,
        n_input_channels=channels,
        conv1_t_stride=2,
        num_classes=1,
        bias_downsample=False,
    )
