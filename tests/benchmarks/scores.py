"""How long all scores of one 256×256 pair take, first and further fused images, on one thread.

    OMP_NUM_THREADS=1 python tests/benchmarks/scores.py [--repeats 5]

Processor time, not the clock's: other work on the machine counts less. Aim: one second for the first.
"""

import argparse
import time
from statistics import median

import numpy as np

from fusionviewer.imaging.phantom import axial_grid, head
from fusionviewer.imaging.windowing import CT_PRESETS, automatic, windowed
from fusionviewer.metrics.picture import Picture, Sources
from fusionviewer.metrics.report import scores_of
from fusionviewer.metrics.table import METRICS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    ct, mr = head(axial_grid(256, 0.9, 1, 3.0, 42.0), ("CT", "T1"))[:, 0]
    a = np.round(windowed(ct, CT_PRESETS["brain"].window) * 255)
    b = np.round(windowed(mr, automatic(mr, "MR", "a.u.")) * 255)
    first, further = [], []
    for _ in range(arguments.repeats):
        sources = Sources(Picture(a), Picture(b))
        first.append(_seconds(sources, np.maximum(a, b)))
        further.append(_seconds(sources, np.round((a + b) / 2)))
    print(
        f"{len(METRICS)} scores: first {median(first):.2f} s, further {median(further):.2f} s (medians)"
    )


def _seconds(sources: Sources, fused: np.ndarray) -> float:
    began = time.process_time()
    scores_of(sources, Picture(fused))
    return time.process_time() - began


if __name__ == "__main__":
    main()
