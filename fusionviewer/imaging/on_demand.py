"""Volumes whose slices are worked out when somebody looks at them."""

import math
from collections import OrderedDict
from collections.abc import Callable, Iterator
from threading import Lock
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin
from numpy.typing import NDArray

KEPT_BYTES = 64 * 2**20  # of slices that were looked at last


class OnDemand(NDArrayOperatorsMixin):
    """Reads as an array (S, H, W) or (S, H, W, 3); a slice is made when it is first asked for.

    `values[s]` is one slice. The latest are kept, up to KEPT_BYTES. NumPy's functions take the whole as if it
    were an array, and make all of it for as long as they work. Threads may share one; two that ask for
    the same slice at once may both make it.
    """

    def __init__(
        self, shape: tuple[int, ...], dtype: Any, make: Callable[[int], NDArray[Any]]
    ) -> None:
        self.shape, self.dtype, self._make = shape, np.dtype(dtype), make
        self._kept: OrderedDict[int, NDArray[Any]] = OrderedDict()
        self._lock = Lock()

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return int(math.prod(self.shape))

    @property
    def nbytes(self) -> int:
        """What may be kept in memory."""
        return int(min(self.size * self.dtype.itemsize, KEPT_BYTES))

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator[NDArray[Any]]:
        return (self._slice(s) for s in range(len(self)))

    def __getitem__(self, key: Any) -> Any:
        """As of an array; slices that the key leaves out are not made."""
        first, rest = (key[0], key[1:]) if isinstance(key, tuple) else (key, ())
        if isinstance(first, int | np.integer):
            made = self._slice(range(len(self))[int(first)])
            return made[rest] if rest else made
        if isinstance(first, slice):
            wanted = [self._slice(s) for s in range(*first.indices(len(self)))]
            stack = np.stack(wanted) if wanted else np.empty((0, *self.shape[1:]), self.dtype)
            return stack[(slice(None), *rest)]
        return np.asarray(self)[key]

    def _slice(self, s: int) -> NDArray[Any]:
        with self._lock:
            if s in self._kept:
                self._kept.move_to_end(s)
                return self._kept[s]
        made = self._make(s)
        made.setflags(write=False)
        with self._lock:
            self._kept[s] = made
            while len(self._kept) > 1 and len(self._kept) * made.nbytes > KEPT_BYTES:
                self._kept.popitem(last=False)
        return made

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        if copy is False:
            raise ValueError("slices that are made on demand become an array only as a copy")
        return np.stack([*self]).astype(dtype or self.dtype, copy=False)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        arrays = [np.asarray(one) if isinstance(one, OnDemand) else one for one in inputs]
        return getattr(ufunc, method)(*arrays, **options)

    def ravel(self) -> NDArray[Any]:
        return np.asarray(self).ravel()

    def min(self, **options: Any) -> Any:
        return np.asarray(self).min(**options)

    def max(self, **options: Any) -> Any:
        return np.asarray(self).max(**options)

    def astype(self, dtype: Any, copy: bool = True) -> NDArray[Any]:
        return np.asarray(self).astype(dtype, copy=copy)
