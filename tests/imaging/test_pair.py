"""Two images become a pair, or it is said why not."""

from dataclasses import replace

import numpy as np
import pytest

from fusionviewer.errors import (
    Cancelled,
    DifferentFrames,
    DifferentPatients,
    GeometryMismatch,
    InputError,
)
from fusionviewer.imaging import memory, resample
from fusionviewer.imaging.alignment import AlignmentCard, AlignmentState
from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.image import Image, Patient, Source
from fusionviewer.imaging.pair import Alignment, make_pair

AXIAL = np.array([[0, 0, 1], [0, 1, 0], [1, 0, 0]], dtype=np.float64)
ANNA, EVA = Patient(id="1", name="A^Anna"), Patient(id="2", name="E^Eva")


def image(
    name: str = "a",
    spacing: float | None = 1.0,
    shape: tuple[int, int, int] = (4, 6, 8),
    frame: str = "",
    patient: Patient = ANNA,
    at: float = 0.0,
) -> Image:
    place = None
    if spacing is not None:
        place = Grid(shape, np.full(3, spacing), np.full(3, at), AXIAL)
    values = np.random.default_rng(len(name)).normal(size=shape).astype(np.float32)
    source = Source(frame_of_reference_uid=frame, kind="DICOM")
    return Image(name, values, "MR", grid=place, patient=patient, source=source)


def test_equal_grids_are_taken_as_they_are() -> None:
    a, b = image("a", frame="1.2"), image("bb", frame="1.2")
    pair = make_pair(a, b)
    assert pair.a is a
    assert pair.b is b
    assert pair.alignment is Alignment.SAME_GRID
    assert pair.notes == ()


def test_the_coarser_image_comes_onto_the_finer_grid() -> None:
    fine = image("fine", 1.0, (8, 12, 16), frame="1.2")
    coarse = image("coarse", 2.0, frame="1.2")
    for pair, moved in (
        (make_pair(fine, coarse), "b"),
        (make_pair(coarse, fine), "a"),
    ):
        assert pair.a.shape == pair.b.shape == (8, 12, 16)
        assert "Resampled." in getattr(pair, moved).notes
        assert pair.alignment is Alignment.SAME_FRAME
        assert {one.shape for one in pair.native} == {(8, 12, 16), (4, 6, 8)}
        assert pair.grid is fine.grid


@pytest.mark.parametrize(
    ("code", "said"), [("MR", "MR"), ("PT", "PET"), ("NM", "SPECT"), ("OT", "Image"), ("", "Image")]
)
def test_what_was_resampled_is_said_in_a_radiologists_words(code: str, said: str) -> None:
    coarse = replace(image("coarse", 2.0, frame="1.2"), modality=code)
    pair = make_pair(image("fine", 1.0, (8, 12, 16), frame="1.2"), coarse)
    assert pair.notes == (f"{said} was resampled.",)


@pytest.mark.parametrize("spacing", [1.0, 2.0])
def test_different_frames_are_refused_until_somebody_confirms(spacing: float) -> None:
    a, b = image("a", frame="1.2"), image("bb", spacing, frame="1.3")
    with pytest.raises(DifferentFrames, match="how these series lie to each other is not known"):
        make_pair(a, b)
    pair = make_pair(a, b, as_placed=True)
    assert pair.alignment is Alignment.AS_PLACED
    assert pair.card.state is AlignmentState.OVERLAP_ONLY
    assert pair.notes[0] == pair.card.sentence()
    assert "Different frames of reference" in pair.notes[0]


@pytest.mark.parametrize("spacing", [1.0, 2.0])
@pytest.mark.parametrize("frame", ["", "1.2"])
def test_a_frame_that_is_not_given_is_believed_but_said(frame: str, spacing: float) -> None:
    """NIfTI has none; most viewers lay such series by their coordinates, and so do we, with a mark."""
    pair = make_pair(image("a"), image("bb", spacing, frame=frame))
    assert pair.card.state is AlignmentState.UNVERIFIED
    assert pair.card.overlap > 0
    assert pair.notes[0] == "Alignment not verified."


def test_a_confirmation_that_nobody_needed_says_nothing() -> None:
    pair = make_pair(image("a", frame="1.2"), image("bb", frame="1.2"), as_placed=True)
    assert (pair.card.state, pair.notes) == (AlignmentState.SAME_FRAME, ())


def test_a_registration_to_another_series_is_no_frame_of_reference() -> None:
    """It gave the moved image the frame of its fixed one; a third series of that frame is told so."""
    card = AlignmentCard(AlignmentState.REGISTERED, "rigid", fixed_key="of another image")
    moved = replace(image("bb", frame="1.2"), placed_by=card)
    pair = make_pair(image("a", frame="1.2"), moved)
    assert pair.alignment is Alignment.UNVERIFIED
    assert pair.notes == ("MR was placed by its registration to another series.",)


@pytest.mark.parametrize("spacing", [1.0, 2.0])
def test_one_registered_elsewhere_is_still_not_registered_to_a_series_of_another_frame(
    spacing: float,
) -> None:
    card = AlignmentCard(AlignmentState.REGISTERED, "rigid", fixed_key="of another image")
    moved = replace(image("bb", spacing, frame="1.3"), placed_by=card)
    with pytest.raises(DifferentFrames):
        make_pair(image("a", frame="1.2"), moved)
    pair = make_pair(image("a", frame="1.2"), moved, as_placed=True)
    assert pair.alignment is Alignment.AS_PLACED
    assert pair.notes[:2] == (
        "MR was placed by its registration to another series.",
        "Different frames of reference, not registered; fused as placed.",
    )


def test_series_that_nowhere_overlap_are_refused() -> None:
    with pytest.raises(GeometryMismatch, match=r"“a” and “bb” .* overlap nowhere"):
        make_pair(image("a"), image("bb", at=900.0))


@pytest.mark.parametrize("at", range(100, 900, 97))
def test_a_slab_of_a_whole_body_overlaps_it_in_either_order(at: int) -> None:
    body = placed_at((200, 16, 16), (5, 32, 32), 0, "body")
    slab = placed_at((3, 16, 16), (4, 20, 20), at, "slab")
    for pair in (make_pair(body, slab), make_pair(slab, body)):
        assert pair.card.overlap == pytest.approx(1, abs=0.01)


def test_a_slice_between_all_those_of_the_other_is_refused() -> None:
    """Its box lies in the other's, but no slice of the finer one has anything of it to show."""
    thin = placed_at((1, 16, 16), (0.2, 20, 20), 2.5, "thin")
    with pytest.raises(GeometryMismatch, match="overlap nowhere"):
        make_pair(placed_at((9, 64, 64), (5, 1, 1), 0, "fine"), thin)


def placed_at(
    shape: tuple[int, int, int], spacing: tuple[float, float, float], z: float, name: str
) -> Image:
    place = Grid(shape, np.array(spacing, float), np.array([0.0, 0, z]), AXIAL)
    source = Source(frame_of_reference_uid="1.2", kind="DICOM")
    values = np.random.default_rng(len(name)).normal(size=shape).astype(np.float32)
    return Image(name, values, "MR", grid=place, patient=ANNA, source=source)


def test_pictures_of_equal_size_lie_pixel_on_pixel() -> None:
    pair = make_pair(image("a", None), image("bb", None))
    assert pair.alignment is Alignment.NO_GEOMETRY
    assert pair.grid is None
    assert pair.notes == ("Pictures without geometry, laid pixel on pixel.",)


def test_one_image_without_geometry_is_said() -> None:
    pair = make_pair(image("a", None), image("bb", 1.0))
    assert pair.alignment is Alignment.NO_GEOMETRY
    assert "no geometry" in pair.notes[-1]
    assert pair.grid is not None


def with_a_gap(
    name: str, missing: int, frame: str = "1.2", aside: tuple[float, float, float] = (0, 0, 0)
) -> Image:
    """Slices of 6 × 8 pixels, 2 mm apart but for one that is missing: no grid describes them."""
    heights = np.delete(np.arange(6) * 2.0, missing)
    corners = np.array([[[0, 0, z], [7, 0, z], [0, 5, z]] for z in heights]) + aside
    one = image(name, None, (5, 6, 8), frame)
    return replace(one, source=replace(one.source, slice_corners=corners))


def test_series_with_a_gap_lie_pixel_on_pixel_only_where_every_slice_lies_on_its_like() -> None:
    pair = make_pair(with_a_gap("a", 2), with_a_gap("bb", 2))
    assert (pair.alignment, pair.notes) == (Alignment.SAME_GRID, ())
    assert (pair.card.state, pair.card.overlap) == (AlignmentState.SAME_FRAME, 1)
    unknown = make_pair(with_a_gap("a", 2), with_a_gap("bb", 2, ""))
    assert unknown.notes == ("Alignment not verified.",)
    with_grid = image("whole", 2.0, (5, 6, 8), "1.2")
    for other in (
        with_a_gap("bb", 3),
        with_a_gap("bb", 2, aside=(0, 0, 500)),
        with_a_gap("bb", 2, aside=(3, 0, 0)),
        with_grid,
    ):
        with pytest.raises(GeometryMismatch, match=r"“a” cannot be resampled: slices are missing"):
            make_pair(with_a_gap("a", 2), other)


def test_frames_of_reference_count_without_a_grid_too() -> None:
    a, b = with_a_gap("a", 2), with_a_gap("bb", 2, "1.3")
    with pytest.raises(DifferentFrames):
        make_pair(a, b)
    pair = make_pair(a, b, as_placed=True)
    assert pair.alignment is Alignment.AS_PLACED
    assert pair.notes == ("Different frames of reference, not registered; fused as placed.",)
    with pytest.raises(DifferentFrames):
        make_pair(image("a", None, frame="1.2"), image("bb", None, frame="1.3"))
    with pytest.raises(GeometryMismatch, match="cannot be resampled"):
        make_pair(a, with_a_gap("bb", 3, "1.3"), as_placed=True)


def test_pictures_of_different_sizes_are_refused_with_both_sizes() -> None:
    with pytest.raises(GeometryMismatch, match="“a” is 8×6 with 4 slices, “bb” is 9×5"):
        make_pair(image("a", None), image("bb", None, (1, 5, 9)))


def test_two_patients_are_refused_until_somebody_confirms() -> None:
    a, b = image("a", patient=ANNA), image("bb", patient=EVA)
    with pytest.raises(DifferentPatients, match="different patients"):
        make_pair(a, b)
    assert "Different patients." in make_pair(a, b, confirmed=True).notes


def test_an_unknown_patient_is_said() -> None:
    pair = make_pair(image("a"), image("bb", patient=Patient()))
    assert pair.notes[0] == "One of the two images does not say whose it is."
    assert make_pair(image("a", patient=Patient()), image("bb", patient=Patient())).a.name == "a"


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        (Patient(id="4711"), Patient(name="Meier^Hans"), True),
        (Patient(id="4711", sex="M"), Patient(name="Meier^Hans", sex="M"), True),
        (Patient(id="1", issuer="north"), Patient(id="9", issuer="south"), True),
        (Patient(id="1", birth_date="19400101"), Patient(name="M", birth_date="19400101"), False),
        (Patient(id="4711"), Patient(id="4711 ", name="Meier^Hans"), False),
        (Patient(), Patient(), False),
    ],
)
def test_patients_that_nothing_compares_are_said(one: Patient, other: Patient, said: bool) -> None:
    for pair in (
        make_pair(image("a", patient=one, frame="1"), image("bb", patient=other, frame="1")),
        make_pair(image("a", patient=other, frame="1"), image("bb", patient=one, frame="1")),
    ):
        notes = ("What the two images say of their patients cannot be compared.",)
        assert pair.notes == (notes if said else ())


def test_the_key_changes_with_either_image_and_with_their_order() -> None:
    a, b = image("a"), image("bb")
    other = replace(b, values=b.values + 1)
    keys = {make_pair(a, b).key, make_pair(b, a).key, make_pair(a, other).key}
    assert len(keys) == 3


def test_what_does_not_fit_in_memory_is_refused_before_it_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(memory, "free_memory", lambda: 100_000)
    fine, coarse = image("fine", 0.1, (20, 30, 40)), image("coarse", 1.0)
    with pytest.raises(
        InputError, match=r"“coarse” resampled would take 0.0 GiB, more than may be used here"
    ) as refused:
        make_pair(fine, coarse)
    assert refused.value.hint


def test_resampling_stops_between_some_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resample, "AT_ONCE", 30 * 40 * 5)
    asked: list[int] = []

    def stop_at_third() -> None:
        asked.append(1)
        if len(asked) == 3:
            raise Cancelled

    fine, coarse = image("fine", 0.1, (20, 30, 40)), image("coarse", 1.0)
    with pytest.raises(Cancelled):
        make_pair(fine, coarse, check=stop_at_third)
    whole = make_pair(fine, coarse)
    monkeypatch.undo()
    np.testing.assert_allclose(make_pair(fine, coarse).b.values, whole.b.values, atol=1e-6)
