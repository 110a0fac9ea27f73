from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from fusionviewer.fusion.runtime import Runtimes
from training.__main__ import main
from training.planted import VISIBLE, Case, Outcome, cases, outcome


@pytest.fixture(scope="module")
def first() -> list[Case]:
    return list(islice(cases(4, seed=5), 4))


def by_hand(own: float, other: float, height: float) -> Case:
    """A soft disc in the first of two flat images."""
    rows, columns = np.mgrid[:64, :64] - 32
    disc = np.hypot(rows, columns) <= 6
    soft = gaussian_filter(disc.astype(np.float32), 0.7)
    a, b = np.full((64, 64), own, np.float32), np.full((64, 64), other, np.float32)
    return Case("CT-MRI", (a, b), (a + np.float32(height) * soft, b), disc, height)


def test_one_source_gets_a_visible_disc_and_the_other_stays(first: list[Case]) -> None:
    for case in first:
        changes = [np.abs(x - y) for x, y in zip(case.clean, case.planted, strict=True)]
        touched = [change.any() for change in changes]
        assert sorted(touched) == [False, True]
        assert changes[touched.index(True)][case.disc].mean() >= VISIBLE
        assert abs(case.height) >= VISIBLE


def test_the_same_seed_plants_the_same(first: list[Case]) -> None:
    again = next(cases(1, seed=5))
    for x, y in zip(first[0].planted, again.planted, strict=True):
        np.testing.assert_array_equal(x, y)
    assert again.task == first[0].task


def test_the_average_keeps_half_of_everything_and_invents_nothing(first: list[Case]) -> None:
    assert [outcome(case, "average", Runtimes()) for case in first] == [
        Outcome(kept=True, kept_by_brightness=True, invented=0)
    ] * 4


def test_the_maximum_loses_what_is_dark_behind_something_brighter() -> None:
    assert not outcome(by_hand(0.5, 0.9, -0.3), "maximum", Runtimes()).kept
    assert outcome(by_hand(0.5, 0.3, 0.3), "maximum", Runtimes()).kept


def test_what_is_dark_behind_something_brighter_is_seen_by_its_colour() -> None:
    hidden = replace(by_hand(0.5, 0.9, -0.3), task="PET-MRI")
    found = outcome(hidden, "maximum", Runtimes(), "luminance")
    assert (found.kept, found.kept_by_brightness) == (True, False)


def test_the_command_writes_a_line_for_each_task_and_method(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "runs" / "planted.csv"
    given = ["--count", "2", "--methods", "maximum", "average", "--out", str(out)]
    assert main(["planted", *given]) == 0
    lines = out.read_text().splitlines()
    assert lines[0] == "task,method,cases,kept %,kept by brightness %,cases with inventions"
    assert [line.split(",")[:3] for line in lines[1:]] == [
        ["CT-MRI", "maximum", "2"],
        ["CT-MRI", "average", "2"],
    ]
    assert capsys.readouterr().out == out.read_text()


def test_no_cases_are_an_error_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["planted", "--count", "0"]) == 1
    assert "At least one case" in capsys.readouterr().err
