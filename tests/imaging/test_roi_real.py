"""Regions on a real CT and PET of one patient, on their own grids."""

from pathlib import Path

import numpy as np
import pytest

from fusionviewer.formats.reading import open_images
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.pair import Pair, make_pair
from fusionviewer.imaging.roi import Rectangle, Sphere
from fusionviewer.imaging.roi_statistics import statistics


@pytest.fixture(scope="module")
def pair(data: Path) -> Pair:
    folder = data / "dicom" / "sts_ct_pet_mr" / "STS_002"
    return make_pair(_largest(folder / "CT"), _largest(folder / "PET"))


def _largest(folder: Path) -> Image:
    return max(open_images(folder), key=lambda image: image.values.size)


def test_the_maximum_of_the_pet_is_the_scanners_and_not_the_resampled_one(pair: Pair) -> None:
    native, drawn = pair.native[1], pair.b
    slice_index = int(np.argmax(drawn.values.max(axis=(1, 2))))
    whole = Rectangle.of_image(*pair.shape[1:])
    found = statistics(native, whole, slice_index, pair.grid)
    assert found.unit == "SUV"
    assert found.maximum == pytest.approx(float(native.values.max()))
    assert found.maximum > float(drawn.values.max())
    in_ct = statistics(pair.native[0], whole, slice_index, pair.grid)
    assert (in_ct.unit, in_ct.count) == ("HU", whole.mask(pair.shape[1:]).sum())


def test_a_ball_has_one_volume_in_both_images(pair: Pair) -> None:
    slices, height, width = pair.shape
    ball = Sphere(slices / 2, height / 2, width / 2, radius_mm=40)
    volumes = [statistics(image, ball, 0, pair.grid).volume_mm3 for image in pair.native]
    assert volumes == pytest.approx([4 / 3 * np.pi * 40**3] * 2, rel=0.01)
