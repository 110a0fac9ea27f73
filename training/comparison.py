"""Every method and strategy over one split, by the scores of the papers."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fusionviewer.errors import WeightsError
from fusionviewer.formats.reading import open_images
from fusionviewer.fusion.colouring import Colours
from fusionviewer.fusion.fuse import Fused, fuse_slice
from fusionviewer.fusion.methods import METHODS
from fusionviewer.fusion.options import Chosen, as_text
from fusionviewer.fusion.runtime import Runtimes
from fusionviewer.fusion.weights import read_card
from fusionviewer.imaging.display import Shown, opening_look, shown
from fusionviewer.metrics.picture import Picture, Sources
from fusionviewer.metrics.report import Scores, scores_of

SCORES = (
    "psnr", "ssim", "fsim", "fsim_parity", "mi", "fmi_edge", "fmi_jpeg", "en", "en_jpeg", "sf",
    "ag", "sd", "sd_uint8", "cc", "scd", "vif", "qabf",
)  # fmt: skip
STRATEGIES_SHOWN = (
    "sfnn-max", "sfnn-mean", "sfnn-local", "fer", "fl1n", "l1-activity", "max", "learned",
)  # fmt: skip


@dataclass(frozen=True)
class Way:
    """One row of a table: a method with its strategy, if it takes one, and settings that are not the
    usual ones."""

    method: str
    strategy: str = ""
    options: Chosen = ()

    @property
    def name(self) -> str:
        settings = (f"{name}={as_text(value)}" for name, value in self.options)
        return " ".join(filter(None, (self.method, self.strategy, *settings)))

    def fuse(self, a: Shown, b: Shown, runtimes: Runtimes, colours: Colours = "kept") -> Fused:
        """
        Raises:
            WeightsError, FusionError: as `fuse_slice`.
        """
        settings = dict(self.options)
        return fuse_slice(a, b, self.method, self.strategy, runtimes, settings, colours=colours)


def ways(strategies: Sequence[str] = STRATEGIES_SHOWN, weights: Path | None = None) -> list[Way]:
    """All methods whose weights are shipped, or in a folder; auto-encoders with each of `strategies`
    that they take."""
    found = []
    for name, method in METHODS.items():
        if method.has_network and not _has_weights(name, weights):
            continue
        chosen = [s for s in method.strategies if s in strategies] if method.strategies else [""]
        found += [Way(name, strategy) for strategy in chosen]
    return found


def _has_weights(name: str, folder: Path | None) -> bool:
    try:
        read_card(name, folder)
    except WeightsError:
        return False
    return True


def compare(
    root: Path,
    task: str,
    names: Sequence[str],
    chosen: Sequence[Way],
    scores: Sequence[str] = SCORES,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    weights: Path | None = None,
) -> dict[str, list[Scores]]:
    """The scores of each way over the pairs of one task, in the order of `names`.

    Fused images are rounded to 8 bits before they are scored, as they would be stored; colour ones
    are scored by their luminance, which is the fused one, as in the papers. Networks have the weights
    of a folder, or those shipped.

    Raises:
        UnreadableFile: an image is missing or broken.
    """
    runtimes = Runtimes(folder=weights)
    table: dict[str, list[Scores]] = {way.name: [] for way in chosen}
    for done, (a, b) in enumerate(pairs_of(root, task, names)):
        sources = Sources(Picture(_levels(a.grey)), Picture(_levels(b.grey)))
        for way in chosen:
            fused = way.fuse(a, b, runtimes, "luminance")
            table[way.name].append(scores_of(sources, Picture(_levels(fused.grey)), scores))
        progress(done + 1, len(names))
    return table


def pairs_of(root: Path, task: str, names: Sequence[str]) -> Iterator[tuple[Shown, Shown]]:
    """The pairs of “CT-MRI” and the like, as the viewer shows them when they are opened."""
    for name in names:
        first, second = (
            open_images(root / task / modality / f"{name}.png")[0] for modality in task.split("-")
        )
        yield shown(first, 0, opening_look(first)), shown(second, 0, opening_look(second))


def fused_levels(fused: Fused) -> NDArray[np.uint8]:
    """What a picture of `fused` stores, (H, W, 3)."""
    rgb = np.repeat(fused.grey[..., None], 3, axis=2) if fused.rgb is None else fused.rgb
    return np.asarray(np.round(rgb * 255), dtype=np.uint8)


def _levels(grey: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.asarray(np.round(np.clip(grey, 0, 1) * 255), dtype=np.float64)
