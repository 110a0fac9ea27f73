from dataclasses import replace

import numpy as np
import pytest
from builders import make_grid, make_image, together

from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.image import Patient, Source
from fusionviewer.workspace import state as change
from fusionviewer.workspace.arrangement import find_pair, opened, with_pairing
from fusionviewer.workspace.captions import PREVIEW, date, fused_captions, source_captions
from fusionviewer.workspace.planes import with_plane
from fusionviewer.workspace.presets import presets
from fusionviewer.workspace.state import ViewState

SHAPE = (10, 16, 20)
CT = replace(
    make_image(SHAPE, name="ct", modality="CT", unit="HU", seed=1, grid=make_grid(SHAPE)),
    patient=Patient(id="4711", name="DOE^JANE", birth_date="19700131", sex="F"),
    source=Source(
        series_description="Head 3 mm", study_description="Trauma", study_date="20260102"
    ),
)


def shown(*images, **changes: object) -> ViewState:
    state = ViewState()
    for image in images:
        state = opened(state, image)
    if len(images) > 1:
        state = with_pairing(state, find_pair(state.natives, state.fused_slots))
    return replace(state, **changes)


def test_the_corners_say_who_what_where_and_how() -> None:
    captions = source_captions(shown(CT, slice_index=4), "A", 2.5, None)
    assert captions.top_left == ("DOE JANE", "ID 4711", "born 1970-01-31 F")
    assert captions.top_right == ("CT", "Head 3 mm", "Trauma", "2026-01-02")
    assert captions.bottom_left == ("Slice 5/10", "H 12.0 mm", "20×16", "Zoom 250 %")
    assert captions.bottom_right[0] == "W 100  L 50 HU"


def test_without_texts_only_the_warnings_are_left() -> None:
    lossy = replace(CT, notes=("Lossy compressed.",))
    captions = source_captions(shown(lossy, texts="none"), "A", 1, (3, 3))
    assert captions.warnings == ("Lossy compressed.",)
    assert captions == replace(type(captions)(), warnings=captions.warnings)


def test_the_value_under_the_cursor_is_the_native_one() -> None:
    captions = source_captions(shown(CT, slice_index=4), "A", 1, (3.4, 7.6))
    assert f"{CT.values[4, 3, 8]:.0f} HU" in captions.bottom_right


def test_outside_the_image_there_is_no_value() -> None:
    captions = source_captions(shown(CT), "A", 1, (-9, 3))
    assert captions.bottom_right[-1] == "outside"


def test_the_colour_under_the_cursor_is_that_of_its_voxel_in_every_plane() -> None:
    grid = make_grid((4, 30, 40))
    rgb = np.random.default_rng(1).integers(0, 255, (*grid.shape, 3), dtype=np.uint8)
    picture = replace(make_image(grid.shape, modality="OT", unit="grey level", grid=grid), rgb=rgb)
    state = change.at_slice(with_plane(together(picture), "coronal"), 20)
    colour = "(R {} G {} B {})".format(*rgb[1, 20, 30])  # the second slice from the feet
    assert source_captions(state, "A", 1.0, (2.0, 30.0)).bottom_right[-1].endswith(colour)


@pytest.mark.parametrize(
    ("axes", "letters"),
    [
        ([[0, 0, 1], [0, 1, 0], [1, 0, 0]], ("R", "A", "L", "P")),  # axial, as radiologists look
        ([[0, 0, 1], [0, 1, 0], [-1, 0, 0]], ("L", "A", "R", "P")),  # mirrored: said, not hidden
        ([[0, 1, 0], [0, 0, -1], [1, 0, 0]], ("R", "H", "L", "F")),  # coronal
        ([[1, 0, 0], [0, 0, -1], [0, 1, 0]], ("A", "H", "P", "F")),  # sagittal
    ],
)
def test_letters_come_from_the_direction_cosines(
    axes: list[list[float]], letters: tuple[str, ...]
) -> None:
    grid = Grid(SHAPE, np.ones(3), np.zeros(3), np.array(axes, dtype=float))
    as_stored = with_plane(shown(replace(CT, grid=grid)), "stored")
    drawn = source_captions(as_stored, "A", 1, None).letters
    assert (drawn.left, drawn.top, drawn.right, drawn.bottom) == letters


def test_a_picture_without_geometry_has_no_letters() -> None:
    drawn = source_captions(shown(replace(CT, grid=None)), "A", 1, None).letters
    assert (drawn.left, drawn.top, drawn.right, drawn.bottom) == ("", "", "", "")


def test_the_fused_pane_names_the_method_and_says_that_it_is_display_only() -> None:
    mr = make_image(SHAPE, name="mr", seed=2, grid=make_grid(SHAPE))
    state = change.with_strategy(change.with_method(shown(CT, mr), "eh-dran"), "sfnn-max")
    captions = fused_captions(state, 1, (2, 3), 0.5)
    assert captions.top_left[0] == "Fused: EH-DRAN, SFNN-max · display only"
    assert captions.bottom_right[0] == "L 3.0  P 2.0  H 15.0 mm"
    assert captions.bottom_right[1].startswith("CT ") and captions.bottom_right[1].endswith("HU")
    assert captions.bottom_right[-1] == "fused 0.50, display only"
    assert "One of the two images does not say whose it is." in captions.warnings


def test_what_is_not_as_usual_about_the_method_is_said_under_its_name() -> None:
    state = shown(CT, make_image(SHAPE, name="mr", seed=2, grid=make_grid(SHAPE)))
    assert fused_captions(state, 1, None).top_left[1] == "CT + MR"
    state = change.with_option(change.with_method(state, "clarus"), "residual", 0.0)
    assert fused_captions(state, 1, None).top_left[1] == "Correction off"
    note = "Maximum in place of Clarus. Not like the training images: it is empty."
    assert fused_captions(state, 1, None, note=note).top_left[1] == "CT + MR"
    state = change.with_strategy(change.with_method(state, "eh-dran"), "sfnn-local")
    for name, value in (("power", 2), ("windows", (16,))):
        state = change.with_option(state, name, value)
    assert fused_captions(state, 1, None).top_left[1] == "Exponent 2, Windows 16"


def test_a_preview_is_never_called_fused() -> None:
    mr = make_image(SHAPE, name="mr", seed=2, grid=make_grid(SHAPE))
    first = fused_captions(shown(CT, mr), 1, None, instead=PREVIEW).top_left[0]
    assert first.startswith("Preview, not fused yet")


def test_a_method_that_was_left_out_is_not_named_as_the_one_that_fused() -> None:
    mr = make_image(SHAPE, name="mr", seed=2, grid=make_grid(SHAPE))
    note = "Maximum in place of Clarus. Not like the training images: it is empty."
    first = fused_captions(shown(CT, mr), 1, None, note=note).top_left[0]
    assert first == "Fused: Maximum in place of Clarus · display only"


def test_dates_are_written_so_that_nobody_swaps_month_and_day() -> None:
    assert date("20260102") == "2026-01-02"
    assert date("around 1970") == "around 1970"


@pytest.mark.parametrize("modality", ["CT", "MR", "PT", "NM", "OT"])
@pytest.mark.parametrize("unit", ["HU", "SUV", "counts", "grey level"])
def test_every_image_has_between_one_and_nine_presets_starting_with_its_own(
    modality: str, unit: str
) -> None:
    image = make_image(modality=modality, unit=unit)
    offered = presets(image)
    assert 1 <= len(offered) <= 9
    assert offered[0].window == image.window


def test_a_ct_has_an_automatic_window_on_the_last_key() -> None:
    image = make_image(modality="CT", unit="HU")
    last = presets(image)[8]
    middle = image.values[1]
    assert (middle < last.window.low).mean() == pytest.approx(0.01, abs=0.01)
    assert (middle > last.window.high).mean() == pytest.approx(0.01, abs=0.01)


def test_an_image_of_one_value_still_has_presets() -> None:
    flat = make_image(values=np.zeros((1, 3, 3), dtype=np.float32))
    assert all(preset.window.width > 0 for preset in presets(flat))
