"""Fusing two images without a network.

A rule takes two planes (H, W) within 0…1 and returns the fused plane, and for each pixel the
share that came from the first, where the rule can tell. To add one: write the function, add a
line to RULES. Menus, command line and tests follow.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fusionviewer.fusion.guided import guided_fusion
from fusionviewer.fusion.multiscale import laplacian_fusion, wavelet_fusion
from fusionviewer.fusion.options import Option, Options
from fusionviewer.fusion.strategies import larger_share
from fusionviewer.fusion.vgg_features import (
    FILE,
    deep_features_from,
    features_from,
    random_features,
)
from fusionviewer.fusion.zero_learning import Features, edge_features, zero_learning_fusion
from fusionviewer.paths import own_weights_folder

Plane = NDArray[np.float32]  # (H, W)
Doubles = NDArray[np.float64]
Answer = tuple[Plane, Plane | None]


@dataclass(frozen=True)
class Rule:
    """One entry of the method selector.

    Attributes:
        fuse: (a, b, **options) → the fused plane within 0…1, and the share of `a` for each pixel
            or None.
        source: the paper, with its DOI or arXiv number.
        description: a sentence for a tooltip.
    """

    name: str
    label: str
    fuse: Callable[..., Answer]
    source: str
    description: str
    options: Options = field(default_factory=dict)


def average(a: Doubles, b: Doubles) -> tuple[Doubles, Doubles]:
    return (a + b) / 2, np.full(a.shape, 0.5)


def maximum(a: Doubles, b: Doubles) -> tuple[Doubles, Doubles]:
    return np.maximum(a, b), np.asarray(larger_share(a, b))


def alpha(a: Doubles, b: Doubles, alpha: float = 0.5) -> tuple[Doubles, Doubles]:
    """`b` laid over `a` with this opacity: 0 shows `a` alone, 1 shows `b` alone."""
    return (1 - alpha) * a + alpha * b, np.full(a.shape, 1 - alpha)


def laplacian(a: Doubles, b: Doubles, levels: int = 4) -> tuple[Doubles, None]:
    return laplacian_fusion(a, b, int(levels)), None


def wavelet(a: Doubles, b: Doubles, wavelet: str = "sym4", levels: int = 4) -> tuple[Doubles, None]:
    return wavelet_fusion(a, b, wavelet, int(levels)), None


def zero_learning(a: Doubles, b: Doubles, features: str = "edges") -> tuple[Doubles, Doubles]:
    return zero_learning_fusion(a, b, *_FEATURES[features]())


_FEATURES: dict[str, Callable[[], tuple[Features, ...]]] = {
    "edges": lambda: (edge_features,),
    "random": lambda: (random_features(),),
    "vgg19": lambda: (features_from(own_weights_folder() / FILE),),
    "vgg19-deep": lambda: deep_features_from(own_weights_folder() / FILE),
}


def _fused(
    rule: Callable[..., tuple[Doubles, Doubles | None]], a: Plane, b: Plane, **options: Any
) -> Answer:
    """Compute in float64, answer in float32 within 0…1."""
    fused, share = rule(np.asarray(a, np.float64), np.asarray(b, np.float64), **options)
    return _as_plane(fused), None if share is None else _as_plane(share)


def _as_plane(values: Doubles) -> Plane:
    return np.clip(values, 0, 1).astype(np.float32)


_LEVELS = Option("Scales", 4, "How many scales; small images take fewer.", low=1, high=8)

_ALL = (
    Rule("average", "Average", partial(_fused, average), "", "The mean of both images."),
    Rule("maximum", "Maximum", partial(_fused, maximum), "", "The brighter of both pixels."),
    Rule(
        "alpha",
        "Overlay",
        partial(_fused, alpha),
        "",
        "The second image over the first, with adjustable opacity.",
        {"alpha": Option("Opacity", 0.5, "Opacity of the second image.", low=0, high=1)},
    ),
    Rule(
        "laplacian",
        "Laplacian pyramid",
        partial(_fused, laplacian),
        "Burt & Adelson 1983, doi:10.1109/TCOM.1983.1095851",
        "The stronger detail at every scale, over the mean brightness.",
        {"levels": _LEVELS},
    ),
    Rule(
        "wavelet",
        "Wavelets",
        partial(_fused, wavelet),
        "Li, Manjunath & Mitra 1995, doi:10.1006/gmip.1995.1022",
        "The stronger wavelet coefficient at every scale, over the mean brightness.",
        {
            "levels": _LEVELS,
            "wavelet": Option(
                "Wavelet", "sym4", "Shape of the wavelet.", ("haar", "db2", "sym4", "bior4.4")
            ),
        },
    ),
    Rule(
        "guided",
        "Guided filter",
        partial(_fused, guided_fusion),
        "Li, Kang & Hu 2013, doi:10.1109/TIP.2013.2244222",
        "Each region from the image with more detail there, along the edges of both.",
    ),
    Rule(
        "zero-learning-edges",
        "Zero-learning, edge features",
        partial(_fused, zero_learning),
        "After Lahoud & Süsstrunk 2019, arXiv:1905.03590, with edges in place of VGG-19 features",
        "Rare grey levels weigh the brightness, edges weigh the detail.",
        {
            "features": Option(
                "Features",
                "edges",
                "What weighs the detail: edges, the first layer of a VGG-19 with random weights, or one or "
                "three layers of your own vgg19.safetensors, as published.",
                tuple(_FEATURES),
            )
        },
    ),
)

RULES: dict[str, Rule] = {rule.name: rule for rule in _ALL}
