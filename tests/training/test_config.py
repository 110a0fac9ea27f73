from pathlib import Path

import pytest

from training import loop
from training.config import read_config, run_config
from training.errors import ConfigError

RECIPES = sorted((Path(__file__).parents[2] / "training" / "configs").glob("*.toml"))
ONE_KIND = {"sampling": "one kind"}
BASE = {"name": "x", "task": "dilran", "training": {"steps": 5}}


@pytest.mark.parametrize("path", RECIPES, ids=lambda p: p.stem)
def test_every_recipe_builds_its_network_and_its_loss(path: Path) -> None:
    config = read_config(path)
    loop.build_network(config)
    loop.task_of(config).make_step(config)
    assert path.stem.startswith(config.name)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sead": 1}, "unknown key, sead"),
        ({"training": {"steps": 5, "speed": 1}}, "unknown key, speed"),
        ({"training": {}}, "needs the key steps"),
        ({"training": {"steps": 5, "epochs": 2}}, "both steps and epochs"),
        ({"training": {"steps": 5, "batch": 0}}, "batch is 0; it must be at least 1"),
        ({"training": {"steps": 5, "decay_every": 0}}, "decay_every is 0; it must be at least 1"),
        ({"training": {"steps": 5, "rate_per": "day"}}, "rate_per is 'day'"),
        ({"training": {"steps": "many"}}, "steps is 'many'"),
        ({"training": {"steps": True}}, "steps is True"),
        ({"training": {"steps": 5, "batch": -1}}, "must not be negative"),
        ({"training": {"steps": 5, "schedule": "linear"}}, "schedule is 'linear'"),
        ({"data": {"sampling": "all"}}, "sampling is 'all'"),
        ({"data": {"pairs": ["CT-MRI", 3]}}, "which are not all words"),
        ({"data": 3}, "data must be a section"),
    ],
)
def test_a_recipe_that_means_nothing_is_refused_in_words(
    change: dict[str, object], words: str
) -> None:
    with pytest.raises(ConfigError, match=words):
        run_config(BASE | change, "The recipe")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"task": "sorting"}, "no task “sorting”"),
        ({"network": {"depth": 3}}, "no option depth"),
        ({"loss": {"gradient": 1}}, "needs the key perceptual"),
        (
            {"loss": {"gradient": 1, "perceptual": 1, "extractor": "eye"}},
            "extractor “eye”; there are",
        ),
        ({"loss": {"gradient": 1, "perceptual": 1, "extractor": "vgg16"}}, "needs extractor_file"),
        ({"task": "clarus", "loss": {"CT-MRI": {"sf": 1}}}, "need batches of one kind"),
        (
            {"task": "clarus", "data": ONE_KIND, "loss": {"CT-PET": {"sf": 1}}},
            "names CT-PET, which is not trained on",
        ),
        (
            {"task": "clarus", "data": ONE_KIND, "loss": {"CT-MRI": {"sharp": 1}}},
            "section loss.CT-MRI has an unknown key, sharp",
        ),
    ],
)
def test_what_only_the_task_knows_is_checked_by_the_task(
    change: dict[str, object], words: str
) -> None:
    config = run_config(BASE | change, "The recipe")
    with pytest.raises(ConfigError, match=words):
        loop.build_network(config)
        loop.task_of(config).make_step(config)


def test_a_missing_and_a_broken_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"“none.toml” could not be read"):
        read_config(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("name = ")
    with pytest.raises(ConfigError, match=r"“bad.toml” is not TOML"):
        read_config(tmp_path / "bad.toml")


def test_a_recipe_may_say_only_what_is_different_from_another(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(
        'name = "clarus"\ntask = "clarus"\n[data]\ncrop = 32\nsampling = "one kind"\n'
        "[training]\nsteps = 5\n[loss]\nsf = 1.0\n[loss.PET-MRI]\nvif = 2.0\nscd = 3.0\n"
    )
    (tmp_path / "b.toml").write_text(
        'like = "a.toml"\nstart = "runs/a"\n[training]\nsteps = 7\n[loss.PET-MRI]\nvif = 4.0\n'
    )
    (tmp_path / "c.toml").write_text('like = "b.toml"\n[data]\npairs = ["PET-MRI"]\n')
    config = read_config(tmp_path / "c.toml")
    assert (config.start, config.training.steps) == ("runs/a", 7)
    assert (config.data.pairs, config.data.crop) == (("PET-MRI",), 32)
    assert config.loss == {"sf": 1.0, "PET-MRI": {"vif": 4.0, "scd": 3.0}}


@pytest.mark.parametrize(
    ("like", "words"),
    [
        ('"b.toml"', "like itself"),
        ('"../a.toml"', "in the same folder"),
        ("3", "in the same folder"),
        ('"none.toml"', "“none.toml” could not be read"),
    ],
)
def test_a_recipe_that_is_like_no_other_is_refused(tmp_path: Path, like: str, words: str) -> None:
    (tmp_path / "b.toml").write_text(f"like = {like}\n")
    with pytest.raises(ConfigError, match=words):
        read_config(tmp_path / "b.toml")


def test_two_recipes_differ_when_anything_differs() -> None:
    assert run_config(BASE, "").digest() != run_config(BASE | {"seed": 1}, "").digest()
    assert run_config(BASE, "").digest() == run_config(dict(BASE), "").digest()
