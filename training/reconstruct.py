"""`python -m training reconstruct`: shipped weights by the scores of the task they were trained for.

For an auto-encoder that is how well it gives an image back.
"""

from collections.abc import Sequence
from pathlib import Path

from fusionviewer.errors import WeightsError
from fusionviewer.fusion.methods import TASKS as PAIRS
from fusionviewer.fusion.torch_backend import load_module
from fusionviewer.fusion.weights import read_card
from training import loop
from training.config import DataConfig, RunConfig, Training, run_config
from training.datasets import Sample, data_root
from training.tasks import TASKS, Scores


def shipped_recipe(name: str, folder: Path) -> RunConfig:
    """The recipe that made the weights `name`; of imported ones, one that reads all pairs there are.

    Raises:
        WeightsError: there is no such card, or it names no task that is known here.
    """
    card = read_card(name, folder)
    if (task := card.about.get("architecture")) not in TASKS:
        raise WeightsError(f"The weights of {name} are of an unknown kind, {task}.")
    if (recipe := card.about.get("recipe")) is not None:
        return run_config(recipe, f"The card of {name}")
    root = data_root(DataConfig())
    pairs = tuple(pair for pair in PAIRS if (root / pair).is_dir())
    return RunConfig(name, task, Training(), DataConfig(pairs=pairs))


def shipped_scores(name: str, folder: Path, samples: Sequence[Sample]) -> Scores:
    """The task's own scores of the weights `name` over `samples`.

    Raises:
        WeightsError: the weights are missing, altered, or of a task unknown here.
    """
    task = shipped_recipe(name, folder).task
    return loop.validate(TASKS[task], load_module(read_card(name, folder)), samples)
