"""How much a fused volume flickers from slice to slice: weights per slice, and per volume.

    python tests/benchmarks/flicker.py A B [--methods eh-dran clarus …] [--strategies fl1n …] [--slices 24]

A and B are series, of one patient; without them, CT and PET, and CT and T1, of STS_002 in
FUSIONVIEWER_DATA. For each method and strategy, with one weight per slice and with one for the volume:

  weight   mean absolute difference of A's weight between neighbouring slices, in percent; nan where
           the method does not tell
  flicker  mean change of grey between neighbouring slices beyond the larger change of the two sources
           at the same pixel, in grey levels of 255: what neither source has shown
  change   mean change of grey itself, for comparison
"""

import argparse
import os
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise, product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fusionviewer.engine.cancel import CancelToken
from fusionviewer.engine.engine import Answer, Engine
from fusionviewer.engine.request import FuseRequest
from fusionviewer.formats.reading import open_images
from fusionviewer.fusion.methods import METHODS
from fusionviewer.fusion.runtime import Runtimes
from fusionviewer.fusion.volume_weights import VOLUME_WEIGHTS
from fusionviewer.imaging.display import opening_look, shown
from fusionviewer.imaging.pair import make_pair

STS = ("CT", "PET"), ("CT", "MR_T1")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("images", type=Path, nargs="*")
    parser.add_argument("--methods", nargs="+", default=["eh-dran"])
    parser.add_argument("--strategies", nargs="+", default=sorted(VOLUME_WEIGHTS))
    parser.add_argument("--slices", type=int, default=24)
    arguments = parser.parse_args()
    engine = Engine(Runtimes())
    print(
        f"{'pair':12} {'method':24} {'weights of':10} {'weight %':>9} {'flicker':>8} {'change':>7}"
    )
    for name, places in _pairs(arguments.images):
        asked = _request(places)
        middle = asked.pair.shape[0] // 2
        first = max(middle - arguments.slices // 2, 0)
        slices = range(first, min(first + arguments.slices, asked.pair.shape[0]))
        for method, strategy, way in _ways(arguments.methods, arguments.strategies):
            request = replace(asked, method=method, strategy=strategy, consistent=way)
            answers = engine.fuse_many(request, slices, CancelToken(), lambda *_: None)
            weight, flicker, change = measured(answers)
            print(
                f"{name:12} {method + ' ' + strategy:24} {way:10} "
                f"{weight:9.3f} {flicker:8.3f} {change:7.3f}",
                flush=True,
            )


def _ways(methods: list[str], strategies: list[str]) -> Iterator[tuple[str, str, str]]:
    """Method, strategy, and what a weight is of."""
    for method in methods:
        if not METHODS[method].strategies:
            yield method, "", "slice"
            continue
        yield from ((method, *way) for way in product(strategies, ("slice", "volume")))


def _pairs(images: list[Path]) -> list[tuple[str, tuple[Path, Path]]]:
    if images:
        a, b = images
        return [(f"{a.name} {b.name}", (a, b))]
    folder = Path(os.environ["FUSIONVIEWER_DATA"]) / "dicom/sts_ct_pet_mr/STS_002"
    return [(f"{a} {b}", (folder / a / "image", folder / b / "image")) for a, b in STS]


def _request(places: tuple[Path, Path]) -> FuseRequest:
    (a,), (b,) = (open_images(place) for place in places)
    pair = make_pair(a, b)
    return FuseRequest(pair, 0, (opening_look(pair.a), opening_look(pair.b)), "average", "")


def measured(answers: list[Answer]) -> tuple[float, float, float]:
    """Change of the weight in percent; flicker and change in grey levels of 255."""
    shares = [one.fused.share_of_a for one in answers]
    weights = [float("nan") if share is None else float(share.mean()) for share in shares]
    greys = [_planes(one) for one in answers]
    beyond, change = [], []
    for before, after in pairwise(greys):
        fused, a, b = (np.abs(y - x) for x, y in zip(before, after, strict=True))
        beyond.append(np.maximum(fused - np.maximum(a, b), 0).mean())
        change.append(fused.mean())
    of_weight = np.abs(np.diff(weights)).mean()
    return 100 * float(of_weight), 255 * float(np.mean(beyond)), 255 * float(np.mean(change))


def _planes(answer: Answer) -> tuple[NDArray[np.float32], ...]:
    """The fused slice and its two sources as they are shown."""
    request = answer.request
    sources = (
        shown(image, request.slice_index, look).grey
        for image, look in zip((request.pair.a, request.pair.b), request.looks, strict=True)
    )
    return (answer.fused.grey, *sources)


if __name__ == "__main__":
    main()
