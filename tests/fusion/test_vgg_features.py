"""Features of the first VGG-19 layer, as torch computes them, from a file or from chance."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from fusionviewer.errors import WeightsError
from fusionviewer.fusion.rules import RULES
from fusionviewer.fusion.vgg_features import features_from, random_features
from fusionviewer.fusion.zero_learning import zero_learning_fusion


def layer(
    shape: tuple[int, ...] = (64, 3, 3, 3), fill: float | None = None
) -> dict[str, np.ndarray]:
    weight = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    if fill is not None:
        weight[...] = fill
    return {"features.0.weight": weight, "features.0.bias": np.linspace(-1, 1, 64, dtype="f")}


def test_a_file_gives_what_torch_computes_from_the_plane_as_three_colours(tmp_path: Path) -> None:
    save_file(layer(), tmp_path / "vgg19.safetensors")
    plane = np.random.default_rng(1).normal(size=(9, 13))
    weight, bias = (torch.from_numpy(x).double() for x in layer().values())
    colours = torch.from_numpy(plane).expand(1, 3, 9, 13)
    expected = torch.conv2d(colours, weight, bias, padding=1).relu()[0]
    found = features_from(tmp_path / "vgg19.safetensors")(plane)
    np.testing.assert_allclose(found, expected.numpy(), atol=1e-12)


def test_random_features_are_the_same_for_the_same_seed() -> None:
    plane = np.random.default_rng(1).normal(size=(6, 7))
    assert np.array_equal(random_features(3)(plane), random_features(3)(plane))
    assert not np.array_equal(random_features(3)(plane), random_features(4)(plane))


def test_the_rule_takes_either_and_they_differ() -> None:
    a, b = np.random.default_rng(0).random((2, 40, 44), dtype=np.float32)
    rule = RULES["zero-learning-edges"]
    edges, chance = (rule.fuse(a, b, features=name)[0] for name in ("edges", "random"))
    assert np.array_equal(edges, rule.fuse(a, b)[0])
    assert 0.001 < np.abs(edges - chance).max() < 0.5
    by_hand = zero_learning_fusion(a.astype(float), b.astype(float), random_features())[0]
    np.testing.assert_allclose(chance, by_hand.clip(0, 1), atol=1e-6)


@pytest.mark.parametrize(
    ("tensors", "said"),
    [
        ({"features.1.weight": np.zeros(3, "f")}, "has no “features.0”"),
        (layer((64, 1, 3, 3)), "is not that of VGG-19"),
        (layer(fill=float("nan")), "not numbers"),
        (None, "could not be read as safetensors"),
    ],
)
def test_a_file_that_is_something_else_is_refused(
    tmp_path: Path, tensors: dict[str, np.ndarray] | None, said: str
) -> None:
    path = tmp_path / "vgg.safetensors"
    if tensors is None:
        path.write_bytes(b"no tensors")
    else:
        save_file(tensors, path)
    with pytest.raises(WeightsError, match=said):
        features_from(path)
