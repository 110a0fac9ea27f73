"""Pictures: every kind of PNG, JPEG and TIFF keeps its pixels."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from fusionviewer.errors import InputError
from fusionviewer.formats.names import modality_from_name
from fusionviewer.formats.reading import describe, open_images
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.windowing import Window

GREY = np.arange(12, dtype=np.uint8).reshape(3, 4) * 20


def opened(path: Path) -> Image:
    (image,) = open_images(path)
    return image


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_8_bit_grey_is_kept(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    Pillow.fromarray(GREY).save(path)
    image = opened(path)
    assert (image.values[0] == GREY).all()
    assert (image.unit, image.window) == ("grey level", Window.between(0, 255))
    assert image.grid is None
    assert image.rgb is None


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_16_bit_grey_is_kept_with_its_full_range(tmp_path: Path, suffix: str) -> None:
    grey = GREY.astype(np.uint16) * 297
    path = tmp_path / f"a{suffix}"
    Pillow.fromarray(grey).save(path)
    image = opened(path)
    assert (image.values[0] == grey).all()
    assert image.window == Window.between(0, 65535)


def test_floating_point_tiff_is_kept_and_holes_become_padding(tmp_path: Path) -> None:
    values = np.array([[-1.5, np.nan, 3.25]], dtype=np.float32)
    Pillow.fromarray(values).save(tmp_path / "a.tif")
    image = opened(tmp_path / "a.tif")
    assert image.values[0].tolist() == [[-1.5, 0, 3.25]]
    assert image.padding is not None
    assert image.padding[0].tolist() == [[False, True, False]]
    assert image.unit == "a.u."


def test_colour_is_kept_and_its_luminance_computed(tmp_path: Path) -> None:
    rgb = np.random.default_rng(3).integers(0, 256, (5, 6, 3), dtype=np.uint8)
    Pillow.fromarray(rgb).save(tmp_path / "a.png")
    image = opened(tmp_path / "a.png")
    assert image.rgb is not None
    assert (image.rgb[0] == rgb).all()
    assert image.values[0] == pytest.approx(rgb @ np.array([0.299, 0.587, 0.114]), abs=1e-3)
    assert image.functional


def test_colour_without_any_colour_is_grey(tmp_path: Path) -> None:
    Pillow.fromarray(np.stack([GREY] * 3, axis=-1)).save(tmp_path / "a.png")
    image = opened(tmp_path / "a.png")
    assert image.rgb is None
    assert (image.values[0] == GREY).all()


def test_transparency_lies_over_black(tmp_path: Path) -> None:
    rgba = np.array([[[200, 100, 50, 0], [200, 100, 50, 255], [200, 100, 50, 128]]], dtype=np.uint8)
    Pillow.fromarray(rgba).save(tmp_path / "a.png")
    image = opened(tmp_path / "a.png")
    assert image.rgb is not None
    assert image.rgb[0, 0, 0].tolist() == [0, 0, 0]
    assert image.rgb[0, 0, 1].tolist() == [200, 100, 50]
    assert np.abs(image.rgb[0, 0, 2].astype(int) - [100, 50, 25]).max() <= 1


def test_grey_with_transparency_lies_over_black(tmp_path: Path) -> None:
    pixels = np.array([[[200, 0], [200, 255]]], dtype=np.uint8)
    Pillow.fromarray(pixels).save(tmp_path / "a.png")
    assert opened(tmp_path / "a.png").values[0].tolist() == [[0, 200]]


def test_jpeg_is_marked_lossy_and_png_is_not(tmp_path: Path) -> None:
    Pillow.fromarray(GREY).save(tmp_path / "a.jpg")
    Pillow.fromarray(GREY).save(tmp_path / "a.png")
    assert opened(tmp_path / "a.jpg").source.lossy
    assert opened(tmp_path / "a.jpg").notes == ("Lossy compressed.",)
    assert not opened(tmp_path / "a.png").source.lossy


@pytest.mark.parametrize(("compression", "lossy"), [("jpeg", True), ("tiff_lzw", False)])
def test_tiff_is_lossy_when_it_holds_jpeg(tmp_path: Path, compression: str, lossy: bool) -> None:
    Pillow.fromarray(GREY).save(tmp_path / "a.tif", compression=compression)
    assert opened(tmp_path / "a.tif").source.lossy is lossy


def test_the_camera_orientation_is_applied(tmp_path: Path) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6  # the top of the scene is at the right of the stored picture
    Pillow.fromarray(GREY).save(tmp_path / "a.png", exif=exif)
    assert (opened(tmp_path / "a.png").values[0] == np.rot90(GREY, -1)).all()


def test_equal_pages_are_slices(tmp_path: Path) -> None:
    pages = [Pillow.fromarray(GREY + i) for i in range(3)]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    image = opened(tmp_path / "a.tif")
    assert image.values[:, 0, 0].tolist() == [0, 1, 2]
    assert describe(tmp_path / "a.tif")[0].size == image.shape


def test_of_unequal_pages_only_the_first_is_shown_and_that_is_said(tmp_path: Path) -> None:
    pages = [Pillow.fromarray(GREY), Pillow.fromarray(GREY[:2])]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    image = opened(tmp_path / "a.tif")
    assert image.shape == (1, 3, 4)
    assert image.notes == ("Only the first of 2 pages is shown.",)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1)])
def test_one_pixel_and_one_row_are_images_too(tmp_path: Path, shape: tuple[int, int]) -> None:
    Pillow.fromarray(np.full(shape, 7, np.uint8)).save(tmp_path / "a.png")
    assert opened(tmp_path / "a.png").shape == (1, *shape)


def test_20000_by_20000_is_refused_before_anything_is_decoded(tmp_path: Path) -> None:
    Pillow.new("1", (20_000, 20_000)).save(tmp_path / "huge.png")
    for attempt in (open_images, describe):
        with pytest.raises(InputError, match=r"“huge\.png” has more than 100 million pixels"):
            attempt(tmp_path / "huge.png")


def test_a_picture_cut_off_in_the_middle_is_refused(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64), dtype=np.uint8)
    for suffix in ("png", "jpg", "tif"):
        path = tmp_path / f"a.{suffix}"
        Pillow.fromarray(noise).save(path)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        with pytest.raises(InputError, match=f"“a.{suffix}” is damaged"):
            open_images(path)


@pytest.mark.parametrize(
    ("path", "modality"),
    [
        ("harvard/CT-MRI/CT/33013.png", "CT"),
        ("harvard/CT-MRI/MRI/33013.png", "MR"),
        ("harvard/SPECT-MRI/SPECT/3.png", "NM"),
        ("a/patient_T1.png", "MR"),
        ("a/brain-pet.png", "PT"),
        ("CT/mr.png", "MR"),
        ("a/CT-MRI/33013.png", ""),
        ("a/picture.png", ""),
        ("a/impact.png", ""),
    ],
)
def test_names_tell_the_modality_by_whole_words(path: str, modality: str) -> None:
    assert modality_from_name(Path("/x/y/z") / path) == modality


def test_a_picture_whose_name_tells_nothing_is_functional_when_coloured(tmp_path: Path) -> None:
    Pillow.fromarray(GREY).save(tmp_path / "grey.png")
    Pillow.new("RGB", (4, 4), (255, 0, 0)).save(tmp_path / "red.png")
    assert opened(tmp_path / "grey.png").modality == "OT"
    assert opened(tmp_path / "red.png").modality == "PT"


def reference(path: Path) -> np.ndarray:
    """Grey as stored, or RGB over black, by Pillow alone."""
    with Pillow.open(path) as picture:
        if picture.mode.startswith("I"):
            return np.asarray(picture).astype(np.float64)
        rgba = np.asarray(picture.convert("RGBA")).astype(np.float64)
    rgb = rgba[..., :3] * rgba[..., 3:] / 255
    grey = (rgba[..., :1] == rgba[..., :3]).all()
    return rgb[..., 0] if grey else rgb


def test_every_valid_png_of_the_suite_opens_with_its_pixels(data: Path) -> None:
    paths = sorted((data / "dicom/pngsuite/png").glob("[!x]*.png"))
    assert len(paths) > 150
    for path in paths:
        image = opened(path)
        expected = reference(path)
        got = image.values[0] if image.rgb is None else image.rgb[0]
        assert got.shape == expected.shape, path.name
        assert np.abs(got - expected).max() <= 1, path.name


def test_every_corrupt_png_of_the_suite_is_refused(data: Path) -> None:
    paths = sorted((data / "dicom/pngsuite/png").glob("x*.png"))
    assert len(paths) >= 14
    for path in paths:
        with pytest.raises(InputError, match=path.name):
            open_images(path)
