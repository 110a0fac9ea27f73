"""What a run folder holds: it is neither overwritten nor mixed, and what was altered is named."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from training import environment, export, loop
from training.__main__ import main, samples
from training.config import RunConfig
from training.errors import RunError
from training.runlog import RunLog

Recipe = Callable[..., RunConfig]
Content = dict[str, Any]
pytestmark = pytest.mark.usefixtures("atlas")

TOML = """
name = "dilran"
task = "dilran"
network = { width = 4 }
data = { pairs = ["CT-MRI"], crop = 16 }
loss = { gradient = 0.5, perceptual = 0.5 }
training = { steps = 2, batch = 2 }
"""


def run(config: RunConfig, folder: Path, **options: Any) -> None:
    loop.train(config, folder, samples(config, "train"), samples(config, "val"), **options)


def killed_at(step: int) -> Callable[[loop.Report], None]:
    def tell(report: loop.Report) -> None:
        if report.step == step:
            raise KeyboardInterrupt

    return tell


class TestARunIsNotOverwritten:
    def test_by_another_one(self, recipe: Recipe, tmp_path: Path) -> None:
        run(recipe("dilran", steps=3), tmp_path / "one")
        before = {path: path.read_bytes() for path in (tmp_path / "one").glob("*.*")}
        with pytest.raises(RunError, match=r"one” holds a run") as raised:
            run(recipe("dilran", steps=4), tmp_path / "one")
        assert (
            raised.value.hint == "Go on with it with --resume, or name another folder with --run."
        )
        assert {path: path.read_bytes() for path in (tmp_path / "one").glob("*.*")} == before

    def test_by_the_command_which_leaves_every_file_as_it_was(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        recipe, folder = tmp_path / "tiny.toml", tmp_path / "run"
        recipe.write_text(TOML)
        command = ["train", str(recipe), "--run", str(folder)]
        assert main(command) == 0
        before = {path: path.read_bytes() for path in folder.glob("*.*")}
        assert main(command) == 1
        assert "holds a run" in capsys.readouterr().err
        assert {path: path.read_bytes() for path in folder.glob("*.*")} == before
        assert main([*command, "--resume"]) == 0

    def test_and_resuming_where_there_is_none_says_that_it_starts(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        recipe, folder = tmp_path / "tiny.toml", tmp_path / "run"
        recipe.write_text(TOML)
        assert main(["train", str(recipe), "--run", str(folder), "--resume"]) == 0
        assert "holds no run to resume; it starts at step 0." in capsys.readouterr().err
        assert main(["train", str(recipe), "--run", str(folder), "--resume"]) == 0
        assert "no run" not in capsys.readouterr().err


def test_weights_of_two_runs_in_one_folder_are_not_exported(recipe: Recipe, tmp_path: Path) -> None:
    run(recipe("dilran"), tmp_path / "one")
    with pytest.raises(KeyboardInterrupt):
        run(replace(recipe("dilran"), seed=1), tmp_path / "two", tell=killed_at(4))
    (tmp_path / "two" / "last.pt").replace(tmp_path / "one" / "last.pt")
    with pytest.raises(RunError, match=r"“best.pt” and “last.pt” are of different recipes"):
        export.trained_network(tmp_path / "one")


def changed(**new: Any) -> Callable[[Content], Content]:
    return lambda content: content | new


def with_moments(content: Content, **new: Any) -> Content:
    for values in content["optimiser"]["state"].values():
        values.update(new)
    return content


def without_settings(content: Content) -> Content:
    del content["optimiser"]["param_groups"][0]["betas"]
    return content


ALTERED: dict[str, Callable[[Content], Content]] = {
    "a tensor of another shape": lambda c: c | {
        "network": {name: torch.zeros(2) for name in c["network"]}
    },
    "weights that are no tensors": changed(network={"dec1": "weights"}),
    "a recipe that is not JSON": changed(config="name = dilran"),
    "a recipe that is not a table": changed(config="[]"),
    "progress that is a number": changed(progress=3),
    "a step that is a word": lambda c: c | {"progress": c["progress"] | {"step": "three"}},
    "a step before the first": lambda c: c | {"progress": c["progress"] | {"step": -1}},
    "no optimiser": changed(optimiser={}),
    "an optimiser without its settings": without_settings,
    "moments of another shape": lambda c: with_moments(c, exp_avg=torch.zeros(7)),
    "random numbers cut short": changed(random=torch.zeros(7, dtype=torch.uint8)),
    "random numbers that are a word": changed(random="seed"),
}  # fmt: skip


@pytest.mark.parametrize("alter", ALTERED.values(), ids=ALTERED)
def test_an_altered_checkpoint_is_refused_in_words(
    recipe: Recipe, tmp_path: Path, alter: Callable[[Content], Content]
) -> None:
    config, last = recipe("dilran"), tmp_path / "last.pt"
    with pytest.raises(KeyboardInterrupt):
        run(config, tmp_path, tell=killed_at(4))
    torch.save(alter(torch.load(last, weights_only=True)), last)
    with pytest.raises(RunError, match=r"The checkpoint “last.pt” was altered"):
        run(config, tmp_path, resume=True)


@pytest.mark.parametrize("key", ["a tensor of another shape", "weights that are no tensors"])
def test_altered_weights_are_neither_exported_nor_started_from(
    recipe: Recipe, tmp_path: Path, key: str
) -> None:
    config = recipe("dilran", steps=1, keep="last")
    run(config, tmp_path / "one")
    last = tmp_path / "one" / "last.pt"
    torch.save(ALTERED[key](torch.load(last, weights_only=True)), last)
    with pytest.raises(RunError, match="do not fit"):
        export.trained_network(tmp_path / "one")
    with pytest.raises(RunError, match="do not fit"):
        run(replace(config, start=str(tmp_path / "one")), tmp_path / "two")


def test_rows_of_a_torn_log_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    whole = "step,name,value\r\n2,loss,0.5\r\n"
    path.write_bytes(
        whole.encode() + b"\r\n3,loss\r\nx,loss,1\r\n3,loss,one\r\n\x00\xff\r\n4,loss,0.2"
    )
    RunLog(path, keep_until=5)
    assert path.read_bytes() == whole.encode()
    assert not list(tmp_path.glob("*.part"))


def test_a_log_that_cannot_be_written_is_named(recipe: Recipe, tmp_path: Path) -> None:
    (tmp_path / "log.csv").mkdir()
    with pytest.raises(RunError, match=r"The log “log.csv” could not be written"):
        run(recipe("dilran"), tmp_path)


@pytest.mark.parametrize("content", ["", "{", "3", "[3]", '[{"python": "3.11"}]', "[{}]"])
def test_a_broken_note_of_how_a_run_was_started_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "environment.json").write_text(content)
    with pytest.raises(RunError, match=r"“environment.json” in “.*”, .* is broken"):
        environment.read_environment(tmp_path)


def test_starts_are_noted_one_after_the_other(tmp_path: Path) -> None:
    for device in ("cpu", "cuda"):
        environment.note_environment(tmp_path, ["train"], device, goes_on=True)
    starts = json.loads((tmp_path / "environment.json").read_text())
    assert [start["device"] for start in starts] == ["cpu", "cuda"]


@pytest.mark.skipif(torch.cuda.is_available(), reason="the first start would not fail")
def test_a_start_that_failed_is_not_the_one_that_is_published(tmp_path: Path) -> None:
    (tmp_path / "tiny.toml").write_text(TOML)
    folder = tmp_path / "run"
    command = ["train", str(tmp_path / "tiny.toml"), "--run", str(folder)]
    assert main([*command, "--device", "cuda"]) == 1
    assert main(command) == 0
    assert main([*command, "--resume", "--device", "cuda"]) == 1
    noted: dict[str, Any] = environment.read_environment(folder)
    assert noted["environment"]["device"] == "cpu"
    assert "cuda" not in noted["command"]


def test_a_run_folder_that_cannot_be_made_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tiny.toml").write_text(TOML)
    (tmp_path / "file").write_text("")
    command = ["train", str(tmp_path / "tiny.toml"), "--run", str(tmp_path / "file")]
    assert main(command) == 1
    assert "file”: File exists." in capsys.readouterr().err
