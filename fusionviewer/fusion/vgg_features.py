"""What layers of a VGG-19 see in a plane: features for zero-learning fusion.

The first layer has 64 filters of 3×3 over three colours. A grey plane stands for all three, so the
filters of the colours add up. Trained weights come from a file that the user has, with the names that
torchvision gives them; random ones of the first layer need no file.

Source: Simonyan & Zisserman 2015, arXiv:1409.1556; random filters tell edges and texture apart
nearly as well as trained ones: Jarrett et al. 2009, doi:10.1109/ICCV.2009.5459469.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from fusionviewer.errors import WeightsError
from fusionviewer.texts import text as _

Floats = NDArray[np.floating[Any]]
Features = Callable[[Floats], Floats]  # (H, W) → (C, h, w)

FILE = "vgg19.safetensors"
FIRST = (64, 3, 3, 3)
# Convolutions by their place among torchvision's `features`; at 4 there is pooling, after each ReLU.
DEEP = {0: FIRST, 2: (64, 64, 3, 3), 5: (128, 64, 3, 3), 7: (128, 128, 3, 3)}
POOLED_BEFORE = 5
ROWS = 32  # of an image at a time: around each pixel there are nine
TOLD = (0, 2, 7)  # whose ReLUs, at 1, 3 and 8, are features


class _Layer:
    """A convolution with zeros around the image, and ReLU: (C, H, W) → (D, H, W); as precise as its
    weights are."""

    def __init__(self, weights: Floats, bias: Floats, *, pooled: bool = False) -> None:
        self._weights = weights.reshape(len(weights), -1)  # D 9C
        self._bias, self._pooled = bias[:, None], pooled

    def __call__(self, maps: Floats) -> Floats:
        maps = maps.astype(self._weights.dtype, copy=False)
        maps = _pooled(maps) if self._pooled else maps
        height, width = maps.shape[1:]
        padded = np.pad(maps, ((0, 0), (1, 1), (1, 1)))
        answer = np.empty((len(self._bias), height, width), self._weights.dtype)
        for top in range(0, height, ROWS):
            band = padded[:, top : top + ROWS + 2]
            around = sliding_window_view(band, (3, 3), axis=(1, 2))  # C rows W 3 3
            rows = around.shape[1]
            flat = around.transpose(0, 3, 4, 1, 2).reshape(-1, rows * width)
            seen = np.maximum(self._weights @ flat + self._bias, 0)
            answer[:, top : top + rows] = seen.reshape(-1, rows, width)
        return answer


def random_features(seed: int = 0) -> Features:
    """The first layer with random weights of variance 2/27 (He et al. 2015, arXiv:1502.01852)."""
    weights = np.random.default_rng(seed).normal(0, (2 / 27) ** 0.5, FIRST)
    return partial(_seen, [_first(weights, np.zeros(FIRST[0]))])


@cache
def features_from(path: Path) -> Features:
    """The first layer with the weights of a file: torchvision's VGG-19, saved as safetensors.

    Raises:
        WeightsError: the file is missing, cannot be read, or holds no such layer.
    """
    return partial(_seen, [_first(*_read(path, {0: FIRST})[0])])


@cache
def deep_features_from(path: Path) -> tuple[Features, ...]:
    """The ReLUs at 1, 3 and 8 of the same.

    Raises:
        WeightsError: as `features_from`.
    """
    read = _read(path, DEEP)
    layers = [_first(*read[0])]
    layers += [_Layer(*read[n], pooled=n == POOLED_BEFORE) for n in list(DEEP)[1:]]
    places = [list(DEEP).index(n) for n in TOLD]
    return tuple(partial(_seen, layers[: place + 1]) for place in places)


def _read(path: Path, shapes: Mapping[int, tuple[int, ...]]) -> dict[int, tuple[Floats, Floats]]:
    """Weights and bias of each layer, in float32 as they are stored."""
    if not path.is_file():
        raise WeightsError(
            _("There is no “{name}” with the weights of a VGG-19.", name=path.name),
            _("Save torchvision's as safetensors, in the folder {folder}.", folder=path.parent),
        )
    try:
        with safe_open(path, framework="np") as file:
            return {n: _layer(file, n, shape, path) for n, shape in shapes.items()}
    except (OSError, SafetensorError) as error:
        raise WeightsError(
            _("“{name}” could not be read as safetensors.", name=path.name)
        ) from error


def _layer(file: Any, n: int, shape: tuple[int, ...], path: Path) -> tuple[Floats, Floats]:
    names = [f"features.{n}.{part}" for part in ("weight", "bias")]
    if not set(names) <= set(file.keys()):
        raise WeightsError(
            _("“{name}” has no “{layer}” of a VGG-19.", name=path.name, layer=f"features.{n}")
        )
    weights, bias = (np.asarray(file.get_tensor(name)) for name in names)
    if weights.shape != shape or bias.shape != shape[:1]:
        raise WeightsError(
            _("“{layer}” in “{name}” is not that of a VGG-19.", layer=names[0], name=path.name)
        )
    if not (np.isfinite(weights).all() and np.isfinite(bias).all()):
        raise WeightsError(_("“{name}” holds values that are not numbers.", name=path.name))
    return weights.astype(np.float32), bias.astype(np.float32)


def _first(weights: Floats, bias: Floats) -> _Layer:
    """For a grey plane, that is all three colours."""
    return _Layer(weights.sum(axis=1, keepdims=True), bias)


def _seen(layers: Sequence[_Layer], plane: Floats) -> Floats:
    maps = plane[None]
    for layer in layers:
        maps = layer(maps)
    return maps


def _pooled(maps: Floats) -> Floats:
    """The largest of each 2×2; an odd last row or column counts by itself."""
    channels, height, width = maps.shape
    even = np.pad(maps, ((0, 0), (0, height % 2), (0, width % 2)), mode="edge")
    blocks = even.reshape(channels, even.shape[1] // 2, 2, even.shape[2] // 2, 2)
    return np.asarray(blocks.max(axis=(2, 4)))
