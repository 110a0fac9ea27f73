"""Fused images and views as PNG or TIFF, with how they were made written inside."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Picture
from PIL.PngImagePlugin import PngInfo
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from fusionviewer.errors import ExportError
from fusionviewer.formats.provenance import NOTICE, FusedSlice, Provenance
from fusionviewer.formats.writing import require_same, write_file
from fusionviewer.texts import text as _

Pixels = NDArray[np.uint8] | NDArray[np.uint16]  # (H, W), or (H, W, 3) of 8 bits

TIFF_DESCRIPTION, TIFF_SOFTWARE = 270, 305


def export_png(
    fused: FusedSlice,
    path: Path,
    provenance: Provenance,
    *,
    bits: int = 8,
    overwrite: bool = False,
) -> None:
    """The plain fused image at its own size, one pixel per voxel: .png, .tif or .tiff.

    Args:
        bits: 8, or 16 for grey.

    Raises:
        ExportError: nothing was written.
        ValueError: 16 bits with colour.
    """
    write_picture(fused.pixels(bits), path, provenance, overwrite=overwrite)


def write_picture(
    pixels: Pixels, path: Path, provenance: Provenance, *, overwrite: bool = False
) -> None:
    """`pixels` as they are: (H, W) of 8 or 16 bits, or (H, W, 3) of 8 bits.

    Raises:
        ExportError: nothing was written.
    """
    encode = WRITERS.get(path.suffix.lower())
    if encode is None:
        known = ", ".join(WRITERS)
        raise ExportError(
            _("“{name}” is not a picture's name.", name=path.name),
            _("End it with {known}.", known=known),
        )

    def verify(part: Path) -> None:
        with Picture.open(part) as back:
            require_same(np.array_equal(np.asarray(back), pixels), path)

    write_file(path, encode(_picture(pixels), provenance), overwrite=overwrite, verify=verify)


def _picture(pixels: Pixels) -> Picture.Image:
    return Picture.fromarray(np.ascontiguousarray(pixels))


def _png(picture: Picture.Image, provenance: Provenance) -> bytes:
    return _saved(picture, "PNG", pnginfo=png_texts(provenance))


def png_texts(provenance: Provenance) -> PngInfo:
    """Source: PNG, third edition, 11.3.3 (text chunks; Disclaimer is a registered keyword)."""
    info = PngInfo()
    info.add_itxt("Disclaimer", NOTICE)
    for label, value in provenance.entries().items():
        info.add_itxt(label, value)
    return info


def _tiff(picture: Picture.Image, provenance: Provenance) -> bytes:
    """Source: TIFF 6.0, section 8; text there is ASCII."""
    tags = ImageFileDirectory_v2()
    tags[TIFF_DESCRIPTION] = provenance.sentence().encode("ascii", "replace").decode()
    tags[TIFF_SOFTWARE] = f"FusionViewer {provenance.version}"
    return _saved(picture, "TIFF", tiffinfo=tags, compression="tiff_adobe_deflate")


def _saved(picture: Picture.Image, kind: str, **options: Any) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


WRITERS: dict[str, Callable[[Picture.Image, Provenance], bytes]] = {
    ".png": _png,
    ".tif": _tiff,
    ".tiff": _tiff,
}
