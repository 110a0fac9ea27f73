import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from fusionviewer.errors import UnreadableFile, WeightsError
from fusionviewer.fusion import dilran
from fusionviewer.fusion.runtime import Runtimes
from training import loop
from training.__main__ import main
from training.checkpoints import Progress
from training.config import RunConfig
from training.datasets import Sample
from training.errors import RunError
from training.export import trained_network, unfinished
from training.graphs import write_autoencoder, write_end_to_end
from training.published import LAYERS, import_dilran

Recipe = Callable[..., RunConfig]

TOML = """
name = "dilran"
task = "dilran"
notes = ["tiny"]
[network]
width = 4
[data]
pairs = ["CT-MRI"]
crop = 16
[loss]
gradient = 0.5
perceptual = 0.0
[training]
steps = 3
"""


@pytest.fixture(scope="module")
def exported(atlas_of_module: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of weights that train and export leave."""
    folder = tmp_path_factory.mktemp("run")
    recipe, run, weights = folder / "tiny.toml", folder / "run", folder / "weights"
    recipe.write_text(TOML)
    assert main(["train", str(recipe), "--run", str(run), "--seed", "7"]) == 0
    assert main(["export", str(run), "--to", str(weights)]) == 0
    return weights


def test_a_card_says_where_the_weights_come_from(exported: Path) -> None:
    card = json.loads((exported / "dilran.json").read_text())
    assert card["architecture"] == "dilran"
    assert card["config"]["width"] == 4
    assert card["seed"] == 7
    assert card["steps"] == 3
    assert card["data"]["pairs"] == {"CT-MRI": {"train": 4, "val": 2, "test": 1}}
    assert card["command"].startswith("python -m training train ")
    assert set(card["scores"]["test"]) == {"PSNR CT", "PSNR MRI", "PSNR"}
    assert card["scored_images"]["val"] == {"CT": 2, "MRI": 2}
    assert card["notes"] == ["tiny"]


def test_the_card_holds_the_checksum_of_every_file(exported: Path) -> None:
    files = json.loads((exported / "dilran.json").read_text())["files"]
    assert set(files) == {"dilran.safetensors", "dilran-encoder.onnx", "dilran-decoder.onnx"}
    for name, checksum in files.items():
        assert hashlib.sha256((exported / name).read_bytes()).hexdigest() == checksum
    assert not list(exported.glob("*.part"))


def test_shipped_weights_score_what_their_card_says(
    exported: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    card = json.loads((exported / "dilran.json").read_text())
    assert main(["reconstruct", "dilran", "--weights", str(exported)]) == 0
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert {score: float(value) for _, _, score, value in lines} == card["scores"]["test"]


def test_a_network_of_stretched_images_is_not_exported(recipe: Recipe, tmp_path: Path) -> None:
    config = recipe("dilran", steps=1)
    config = replace(config, data=replace(config.data, scaling="minmax"))
    images = [Sample("CT", str(i), torch.rand(1, 16, 16)) for i in range(2)]
    loop.train(config, tmp_path, images, images)
    with pytest.raises(RunError, match=r"stretched to their own range \(minmax\)"):
        trained_network(tmp_path)


def test_a_run_that_is_not_finished_says_so_on_its_card(recipe: Recipe) -> None:
    config = recipe(validate_every=4, patience=1)
    assert unfinished(Progress(12, best_step=12), config) == []
    assert unfinished(Progress(3, best_step=3), config) == ["preliminary: exported at step 3 of 12"]
    assert unfinished(Progress(8, best_step=4), config) == [
        "stopped at step 8 of 12: validation got no better"
    ]


def test_graphs_agree_with_torch_at_any_even_size(tmp_path: Path) -> None:
    network = dilran.build({"width": 4, "norm": "shared", "unshared_pyramid": True}).eval()
    encoder, decoder = (
        onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
        for path in write_autoencoder(network, "dilran", tmp_path)
    )
    for batch, height, width in ((1, 38, 52), (3, 2, 4)):
        x = torch.rand(batch, 1, height, width)
        features = encoder.run(None, {"x": x.numpy()})[0]
        y = decoder.run(None, {"features": features})[0]
        with torch.no_grad():
            np.testing.assert_allclose(features, network.encode(x), atol=1e-4)
            np.testing.assert_allclose(y, network(x), atol=1e-4)


def test_a_graph_of_two_images_takes_any_even_size(tmp_path: Path) -> None:
    """The networks' own graphs take a minute each; their export checks them, and so do the shipped."""

    class Mixer(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.mix = nn.Conv2d(2, 1, 3, padding=1)

        def forward(self, a: Tensor, b: Tensor) -> Tensor:
            return torch.tanh(self.mix(torch.cat((a, b), dim=1)))

    (path,) = write_end_to_end(network := Mixer(), "mixer", tmp_path)
    graph = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    a, b = torch.rand(2, 1, 1, 6, 20)
    with torch.no_grad():
        answer = graph.run(None, {"a": a.numpy(), "b": b.numpy()})[0]
        np.testing.assert_allclose(answer, network(a, b), atol=1e-5)


def test_graphs_name_no_file_of_the_machine_they_were_made_on(exported: Path) -> None:
    for path in exported.glob("*.onnx"):
        assert b'File "' not in path.read_bytes()


class TestPublishedWeights:
    @staticmethod
    def theirs(network: dilran.Dilran) -> dict[str, torch.Tensor]:
        tensors = {}
        for name, tensor in network.state_dict().items():
            layer, _, rest = name.partition(".")
            tensors[f"{LAYERS[layer]}.{rest}"] = tensor
        unused = {"fe.conv2.weight": torch.zeros(2), "fe.fe.dilran.bnorm.bias": torch.ones(64)}
        return tensors | unused

    def test_come_in_under_our_names(self, tmp_path: Path) -> None:
        network = dilran.build({"norm": "shared"}).eval()
        theirs = self.theirs(network)
        assert len(theirs) == 23 + 2
        torch.save(theirs, tmp_path / "model.pt")
        assert main(["import-dilran", str(tmp_path / "model.pt"), "--to", str(tmp_path)]) == 0
        card = json.loads((tmp_path / "dilran.json").read_text())
        again = dilran.build(card["config"]).eval()
        again.load_state_dict(load_file(tmp_path / "dilran.safetensors"))
        x = torch.rand(1, 1, 20, 16)
        with torch.no_grad():
            assert torch.equal(again(x), network(x))
        assert card["parameters"] == 216_001

    def test_normalise_over_the_whole_image_for_every_pair_of_a_series(
        self, tmp_path: Path
    ) -> None:
        """Work on the head alone, from the second pair on, would change their statistics."""
        torch.save(self.theirs(dilran.build({"norm": "shared"})), tmp_path / "model.pt")
        import_dilran(tmp_path / "model.pt", tmp_path)
        runtime = Runtimes("torch", "cpu", tmp_path).get("dilran")
        image = np.zeros((96, 96), np.float32)
        image[30:60, 30:60] = np.random.default_rng(0).uniform(0.1, 1, (30, 30))
        other = image[::-1].copy()
        first = runtime.fused(image, other, "average")[0]
        for _ in range(2):
            runtime.forget()
            again = runtime.fused(image, other, "average")[0]
        np.testing.assert_allclose(again, first, atol=1e-6)

    def test_of_another_network_are_refused(self, tmp_path: Path) -> None:
        theirs = self.theirs(dilran.build({"norm": "shared"}))
        torch.save(theirs | {"fe.conv1.weight": torch.zeros(32, 1, 1, 1)}, tmp_path / "m.pt")
        with pytest.raises(WeightsError, match=r"fe.conv1.weight is \(32, 1, 1, 1\)"):
            import_dilran(tmp_path / "m.pt", tmp_path)
        del theirs["recon.recon_conv.2.bias"]
        torch.save(theirs, tmp_path / "m.pt")
        with pytest.raises(WeightsError, match=r"has no recon.recon_conv.2.bias"):
            import_dilran(tmp_path / "m.pt", tmp_path)

    def test_that_are_no_file_of_tensors_are_refused(self, tmp_path: Path) -> None:
        (tmp_path / "m.pt").write_bytes(b"PK nonsense")
        with pytest.raises(UnreadableFile, match="not a readable file of weights"):
            import_dilran(tmp_path / "m.pt", tmp_path)
