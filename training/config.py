"""RunConfig: everything one run depends on, read from a TOML file."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import TypeVar, get_type_hints

from training.errors import ConfigError

Section = TypeVar("Section")


@dataclass(frozen=True)
class DataConfig:
    """Which images. The folder `root` is looked for below FUSIONVIEWER_DATA."""

    root: str = "harvard"
    pairs: tuple[str, ...] = ("CT-MRI", "PET-MRI", "SPECT-MRI")
    splits: str = "splits.json"  # a file, without which "study" serves; or a rule of splits.BY_NAME
    scaling: str = "div255"  # or "minmax", each image to the whole of 0…1
    crop: int = 0  # side of a random square; 0 takes the whole image
    flips: bool = False
    # "images": each once an epoch; "balanced": each kind as often; "one kind": so, batch by batch
    sampling: str = "images"
    volumes: tuple[
        str, ...
    ] = ()  # folders below FUSIONVIEWER_DATA with registered volumes, to train on
    volume_share: float = 0.2  # of the batches of one kind, taken from these


@dataclass(frozen=True)
class Training:
    """How long, how fast, how exactly. Rates are Adam's."""

    steps: int = 0  # or `epochs`
    epochs: int = 0  # how often as many images are seen as there are, in place of `steps`
    epoch_steps: int = 0  # of one epoch; worked out from the data, not written in a recipe
    batch: int = 4
    rate: float = 1e-4
    schedule: str = "constant"  # or "cosine", down to `final_rate`; or "staircase"
    rate_per: str = "step"  # or "epoch": when the cosine moves on
    final_rate: float = 3e-7
    decay: float = 0.95  # of a staircase, the factor at each stair
    decay_every: int = 1000  # steps from stair to stair
    decay_epochs: int = 0  # epochs from stair to stair, in place of `decay_every`
    warmup: int = 0  # steps of linear rise at the start
    clip: float = 0.0  # largest norm of the gradient; 0 leaves it alone
    precision: str = "float32"  # or "bfloat16": faster where the processor has it
    float32_share: float = 0.2  # of a bfloat16 run, at its end
    validate_every: int = 500
    validation_images: int = 8  # of each kind, evenly spaced; 0 takes all
    patience: int = 0  # validations without a better score after which to stop; 0: never
    checkpoint_every: int = 250
    keep: str = "best"  # which weights are exported: "best" on validation, or "last"


@dataclass(frozen=True)
class RunConfig:
    """One run. `network` and `loss` are checked by the task that reads them."""

    name: str  # of the weights
    task: str  # an entry of tasks.TASKS
    training: Training
    data: DataConfig = DataConfig()
    seed: int = 3407
    start: str = ""  # a run folder; its last weights are the first ones here
    network: Mapping[str, object] = field(default_factory=dict)
    loss: Mapping[str, object] = field(default_factory=dict)
    notes: tuple[str, ...] = ()  # go onto the card

    def lasting(self, images: int) -> "RunConfig":
        """The same run with all that it counts in epochs in steps too; an epoch is `images`."""
        training = self.training
        if training.epochs or training.decay_epochs or training.rate_per == "epoch":
            steps = -(-images // training.batch)
            training = replace(
                training, epoch_steps=steps, steps=training.steps or training.epochs * steps
            )
        return replace(self, training=training)

    def digest(self) -> str:
        """Tells whether two runs would do the same."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


PRECISIONS = ("float32", "bfloat16")
_CHOICES = {
    "scaling": ("div255", "minmax"),
    "sampling": ("images", "balanced", "one kind"),
    "schedule": ("constant", "cosine", "staircase"),
    "rate_per": ("step", "epoch"),
    "precision": PRECISIONS,
    "keep": ("best", "last"),
}
_AT_LEAST_1 = ("batch", "decay_every", "places")


def read_config(path: Path) -> RunConfig:
    """The run that a TOML file describes.

    With the key `like`, the name of a recipe in the same folder, it only says what is different
    from that one.

    Raises:
        ConfigError: no such file, not TOML, or a key, type or value that means nothing.
    """
    return run_config(_table(path, ()), f"The recipe “{path.name}”")


def _table(path: Path, before: tuple[Path, ...]) -> dict[str, object]:
    """What a recipe says, over what those say that it is like; `before` led to it."""
    if path in before:
        raise ConfigError(f"The recipe “{path.name}” is like itself.")
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"The recipe “{path.name}” could not be read.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"The recipe “{path.name}” is not TOML: {error}.") from error
    like = table.pop("like", None)
    if like is None:
        return table
    if not isinstance(like, str) or like != Path(like).name:
        raise ConfigError(f"The recipe “{path.name}”: like must name a recipe in the same folder.")
    return _laid_over(_table(path.with_name(like), (*before, path)), table)


def _laid_over(below: Mapping[str, object], above: Mapping[str, object]) -> dict[str, object]:
    """Sections are laid over each other key by key; everything else is replaced."""
    laid = dict(below)
    for key, value in above.items():
        old = laid.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            laid[key] = _laid_over(old, value)
        else:
            laid[key] = value
    return laid


def run_config(table: Mapping[str, object], where: str) -> RunConfig:
    """The run that a table describes; `where` begins the sentence when it is wrong.

    Raises:
        ConfigError: a key, type or value that means nothing.
    """
    table = dict(table)
    for name, kind in (("training", Training), ("data", DataConfig)):
        if name in table or name == "training":
            content = table.get(name, {})
            if not isinstance(content, Mapping):
                raise ConfigError(f"{where}: {name} must be a section.")
            table[name] = section(kind, content, f"{where}, section {name}")
    config = section(RunConfig, table, where)
    _require_a_length(config.training, where)
    return config


def _require_a_length(training: Training, where: str) -> None:
    if not training.steps and not training.epochs:
        raise ConfigError(f"{where}, section training needs the key steps, or epochs.")
    if training.steps and training.epochs and not training.epoch_steps:
        raise ConfigError(f"{where}, section training has both steps and epochs; one is enough.")


def section(kind: type[Section], table: Mapping[str, object], where: str) -> Section:
    """A table as the frozen dataclass `kind`.

    Raises:
        ConfigError: an unknown or missing key, or a value of another type.
    """
    known = {f.name: f for f in fields(kind)}  # type: ignore[arg-type]
    for key in table:
        if key not in known:
            raise ConfigError(f"{where} has an unknown key, {key}; it may have {', '.join(known)}.")
    for name, f in known.items():
        required = f.default is MISSING and f.default_factory is MISSING
        if required and name not in table:
            raise ConfigError(f"{where} needs the key {name}.")
    hints = get_type_hints(kind)
    return kind(**{k: _checked(v, k, hints[k], where) for k, v in table.items()})


def _checked(value: object, key: str, hint: object, where: str) -> object:
    if isinstance(value, list):
        value = tuple(value)
    if hint is float and type(value) is int:
        value = float(value)
    expected = {int: int, float: float, str: str, bool: bool}.get(hint)  # type: ignore[call-overload]
    if expected is None:
        expected = tuple if "tuple" in str(hint) else object
    if not isinstance(value, expected) or (
        isinstance(value, bool) and expected is not bool and expected is not object
    ):
        raise ConfigError(f"{where}: {key} is {value!r}, which is not a {expected.__name__}.")
    if "tuple[str" in str(hint) and not all(isinstance(v, str) for v in tuple(value)):
        raise ConfigError(f"{where}: {key} is {value!r}, which are not all words.")
    if key in _CHOICES and value not in _CHOICES[key]:
        raise ConfigError(f"{where}: {key} is {value!r}; it must be one of {_CHOICES[key]}.")
    if key in _AT_LEAST_1 and value == 0:
        raise ConfigError(f"{where}: {key} is 0; it must be at least 1.")
    if isinstance(value, int | float) and value < 0:
        raise ConfigError(f"{where}: {key} is {value}; it must not be negative.")
    return value
