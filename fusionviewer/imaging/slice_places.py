"""Whether two stacks of slices lie on each other, also those of a series with a gap, which has no grid."""

import numpy as np
from numpy.typing import NDArray

from fusionviewer.errors import GeometryMismatch
from fusionviewer.imaging.image import Image
from fusionviewer.texts import text as _

TOLERANCE_MM = 0.1  # what headers may round


def lie_alike(a: Image, b: Image) -> bool | None:
    """Whether every pixel of the one lies where the other has its own; None where one does not say."""
    one, other = _corners(a), _corners(b)
    if one is None or other is None:
        return None
    return a.shape == b.shape and bool(np.abs(one - other).max() <= TOLERANCE_MM)


def _corners(image: Image) -> NDArray[np.float64] | None:
    """As `Source.slice_corners`, from the grid where there is one."""
    if image.grid is None:
        return image.source.slice_corners
    slices, rows, columns = image.shape
    index = np.zeros((slices, 3, 3))
    index[..., 0] = np.arange(slices)[:, None]
    index[:, 1, 2], index[:, 2, 1] = columns - 1, rows - 1
    return image.grid.position(index)


def require_slice_on_slice(a: Image, b: Image) -> None:
    """Raises: GeometryMismatch: they cannot be laid pixel on pixel, and one has no grid."""
    if a.shape != b.shape:
        raise GeometryMismatch(
            _(
                "“{a}” is {size_a}, “{b}” is {size_b}, and without geometry nobody knows how they lie "
                "to each other.",
                a=a.name,
                size_a=_size(a),
                b=b.name,
                size_b=_size(b),
            )
        )
    if lie_alike(a, b) is False:
        raise GeometryMismatch(
            _(
                "The slices of “{a}” and “{b}” lie at different places, and “{gap}” cannot be resampled: "
                "slices are missing, or lie unevenly.",
                a=a.name,
                b=b.name,
                gap=(a if a.grid is None else b).name,
            ),
            _("Open the whole series, with every slice of it."),
        )


def _size(image: Image) -> str:
    slices, height, width = image.shape
    plane = f"{width}×{height}"
    return _("{plane} with {slices} slices", plane=plane, slices=slices) if slices > 1 else plane
