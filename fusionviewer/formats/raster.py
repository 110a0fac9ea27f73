"""PNG, JPEG and TIFF pictures in, `Image`s out."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageOps, ImageSequence

from fusionviewer.errors import UnreadableFile
from fusionviewer.formats.colours import grey_or_colour
from fusionviewer.formats.description import Description
from fusionviewer.formats.files import check_memory, unreadable
from fusionviewer.formats.names import modality_from_name
from fusionviewer.imaging.image import Image, Source
from fusionviewer.imaging.windowing import Window, automatic
from fusionviewer.texts import in_english
from fusionviewer.texts import text as _

FORMATS = {"PNG": "PNG", "JPEG": "JPEG", "MPO": "JPEG", "TIFF": "TIFF"}
OPENED = ("PNG", "JPEG", "TIFF")
MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
MAX_PIXELS = 100_000_000
MAX_PAGES = 2_000
BYTES_PER_PIXEL = 7  # float32 values and three colours
LOSSY_TIFF = ("jpeg", "tiff_jpeg", "webp")


def matches(first: bytes) -> bool:
    """Whether a file that begins with `first` is a picture that we open."""
    return first.startswith(MAGIC)


def open_picture(path: Path) -> Image:
    """The picture in `path`; several equal pages are slices.

    Grey stays in its bit depth, transparency is laid over black, a colour picture without any
    colour becomes grey. Pictures have no place in the patient.

    Raises:
        UnreadableFile: it is damaged, too large, or of a kind that does not open.
    """
    with _opened(path) as picture:
        kind, lossy = FORMATS[str(picture.format)], _is_lossy(picture)
        pages, notes = _pages(picture, path)
    notes += (in_english("Lossy compressed."),) if lossy else ()
    top = 255.0 if pages[0].dtype == np.uint8 else 65535.0
    unit = "grey level"
    rgb = None
    padding = None
    stack = np.stack(pages)  # S H W or S H W 3
    if stack.ndim == 4:
        values, rgb = grey_or_colour(stack.astype(np.uint8, copy=False))
    else:
        values = stack.astype(np.float32)
        if stack.dtype.kind == "f":
            unit = "a.u."
            bad = ~np.isfinite(values)
            if bad.any():
                values[bad], padding = 0, bad
                notes += (in_english("Values that are not numbers are shown empty."),)
    modality = modality_from_name(path) or ("PT" if rgb is not None else "OT")
    window = automatic(values, modality, unit, top=top)
    return Image(
        name=path.stem,
        values=values,
        modality=modality,
        unit=unit,
        rgb=rgb,
        padding=padding,
        window=window if unit != "grey level" else Window.between(0, top),
        source=Source(paths=(path,), kind=kind, lossy=lossy),
        notes=notes,
    )


def describe_picture(path: Path) -> Description:
    """What the header of a picture says.

    Raises:
        UnreadableFile: as `open_picture`.
    """
    with _opened(path) as picture:
        width, height = picture.size
        colour = picture.mode not in ("1", "L", "LA", "F") and not picture.mode.startswith("I")
        return Description(
            path=path,
            kind=FORMATS[str(picture.format)],
            modality=modality_from_name(path) or ("PT" if colour else "OT"),
            size=(getattr(picture, "n_frames", 1), height, width),
            unit="grey level",
            name=path.stem,
            notes=(in_english("Lossy compressed."),) if _is_lossy(picture) else (),
        )


@contextmanager
def _opened(path: Path) -> Iterator[Pillow.Image]:
    """The picture, its size checked before any pixel is decoded; every failure is a sentence."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Pillow.open(path, formats=OPENED) as picture:
                _check_size(path, picture.size)
                if picture.format == "PNG":  # pixels are not checked against their sums otherwise
                    with Pillow.open(path, formats=OPENED) as again:
                        again.verify()
                yield picture
    except Pillow.DecompressionBombError as error:
        raise _too_large(path) from error
    except Exception as error:  # Pillow raises what its parsers meet: SyntaxError, struct.error, …
        raise unreadable(path, error) from error


def _check_size(path: Path, size: tuple[int, int], pages: int = 1) -> None:
    if size[0] * size[1] > MAX_PIXELS:
        raise _too_large(path)
    check_memory(path, size[0] * size[1] * pages * BYTES_PER_PIXEL)


def _too_large(path: Path) -> UnreadableFile:
    return UnreadableFile(
        path,
        _("has more than 100 million pixels, too many to open"),
        _("Save a smaller copy of it."),
    )


def _is_lossy(picture: Pillow.Image) -> bool:
    compression = str(picture.info.get("compression", "")).lower()
    return picture.format in ("JPEG", "MPO") or compression in LOSSY_TIFF


def _pages(picture: Pillow.Image, path: Path) -> tuple[list[NDArray[np.generic]], tuple[str, ...]]:
    """The pages as arrays of one shape and type, and what was left out."""
    count = getattr(picture, "n_frames", 1) if picture.format == "TIFF" else 1
    _check_size(path, picture.size, min(count, MAX_PAGES))
    first = _pixels(picture)
    if count == 1:
        return [first], ()
    pages = [first]
    for page in _rest(picture):
        pixels = _pixels(page)
        if pixels.shape != first.shape or pixels.dtype != first.dtype or len(pages) == MAX_PAGES:
            return [first], (in_english("Only the first of {count} pages is shown.", count=count),)
        pages.append(pixels)
    return pages, ()


def _rest(picture: Pillow.Image) -> Iterator[Pillow.Image]:
    pages = ImageSequence.Iterator(picture)
    next(pages)
    yield from pages


def _pixels(picture: Pillow.Image) -> NDArray[np.generic]:
    """One page, upright: (H, W) uint8, uint16 or float32, or (H, W, 3) uint8."""
    upright = ImageOps.exif_transpose(picture)
    if upright.mode.startswith("I"):
        return _sixteen_bit(np.asarray(upright))
    if upright.mode == "F":
        return np.asarray(upright, dtype=np.float32)
    if upright.mode in ("1", "L") and "transparency" not in upright.info:
        return np.asarray(upright.convert("L"), dtype=np.uint8)
    return _over_black(upright)


def _sixteen_bit(pixels: NDArray[np.generic]) -> NDArray[np.generic]:
    whole = pixels.astype(np.int64)
    if whole.min() >= 0 and whole.max() <= 65535:
        return whole.astype(np.uint16)
    return whole.astype(np.float32)


def _over_black(picture: Pillow.Image) -> NDArray[np.uint8]:
    if not picture.has_transparency_data:
        return np.asarray(picture.convert("RGB"), dtype=np.uint8)
    rgba = picture.convert("RGBA")
    black = Pillow.new("RGBA", rgba.size, (0, 0, 0, 255))
    return np.asarray(Pillow.alpha_composite(black, rgba).convert("RGB"), dtype=np.uint8)
