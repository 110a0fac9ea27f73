"""What is asked of the engine: everything an answer depends on."""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Literal

from fusionviewer.fusion.colouring import Colours
from fusionviewer.fusion.methods import METHODS
from fusionviewer.fusion.options import Chosen
from fusionviewer.fusion.volume_weights import VOLUME_WEIGHTS
from fusionviewer.imaging.display import Look
from fusionviewer.imaging.pair import Pair
from fusionviewer.texts import in_english

Consistent = Literal["slice", "volume"]


@dataclass(frozen=True)
class FuseRequest:
    """One fused slice.

    Attributes:
        looks: window, palette and slab of A and of B; what is fused is what the reader sees.
        method: a name in METHODS.
        strategy: a name in SELECTABLE, or "" for a method that has none.
        options: of the method and the strategy, such as ("alpha", 0.5).
        consistent: "slice", or "volume" for one weight in all slices; strategies that weigh each
            place by itself have none, and stay as they are.
        colours: what gives way in PET and SPECT, brightness or colour.
        weights: the folder with the network's weights, of the engine's `Runtimes`; None: as shipped.
    """

    pair: Pair
    slice_index: int
    looks: tuple[Look, Look]
    method: str
    strategy: str = ""
    options: Chosen = ()
    consistent: Consistent = "slice"
    colours: Colours = "kept"
    weights: Path | None = None

    @cached_property
    def key(self) -> str:
        """Equal keys have equal answers; what makes no difference, such as inversion, is not in it."""
        looks = [(look.window, look.palette, look.slab) for look in self.looks]
        colours = self.colours if self.coloured else ""
        how = (self.method, self.strategy, self.options, colours)
        settings = (self.slice_index, looks, *how)
        whole = ":volume" if self.by_volume else ""
        weights = f":{self.weights}" if self.weights else ""
        return f"{self.pair.key}:{settings}{whole}{weights}"

    @property
    def notes(self) -> tuple[str, ...]:
        """What must be said of the answer, one sentence each."""
        slabs = dict.fromkeys(look.slab.label for look in self.looks if look.slab.mm)
        doubts = dict.fromkeys(note for image in self.pair.native for note in image.doubts)
        return (
            *self.pair.notes,
            *doubts,
            *(in_english("{slab}, shown as one slice.", slab=label) for label in slabs),
        )

    @property
    def coloured(self) -> bool:
        """Whether a source is in colour, and the method one for which `colours` makes a difference."""
        if not METHODS[self.method].keeps_colours:
            return False
        images = (self.pair.a, self.pair.b)
        return any(
            image.rgb is not None or look.palette
            for image, look in zip(images, self.looks, strict=True)
        )

    @property
    def by_volume(self) -> bool:
        """Whether all slices have one weight."""
        return self.consistent == "volume" and has_volume_weight(self.method, self.strategy)

    @property
    def weight_key(self) -> str:
        """Equal for requests that one weight of a volume serves: whatever becomes of their colours."""
        return replace(self, slice_index=0, colours="kept").key

    @property
    def slices_to_weigh(self) -> int:
        """How many slices are looked at before the first is fused."""
        return self.pair.shape[0] if self.by_volume else 0

    def at(self, slice_index: int) -> "FuseRequest":
        """The same for another slice."""
        return replace(self, slice_index=slice_index)


def has_volume_weight(method: str, strategy: str) -> bool:
    """Whether one weight can stand for all slices: an auto-encoder, and a strategy that has one."""
    return METHODS[method].kind == "auto-encoder" and strategy in VOLUME_WEIGHTS
