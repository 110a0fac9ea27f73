"""Training on a GPU, checked where there is none: “meta” tensors have a device and no values."""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from training import clarus_phase, clarus_safety
from training.clarus_scores import SCORES
from training.config import RunConfig, Training
from training.tasks import TASKS

CHANNELS = {"images": 1, "pairs": 2, "masked pairs": 4}
LOSSES: dict[str, dict[str, object]] = {
    "dilran": {"gradient": 0.5, "perceptual": 0.5, "extractor": "vgg16-bn-random"},
    "eh-dran": {"gradient": 0.5, "perceptual": 0.5},
    "clarus": {
        **{"decision": 0.1, "rough": 1.0, "lost": 1.0, "clipped": True},
        **{"bone": 1.0, "uptake": 1.0, "contrast": 1.0, "flicker": 1.0, "hot": 1.0, "fmi": 1.0},
    },
}


class OneDevice(TorchDispatchMode):
    """Refuses operations across devices, as a GPU does; convolutions on “meta” let them pass."""

    def __torch_dispatch__(
        self,
        func: Any,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        del types
        tensors = [x for x in tree_leaves((args, kwargs)) if isinstance(x, Tensor) and x.dim()]
        moves = "copy" in str(func)
        assert moves or len({x.device for x in tensors}) <= 1, f"{func} mixes devices"
        return func(*args, **(kwargs or {}))


def elsewhere(channels: int = 1) -> Tensor:
    return torch.rand(4, channels, 64, 64, device="meta")


BUILDERS: dict[str, Callable[[], Tensor]] = {
    "planted": lambda: clarus_safety.planted(elsewhere(), elsewhere(), 2)[1],
    "invented": lambda: clarus_safety.invented(elsewhere(), elsewhere(), elsewhere()),
    "phase_congruency": lambda: clarus_phase.phase_congruency(elsewhere()),
    **{
        name: lambda score=score: score(elsewhere(), elsewhere(), elsewhere())
        for name, score in SCORES.items()
    },
}


@pytest.mark.parametrize("name", BUILDERS)
def test_what_clarus_learns_by_is_made_where_the_images_are(name: str) -> None:
    with OneDevice():
        assert BUILDERS[name]().device.type == "meta"


@pytest.mark.slow
def test_digital_heads_join_a_batch_where_it_is() -> None:
    with OneDevice():
        batch = clarus_safety.with_phantoms(elsewhere(2), 2)
    assert (batch.device.type, batch.shape) == ("meta", (4, 2, 64, 64))


@pytest.mark.parametrize(
    ("name", "seed"),
    [*((name, 0) for name in TASKS), ("clarus", 1), ("clarus", 2)],  # much in it is by chance
)
def test_a_step_of_every_task_stays_on_the_device_of_its_batch(
    name: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch, "autocast", lambda *_, **__: nullcontext())  # “meta” has none
    task = TASKS[name]
    network = task.build({}).to("meta")
    step = task.make_step(RunConfig(name, name, Training(steps=1), loss=LOSSES.get(name, {})))
    torch.manual_seed(seed)
    with OneDevice():
        loss, parts = step(network, elsewhere(CHANNELS[task.reads]))
        loss.backward()
    assert loss.device.type == "meta"
    assert parts


def test_filters_for_phases_are_kept_for_each_device() -> None:
    here, there = (
        clarus_phase.phase_congruency(x) for x in (torch.rand(1, 1, 64, 64), elsewhere())
    )
    again = clarus_phase.phase_congruency(torch.rand(1, 1, 64, 64))
    assert [x.device.type for x in (here, there, again)] == ["cpu", "meta", "cpu"]
