"""RGB ↔ YCbCr, and colour maps for PET and SPECT."""

import json
from functools import cache

import numpy as np
from numpy.typing import NDArray

from fusionviewer.paths import resources

_FORWARD = np.array(
    [[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]],
    dtype=np.float64,
)
_FORWARD[1:] -= _FORWARD[1:].mean(axis=1, keepdims=True)  # so that grey has no colour at all
_INVERSE = np.linalg.inv(_FORWARD)


def luminance(rgb: NDArray[np.float32]) -> NDArray[np.float32]:
    """Y of RGB, (..., 3) → (...), in the range of the input.

    Source: ITU-R BT.601, full range (JPEG File Interchange Format).
    """
    return np.asarray(rgb @ _FORWARD[0].astype(np.float32), dtype=np.float32)


def to_ycbcr(rgb: NDArray[np.float32]) -> NDArray[np.float32]:
    """(..., 3) within 0…1 → Y within 0…1, Cb and Cr within −0.5…0.5. Full range, BT.601."""
    return np.asarray(rgb @ _FORWARD.T.astype(np.float32), dtype=np.float32)


def to_rgb(ycbcr: NDArray[np.float32]) -> NDArray[np.float32]:
    """The inverse of `to_ycbcr`, clipped to 0…1."""
    rgb = ycbcr @ _INVERSE.T.astype(np.float32)
    return np.clip(rgb, 0, 1, out=rgb).astype(np.float32, copy=False)


@cache
def _tables() -> dict[str, tuple[str, str]]:
    text = (resources() / "presets" / "palettes.json").read_text(encoding="utf-8")
    return {name: (entry["label"], entry["rgb"]) for name, entry in json.loads(text).items()}


def palette_names() -> dict[str, str]:
    """Every palette by name, with its label for a menu."""
    return {name: label for name, (label, _) in _tables().items()}


@cache
def palette(name: str) -> NDArray[np.float32]:
    """The table of a palette, (256, 3) within 0…1.

    Source: DICOM PS3.6 Annex B for the clinical ones; resources/ORIGINS.md for the rest.

    Raises:
        ValueError: no palette has that name.
    """
    if name not in _tables():
        raise ValueError(f"no palette is called {name!r}; there are {', '.join(_tables())}")
    table = np.frombuffer(bytes.fromhex(_tables()[name][1]), dtype=np.uint8).reshape(256, 3)
    colours = table.astype(np.float32) / np.float32(255)
    colours.setflags(write=False)
    return colours


def coloured(grey: NDArray[np.float32], name: str) -> NDArray[np.float32]:
    """Brightness 0…1 through a palette, (...) → (..., 3), interpolated between its 256 entries."""
    table = palette(name)
    place = np.clip(grey, 0, 1) * 255
    below = place.astype(np.intp)
    above = np.minimum(below + 1, 255)
    share = (place - below)[..., None].astype(np.float32)
    return table[below] * (1 - share) + table[above] * share
