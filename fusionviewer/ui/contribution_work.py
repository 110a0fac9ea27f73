"""What the layers over the fused pane ask for, and how it is found: no widget."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from fusionviewer.engine.cancel import CancelToken
from fusionviewer.engine.engine import Progress
from fusionviewer.engine.request import FuseRequest
from fusionviewer.fusion.contribution import Contribution, contribution
from fusionviewer.fusion.correction import Correction, correction_of
from fusionviewer.fusion.fuse import Fused, checked
from fusionviewer.fusion.runtime import Runtimes
from fusionviewer.imaging.display import Shown, shown
from fusionviewer.imaging.structures import Structures
from fusionviewer.ui.contribution_colours import contribution_pixels, correction_pixels
from fusionviewer.ui.pictures import Pixels


@dataclass(frozen=True, eq=False)
class Question:
    """What to find out about a fused slice: any of `parts.OVERLAYS`; "correction" only of a method
    that corrects."""

    request: FuseRequest
    fused: Fused
    wanted: frozenset[str]

    @property
    def key(self) -> str:
        return self.request.key


@dataclass(frozen=True, eq=False)
class Findings:
    """What is known of the slice with this key."""

    key: str = ""
    contribution: Contribution | None = None
    structures: Structures | None = None
    correction: Correction | None = None
    maps: Mapping[str, Pixels] = field(default_factory=dict)  # in colours, by name of the overlay

    @property
    def names(self) -> frozenset[str]:
        known = {
            "contribution": self.contribution,
            "correction": self.correction,
            "structures": self.structures,
        }
        return frozenset(name for name, found in known.items() if found is not None)

    def joined(self, other: "Findings") -> "Findings":
        return replace(
            self,
            contribution=other.contribution or self.contribution,
            structures=other.structures or self.structures,
            correction=other.correction or self.correction,
            maps={**self.maps, **other.maps},
        )


class Explorer:
    """Answers questions in the worker thread; networks are loaded there when one is needed."""

    def __init__(self, runtimes: Runtimes) -> None:
        self._runtimes = runtimes

    def __call__(self, asked: Question, cancel: CancelToken, progress: Progress) -> Findings:
        """
        Raises:
            Cancelled: between the runs of the method.
            WeightsError, FusionError: as fusing itself.
        """
        request = asked.request
        a, b = (
            shown(image, request.slice_index, look)
            for image, look in zip((request.pair.a, request.pair.b), request.looks, strict=True)
        )
        found = Findings(asked.key)
        if "structures" in asked.wanted:
            found = replace(found, structures=checked(a, b, asked.fused))
            progress(1, 2)
        cancel.check()
        if "contribution" in asked.wanted:
            share = self._contribution(asked, a, b, cancel)
            pixels = contribution_pixels(share.share_of_a, asked.fused.grey)
            found = replace(found, contribution=share, maps={"contribution": pixels})
        if "correction" in asked.wanted:
            found = found.joined(_correction(asked, a, b))
        return found

    def _contribution(
        self, asked: Question, a: Shown, b: Shown, cancel: CancelToken
    ) -> Contribution:
        request = asked.request
        return contribution(
            *(a, b, asked.fused, request.method, request.strategy, self._runtimes),
            dict(request.options),
            cancel.check,
            request.colours,
        )


def _correction(asked: Question, a: Shown, b: Shown) -> Findings:
    correction = correction_of(a, b, asked.fused)
    pixels = correction_pixels(correction.added, asked.fused.grey)
    return Findings(asked.key, correction=correction, maps={"correction": pixels})
