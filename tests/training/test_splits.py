from collections.abc import Callable

import pytest

from training.errors import DataError
from training.splits import (
    BY_NAME,
    DILRAN_TEST,
    EH_DRAN_RUNS,
    Names,
    Parts,
    as_dilran,
    by_slice,
    by_study,
)

Rule = Callable[[Names], dict[str, Parts]]
NAMES = sorted({*DILRAN_TEST, *(str(4200 + i) for i in range(164))})


def sizes(parts: Parts) -> dict[str, int]:
    return {split: len(names) for split, names in parts.items()}


@pytest.mark.parametrize("rule", BY_NAME.values(), ids=BY_NAME)
class TestEveryRule:
    def test_puts_every_slice_into_one_split(self, rule: Rule) -> None:
        parts = rule({"CT-MRI": NAMES})["CT-MRI"]
        assert sorted(n for names in parts.values() for n in names) == NAMES

    def test_gives_the_same_every_time(self, rule: Rule) -> None:
        assert rule({"CT-MRI": NAMES}) == rule({"CT-MRI": list(NAMES)})


@pytest.mark.parametrize("rule", [by_slice, as_dilran])
def test_splits_by_slice_have_the_sizes_of_the_paper(rule: Callable[[list[str]], Parts]) -> None:
    """184 pairs: 20 for the test, and of the other 164 four fifths for training."""
    assert sizes(rule(NAMES)) == {"train": 131, "val": 33, "test": 20}


def test_three_runs_have_disjoint_test_sets_of_30_pairs_and_50_of_spect() -> None:
    """154 of 184 pairs are left, 307 of 357."""
    names = {"CT-MRI": NAMES, "SPECT-MRI": [str(1000 + i) for i in range(357)]}
    runs = [BY_NAME[name](names) for name in EH_DRAN_RUNS]
    for pair, size, rest in (("CT-MRI", 30, 123), ("SPECT-MRI", 50, 245)):
        assert [len(run[pair]["test"]) for run in runs] == [size] * 3
        assert len({name for run in runs for name in run[pair]["test"]}) == 3 * size
        assert {len(run[pair]["train"]) for run in runs} == {rest}


class TestByStudy:
    names = ("1003", "1004", "2001", "2002", "2003", "16001", "16002", "16003", "16004", "20001")

    def test_all_slices_of_a_study_are_on_one_side(self) -> None:
        parts = by_study({"CT-MRI": self.names})["CT-MRI"]
        studies = [{name[:-3] for name in of_split} for of_split in parts.values()]
        assert all(studies)
        assert sum(len(each) for each in studies) == len(set().union(*studies)) == 4

    def test_a_study_is_on_the_same_side_in_every_pair(self) -> None:
        pet = [f"{study}{n:03}" for study in (2, 16, 31, 32, 33, 34) for n in range(9)]
        found = by_study({"CT-MRI": self.names, "PET-MRI": pet})
        sides = {
            pair: {name[:-3]: split for split, names in parts.items() for name in names}
            for pair, parts in found.items()
        }
        assert all(sides["CT-MRI"][study] == sides["PET-MRI"][study] for study in ("2", "16"))

    @pytest.mark.parametrize("name", ["{}_{:02}", "{}-{:03}", "{} {}", "{}{:03}"])
    def test_slices_may_be_numbered_in_several_ways(self, name: str) -> None:
        names = [name.format(who, n) for who in ("ann", "ben", "cleo") for n in range(1, 12)]
        parts = by_study({"CT-MRI": names})["CT-MRI"]
        assert sizes(parts) == {"train": 11, "val": 11, "test": 11}

    def test_about_a_fifth_is_for_the_test_and_a_tenth_to_choose(self) -> None:
        names = [f"{study}{n:03}" for study in range(1, 101) for n in range(5)]
        assert sizes(by_study({"CT-MRI": names})["CT-MRI"]) == {
            "train": 350,
            "val": 50,
            "test": 100,
        }

    def test_fewer_than_three_studies_cannot_be_split(self) -> None:
        with pytest.raises(DataError, match="CT-MRI has 2 studies by its names, too few"):
            by_study({"CT-MRI": ["1001", "1002", "2001"]})


def test_the_published_test_slices_are_tested() -> None:
    assert set(as_dilran(NAMES)["test"]) == set(DILRAN_TEST)


def test_another_set_of_slices_cannot_be_split_as_published() -> None:
    with pytest.raises(DataError, match="41015 is missing"):
        as_dilran([n for n in NAMES if n != "41015"])


def test_few_slices_leave_some_for_training() -> None:
    assert {s: len(names) for s, names in by_slice(NAMES[:9]).items()} == {
        "train": 4,
        "val": 2,
        "test": 3,
    }
