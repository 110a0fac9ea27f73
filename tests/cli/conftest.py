"""Folders of pictures to score."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def scored_folders(tmp_path: Path) -> Path:
    """Seven small pairs in a/ and b/, and what three methods made of them."""
    generator = np.random.default_rng(5)
    for number in range(7):
        a, b = generator.integers(0, 256, (2, 24, 24))
        made = {"a": a, "b": b, "mean": (a + b) // 2, "most": np.maximum(a, b)}
        for name, levels in (made | {"least": np.minimum(a, b)}).items():
            (tmp_path / name).mkdir(exist_ok=True)
            Image.fromarray(levels.astype(np.uint8)).save(tmp_path / name / f"{number}.png")
    return tmp_path
