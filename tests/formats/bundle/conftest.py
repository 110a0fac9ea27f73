"""Pairs as if read from DICOM, real pairs, and the validator."""

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import make_grid, make_image
from pydicom.dataset import Dataset

from fusionviewer.formats.dicom_writing import encoded, uid_of
from fusionviewer.formats.provenance import Provenance
from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.image import Image, Patient, Source
from fusionviewer.imaging.pair import Pair, make_pair

CLASSES = {
    "CT": "1.2.840.10008.5.1.4.1.1.2",
    "MR": "1.2.840.10008.5.1.4.1.1.4",
    "PT": "1.2.840.10008.5.1.4.1.1.128",
}
UNITS = {"CT": "HU", "MR": "a.u.", "PT": "SUV"}
JANE = {"PatientName": "Doe^Jane", "PatientID": "JD-4711", "PatientBirthDate": "19700102"}
VISIT = {"StudyDate": "20240301", "StudyTime": "101500", "StudyID": "7", "AccessionNumber": "A1"}
FINE = make_grid((6, 24, 28), (2.5, 1.0, 1.25), (-10, -12, 5))
COARSE = make_grid((4, 10, 10), (4, 3, 3), (-10, -12, 5))


def source(modality: str, grid: Grid | None = FINE, study: str = "2.25.11", **more: Any) -> Image:
    """An image of `modality`, with a header and UIDs."""
    header = Dataset()
    for keyword, value in {**JANE, **VISIT, **more.pop("elements", {})}.items():
        setattr(header, keyword, value)
    header.Modality, header.RescaleSlope, header.RescaleIntercept = modality, "1", "0"
    shape = grid.shape if grid else (4, 16, 16)
    image = make_image(
        shape, name=modality, modality=modality, unit=UNITS[modality], grid=grid,
        seed=len(modality + study), patient=Patient(JANE["PatientID"], name=JANE["PatientName"]),
    )  # fmt: skip
    told = Source(
        kind="DICOM", study_uid=study, series_uid=uid_of(modality, study),
        frame_of_reference_uid="2.25.99", sop_class_uid=CLASSES[modality], body_part="HEAD",
        headers=(header,) * shape[0],
        instance_uids=tuple(uid_of(modality, study, s) for s in range(shape[0])),
    )  # fmt: skip
    read: Image = replace(image, source=replace(told, **more))
    return read


@pytest.fixture
def make_source() -> Callable[..., Image]:
    return source


@pytest.fixture
def coarse() -> Grid:
    """A grid that reaches less far than the others, so that padding is left."""
    return make_grid((3, 10, 9), (5, 3, 3), (-10, -12, 5))


@pytest.fixture
def how() -> Provenance:
    return Provenance("EH-DRAN", "SFNN, maximum", (("alpha", "0.5"),), "ab" * 32)


@pytest.fixture
def pair() -> Pair:
    """A fine CT and a coarse PET that was resampled onto it."""
    return make_pair(source("CT", FINE), source("PT", COARSE))


@pytest.fixture
def complaints(tmp_path: Path) -> Callable[[Dataset], list[str]]:
    """What the validator, which writes to standard error, calls an error."""
    if shutil.which("dciodvfy") is None:
        pytest.skip("dicom3tools is not installed")

    def check(dataset: Dataset) -> list[str]:
        path = tmp_path / "checked.dcm"
        path.write_bytes(encoded(dataset))
        run = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, check=False)
        assert run.stderr
        return [line for line in run.stderr.splitlines() if line.startswith("Error")]

    return check


def finer(image: Image) -> Image:
    """The same place on pixels half as large: what a second series of a real one is made from."""
    assert image.grid is not None
    slices, rows, columns = image.grid.shape
    shape = (slices, min(rows * 2, 48), min(columns * 2, 48))
    grid = Grid(shape, image.grid.spacing / (1, 2, 2), image.grid.origin, image.grid.axes)
    values = np.zeros(shape, dtype=np.float32)
    return replace(image, values=values, grid=grid, padding=None, rgb=None)


@pytest.fixture
def with_finer() -> Callable[[Image], Pair]:
    """A pair of an image and of nothing on a finer grid, so that the image is resampled."""
    return lambda image: make_pair(finer(image), image)
