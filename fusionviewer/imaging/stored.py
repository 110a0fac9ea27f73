"""Values kept as the integers of their file, and turned into their unit where somebody looks."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin
from numpy.typing import NDArray

SMALL = ("int8", "uint8", "int16", "uint16")
LARGE = 32_000_000  # voxels: beyond this a window is found from a part of them
SAMPLED = 1_000_000
EXACT = 2.0**22  # float32 holds every integer up to here, and the sum of two


class StoredValues(NDArrayOperatorsMixin):
    """A volume (S, H, W) that reads as float32, in half or a quarter of its memory.

    A CT of 500 slices takes 260 MB as it is stored, and 520 MB as float32. Whoever looks at a slice,
    a line or a voxel gets those values alone, in their unit: `values[s]` is a new (H, W) float32
    array. NumPy's functions and arithmetic take the whole as if it were an array, and make a float32
    copy for as long as they work: what walks through a volume does so slice by slice.

    Attributes:
        stored: (S, H, W) integers of at most 16 bits; becomes read-only.
        slope, intercept: as many axes, of length 1 where they do not change: (S, 1, 1) when each
            slice has its own. value = slope · stored + intercept.
    """

    dtype = np.dtype(np.float32)
    ndim = 3

    def __init__(
        self, stored: NDArray[Any], slope: NDArray[np.float64], intercept: NDArray[np.float64]
    ) -> None:
        if stored.dtype.name not in SMALL or stored.ndim != 3:
            raise ValueError(f"stored must be (S, H, W) small integers, not {stored.dtype}")
        self.stored, self.slope, self.intercept = stored, _short(slope), _short(intercept)
        self._slopes = np.broadcast_to(self.slope, stored.shape)
        self._intercepts = np.broadcast_to(self.intercept, stored.shape)
        stored.setflags(write=False)

    @property
    def shape(self) -> tuple[int, int, int]:
        return (self.stored.shape[0], self.stored.shape[1], self.stored.shape[2])

    @property
    def size(self) -> int:
        return self.stored.size

    @property
    def nbytes(self) -> int:
        """What is kept in memory."""
        return self.stored.nbytes

    @property
    def is_even(self) -> bool:
        """Whether one slope and one intercept are those of every voxel."""
        return self.slope.size == 1 and self.intercept.size == 1

    def __len__(self) -> int:
        return len(self.stored)

    def __iter__(self) -> Iterator[NDArray[np.float32]]:
        return (self[s] for s in range(len(self)))

    def __getitem__(self, key: Any) -> Any:
        """Values in their unit, float32, for any index that an array takes."""
        stored = self.stored[key]
        if self.is_even:
            return _in_unit(stored, self.slope.item(), self.intercept.item())
        return np.float32(stored * self._slopes[key] + self._intercepts[key])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        if copy is False:
            raise ValueError("stored integers become float32 only as a copy")
        values = np.empty(self.shape, np.float32 if dtype is None else dtype)
        for s, one in enumerate(self):
            values[s] = one
        return values

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        arrays = [np.asarray(one) if isinstance(one, StoredValues) else one for one in inputs]
        return getattr(ufunc, method)(*arrays, **options)

    def min(self, initial: float = np.inf) -> np.float32:
        return np.float32(min((one.min(initial=initial) for one in self), default=0))

    def max(self, initial: float = -np.inf) -> np.float32:
        return np.float32(max((one.max(initial=initial) for one in self), default=0))

    def ravel(self) -> "FlatValues":
        """The voxels in one row, to be picked by their numbers; nothing is copied."""
        return FlatValues(self)

    def tolist(self) -> list[Any]:
        return list(np.asarray(self).tolist())

    def astype(self, dtype: Any, copy: bool = True) -> NDArray[Any]:
        return np.asarray(self).astype(dtype, copy=copy)

    def transpose(self, *axes: Any) -> "StoredValues":
        """The same values with other axes first; nothing is copied."""
        turned = (one.transpose(*axes) for one in (self.stored, self.slope, self.intercept))
        return StoredValues(*turned)

    def flipped(self, *axes: int) -> "StoredValues":
        """The same values, counted from the other end of `axes`; nothing is copied."""
        turned = (np.flip(one, axes) for one in (self.stored, self.slope, self.intercept))
        return StoredValues(*turned)

    def part(self, within: tuple[slice, ...]) -> "StoredValues":
        """A box of the same values; nothing is copied."""
        factors = (
            one[tuple(w if n > 1 else slice(None) for w, n in zip(within, one.shape, strict=True))]
            for one in (self.slope, self.intercept)
        )
        return StoredValues(self.stored[within], *factors)

    def bytes_for_hashing(self) -> tuple[memoryview, ...]:
        """Everything that the values depend on."""
        parts = (self.stored, self.slope, self.intercept)
        return tuple(np.ascontiguousarray(part).data for part in parts)


Values = NDArray[np.float32] | StoredValues


def measured(values: Values, padding: NDArray[np.bool_] | None) -> NDArray[np.float32]:
    """The values outside the padding, in one row; of a large volume every so many, and the highest."""
    step = max(values.size // SAMPLED, 1) if values.size > LARGE else 1
    seen = np.asarray(values.ravel()[::step])
    if padding is not None:
        seen = seen[~padding.ravel()[::step]]
    return seen if step == 1 else np.append(seen, np.float32(values.max()))


class FlatValues:
    """`StoredValues` in one row: `flat[places]` and `flat[::step]` are float32 in their unit."""

    def __init__(self, values: StoredValues) -> None:
        self._values, self.size = values, values.size

    def __getitem__(self, key: "slice | NDArray[np.intp]") -> Any:
        values = self._values
        if values.is_even and values.stored.flags.c_contiguous:
            row = values.stored.reshape(-1)[key]
            return _in_unit(row, values.slope.item(), values.intercept.item())
        places = np.arange(*key.indices(self.size)) if isinstance(key, slice) else key
        return values[np.unravel_index(places, values.shape)]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return self._values.__array__(dtype, copy).ravel()

    def __len__(self) -> int:
        return self.size

    def tolist(self) -> list[float]:
        return [float(value) for value in np.asarray(self)]


def _short(factor: NDArray[np.float64]) -> NDArray[np.float64]:
    """One number where all are equal."""
    if factor.ndim != 3:
        raise ValueError(f"slopes and intercepts must be (S, 1, 1), not {factor.shape}")
    first = factor[:1, :1, :1]
    return first if factor.size and (factor == first).all() else factor


def _in_unit(stored: Any, slope: float, intercept: float) -> Any:
    if slope == 1 and intercept.is_integer() and abs(intercept) < EXACT:
        return np.float32(stored) + np.float32(intercept)
    return np.float32(stored * np.float64(slope) + np.float64(intercept))
