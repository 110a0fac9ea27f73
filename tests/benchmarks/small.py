"""How long Clarus takes beside a network of IFCNN's size and DILRAN, in one run on onnxruntime.

    python tests/benchmarks/small.py [--repeats 15] [--sizes 256 512]

IFCNN (Zhang et al. 2020, doi:10.1016/j.inffus.2019.07.011) has 64 channels: a 7×7 convolution, a 3×3, the
element-wise maximum of both images, a 3×3 and a 1×1. Its weights are random here, for time does not
depend on them, and it gets grey images in three channels, as published. All ways run in turn, so that a
slow moment of the machine hits each of them alike; what counts is the ratio of the medians. The shortest
time of each is beside them, for a machine that does other work too.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray
from pair import sample
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

sys.path.insert(0, str(Path(__file__).parents[2]))
from fusionviewer.fusion.fuse import fuse_slice
from fusionviewer.fusion.runtime import Runtimes
from fusionviewer.imaging.display import Shown
from training.comparison import Way
from training.cost import work_of
from training.graphs import write_end_to_end

Plane = NDArray[np.float32]
Fuse = Callable[[Plane, Plane], object]

CHANNELS = 64


class IfcnnSized(nn.Module):
    """Two grey images (B, 1, H, W) to the fused one, with random weights."""

    def __init__(self) -> None:
        super().__init__()
        self.look = nn.Conv2d(3, CHANNELS, 7, padding=3, padding_mode="replicate", bias=False)
        self.around, self.mix = (
            nn.Sequential(
                nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1, padding_mode="replicate", bias=False),
                nn.BatchNorm2d(CHANNELS),
                nn.ReLU(),
            )
            for _ in range(2)
        )
        self.answer = nn.Conv2d(CHANNELS, 3, 1)

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        of_a, of_b = (self.around(self.look(x.expand(-1, 3, -1, -1))) for x in (a, b))
        return self.answer(self.mix(torch.maximum(of_a, of_b))).mean(dim=1, keepdim=True)  # type: ignore[no-any-return]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--sizes", type=int, nargs="+", default=[256, 512])
    given = parser.parse_args()
    ways = _ways()
    print(f"onnxruntime {onnxruntime.__version__}, {os.cpu_count()} cores; medians")
    print(
        f"{'way':32} {'parameters':>10} {'GMAC':>6} {'size':>5} {'ms':>7} {'of IFCNN':>9} {'shortest':>9}"
    )
    for size in given.sizes:
        taken = _timed(ways, size, given.repeats)
        for name, (_, parameters, gmac) in ways.items():
            middle = median(taken[name])
            ratio, shortest = middle / median(taken["IFCNN-size"]), min(taken[name])
            print(
                f"{name:32} {parameters:10,} {gmac:6.2f} {size:5} {middle * 1000:7.1f} {ratio:9.2f}"
                f" {shortest * 1000:9.1f}"
            )


def _timed(
    ways: dict[str, tuple[Fuse, int, float]], size: int, repeats: int
) -> dict[str, list[float]]:
    """Seconds of each way, round by round."""
    a, b = sample(size)
    times: dict[str, list[float]] = {name: [] for name in ways}
    for round_ in range(repeats + 1):
        for name, (fuse, _, _) in ways.items():
            start = time.perf_counter()
            fuse(a, b)
            if round_:  # the first one warms up
                times[name].append(time.perf_counter() - start)
    return times


def _ways() -> dict[str, tuple[Fuse, int, float]]:
    """What fuses two planes, its parameters and its 10⁹ multiply-adds at 256×256."""
    runtimes = Runtimes("onnx")
    clarus = runtimes.get("clarus")
    return {
        "IFCNN-size": _ifcnn(),
        "Clarus, network alone": (clarus._network.answer, *work_of(Way("clarus"))),  # type: ignore[union-attr]
        "Clarus, with its guard": (
            lambda a, b: clarus.fused(a, b, ""),
            *work_of(Way("clarus")),
        ),
        "Clarus, as a user waits for it": _whole("clarus", "", runtimes),
        "DILRAN, SFNN-max": _whole("dilran", "sfnn-max", runtimes),
    }


def _whole(method: str, strategy: str, runtimes: Runtimes) -> tuple[Fuse, int, float]:
    """With limits, guard and black; nothing of the pair is kept from the time before."""

    def fuse(a: Plane, b: Plane) -> object:
        runtimes.get(method).forget()
        first, second = (Shown(x, None, x == 0) for x in (a, b))
        return fuse_slice(first, second, method, strategy, runtimes)

    return fuse, *work_of(Way(method, strategy))


def _ifcnn() -> tuple[Fuse, int, float]:
    torch.manual_seed(0)
    network = IfcnnSized().eval()
    x, counter = torch.zeros(1, 1, 256, 256), FlopCounterMode(display=False)
    with torch.no_grad(), counter:
        network(x, x)
    with tempfile.TemporaryDirectory() as folder:
        content = write_end_to_end(network, "ifcnn", Path(folder))[0].read_bytes()
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = os.cpu_count() or 1
    settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
    graph = onnxruntime.InferenceSession(content, settings, providers=["CPUExecutionProvider"])

    def fuse(a: Plane, b: Plane) -> object:
        return graph.run(None, {"a": a[None, None], "b": b[None, None]})

    parameters = sum(p.numel() for p in network.parameters())
    return fuse, parameters, counter.get_total_flops() / 2e9


if __name__ == "__main__":
    main()
