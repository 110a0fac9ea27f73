from collections.abc import Callable

import pytest

from training.errors import DataError
from training.splits import BY_NAME, DILRAN_TEST, as_dilran, by_slice

Rule = Callable[[list[str]], dict[str, list[str]]]
NAMES = sorted({*DILRAN_TEST, *(str(4200 + i) for i in range(164))})


@pytest.mark.parametrize("rule", BY_NAME.values(), ids=BY_NAME)
class TestEveryRule:
    def test_puts_every_slice_into_one_split(self, rule: Rule) -> None:
        parts = rule(NAMES)
        assert sorted(n for names in parts.values() for n in names) == NAMES

    def test_has_the_sizes_of_the_paper(self, rule: Rule) -> None:
        """184 pairs: 20 for the test, and of the other 164 four fifths for training."""
        assert {s: len(names) for s, names in rule(NAMES).items()} == {
            "train": 131,
            "val": 33,
            "test": 20,
        }

    def test_gives_the_same_every_time(self, rule: Rule) -> None:
        assert rule(NAMES) == rule(list(NAMES))


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
