from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Picture

from fusionviewer.errors import ExportError
from fusionviewer.formats.export_png import WRITERS, export_png, write_picture
from fusionviewer.formats.provenance import NOTICE, FusedSlice, Provenance
from fusionviewer.formats.reading import open_images

RAMP = np.linspace(0, 1, 12 * 20, dtype=np.float32).reshape(12, 20)
GREY = FusedSlice(0, RAMP)
COLOUR = FusedSlice(0, RAMP, np.stack([RAMP, RAMP[::-1], 1 - RAMP], axis=-1))
HOW = Provenance(
    "EH-DRAN",
    "SFNN, maximum",
    (("alpha", "0.25"),),
    "ab" * 32,
    ("same grid",),
    ("Lossy.", "Größe."),
)


@pytest.mark.parametrize("ending", WRITERS)
class TestEveryPictureFormat:
    def test_keeps_the_size_and_every_level_of_grey(self, tmp_path: Path, ending: str) -> None:
        path = tmp_path / f"fused{ending}"
        export_png(GREY, path, HOW)
        with Picture.open(path) as back:
            assert (back.mode, back.size) == ("L", (20, 12))
            np.testing.assert_array_equal(np.asarray(back), np.round(RAMP * 255))

    def test_keeps_every_colour(self, tmp_path: Path, ending: str) -> None:
        path = tmp_path / f"fused{ending}"
        export_png(COLOUR, path, HOW)
        with Picture.open(path) as back:
            assert back.mode == "RGB"
            np.testing.assert_array_equal(np.asarray(back), np.round(COLOUR.rgb * 255))

    def test_keeps_sixteen_bits_of_grey(self, tmp_path: Path, ending: str) -> None:
        path = tmp_path / f"fused{ending}"
        export_png(GREY, path, HOW, bits=16)
        (image,) = open_images(path)
        np.testing.assert_array_equal(image.values[0], np.round(RAMP * 65535))

    def test_refuses_sixteen_bits_of_colour(self, tmp_path: Path, ending: str) -> None:
        with pytest.raises(ValueError, match="colour has 8 bits"):
            export_png(COLOUR, tmp_path / f"fused{ending}", HOW, bits=16)

    def test_is_the_same_bytes_every_time(self, tmp_path: Path, ending: str) -> None:
        first, second = tmp_path / f"1{ending}", tmp_path / f"2{ending}"
        export_png(COLOUR, first, HOW)
        export_png(COLOUR, second, HOW)
        assert first.read_bytes() == second.read_bytes()

    def test_is_not_written_over_another(self, tmp_path: Path, ending: str) -> None:
        path = tmp_path / f"fused{ending}"
        export_png(GREY, path, HOW)
        before = path.read_bytes()
        with pytest.raises(ExportError, match="exists already"):
            export_png(COLOUR, path, HOW)
        assert path.read_bytes() == before
        export_png(COLOUR, path, HOW, overwrite=True)
        assert path.read_bytes() != before


def test_a_png_says_how_it_was_made_and_what_it_is_not_for(tmp_path: Path) -> None:
    export_png(GREY, tmp_path / "fused.png", HOW)
    with Picture.open(tmp_path / "fused.png") as back:
        text = dict(back.text)
    assert text["Disclaimer"] == NOTICE
    assert text["Method"] == "EH-DRAN"
    assert text["Strategy"] == "SFNN, maximum"
    assert text["Options"] == "alpha 0.25"
    assert text["Weights SHA-256"] == "ab" * 32
    assert text["Alignment"] == "same grid"
    assert text["Notes"] == "Lossy. Größe."
    assert text["Software"].startswith("FusionViewer ")


def test_a_tiff_says_the_same_in_its_description(tmp_path: Path) -> None:
    export_png(GREY, tmp_path / "fused.tif", HOW)
    with Picture.open(tmp_path / "fused.tif") as back:
        said = back.tag_v2[270]
    assert said.startswith(NOTICE)
    assert "ab" * 32 in said


def test_what_is_left_out_is_not_mentioned(tmp_path: Path) -> None:
    export_png(GREY, tmp_path / "fused.png", Provenance("Average"))
    with Picture.open(tmp_path / "fused.png") as back:
        assert set(back.text) == {"Disclaimer", "Method", "Software"}


def test_a_view_is_written_pixel_for_pixel(tmp_path: Path) -> None:
    view = np.random.default_rng(0).integers(0, 256, (33, 47, 3), dtype=np.uint8)
    write_picture(view, tmp_path / "view.png", HOW)
    with Picture.open(tmp_path / "view.png") as back:
        np.testing.assert_array_equal(np.asarray(back), view)


def test_another_ending_is_refused_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"fused\.gif") as refused:
        export_png(GREY, tmp_path / "fused.gif", HOW)
    assert ".png" in refused.value.hint
    assert not (tmp_path / "fused.gif").exists()
