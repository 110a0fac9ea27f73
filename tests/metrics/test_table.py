"""What every score must do, whatever it measures."""

import numpy as np
import pytest

from fusionviewer.metrics.picture import Picture, Sources
from fusionviewer.metrics.report import Score, score_pair, scores_of
from fusionviewer.metrics.table import CONVENTIONS, METRICS, REGION_RULES, Metric

ORDERED = {"fmi_pixel", "fmi_gradient", "fmi_edge", "fmi_wavelet", "fmi_dct", "fmi_jpeg"}
PERFECT = {
    **dict.fromkeys(["ssim", "ms_ssim", "fsim", "fsim_parity", "q_w", "q_e", "q_y", "q_cb"], 1),
    **dict.fromkeys(["fmi_pixel", "fmi_gradient", "fmi_edge", "fmi_wavelet", "fmi_dct"], 1),
    **{"fmi_jpeg": 1, "cc": 1, "nmi": 2, "nmi_ratio": 2, "vif": 2, "ce": 0, "nabf": 0},
    "qabf": 0.9747936,
}
NEARNESS = ["psnr", "ssim", "ms_ssim", "fsim", "vif", "qabf", "q_w", "q_e", "q_y", "q_cb", "cc"]
NEARNESS += ["mi", "nmi", "fmi_pixel", "fmi_gradient", "fmi_edge", "fmi_wavelet", "fsim_parity"]
OF_BLACK = {  # all three images wholly black, 192 × 192
    **dict.fromkeys(["en", "en_float", "en_jpeg", "mi", "mi_nats", "ce"], 0),
    **dict.fromkeys(["sf", "ag", "sd", "sd_uint8", "ei"], 0),
    **dict.fromkeys(["ssim", "ms_ssim", "q_y", "q_cb", *ORDERED], 1),
    **dict.fromkeys(["nmi", "nmi_ratio", "fsim", "fsim_parity", "qabf", "nabf", "q_w", "q_e"]),
    **dict.fromkeys(["vif", "psnr", "cc", "scd", "de2000", "de2000_colour", "hue_shift"]),
}
OF_ONE_PIXEL = {  # levels 10, 20 and 30
    **dict.fromkeys(["en", "en_float", "en_jpeg", "mi", "mi_nats"], 0),
    **dict.fromkeys(["sd", "sd_uint8", "ei"], 0),
    "q_cb": 1,
    "psnr": 10 * np.log10(255**2) - 5 * np.log10(20**2 * 10**2),
}


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
class TestEveryScore:
    def test_says_what_it_is(self, metric: Metric):
        assert metric.label and metric.convention and metric.description.endswith(".")
        assert metric.region in REGION_RULES
        assert metric.function.__doc__

    def test_does_not_care_which_source_comes_first(self, metric: Metric, score, a, b):
        fused = np.maximum(a, b) * 0.9
        one, other = _scored(metric, a, b, fused), _scored(metric, a, b, fused, swapped=True)
        assert metric.symmetric
        assert one.value == pytest.approx(other.value, rel=1e-12)

    def test_does_not_care_which_way_the_image_lies(self, metric: Metric, a, b):
        if metric.name in ORDERED | {"en_jpeg"}:
            pytest.skip("the definition goes through the pixels in one order")
        fused = np.maximum(a, b) * 0.9
        one, turned = _scored(metric, a, b, fused), _scored(metric, a.T, b.T, fused.T)
        # Not exactly: the highest frequency has one sign only, and no gradient counts as upright.
        assert one.value == pytest.approx(turned.value, rel=2e-5)

    def test_stays_in_its_range(self, metric: Metric, a, b):
        low, high = metric.range
        noise = np.random.default_rng(0).integers(0, 256, a.shape)
        for fused in (a, (a + b) / 2, np.maximum(a, b), 255 - a, noise):
            value = score_pair(a, b, fused, [metric.name])[metric.name].value
            if value is not None:
                assert low is None or value >= low - 1e-9
                assert high is None or value <= high * (1 + 1e-4)

    def test_a_region_of_everything_changes_nothing(self, metric: Metric, a, b):
        fused, everything = np.maximum(a, b) * 0.9, np.ones(a.shape, dtype=bool)
        whole, region = _scored(metric, a, b, fused), _scored(metric, a, b, fused, everything)
        assert region.value == pytest.approx(whole.value, rel=1e-9)

    def test_pixels_far_outside_a_region_do_not_matter(self, metric: Metric, a, b):
        if metric.name in {"fsim", "fsim_parity", "q_cb", "en_jpeg", "fmi_edge"}:
            pytest.skip("the whole image goes through one transform, or sets one threshold")
        region = np.zeros(a.shape, dtype=bool)
        region[:180, :180] = True
        fused = np.maximum(a, b) * 0.9
        spoilt = fused.copy()
        spoilt[-3:] = 77
        one, other = (_scored(metric, a, b, f, region) for f in (fused, spoilt))
        assert one.value == pytest.approx(other.value, rel=1e-12)

    def test_of_black_images_is_as_stated(self, metric: Metric):
        black = np.zeros((192, 192))
        found = score_pair(black, black, black, [metric.name])[metric.name]
        expected = OF_BLACK[metric.name]
        assert found.value == (None if expected is None else pytest.approx(expected))
        assert (found.why_not is None) == (found.value is not None)

    def test_of_one_pixel_is_as_stated(self, metric: Metric):
        found = score_pair([[10]], [[20]], [[30]], [metric.name])[metric.name]
        expected = OF_ONE_PIXEL.get(metric.name)
        assert found.value == (None if expected is None else pytest.approx(expected))
        assert found.value is not None or found.why_not

    def test_of_a_flat_result_is_a_number_or_a_reason(self, metric: Metric, a, b):
        for fused in (np.zeros_like(a), np.full_like(a, 128), np.full_like(a, 255)):
            found = score_pair(a, b, fused, [metric.name])[metric.name]
            assert np.isfinite(found.value) if found.value is not None else found.why_not

    def test_of_flat_sources_is_a_number_or_a_reason(self, metric: Metric, a):
        flat = np.full_like(a, 200)
        for x, y in ((flat, flat), (flat, a), (np.zeros_like(a), flat)):
            found = score_pair(x, y, a, [metric.name])[metric.name]
            assert np.isfinite(found.value) if found.value is not None else found.why_not


@pytest.mark.parametrize(("name", "best"), PERFECT.items(), ids=PERFECT)
def test_perfect_fusion_gives_the_best_value(name, best, score, a, b):
    assert score(name, a, a, a) == pytest.approx(best, rel=1e-5, abs=1e-9)
    worse = score(name, a, a, b)
    assert worse < best or (METRICS[name].better == "lower" and worse > best)


@pytest.mark.parametrize("name", NEARNESS)
def test_more_noise_is_worse(name, score, a):
    noise = np.random.default_rng(5).standard_normal(a.shape)
    values = [score(name, a, a, np.clip(a + sigma * noise, 0, 255)) for sigma in (3, 12, 48)]
    assert values == sorted(values, reverse=True)


def test_noise_makes_up_edges(score, a, b):
    noise = np.random.default_rng(5).standard_normal(a.shape)
    fused = np.maximum(a, b)
    values = [score("nabf", a, b, np.clip(fused + s * noise, 0, 255)) for s in (0, 6, 48)]
    assert values == sorted(values)


def test_conventions_name_scores_that_exist():
    assert {name for names in CONVENTIONS.values() for name in names} <= METRICS.keys()


def test_our_own_convention_has_no_variant_that_only_reproduces_a_table():
    assert not {"en_float", "en_jpeg", "fsim_parity", "sd_uint8"} & set(CONVENTIONS["bits"])


def test_what_is_known_of_the_sources_changes_no_score(a, b):
    a, b = a[:64, :64], b[:64, :64]
    sources = Sources(Picture(a), Picture(b))
    for fused in (a, np.maximum(a, b), (a + b) / 2):
        assert scores_of(sources, Picture(fused)) == score_pair(a, b, fused)


def _scored(metric: Metric, a, b, fused, region=None, swapped=False) -> Score:
    """With colours, of which the luminance is not asked."""
    x, y = Picture(a), Picture(b, _painted(b))
    sources = Sources(y, x, region) if swapped else Sources(x, y, region)
    return scores_of(sources, Picture(fused, _painted(fused)), [metric.name])[metric.name]


def _painted(levels):
    return np.stack([levels, levels / 2, 255 - levels], axis=-1).astype(np.uint8)
