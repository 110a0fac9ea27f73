"""A reader compares pictures, asks where pixels came from, and chooses among all methods."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Picture
from PySide6.QtCore import Qt

from fusionviewer.fusion.methods import METHODS

SIZE = 64


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """A ring of bone, and the tissue in it."""
    rows, cols = np.mgrid[:SIZE, :SIZE]
    away = np.hypot(rows - 32, cols - 32)
    noise = np.random.default_rng(2).uniform(0, 40, (SIZE, SIZE))
    pictures = {"CT": 220 * ((away < 28) & (away > 24)), "MRI": (away <= 24) * (120 + noise)}
    paths = []
    for name, pixels in pictures.items():
        path = tmp_path / name / "30001.png"
        path.parent.mkdir()
        Picture.fromarray(pixels.astype(np.uint8)).save(path)
        paths.append(path)
    return paths[0], paths[1]


def test_two_methods_are_compared_explained_and_one_is_chosen(viewer, qtbot, pair) -> None:  # type: ignore[no-untyped-def]
    window = viewer.window
    viewer.drop(*pair)

    viewer.press("M")  # a curtain between CT and MR
    shown = window.comparison.picture
    assert shown[32, 5].tolist() == [220] * 3  # bone on the left, where the CT is
    assert shown[32, 40].tolist() == [viewer.picture("B")[32, 40]] * 3
    viewer.click("End the comparison")
    assert window.comparison.picture is None

    viewer.choose_method("Laplacian pyramid")
    viewer.press("O")  # where did these pixels come from?
    viewer.press("U")  # and is there anything that no source has?
    qtbot.waitUntil(lambda: None not in (window.layers.contribution, window.layers.structures))
    share = window.layers.contribution.share_of_a
    assert share[32, 6] > 0.6 and share[32, 32] < 0.1
    assert any("unsupported" in line for line in viewer.pane("fused").overlay.captions.top_left)

    viewer.press(Qt.Key.Key_F7)  # all methods at once
    first = window.matrix.items["maximum", ""]
    there = ("maximum", "")
    qtbot.waitUntil(lambda: window.matrix.feed.cell(there) is not None, timeout=90_000)
    window.matrix.list.scrollToItem(first)
    place = window.matrix.list.visualItemRect(first).center()
    qtbot.mouseClick(window.matrix.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    viewer.wait_until_still()
    assert viewer.fused_title.startswith(f"Fused: {METHODS['maximum'].label}")
