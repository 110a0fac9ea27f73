"""Everything the user can pick to fuse two images; names and papers, no torch."""

from dataclasses import dataclass, field
from typing import Literal

from fusionviewer.fusion.answers import RESIDUAL
from fusionviewer.fusion.learned_strategy import LEARNED, WeighedStrategy
from fusionviewer.fusion.options import Options
from fusionviewer.fusion.rules import RULES
from fusionviewer.fusion.strategies import STRATEGIES, Strategy

Kind = Literal["auto-encoder", "end-to-end", "rule"]
TASKS = ("CT-MRI", "PET-MRI", "SPECT-MRI")


@dataclass(frozen=True)
class Method:
    """One entry of the method selector.

    Attributes:
        kind: an auto-encoder needs a strategy to merge its features; the others do not.
        strategies: names in SELECTABLE that go with it.
        source: the paper, with its DOI or arXiv number.
        options: what a user may change about it, besides its strategy.
        bytes_per_pixel: that a pair takes on the processor, about: the peak that `training.memory` tells for
            512×512, with `sfnn-local` where there are strategies; 0 for rules.
    """

    name: str
    label: str
    kind: Kind
    source: str
    description: str
    strategies: tuple[str, ...] = ()
    tasks: tuple[str, ...] = TASKS
    options: Options = field(default_factory=dict)
    bytes_per_pixel: int = 0

    @property
    def keeps_colours(self) -> bool:
        """Whether brightness may give way to the colours of PET and SPECT; not where the user says
        themselves how much of each image is shown."""
        return "alpha" not in self.options

    @property
    def corrects(self) -> bool:
        """Whether it adds something to a mixture of both images, which can be shown by itself."""
        return "residual" in self.options

    @property
    def has_network(self) -> bool:
        return self.kind != "rule"


_STRATEGIES = tuple(STRATEGIES)

NETWORKS = {
    "dilran": Method(
        "dilran",
        "DILRAN",
        "auto-encoder",
        "Zhou et al. 2022, arXiv:2212.04661",
        "Auto-encoder with dilated residual attention; a strategy merges the features.",
        _STRATEGIES,
        bytes_per_pixel=4200,
    ),
    "eh-dran": Method(
        "eh-dran",
        "EH-DRAN",
        "auto-encoder",
        "Zhou et al. 2024, arXiv:2411.11799",
        "DILRAN with an edge-enhancing branch; a strategy merges the features.",
        (*_STRATEGIES, LEARNED.name),
        bytes_per_pixel=5300,
    ),
    "mfinet": Method(
        "mfinet",
        "MFINet",
        "end-to-end",
        "Song et al. 2024, doi:10.1007/s13721-024-00449-2",
        "Gated feature interaction between the two images, end to end.",
        bytes_per_pixel=3900,
    ),
    "mopa": Method(
        "mopa",
        "MOPA",
        "end-to-end",
        "Di et al. 2025, doi:10.62756/jmsi.1674-8042.2025003",
        "Mask-optimised parallel attention, end to end.",
        bytes_per_pixel=2700,
    ),
    "clarus": Method(
        "clarus",
        "Clarus",
        "end-to-end",
        "Our own; its card says how it was trained",
        "A weight for each pixel and a small correction; taught by the scores, and to keep what only "
        "one image shows.",
        options={"residual": RESIDUAL},
        bytes_per_pixel=200,
    ),
}

METHODS: dict[str, Method] = NETWORKS | {
    name: Method(name, rule.label, "rule", rule.source, rule.description, options=rule.options)
    for name, rule in RULES.items()
}

_KNOWN: dict[str, Strategy | WeighedStrategy] = {**STRATEGIES, LEARNED.name: LEARNED}

# What the strategy selector offers: the rules, and what has weights of its own.
SELECTABLE = {
    name: strategy
    for name, strategy in _KNOWN.items()
    if any(name in method.strategies for method in NETWORKS.values())
}

DEFAULT_METHOD = "clarus"

# The published default, SFNN-max, gives one weight to a whole image and so comes close to a weighted
# average: grey skull, pale fluid. With local weights each source shows where it is strong. Decided on
# 9 + 14 + 9 validation pairs, by the scores that evaluate ranks by: better than FER in 6 of 8 on
# CT-MRI, 3 of 8 on PET-MRI, 5 of 8 on SPECT-MRI. FER takes a twelfth of its time for the weights.
DEFAULT_STRATEGY = "sfnn-local"


def options_of(method: str, strategy: str) -> Options:
    """What a user may change about a method and about its strategy, "" for none."""
    own = METHODS[method].options
    return own | SELECTABLE[strategy].options if strategy else own


def default_strategy(method: str) -> str:
    """The strategy a method starts with; "" for one that needs none."""
    return DEFAULT_STRATEGY if METHODS[method].strategies else ""
