from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from fusionviewer.errors import UnreadableFile
from training.perceptual import DEEP, EXTRACTORS, PLAIN, Kind, random_vgg, vgg_from


def torchvision_layout() -> dict[str, torch.Tensor]:
    """The tensors of a vgg16_bn file, as far as they are used, and some that are not."""
    tensors = {name: tensor * 0.9 for name, tensor in random_vgg().state_dict().items()}
    assert {"features.0.weight", "features.1.running_var", "features.21.bias"} <= set(tensors)
    return tensors | {"features.24.weight": torch.zeros(4), "classifier.0.bias": torch.zeros(9)}


def test_the_three_taps_are_those_of_the_published_code() -> None:
    """torchvision's indices 4 and 11, after the ReLU that follows, and 21."""
    vgg, x = random_vgg(), torch.rand(1, 1, 16, 16)
    layers, taps = list(vgg.features), list(vgg.taps(x))
    rgb = x.repeat(1, 3, 1, 1)
    for tap, last in zip(taps, (5, 12, 21), strict=True):
        torch.testing.assert_close(tap, nn.Sequential(*layers[: last + 1])(rgb))
    assert [tap.shape[1:] for tap in taps] == [(64, 16, 16), (128, 8, 8), (256, 4, 4)]
    assert taps[0].min() == taps[1].min() == 0 > taps[2].min()


def test_the_plain_network_is_compared_after_each_block_and_the_deep_one_at_its_end() -> None:
    """torchvision's indices 3, 8 and 14, the last before its ReLU; and 22."""
    x = torch.rand(1, 1, 16, 16)
    rgb = x.repeat(1, 3, 1, 1)
    plain, deep = random_vgg(PLAIN), random_vgg(DEEP)
    for vgg, ends in ((plain, (3, 8, 14)), (deep, (22,))):
        for tap, last in zip(vgg.taps(x), ends, strict=True):
            torch.testing.assert_close(tap, vgg.features[: last + 1](rgb))
    assert not any(isinstance(layer, nn.BatchNorm2d) for layer in plain.features)
    assert isinstance(deep.features[22], nn.ReLU)
    assert {name for name in deep.state_dict() if name.endswith("weight")} == {
        f"features.{i}.weight" for i in (0, 2, 5, 7, 10, 12, 14, 17, 19, 21)
    }


@pytest.mark.parametrize(("name", "kind"), [("vgg16", PLAIN), ("vgg16-deep", DEEP)])
def test_the_plain_network_is_read_and_the_normed_one_is_not_taken_for_it(
    tmp_path: Path, name: str, kind: Kind
) -> None:
    save_file(random_vgg(kind).state_dict(), tmp_path / "vgg.safetensors")
    y, x = torch.rand(2, 1, 1, 12, 12)
    loss = EXTRACTORS[name](tmp_path / "vgg.safetensors")
    assert loss(y, x).item() == random_vgg(kind)(y, x).item() > 0
    assert loss(y, y) == 0
    torch.save(torchvision_layout(), tmp_path / "bn.pth")
    with pytest.raises(UnreadableFile, match=r"has no features.2.weight, so it is not VGG16"):
        EXTRACTORS[name](tmp_path / "bn.pth")


def test_weights_come_from_either_kind_of_file(tmp_path: Path) -> None:
    tensors = torchvision_layout()
    torch.save(tensors, tmp_path / "vgg.pth")
    save_file(tensors, tmp_path / "vgg.safetensors")
    y, x = torch.rand(2, 1, 1, 12, 12)
    files = [tmp_path / "vgg.pth", tmp_path / "vgg.safetensors"]
    values = {EXTRACTORS["vgg16-bn"](file)(y, x).item() for file in files}
    assert len(values) == 1
    assert values != {random_vgg()(y, x).item()}


def test_a_file_of_another_network_is_refused(tmp_path: Path) -> None:
    tensors = torchvision_layout()
    del tensors["features.21.bias"]
    torch.save(tensors, tmp_path / "vgg.pth")
    with pytest.raises(UnreadableFile, match=r"has no features.21.bias"):
        vgg_from(tmp_path / "vgg.pth")
    for content in (b"", b"not tensors"):
        (tmp_path / "vgg.pth").write_bytes(content)
        with pytest.raises(UnreadableFile, match="does not hold weights"):
            vgg_from(tmp_path / "vgg.pth")


def test_the_yardstick_never_changes() -> None:
    vgg = random_vgg().train()
    before = {name: tensor.clone() for name, tensor in vgg.state_dict().items()}
    y = torch.rand(2, 1, 8, 8, requires_grad=True)
    vgg(y, torch.rand(2, 1, 8, 8)).backward()
    assert y.grad is not None and y.grad.abs().sum() > 0
    assert all(torch.equal(tensor, before[name]) for name, tensor in vgg.state_dict().items())
    assert all(p.grad is None for p in vgg.parameters())
