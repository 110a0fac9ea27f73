"""TASKS: what can be trained, one entry each.

A task says how its network is built, what one training step minimises, and how a network is
judged. The loop knows nothing else about it. To add one: write the functions, add an entry,
and put a recipe with its name into configs/.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from fusionviewer.fusion import dilran, eh_dran, mfinet
from training import clarus_step, fusion_tasks, learned_step, losses
from training.config import RunConfig, section
from training.datasets import Sample
from training.errors import ConfigError
from training.perceptual import EXTRACTORS, WITH_FILE
from training.steps import Parts, Step

Scores = dict[str, float]


@dataclass(frozen=True)
class Task:
    """One kind of training.

    `build` takes the recipe's [network] section. `make_step` takes the whole recipe, checks
    its [loss] section, and gives the function that the loop calls with the network, in
    training mode, a batch (B, N, H, W) within 0…1 and its kind: N = 1 for `reads="images"`, N = 2 for
    `reads="pairs"`, in the order of the pair's name; N = 4 for `reads="masked pairs"`, which
    have the foregrounds of both images last. It runs under autocast, so losses are
    computed on `.float()`. `validate` gets the network in evaluation mode, without gradients,
    and whole images on the network's device; the score named `decides` (more is better)
    picks the weights to keep. `exported` is the part of the network that ships, and `graphs`
    says which ONNX graphs are made of it (see export.GRAPHS). `limits` are what the training
    images were like, for the card of a network that is to know when it meets others. `sides` are
    those of the images that its network and loss can be trained on: pixels at least, and a multiple
    of what.
    """

    reads: str
    build: Callable[[Mapping[str, object]], nn.Module]
    make_step: Callable[[RunConfig], Step]
    validate: Callable[[nn.Module, Sequence[Sample]], Scores]
    decides: str
    exported: Callable[[nn.Module], nn.Module] = lambda network: network
    graphs: str = "autoencoder"
    limits: Callable[[Sequence[Sample]], Mapping[str, tuple[float, float]]] | None = None
    sides: tuple[int, int] = (1, 1)


@dataclass(frozen=True)
class AutoencoderLoss:
    """The [loss] section of an auto-encoder's recipe."""

    gradient: float
    perceptual: float
    extractor: str = "bank"  # an entry of perceptual.EXTRACTORS
    extractor_file: str = ""  # weights, for an extractor that needs them


def autoencoder_step(config: RunConfig) -> Step:
    """Reconstruct an image: pixel + gradient + perceptual loss.

    Source: arXiv:2212.04661, equations 9 to 12; arXiv:2411.11799, section III.
    """
    weights = section(AutoencoderLoss, config.loss, "The section loss")
    if weights.extractor not in EXTRACTORS:
        raise ConfigError(
            f"There is no perceptual extractor “{weights.extractor}”; there are {', '.join(EXTRACTORS)}."
        )
    if weights.extractor in WITH_FILE and not weights.extractor_file:
        raise ConfigError(f"The extractor {weights.extractor} needs extractor_file, its weights.")
    perceptual = EXTRACTORS[weights.extractor](Path(weights.extractor_file))

    def step(network: nn.Module, batch: Tensor, _kind: str = "", /) -> tuple[Tensor, Parts]:
        y = network(batch).float()
        parts = {"pixel": losses.pixel(y, batch), "gradient": losses.gradient(y, batch)}
        total = parts["pixel"] + weights.gradient * parts["gradient"]
        if weights.perceptual:
            parts["perceptual"] = perceptual(y, batch)
            total = total + weights.perceptual * parts["perceptual"]
        return total, parts

    return step


def reconstruction_scores(network: nn.Module, samples: Sequence[Sample]) -> Scores:
    """Mean PSNR in dB of the clamped reconstruction, by modality and over modalities.

    An image is judged within 0…1; a perfect one (empty, say) counts as 100 dB.
    """
    values: dict[str, list[float]] = {}
    for sample in samples:
        y = network(sample.pixels[None]).clamp(0, 1)
        error = float(torch.mean((y[0] - sample.pixels).double() ** 2))
        psnr = 100.0 if error < 1e-10 else -10 * float(torch.log10(torch.tensor(error)))
        values.setdefault(f"PSNR {sample.kind}", []).append(psnr)
    scores = {name: sum(each) / len(each) for name, each in sorted(values.items())}
    return scores | {"PSNR": sum(scores.values()) / max(len(scores), 1)}


BANK_SIDES = (12, 1)  # the filter bank halves twice, and filters 3x3
SSIM_SIDES = (11, 1)

TASKS = {
    "dilran": Task(
        "images",
        dilran.build,
        autoencoder_step,
        reconstruction_scores,
        "PSNR",
        sides=BANK_SIDES,
    ),
    "eh-dran": Task(
        "images",
        eh_dran.build,
        autoencoder_step,
        reconstruction_scores,
        "PSNR",
        sides=BANK_SIDES,
    ),
    "mfinet": Task(
        "pairs",
        mfinet.build,
        fusion_tasks.mfinet_step,
        fusion_tasks.fusion_scores,
        "qabf",
        graphs="end-to-end",
        sides=SSIM_SIDES,
    ),
    "mopa": Task(
        "masked pairs",
        fusion_tasks.build_mopa,
        fusion_tasks.mopa_step,
        fusion_tasks.fusion_scores,
        "qabf",
        exported=fusion_tasks.shipped_mopa,
        graphs="end-to-end",
    ),
    "learned": Task(
        "pairs",
        learned_step.build,
        fusion_tasks.mfinet_step,
        learned_step.scores,
        "qabf",
        exported=learned_step.shipped,
        graphs="share",
        sides=SSIM_SIDES,
    ),
    "clarus": Task(
        "pairs",
        clarus_step.build,
        clarus_step.clarus_step,
        clarus_step.scores,
        "against maximum",
        exported=clarus_step.shipped,
        graphs="end-to-end",
        limits=clarus_step.limits,
        sides=(24, 4),  # may be halved on the way, and SSIM needs 11
    ),
}
