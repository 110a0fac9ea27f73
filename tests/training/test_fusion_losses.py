from typing import Any

import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity as reference_similarity
from torch import Tensor

from training import losses
from training.fusion_losses import (
    DIFFERENCE,
    LAPLACE,
    NORMS,
    decision_maps,
    gradient_magnitude,
    gradients,
    mfinet_terms,
    mopa_terms,
    structural_similarity,
)


def picture(seed: int = 0, size: tuple[int, int] = (24, 20)) -> Tensor:
    return torch.rand(1, 1, *size, generator=torch.Generator().manual_seed(seed))


def ramp(slope: float = 0.05) -> Tensor:
    return (torch.arange(12.0) * slope).expand(1, 1, 12, 12)


def test_similarity_is_that_of_a_gaussian_window_where_it_fits() -> None:
    x, y = picture(0).double(), picture(1).double()
    options: dict[str, Any] = {"gaussian_weights": True, "use_sample_covariance": False}
    _, full = reference_similarity(
        x[0, 0].numpy(), y[0, 0].numpy(), data_range=1, sigma=1.5, full=True, **options
    )
    inside = full[5:-5, 5:-5].mean()
    assert float(structural_similarity(x, y)) == pytest.approx(inside, abs=1e-7)


def test_similarity_needs_room_for_its_window() -> None:
    with pytest.raises(ValueError, match="11x11"):
        structural_similarity(picture(size=(10, 30)), picture(size=(10, 30)))


def test_a_ramp_has_eight_times_its_slope_as_gradient() -> None:
    inside = gradient_magnitude(ramp(0.05))[..., 1:-1, 1:-1]
    torch.testing.assert_close(inside, torch.full_like(inside, 8 * 0.05))
    assert gradient_magnitude(ramp(0.05))[0, 0, 5, 0] == pytest.approx(4 * 0.05)  # edge repeated


class TestMfinet:
    def test_an_image_fused_with_itself_costs_nothing(self) -> None:
        a = picture()
        assert sum(mfinet_terms(a, a, a)) == pytest.approx(0, abs=1e-6)

    def test_wants_the_stronger_gradient_of_both(self) -> None:
        weak, strong = ramp(0.02), ramp(0.05)
        assert mfinet_terms(strong, weak, strong).gradient == pytest.approx(0, abs=1e-9)
        inner = (8 * 0.03) ** 2 * 10 / 12 + (4 * 0.03) ** 2 * 2 / 12  # columns, edge columns
        assert mfinet_terms(weak, weak, strong).gradient == pytest.approx(inner, rel=1e-4)

    def test_the_pixel_term_counts_both_sources(self) -> None:
        black, grey = torch.zeros(1, 1, 12, 12), torch.full((1, 1, 12, 12), 0.5)
        assert mfinet_terms(black, black, grey).pixel == pytest.approx(0.25)

    def test_brightness_is_the_distance_from_the_brighter_source(self) -> None:
        dark, grey, fused = (torch.full((1, 1, 12, 12), level) for level in (0.1, 0.5, 0.3))
        assert mfinet_terms(fused, dark, grey).brightness == pytest.approx(0.2)

    def test_norms_of_a_difference_of_three_everywhere(self) -> None:
        three = torch.full((2, 1, 2, 2), 3.0)
        values = {name: float(norm(three)) for name, norm in NORMS.items()}
        expected = {"mean square": 9, "rms": 3, "mean absolute": 3, "norm": 72**0.5}
        assert values == pytest.approx(expected)


class TestMopa:
    def test_the_stronger_gradient_decides_and_ties_go_to_the_first(self) -> None:
        a, b = ramp(0.05), ramp(0.02)
        assert decision_maps(a, b)[0].all()
        assert decision_maps(b, a)[1][..., 1:-1].all()
        assert decision_maps(a, a.clone())[0].all()

    def test_soft_decisions_are_the_share_of_the_gradient(self) -> None:
        share_a, share_b = decision_maps(ramp(0.06), ramp(0.02), soft=True)
        torch.testing.assert_close(share_a, torch.full_like(share_a, 0.75))
        torch.testing.assert_close(share_a + share_b, torch.ones_like(share_a))

    @pytest.mark.parametrize(
        "kernels", [losses.SOBEL, LAPLACE, DIFFERENCE], ids=["sobel", "laplacian", "difference"]
    )
    def test_a_perfect_answer_costs_nothing(self, kernels: Tensor) -> None:
        a = picture()
        assert sum(mopa_terms(a, (a, a), (a, a), kernels=kernels)) == pytest.approx(0, abs=1e-6)

    def test_the_terms_of_constant_images_by_hand(self) -> None:
        a, b, fused, again = (torch.full((1, 1, 6, 6), level) for level in (0.2, 0.6, 0.4, 0.3))
        terms = mopa_terms(fused, (again, again), (a, b), alpha=0.5)
        assert float(terms.gradient) == pytest.approx(0, abs=1e-12)
        assert float(terms.intensity) == pytest.approx(0.04 + 0.5 * 0.04)
        assert float(terms.decoupling) == pytest.approx(0.01 + 0.09)

    def test_only_the_source_that_decides_pulls_the_gradient(self) -> None:
        a, b = ramp(0.05), ramp(0.02)
        right = mopa_terms(a, (a, b), (a, b)).gradient
        wrong = mopa_terms(b, (a, b), (a, b)).gradient
        assert float(right) == pytest.approx(0, abs=1e-9)
        assert float(wrong) > 0.03

    def test_emphasis_asks_for_more_gradient_than_the_source_has(self) -> None:
        a, b = ramp(0.05), ramp(0.02)
        more = mopa_terms(1.1 * a, (a, b), (a, b), emphasis=1.1).gradient
        assert float(more) == pytest.approx(0, abs=1e-9)
        assert float(mopa_terms(a, (a, b), (a, b), emphasis=1.1).gradient) > 1e-4

    def test_no_gradient_flows_through_the_decision(self) -> None:
        a, b = picture(0).requires_grad_(), picture(1).requires_grad_()
        assert not any(share.requires_grad for share in decision_maps(a, b))


def test_losses_of_a_batch_are_the_mean_over_its_images() -> None:
    a, b, y = (torch.cat((picture(i), picture(i + 3))) for i in range(3))
    whole = [*mfinet_terms(y, a, b), *mopa_terms(y, (y, y), (a, b))]
    each = [
        [*mfinet_terms(y[i], a[i], b[i]), *mopa_terms(y[i], (y[i], y[i]), (a[i], b[i]))]
        for i in (slice(0, 1), slice(1, 2))
    ]
    np.testing.assert_allclose(whole, np.mean(each, axis=0), rtol=1e-5)


def test_differences_of_neighbours_see_the_blur_of_a_step_that_sobel_hardly_sees() -> None:
    step = torch.zeros(1, 1, 8, 8)
    step[..., 4:] = 1
    blurred = step.clone()
    blurred[..., 4] = 0.5
    lost = [
        1 - float(gradients(blurred, k).square().sum() / gradients(step, k).square().sum())
        for k in (DIFFERENCE, losses.SOBEL)
    ]
    assert lost == pytest.approx([0.5, 0.25])
