"""Leave out the black around a head when an image is encoded and decoded.

Half of a brain slice is black. Where an encoder sees nothing but black, its features are those of a
black image of that size, which are computed once, from the second pair of a size on: for a single
pair they would cost more than they save. Only the head and what its features reach into is computed,
and the result is the same.
"""

from threading import Lock
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from fusionviewer.fusion.arrays import Array, copied

Plane = NDArray[np.float32]  # (H, W)

ENCODER_REACH = 8  # pixels that a feature sees around its 2×2 block: dilation 5, three convolutions
DECODER_REACH = 4  # pixels that a decoded pixel sees: three convolutions, made even
WORTH = 0.9  # of the pixels; a crop that has more of them gains nothing
PATIENCE = 2  # images of one size that are encoded whole
LARGEST = 600_000  # pixels of an image whose features are kept: 64 maps of them take 150 MB


class Box(NamedTuple):
    """Rows and columns from `top`, `left` up to `bottom`, `right`, all even."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def place(self) -> tuple[slice, slice]:
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def grown(self, by: int, shape: tuple[int, int]) -> "Box":
        """Larger by an even number of pixels to each side, as far as there is an image."""
        return Box(
            max(self.top - by, 0),
            min(self.bottom + by, shape[0]),
            max(self.left - by, 0),
            min(self.right + by, shape[1]),
        )

    def inside(self, outer: "Box") -> "Box":
        """The same box, counted from the corner of `outer`."""
        return Box(
            self.top - outer.top,
            self.bottom - outer.top,
            self.left - outer.left,
            self.right - outer.left,
        )


class Encoder(Protocol):
    """An image (H, W) of even sizes to features (1, C, H, W)."""

    def encode(self, image: Plane) -> Array: ...


class Surroundings:
    """The features of black images, of the latest size; threads may share it.

    Args:
        norm: the normalisation of the encoder, as in `DilranConfig`. Kinds other than "separate" look
            at the whole image (see `blocks.PerImageBatchNorm`), so nothing may be left out.
    """

    def __init__(self, norm: str = "separate") -> None:
        self._local = norm == "separate"
        self._shape = (0, 0)
        self._seen = 0  # images of that size
        self._black: Array | None = None
        self._lock = Lock()

    def encode(self, network: Encoder, image: Plane) -> Array:
        """What `network.encode(image)` gives, up to rounding."""
        if not self._local:
            return network.encode(image)
        seen = box_around(image != 0) or Box(0, 0, 0, 0)
        pasted = seen.grown(ENCODER_REACH, image.shape)
        computed = pasted.grown(ENCODER_REACH, image.shape)
        small = image[computed.place].size <= WORTH * image.size and image.size <= LARGEST
        if not small or not self._often(image.shape):
            return network.encode(image)
        found = network.encode(np.ascontiguousarray(image[computed.place]))
        features = copied(self._of_black(network, image))
        features[(..., *pasted.place)] = found[(..., *pasted.inside(computed).place)]
        return features

    def _often(self, shape: tuple[int, int]) -> bool:
        """Whether images of this size come one after another."""
        with self._lock:
            if shape != self._shape:
                self._shape, self._seen, self._black = shape, 0, None
            self._seen += 1
            return self._seen > PATIENCE

    def _of_black(self, network: Encoder, image: Plane) -> Array:
        with self._lock:
            if self._black is None or self._shape != image.shape:
                self._shape, self._black = image.shape, network.encode(np.zeros_like(image))
            return self._black


def box_around(mask: NDArray[np.bool_]) -> Box | None:
    """The smallest box of even sides and places that holds all of `mask`; None where it is empty.

    `mask` has even sides.
    """
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return None
    first, last = (np.array([x[0], x[-1]]) // 2 for x in (rows, columns))
    return Box(int(2 * first[0]), int(2 * first[1] + 2), int(2 * last[0]), int(2 * last[1] + 2))
