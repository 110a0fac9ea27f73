"""A blinded reading: every pair once, sides by chance, a file that can be continued, honest sums."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusionviewer.errors import InputError
from fusionviewer.workspace.reader import (
    Case,
    Recipe,
    as_csv,
    from_csv,
    planned,
    recipes,
    spread_slices,
    with_rating,
)
from fusionviewer.workspace.reader_summary import duels, method_results, summary_page

THREE = (Recipe("average"), Recipe("maximum"), Recipe("eh-dran", "sfnn-max"))
CASES = tuple(Case(f"slice {i}", i, "abc", first="x, “y”\nz") for i in range(20))


def test_every_two_methods_meet_once_on_every_case() -> None:
    reading = planned(CASES, THREE, seed=1)
    met = Counter((t.case, frozenset((t.left, t.right))) for t in reading.trials)
    assert set(met.values()) == {1} and len(met) == 20 * 3
    assert [t.number for t in reading.trials] == list(range(1, 61))
    assert [t.case for t in reading.trials] != sorted((t.case for t in reading.trials), key=str)


def test_sides_fall_by_chance_and_the_seed_repeats_them() -> None:
    reading = planned(CASES, THREE[:2], seed=5)
    on_the_left = sum(t.left == THREE[0] for t in reading.trials)
    assert 3 < on_the_left < 17
    assert planned(CASES, THREE[:2], seed=5) == reading
    assert planned(CASES, THREE[:2], seed=6) != reading


@pytest.mark.parametrize("cases, methods", [((), THREE), (CASES, THREE[:1]), (CASES * 300, THREE)])
def test_nothing_to_compare_and_far_too_much_are_said(cases, methods) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError):
        planned(cases, methods, 1)


@given(
    ratings=st.lists(
        st.tuples(
            st.integers(1, 5), st.integers(1, 5), st.sampled_from(["left", "right", "equal"])
        ),
        max_size=12,
    )
)
def test_a_reading_is_continued_where_it_was_left(ratings) -> None:  # type: ignore[no-untyped-def]
    reading = planned(CASES[:4], THREE, seed=3)
    for left, right, preference in ratings:
        here = reading.next()
        assert here is not None
        reading = with_rating(reading, here.number, (left, right), preference, 2.5)
    again = from_csv(as_csv(reading), "reading.csv")
    assert again == reading
    assert again.done == len(ratings)
    assert (again.next() is None) == (len(ratings) == 12)


def test_a_rating_that_there_is_not_is_refused() -> None:
    reading = planned(CASES, THREE, 1)
    for scores, preference in (((0, 3), "left"), ((3, 6), "left"), ((3, 3), "")):
        with pytest.raises(ValueError, match="no such rating"):
            with_rating(reading, 1, scores, preference, 1)


GOOD = as_csv(with_rating(planned(CASES[:2], THREE, 1), 1, (2, 5), "right", 1.0))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name,size\na,1\n",
        GOOD.replace("average", "no-such-method"),
        GOOD.replace("eh-dran/sfnn-max", "average/sfnn-max"),
        GOOD.replace(",2,5,right", ",9,5,right"),
        "\n".join(GOOD.splitlines()[:2] + GOOD.splitlines()[5:]),
        "\x00\x01",
    ],
)
def test_another_file_or_a_damaged_one_is_said(text: str) -> None:
    with pytest.raises(InputError, match="“other"):
        from_csv(text, "other.csv")


def test_the_summary_counts_wins_and_means_by_hand() -> None:
    a, b = THREE[:2]
    reading = planned(CASES[:6], (a, b), seed=2)
    for number, (of_a, of_b, winner) in enumerate(
        [(5, 3, a), (4, 3, a), (5, 4, a), (2, 4, b), (3, 3, None), (5, 1, a)], start=1
    ):
        trial = reading.trials[number - 1]
        scores = (of_a, of_b) if trial.left == a else (of_b, of_a)
        side = "equal" if winner is None else "left" if trial.left == winner else "right"
        reading = with_rating(reading, number, scores, side, 1)
    best, other = method_results(reading)
    assert (best.recipe, best.wins, best.ties, best.losses) == (a, 4, 1, 1)
    assert best.mean == pytest.approx(4.0) and best.sd == pytest.approx(1.2649, abs=1e-4)
    assert other.mean == pytest.approx(3.0) and (other.wins, other.losses) == (1, 4)
    (duel,) = duels(reading)
    assert (duel.one_wins, duel.other_wins, duel.ties) == (4, 1, 1)
    assert duel.p == pytest.approx(0.375)  # 2 · (C(5,4) + C(5,5)) / 2⁵
    assert "4 : 1" in summary_page(reading)


def test_a_reading_that_nobody_rated_has_an_empty_summary() -> None:
    reading = planned(CASES, THREE, 1)
    assert method_results(reading) == duels(reading) == ()
    assert "Rated: 0 of 60" in summary_page(reading)


def test_slices_are_spread_evenly() -> None:
    assert spread_slices(10, 5) == (1, 3, 5, 7, 9)
    assert spread_slices(3, 9) == (0, 1, 2)
    assert spread_slices(0, 4) == ()


def test_every_method_and_strategy_can_be_compared() -> None:
    known = recipes()
    assert len(known) == len(set(known)) > 10
    assert all(from_csv(as_csv(planned(CASES[:1], known[i : i + 2], 0)), "x") for i in range(9))
