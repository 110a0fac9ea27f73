"""What a method costs: parameters, work, time and memory for one pair."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils.flop_counter import FlopCounterMode

from fusionviewer.fusion.learned_strategy import LEARNED
from fusionviewer.fusion.methods import METHODS
from fusionviewer.fusion.runtime import Runtimes
from fusionviewer.fusion.torch_backend import load_module
from fusionviewer.fusion.weights import read_card
from fusionviewer.imaging.display import Shown
from training.comparison import Way
from training.memory import peak_memory

SIDE = 256


@dataclass(frozen=True)
class Cost:
    """Of one pair.

    Attributes:
        parameters: of everything with weights that takes part; 0 for a rule.
        gmac: 10⁹ multiply-adds of the networks at 256×256, as they run here, with folded layers;
            what strategies and rules compute is not counted.
        seconds: the median over some pairs, from display values to the fused slice.
        memory_mb: 10⁶ bytes on top of the program, as `memory` measures them, with the usual
            settings; None: not measured.
    """

    parameters: int
    gmac: float
    seconds: float
    memory_mb: float | None = None


def cost_of(
    way: Way, pairs: Sequence[tuple[Shown, Shown]], runtimes: Runtimes, weights: Path | None = None
) -> Cost:
    """What `way` costs, timed on `pairs` after one to warm up. Nothing is reused between them.

    `weights` is the folder that `runtimes` reads, None for those shipped.

    Raises:
        WeightsError: the network cannot be loaded.
        RunError: the process that measures memory failed.
    """
    parameters, gmac = work_of(way, weights)
    seconds = median(_times(way, [pairs[0], *pairs], runtimes)[1:])
    return Cost(parameters, gmac, seconds, peak_memory(way.method, way.strategy, weights))


def work_of(way: Way, weights: Path | None = None) -> tuple[int, float]:
    """Parameters, and 10⁹ multiply-adds for a pair of 256×256."""
    method = METHODS[way.method]
    if not method.has_network:
        return 0, 0.0
    network: Any = load_module(read_card(way.method, weights))
    share: Any = (
        load_module(read_card(LEARNED.name, weights)) if way.strategy == LEARNED.name else None
    )
    x = torch.zeros(1, 1, SIDE, SIDE)
    counter = FlopCounterMode(display=False)
    # Fake tensors have shapes and no values: counted without computing.
    with torch.no_grad(), FakeTensorMode(allow_non_fake_inputs=True), counter:
        if method.kind == "end-to-end":
            network(x, x)
        else:
            features = network.encode(x), network.encode(x)
            network.decode(features[0])
            if share is not None:
                share(*features)
    parts = [network] if share is None else [network, share]
    parameters = sum(p.numel() for part in parts for p in part.parameters())
    return parameters, counter.get_total_flops() / 2e9


def _times(way: Way, pairs: Sequence[tuple[Shown, Shown]], runtimes: Runtimes) -> list[float]:
    seconds = []
    for a, b in pairs:
        if METHODS[way.method].has_network:
            runtimes.get(way.method).forget()
        start = time.perf_counter()
        way.fuse(a, b, runtimes)
        seconds.append(time.perf_counter() - start)
    return seconds
