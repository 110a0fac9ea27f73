"""Features of the first layers of VGG-19, as torch computes them, from a file or from chance."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from fusionviewer.errors import WeightsError
from fusionviewer.fusion.rules import RULES
from fusionviewer.fusion.vgg_features import (
    DEEP,
    FILE,
    deep_features_from,
    features_from,
    random_features,
)
from fusionviewer.fusion.zero_learning import zero_learning_fusion
from fusionviewer.paths import own_weights_folder


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the user's own weights belong."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    own_weights_folder().mkdir(parents=True)
    return own_weights_folder()


def four_layers() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(5)
    found = {}
    for n, shape in DEEP.items():
        found[f"features.{n}.weight"] = rng.normal(0, 0.05, shape).astype(np.float32)
        found[f"features.{n}.bias"] = rng.normal(0, 0.1, shape[0]).astype(np.float32)
    return found


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
    np.testing.assert_allclose(found, expected.numpy(), atol=1e-5)


@pytest.mark.parametrize("shape", [(12, 18), (9, 13), (1, 1)])
def test_deeper_layers_are_those_of_torch_and_see_half_as_much(
    tmp_path: Path, shape: tuple[int, int]
) -> None:
    tensors = four_layers()
    save_file(tensors, tmp_path / FILE)
    plane = np.random.default_rng(1).normal(size=shape)
    maps, expected = torch.from_numpy(plane).expand(1, 3, *shape), {}
    for n in DEEP:
        weight, bias = (
            torch.from_numpy(tensors[f"features.{n}.{part}"]).double()
            for part in ("weight", "bias")
        )
        if n == 5:
            maps = torch.max_pool2d(maps, 2, ceil_mode=True)
        maps = torch.conv2d(maps, weight, bias, padding=1).relu()
        expected[n + 1] = maps[0].numpy()
    found = [features(plane) for features in deep_features_from(tmp_path / FILE)]
    for one, relu in zip(found, (1, 3, 8), strict=True):
        np.testing.assert_allclose(one, expected[relu], atol=1e-5)
    assert found[2].shape == (128, (shape[0] + 1) // 2, (shape[1] + 1) // 2)


def test_the_users_own_file_weighs_the_detail_by_one_layer_or_three(own_folder: Path) -> None:
    save_file(four_layers(), own_folder / FILE)
    a, b = np.random.default_rng(0).random((2, 41, 44), dtype=np.float32)
    rule = RULES["zero-learning-edges"]
    one, three = (rule.fuse(a, b, features=name)[0] for name in ("vgg19", "vgg19-deep"))
    doubles = a.astype(float), b.astype(float)
    path = own_folder / FILE
    by_hand = zero_learning_fusion(*doubles, features_from(path))[0]
    np.testing.assert_allclose(one, by_hand.clip(0, 1), atol=1e-6)
    layers = [zero_learning_fusion(*doubles, layer)[0] for layer in deep_features_from(path)]
    np.testing.assert_allclose(three, np.max(layers, axis=0).clip(0, 1), atol=1e-6)
    assert np.abs(one - three).max() > 0.001


def test_without_the_file_it_is_said_where_it_belongs(own_folder: Path) -> None:
    flat = np.full((8, 8), 0.5, np.float32)
    with pytest.raises(WeightsError, match=r"no “vgg19\.safetensors”") as caught:
        RULES["zero-learning-edges"].fuse(flat, flat, features="vgg19")
    assert str(own_folder) in caught.value.hint


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
        (layer((64, 1, 3, 3)), "is not that of a VGG-19"),
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
