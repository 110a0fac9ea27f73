from pathlib import Path

import pytest

from fusionviewer.engine.batch import matched_by_name, run_all
from fusionviewer.engine.cancel import CancelToken
from fusionviewer.errors import Cancelled, InputError


def fill(folder: Path, *names: str) -> Path:
    folder.mkdir()
    for name in names:
        (folder / name).touch()
    return folder


def test_files_with_equal_names_are_pairs_in_order(tmp_path: Path) -> None:
    a = fill(tmp_path / "a", "2.png", "1.png")
    b = fill(tmp_path / "b", "1.jpg", "2.png", ".hidden.png", "notes.txt")
    pairs = matched_by_name(a, b, (".png", ".jpg"))
    assert [(x.name, y.name) for x, y in pairs] == [("1.png", "1.jpg"), ("2.png", "2.png")]


def test_a_file_without_a_partner_is_named(tmp_path: Path) -> None:
    a, b = fill(tmp_path / "a", "1.png", "2.png"), fill(tmp_path / "b", "1.png")
    with pytest.raises(InputError, match="“2” is in only one"):
        matched_by_name(a, b, (".png",))


def test_one_failure_does_not_stop_the_rest() -> None:
    done: list[str] = []

    def fail() -> None:
        raise InputError("It is broken.")

    failures = run_all(
        [("a", lambda: done.append("a")), ("b", fail), ("c", lambda: done.append("c"))],
        CancelToken(),
        lambda _done, _total: None,
    )
    assert done == ["a", "c"]
    assert [(f.name, str(f.error)) for f in failures] == [("b", "It is broken.")]


def test_cancelling_stops_between_two_jobs() -> None:
    cancel = CancelToken()
    with pytest.raises(Cancelled):
        run_all([("a", cancel.cancel), ("b", lambda: None)], cancel, lambda _done, _total: None)
