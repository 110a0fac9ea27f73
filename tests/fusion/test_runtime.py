import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fusionviewer.errors import FusionError, WeightsError
from fusionviewer.fusion import runtime as runtimes
from fusionviewer.fusion import surroundings
from fusionviewer.fusion.methods import NETWORKS, default_strategy
from fusionviewer.fusion.runtime import Runtimes, use_torch
from fusionviewer.fusion.weights import read_card
from fusionviewer.paths import resources

SHIPPED = [name for name in NETWORKS if (resources() / "weights" / f"{name}.json").exists()]


def pair_of(shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Two smooth images with a black margin."""
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    a = (np.sin(rows / 5) * np.cos(columns / 7) + 1) / 2
    b = (np.cos(rows / 9 + columns / 4) + 1) / 2
    a[:3], b[:2] = 0, 0
    return a.astype(np.float32), b.astype(np.float32)


@pytest.fixture(scope="module")
def onnx() -> Runtimes:
    return Runtimes("onnx")


@pytest.fixture(scope="module")
def torch_cpu() -> Runtimes:
    return Runtimes("torch", "cpu")


@pytest.mark.parametrize("shape", [(64, 64), (37, 51), (48, 96), (1, 9), (2, 2)], ids=str)
@pytest.mark.parametrize("name", SHIPPED)
def test_both_backends_give_the_same_image(
    name: str, shape: tuple[int, int], onnx: Runtimes, torch_cpu: Runtimes
) -> None:
    a, b = pair_of(shape)
    strategy = default_strategy(name)
    one = onnx.get(name).fused(a, b, strategy)[0]
    other = torch_cpu.get(name).fused(a, b, strategy)[0]
    assert one.shape == shape
    np.testing.assert_allclose(one, other, atol=1e-4)


@pytest.mark.parametrize("name", [name for name in SHIPPED if NETWORKS[name].strategies])
@pytest.mark.parametrize("strategy", NETWORKS["eh-dran"].strategies)
def test_the_share_of_a_is_within_0_and_1(name: str, strategy: str, onnx: Runtimes) -> None:
    a, b = pair_of((40, 32))
    if strategy not in NETWORKS[name].strategies:
        pytest.skip(f"{name} does not take {strategy}")
    grey, share = onnx.get(name).fused(a, b, strategy)
    assert np.isfinite(grey).all()
    if share is not None:
        assert share.shape == a.shape
        assert share.min() >= -1e-6
        assert share.max() <= 1 + 1e-6


def test_features_are_kept_for_the_next_strategy_and_only_for_these_images(onnx: Runtimes) -> None:
    runtime = onnx.get("eh-dran")
    a, b = pair_of((32, 32))
    first = runtime.fused(a, b, "average")[0]
    other = runtime.fused(b * 0.5, a, "average")[0]
    again = runtime.fused(a, b, "average")[0]
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.01


def test_the_strategys_options_reach_it(onnx: Runtimes) -> None:
    a, b = pair_of((32, 32))
    _, mild = onnx.get("eh-dran").fused(a, b, "sfnn-max", {"power": 1})
    _, strong = onnx.get("eh-dran").fused(a, b, "sfnn-max", {"power": 2})
    assert mild is not None
    assert strong is not None
    w = float(mild[0, 0])
    assert float(strong[0, 0]) == pytest.approx(w**2 / (w**2 + (1 - w) ** 2), abs=1e-5)


def test_cancelling_between_steps_stops(onnx: Runtimes) -> None:
    class StopNowError(Exception):
        pass

    def stop() -> None:
        raise StopNowError

    a, b = pair_of((32, 32))
    with pytest.raises(StopNowError):
        onnx.get("eh-dran").fused(a, b, "fer", check=stop)


def test_an_altered_graph_is_not_run(tmp_path: Path) -> None:
    for file in (resources() / "weights").glob("eh-dran*"):
        shutil.copy(file, tmp_path)
    graph = tmp_path / "eh-dran-encoder.onnx"
    graph.write_bytes(graph.read_bytes()[:-1] + b"\x00")
    with pytest.raises(WeightsError, match=r"eh-dran-encoder\.onnx” was altered"):
        Runtimes("onnx", folder=tmp_path).get("eh-dran")


def test_a_file_that_is_no_graph_is_refused_in_words(tmp_path: Path) -> None:
    import hashlib

    card = read_card("eh-dran")
    shutil.copy(card.folder / "eh-dran.safetensors", tmp_path)
    for part in ("encoder", "decoder"):
        (tmp_path / f"eh-dran-{part}.onnx").write_bytes(b"nonsense")
    sums = {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in tmp_path.iterdir()}
    (tmp_path / "eh-dran.json").write_text(json.dumps({**card.about, "files": sums}))
    with pytest.raises(WeightsError, match="not a network"):
        Runtimes("onnx", folder=tmp_path).get("eh-dran")


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    import hashlib

    card = read_card("eh-dran")
    shutil.copy(read_card("dilran").folder / "dilran.safetensors", tmp_path / "eh-dran.safetensors")
    sums = {
        "eh-dran.safetensors": hashlib.sha256(
            (tmp_path / "eh-dran.safetensors").read_bytes()
        ).hexdigest()
    }
    (tmp_path / "eh-dran.json").write_text(json.dumps({**card.about, "files": sums}))
    with pytest.raises(WeightsError, match="does not hold the weights of eh-dran"):
        Runtimes("torch", "cpu", folder=tmp_path).get("eh-dran")


@pytest.mark.skipif(sys.platform != "linux", reason="needs a limit of address space that holds")
@pytest.mark.parametrize("way", ["mfinet", "clarus", "eh-dran fer", "eh-dran sfnn-local"])
def test_images_too_large_for_the_memory_are_refused_in_words(way: str) -> None:
    program = (
        "import resource\n"
        "import numpy as np\n"
        "from fusionviewer.errors import FusionError\n"
        "from fusionviewer.fusion.runtime import Runtimes\n"
        f"name, strategy = {(way + ' ').split(' ')[:2]}\n"
        "network = Runtimes('onnx').get(name)\n"
        "resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))\n"
        "a, b = np.random.default_rng(0).random((2, 3000, 3000), dtype=np.float32)\n"
        "try:\n"
        "    network.fused(a, b, strategy)\n"
        "except FusionError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "3000×3000 pixels do not fit in memory with this network.\n"
    assert done.stderr == ""


def test_a_network_is_not_started_where_the_memory_it_takes_is_not_free(
    onnx: Runtimes, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = np.random.default_rng(0).random((2, 64, 48), dtype=np.float32)
    needed = NETWORKS["eh-dran"].bytes_per_pixel * a.size
    monkeypatch.setattr(runtimes, "free_memory", lambda: needed)
    onnx.get("eh-dran").fused(a, b, "average")
    monkeypatch.setattr(runtimes, "free_memory", lambda: needed - 1)
    with pytest.raises(FusionError, match="48×64 pixels do not fit in memory") as found:
        onnx.get("eh-dran").fused(a, b, "average")
    assert "less memory" in found.value.hint
    assert "window" not in found.value.hint


def test_features_of_large_images_are_not_kept(
    onnx: Runtimes, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (runtimes, surroundings):
        monkeypatch.setattr(module, "LARGEST", 600)
    runtime = onnx.get("eh-dran")
    runtime.forget()
    row = np.ones((2, 300), np.float32)
    runtime.fused(row, row / 2, "average")
    assert runtime.kept_bytes == 2 * 64 * row.size * 4
    wider = np.pad(row, ((0, 0), (0, 2)))
    runtime.fused(wider, wider / 2, "average")
    assert runtime.kept_bytes == 2 * 64 * row.size * 4
    runtime.forget()
    assert runtime.kept_bytes == 0


def test_onnxruntime_is_not_asked_for_a_gpu() -> None:
    with pytest.raises(FusionError, match="CPU only"):
        use_torch("onnx", "cuda")


def test_the_device_that_is_asked_for_decides() -> None:
    assert use_torch("auto", "cuda")
    assert use_torch("torch", "cpu")
    assert not use_torch("auto", "cpu")
    assert not use_torch("onnx", "auto")


@pytest.mark.parametrize("before", ["", "import training.graphs\n"], ids=["program", "training"])
def test_onnxruntime_reports_to_nobody(tmp_path: Path, before: str) -> None:
    """Where it would report, it keeps a number for the computer and a file of what to send."""
    telling = ("CI", "GITHUB_ACTIONS", "TF_BUILD", "ORT_DISABLE_TELEMETRY")  # it asks these
    kept = {k: v for k, v in os.environ.items() if k not in telling and not k.startswith("XDG_")}
    program = (
        f"{before}import numpy as np\n"
        "from fusionviewer.fusion.runtime import Runtimes\n"
        "flat = np.full((32, 32), 0.5, np.float32)\n"
        "print(Runtimes('onnx').get('clarus').fused(flat, flat, '')[0].shape)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=kept | {"HOME": str(tmp_path)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "(32, 32)"
    assert [path.name for path in tmp_path.rglob("*") if "onnx" in str(path).lower()] == []
