"""Nuclear norms of many feature maps: exact, and as few as possible.

The nuclear norm of a matrix is the sum of its singular values. All norms come from the
eigenvalues of the smaller Gram matrix in float64: an eigenvalue of 0 may come out as eps·σ₁²,
which moves a norm by about sqrt(eps)·σ₁ — 1e-8 of it in float64, but 1e-3 in float32.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
import scipy
from numpy.typing import NDArray

from fusionviewer.fusion.arrays import (
    Array,
    as_double,
    as_numpy,
    is_numpy,
    namespace,
    one_blas_thread,
    one_torch_thread,
)

_TIE = 1 + 1e-9  # a bound this close above the best cannot change it beyond rounding
_LARGE = 128  # rows from which SciPy's driver wins over NumPy's
_ROUNDING = 1e-5  # more than float32 sums over one row of up to 4,096 pixels can be off


def nuclear_norms(maps: Array) -> Array:
    """The nuclear norm of each map, (..., H, W) → (...), in float64."""
    with single_threaded(maps):
        return _norms(as_double(maps))


def nuclear_norms_of_grams(grams: NDArray[np.float64]) -> NDArray[np.float64]:
    """The nuclear norms of matrices X from XᵀX, (..., r, r) → (...)."""
    with one_blas_thread(grams):
        eigenvalues = _eigenvalues(grams)
        return np.asarray(np.sqrt(np.clip(eigenvalues, 0.0, None)).sum(axis=-1))


def largest_nuclear_norms(maps: Array) -> tuple[NDArray[np.float64], int]:
    """The largest nuclear norm among the channels of each sample, (N, C, H, W) → (N,).

    Equal to `nuclear_norms(maps).max(1)`, but only channels whose upper bound exceeds the best
    norm so far are factorised: with trained networks one or two of 64. Also returns how
    many factorisations were needed, over all samples.
    """
    with single_threaded(maps):
        return _largest(maps)


@contextmanager
def single_threaded(x: Array) -> Iterator[None]:
    """Let the library of `x` use one thread inside: norms of many small maps lose by sharing."""
    with one_torch_thread(x), one_blas_thread(x):
        yield


def of_both(
    answer: Callable[[Array], NDArray[np.float64]], a: Array, b: Array
) -> list[NDArray[np.float64]]:
    """`answer` for each of two arrays, side by side, each on one thread."""
    with single_threaded(a), ThreadPoolExecutor(2) as pool:
        return list(pool.map(answer, (a, b)))


def reduced(maps: Array, reduction: str) -> NDArray[np.float64]:
    """The norms of the channels as one number, (N, C, H, W) → (N, 1); "identity" keeps (N, C).

    For callers who have seen to the number of threads, as `of_both` does.
    """
    if reduction == "max":
        return _largest(maps)[0][:, None]
    norms: NDArray[np.float64] = as_numpy(_norms(as_double(maps)))
    return _REDUCTIONS[reduction](norms)


_REDUCTIONS: dict[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
    "mean": lambda norms: norms.mean(axis=1, keepdims=True),
    "sum": lambda norms: norms.sum(axis=1, keepdims=True),
    "identity": lambda norms: norms,
}


def _largest(maps: Array) -> tuple[NDArray[np.float64], int]:
    bounds = as_numpy(_upper_bounds(maps))  # N C
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
    eigenvalues = _eigenvalues(gram) if is_numpy(gram) else xp.linalg.eigvalsh(gram)
    return xp.sum(xp.sqrt(xp.clip(eigenvalues, 0.0, None)), axis=-1)


def _upper_bounds(maps: Array) -> Array:
    """Numbers that no nuclear norm exceeds, (N, C, H, W) → (N, C).

    With F the Frobenius norm, r = min(H, W) and any s with F/√r ≤ s ≤ σ₁, a nuclear norm is at
    most s + √((r-1)(F² - s²)), which falls as s grows: the other r-1 singular values have
    the square sum F² - σ₁², and are largest in sum when they are equal. One power step from
    the column sums gives a good s for maps without negative values.

    The maps stay in their own precision: only sums over rows are taken in it, and F² and s²
    are moved apart by more than those can be off, so what comes out is a bound all the same.
    """
    xp = namespace(maps)
    rank = min(maps.shape[-2:])
    columns = xp.sum(maps, axis=-2)[..., None]  # N C W 1
    length = xp.linalg.vector_norm(columns, axis=-2, keepdims=True)
    direction = columns / xp.where(length > 0, length, xp.ones_like(length))
    energy = _energy(xp.linalg.vector_norm(maps, axis=-1)) * (1 + _ROUNDING)  # N C
    reached = _energy((maps @ direction)[..., 0]) * (1 - _ROUNDING)
    square = xp.minimum(xp.maximum(reached, energy / rank), energy)
    return xp.sqrt(square) + xp.sqrt((rank - 1) * (energy - square))


def _energy(rows: Array) -> Array:
    """The sum of squares along the last axis, in float64."""
    doubles = as_double(rows)
    return namespace(rows).sum(doubles * doubles, axis=-1)


def _eigenvalues(gram: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of symmetric matrices, (..., r, r) → (..., r).

    One by one with SciPy's faster driver where they are large; NumPy's own loop, in C, where
    they are small and many.
    """
    if gram.shape[-1] < _LARGE:
        return np.asarray(np.linalg.eigvalsh(gram), dtype=np.float64)
    flat = gram.reshape(-1, *gram.shape[-2:])
    values = [
        scipy.linalg.eigh(one, eigvals_only=True, driver="evr", check_finite=False) for one in flat
    ]
    return np.stack(values).reshape(gram.shape[:-1])


def _picked(maps: Array, samples: NDArray[np.intp], channels: NDArray[np.intp]) -> Array:
    """One channel of each of some samples, (N, C, H, W) → (n, H, W)."""
    xp = namespace(maps)
    return xp.stack([maps[int(n), int(c)] for n, c in zip(samples, channels, strict=True)])
