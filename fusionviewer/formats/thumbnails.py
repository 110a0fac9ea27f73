"""Small pictures of images, for lists to choose from."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from fusionviewer.imaging.image import Image
from fusionviewer.imaging.planes import facing
from fusionviewer.imaging.windowing import windowed

LONGEST = 128


def small_picture(image: Image, longest: int = LONGEST) -> NDArray[np.uint8]:
    """The middle slice, (H, W) or (H, W, 3), as the viewer opens it and with pixels made square.

    Its longer side has `longest` pixels, or fewer when the slice has fewer.
    """
    image = facing(image)
    middle = image.shape[0] // 2
    if image.rgb is not None:
        pixels = image.rgb[middle]
    else:
        pixels = np.round(255 * windowed(image.values[middle], image.window)).astype(np.uint8)
        if image.padding is not None:
            pixels[image.padding[middle]] = 0
    width, height = _fitted(image, longest)
    scaled = Pillow.fromarray(pixels).resize((width, height), Pillow.Resampling.BOX)
    return np.asarray(scaled)


def _fitted(image: Image, longest: int) -> tuple[int, int]:
    """Width and height in pixels, in the proportions of the patient where they are known."""
    _, rows, columns = image.shape
    tall, wide = (
        (1.0, 1.0) if image.grid is None else image.grid.spacing[1:] / image.grid.spacing[1:].min()
    )
    height, width = rows * tall, columns * wide
    scale = min(1.0, longest / max(height, width))
    return max(round(width * scale), 1), max(round(height * scale), 1)
