from pathlib import Path

import pytest

from fusionviewer.paths import resources
from training import datasets, reconstruct

WEIGHTS = resources() / "weights"


@pytest.mark.parametrize("name", ["dilran", "eh-dran"])
def test_shipped_weights_reconstruct_images_they_have_not_seen(name: str, data: Path) -> None:
    config = reconstruct.shipped_recipe(name, WEIGHTS)
    root = data / config.data.root
    splits = datasets.read_splits(root, config.data)
    few = {pair: {"test": parts["test"][9:10]} for pair, parts in splits.items()}
    unseen = datasets.images(datasets.read_pairs(root, few, "test"))
    scores = reconstruct.shipped_scores(name, WEIGHTS, unseen)
    assert {"PSNR CT", "PSNR MRI", "PSNR PET", "PSNR SPECT"} <= set(scores)
    assert min(scores.values()) >= 30
