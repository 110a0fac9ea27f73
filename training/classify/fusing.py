"""Fuse the T2 and FLAIR slices of patients with EH-DRAN and SFNN-max, and keep them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from fusionviewer.fusion.dilran import Dilran
from fusionviewer.fusion.strategies import STRATEGIES
from fusionviewer.fusion.torch_backend import load_module
from fusionviewer.fusion.weights import read_card
from training import export, loop
from training.classify.settings import Settings
from training.classify.slices import Patient, Slices, store
from training.classify.split import Split
from training.config import DataConfig, RunConfig, Training
from training.datasets import Sample
from training.errors import RunError

AUTOENCODER = "eh-dran"
STRATEGY = "sfnn-max"
_AT_ONCE = 8  # slices; bounds the memory for their features


def fused_split(
    split: Split, settings: Settings, folder: Path, device: str, tell: Callable[[str], None]
) -> Split:
    """`split` with fused slices; the network and the slices are kept in `folder`.

    Raises:
        WeightsError: the shipped weights are missing or altered.
        RunError: training the network failed, or there is no such run.
    """
    network = fusion_network(split, settings, folder / "fusion", device, tell).to(device).eval()
    kept = folder / "fused"
    kept.mkdir(parents=True, exist_ok=True)

    def with_fused(patients: Sequence[Patient]) -> list[Patient]:
        return [replace(p, fused=_kept(p, network, kept / f"{p.name}.npz")) for p in patients]

    tell(f"fusing with {STRATEGY}")
    return Split(with_fused(split.train), with_fused(split.validation), with_fused(split.test))


def fusion_network(
    split: Split, settings: Settings, folder: Path, device: str, tell: Callable[[str], None]
) -> nn.Module:
    """EH-DRAN as `settings.fusion` says; trained, it has seen the training patients only."""
    if settings.fusion == "shipped":
        return load_module(read_card(AUTOENCODER))
    if settings.fusion != "train":
        return _of_run(Path(settings.fusion))
    samples = _samples(split.train)

    def show(report: loop.Report) -> None:
        if report.scores:
            psnr = report.scores["PSNR"]
            tell(f"EH-DRAN step {report.step}/{report.steps}  PSNR {psnr:.1f} dB")

    recipe = fusion_recipe(len(samples), settings)
    watched = _samples(split.validation)
    return loop.train(recipe, folder, samples, watched, device=device, resume=True, tell=show)


def _of_run(folder: Path) -> nn.Module:
    config, _progress, network = export.trained_network(folder)
    if not isinstance(network, Dilran):
        raise RunError(f"“{folder.name}” is a run of {config.task}, not of an auto-encoder.", "")
    return network


def fusion_recipe(images: int, settings: Settings) -> RunConfig:
    """The paper's: 25 epochs of Adam at 1e-4 in batches of 4, without a schedule."""
    steps = max(images // 4, 1)  # of an epoch
    return RunConfig(
        name="eh-dran-t2-flair",
        task=AUTOENCODER,
        training=Training(
            steps=steps * settings.fusion_epochs,
            batch=4,
            rate=1e-4,
            validate_every=steps,
            checkpoint_every=steps,
            keep="last",
        ),
        data=DataConfig(root="", pairs=("T2-FLAIR",)),
        seed=settings.seed,
        network={"norm": "separate", "width": settings.fusion_width},
        loss={"gradient": 0.5, "perceptual": 0.5, "extractor": "bank"},
        notes=("not the published loss: a filter bank stands in for VGG features",),
    )


@torch.inference_mode()
def fused(network: nn.Module, t2: Slices, flair: Slices) -> Slices:
    """The fused slices (N, S, S) within 0…1, exactly 0 where both sources are.

    A decoder's biases would paint the background otherwise.
    """
    device = next(network.parameters()).device
    parts = [
        _fused(network, _batch(a).to(device), _batch(b).to(device)).cpu().numpy()[:, 0]
        for a, b in zip(_chunks(t2), _chunks(flair), strict=True)
    ]
    return np.concatenate(parts) * ((t2 > 0) | (flair > 0))


def _fused(network: nn.Module, a: Tensor, b: Tensor) -> Tensor:
    fa, fb = network.encode(a), network.encode(b)  # type: ignore[operator]
    merged = STRATEGIES[STRATEGY].merge(fa, fb)
    return network.decode(merged).clamp(0, 1)  # type: ignore[no-any-return, operator]


def _kept(patient: Patient, network: nn.Module, path: Path) -> Slices:
    if not path.exists():
        store(path, fused=fused(network, patient.t2, patient.flair))
    with np.load(path) as arrays:
        slices: Slices = arrays["fused"]
    return slices


def _samples(patients: Sequence[Patient]) -> list[Sample]:
    return [
        Sample(kind, patient.name, torch.from_numpy(pixels)[None])
        for patient in patients
        for kind, slices in (("T2", patient.t2), ("FLAIR", patient.flair))
        for pixels in slices
    ]


def _chunks(slices: Slices) -> list[Slices]:
    return [slices[i : i + _AT_ONCE] for i in range(0, len(slices), _AT_ONCE)]


def _batch(slices: Slices) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(slices))[:, None]  # N 1 S S
