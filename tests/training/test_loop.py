from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from training import clarus_safety, datasets, export, loop
from training.__main__ import samples
from training.config import RunConfig
from training.errors import DataError, RunError
from training.steps import Parts, Step
from training.tasks import TASKS
from training.trainer import rate_at

Recipe = Callable[..., RunConfig]
pytestmark = pytest.mark.usefixtures("atlas")


def run(config: RunConfig, folder: Path, **options: object) -> nn.Module:
    train, val = samples(config, "train"), samples(config, "val")
    return loop.train(config, folder, train, val, **options)  # type: ignore[arg-type]


def same_weights(a: nn.Module, b: nn.Module) -> bool:
    other = b.state_dict()
    return all(torch.equal(tensor, other[name]) for name, tensor in a.state_dict().items())


def killed_at(step: int) -> Callable[[loop.Report], None]:
    def tell(report: loop.Report) -> None:
        if report.step == step:
            raise KeyboardInterrupt

    return tell


@pytest.mark.parametrize("sampling", ["images", "balanced", "one kind"])
def test_a_run_killed_three_times_ends_like_one_that_was_not(
    recipe: Recipe, tmp_path: Path, sampling: str
) -> None:
    config = recipe("eh-dran")  # its dropout draws from the global generator
    config = replace(config, data=replace(config.data, sampling=sampling))
    whole = run(config, tmp_path / "whole")
    for step in (2, 7, 11):  # before the first checkpoint, after one, right before the end
        torch.manual_seed(step)
        with pytest.raises(KeyboardInterrupt):
            run(config, tmp_path / "killed", resume=True, tell=killed_at(step))
    resumed = run(config, tmp_path / "killed", resume=True)
    assert same_weights(whole, resumed)
    logs = [(tmp_path / name / "log.csv").read_text() for name in ("whole", "killed")]
    validations = [[row for row in log.splitlines() if "PSNR" in row] for log in logs]
    assert validations[0] == validations[1]


def test_another_seed_gives_other_weights(recipe: Recipe, tmp_path: Path) -> None:
    config = recipe("dilran", steps=2)
    one = run(config, tmp_path / "one")
    assert same_weights(one, run(config, tmp_path / "again"))
    assert not same_weights(one, run(replace(config, seed=1), tmp_path / "other"))


def test_a_run_does_not_resume_with_another_recipe(recipe: Recipe, tmp_path: Path) -> None:
    run(recipe(steps=3), tmp_path)
    with pytest.raises(RunError, match="another recipe or seed"):
        run(recipe(steps=6), tmp_path, resume=True)


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", None])
def test_a_foreign_checkpoint_is_refused(
    recipe: Recipe, tmp_path: Path, content: bytes | None
) -> None:
    if content is None:
        torch.save({"weights": torch.zeros(3)}, tmp_path / "last.pt")
    else:
        (tmp_path / "last.pt").write_bytes(content)
    with pytest.raises(RunError, match=r"last.pt” is (broken|not a checkpoint)"):
        run(recipe(), tmp_path, resume=True)


def test_a_loss_that_is_not_a_number_stops_the_run_and_keeps_the_last_good_checkpoint(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = TASKS["dilran"].make_step
    calls = 0

    def make_step(config: RunConfig) -> Step:
        step = usual(config)

        def breaking(network: nn.Module, batch: Tensor, _kind: str = "", /) -> tuple[Tensor, Parts]:
            nonlocal calls
            calls += 1
            return step(network, batch * float("inf") if calls == 8 else batch)

        return breaking

    monkeypatch.setitem(TASKS, "dilran", replace(TASKS["dilran"], make_step=make_step))
    with pytest.raises(RunError, match="no longer a number at step 7"):
        run(recipe("dilran"), tmp_path)
    saved = torch.load(tmp_path / "last.pt", weights_only=True)
    assert saved["progress"]["step"] == 6
    assert all(tensor.isfinite().all() for tensor in saved["network"].values())


@pytest.mark.parametrize(
    ("room", "said"),
    [(2, "with batches of 8; 2 fit"), (0, "with batches of 8; not even one image fits")],
)
@pytest.mark.parametrize(
    "error", [torch.OutOfMemoryError("CUDA out of memory"), RuntimeError("can't allocate memory")]
)
def test_where_memory_runs_out_it_says_which_batch_fits(
    recipe: Recipe,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    room: int,
    said: str,
    error: Exception,
) -> None:
    usual = TASKS["dilran"].make_step

    def make_step(config: RunConfig) -> Step:
        step = usual(config)

        def cramped(network: nn.Module, batch: Tensor, _kind: str = "", /) -> tuple[Tensor, Parts]:
            if len(batch) > room:
                raise error
            return step(network, batch)

        return cramped

    monkeypatch.setitem(TASKS, "dilran", replace(TASKS["dilran"], make_step=make_step))
    with pytest.raises(RunError, match=f"Memory ran out at step 0 {said}"):
        run(recipe("dilran", batch=8), tmp_path)


def test_each_validation_leaves_a_picture_of_every_kind(recipe: Recipe, tmp_path: Path) -> None:
    run(recipe("dilran"), tmp_path)
    pictures = sorted((tmp_path / "samples").iterdir())
    assert [path.name for path in pictures] == [f"step-{n:06}.png" for n in (4, 8, 12)]
    with Image.open(pictures[-1]) as picture:
        assert picture.size == (2 * 36, 3 * 40)  # image and answer; CT, MRI and PET
        levels = np.asarray(picture)
    assert levels[:40, :36].max() > 0
    assert not np.array_equal(levels[:40, :36], levels[:40, 36:])


@pytest.mark.parametrize("task", ["dilran", "eh-dran"])
def test_sixty_steps_lower_the_loss_fivefold(task: str) -> None:
    """As in the acceptance check: crops of 64, batch 2, Adam 1e-4, gradient .5, no perceptual."""
    config = loop.RunConfig(
        task, task, loop.Training(steps=60, rate=1e-4), loss={"gradient": 0.5, "perceptual": 0.0}
    )
    network = loop.build_network(config)
    step = TASKS[task].make_step(config)
    optimiser = torch.optim.Adam(network.parameters(), 1e-4)
    y, x = torch.meshgrid(torch.arange(64.0), torch.arange(64.0), indexing="ij")
    disc = ((y - 30) ** 2 + (x - 34) ** 2 < 500).float() * 0.6 + 0.2 * (x > 40)
    batch = torch.stack((disc, disc.flip(0).sqrt()))[:, None]
    values = []
    for _ in range(60):
        optimiser.zero_grad()
        loss, _ = step(network, batch)
        loss.backward()
        optimiser.step()
        values.append(float(loss.detach()))
    assert values[-1] < values[0] / 5


def test_bfloat16_until_the_last_share_of_the_steps(recipe: Recipe, tmp_path: Path) -> None:
    config = recipe(precision="bfloat16", float32_share=0.5, steps=4)
    network = run(config, tmp_path)
    assert all(tensor.isfinite().all() for tensor in network.state_dict().values())
    assert not same_weights(network, run(recipe(steps=4), tmp_path / "full"))


def test_the_rate_rises_then_falls_to_its_end(recipe: Recipe) -> None:
    training = recipe(steps=100, warmup=10, rate=1.0, final_rate=0.1).training
    rates = [rate_at(step, training) for step in range(101)]
    assert rates[0] == pytest.approx(0.1)
    assert rates[10] == max(rates) == 1.0
    assert rates[55] == pytest.approx(0.55)
    assert rates[100] == pytest.approx(0.1)
    assert rate_at(70, replace(training, schedule="constant")) == 1.0


def test_what_is_counted_in_epochs_is_worked_out_from_the_images(recipe: Recipe) -> None:
    config = recipe(steps=0, epochs=100, batch=4, schedule="staircase", decay=0.5, decay_epochs=5)
    lasting = config.lasting(262)  # as DILRAN was trained
    assert (lasting.training.epoch_steps, lasting.training.steps) == (66, 6600)
    assert lasting.lasting(262) == lasting
    rates = [rate_at(step, lasting.training) for step in (0, 329, 330, 659, 660)]
    assert rates == pytest.approx([1e-3, 1e-3, 5e-4, 5e-4, 2.5e-4])
    in_steps = recipe(steps=30)
    assert in_steps.lasting(262) == in_steps


def test_a_cosine_by_epochs_stands_still_within_one(recipe: Recipe) -> None:
    """As torch's CosineAnnealingLR with T_max = epochs, stepped once an epoch."""
    config = recipe(steps=0, epochs=4, batch=4, rate=1.0, final_rate=0.0, rate_per="epoch")
    training = config.lasting(10).training
    assert training.steps == 12
    rates = [rate_at(step, training) for step in range(12)]
    assert rates == pytest.approx(
        [r for r in (1, 0.853553, 0.5, 0.146447) for _ in range(3)], abs=1e-6
    )


def test_a_run_of_epochs_resumes_and_ends(recipe: Recipe, tmp_path: Path) -> None:
    config = recipe("dilran", steps=0, epochs=2, batch=4, rate_per="epoch")
    with pytest.raises(KeyboardInterrupt):
        run(config, tmp_path, tell=killed_at(4))
    reports: list[loop.Report] = []
    run(config, tmp_path, resume=True, tell=reports.append)
    images = len(samples(config, "train"))
    assert [reports[0].step, reports[-1].step] == [4, 2 * -(-images // 4)]
    shipped, _, _ = export.trained_network(tmp_path)
    assert (shipped.training.epochs, shipped.training.steps) == (2, reports[-1].step)


def test_an_epoch_shows_every_image_once(recipe: Recipe) -> None:
    config = recipe(batch=4)
    config = replace(config, data=replace(config.data, crop=0, flips=False))
    train = samples(config, "train")
    batches = loop.Batches(train, config)
    seen = torch.cat([batches.at(step)[0] for step in range(len(train) // 4)]).flatten(1)
    everything = torch.stack([s.pixels for s in train]).flatten(1)
    assert sorted(map(tuple, seen.tolist())) == sorted(map(tuple, everything.tolist()))


def test_batches_are_of_one_kind_where_the_recipe_asks_for_it_and_each_is_drawn_as_often(
    recipe: Recipe,
) -> None:
    mixed = [
        datasets.Sample(k, f"{k}{i}", torch.full((1, 16, 16), n / 2.0))
        for k, n, count in (("CT", 0, 9), ("PET", 1, 3))
        for i in range(count)
    ]
    config = recipe(batch=4)
    config = replace(config, data=replace(config.data, sampling="one kind"))
    batches = loop.Batches(mixed, config)
    drawn = [batches.at(step) for step in range(200)]
    assert all((pixels == {"CT": 0.0, "PET": 0.5}[kind]).all() for pixels, kind in drawn)
    assert 70 < sum(kind == "CT" for _, kind in drawn) < 130


def test_an_image_of_another_size_is_named_before_the_first_step(
    recipe: Recipe, tmp_path: Path
) -> None:
    config = replace(recipe("dilran", batch=2), data=replace(recipe().data, crop=0))
    mixed = [
        datasets.Sample("CT", f"100{i}", torch.zeros(1, 32 + 4 * (i == 7), 32)) for i in range(9)
    ]
    said = r"“1007” \(CT\) is trained on as 32×36 pixels, most others as 32×32"
    with pytest.raises(DataError, match=said):
        loop.train(config, tmp_path / "run", mixed, [])
    assert not (tmp_path / "run").exists()
    cropped = replace(config, data=replace(config.data, crop=32))
    assert loop.Batches(mixed, cropped).at(0)[0].shape == (2, 1, 32, 32)
    loop.Batches(mixed, replace(config, training=replace(config.training, batch=1)))


@pytest.mark.parametrize(
    ("task", "crop", "said"),
    [
        ("dilran", 11, r"as 11×11 pixels; dilran needs 12 at least"),
        ("mfinet", 8, r"as 8×8 pixels; mfinet needs 11 at least"),
        ("learned", 10, r"as 10×10 pixels; learned needs 11 at least"),
        ("clarus", 16, r"as 16×16 pixels; clarus needs 24 at least"),
        ("clarus", 30, r"as 30×30 pixels; clarus needs multiples of 4"),
    ],
)
def test_images_that_the_task_cannot_learn_from_are_named(
    recipe: Recipe, tmp_path: Path, task: str, crop: int, said: str
) -> None:
    config = replace(recipe(task), data=replace(recipe().data, crop=crop))
    channels = 1 if task == "dilran" else 2
    pairs = [datasets.Sample("CT-MRI", str(i), torch.zeros(channels, 40, 36)) for i in range(4)]
    with pytest.raises(DataError, match=said):
        loop.train(config, tmp_path, pairs, [])


@pytest.mark.parametrize("task", TASKS)
def test_the_smallest_image_of_a_task_can_be_learned_from_and_judged_at_an_odd_size(
    task: str,
) -> None:
    chosen = TASKS[task]
    side = chosen.sides[0]
    channels = {"images": 1, "pairs": 2, "masked pairs": 4}[chosen.reads]
    loss = {"gradient": 0.5, "perceptual": 0.5} if chosen.reads == "images" else {}
    network = chosen.build({})
    step = chosen.make_step(RunConfig(task, task, loop.Training(steps=1), loss=loss))
    for seed in range(4):  # some of what Clarus does is by chance
        torch.manual_seed(seed)
        assert step(network, torch.rand(2, channels, side, side))[0].isfinite()
    odd = datasets.Sample("CT-MRI", "1", torch.rand(channels, 45, 47))
    scores = loop.validate(chosen, network, [odd])
    assert np.isfinite(scores[chosen.decides])


def test_more_digital_heads_than_pairs_are_refused() -> None:
    with pytest.raises(DataError, match="3 digital heads of 256×256 pixels do not stand in"):
        clarus_safety.with_phantoms(torch.zeros(2, 2, 32, 32), 3)
    with pytest.raises(DataError, match="with 300×32"):
        clarus_safety.with_phantoms(torch.zeros(2, 2, 32, 300), 1)


def test_the_time_left_counts_down(recipe: Recipe, tmp_path: Path) -> None:
    reports: list[loop.Report] = []
    run(recipe(steps=5), tmp_path, tell=reports.append)
    assert [r.step for r in reports] == [1, 2, 3, 4, 5]
    assert reports[0].seconds_left > 0
    assert reports[-1].seconds_left == 0


def test_a_run_stops_when_validation_gets_no_better(recipe: Recipe, tmp_path: Path) -> None:
    config = recipe(steps=60, validate_every=2, patience=3, rate=1e-12, final_rate=0.0)
    config = replace(config, network={"width": 4, "norm": "instance", "dropout": 0.0})
    reports: list[loop.Report] = []
    run(config, tmp_path, tell=reports.append)
    scores = [(r.step, r.scores["PSNR"]) for r in reports if r.scores]
    best = max(scores, key=lambda s: s[1])[0]
    assert reports[-1].step == best + 6 < 60
    reports.clear()
    run(config, tmp_path, resume=True, tell=reports.append)
    assert reports == []


def test_a_checkpoint_that_cannot_be_written_leaves_the_one_before(
    recipe: Recipe, tmp_path: Path
) -> None:
    def tell(report: loop.Report) -> None:
        if report.step == 4:
            (tmp_path / "last.part").mkdir()  # in the way of the next checkpoint

    with pytest.raises(RunError, match="the one before is still there"):
        run(recipe(validate_every=0), tmp_path, tell=tell)
    (tmp_path / "last.part").rmdir()
    reports: list[loop.Report] = []
    run(recipe(validate_every=0), tmp_path, resume=True, tell=reports.append)
    assert reports[0].step == 4  # went on after step 3


def test_a_device_that_is_not_here_is_named(recipe: Recipe, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no device “abacus” here"):
        run(recipe(), tmp_path, device="abacus")


def test_a_run_can_start_from_the_weights_of_another(recipe: Recipe, tmp_path: Path) -> None:
    first = run(recipe("dilran", steps=2), tmp_path / "first")
    config = replace(
        recipe("dilran", steps=2, rate=0.0, final_rate=0.0), start=str(tmp_path / "first")
    )
    second = run(config, tmp_path / "second")
    learnt = dict(second.named_parameters())
    assert all(torch.equal(p, learnt[name]) for name, p in first.named_parameters())


def test_a_run_can_start_from_a_network_that_lacks_a_part(recipe: Recipe, tmp_path: Path) -> None:
    small = {"width": 4, "fine": 4, "dilations": [1]}
    usual = recipe("clarus", steps=1, rate=0.0, final_rate=0.0)
    usual = replace(usual, data=replace(usual.data, crop=32), loss={}, network=small)
    first = run(usual, tmp_path / "first")
    more = replace(usual, network={**small, "closer": 4}, start=str(tmp_path / "first"))
    second = run(more, tmp_path / "second")
    learnt = dict(second.named_parameters())
    assert all(torch.equal(p, learnt[name]) for name, p in first.named_parameters())
    assert len(learnt) > len(dict(first.named_parameters()))


def test_weights_of_another_network_do_not_start_a_run(recipe: Recipe, tmp_path: Path) -> None:
    run(recipe("dilran", steps=1), tmp_path / "first")
    config = replace(recipe("eh-dran", steps=1), start=str(tmp_path / "first"))
    with pytest.raises(RunError, match="“first” do not fit the network of this recipe"):
        run(config, tmp_path / "second")
