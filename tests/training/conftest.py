"""A small data set in the layout of the real one, and a recipe that is done in a second."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from training import clarus_safety
from training.config import RunConfig, run_config

NAMES = {"train": ["1003", "1004", "2003", "2004"], "val": ["3003", "3004"], "test": ["4003"]}
Recipe = Callable[..., RunConfig]


@pytest.fixture(autouse=True, scope="session")
def _one_head_of_each_kind() -> Iterator[None]:
    """Not two: they take long to draw."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clarus_safety, "PHANTOMS", clarus_safety.PHANTOMS // 2)
        yield


def picture(seed: int, colour: bool) -> Image.Image:
    """A few smooth blobs on black, 40×36."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:40, :36]
    levels = np.zeros((40, 36))
    for _ in range(4):
        cy, cx = rng.uniform(8, 28, 2)
        levels += rng.uniform(40, 90) * np.exp(-((y - cy) ** 2 + (x - cx) ** 2) / 40)
    grey = levels.clip(0, 255).astype(np.uint8)
    return Image.fromarray(np.stack((grey, grey // 2, grey // 4), axis=-1) if colour else grey)


def write_atlas(home: Path) -> Path:
    """CT-MRI and PET-MRI with their split file, in the folder that is returned."""
    root = home / "harvard"
    for pair in ("CT-MRI", "PET-MRI"):
        for modality in pair.split("-"):
            (root / pair / modality).mkdir(parents=True)
            for i, name in enumerate(n for names in NAMES.values() for n in names):
                image = picture(100 * len(modality) + i, colour=modality == "PET")
                image.save(root / pair / modality / f"{name}.png")
    (root / "splits.json").write_text(json.dumps({"CT-MRI": NAMES, "PET-MRI": NAMES}))
    return root


@pytest.fixture
def atlas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder with CT-MRI and PET-MRI; FUSIONVIEWER_DATA names its parent."""
    monkeypatch.setenv("FUSIONVIEWER_DATA", str(tmp_path / "data"))
    return write_atlas(tmp_path / "data")


@pytest.fixture(scope="module")
def atlas_of_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """`atlas` for what is too slow to do for every test."""
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("data")
        patch.setenv("FUSIONVIEWER_DATA", str(home))
        yield write_atlas(home)


@pytest.fixture
def recipe() -> Recipe:
    """A tiny run; keyword arguments replace keys of its section [training]."""

    def make(task: str = "eh-dran", **training: object) -> RunConfig:
        config = run_config(
            {
                "name": task,
                "task": task,
                "network": {"width": 4},
                "data": {"pairs": ["CT-MRI", "PET-MRI"], "crop": 16, "flips": True},
                "loss": {"gradient": 0.5, "perceptual": 0.5},
                "training": {
                    "steps": 12,
                    "batch": 2,
                    "rate": 1e-3,
                    "schedule": "cosine",
                    "validate_every": 4,
                    "checkpoint_every": 3,
                },
            },
            "The recipe",
        )
        return replace(config, training=replace(config.training, **training))

    return make
