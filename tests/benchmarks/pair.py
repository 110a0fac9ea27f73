"""How long one pair takes, beside a plain transcription of the paper, in one run.

    python tests/benchmarks/pair.py [--repeats 9] [--sizes 256 512] [--methods eh-dran dilran mfinet mopa]

For the auto-encoders the baseline is tests/reference/plain_networks.py: 64-channel maps everywhere, six
convolutions in the pyramid, one image at a time, and singular values by `torch.linalg.svdvals`. For the
end-to-end networks it is the network itself, called without the runtime. All run in turn, so that a slow
moment of the machine hits each of them alike; what counts is the ratio of the medians. The last column is
the greatest difference from the baseline, in grey levels of 255. What is kept of slices before, the
features of black, is there, as when a reader turns slices; features of the pair itself are not.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parent.parent / "reference"))
from plain_networks import PlainDilran, PlainEhDran

from fusionviewer.errors import FusionViewerError
from fusionviewer.fusion.methods import NETWORKS
from fusionviewer.fusion.runtime import Backend, Plane, Precision, Runtimes
from fusionviewer.fusion.torch_backend import has_bfloat16, load_module
from fusionviewer.fusion.weights import read_card
from fusionviewer.imaging.phantom import axial_grid, head
from fusionviewer.imaging.windowing import CT_PRESETS, automatic, windowed

PLAIN = {"dilran": PlainDilran, "eh-dran": PlainEhDran}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--sizes", type=int, nargs="+", default=[256, 512])
    parser.add_argument("--methods", nargs="+", default=_shipped(), choices=NETWORKS)
    arguments = parser.parse_args()
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads; SFNN-max; medians")
    print(f"{'method':9} {'size':>5} {'how':16} {'ms':>8} {'times faster':>13} {'grey levels':>12}")
    for method in arguments.methods:
        for size in arguments.sizes:
            _compare(method, size, arguments.repeats)


def _shipped() -> list[str]:
    """The networks whose weights are here, the default one first."""
    found = []
    for name in sorted(NETWORKS, key=lambda name: name != "eh-dran"):
        try:
            read_card(name)
        except FusionViewerError:
            continue
        found.append(name)
    return found


def sample(size: int) -> tuple[Plane, Plane]:
    """CT and MR of the sample patient's lesion, as a reader would see them, (size, size)."""
    ct, mr = head(axial_grid(size, 240 / size, 1, 3.0, 42.0), ("CT", "T1"))[:, 0]
    return windowed(ct, CT_PRESETS["brain"].window), windowed(mr, automatic(mr, "MR", "a.u."))


def _compare(method: str, size: int, repeats: int) -> None:
    a, b = sample(size)
    ways = _ways(method)
    answers = {name: way(a, b) for name, way in ways.items()}  # and so they are warm
    seen = (a > 0) | (b > 0)  # elsewhere the program shows black, whatever a network says
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(repeats):
        for name, way in ways.items():
            start = time.perf_counter()
            way(a, b)
            times[name].append(time.perf_counter() - start)
    plain = median(times["plain"])
    for name, taken in times.items():
        off = float(np.abs(answers[name] - answers["plain"])[seen].max()) * 255
        faster = plain / median(taken)
        print(
            f"{method:9} {size:5} {name:16} {median(taken) * 1000:8.0f} {faster:13.1f} {off:12.1e}"
        )


def _ways(method: str) -> dict[str, Callable[[Plane, Plane], Plane]]:
    ways = {
        "plain": _plain(method) if method in PLAIN else _bare(method),
        "torch": _runtime(method, "torch", "float32"),
        "onnxruntime": _runtime(method, "onnx", "float32"),
    }
    if method in PLAIN and has_bfloat16(torch.device("cpu")):
        ways["torch bfloat16"] = _runtime(method, "torch", "bfloat16")
    return ways


def _runtime(
    method: str, backend: Backend, precision: Precision
) -> Callable[[Plane, Plane], Plane]:
    runtime = Runtimes(backend, "cpu", precision=precision).get(method)
    strategy = "sfnn-max" if method in PLAIN else ""

    def fuse(a: Plane, b: Plane) -> Plane:
        runtime.forget()
        return np.clip(runtime.fused(a, b, strategy)[0], 0, 1)

    return fuse


def _bare(method: str) -> Callable[[Plane, Plane], Plane]:
    network = load_module(read_card(method))

    @torch.inference_mode()
    def fuse(a: Plane, b: Plane) -> Plane:
        answer = network(*(torch.from_numpy(x.copy())[None, None] for x in (a, b)))[0]
        if len(answer) == 2:  # a weight and a correction, before the guard takes edges back
            weight, correction = answer.numpy()
            return np.asarray(np.clip(weight * a + (1 - weight) * b + correction, 0, 1))
        return np.asarray(answer[0].clamp(0, 1).numpy())

    return fuse


def _plain(method: str) -> Callable[[Plane, Plane], Plane]:
    network = PLAIN[method]()
    network.load_state_dict(load_module(read_card(method)).state_dict())
    network.eval()

    @torch.inference_mode()
    def fuse(a: Plane, b: Plane) -> Plane:
        features = [network.encode(torch.from_numpy(x.copy())[None, None]) for x in (a, b)]
        strongest = [
            torch.linalg.svdvals(torch.softmax(f, dim=1)[0]).sum(dim=-1).max() for f in features
        ]
        weight = strongest[0] / (strongest[0] + strongest[1])
        fused = network.decode(weight * features[0] + (1 - weight) * features[1])
        return np.asarray(fused[0, 0].clamp(0, 1).numpy())

    return fuse


if __name__ == "__main__":
    main()
