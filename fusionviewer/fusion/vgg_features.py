"""What the first layer of a VGG-19 sees in a plane: features for zero-learning fusion.

The layer has 64 filters of 3×3 over three colours. A grey plane stands for all three, so the
filters of the colours add up. Its trained weights come from a file that the user has, as
torchvision names them; random ones need no file.

Source: Simonyan & Zisserman 2015, arXiv:1409.1556; random filters tell edges and texture apart
nearly as well as trained ones: Jarrett et al. 2009, doi:10.1109/ICCV.2009.5459469.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from fusionviewer.errors import WeightsError
from fusionviewer.texts import text as _

Doubles = NDArray[np.float64]
Features = Callable[[Doubles], Doubles]

_SHAPE = (64, 3, 3, 3)


def random_features(seed: int = 0) -> Features:
    """The layer with random weights of variance 2/27 (He et al. 2015, arXiv:1502.01852)."""
    weights = np.random.default_rng(seed).normal(0, (2 / 27) ** 0.5, _SHAPE)
    return _layer(weights, np.zeros(_SHAPE[0]))


@cache
def features_from(path: Path) -> Features:
    """The layer with the weights of a file: torchvision's VGG-19, saved as safetensors.

    Raises:
        WeightsError: the file cannot be read, or holds no such layer.
    """
    try:
        tensors = load_file(path)
        weights, bias = (tensors[f"features.0.{part}"] for part in ("weight", "bias"))
    except (OSError, SafetensorError) as error:
        raise WeightsError(
            _("“{name}” could not be read as safetensors.", name=path.name)
        ) from error
    except KeyError as error:
        raise WeightsError(
            _("“{name}” has no “features.0”, the first layer of VGG-19.", name=path.name)
        ) from error
    if weights.shape != _SHAPE or bias.shape != _SHAPE[:1]:
        raise WeightsError(_("The first layer in “{name}” is not that of VGG-19.", name=path.name))
    if not (np.isfinite(weights).all() and np.isfinite(bias).all()):
        raise WeightsError(_("“{name}” holds values that are not numbers.", name=path.name))
    return _layer(weights.astype(np.float64), bias.astype(np.float64))


def _layer(weights: Doubles, bias: Doubles) -> Features:
    """(H, W) → (64, H, W): the convolution, zero outside the plane, then ReLU."""
    grey = weights.sum(axis=1).reshape(len(weights), 9)  # 64 9

    def features(plane: Doubles) -> Doubles:
        padded = np.pad(plane, 1)
        around = np.lib.stride_tricks.sliding_window_view(padded, (3, 3))  # H W 3 3
        flat = around.reshape(-1, 9) @ grey.T + bias
        return np.asarray(np.maximum(flat, 0).T.reshape(-1, *plane.shape))

    return features
