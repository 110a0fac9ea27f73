"""Oblique volumes in the patient's planes: resliced for the screen, one slice when it is looked at.

Numbers are never read from here: they come from the native voxels (`imaging.native`). A volume that is
tilted by less than OBLIQUE_DEGREES keeps its voxels, and `imaging.planes` puts its axes in order.
"""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from itertools import count
from threading import Lock
from typing import Any, cast
from weakref import WeakKeyDictionary, WeakSet

import numpy as np
from numpy.typing import NDArray

from fusionviewer.imaging.geometry import Grid, remembered
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.on_demand import OnDemand
from fusionviewer.imaging.planes import PLANES, PlaneName, order_for
from fusionviewer.imaging.resample import sampled
from fusionviewer.texts import in_english

OBLIQUE_DEGREES = 1.0
UPRIGHT = in_english("Resampled to the patient's axes.")
KEPT_BYTES = 256 * 2**20  # of slices that were looked at last: two slabs of 100 slices of 512×512


@remembered
def tilt_of(grid: Grid) -> float:
    """How far the axes of a volume are from the patient's, in degrees: that which is furthest."""
    nearest = np.abs(grid.axes).max(axis=1)
    return float(np.degrees(np.arccos(np.clip(nearest.min(), 0.0, 1.0))))


def is_oblique(grid: Grid) -> bool:
    """Whether its planes would be oblique if its voxels were only put in another order."""
    return tilt_of(grid) > OBLIQUE_DEGREES


@remembered
def upright_grid(grid: Grid, plane: PlaneName) -> Grid:
    """The patient's own grid around a volume, with slices in `plane`.

    Its spacing along each axis is that of the volume's nearest axis, so that slices stay as thick as they
    were; it reaches to the corners of the outermost voxels.
    """
    wanted = PLANES[plane]
    axes = np.array([wanted.away, wanted.down, wanted.right], dtype=np.float64)
    spacing = grid.spacing[list(order_for(grid, plane).indices)]
    size = np.array(grid.shape, dtype=np.float64)
    ends = np.array(list(np.ndindex(2, 2, 2))) * size - 0.5  # of the outermost voxels
    along = grid.position(ends) @ axes.T
    low, high = along.min(axis=0), along.max(axis=0)
    counts = np.maximum(np.ceil((high - low) / spacing - 1e-6), 1).astype(int)
    first = (low + high) / 2 - (counts - 1) / 2 * spacing
    shape = (int(counts[0]), int(counts[1]), int(counts[2]))
    return Grid(shape, spacing, first @ axes, axes)


_IMAGES: WeakKeyDictionary[Image, dict[str, Image]] = WeakKeyDictionary()


def resliced(image: Image, own: Grid, target: Grid) -> Image:
    """`image`, whose voxels lie on `own`, on another grid; the same object whenever it is asked for again.

    Nothing is computed until a slice is looked at. Lists that have one entry for each stored slice, such as
    UIDs, are left out; they are those of the native image.
    """
    name = _name(own, target)
    known = _IMAGES.setdefault(image, {})
    if name not in known:
        known[name] = _on_demand(image, own, target, name)
    return known[name]


def in_memory(image: Image) -> Image:
    """`image` with every slice made, each once; itself where nothing is made on demand."""
    parts: tuple[Any, ...] = (image.values, image.padding, image.rgb)
    if not isinstance(parts[0], OnDemand):
        return image
    whole: list[Any] = [
        None if part is None else np.empty(part.shape, part.dtype) for part in parts
    ]
    for s in range(image.shape[0]):
        for part, into in zip(parts, whole, strict=True):
            if into is not None:
                into[s] = part[s]
    values, padding, rgb = whole
    return replace(image, values=values, padding=padding, rgb=rgb)


def _on_demand(image: Image, own: Grid, target: Grid, name: str) -> Image:
    # Without what lies beside it in memory: the dictionary above must not keep its own key alive.
    bare = replace(image, grid=own, placed_by=None)
    vars(bare)["lowest"] = image.lowest  # known by now: the image was opened by a worker
    slices = _Slices(bare, target)
    rgb = None
    if image.rgb is not None:
        rgb = _reads_as_array((*target.shape, 3), np.uint8, lambda s: slices.at(s).rgb)
    made = replace(
        image,
        values=_reads_as_array(target.shape, np.float32, lambda s: slices.at(s).values),
        padding=_reads_as_array(target.shape, np.bool_, lambda s: slices.at(s).padding),
        rgb=rgb,
        grid=target,
        source=replace(image.source, instance_uids=(), headers=(), slice_corners=None),
        notes=(*image.notes, UPRIGHT),
    )
    # A fingerprint that needs no look at every voxel: equal exactly when the image's and the grid are.
    vars(made)["key"] = f"{image.key}@{name}"
    return made


def _reads_as_array(shape: tuple[int, ...], dtype: Any, make: Any) -> NDArray[Any]:
    return cast("NDArray[Any]", OnDemand(shape, dtype, make))


def _name(own: Grid, target: Grid) -> str:
    content = _content(own) + _content(target) + repr(target.shape).encode()
    return hashlib.blake2b(content, digest_size=8).hexdigest()


@remembered
def _content(grid: Grid) -> bytes:
    parts = (grid.spacing, grid.origin, grid.axes)
    return b"".join(np.ascontiguousarray(part).tobytes() for part in parts)


@dataclass(frozen=True, eq=False)
class _Slice:
    values: NDArray[np.float32]
    padding: NDArray[np.bool_]
    rgb: NDArray[np.uint8] | None

    @property
    def nbytes(self) -> int:
        return sum(
            part.nbytes for part in (self.values, self.padding, self.rgb) if part is not None
        )


@dataclass(eq=False)
class _Slices:
    """Makes slices of `image` on `target`, for values, padding and colours at once.

    The latest of all volumes together are kept, up to KEPT_BYTES. Threads may share one: of two that ask at
    once, the second waits, and finds what the first has made.
    """

    image: Image
    target: Grid
    kept: OrderedDict[int, _Slice] = field(default_factory=OrderedDict)
    used: int = 0  # a later look has a larger number
    one_at_a_time: Any = field(default_factory=Lock)

    def __post_init__(self) -> None:
        with _LOCK:
            _EVERY.add(self)

    @property
    def nbytes(self) -> int:
        return len(self.kept) * next(iter(self.kept.values())).nbytes if self.kept else 0

    def at(self, s: int) -> _Slice:
        known = self._known(s)
        if known is not None:
            return known
        with self.one_at_a_time:
            known = self._known(s)
            return self._remembered(s, self._made(s)) if known is None else known

    def _known(self, s: int) -> _Slice | None:
        with _LOCK:
            self.used = next(_LOOKS)
            if s in self.kept:
                self.kept.move_to_end(s)
            return self.kept.get(s)

    def _remembered(self, s: int, made: _Slice) -> _Slice:
        with _LOCK:
            self.kept[s] = made
            _make_room()
        return made

    def _made(self, s: int) -> _Slice:
        place = replace(
            self.target, shape=(1, *self.target.shape[1:]), origin=self.target.position((s, 0, 0))
        )
        there = sampled(self.image, place, lambda position: position, self.image.lowest)
        rgb = None if there.rgb is None else there.rgb[0]
        return _Slice(there.values[0], there.padding[0], rgb)


_EVERY: WeakSet[_Slices] = WeakSet()  # of images that somebody holds
_LOOKS = count(1)
_LOCK = Lock()


def kept_bytes() -> int:
    """What slices that were looked at take in memory."""
    return sum(one.nbytes for one in _EVERY)


def _make_room() -> None:
    """Forget the first slices of the volumes that nobody has looked at for longest."""
    for one in sorted(_EVERY, key=lambda slices: slices.used):
        while one.kept and kept_bytes() > KEPT_BYTES:
            one.kept.popitem(last=False)
