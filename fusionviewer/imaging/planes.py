"""Axial, coronal and sagittal slices of a volume, whichever way it was stored.

A volume is never interpolated for this: its axes are put in another order, and some of them turned
round, so that slices face the wanted plane as well as the voxels allow. What comes out is an image
on a grid of its own; letters, spacing, crosshair and measurements follow from that grid.
"""

from dataclasses import dataclass, replace
from itertools import permutations
from typing import Any, Literal
from weakref import WeakKeyDictionary

import numpy as np

from fusionviewer.imaging.geometry import Grid, remembered
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.pair import Pair
from fusionviewer.imaging.stored import StoredValues

PlaneName = Literal["axial", "coronal", "sagittal"]


@dataclass(frozen=True)
class Plane:
    """One of the patient's planes, as radiologists look at it.

    Attributes:
        away, down, right: where slices, rows and columns grow, in LPS. The patient is looked at
            from the feet, from the front and from the left; the three are right-handed.
    """

    name: PlaneName
    label: str
    away: tuple[int, int, int]
    down: tuple[int, int, int]
    right: tuple[int, int, int]


PLANES: dict[PlaneName, Plane] = {
    plane.name: plane
    for plane in (
        Plane("axial", "Axial", (0, 0, 1), (0, 1, 0), (1, 0, 0)),
        Plane("coronal", "Coronal", (0, 1, 0), (0, 0, -1), (1, 0, 0)),
        Plane("sagittal", "Sagittal", (-1, 0, 0), (0, 0, -1), (0, 1, 0)),
    )
}


@dataclass(frozen=True)
class Order:
    """What becomes slices, rows and columns: which index of the volume, and whether turned round."""

    indices: tuple[int, int, int]
    reversed: tuple[bool, bool, bool]

    @property
    def is_identity(self) -> bool:
        return self.indices == (0, 1, 2) and not any(self.reversed)


AS_STORED = Order((0, 1, 2), (False, False, False))


@remembered
def order_for(grid: Grid, plane: PlaneName) -> Order:
    """The order in which the indices of `grid` face `plane`; oblique ones by their nearest axis.

    Raises:
        ValueError: no plane has that name.
    """
    if plane not in PLANES:
        raise ValueError(f"planes are {', '.join(PLANES)}, not {plane!r}")
    wanted = PLANES[plane]
    facing = grid.axes @ np.array([wanted.away, wanted.down, wanted.right], dtype=float).T
    indices = max(permutations(range(3)), key=lambda p: sum(abs(facing[p[i], i]) for i in range(3)))
    turned = [bool(facing[index, i] < 0) for i, index in enumerate(indices)]
    return Order((indices[0], indices[1], indices[2]), (turned[0], turned[1], turned[2]))


@remembered
def stored_plane(grid: Grid) -> PlaneName:
    """The plane that the slices of `grid` face best, as they are stored."""
    return max(PLANES.values(), key=lambda p: abs(float(grid.axes[0] @ np.array(p.away)))).name


@remembered
def facing_order(grid: Grid) -> Order:
    """The stored slices, turned and mirrored so that they lie as radiologists look at their plane.

    Slices stay slices, however oblique they are, and keep their numbers. NIfTI files mostly have rows that
    grow to the nose; DICOM rarely has.
    """
    wanted = PLANES[stored_plane(grid)]
    facing = grid.axes @ np.array([wanted.away, wanted.down, wanted.right], dtype=float).T
    swapped = abs(facing[2, 1]) + abs(facing[1, 2]) > abs(facing[1, 1]) + abs(facing[2, 2])
    rows, columns = (2, 1) if swapped else (1, 2)
    turned = bool(facing[rows, 1] < 0), bool(facing[columns, 2] < 0)
    return Order((0, rows, columns), (False, *turned))


@remembered
def tilt_degrees(grid: Grid, plane: PlaneName) -> float:
    """How far the slices of `grid` in `plane` are from that plane; 0 for an upright volume."""
    turned = reordered_grid(grid, order_for(grid, plane))
    facing = float(turned.axes[0] @ np.array(PLANES[plane].away))
    return float(np.degrees(np.arccos(min(abs(facing), 1.0))))


def reordered_grid(grid: Grid, order: Order) -> Grid:
    """The same voxels at the same places, indexed in another order."""
    indices = list(order.indices)
    first = np.zeros(3)
    for index, turned in zip(order.indices, order.reversed, strict=True):
        first[index] = grid.shape[index] - 1 if turned else 0
    signs = np.where(order.reversed, -1.0, 1.0)[:, None]
    shape = tuple(grid.shape[i] for i in indices)
    return Grid(
        (shape[0], shape[1], shape[2]),
        grid.spacing[indices],
        grid.position(first),
        grid.axes[indices] * signs,
    )


def reordered(image: Image, order: Order) -> Image:
    """`image` indexed in another order; the image itself where that changes nothing.

    Nothing is copied: the arrays are views. Lists that have one entry for each stored slice, such
    as UIDs, are left out; they are those of the native image.
    """
    if order.is_identity:
        return image
    source = replace(image.source, instance_uids=(), headers=(), slice_corners=None)
    turned = replace(
        image,
        values=_viewed(image.values, order),
        rgb=None if image.rgb is None else _viewed(image.rgb, order),
        padding=None if image.padding is None else _viewed(image.padding, order),
        grid=None if image.grid is None else reordered_grid(image.grid, order),
        source=source,
    )
    # A fingerprint that needs no second look at every voxel: equal exactly when the image's is.
    vars(turned)["key"] = f"{image.key}@{order.indices}{order.reversed}"
    return turned


def _viewed(array: Any, order: Order) -> Any:
    """An array, or stored integers, with its axes in another order."""
    ways = tuple(slice(None, None, -1 if turned else 1) for turned in order.reversed)
    if isinstance(array, StoredValues):
        return array.transpose(*order.indices).flipped(*np.flatnonzero(order.reversed))
    rest = range(3, array.ndim)
    return np.asarray(array).transpose(*order.indices, *rest)[ways]


_PAIRS: WeakKeyDictionary[Pair, dict[Order, Pair]] = WeakKeyDictionary()


def pair_in_plane(pair: Pair, plane: PlaneName) -> Pair:
    """`pair` with slices that face `plane`, the same object whenever it is asked for again.

    Raises:
        ValueError: neither image has geometry.
    """
    if pair.grid is None:
        raise ValueError("without geometry nobody knows where the planes are")
    return pair_in_order(pair, order_for(pair.grid, plane))


def facing_pair(pair: Pair) -> Pair:
    """`pair` with its slices as `facing_order` turns them; itself without geometry."""
    return pair if pair.grid is None else pair_in_order(pair, facing_order(pair.grid))


def pair_in_order(pair: Pair, order: Order) -> Pair:
    """`pair` indexed in another order, the same object whenever it is asked for again."""
    if order.is_identity:
        return pair
    known = _PAIRS.setdefault(pair, {})
    if order not in known:
        a, b = (image_in_order(image, order) for image in (pair.a, pair.b))
        known[order] = pair.cut(a, b)
    return known[order]


_IMAGES: WeakKeyDictionary[Image, dict[Order, Image]] = WeakKeyDictionary()


def image_in_order(image: Image, order: Order) -> Image:
    """`reordered`, the same object whenever it is asked for again."""
    if order.is_identity:
        return image
    known = _IMAGES.setdefault(image, {})
    if order not in known:
        known[order] = reordered(image, order)
    return known[order]


def image_in_plane(image: Image, plane: PlaneName) -> Image:
    """`image` with slices that face `plane`; itself where it has no geometry."""
    return image if image.grid is None else image_in_order(image, order_for(image.grid, plane))


def facing(image: Image) -> Image:
    """`image` with its slices as `facing_order` turns them; itself where it has no geometry."""
    return image if image.grid is None else image_in_order(image, facing_order(image.grid))
