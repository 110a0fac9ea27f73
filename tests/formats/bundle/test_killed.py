import os
import random
import signal
import time
from pathlib import Path

import numpy as np
import pydicom
import pytest

from fusionviewer.formats.bundle import Content, write_bundle
from fusionviewer.formats.provenance import FusedSlice, Provenance
from fusionviewer.imaging.display import opening_look
from fusionviewer.imaging.pair import Pair

PARTS = ["companion", "registration"]


def files(folder: Path) -> int:
    """How many whole files there are; damaged ones raise."""
    for file in folder.iterdir():
        d = pydicom.dcmread(file)
        assert "PixelData" not in d or d.pixel_array.size
    return len(list(folder.iterdir()))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_bundle_is_whole_or_not_there_whenever_it_is_killed(
    pair: Pair, how: Provenance, tmp_path: Path
) -> None:
    grey = np.zeros(pair.shape[1:], dtype=np.float32)
    slices = [FusedSlice(s, grey) for s in range(pair.shape[0])]
    content = Content(
        slices, pair, how, (opening_look(pair.a), opening_look(pair.b)), (), np.eye(4)
    )
    start = time.monotonic()
    write_bundle(tmp_path / "whole", PARTS, content)
    whole, takes_s = files(tmp_path / "whole"), time.monotonic() - start
    chance, seen = random.Random(7), set[int]()
    for attempt in range(25):
        target = tmp_path / f"{attempt}"
        child = os.fork()
        if child == 0:
            try:
                write_bundle(target, PARTS, content)
            finally:
                os._exit(0)  # whatever happens: the child is no second run of all tests
        time.sleep(chance.uniform(0, takes_s * 1.3))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        seen.add(files(target) if target.exists() else 0)
    assert seen <= {0, whole}
    assert 0 in seen
