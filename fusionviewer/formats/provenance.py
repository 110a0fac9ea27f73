"""How a fused image was made, in the words that every export carries."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fusionviewer import __version__
from fusionviewer.texts import in_english, marked

NOTICE = in_english("Not for diagnostic use.")


@dataclass(frozen=True)
class Provenance:
    """What made a fused image.

    Attributes:
        method, strategy: as the menu shows them.
        options: settings of the method and the strategy, such as ("alpha", "0.5").
        weights_sha256: of the network's weights; "" for a method without a network.
        alignment: what is known about how the sources lie to each other, piece by piece.
        notes: what must be said on the image, one sentence each.
        colours: what was done to the colours of PET or SPECT; "" without colour.
        sides: of the patient, at the edges of the picture; "" where nobody knows.
    """

    method: str
    strategy: str = ""
    options: tuple[tuple[str, str], ...] = ()
    weights_sha256: str = ""
    alignment: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    colours: str = ""
    sides: str = ""
    version: str = __version__

    def entries(self) -> dict[str, str]:
        """Label and value of everything there is to say; nothing that is empty."""
        every = {
            marked("Method"): self.method,
            marked("Strategy"): self.strategy,
            marked("Options"): ", ".join(f"{name} {value}" for name, value in self.options),
            marked("Colours"): self.colours,
            marked("Sides"): self.sides,
            marked("Weights SHA-256"): self.weights_sha256,
            marked("Alignment"): ", ".join(self.alignment),
            marked("Notes"): " ".join(self.notes),
            marked("Software"): f"FusionViewer {self.version}",
        }
        return {label: value for label, value in every.items() if value}

    def short(self) -> str:
        """Method and strategy."""
        return f"{self.method}, {self.strategy}" if self.strategy else self.method

    def sentence(self) -> str:
        """Everything in one line, the notice first."""
        return NOTICE + " " + "; ".join(f"{k}: {v}" for k, v in self.entries().items())


@dataclass(frozen=True, eq=False)
class FusedSlice:
    """A fused slice to write.

    Attributes:
        slice_index: the slice of the pair's grid.
        grey: (H, W) within 0…1.
        rgb: (H, W, 3) within 0…1, or None when no source is in colour.
    """

    slice_index: int
    grey: NDArray[np.float32]
    rgb: NDArray[np.float32] | None = None

    def pixels(self, bits: int = 8) -> NDArray[np.uint8] | NDArray[np.uint16]:
        """What is stored: (H, W, 3) of 8 bits with colour, else (H, W) of 8 or 16 bits.

        Raises:
            ValueError: 16 bits with colour, or another number of bits.
        """
        if bits == 8:
            return as_levels(self.grey if self.rgb is None else self.rgb)
        if bits != 16 or self.rgb is not None:
            raise ValueError(f"colour has 8 bits and grey 8 or 16, not {bits}")
        return np.round(np.clip(self.grey, 0, 1) * np.float32(65535)).astype(np.uint16)


def as_levels(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    """0…1 as 0…255, rounded."""
    return np.round(np.clip(values, 0, 1) * np.float32(255)).astype(np.uint8)
