"""Series are told of while their headers are read."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fusionviewer.errors import Cancelled
from fusionviewer.formats import catalogue_reading
from fusionviewer.formats.catalogue import catalogue
from fusionviewer.formats.catalogue_reading import Growing


@pytest.fixture
def folder(tmp_path: Path, write_series: Callable, make_grid_at: Callable) -> Path:
    """Two series, of four and of two slices, one after the other."""
    volume = np.arange(4 * 12, dtype=np.int16).reshape(4, 3, 4)
    for number, count in enumerate((4, 2), start=1):
        write_series(
            tmp_path / str(number), volume[:count], make_grid_at((count, 3, 4)),
            SeriesInstanceUID=f"1.2.{number}", SeriesDescription=f"Series {number}",
            PatientName="Doe^Jane",
        )  # fmt: skip
    return tmp_path


def test_series_grow_file_by_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue_reading, "EVERY_S", 0)
    heard: list[tuple[Growing, ...]] = []
    listed = catalogue(folder, heard=heard.append)
    counts = [[one.count for one in series] for series in heard]
    assert counts == [[1], [2], [3], [4], [4, 1], [4, 2]]
    assert heard[-1][0] == Growing("1.2.1", "Series 1", "MR", "Doe Jane", 4, (3, 4))
    assert [entry.count for entry in listed.entries] == [4, 2]


def test_what_is_read_soon_is_told_of_once_it_is_listed(folder: Path) -> None:
    heard: list[tuple[Growing, ...]] = []
    assert len(catalogue(folder, heard=heard.append).entries) == 2
    assert len(heard) <= 1  # six files take no third of a second


def test_reading_can_be_stopped_between_two_files(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue_reading, "EVERY_S", 0)
    heard: list[tuple[Growing, ...]] = []

    def check() -> None:
        if len(heard) == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        catalogue(folder, check, heard=heard.append)
    assert len(heard) == 3
