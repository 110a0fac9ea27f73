"""How long Clarus takes beside a network of IFCNN's size and DILRAN, in one run on onnxruntime.

    python tests/benchmarks/small.py [--repeats 15] [--sizes 256 512]

IFCNN (Zhang et al. 2020, doi:10.1016/j.inffus.2019.07.011) has 64 channels: a 7×7 convolution, a 3×3, the
element-wise maximum of both images, a 3×3 and a 1×1. Its weights are random here, for time does not
depend on them, and it gets grey images in three channels, as published. All ways run in turn, so that a
slow moment of the machine hits each of them alike; what counts is the ratio of the medians. The shortest
time of each is beside them, for a machine that does other work too. Peak memory is that of loading and
one pair of 256×256, on top of the imported libraries, each in a process of its own; not on Windows.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray
from pair import sample
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils.flop_counter import FlopCounterMode

sys.path.insert(0, str(Path(__file__).parents[2]))
from fusionviewer.fusion.fuse import fuse_slice
from fusionviewer.fusion.runtime import Runtime, Runtimes
from fusionviewer.imaging.display import Shown
from training.comparison import Way as Row
from training.cost import work_of
from training.graphs import write_end_to_end
from training.memory import _largest_resident

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


@dataclass(frozen=True)
class Way:
    """What fuses two planes, once it is loaded; its parameters and 10⁹ multiply-adds at 256×256."""

    load: Callable[[], Fuse]
    parameters: int
    gmac: float


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--sizes", type=int, nargs="+", default=[256, 512])
    parser.add_argument("--memory", nargs=2, metavar=("GRAPH", "WAY"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.memory:
        _print_memory(Path(given.memory[0]), given.memory[1])
        return
    with tempfile.TemporaryDirectory() as folder:
        graph = write_end_to_end(_random(), "ifcnn", Path(folder))[0]
        _compare(graph, given.sizes, given.repeats)


def _compare(graph: Path, sizes: Sequence[int], repeats: int) -> None:
    ways = _ways(graph)
    memory = {name: _peak_memory(graph, name) for name in ways}
    print(f"onnxruntime {onnxruntime.__version__}, {os.cpu_count()} cores; medians")
    print(
        f"{'way':32} {'parameters':>10} {'GMAC':>6} {'peak MB':>8}"
        f" {'size':>5} {'ms':>7} {'of IFCNN':>9} {'shortest':>9}"
    )
    for size in sizes:
        taken = _timed(ways, size, repeats)
        for name, way in ways.items():
            middle, shortest = median(taken[name]), min(taken[name])
            print(
                f"{name:32} {way.parameters:10,} {way.gmac:6.2f} {memory[name]:8.0f} {size:5}"
                f" {middle * 1000:7.1f} {middle / median(taken['IFCNN-size']):9.2f}"
                f" {shortest * 1000:9.1f}"
            )


def _timed(ways: dict[str, Way], size: int, repeats: int) -> dict[str, list[float]]:
    """Seconds of each way, round by round."""
    a, b = sample(size)
    loaded = {name: way.load() for name, way in ways.items()}
    times: dict[str, list[float]] = {name: [] for name in ways}
    for round_ in range(repeats + 1):
        for name, fuse in loaded.items():
            start = time.perf_counter()
            fuse(a, b)
            if round_:  # the first one warms up
                times[name].append(time.perf_counter() - start)
    return times


def _peak_memory(graph: Path, name: str) -> float:
    """MB on top of the imported libraries, for loading and one pair, in a process of its own."""
    command = [sys.executable, __file__, "--memory", str(graph), name]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def _print_memory(graph: Path, name: str) -> None:
    way, (a, b) = _ways(graph)[name], sample(256)
    before = _largest_resident()
    way.load()(a, b)
    print(_largest_resident() - before)


def _ways(graph: Path) -> dict[str, Way]:
    clarus, dilran = work_of(Row("clarus")), work_of(Row("dilran", "sfnn-max"))
    return {
        "IFCNN-size": Way(lambda: _session(graph), *_work_of_random()),
        "Clarus, network alone": Way(lambda: _runtime()._network.answer, *clarus),  # type: ignore[union-attr]
        "Clarus, with its guard": Way(_guarded, *clarus),
        "Clarus, as a user waits for it": Way(lambda: _whole("clarus", ""), *clarus),
        "DILRAN, SFNN-max": Way(lambda: _whole("dilran", "sfnn-max"), *dilran),
    }


def _runtime() -> Runtime:
    return Runtimes("onnx").get("clarus")


def _guarded() -> Fuse:
    runtime = _runtime()
    return lambda a, b: runtime.fused(a, b, "")


def _whole(method: str, strategy: str) -> Fuse:
    """With limits, guard and black; nothing of the pair is kept from the time before."""
    runtimes = Runtimes("onnx")

    def fuse(a: Plane, b: Plane) -> object:
        runtimes.get(method).forget()
        first, second = (Shown(x, None, x == 0) for x in (a, b))
        return fuse_slice(first, second, method, strategy, runtimes)

    return fuse


def _session(graph: Path) -> Fuse:
    """As `fusionviewer.fusion.onnx_backend` runs its own."""
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = os.cpu_count() or 1
    settings.add_session_config_entry("session.intra_op.spin_duration_us", "100")
    settings.add_session_config_entry("session.force_spinning_stop", "1")
    session = onnxruntime.InferenceSession(
        graph.read_bytes(), settings, providers=["CPUExecutionProvider"]
    )
    return lambda a, b: session.run(None, {"a": a[None, None], "b": b[None, None]})


def _random() -> IfcnnSized:
    torch.manual_seed(0)
    return IfcnnSized().eval()


def _work_of_random() -> tuple[int, float]:
    network, counter = _random(), FlopCounterMode(display=False)
    x = torch.zeros(1, 1, 256, 256)
    with torch.no_grad(), FakeTensorMode(allow_non_fake_inputs=True), counter:
        network(x, x)
    parameters = sum(p.numel() for p in network.parameters())
    return parameters, counter.get_total_flops() / 2e9


if __name__ == "__main__":
    main()
