"""Teach Clarus: by the scores that judge it, on pairs that were made harder."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fusionviewer.fusion import clarus
from fusionviewer.fusion.answers import CORRECTION
from fusionviewer.fusion.blocks import even_padded
from fusionviewer.fusion.limits import SIDE, Range, measured
from fusionviewer.metrics.report import score_pair
from training import clarus_safety
from training.clarus_scores import SCORES, spatial_frequency
from training.config import RunConfig, section
from training.datasets import Sample
from training.errors import ConfigError
from training.fusion_tasks import as_levels, fused_levels
from training.losses import SOBEL
from training.steps import Parts, Step

SLOW = {"fsim": 4}  # scores that take as long as all others: of every fourth pair only
WHITE = 0.98  # of CT: bone, in the window of a brain
BRIGHT, LIGHT = 0.35, 0.7  # of uptake that has to be seen, and how much of its brightness
HOT = 0.7  # of uptake that must not be missed
NEAR = 9  # pixels across which contrast is local
FUNCTIONAL = ("PET", "SPECT")  # kinds of pairs begin with these
JUDGED = ("ssim", "fsim", "mi", "fmi_edge", "sf", "scd", "vif", "qabf")


@dataclass(frozen=True)
class ClarusLoss:
    """The [loss] section of Clarus' recipe: what each score and each constraint counts.

    Attributes:
        gradient: to have the gradient of the steeper source, with its sign.
        brightness: to be as bright as the brighter source.
        decision: to take a pixel from one source, not from both.
        restraint: to need no correction.
        missing: to show structures that only one source has.
        steepness: the spatial frequency asked for, of that of the steeper source at each pixel.
        lost: to keep strong edges of these, which are then looked for in the image as it is shown.
        around: pixels across which that is asked for in the mean, odd; 1 asks for it at each pixel.
        places: where a structure may be planted, of which that is taken that hides it most.
        invented: to have no edge that neither source has.
        bone: to be as bright as the first image, a CT, where that is white.
        uptake: to be no darker than `LIGHT` of the first image, PET or SPECT, where that is bright.
        hot: the same where it is `HOT`, squared and in the mean over these pixels alone: a few small
            spots count as much as a large one.
        contrast: to have half of the local contrast of the second image, an MR.
        flicker: to change no more from slice to slice than a source does.
        phantoms: how many pairs of a batch are digital heads.
        clipped: to judge the image as it is shown, nowhere brighter than white.
        rough: chance of each change of `roughened` and `zoomed`, 0…1.
    """

    ssim: float = 1.0
    fsim: float = 1.0
    vif: float = 0.25
    qabf: float = 0.7
    mi: float = 0.1
    fmi: float = 0.0
    sf: float = 0.3
    steepness: float = 1.0
    scd: float = 0.15
    gradient: float = 0.5
    brightness: float = 0.2
    decision: float = 0.0
    restraint: float = 0.1
    missing: float = 1.0
    lost: float = 0.0
    around: int = 7
    places: int = 1
    invented: float = 20.0
    bone: float = 0.0
    uptake: float = 0.0
    hot: float = 0.0
    contrast: float = 0.0
    flicker: float = 0.0
    phantoms: int = 0
    clipped: bool = False
    rough: float = 0.15


class ClarusInTraining(nn.Module):
    """Two images (B, 1, H, W) to the fused one, as the program shows it."""

    def __init__(self, network: clarus.Clarus) -> None:
        super().__init__()
        self.network = network

    def forward(self, a: Tensor, b: Tensor, functional: bool = False) -> Tensor:
        height, width = a.shape[-2:]
        a, b = even_padded(a), even_padded(b)
        own = self.network.functional if functional else None
        answer = (self.network if own is None else own)(a, b)
        return clarus.fused(answer, a, b).clamp(0, 1)[..., :height, :width]


def build(options: Mapping[str, object]) -> ClarusInTraining:
    """The network for the [network] section of a recipe."""
    return ClarusInTraining(clarus.build(options))


def shipped(network: nn.Module) -> nn.Module:
    """The part that answers with a weight and a correction."""
    return network.network if isinstance(network, ClarusInTraining) else network


def clarus_step(config: RunConfig) -> Step:
    """Scores and constraints over pairs (B, 2, H, W).

    A section of [loss] with the name of a kind holds what is different for pairs of it; it needs
    `sampling = "one kind"`.
    """
    usual, of_kind = _weights(config)

    def step(network: nn.Module, batch: Tensor, kind: str = "", /) -> tuple[Tensor, Parts]:
        weights = of_kind.get(kind, usual)
        batch = clarus_safety.with_phantoms(batch, weights.phantoms, kind)
        batch = zoomed(batch, weights.rough)
        a, b = (roughened(x, weights.rough) for x in (batch[:, :1], batch[:, 1:]))
        answer = shipped(network)(a, b).float()
        counted = {name: weight for name, weight in asdict(weights).items() if weight}
        parts = terms(answer, a, b, counted)
        if weights.missing or weights.lost:
            hidden = _hidden(shipped(network), a, b, answer, weights)
            parts |= {name: part for name, part in hidden.items() if name in counted}
        if weights.flicker:
            height, width = a.shape[-2:]
            here, there = (x.to(a) for x in clarus_safety.neighbours(height, width, kind))
            parts["flicker"] = clarus_safety.flicker(
                _with_fused(shipped(network), here), _with_fused(shipped(network), there)
            )
        return sum(
            (counted[name] * part for name, part in parts.items()), batch.new_zeros(())
        ), parts

    return step


def _weights(config: RunConfig) -> tuple[ClarusLoss, dict[str, ClarusLoss]]:
    """The usual weights, and those of each kind that has its own.

    Raises:
        ConfigError: a key, type or kind that means nothing.
    """
    own = {kind: given for kind, given in config.loss.items() if isinstance(given, Mapping)}
    shared = {key: value for key, value in config.loss.items() if key not in own}
    usual = section(ClarusLoss, shared, "The section loss")
    if own and config.data.sampling != "one kind":
        raise ConfigError(
            "Loss weights for single kinds need batches of one kind.",
            'Set sampling = "one kind" in the section data.',
        )
    for kind in own:
        if kind not in config.data.pairs:
            raise ConfigError(f"The section loss names {kind}, which is not trained on.")
    return usual, {
        kind: section(ClarusLoss, {**shared, **given}, f"The section loss.{kind}")
        for kind, given in own.items()
    }


def _with_fused(network: nn.Module, pair: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Both sources of pairs (B, 2, H, W), and what is made of them as it is shown."""
    a, b = pair[:, :1], pair[:, 1:]
    return a, b, clarus.fused(network(a, b).float(), a, b).clamp(0, 1)


def _hidden(network: nn.Module, a: Tensor, b: Tensor, answer: Tensor, weights: ClarusLoss) -> Parts:
    """What of structures planted in the first source, in the second half of the batch, does not show.

    The network treats both sources alike, so one is enough; half the time they are exchanged.
    """
    n = len(a) // 2
    before = clarus.fused(answer, a, b)[n:]
    exchanged = float(torch.rand(())) < 0.5
    own, other = (b[n:], a[n:]) if exchanged else (a[n:], b[n:])
    changed, change = clarus_safety.planted(own, other, weights.places)
    after = clarus.fused(network(changed, other).float(), changed, other)
    if weights.lost:
        before, after = before.clamp(0, 1), after.clamp(0, 1)
    return {
        "missing": clarus_safety.missing(before, after, change, weights.around),
        "lost": clarus_safety.lost(changed, other, after),
    }


def terms(answer: Tensor, a: Tensor, b: Tensor, counted: Mapping[str, float]) -> Parts:
    """What of `counted` is wrong with an answer (B, 2, H, W): smaller is better."""
    mixed = clarus.fused(answer, a, b)
    shown = mixed.clamp(0, 1)
    fused = shown if counted.get("clipped") else mixed
    weight, correction = answer[:, :1], answer[:, 1:]
    constraints: dict[str, Callable[[], Tensor]] = {
        "gradient": lambda: (_slopes(fused) - steepest(a, b)).abs().mean(),
        "brightness": lambda: (fused - torch.maximum(a, b)).abs().mean(),
        "invented": lambda: clarus_safety.invented(a, b, fused),
        "bone": lambda: _darkened(a, fused),
        "uptake": lambda: _dimmed(a, fused),
        "hot": lambda: _gone_dark(a, fused),
        "contrast": lambda: _flattened(b, fused),
        "decision": lambda: (weight * (1 - weight) * (a - b).abs()).mean() * 4,
        "restraint": lambda: (
            correction.abs().mean() / CORRECTION + (mixed - shown).abs().mean() * 10
        ),
    }
    parts = {}
    scores = SCORES | {"sf": partial(spatial_frequency, wanted=counted.get("steepness", 1.0))}
    for name, score in scores.items():
        if name in counted:
            n = max(len(a) // SLOW.get(name, 1), 1)
            parts[name] = -score(a[:n], b[:n], fused[:n]).mean()
    return parts | {name: term() for name, term in constraints.items() if name in counted}


def _darkened(x: Tensor, fused: Tensor) -> Tensor:
    """How much darker the fused image is where `x` is white: a scalar."""
    return ((x - fused).clamp(min=0) * (x >= WHITE)).mean()


def _dimmed(x: Tensor, fused: Tensor) -> Tensor:
    """How much darker than `LIGHT` of `x` the fused image is where `x` is bright: a scalar."""
    return ((LIGHT * x - fused).clamp(min=0) * (x >= BRIGHT).to(x)).mean()


def _gone_dark(x: Tensor, fused: Tensor) -> Tensor:
    """The mean square of how much darker than `LIGHT` of `x` the fused image is where `x` is hot."""
    hot = (x >= HOT).to(x)
    short = (LIGHT * x - fused).clamp(min=0)
    return (short.square() * hot).sum() / hot.sum().clamp(min=1)


def _flattened(x: Tensor, fused: Tensor) -> Tensor:
    """How much of half the local contrast of `x` the fused image lacks: a scalar.

    The contrast is the standard deviation over `NEAR` pixels, and what is carried of it the
    covariance over it.
    """

    def around(image: Tensor) -> Tensor:
        return F.avg_pool2d(image, NEAR, 1, NEAR // 2, count_include_pad=False)

    mean_x, mean_f = around(x), around(fused)
    contrast = (around(x * x) - mean_x**2).clamp(min=0).add(1e-6).sqrt()
    carried = (around(x * fused) - mean_x * mean_f) / contrast
    return (0.5 * contrast - carried).clamp(min=0).mean()


def steepest(a: Tensor, b: Tensor) -> Tensor:
    """At each pixel the Sobel gradient of the source that has more, (B, 2, H, W)."""
    of_a, of_b = _slopes(a), _slopes(b)
    a_leads = of_a.square().sum(1, keepdim=True) >= of_b.square().sum(1, keepdim=True)
    return torch.where(a_leads, of_a, of_b)


def _slopes(x: Tensor) -> Tensor:
    return F.conv2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), SOBEL.to(x)) / 4


def zoomed(pairs: Tensor, share: float) -> Tensor:
    """Sometimes twice or half as large, as of 512x512 or 128x128 pixels: (B, 2, H, W) → the same
    or (B, 2, H/2, W/2)."""
    if float(torch.rand(())) >= share:
        return pairs
    if float(torch.rand(())) < 0.5:
        return F.avg_pool2d(pairs, 2)
    height, width = (n // 2 for n in pairs.shape[-2:])
    return F.interpolate(pairs[..., :height, :width], scale_factor=2, mode="bilinear")


def roughened(images: Tensor, share: float) -> Tensor:
    """Some of (B, 1, H, W) as a worse day would give them; black stays black.

    Each with a chance of `share`: another window or gamma, noise, moved by up to two pixels,
    inverted inside the head, half of it missing.
    """
    if not share:
        return images
    return torch.stack([_rough(image, share) for image in images])


def _rough(image: Tensor, share: float) -> Tensor:
    def chance(part: float = 1.0) -> bool:
        return float(torch.rand(())) < share * part

    empty = image == 0
    if chance():
        image = image ** float(torch.empty(()).uniform_(0.6, 1.6))
    if chance():
        image = (image * float(torch.empty(()).uniform_(0.5, 1.3))).clamp(0, 1)
    if chance(0.2):
        image = 1 - image
    if chance(0.5):
        image = (image + torch.randn_like(image) * float(torch.rand(()) * 0.05)).clamp(0, 1)
    image = image.masked_fill(empty, 0)
    if chance():
        moves = [int(n) for n in torch.randint(-2, 3, (2,))]
        image = torch.roll(image, moves, dims=(-2, -1))
    if chance(0.2):
        image = image.clone()
        image[..., : image.shape[-1] // 2] = 0
    return image


def limits(samples: Sequence[Sample]) -> dict[str, Range]:
    """What the training pairs were like; sizes from 128 to 512 pixels by `zoomed`."""
    planes = [sample.pixels.numpy() for sample in samples]
    return measured([(a, b) for a, b in planes]) | {SIDE: (7.0, 9.0)}


def scores(network: nn.Module, samples: Sequence[Sample]) -> dict[str, float]:
    """Means of the `JUDGED` scores by pair of modalities, and all of them against maximum.

    “against maximum” is the mean over kinds and scores of score / score of the maximum.
    """
    whole = network if isinstance(network, ClarusInTraining) else ClarusInTraining(network)  # type: ignore[arg-type]
    values: dict[str, list[float]] = {}
    for sample in samples:
        a, b = sample.pixels[:, None, None]  # 1 1 H W each
        level_a, level_b = as_levels(a), as_levels(b)
        functional = sample.kind.startswith(FUNCTIONAL)
        for who, fused in (("", whole(a, b, functional)), ("max ", torch.maximum(a, b))):
            found = score_pair(level_a, level_b, fused_levels(fused, a, b), JUDGED)
            for name, score in found.items():
                if score.value is not None:
                    values.setdefault(f"{who}{sample.kind} {name}", []).append(score.value)
    means = {name: float(np.mean(each)) for name, each in sorted(values.items())}
    own = {name: mean for name, mean in means.items() if not name.startswith("max ")}
    both = [name for name in own if f"max {name}" in means]  # a score may be undefined for one
    ratios = [own[name] / means[f"max {name}"] for name in both]
    return own | {"against maximum": float(np.mean(ratios)) if ratios else 0.0}
