"""Pictures as the scores see them: grey levels, and what has been computed from them so far."""

from collections.abc import Callable
from typing import TypeVar, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fusionviewer.errors import InputError
from fusionviewer.texts import in_english

GreyLevels = NDArray[np.float64]  # (H, W) within 0…255
Map = NDArray[np.float64]  # (h, w), a quantity per pixel or per window
RGB = NDArray[np.uint8]  # (H, W, 3)
Region = NDArray[np.bool_]  # (H, W)
Feature = TypeVar("Feature")
Kind = TypeVar("Kind", bound=np.generic)


class Undefined(ValueError):
    """A score has no value for these pictures. `str(error)` says why, for a table."""


class Picture:
    """Grey levels (H, W) within 0…255, and a memory of what was computed from them.

    `rgb` are the colours the levels are the luminance of, where there are any: only the
    colour scores look at them. The levels are kept as float64 and are not rounded.

    Raises:
        InputError: not two-dimensional, empty, NaN or infinite, or outside 0…255; colours of
            another size or type.
    """

    def __init__(self, levels: ArrayLike, rgb: RGB | None = None, name: str = "An image") -> None:
        self.levels = _checked(np.array(levels, dtype=np.float64), name)
        self.levels.flags.writeable = False
        self.rgb = rgb
        self.name = name
        self._known: dict[object, object] = {}
        if rgb is not None and (rgb.shape != (*self.levels.shape, 3) or rgb.dtype != np.uint8):
            raise InputError(
                f"{name}: the colours are {rgb.shape} {rgb.dtype}, and do not fit the grey levels.",
                "Give the colours as 8-bit red, green and blue, (H, W, 3).",
            )

    @property
    def shape(self) -> tuple[int, int]:
        height, width = self.levels.shape
        return height, width

    def of(self, feature: Callable[[GreyLevels], Feature]) -> Feature:
        """`feature` of the grey levels, computed once. Pass a module-level function."""
        if feature not in self._known:
            self._known[feature] = feature(self.levels)
        return cast(Feature, self._known[feature])

    def cropped(self, rows: slice, columns: slice) -> "Picture":
        rgb = None if self.rgb is None else self.rgb[rows, columns]
        return Picture(self.levels[rows, columns], rgb, self.name)


class Sources:
    """The two images that were fused, and a region to which the scores are restricted.

    Keep one `Sources` while many fused images are scored: phase congruency, edges and
    pyramids of the sources are then computed once.

    Raises:
        InputError: the two have different sizes.
        ValueError: the region has another size or type, or holds no pixel.
    """

    def __init__(self, a: Picture, b: Picture, region: Region | None = None) -> None:
        _check_same_size(a, b)
        if region is not None and (region.shape != a.shape or region.dtype != np.bool_):
            found = f"{region.dtype} {region.shape}"
            raise ValueError(f"a region is a bool array {a.shape}, not {found}")
        if region is not None and not region.any():
            raise ValueError("the region holds no pixel")
        self.a, self.b, self.region = a, b, region
        self._known: dict[object, object] = {}

    def of(self, feature: Callable[[Picture, Picture], Feature]) -> Feature:
        """`feature` of the two sources together, computed once."""
        if feature not in self._known:
            self._known[feature] = feature(self.a, self.b)
        return cast(Feature, self._known[feature])

    def restricted(self, region: Region | None) -> "Sources":
        """The same sources, and what is known of them, with another region."""
        return Sources(self.a, self.b, region)

    def inside(self, values: NDArray[Kind]) -> NDArray[Kind]:
        """The values of a map whose pixel, or centre of window, lies in the region, 1-D.

        A map smaller than the picture is one of windows that lie wholly in it.

        Raises:
            Undefined: none does.
        """
        if self.region is None:
            chosen = values.ravel()
        else:
            (height, width), (h, w) = self.region.shape, values.shape
            top, left = (height - h) // 2, (width - w) // 2
            chosen = values[self.region[top : top + h, left : left + w]]
        if not chosen.size:
            raise Undefined(
                in_english("the region or the image is smaller than the window of this score")
            )
        return chosen

    def boxed(self, fused: Picture) -> tuple["Sources", Picture]:
        """Sources and fused image cut to the region's bounding box; as they are without region."""
        if self.region is None:
            return self, fused
        rows, columns = _bounding_box(self.region)
        if "boxed" not in self._known:
            a, b = self.a.cropped(rows, columns), self.b.cropped(rows, columns)
            self._known["boxed"] = Sources(a, b)
        return cast(Sources, self._known["boxed"]), fused.cropped(rows, columns)

    def check(self, fused: Picture) -> None:
        """
        Raises:
            InputError: the fused image has not the size of its sources.
        """
        _check_same_size(self.a, fused)


def require_size(picture: Picture, smallest: int) -> None:
    """
    Raises:
        Undefined: a side is shorter than `smallest` pixels.
    """
    if min(picture.shape) < smallest:
        raise Undefined(in_english("needs at least {size} × {size} pixels", size=smallest))


def _checked(levels: GreyLevels, name: str) -> GreyLevels:
    if levels.ndim != 2 or not levels.size:
        raise InputError(
            f"{name} has the shape {levels.shape}, not rows and columns of grey levels.",
            "Score colour images on their luminance.",
        )
    if not np.isfinite(levels).all():
        raise InputError(
            f"{name} has {np.count_nonzero(~np.isfinite(levels))} pixels that are not numbers.",
            "Fill what lies outside the field of view with 0 first.",
        )
    if levels.min() < 0 or levels.max() > 255:
        raise InputError(
            f"{name} has values from {levels.min():g} to {levels.max():g}, outside 0…255.",
            "Bring it to its display range first; divide 16-bit levels by 257.",
        )
    return levels


def _check_same_size(x: Picture, y: Picture) -> None:
    if x.shape != y.shape:
        raise InputError(
            f"{x.name} is {x.shape[1]} × {x.shape[0]} pixels, "
            f"but {y.name[:1].lower() + y.name[1:]} is {y.shape[1]} × {y.shape[0]}.",
            "Scores need three images of the same size: resample or register them first.",
        )


def _bounding_box(region: Region) -> tuple[slice, slice]:
    rows, columns = np.flatnonzero(region.any(axis=1)), np.flatnonzero(region.any(axis=0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
