"""Steps, validation, checkpoints, resuming. Knows no network and no loss: see tasks.TASKS."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from training import checkpoints
from training.batches import Batches
from training.checkpoints import Progress
from training.config import RunConfig, Training
from training.datasets import Sample, spread
from training.errors import ConfigError, RunError
from training.runlog import RunLog
from training.samples import write_samples
from training.tasks import TASKS, Scores, Task
from training.trainer import Trainer
from training.workers import Alone, Workers


@dataclass(frozen=True)
class Report:
    """What is told after every step."""

    step: int
    steps: int
    loss: float
    seconds_left: float
    scores: Scores  # empty but after a validation


Tell = Callable[[Report], None]


def task_of(config: RunConfig) -> Task:
    """The task that a recipe names.

    Raises:
        ConfigError: there is no such task.
    """
    if config.task not in TASKS:
        raise ConfigError(f"There is no task “{config.task}”; there are {', '.join(TASKS)}.")
    return TASKS[config.task]


def build_network(config: RunConfig) -> nn.Module:
    """The network of a recipe, initialised from its seed.

    Raises:
        ConfigError: an option that the network does not have.
    """
    torch.manual_seed(config.seed)
    try:
        return task_of(config).build(config.network)
    except (ValueError, TypeError) as error:
        raise ConfigError(f"The section network is wrong: {error}.") from error


def start_from(folder: Path, task: str, network: nn.Module) -> None:
    """Give `network` the last weights of another run of its task.

    Parts which that one lacks stay as they are.

    Raises:
        RunError: there is no readable checkpoint, or it is of another network.
    """
    config, _, weights = checkpoints.read_network(folder / "last.pt")
    if config.task == task:
        weights = network.state_dict() | weights
    load_weights(network, weights, folder)


def load_weights(network: nn.Module, weights: checkpoints.State, folder: Path) -> None:
    """Give `network` weights of the run in `folder`.

    Raises:
        RunError: they are of another network.
    """
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        raise RunError(
            f"The weights in “{folder.name}” do not fit the network of this recipe.",
            "Start from a run with the same section network.",
        ) from error


def train(
    config: RunConfig,
    folder: Path,
    training: Sequence[Sample],
    validation: Sequence[Sample],
    *,
    device: str = "cpu",
    workers: Workers | None = None,
    resume: bool = False,
    tell: Tell | None = None,
) -> nn.Module:
    """Train to the end; `folder` then holds last.pt, best.pt, log.csv and sample pictures.

    On CPU a run that was stopped anywhere and resumed ends with exactly the weights of one
    that was not: batches follow from seed and step, the rest is in last.pt. `workers` are the
    processes that share the run; alone, it is computed on `device`.

    Raises:
        DataError: images are too few, too small, or differ in size.
        RunError: the loss or its gradient became infinite or NaN, memory ran out, or the
            checkpoint to resume belongs to another recipe; or the folder holds a run, and it is
            not to be resumed.
    """
    workers = workers or Alone(device)
    config = config.lasting(len(training))
    batches = Batches(training, config, task_of(config).sides)
    run = _begin(config, folder, workers, resume=resume)
    watched = [
        replace(sample, pixels=sample.pixels.to(workers.device))
        for sample in spread(validation, config.training.validation_images)
    ]
    clock = _Clock(config.training.steps, run.progress.step)
    while not run.finished():
        loss = run.step(*batches.at(run.progress.step))
        scores = run.judged(watched) if run.due(config.training.validate_every) else {}
        if run.finished() or run.due(config.training.checkpoint_every):
            run.save("last.pt")
        if tell is not None and workers.rank == 0:
            done, steps = run.progress.step, config.training.steps
            tell(Report(done, steps, loss, clock.left(done), scores))
    return run.trainer.network


def validate(task: Task, network: nn.Module, samples: Sequence[Sample]) -> Scores:
    """The task's scores, in evaluation mode and full precision."""
    network.eval()
    with torch.no_grad():
        return task.validate(network, samples)


def stalled(progress: Progress, training: Training) -> bool:
    """Whether the last validations brought nothing better, as many as the recipe allows."""
    waited = progress.step - progress.best_step
    return 0 < training.patience * training.validate_every <= waited


@dataclass(frozen=True)
class _Run:
    """A run folder and what goes on in it."""

    config: RunConfig
    folder: Path
    trainer: Trainer
    progress: Progress
    log: RunLog

    def finished(self) -> bool:
        training = self.config.training
        return self.progress.step >= training.steps or stalled(self.progress, training)

    def due(self, every: int) -> bool:
        step = self.progress.step
        return step == self.config.training.steps or (every > 0 and step % every == 0)

    def step(self, batch: Tensor, kind: str) -> float:
        """The loss of one more step."""
        loss, parts = self.trainer.step(batch, kind, self.progress.step)
        self.progress.step += 1
        if self.trainer.workers.rank == 0:
            self.log.add(self.progress.step, {"loss": loss} | parts)
        return loss

    def judged(self, samples: Sequence[Sample]) -> Scores:
        """The scores over `samples`; what is best so far is kept in best.pt."""
        task = task_of(self.config)
        workers = self.trainer.workers
        first = workers.rank == 0
        scores = workers.agree(validate(task, self.trainer.network, samples) if first else {})
        if first:
            self.log.write(self.progress.step, scores)
            if samples:
                write_samples(task, self.trainer.network, samples, self.folder, self.progress.step)
        if scores[task.decides] > self.progress.best_score:
            self.progress.best_score = scores[task.decides]
            self.progress.best_step = self.progress.step
            self.save("best.pt")
        return scores

    def save(self, file: str) -> None:
        trainer = self.trainer
        if trainer.workers.rank:
            return
        path = self.folder / file
        checkpoints.save(path, self.config, self.progress, trainer.network, trainer.optimiser)


def _begin(config: RunConfig, folder: Path, workers: Workers, *, resume: bool) -> _Run:
    """A run at its first step, or where its last checkpoint left it."""
    try:
        network = build_network(config).to(workers.device)
    except (RuntimeError, AssertionError) as error:  # torch has no kind of its own for this
        raise RunError(
            f"There is no device “{workers.device}” here.", "Use --device cpu."
        ) from error
    trainable = [p for p in network.parameters() if p.requires_grad]
    optimiser = torch.optim.Adam(trainable, lr=config.training.rate)
    trainer = Trainer(network, optimiser, task_of(config).make_step(config), config, workers)
    folder.mkdir(parents=True, exist_ok=True)
    last, progress = folder / "last.pt", Progress()
    if not resume:
        checkpoints.require_free(folder)
    if config.start and not (resume and last.exists()):
        start_from(Path(config.start), config.task, network)
    if resume and last.exists():
        progress = checkpoints.restore(last, config, network, optimiser)
    log = RunLog(folder / "log.csv", keep_until=progress.step, write=workers.rank == 0)
    return _Run(config, folder, trainer, progress, log)


class _Clock:
    def __init__(self, steps: int, first: int) -> None:
        self._steps, self._first, self._start = steps, first, time.monotonic()

    def left(self, step: int) -> float:
        pace = (time.monotonic() - self._start) / max(step - self._first, 1)
        return pace * (self._steps - step)
