"""How much memory a method takes, measured in a process of its own.

    python -m training.memory METHOD [STRATEGY [FOLDER]]

prints by how many MB (10⁶ bytes) the largest resident size of the process grew from what the
imported libraries take to what was reached when the network was loaded and one pair of 256×256 pixels
was fused, as the operating system counts it. Windows has no such count. FOLDER holds weights in place
of those shipped.
"""

import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np

from fusionviewer.fusion.fuse import fuse_slice
from fusionviewer.fusion.runtime import Runtimes
from fusionviewer.imaging.display import Shown
from training.errors import RunError

SIDE = 256


@cache
def peak_memory(method: str, strategy: str = "", weights: Path | None = None) -> float | None:
    """What the method needs on top of the program, in MB; None where it cannot be told.

    Raises:
        RunError: the process failed.
    """
    if sys.platform == "win32":
        return None
    told = [method, strategy, *([str(weights)] if weights else [])]
    command = [sys.executable, "-m", "training.memory", *told]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise RunError(f"The memory of {method} could not be measured: {last}.")
    return float(done.stdout)


def main(arguments: list[str]) -> None:
    method, strategy, folder = (*arguments, "", "")[:3]
    weights = Path(folder) if folder else None
    pair = [_noise(seed) for seed in (0, 1)]
    before = _largest_resident()
    fuse_slice(pair[0], pair[1], method, strategy, Runtimes(folder=weights))
    sys.stdout.write(f"{_largest_resident() - before:.1f}\n")


def _noise(seed: int) -> Shown:
    grey = np.random.default_rng(seed).random((SIDE, SIDE), dtype=np.float32)
    return Shown(grey, None, grey < 0)


def _largest_resident() -> float:
    """In MB since the program began."""
    return _COUNTS.get(sys.platform, _by_getrusage)() / 1e6


def _by_status() -> int:
    """In bytes, on Linux, where getrusage begins with the largest size of the parent."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def _by_getrusage() -> int:
    import resource  # not on Windows

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS


_COUNTS = {"linux": _by_status}


if __name__ == "__main__":
    main(sys.argv[1:])
