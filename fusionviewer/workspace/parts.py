"""What a state is made of: open images, the view of a slice, places, comparisons."""

from dataclasses import dataclass, replace
from typing import Literal

from fusionviewer.imaging.display import Look
from fusionviewer.imaging.image import Image

PaneName = Literal["A", "B", "C", "fused"]
SOURCE_PANES: tuple[PaneName, ...] = ("A", "B", "C")
FUSED: PaneName = "fused"
Party = Literal["A", "B", "C", "fused", "other"]  # what can be compared

Tool = Literal["window", "zoom", "pan", "scroll", "crosshair", "region", "distance", "angle"]
TEXT_LEVELS = ("none", "short", "full")
ZOOM_LIMITS = (0.25, 64.0)
OVERLAYS = ("contribution", "correction", "structures")
MAPS = ("contribution", "correction")  # cover the picture, so one at a time


@dataclass(frozen=True)
class Slot:
    """One open image, in the pane of the same place.

    Attributes:
        native: as it was read; numbers come from here.
        placed: on the grid of the pair; None while, or where, it is drawn as it was read.
        turned: either of these with slices in the plane of the state; None where that is no other.
    """

    native: Image
    look: Look
    placed: Image | None = None
    turned: Image | None = None

    @property
    def stored(self) -> Image:
        """As it is drawn in the plane in which the slices were stored."""
        return self.native if self.placed is None else self.placed

    @property
    def drawn(self) -> Image:
        return self.stored if self.turned is None else self.turned


@dataclass(frozen=True)
class Refusal:
    """Why two images are not fused.

    Attributes:
        asks: what the user may overrule it by: that the patients differ, or the frames of reference.
    """

    text: str
    hint: str = ""
    asks: Literal["", "patients", "frames"] = ""


@dataclass(frozen=True)
class View:
    """The part of a slice that all panes show.

    Attributes:
        zoom: 1 when the slice just fits its pane.
        row, col: what is in the middle of the pane, as a share 0…1 of the slice's extent, so that
            one view fits panes of every size.
        turns: quarter turns clockwise, 0…3, after `mirrored`: left and right exchanged.
    """

    zoom: float = 1.0
    row: float = 0.5
    col: float = 0.5
    turns: int = 0
    mirrored: bool = False

    def on_slice(self, down: float, right: float) -> tuple[float, float]:
        """A step on the screen as rows and columns of the slice."""
        for _turn in range(self.turns % 4):
            down, right = -right, down
        return down, -right if self.mirrored else right


@dataclass(frozen=True)
class Place:
    """A place in the shared voxels: slice, row, column; a voxel's centre is a whole number."""

    slice: float
    row: float
    col: float


@dataclass(frozen=True)
class Comparison:
    """Two pictures in one, on the fused pane; changed by `comparing`.

    Attributes:
        mode: of `imaging.compare.MODES`; "" when the fused picture is shown as it is.
        last: the mode that was shown last.
        first, second: what is compared; "other" is fused with `method` and `strategy`.
        settings: what the reader has set, by mode.
    """

    mode: str = ""
    last: str = "curtain"
    first: Party = "A"
    second: Party = "B"
    method: str = "average"
    strategy: str = ""
    settings: tuple[tuple[str, float], ...] = ()

    def among(self, count: int) -> "Comparison":
        """With sides that there are among so many images; A with B where one of them is gone."""
        gone = {*SOURCE_PANES[count:]} & {self.first, self.second}
        return replace(self, first="A", second="B") if gone and count > 1 else self
