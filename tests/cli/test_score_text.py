import pytest
from scipy.stats import wilcoxon

from fusionviewer.cli.score_text import print_scores
from fusionviewer.metrics.report import Score, summary

HIGH = (0.9, 0.8, 0.7, 0.95, 0.85, 0.75)
MIDDLE = (0.5, 0.82, 0.4, 0.6, 0.5, 0.4)
LOW = (0.1, 0.2, 0.1, 0.3, 0.2, 0.1)


def _summaries(**methods):
    table = {m: [{"ssim": Score(v), "nabf": Score(v)} for v in vs] for m, vs in methods.items()}
    return summary(table), list(methods)


def _line(printed, label):
    return next(line for line in printed.splitlines() if label in line)


def test_a_file_gets_marks_where_it_has_no_styles_and_the_way_that_is_better(capsys):
    print_scores(*_summaries(high=HIGH, middle=MIDDLE, low=LOW), pairs=6)
    printed = capsys.readouterr().out
    ssim, nabf = _line(printed, "SSIM ↑"), _line(printed, "N^AB/F ↓")
    assert ["*" in cell for cell in ssim.split("│")[2:5]] == [True, False, False]
    assert ["*" in cell for cell in nabf.split("│")[2:5]] == [False, False, True]
    assert ["+" in cell for cell in nabf.split("│")[2:5]] == [False, True, False]
    assert "* best, + second." in printed


def test_the_printed_p_value_is_that_of_the_signed_rank_test_against_the_best(capsys):
    print_scores(*_summaries(high=HIGH, middle=MIDDLE, low=LOW), pairs=6)
    cells = _line(capsys.readouterr().out, "SSIM").split("│")[2:5]
    assert "p =" not in cells[0]
    for cell, values in zip(cells[1:], (MIDDLE, LOW), strict=True):
        assert f"p = {wilcoxon(values, HIGH).pvalue:.3f}" in cell


def test_too_few_pairs_for_a_p_value_are_said_to_be_so(capsys):
    print_scores(*_summaries(high=HIGH[:3], low=LOW[:3]), pairs=3)
    printed = capsys.readouterr().out
    assert "six pairs" in printed
    assert "Wilcoxon" not in printed


def test_a_file_holds_all_methods_beside_each_other_and_uncut(capsys):
    names = {f"a method whose name is quite long {n}": HIGH for n in range(20)}
    print_scores(*_summaries(**names), pairs=6)
    printed = capsys.readouterr().out
    assert all(name in printed for name in names)
    assert "…" not in printed
    assert printed.count("SSIM") == 1


@pytest.mark.parametrize("width", [60, 100])
def test_a_narrow_terminal_gets_several_tables_and_none_is_cut(capsys, monkeypatch, width):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", str(width))
    print_scores(*_summaries(**{f"method-{n}": MIDDLE for n in range(5)}), pairs=6)
    printed = capsys.readouterr().out
    assert printed.count("SSIM") > 1
    assert all(f"method-{n}" in printed for n in range(5))
    assert "…" not in printed


def test_names_with_brackets_are_printed_as_they_are(capsys):
    print_scores(*_summaries(**{"[bold]x": HIGH, "y": LOW}), pairs=6)
    assert "[bold]x" in capsys.readouterr().out
