"""Grey levels to 0…1."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NARROWEST = 1e-20  # its inverse still fits float32; narrower windows are thresholds all the same


@dataclass(frozen=True)
class Window:
    """A grey-level window in the unit of the image: HU, SUV, or the stored value.

    Raises:
        ValueError: a width that is not above 0, or a value that is not finite.
    """

    center: float
    width: float

    def __post_init__(self) -> None:
        if not (np.isfinite(self.center) and np.isfinite(self.width) and self.width > 0):
            raise ValueError(f"not a window: center {self.center}, width {self.width}")

    @property
    def low(self) -> float:
        return self.center - self.width / 2

    @property
    def high(self) -> float:
        return self.center + self.width / 2

    @staticmethod
    def between(low: float, high: float) -> "Window":
        return Window((low + high) / 2, max(high - low, 1e-6))


def windowed(values: NDArray[np.float32], window: Window) -> NDArray[np.float32]:
    """`values` as brightness: 0 at and below the window's low end, 1 at and above its high end.

    Source: DICOM PS3.3 C.11.2.1.3.2, LINEAR_EXACT.
    """
    width = max(window.width, NARROWEST)
    scaled = (values - np.float32(window.low)) * np.float32(1 / width)
    return np.clip(scaled, 0, 1, out=scaled)


@dataclass(frozen=True)
class Preset:
    label: str
    window: Window


CT_PRESETS = {
    "brain": Preset("Brain", Window(40, 80)),
    "subdural": Preset("Subdural", Window(75, 200)),
    "stroke": Preset("Stroke", Window(40, 40)),
    "bone": Preset("Bone", Window(480, 2500)),
    "soft-tissue": Preset("Soft tissue", Window(40, 400)),
    "lung": Preset("Lung", Window(-600, 1500)),
    "liver": Preset("Liver", Window(90, 150)),
}

HEAD_PARTS = ("HEAD", "BRAIN", "SKULL")


def automatic(
    values: NDArray[np.float32], modality: str, unit: str, body_part: str = "", top: float = 255.0
) -> Window:
    """The window an image opens with, when its file does not say.

    CT: brain for heads, else soft tissue. PET: SUV 0…5, else 0…maximum. SPECT: 0…maximum.
    Pictures: 0…`top`. MR and the rest: the 0.1 and 99.9 percentiles.
    """
    if unit == "grey level":
        return Window.between(0, top)
    if modality == "CT" and unit == "HU":
        head = any(part in body_part.upper() for part in HEAD_PARTS)
        return CT_PRESETS["brain" if head else "soft-tissue"].window
    finite = values[np.isfinite(values)] if values.size else values
    if finite.size == 0:
        return Window.between(0, 1)
    if modality == "PT" and unit == "SUV":
        return Window.between(0, 5)
    if modality in ("PT", "NM"):
        return Window.between(0, float(finite.max()))
    low, high = np.percentile(finite[:: max(finite.size // 1_000_000, 1)], (0.1, 99.9))
    return Window.between(float(low), float(high)) if high > low else Window(float(low), 1.0)
