"""A reader scrolls a fused volume whose brightness jumps, and asks for one weight in all slices."""

from pathlib import Path

import nibabel
import numpy as np
import pytest


@pytest.fixture
def volumes(tmp_path: Path) -> list[Path]:
    """Two volumes of four slices, in which the stronger source changes from slice to slice."""
    paths = []
    for name, seed in (("CT", 1), ("MR", 2)):
        random = np.random.default_rng(seed)
        strength = random.uniform(0.2, 1, 4)
        voxels = (random.uniform(0, 900, (48, 40, 4)) * strength).astype(np.int16)
        paths.append(tmp_path / f"{name}.nii")
        nibabel.save(nibabel.Nifti1Image(voxels, np.diag([1.0, 1, 3, 1])), paths[-1])
    return paths


def weights(viewer) -> list[float]:  # type: ignore[no-untyped-def]
    """The weight of the first image in each slice, scrolled from the first to the last."""
    found = []
    viewer.wheel("A", -9)
    for _ in range(4):
        share = viewer.window.feed.status.fused.share_of_a
        found.append(round(float(share.mean()), 6))
        viewer.wheel("A", 1)
    return found


def test_one_weight_for_all_slices_and_back(viewer, volumes: list[Path]) -> None:
    viewer.drop(*volumes)
    viewer.choose_method("EH-DRAN")
    viewer.choose_strategy("SFNN-max")
    command = viewer.window.actions_by_name["one-weight"]
    assert command.isEnabled()
    apart = weights(viewer)
    assert len(set(apart)) == 4

    command.trigger()
    viewer.wait_until_still()
    together = weights(viewer)
    assert len(set(together)) == 1
    assert min(apart) <= together[0] <= max(apart)
    assert command.isChecked()

    command.trigger()
    viewer.wait_until_still()
    assert weights(viewer) == apart

    viewer.choose_strategy("L1 activity")
    assert not command.isEnabled()
