from pathlib import Path

import nibabel
import numpy as np
import pytest
import torch

from training.batches import Batches
from training.config import DataConfig, RunConfig, Training
from training.datasets import Sample, stacked
from training.errors import DataError
from training.volumes import EVERY, registered_pairs


def volume(path: Path, seed: int, *, at_mm: float = 0.0) -> None:
    """Noise in 12 slices of 24×20, the first four empty."""
    values = np.random.default_rng(seed).uniform(10, 200, (20, 24, 12)).astype(np.float32)
    values[..., :4] = 0
    affine = np.diag([1.0, 1.0, 2.0, 1.0])
    affine[:3, 3] = at_mm
    nibabel.Nifti1Image(values, affine).to_filename(path)  # type: ignore[no-untyped-call]


def test_every_two_volumes_give_pairs_of_slices_that_show_something(tmp_path: Path) -> None:
    for seed, name in enumerate(("FLAIR", "T1", "T2")):
        volume(tmp_path / f"{name}.nii.gz", seed)
    (tmp_path / "README.md").write_text("not an image")
    found = registered_pairs(tmp_path)
    assert len(found) == 3 * 8 // EVERY
    assert {pair.pair for pair in found} == {"MRI-MRI"}
    assert len({pair.name for pair in found}) == len(found)
    for pair in found:
        for plane in (pair.first, pair.second):
            assert plane.shape[0] == 1
            assert 0 <= plane.min() < plane.max() <= 1


def test_volumes_that_make_no_pairs_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no folder"):
        registered_pairs(tmp_path / "nowhere")
    volume(tmp_path / "T1.nii.gz", 0)
    with pytest.raises(DataError, match="no two volumes"):
        registered_pairs(tmp_path)
    volume(tmp_path / "T2.nii.gz", 1, at_mm=1000.0)
    with pytest.raises(DataError, match="make no pairs"):
        registered_pairs(tmp_path)
    (tmp_path / "T2.nii.gz").write_bytes(b"cut")
    with pytest.raises(DataError, match="make no pairs"):
        registered_pairs(tmp_path)


def test_as_many_batches_come_from_volumes_as_asked(tmp_path: Path) -> None:
    for seed, name in enumerate(("T1", "T2")):
        volume(tmp_path / f"{name}.nii.gz", seed)
    pairs = [Sample("CT-MRI", str(i), torch.zeros(2, 24, 20)) for i in range(3)]
    samples = pairs + stacked(registered_pairs(tmp_path))
    data = DataConfig(
        pairs=("CT-MRI",), sampling="one kind", volumes=("dicom/x",), volume_share=0.25, crop=16
    )
    batches = Batches(samples, RunConfig("x", "clarus", Training(steps=1), data))
    kinds = [batches.at(step)[1] for step in range(400)]
    assert set(kinds) == {"CT-MRI", "MRI-MRI"}
    assert 0.18 < kinds.count("MRI-MRI") / 400 < 0.32
