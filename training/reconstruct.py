"""`python -m training reconstruct`: shipped weights by the scores of the task they were trained for.

For an auto-encoder that is how well it gives an image back.
"""

from collections.abc import Sequence
from pathlib import Path

from fusionviewer.errors import WeightsError
from fusionviewer.fusion.torch_backend import load_module
from fusionviewer.fusion.weights import read_card
from training import loop
from training.config import RunConfig, run_config
from training.datasets import Sample
from training.tasks import TASKS, Scores


def shipped_recipe(name: str, folder: Path) -> RunConfig:
    """The recipe that made the weights `name`.

    Raises:
        WeightsError: there is no such card, or it holds no recipe.
    """
    recipe = read_card(name, folder).about.get("recipe")
    if not isinstance(recipe, dict):
        raise WeightsError(f"The card of {name} holds no recipe.")
    return run_config(recipe, f"The card of {name}")


def shipped_scores(name: str, folder: Path, samples: Sequence[Sample]) -> Scores:
    """The task's own scores of the weights `name` over `samples`.

    Raises:
        WeightsError: the weights are missing, altered, or of a task unknown here.
    """
    card = read_card(name, folder)
    if (task := card.about.get("architecture")) not in TASKS:
        raise WeightsError(f"The weights of {name} are of an unknown kind, {task}.")
    return loop.validate(TASKS[task], load_module(card), samples)
