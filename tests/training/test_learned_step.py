from pathlib import Path

import pytest
import torch
from torch import Tensor

from training import learned_step, loop
from training.config import DataConfig, RunConfig, Training, read_config
from training.datasets import Sample
from training.errors import RunError
from training.learned_step import LearnedFusion

CONFIGS = Path(learned_step.__file__).parent / "configs"


def disc(row: int, column: int, size: int = 32) -> Tensor:
    rows, columns = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    return ((rows - row) ** 2 + (columns - column) ** 2 < 49).float()[None]


@pytest.fixture
def network() -> LearnedFusion:
    torch.manual_seed(0)
    return learned_step.build({"width": 8})


def test_only_the_weighing_learns(network: LearnedFusion) -> None:
    before = {k: v.clone() for k, v in network.autoencoder.state_dict().items()}
    config = RunConfig(
        "learned",
        "learned",
        Training(steps=3, batch=1, validate_every=0, rate=1e-2),
        DataConfig(),
    )
    step = loop.task_of(config).make_step(config)
    optimiser = torch.optim.Adam((p for p in network.parameters() if p.requires_grad), lr=1e-2)
    shares = {k: v.clone() for k, v in network.share.state_dict().items()}
    for _ in range(2):
        network.train()
        loss, _parts = step(network, torch.stack((disc(10, 10), disc(20, 20)), dim=1))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert all(torch.equal(v, before[k]) for k, v in network.autoencoder.state_dict().items())
    assert not all(torch.equal(v, shares[k]) for k, v in network.share.state_dict().items())
    assert learned_step.shipped(network) is network.share


def test_it_learns_to_show_both_sources(tmp_path: Path) -> None:
    recipe = RunConfig(
        "learned",
        "learned",
        Training(steps=25, batch=1, rate=1e-2, validate_every=0, checkpoint_every=25),
        DataConfig(pairs=("CT-MRI",)),
        network={"width": 8},
    )
    a, b = disc(10, 10), disc(20, 22)
    network = loop.train(recipe, tmp_path, [Sample("CT-MRI", "1", torch.cat((a, b)))], [])
    untrained = loop.build_network(recipe).eval()
    with torch.no_grad():
        errors = [
            float((n.eval()(a[None], b[None]) - torch.maximum(a, b)).square().mean())
            for n in (network, untrained)
        ]
    assert errors[0] < errors[1] / 2


def test_weights_trained_around_another_auto_encoder_do_not_ship(network: LearnedFusion) -> None:
    with torch.no_grad():
        network.autoencoder.dec1.bias[0] += 1e-3
    with pytest.raises(RunError, match="other weights of eh-dran"):
        learned_step.shipped(network)


def test_the_card_will_name_the_auto_encoder(network: LearnedFusion) -> None:
    share = learned_step.shipped(network)
    assert len(share.config.autoencoder_sha256) == 64


def test_what_ships_is_scored_like_what_was_trained(network: LearnedFusion) -> None:
    samples = [Sample("CT-MRI", "1", torch.cat((disc(10, 10), disc(20, 20))))]
    with torch.no_grad():
        trained = learned_step.scores(network.eval(), samples)
        assert learned_step.scores(network.share, samples) == trained
    assert "CT-MRI qabf" in trained


def test_the_recipe_builds() -> None:
    config = read_config(CONFIGS / "learned-cpu.toml")
    assert loop.task_of(config).graphs == "share"
    loop.task_of(config).make_step(config)
