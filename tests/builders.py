"""Images and pairs for tests, built in a line or two."""

import numpy as np
from numpy.typing import NDArray

from fusionviewer.imaging.display import Look, Shown
from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.image import Image, Patient, Source
from fusionviewer.imaging.pair import Pair, make_pair
from fusionviewer.imaging.windowing import Window
from fusionviewer.workspace.arrangement import find_pair, opened, with_pairing
from fusionviewer.workspace.state import ViewState


def make_grid(
    shape: tuple[int, int, int] = (3, 16, 20),
    spacing: tuple[float, float, float] = (3.0, 1.0, 1.0),
    origin: tuple[float, float, float] = (0.0, 0.0, 0.0),
) -> Grid:
    """Axial slices: rows grow to the back, columns to the left, slices to the head."""
    axes = np.array([[0, 0, 1], [0, 1, 0], [1, 0, 0]], dtype=np.float64)
    return Grid(shape, np.array(spacing), np.array(origin), axes)


def make_image(
    shape: tuple[int, int, int] = (3, 16, 20),
    *,
    name: str = "image",
    modality: str = "MR",
    unit: str = "a.u.",
    seed: int = 0,
    grid: Grid | None = None,
    patient: Patient | None = None,
    frame: str = "",
    values: NDArray[np.float32] | None = None,
    window: Window | None = None,
) -> Image:
    """An image of random values within 0…100."""
    if values is None:
        values = np.random.default_rng(seed).uniform(0, 100, shape).astype(np.float32)
    return Image(
        name,
        values.astype(np.float32),
        modality,
        unit,
        grid,
        window=window or Window.between(0, 100),
        patient=patient or Patient(),
        source=Source(frame_of_reference_uid=frame),
    )


def make_small_pair(shape: tuple[int, int, int] = (3, 16, 20)) -> Pair:
    """A CT and an MR on one grid."""
    grid = make_grid(shape)
    return make_pair(
        make_image(shape, name="ct", modality="CT", unit="HU", seed=1, grid=grid),
        make_image(shape, name="mr", seed=2, grid=grid),
    )


def together(*images: Image) -> ViewState:
    """The state once these images are open, and paired where there are several."""
    state = ViewState()
    for image in images:
        state = opened(state, image)
    if len(images) == 1:
        return state
    return with_pairing(state, find_pair(state.natives, state.fused_slots))


def make_shown(grey: NDArray[np.float32], rgb: NDArray[np.float32] | None = None) -> Shown:
    """A slice in display values, its black being background."""
    return Shown(grey.astype(np.float32), rgb, grey == 0)


PLAIN = Look(Window.between(0, 100))
