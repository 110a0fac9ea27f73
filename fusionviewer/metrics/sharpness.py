"""Scores of the fused image alone: contrast, gradients, spatial frequency.

None of them looks at the sources, so noise and halos raise them too. Grey levels are on
0…255. A region restricts them to its pixels; derivatives at its border see the pixels outside.
Constant, all-zero and (where defined) one-pixel images score 0.
"""

import numpy as np

from fusionviewer.metrics.gradients import sobel
from fusionviewer.metrics.picture import GreyLevels, Map, Picture, Sources, require_size


def spatial_frequency(sources: Sources, fused: Picture) -> float:
    """√(mean Δx² + mean Δy²) of neighbouring pixels, 0 to 255·√2. More is better.

    Each mean is over its own differences, W − 1 or H − 1 per line. Undefined below 2 × 2.

    Source: Eskicioglu & Fisher 1995, doi:10.1109/26.477498; 0…255 as in
    doi:10.1007/s13721-024-00449-2 and doi:10.62756/jmsi.1674-8042.2025003.
    """
    require_size(fused, 2)
    across, down = np.diff(fused.levels, axis=1), np.diff(fused.levels, axis=0)
    return float(np.sqrt(sum((sources.inside(step) ** 2).mean() for step in (across, down))))


def average_gradient(sources: Sources, fused: Picture) -> float:
    """Mean of √((gx² + gy²) / 2), with central differences (one-sided at the border).

    The sum over H·W pixels is divided by (H − 1)(W − 1), as the usual MATLAB code does; in a
    region, by its pixels times (H − 1)(W − 1) / (H·W). Undefined below 2 × 2.

    Source: Cui, Feng, Xu, Li & Chen 2015, doi:10.1016/j.optcom.2014.12.032; the divisor as in
    doi:10.62756/jmsi.1674-8042.2025003.
    """
    require_size(fused, 2)
    height, width = fused.shape
    per_pixel = height * width / ((height - 1) * (width - 1))
    return float(sources.inside(fused.of(_gradient)).mean() * per_pixel)


def standard_deviation(sources: Sources, fused: Picture) -> float:
    """Population standard deviation of the grey levels, 0 to 127.5."""
    return float(sources.inside(fused.levels).std())


def standard_deviation_uint8(sources: Sources, fused: Picture) -> float:
    """“SD” as 8-bit arithmetic with saturation gives it, 0 to √255 = 15.97.

    √(mean of min(255, max(0, F − mean)²)). It explains the 7 to 10 in MOPA's tables, where the
    true deviation is 43 to 91; for comparing with those tables only.

    Source: doi:10.62756/jmsi.1674-8042.2025003, by inference from its tables.
    """
    levels = sources.inside(fused.levels)
    above = np.maximum(levels - levels.mean(), 0)
    return float(np.sqrt(np.minimum(above**2, 255).mean()))


def edge_intensity(sources: Sources, fused: Picture) -> float:
    """Mean Sobel magnitude (weights 1-2-1, replicated border), 0 to 1140. More is better.

    Source: Xydeas & Petrović 2000, doi:10.1049/el:20000267, for the operator.
    """
    return float(sources.inside(fused.of(_magnitude)).mean())


def _gradient(levels: GreyLevels) -> Map:
    down, across = np.gradient(levels)
    return np.asarray(np.sqrt((across**2 + down**2) / 2))


def _magnitude(levels: GreyLevels) -> Map:
    return np.asarray(np.hypot(*sobel(levels)))
