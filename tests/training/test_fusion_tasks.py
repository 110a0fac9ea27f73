import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from fusionviewer.fusion import mfinet, mopa
from fusionviewer.fusion.mopa_decoupling import MopaInTraining
from fusionviewer.fusion.otsu import otsu_masks
from fusionviewer.metrics.report import score_pair
from fusionviewer.paths import resources
from training import datasets, fusion_tasks, loop
from training.config import RunConfig, read_config
from training.datasets import Pair
from training.errors import ConfigError
from training.fusion_tasks import build_mopa, fused_levels, fusion_scores, shipped_mopa
from training.trainer import rate_at

Recipe = Callable[..., RunConfig]
RECIPES = sorted((Path(datasets.__file__).parent / "configs").glob("m*.toml"))
NARROW = {"mfinet": {"width": 4}, "mopa": {"width": 4}}


def pair(seed: int = 0, size: int = 24) -> Pair:
    a, b = torch.rand(2, 1, size, size, generator=torch.Generator().manual_seed(seed))
    return Pair("CT-MRI", str(seed), a, b)


class Brighter(torch.nn.Module):
    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        return torch.maximum(a, b) + 0.01


def test_scores_are_those_of_saved_pictures_with_black_kept_black() -> None:
    sample = datasets.stacked([pair()])[0]
    sample.pixels[:, :8] = 0
    a, b = (np.rint(x.numpy() * 255) for x in sample.pixels)
    fused = np.rint((np.maximum(*sample.pixels.numpy()) + 0.01).clip(0, 1) * 255)
    fused[:8] = 0
    expected = score_pair(a, b, fused, ("sf", "qabf"))
    scores = fusion_scores(Brighter(), [sample])
    assert scores["CT-MRI sf"] == pytest.approx(expected["sf"].value)
    assert scores["qabf"] == pytest.approx(expected["qabf"].value)


def test_levels_are_rounded_and_kept_within_a_byte() -> None:
    fused = torch.tensor([0.5, 1.7, -1.0, 0.9]).view(1, 1, 1, 4)
    a = torch.tensor([0.1, 0.0, 0.2, 0.0]).view(1, 1, 1, 4)
    b = torch.tensor([0.0, 0.3, 0.2, 0.0]).view(1, 1, 1, 4)
    assert fused_levels(fused, a, b).tolist() == [[128, 255, 0, 0]]


def test_masks_are_those_of_the_whole_image() -> None:
    sample = datasets.masked([pair()])[0]
    assert sample.pixels.shape == (4, 24, 24)
    for image, mask in zip(sample.pixels[:2], sample.pixels[2:], strict=True):
        torch.testing.assert_close(mask, otsu_masks(image[None, None])[0, 0])


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_recipe_builds_its_network_and_its_loss(path: Path) -> None:
    config = read_config(path)
    network = loop.build_network(config).train()
    channels = {"pairs": 2, "masked pairs": 4}[loop.task_of(config).reads]
    total, parts = loop.task_of(config).make_step(config)(network, torch.rand(1, channels, 16, 16))
    weights = [config.loss.get(name, 0.0) for name in parts]
    expected = sum(
        float(w) * float(p.detach()) for w, p in zip(weights, parts.values(), strict=True)
    )
    assert float(total.detach()) == pytest.approx(expected, rel=1e-5)
    assert math.isfinite(expected)


@pytest.mark.parametrize("task", NARROW)
def test_a_run_learns_and_ends_with_scores(task: str, recipe: Recipe, tmp_path: Path) -> None:
    reads = datasets.AS_READ[loop.TASKS[task].reads]
    samples = reads([pair(seed) for seed in range(2)])
    config = replace(recipe(task, steps=3, validate_every=3), network=NARROW[task], loss={})
    seen: list[loop.Report] = []
    loop.train(config, tmp_path, samples, samples, tell=seen.append)
    assert len(seen) == 3
    assert {"CT-MRI sf", "CT-MRI scd", "qabf"} <= set(seen[-1].scores)


def test_what_ships_of_mopa_is_the_part_that_fuses() -> None:
    network = build_mopa({"width": 4, "feedback": "off"})
    assert isinstance(network, MopaInTraining)
    assert shipped_mopa(network) is network.fusion
    assert shipped_mopa(network.fusion) is network.fusion


def test_the_rate_goes_down_stairs() -> None:
    recipe = read_config(next(p for p in RECIPES if p.stem == "mfinet"))
    training = recipe.lasting(160).training  # as many pairs as the paper has
    assert training.steps == 4000
    rates = [rate_at(step, training) for step in (0, 199, 200, 399, 400)]
    assert rates == pytest.approx([2e-4, 2e-4, 1.9e-4, 1.9e-4, 1.805e-4])


@pytest.mark.parametrize(
    ("step", "wrong"),
    [
        (fusion_tasks.mfinet_step, {"norm": "cubic"}),
        (fusion_tasks.mopa_step, {"kernel": "prewitt"}),
        (fusion_tasks.mopa_step, {"beta": 1.0}),
    ],
)
def test_refuses_losses_that_there_are_not(
    step: Callable[[RunConfig], object], wrong: dict[str, object], recipe: Recipe
) -> None:
    with pytest.raises(ConfigError, match=str(next(iter(wrong.values()))) + "|beta"):
        step(replace(recipe(), loss=wrong))


@pytest.mark.parametrize("name", ["mfinet", "mopa"])
class TestShippedWeights:
    @pytest.fixture(autouse=True)
    def _shipped(self, name: str) -> None:
        if not (resources() / "weights" / f"{name}.json").exists():
            pytest.skip(f"the weights of {name} are not here")

    @pytest.mark.parametrize("size", [(64, 48), (37, 51)])
    def test_both_backends_agree(self, name: str, size: tuple[int, int]) -> None:
        from fusionviewer.fusion.runtime import Runtimes

        a, b = np.random.default_rng(0).random((2, *size)).astype(np.float32)
        answers = [
            Runtimes(backend=kind).get(name).fused(a, b, "")[0] for kind in ("torch", "onnx")
        ]
        np.testing.assert_allclose(answers[0], answers[1], atol=1e-4)


def test_networks_built_from_a_recipe_are_those_that_the_viewer_builds() -> None:
    for build, module in ((mfinet.build, mfinet), (build_mopa, mopa)):
        mine = fusion_tasks.shipped_mopa(build({"width": 4})).state_dict()
        theirs = module.build({"width": 4}).state_dict()
        assert {k: v.shape for k, v in mine.items()} == {k: v.shape for k, v in theirs.items()}
