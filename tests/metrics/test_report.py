import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image
from scipy.stats import wilcoxon

from fusionviewer.errors import InputError
from fusionviewer.metrics.picture import Picture, Sources
from fusionviewer.metrics.report import Score, score_pair, scores_of, summary
from fusionviewer.metrics.table import METRICS

GREY = np.zeros((8, 8))


@pytest.mark.parametrize(
    ("fused", "said"),
    [
        (np.zeros((8, 9)), "Source A is 8 × 8 pixels, but the fused image is 9 × 8"),
        (np.zeros((8, 8, 3)), "not rows and columns of grey levels"),
        (np.zeros((0, 8)), "not rows and columns of grey levels"),
        (np.full((8, 8), np.nan), "has 64 pixels that are not numbers"),
        (np.full((8, 8), 40_000), "from 40000 to 40000, outside 0…255"),
        (np.full((8, 8), -1), "outside 0…255"),
    ],
)
def test_images_that_cannot_be_scored_are_refused_in_words(fused, said):
    with pytest.raises(InputError, match=said) as refused:
        score_pair(GREY, GREY, fused)
    assert refused.value.hint


def test_sources_of_different_sizes_are_refused():
    with pytest.raises(InputError, match="Source A is 8 × 8 pixels, but source B is 4 × 8"):
        score_pair(GREY, np.zeros((8, 4)), GREY)


def test_colours_that_do_not_fit_are_refused():
    with pytest.raises(InputError, match="do not fit"):
        Picture(GREY, np.zeros((8, 7, 3), dtype=np.uint8))


def test_a_mistaken_caller_is_told_what_it_gave():
    with pytest.raises(ValueError, match="no score is called sharpness"):
        score_pair(GREY, GREY, GREY, ["sharpness"])
    with pytest.raises(ValueError, match="a region is a bool array"):
        score_pair(GREY, GREY, GREY, region=np.ones((8, 8)))
    with pytest.raises(ValueError, match="holds no pixel"):
        score_pair(GREY, GREY, GREY, region=np.zeros((8, 8), dtype=bool))


@given(st.data(), st.integers(1, 12), st.integers(1, 12))
def test_small_and_poor_images_give_numbers_or_reasons_but_never_nan(data, height, width):
    levels = arrays(np.uint8, (height, width), elements=st.sampled_from([0, 1, 128, 255]))
    images = [data.draw(levels) for _ in range(3)]
    with np.errstate(divide="raise", invalid="raise", over="raise"):
        found = score_pair(*images)
    for score in found.values():
        assert np.isfinite(score.value) if score.value is not None else score.why_not


def test_infinity_becomes_a_reason(a, b):
    assert score_pair(a, b, a, ["psnr"])["psnr"] == Score(
        None, "infinite: the fused image equals a source"
    )


def test_a_score_of_pixels_sees_exactly_the_region(a, b):
    fused, region = (a + b) / 2, np.zeros(a.shape, dtype=bool)
    region[50:90, 60:140] = True
    cut = [image[50:90, 60:140] for image in (a, b, fused)]
    names = ["en", "mi", "nmi", "ce", "psnr", "cc", "scd", "sd", "en_float"]
    assert score_pair(a, b, fused, names, region) == score_pair(*cut, names)


def test_a_score_of_the_box_sees_the_region_s_bounding_box(a, b):
    fused, region = (a + b) / 2, np.zeros(a.shape, dtype=bool)
    region[50, 60] = region[109, 149] = True
    cut = [image[50:110, 60:150] for image in (a, b, fused)]
    names = [name for name, metric in METRICS.items() if metric.region == "box"]
    assert score_pair(a, b, fused, names, region) == score_pair(*cut, names)


def test_a_region_smaller_than_a_window_gives_a_reason(a, b):
    corner = np.zeros(a.shape, dtype=bool)
    corner[:2, :2] = True
    found = score_pair(a, b, a, ["ssim", "q_w", "vif"], corner)
    assert [score.value for score in found.values()] == [None, None, None]
    assert "smaller than the window" in found["ssim"].why_not


def test_a_score_in_windows_is_better_where_the_fused_image_is_right(a, b):
    left = np.zeros(a.shape, dtype=bool)
    left[:, :90] = True
    fused = np.where(left, a, b)
    for name in ("ssim", "qabf", "fsim", "q_y", "q_w", "fmi_pixel"):
        good, bad = (score_pair(a, a, fused, [name], r)[name].value for r in (left, ~left))
        assert good > bad


def test_means_deviations_and_marks():
    table = {
        "one": [{"ssim": Score(v), "nabf": Score(v)} for v in (0.5, 0.7)],
        "two": [{"ssim": Score(v), "nabf": Score(v)} for v in (0.8, 0.8)],
        "three": [{"ssim": Score(v), "nabf": Score(v)} for v in (0.1, 0.2)],
    }
    found = summary(table)
    assert found["ssim"]["one"].mean == pytest.approx(0.6)
    assert found["ssim"]["one"].deviation == pytest.approx(np.sqrt(0.02))
    assert [found["ssim"][m].mark for m in table] == ["second", "best", ""]
    assert [found["nabf"][m].mark for m in table] == ["second", "", "best"]
    assert found["ssim"]["one"].p_value is None  # two pairs can prove nothing


def test_p_values_are_wilcoxons_against_the_best():
    generator = np.random.default_rng(0)
    best = generator.random(12) + 0.3
    other = best - generator.random(12) * 0.2 + 0.05
    found = summary({"best": _rows(best), "other": _rows(other), "twin": _rows(best)})["cc"]
    assert found["best"].p_value is None
    assert found["other"].p_value == pytest.approx(wilcoxon(other - best).pvalue)
    assert found["twin"].mark == "best"
    assert found["twin"].p_value == 1


def test_a_method_without_a_value_for_every_pair_gets_no_mark():
    rows = _rows([0.9] * 6)
    rows[3] = {"cc": Score(None, "constant")}
    found = summary({"holes": rows, "good": _rows([0.5] * 6), "fair": _rows([0.4] * 6)})["cc"]
    assert [found[m].mark for m in ("holes", "good", "fair")] == ["", "best", "second"]
    assert (found["holes"].count, found["holes"].missing) == (5, 1)
    assert found["holes"].why_not == "constant"


def test_entropy_of_floats_has_no_best():
    found = summary({"x": [{"en_float": Score(9)}], "y": [{"en_float": Score(4)}]})["en_float"]
    assert [found[m].mark for m in "xy"] == ["", ""]


def test_methods_must_have_scored_the_same_pairs():
    with pytest.raises(ValueError, match="same pairs"):
        summary({"x": _rows([1]), "y": _rows([1, 2])})


def test_real_pairs_score_what_others_found(data):
    """Means of 24 pairs of another split: NETWORKS and PEERS give MI 3.58 to 3.75, and so on."""
    names = sorted(path.name for path in (data / "harvard/CT-MRI/CT").iterdir())[::12]
    average, maximum = [], []
    for name in names:
        a, b = (_levels(data / "harvard/CT-MRI" / folder / name) for folder in ("CT", "MRI"))
        sources = Sources(Picture(a), Picture(b))
        asked = ["psnr", "ssim", "fsim", "mi", "sf", "vif", "qabf", "fmi_edge", "scd"]
        average.append(scores_of(sources, Picture(np.rint((a + b) / 2)), asked))
        maximum.append(scores_of(sources, Picture(np.maximum(a, b)), asked))
    mean = lambda rows, name: np.mean([row[name].value for row in rows])  # noqa: E731
    for name, published, tolerance in (
        *(("psnr", 15.9, 1.0), ("ssim", 0.74, 0.04), ("fsim", 0.77, 0.05), ("mi", 3.6, 0.4)),
        *(("sf", 18.5, 2.0), ("vif", 0.46, 0.07), ("qabf", 0.37, 0.04), ("fmi_edge", 0.872, 0.02)),
        ("scd", 1.06, 0.2),
    ):
        assert mean(average, name) == pytest.approx(published, abs=tolerance), name
    for name, published, tolerance in (
        *(("psnr", 13.75, 1.5), ("ssim", 0.734, 0.04), ("fsim", 0.80, 0.04), ("mi", 3.75, 0.5)),
        *(("sf", 30.3, 3.0), ("vif", 0.67, 0.08), ("qabf", 0.57, 0.04), ("fmi_edge", 0.882, 0.02)),
        ("scd", 1.55, 0.2),
    ):
        assert mean(maximum, name) == pytest.approx(published, abs=tolerance), name


def _rows(values):
    return [{"cc": Score(value)} for value in values]


def _levels(path):
    return np.asarray(Image.open(path).convert("L"), dtype=float)
