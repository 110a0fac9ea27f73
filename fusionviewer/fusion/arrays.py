"""The few array operations that NumPy and torch spell differently.

Strategies run on the NumPy arrays of one backend and on the tensors of the other. Neither
this module nor its callers import torch before a tensor has been handed to them.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import array_api_compat as compat
import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

# A NumPy array or a torch tensor. The array API standard defines no class to name here.
Array = Any


def namespace(*arrays: Array) -> Any:
    """The functions of the array API for the library that made `arrays`."""
    return compat.array_namespace(*arrays)


def as_double(x: Array) -> Array:
    """`x` in float64. Where the device has no float64 (Apple's MPS), on the CPU."""
    if compat.is_torch_array(x) and x.device.type == "mps":
        x = x.cpu()
    return namespace(x).astype(x, namespace(x).float64)


def as_like(x: Array, like: Array) -> Array:
    """`x` with the type and on the device of `like`."""
    moved = namespace(x).astype(x, like.dtype)
    return compat.to_device(moved, compat.device(like))


def like(x: NDArray[Any], other: Array) -> Array:
    """A NumPy array as one of the kind, type and place of `other`."""
    return as_like(namespace(other).asarray(x), other)


def copied(x: Array) -> Array:
    """`x` in memory of its own."""
    return x.copy() if is_numpy(x) else x.clone()


def is_numpy(x: Array) -> bool:
    return bool(compat.is_numpy_array(x))


def as_numpy(x: Array) -> NDArray[Any]:
    """`x` as a NumPy array, without copying where it already lies in main memory."""
    return x.detach().cpu().numpy() if compat.is_torch_array(x) else np.asarray(x)


def taken(x: Array, index: Sequence[int] | NDArray[np.intp], axis: int) -> Array:
    """The entries of `x` at `index` along `axis`."""
    xp = namespace(x)
    return xp.take(x, xp.asarray(np.asarray(index), device=compat.device(x)), axis=axis)


def softmax(x: Array, axis: int) -> Array:
    """Shares that are positive and sum to 1 along `axis`, in the precision of `x`."""
    xp = namespace(x)
    if compat.is_torch_array(x):
        # One pass over memory instead of four; a seventh of the time where `axis` lies closest.
        last = x.movedim(axis, -1)
        if not last.is_contiguous():
            return x.softmax(axis)
        return last.softmax(-1).movedim(-1, axis).contiguous()
    powers = xp.exp(x - xp.max(x, axis=axis, keepdims=True))
    powers /= xp.sum(powers, axis=axis, keepdims=True)
    return powers


_one_at_a_time = threading.Lock()


@cache
def _thread_pools() -> ThreadpoolController:
    """The BLAS libraries that are loaded; looked up once, for it takes a while."""
    return ThreadpoolController()


@contextmanager
def one_blas_thread(x: Array) -> Iterator[None]:
    """Let NumPy and SciPy use one thread inside, if `x` is a NumPy array.

    An eigenvalue problem of 256 rows took 2 ms on one thread and 18 to 145 ms on two that had
    to share their cores with other work.
    """
    if not is_numpy(x):
        yield
        return
    with _one_at_a_time, _thread_pools().limit(limits=1, user_api="blas"):
        yield


@contextmanager
def one_torch_thread(x: Array) -> Iterator[None]:
    """Let torch use one intra-op thread for what happens inside, if `x` is on the CPU.

    Many small factorisations lose by sharing: two threads on a busy machine with two cores
    took 4 to 8 times as long as one. Torch keeps the count once per thread and once for
    threads that have yet to start; the lock keeps two callers from restoring each other's.
    """
    if not (compat.is_torch_array(x) and x.device.type in ("cpu", "mps")):
        yield
        return
    import torch

    with _one_at_a_time:
        before = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(before)
