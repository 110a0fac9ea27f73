"""What an ablation compares: variants of recipes, each with a few seeds, read from a TOML file."""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from fusionviewer.fusion.methods import TASKS as PAIRS
from fusionviewer.fusion.strategies import STRATEGIES
from fusionviewer.metrics.table import METRICS
from training.config import RunConfig, read_config, run_config, section
from training.errors import ConfigError


@dataclass(frozen=True)
class Variant:
    """A recipe in which some keys are replaced; `strategy` merges where it is an auto-encoder."""

    name: str
    recipe: str  # a file beside the ablation's
    seeds: tuple[int, ...]
    strategy: str = ""
    network: Mapping[str, object] = field(default_factory=dict)
    loss: Mapping[str, object] = field(default_factory=dict)
    data: Mapping[str, object] = field(default_factory=dict)
    training: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Ablation:
    """Variants, and the pairs of modalities and scores by which they are compared."""

    title: str
    variants: tuple[Variant, ...]
    pairs: tuple[str, ...]
    scores: tuple[str, ...]


def read_ablation(path: Path) -> Ablation:
    """The ablation that a TOML file describes.

    Raises:
        ConfigError: no such file, not TOML, or a key or value that means nothing.
    """
    where = f"The ablation “{path.name}”"
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{where} could not be read.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{where} is not TOML: {error}.") from error
    listed = table.get("variants")
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise ConfigError(f"{where} needs sections [[variants]].")
    variants = tuple(section(Variant, each, f"{where}, variants") for each in listed)
    ablation = section(Ablation, {**table, "variants": variants}, where)
    _require_known(ablation, where)
    return ablation


def runs(variant: Variant, folder: Path) -> list[RunConfig]:
    """One run for each seed; recipes are looked for in `folder`.

    Raises:
        ConfigError: no such recipe, or a key or value that means nothing in it.
    """
    base = asdict(read_config(folder / variant.recipe))
    for name in ("network", "loss", "data", "training"):
        base[name] = {**base[name], **getattr(variant, name)}
    config = run_config(base, f"The variant “{variant.name}”")
    return [replace(config, seed=seed) for seed in variant.seeds]


def _require_known(ablation: Ablation, where: str) -> None:
    strategies = tuple(each.strategy for each in ablation.variants if each.strategy)
    for kind, given, known in (
        ("pair of modalities", ablation.pairs, PAIRS),
        ("score", ablation.scores, METRICS),
        ("strategy", strategies, STRATEGIES),
    ):
        if unknown := [name for name in given if name not in known]:
            raise ConfigError(f"{where}: there is no {kind} “{unknown[0]}”.")
