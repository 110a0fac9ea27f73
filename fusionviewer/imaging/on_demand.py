"""Volumes whose slices are worked out when somebody looks at them."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin
from numpy.typing import NDArray


class OnDemand(NDArrayOperatorsMixin):
    """Reads as an array (S, H, W) or (S, H, W, 3); a slice is made whenever it is asked for.

    `values[s]` is one slice, read-only, as `make` gives it; `make` remembers what should not be made twice.
    NumPy's functions take the whole as if it were an array, and make all of it for as long as they work.
    """

    def __init__(
        self, shape: tuple[int, ...], dtype: Any, make: Callable[[int], NDArray[Any]]
    ) -> None:
        self.shape, self.dtype, self._make = shape, np.dtype(dtype), make

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return int(math.prod(self.shape))

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
        made = self._make(s)
        made.setflags(write=False)
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
