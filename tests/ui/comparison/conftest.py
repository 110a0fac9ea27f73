"""A window with a CT and an MR of one head: bone here, tissue there."""

from collections.abc import Callable

import numpy as np
import pytest
from builders import make_grid, make_image

from fusionviewer.ui.main_window import MainWindow
from fusionviewer.workspace.arrangement import opened

SHAPE = (5, 64, 72)


@pytest.fixture
def patient() -> tuple[object, object]:
    rows, cols = np.mgrid[: SHAPE[1], : SHAPE[2]]
    away = np.hypot(rows - 32, cols - 36)
    rng = np.random.default_rng(4)
    ct, mr = np.zeros((2, *SHAPE), dtype=np.float32)
    ct[:, (away < 30) & (away > 25)] = 90
    mr[:, away <= 25] = 60
    mr[:, away <= 25] += rng.uniform(0, 10, mr[:, away <= 25].shape).astype(np.float32)
    grid = make_grid(SHAPE)
    return (
        make_image(SHAPE, name="ct", modality="CT", unit="HU", grid=grid, values=ct),
        make_image(SHAPE, name="mr", grid=grid, values=mr),
    )


@pytest.fixture
def fused_window(
    make_window: Callable[..., MainWindow], settled: Callable[[MainWindow], None], patient
) -> MainWindow:
    """Both are open, and fused by the rule “average”."""
    window = make_window()
    for image in patient:
        window.store.apply(opened, image)
    settled(window)
    return window
