import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from fusionviewer.errors import WeightsError
from fusionviewer.fusion.learned import LearnedConfig, LearnedShare, build
from fusionviewer.fusion.learned_strategy import LEARNED, learned_card
from fusionviewer.fusion.methods import NETWORKS, SELECTABLE
from fusionviewer.fusion.runtime import Runtimes
from fusionviewer.fusion.weights import read_card
from fusionviewer.paths import resources
from training.export import write_card, write_weights


def features(seed: int, batch: int = 1, size: tuple[int, int] = (12, 10)) -> Tensor:
    return torch.randn(batch, 64, *size, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(scope="module")
def network() -> LearnedShare:
    torch.manual_seed(0)
    return build().eval().requires_grad_(False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped auto-encoder, and untrained weights of the strategy that go with it."""
    target = tmp_path_factory.mktemp("weights")
    card = read_card("eh-dran")
    for name in ("eh-dran.json", *card.files):
        shutil.copy(card.folder / name, target)
    torch.manual_seed(1)
    options = {"width": 16, "autoencoder_sha256": card.sha256}
    files = write_weights(build(options), "learned", target, "share")
    write_card({"config": options}, files, target / "learned.json")
    return target


def test_it_is_as_small_as_it_says(network: LearnedShare) -> None:
    assert sum(p.numel() for p in network.parameters()) == 10_321


@given(st.integers(0, 1000), st.integers(1, 2), st.tuples(st.integers(1, 9), st.integers(1, 9)))
def test_exchanged_sources_get_exchanged_shares(
    seed: int, batch: int, size: tuple[int, int]
) -> None:
    torch.manual_seed(seed)
    network = build()
    a, b = features(seed, batch, size), 3 * features(seed + 1, batch, size)
    with torch.no_grad():
        share, other = network(a, b), network(b, a)
    assert share.shape == (batch, 1, *size)
    assert share.min() >= 0 and share.max() <= 1
    torch.testing.assert_close(share + other, torch.ones_like(share))


def test_equal_sources_count_a_half_each(network: LearnedShare) -> None:
    a = features(0)
    assert (network(a, a) == 0.5).all()


def test_a_pixel_is_judged_by_what_is_around_it(network: LearnedShare) -> None:
    a, b = features(0, size=(21, 21)), features(1, size=(21, 21))
    changed = a.clone()
    changed[..., 10, 10] += 5
    rows, columns = np.nonzero((network(a, b) != network(changed, b))[0, 0].numpy())
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (3, 17, 3, 17)


def test_unknown_options_are_refused() -> None:
    with pytest.raises(ValueError, match="depth"):
        build({"depth": 3})
    assert build({"width": 4}).config == LearnedConfig(width=4)


def test_it_is_offered_exactly_when_its_weights_are_there() -> None:
    offered = LEARNED.name in NETWORKS["eh-dran"].strategies
    assert offered == (resources() / "weights" / "learned.json").exists()
    assert offered == (LEARNED.name in SELECTABLE)
    if offered:
        assert learned_card(read_card("eh-dran")).config["features"] == 64


def test_both_backends_give_the_same_image(folder: Path) -> None:
    rng = np.random.default_rng(0)
    a, b = (rng.random((37, 50)).astype(np.float32) for _ in range(2))
    answers = [
        Runtimes(backend, "cpu", folder).get("eh-dran").fused(a, b, LEARNED.name)
        for backend in ("onnx", "torch")
    ]
    for one, other in zip(*answers, strict=True):
        assert one is not None and other is not None
        assert one.shape == (37, 50)
        np.testing.assert_allclose(one, other, atol=1e-4)
    share = answers[0][1]
    assert share is not None and 0 <= share.min() < share.max() <= 1


def test_weights_for_another_auto_encoder_are_refused(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "weights")
    other = tmp_path / "weights" / "learned.json"
    sha = read_card("eh-dran").sha256
    other.write_text(other.read_text().replace(f'sha256": "{sha}', 'sha256": "' + "0" * 64))
    with pytest.raises(WeightsError, match="trained for other weights of eh-dran"):
        learned_card(read_card("eh-dran", tmp_path / "weights"))


def test_missing_weights_are_named(folder: Path, tmp_path: Path) -> None:
    for file in folder.glob("eh-dran*"):
        shutil.copy(file, tmp_path)
    image = np.ones((8, 8), np.float32)
    with pytest.raises(WeightsError, match="weights of learned are missing"):
        Runtimes("onnx", folder=tmp_path).get("eh-dran").fused(image, image, LEARNED.name)
