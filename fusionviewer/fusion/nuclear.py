"""Nuclear norms of many feature maps: exact, and as few as possible.

The nuclear norm of a matrix is the sum of its singular values. All norms come from the
eigenvalues of the smaller Gram matrix in float64: an eigenvalue of 0 may come out as eps·σ₁²,
which moves a norm by about sqrt(eps)·σ₁ — 1e-8 of it in float64, but 1e-3 in float32.
"""

import numpy as np
from numpy.typing import NDArray

from fusionviewer.fusion.arrays import Array, as_double, as_numpy, namespace, one_torch_thread

_TIE = 1 + 1e-9  # a bound this close above the best cannot change it beyond rounding


def nuclear_norms(maps: Array) -> Array:
    """The nuclear norm of each map, (..., H, W) → (...), in float64."""
    with one_torch_thread(maps):
        return _norms(as_double(maps))


def largest_nuclear_norms(maps: Array) -> tuple[NDArray[np.float64], int]:
    """The largest nuclear norm among the channels of each sample, (N, C, H, W) → (N,).

    Equal to `nuclear_norms(maps).max(1)`, but only channels whose upper bound exceeds the best
    norm so far are factorised: with trained networks one or two of 64. Also returns how
    many factorisations were needed, over all samples.
    """
    with one_torch_thread(maps):
        bounds = as_numpy(_upper_bounds(as_double(maps)))  # N C
        ranking = np.argsort(-bounds, axis=1)  # N C, most promising channel first
        best = np.zeros(len(bounds))
        open_samples = np.arange(len(bounds))
        evaluated = 0
        for place in range(bounds.shape[1]):
            channels = ranking[open_samples, place]
            promising = bounds[open_samples, channels] > best[open_samples] * _TIE
            open_samples, channels = open_samples[promising], channels[promising]
            if not len(open_samples):
                break
            norms = as_numpy(_norms(as_double(_picked(maps, open_samples, channels))))
            best[open_samples] = np.maximum(best[open_samples], norms)
            evaluated += len(open_samples)
        return best, evaluated


def _norms(maps: Array) -> Array:
    xp = namespace(maps)
    turned = xp.matrix_transpose(maps)
    wide = maps.shape[-2] <= maps.shape[-1]
    gram = maps @ turned if wide else turned @ maps  # ... r r with r = min(H, W)
    eigenvalues = xp.linalg.eigvalsh(gram)
    return xp.sum(xp.sqrt(xp.clip(eigenvalues, 0.0, None)), axis=-1)


def _upper_bounds(maps: Array) -> Array:
    """Numbers that no nuclear norm exceeds, (N, C, H, W) → (N, C).

    With F the Frobenius norm, r = min(H, W) and any s with F/√r ≤ s ≤ σ₁, a nuclear norm is at
    most s + √((r-1)(F² - s²)), which falls as s grows: the other r-1 singular values have
    the square sum F² - σ₁², and are largest in sum when they are equal. One power step from
    the column sums gives a good s for maps without negative values.
    """
    xp = namespace(maps)
    rank = min(maps.shape[-2:])
    columns = xp.sum(maps, axis=-2)[..., None]  # N C W 1
    length = xp.linalg.vector_norm(columns, axis=-2, keepdims=True)
    direction = columns / xp.where(length > 0, length, xp.ones_like(length))
    reached = xp.linalg.vector_norm((maps @ direction)[..., 0], axis=-1)  # N C
    frobenius = xp.linalg.vector_norm(maps, axis=(-2, -1))  # N C
    s = xp.minimum(xp.maximum(reached, frobenius / rank**0.5), frobenius)
    rest = xp.clip(frobenius**2 - s**2, 0.0, None)
    return s + xp.sqrt((rank - 1) * rest)


def _picked(maps: Array, samples: NDArray[np.intp], channels: NDArray[np.intp]) -> Array:
    """One channel of each of some samples, (N, C, H, W) → (n, H, W)."""
    xp = namespace(maps)
    return xp.stack([maps[int(n), int(c)] for n, c in zip(samples, channels, strict=True)])
