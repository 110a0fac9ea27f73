from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter
from torch import Tensor

from fusionviewer.fusion.answers import CORRECTION
from fusionviewer.imaging.structures import check_structures, steepness
from fusionviewer.metrics.report import score_pair
from training import clarus_safety, clarus_step
from training.clarus_scores import SCORES, spatial_frequency
from training.config import DataConfig, RunConfig, Training
from training.fusion_tasks import as_levels

Fuse = Callable[[Tensor, Tensor], Tensor]

# Ways to fuse that score differently.
WAYS: dict[str, Fuse] = {
    "maximum": torch.maximum,
    "average": lambda a, b: (a + b) / 2,
    "first": lambda a, b: 0.9 * a + 0.1 * b,
}
# Histograms are smoothed, and spatial frequency is told relative to the sources.
EXACT = ("ssim", "fsim", "vif", "qabf", "scd")


def images(seed: int, side: int = 64) -> tuple[Tensor, Tensor]:
    """Two smooth textures of 8-bit levels on a black frame, (1, 1, H, W) each."""
    rng = np.random.default_rng(seed)
    found = []
    for blur in (1.5, 2.5):
        texture = gaussian_filter(rng.standard_normal((side, side)), blur)
        texture = (texture - texture.min()) / np.ptp(texture)
        texture[:6] = 0
        found.append(torch.from_numpy(np.round(texture * 255) / 255).float()[None, None])
    return found[0], found[1]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", EXACT)
def test_a_taught_score_is_the_score_that_judges(name: str, way: str) -> None:
    a, b = images(1)
    fused = (WAYS[way](a, b) * 255).round() / 255
    judged = score_pair(as_levels(a), as_levels(b), as_levels(fused), (name,))[name].value
    assert float(SCORES[name](a, b, fused)) == pytest.approx(judged, abs=0.01)


def test_a_copy_shares_more_than_a_mixture_and_a_mixture_more_than_noise() -> None:
    a, b = images(2)
    noise = torch.rand(1, 1, 64, 64, generator=torch.Generator().manual_seed(0))
    copied, mixed, nothing = (float(SCORES["mi"](a, a, f)) for f in (a, (a + b) / 2, noise))
    assert copied > mixed > nothing


def test_edges_are_ranked_as_fmi_ranks_them() -> None:
    """A copy of one source, its bright half beside the other's, both mixed, noise."""
    a, b = images(2)
    noise = torch.rand(1, 1, 64, 64, generator=torch.Generator().manual_seed(0))
    halves = torch.cat((a[..., :32], b[..., 32:]), dim=-1)
    ways = [(f * 255).round() / 255 for f in (a, halves, (a + b) / 2, noise)]
    levels = [as_levels(x) for x in (a, b)]
    judged = [score_pair(*levels, as_levels(f), ("fmi_edge",))["fmi_edge"].value for f in ways]
    taught = [float(SCORES["fmi"](a, b, f)) for f in ways]
    assert np.argsort(taught).tolist() == np.argsort(judged).tolist()
    assert float(SCORES["fmi"](a, a, a)) == 1


@pytest.mark.parametrize("name", SCORES)
def test_each_image_of_a_batch_is_scored_alone_and_black_ones_do_no_harm(name: str) -> None:
    (a, b), (c, d) = images(3), images(4)
    nothing = torch.zeros_like(a)
    batch = torch.cat((a, c, nothing)), torch.cat((b, d, nothing))
    fused = torch.maximum(*batch).requires_grad_()
    scores = SCORES[name](*batch, fused)
    assert scores.shape == (3,)
    alone = SCORES[name](c, d, torch.maximum(c, d))
    torch.testing.assert_close(scores[1:2].detach(), alone, atol=1e-4, rtol=0)
    scores.sum().backward()
    assert fused.grad is not None
    assert fused.grad.isfinite().all()


def test_steps_steeper_than_the_sources_count_against_spatial_frequency() -> None:
    a, _ = images(5)
    honest = SCORES["sf"](a, a, a)
    assert honest == pytest.approx(1, abs=1e-4)
    assert SCORES["sf"](a, a, 1.2 * a) < honest
    assert SCORES["sf"](a, a, 0.8 * a) < honest


def test_spatial_frequency_may_be_asked_for_beyond_the_sources() -> None:
    a, _ = images(5)
    sharper = SCORES["sf"](a, a, 1.1 * a)
    wanted = spatial_frequency(a, a, 1.1 * a, wanted=1.1)
    assert wanted == pytest.approx(1, abs=1e-4)
    assert wanted > sharper


def test_a_kind_is_taught_by_its_own_weights_and_its_own_phantoms() -> None:
    data = DataConfig(sampling="one kind")
    loss: dict[str, object] = {"rough": 0.0, "phantoms": 2, "missing": 0.0}
    loss["CT-MRI"] = {"ssim": 0.0, "sf": 2.0}
    step = clarus_step.clarus_step(RunConfig("x", "clarus", Training(steps=1), data, loss=loss))
    network = clarus_step.build({"width": 4, "dilations": [1]})
    batch = torch.zeros(2, 2, 64, 64)
    torch.manual_seed(1)
    loss_of_ct, of_ct = step(network, batch, "CT-MRI")
    _, of_pet = step(network, batch, "PET-MRI")
    assert "ssim" not in of_ct
    assert "ssim" in of_pet
    weights = clarus_step.ClarusLoss(ssim=0.0, sf=2.0)
    expected = sum(getattr(weights, name) * part for name, part in of_ct.items())
    torch.testing.assert_close(loss_of_ct, expected)

    heads = [head for kind, head in clarus_safety.phantoms() if kind == "SPECT-MRI"]
    seen = clarus_safety.with_phantoms(torch.zeros(2, 2, 256, 256), 2, "SPECT-MRI")
    assert all(any(torch.equal(one, head) for head in heads) for one in seen)


def test_slopes_are_those_of_the_check_for_structures() -> None:
    image, _ = images(6)
    down, across = clarus_safety._slopes(image)
    told = torch.hypot(down, across)[0, 0].numpy()
    np.testing.assert_allclose(told, steepness(image[0, 0].numpy()), atol=1e-5)


def test_switching_between_sources_invents_edges_and_the_maximum_does_not() -> None:
    a, b = images(7)
    stripes = torch.arange(64) % 16 < 8
    switched = torch.where(stripes, a * 0 + 0.2, a * 0 + 0.8)
    flat = torch.full_like(a, 0.2), torch.full_like(a, 0.8)
    assert clarus_safety.invented(*flat, switched) > 0.01
    assert clarus_safety.invented(a, b, torch.maximum(a, b)) == 0
    found = check_structures(*(x[0, 0].numpy() for x in (*flat, switched)))
    assert found.unsupported_count > 0


@settings(max_examples=20)
@given(st.integers(0, 1000))
def test_what_is_planted_is_missed_only_where_it_does_not_show(seed: int) -> None:
    torch.manual_seed(seed)
    a, b = images(8)
    changed, change = clarus_safety.planted(a, b)
    assert changed.min() >= 0
    assert changed.max() <= 1
    assert (change[a == 0] == 0).all()
    assert clarus_safety.missing(a, changed, change) == 0
    assert clarus_safety.missing((a + b) / 2, (changed + b) / 2, change) < 1e-6
    assert float(clarus_safety.missing(b, b, change, 1)) == pytest.approx(
        clarus_safety.WANTED, rel=1e-2
    )
    lost = clarus_safety.missing(b, b, change)
    # All of it is lost, but for what the means at the edge of the image leave out.
    assert 0.8 * clarus_safety.WANTED < float(lost) <= clarus_safety.WANTED


def test_an_edge_is_lost_where_the_check_for_structures_says_so() -> None:
    a = torch.full((1, 1, 64, 64), 0.2)
    a[..., 20:40, 20:40] = 0.9
    b = torch.full_like(a, 0.5)
    for fused, gone in ((torch.maximum(a, b), False), (b, True), (0.9 * b + 0.1 * a, True)):
        found = check_structures(*(x[0, 0].numpy() for x in (a, b, fused)))
        assert (found.lost_count > 0) == gone
        assert (float(clarus_safety.lost(a, b, fused)) > 1e-3) == gone


def test_what_is_planted_into_white_does_not_show_by_being_whiter_than_white() -> None:
    a, b = torch.full((2, 1, 64, 64), 0.9), torch.full((2, 1, 64, 64), 1.0)

    class Adds(torch.nn.Module):
        """Takes the brighter image, and adds a tenth of the first."""

        def forward(self, a: Tensor, b: Tensor) -> Tensor:
            return torch.cat(((a > b).float(), 0.1 * a), dim=1)

    network = Adds()
    missed = {}
    for lost in (0.0, 1.0):
        torch.manual_seed(3)
        weights = clarus_step.ClarusLoss(lost=lost, around=1)
        missed[lost] = clarus_step._hidden(network, a, b, network(a, b), weights)["missing"]
    assert missed[1.0] > missed[0.0] + 0.05


@pytest.mark.parametrize("name", ["ssim", "brightness", "bone"])
def test_an_image_may_be_judged_as_it_is_shown(name: str) -> None:
    a, b = torch.full((2, 1, 1, 64, 64), 1.0)
    plain = torch.zeros(1, 2, 64, 64)
    whiter = plain + torch.tensor([0.0, CORRECTION]).view(1, 2, 1, 1)
    there, beyond = (
        clarus_step.terms(x, a, b, {name: 1.0, "restraint": 1.0, "clipped": 1.0})
        for x in (plain, whiter)
    )
    torch.testing.assert_close(there[name], beyond[name])
    assert beyond["restraint"] > there["restraint"]


def test_bone_is_missed_where_it_is_darker_than_in_the_first_image() -> None:
    a, b = images(12)
    a *= 0.9
    a[..., 20:30, 20:30] = 1
    first = torch.cat((torch.ones_like(a), torch.zeros_like(a)), dim=1)
    second = torch.zeros_like(first)
    missed = [float(clarus_step.terms(x, a, b, {"bone": 1.0})["bone"]) for x in (first, second)]
    assert missed[0] == 0
    assert missed[1] == pytest.approx(float((1 - b)[..., 20:30, 20:30].sum() / a.numel()), rel=1e-3)


def test_bright_uptake_is_missed_where_it_turns_dark() -> None:
    a, b = torch.full((1, 1, 64, 64), 0.8), torch.full((1, 1, 64, 64), 0.2)
    missed = {}
    for share in (0.0, 0.3, 0.9):
        answer = torch.cat((torch.full_like(a, share), torch.zeros_like(a)), dim=1)
        missed[share] = float(clarus_step.terms(answer, a, b, {"uptake": 1.0})["uptake"])
        faint = clarus_step.terms(answer, a / 4, b / 4, {"uptake": 1.0})["uptake"]
        assert faint == 0
    assert missed[0.0] == pytest.approx(0.7 * 0.8 - 0.2)
    assert missed[0.0] > missed[0.3] > missed[0.9] == 0


def test_a_small_hot_spot_that_turns_dark_is_missed_as_much_as_a_large_one() -> None:
    b = torch.full((1, 1, 64, 64), 0.2)
    missed = []
    for side in (4, 40):
        a = torch.full_like(b, 0.4)
        a[..., 10 : 10 + side, 10 : 10 + side] = 0.9
        dark = torch.zeros(1, 2, 64, 64)  # the second image everywhere
        kept = torch.cat((torch.ones_like(a), torch.zeros_like(a)), dim=1)
        missed.append(float(clarus_step.terms(dark, a, b, {"hot": 1.0})["hot"]))
        assert clarus_step.terms(kept, a, b, {"hot": 1.0})["hot"] == 0
        assert clarus_step.terms(dark, a / 2, b, {"hot": 1.0})["hot"] == 0
    assert missed == pytest.approx([(0.7 * 0.9 - 0.2) ** 2] * 2)


def test_half_the_contrast_of_the_second_image_is_asked_for() -> None:
    a, b = images(13)
    flat = torch.zeros_like(a)
    missing = {
        share: float(clarus_step._flattened(b, flat + share * b)) for share in (0.0, 0.25, 0.6, 1.0)
    }
    assert missing[0.0] > missing[0.25] > 0.4 * missing[0.0]
    assert missing[0.6] < 1e-4
    assert missing[1.0] < 1e-4


def test_flicker_is_change_that_neither_source_has() -> None:
    a, b = images(14)
    c, d = images(15)
    steady = clarus_safety.flicker((a, b, torch.maximum(a, b)), (c, d, torch.maximum(c, d)))
    assert steady == 0
    assert clarus_safety.flicker((a, b, a), (a, b, b)) == pytest.approx(float((a - b).abs().mean()))


def test_neighbours_are_two_near_slices_of_one_head_with_one_crop() -> None:
    torch.manual_seed(2)
    here, there = clarus_safety.neighbours(256, 256, "CT-MRI")
    assert here.shape == there.shape == (1, 2, 256, 256)
    assert 0 < (here - there).abs().mean() < 0.05
    assert any(
        torch.equal(here[0], head) for kind, head in clarus_safety.phantoms() if kind == "CT-MRI"
    )
    small = clarus_safety.neighbours(64, 48, "MRI-MRI")  # of which there are no heads
    assert small[0].shape == (1, 2, 64, 48)


def test_a_step_counts_bone_contrast_and_flicker_when_asked() -> None:
    loss: dict[str, object] = {"bone": 1.0, "contrast": 1.0, "flicker": 1.0, "rough": 0.0}
    step = clarus_step.clarus_step(RunConfig("x", "clarus", Training(steps=1), loss=loss))
    network = clarus_step.build({"width": 4, "dilations": [1], "closer": 4})
    total, parts = step(network, torch.cat(images(10), dim=1), "CT-MRI")
    assert {"bone", "contrast", "flicker"} <= set(parts)
    total.backward()
    assert network.network.closer is not None
    grown = network.network.closer[-1].weight.grad
    assert grown is not None
    assert grown.abs().max() > 0


def test_structures_can_be_planted_where_the_other_source_hides_them() -> None:
    a, b = torch.full((8, 1, 64, 64), 0.5), torch.zeros(8, 1, 64, 64)
    b[..., 32:] = 1
    torch.manual_seed(0)
    behind = {
        places: float((clarus_safety.planted(a, b, places)[1].abs() * b).sum())
        / float(clarus_safety.planted(a, b, places)[1].abs().sum())
        for places in (1, 6)
    }
    assert behind[6] > 0.85 > 0.7 > behind[1]


@settings(max_examples=20)
@given(st.integers(0, 1000))
def test_a_worse_day_leaves_images_within_range_and_of_one_size(seed: int) -> None:
    torch.manual_seed(seed)
    a, b = images(9)
    rough = clarus_step.roughened(torch.cat((a, b)), 1.0)
    assert rough.shape == (2, 1, 64, 64)
    assert rough.min() >= 0
    assert rough.max() <= 1
    zoomed = clarus_step.zoomed(torch.cat((a, b), dim=1), 1.0)
    assert zoomed.shape[-2:] in ((64, 64), (32, 32))


@pytest.mark.parametrize("residual", [True, False])
def test_training_makes_it_better_by_its_own_account(residual: bool) -> None:
    config = RunConfig("clarus", "clarus", Training(steps=8), loss={"rough": 0.0, "fmi": 1.0})
    torch.manual_seed(0)
    network = clarus_step.build({"width": 8, "dilations": [1, 2], "residual": residual})
    step = clarus_step.clarus_step(config)
    batch = torch.cat(images(10), dim=1)
    optimiser = torch.optim.Adam(network.parameters(), lr=3e-3)
    losses = []
    for _ in range(8):
        torch.manual_seed(1)  # the same structure is planted again
        optimiser.zero_grad()
        loss, parts = step(network, batch)
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
        assert set(parts) >= set(SCORES) | {"missing", "invented", "gradient"}
    assert losses[-1] < losses[0]


def test_what_ships_answers_with_a_weight_and_a_correction() -> None:
    network = clarus_step.build({"width": 8, "dilations": [1, 2]})
    a, b = images(11)
    answer = clarus_step.shipped(network)(a, b)
    assert answer.shape == (1, 2, 64, 64)
    assert answer[:, 1].abs().max() <= CORRECTION
