"""Sessions: what comes back, and what is said of the rest."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

import numpy as np
import pytest
from builders import make_grid, make_image
from hypothesis import given
from hypothesis import strategies as st

from fusionviewer.errors import InputError
from fusionviewer.imaging import memory
from fusionviewer.imaging.alignment import AlignmentCard, AlignmentState
from fusionviewer.imaging.image import Image, Source
from fusionviewer.imaging.registration import measured, placed
from fusionviewer.imaging.roi import Ellipse, Polygon, Rectangle
from fusionviewer.imaging.roi_drawing import Canvas
from fusionviewer.imaging.transform import Transform
from fusionviewer.imaging.windowing import Window
from fusionviewer.workspace import looks
from fusionviewer.workspace import state as change
from fusionviewer.workspace.arrangement import (
    find_pair,
    is_as_placed,
    opened,
    taken_as_placed,
    with_image,
    with_pairing,
)
from fusionviewer.workspace.regions import with_form
from fusionviewer.workspace.session import (
    Session,
    digest,
    field_types,
    read_session,
    session_of,
    text_of,
)
from fusionviewer.workspace.session_restore import reopened, restored
from fusionviewer.workspace.session_values import plain, revived
from fusionviewer.workspace.state import SOURCE_PANES, Place, Slot, View, ViewState

SHAPE = (6, 32, 32)


@pytest.fixture
def files(tmp_path: Path) -> dict[Path, Image]:
    """Two files and the images in them."""
    made = {}
    for seed, modality in ((1, "CT"), (2, "MR")):
        path = tmp_path / f"{modality}.bin"
        path.write_bytes(modality.encode())
        image = make_image(
            SHAPE, name=modality, modality=modality, seed=seed, grid=make_grid(SHAPE)
        )
        made[path] = replace(image, source=Source(paths=(path,)))
    return made


@pytest.fixture
def opening(files: dict[Path, Image]) -> Callable[..., Sequence[Image]]:
    return lambda paths, _check: [files[path] for path in paths]


def shown(images: Sequence[Image]) -> ViewState:
    state = ViewState()
    for image in images:
        state = opened(state, image)
    return with_pairing(state, find_pair(state.natives, state.fused_slots))


def looked_at(state: ViewState) -> ViewState:
    """With something else than the default wherever a session keeps it."""
    state = change.with_method(state, "laplacian")
    state = looks.with_window(state, 0, Window(40, 81.5))
    state = looks.inverted(change.with_texts(state, "short"), 1)
    state = change.pointed(change.zoomed(state, 3.0, (0.2, 0.4)), Place(4, 10.5, 12.25))
    state = change.with_option(change.with_tool(state, "pan"), "alpha", 0.25)
    state = change.enlarged(
        with_form(state, 1, Ellipse(5.0, 6.0, 2.0, 3.0), Canvas(4, state.place_grid)), "B"
    )
    return change.with_overlay_toggled(state, "structures")


def there_and_back(state: ViewState, folder: Path, opening) -> tuple[ViewState, tuple[str, ...]]:  # type: ignore[no-untyped-def]
    digests = [digest(image.source.paths) for image in state.natives]
    path = folder / "mine.fvsession"
    path.write_text(text_of(session_of(state, digests), folder), encoding="utf-8")
    result = restored(reopened(read_session(path), opening))
    state = result.state
    if state.pairing_due:
        state = with_pairing(state, find_pair(state.natives, state.fused_slots))
    return state, result.notes


def test_settings_of_a_strategy_come_back_whatever_their_type(files, opening, tmp_path) -> None:
    before = change.with_method(shown([*files.values()]), "eh-dran")
    before = change.with_strategy(before, "sfnn-local")
    for name, value in (("windows", (16,)), ("reduction", "sum"), ("power", 2)):
        before = change.with_option(before, name, value)
    after, notes = there_and_back(before, tmp_path, opening)
    assert (after.options, notes) == (before.options, ())


def test_settings_that_there_are_not_are_left_out_and_said(files, opening, tmp_path) -> None:
    before = replace(shown([*files.values()]), options=(("alpha", 7.0),))
    after, notes = there_and_back(before, tmp_path, opening)
    assert after.options == ()
    assert "options" in notes[0]


def test_everything_on_the_screen_comes_back(files, opening, tmp_path: Path) -> None:
    before = looked_at(shown([*files.values()]))
    after, notes = there_and_back(before, tmp_path, opening)

    assert notes == ()
    for one in fields(ViewState):
        if one.name in field_types(ViewState) and one.name != "place_grid":
            assert plain(getattr(after, one.name)) == plain(getattr(before, one.name)), one.name
    assert [slot.look for slot in after.slots] == [slot.look for slot in before.slots]
    assert [image.key for image in after.natives] == [image.key for image in before.natives]
    assert after.place_grid is not None and before.place_grid is not None
    assert after.place_grid.matches(before.place_grid)


def test_every_field_of_the_state_is_kept_unless_it_comes_from_the_images(files) -> None:
    """Who adds a field to the state gets it into sessions; where that cannot be, this fails."""
    state = looked_at(shown([*files.values()]))
    kept = session_of(state)
    for value, saved in ((state, kept.state), (state.slots[0], kept.images[0].shown)):
        types = field_types(type(value))
        assert set(saved) == set(types)
        for name, data in saved.items():
            assert plain(revived(types[name], json.loads(json.dumps(data)))) == data, name


def test_a_session_holds_no_pixels_and_no_patient(files, tmp_path: Path) -> None:
    images = [
        replace(image, patient=replace(image.patient, name="ZZCANARY^XQ", id="4711-Q"))
        for image in files.values()
    ]
    text = text_of(session_of(shown(images)), tmp_path)
    assert "CANARY" not in text and "4711-Q" not in text
    assert len(text) < 10_000


def test_a_registration_comes_back_with_its_card(files, opening, tmp_path: Path) -> None:
    state = shown([*files.values()])
    moved = make_grid(SHAPE, origin=(3.5, -2.0, 1.0))
    card = AlignmentCard(AlignmentState.REGISTERED, "rigid", 0.9, residuals_mm=(1.5, 2.0))
    state = with_image(state, 1, replace(state.natives[1], grid=moved, placed_by=card))
    state = with_pairing(state, find_pair(state.natives, state.fused_slots))

    after, notes = there_and_back(state, tmp_path, opening)
    assert notes == ()
    assert after.natives[1].placed_by == card
    assert after.natives[1].grid is not None and after.natives[1].grid.matches(moved)


def test_an_affine_registration_comes_back_voxel_by_voxel(files, opening, tmp_path: Path) -> None:
    state = shown([*files.values()])
    fixed, moving = state.natives
    for matrix in (np.diag([1.05, 0.97, 1.0, 1.0]), np.eye(4)):  # the second is rigid
        matrix[:3, 3] = (1.5, -2.0, 0.5)
        kind = "rigid" if np.allclose(matrix[:3, :3], np.eye(3)) else "affine"
        found = measured(fixed, moving, Transform(matrix, kind))
        moving = placed(moving, fixed, found)
        before = with_image(state, 1, moving)
        before = with_pairing(before, find_pair(before.natives, before.fused_slots))

        after, notes = there_and_back(before, tmp_path, opening)
        assert notes == ()
        assert after.natives[1].key == before.natives[1].key
        assert after.natives[1].placed_by == before.natives[1].placed_by
        assert after.natives[1].grid is not None and moving.grid is not None
        assert after.natives[1].grid.matches(moving.grid)
        assert after.natives[1].notes == before.natives[1].notes


def interpolated(files) -> ViewState:  # type: ignore[no-untyped-def]
    """A session with an affine registration."""
    state = shown([*files.values()])
    found = measured(*state.natives, Transform(np.diag([1.05, 0.97, 1.0, 1.0]), "affine"))
    return with_image(state, 1, placed(state.natives[1], state.natives[0], found))


def test_what_is_too_large_to_be_interpolated_lies_as_in_its_file_and_all_else_comes_back(
    files, opening, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = interpolated(files)
    monkeypatch.setattr(memory, "free_memory", lambda: 100)
    after, notes = there_and_back(state, tmp_path, opening)
    (note,) = notes
    assert (
        note.startswith("The MR “MR.bin” lies as in its file.") and "more than may be used" in note
    )
    assert [one.key for one in after.natives] == [image.key for image in files.values()]


def test_interpolating_what_a_session_holds_asks_whether_to_stop(
    files, opening, tmp_path: Path
) -> None:
    path = tmp_path / "mine.fvsession"
    path.write_text(text_of(session_of(interpolated(files)), tmp_path))
    session = read_session(path)
    unplaced = tuple(replace(kept, placement=None) for kept in session.images)

    def times_asked(session: Session) -> int:
        asked: list[int] = []
        reopened(session, opening, lambda: asked.append(1))
        return len(asked)

    assert times_asked(session) > times_asked(replace(session, images=unplaced))


@pytest.mark.parametrize("matrix", [(), (0.0,) * 16, (1.0, 2.0)])
def test_a_registration_that_makes_no_sense_is_said(
    files, opening, tmp_path: Path, matrix: tuple[float, ...]
) -> None:
    state = shown([*files.values()])
    image = state.natives[1]
    card = AlignmentCard(AlignmentState.REGISTERED, "affine", matrix=matrix, moving_key=image.key)
    moved = replace(image, values=np.asarray(image.values) + 1, placed_by=card)
    _, notes = there_and_back(with_image(state, 1, moved), tmp_path, opening)
    (note,) = notes
    assert note.startswith("The MR “MR.bin” lies as in its file")


def test_what_was_taken_as_placed_stays_so(files, opening, tmp_path: Path) -> None:
    state = taken_as_placed(shown([*files.values()]))
    after, notes = there_and_back(state, tmp_path, opening)
    assert notes == ()
    assert is_as_placed(after)


def test_a_file_that_changed_is_said_and_lies_as_in_its_file(
    files, opening, tmp_path: Path
) -> None:
    state = shown([*files.values()])
    card = AlignmentCard(AlignmentState.REGISTERED, "rigid")
    moved = make_grid(SHAPE, origin=(9.0, 0.0, 0.0))
    state = with_image(state, 1, replace(state.natives[1], grid=moved, placed_by=card))
    text = text_of(session_of(state, [digest(i.source.paths) for i in state.natives]), tmp_path)
    path = tmp_path / "mine.fvsession"
    path.write_text(text)
    next(p for p in files if p.name == "MR.bin").write_bytes(b"something else")

    found = reopened(read_session(path), opening)
    assert found.notes == (
        "The MR “MR.bin” has changed since the session was saved; it lies as in its file.",
    )
    assert restored(found).state.natives[1].placed_by is None


def test_a_missing_file_is_said_and_the_rest_comes_back(files, opening, tmp_path: Path) -> None:
    before = looked_at(shown([*files.values()]))
    path = tmp_path / "mine.fvsession"
    path.write_text(text_of(session_of(before), tmp_path))
    next(p for p in files if p.name == "CT.bin").unlink()

    result = restored(reopened(read_session(path), opening))
    assert result.notes == ("The CT “CT.bin” is no longer where it was.",)
    assert [image.kind for image in result.state.natives] == ["MR"]
    assert result.state.slice_index == 4
    assert result.state.large == ""  # pane B went with the CT: what was B is A now
    assert result.state.slots[0].look.inverted


def test_without_any_image_there_is_a_sentence(files, opening, tmp_path: Path) -> None:
    path = tmp_path / "mine.fvsession"
    path.write_text(text_of(session_of(shown([*files.values()])), tmp_path))
    for one in files:
        one.unlink()
    with pytest.raises(InputError, match="None of the session's images") as failed:
        reopened(read_session(path), opening)
    assert "drive" in failed.value.hint


def test_files_that_moved_with_their_session_are_found(files, tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    (old / "images").mkdir(parents=True)
    image = replace(next(iter(files.values())), source=Source(paths=(old / "images" / "a.bin",)))
    (old / "images" / "a.bin").write_bytes(b"a")
    (old / "s.fvsession").write_text(text_of(session_of(shown_alone(image)), old))
    old.rename(new)

    kept = read_session(new / "s.fvsession").images[0]
    assert kept.paths == (str(new / "images" / "a.bin"),)


def shown_alone(image: Image) -> ViewState:
    return opened(ViewState(), image)


def test_two_patients_are_asked_about_again(files, opening, tmp_path: Path) -> None:
    state = replace(shown([*files.values()]), confirmed=True)
    assert not there_and_back(state, tmp_path, opening)[0].confirmed


def test_what_a_later_version_says_more_is_left_out_and_named(
    files, opening, tmp_path: Path
) -> None:
    data = json.loads(text_of(session_of(looked_at(shown([*files.values()]))), tmp_path))
    data["state"] |= {"hologram": 7, "method": "telepathy", "view": {"zoom": "far"}}
    data["state"]["marks"][0]["colour"] = "plaid"
    data["images"][0]["shown"]["look"]["palette"] = "plaid"
    data["images"][0]["shown"]["look"]["sparkle"] = True
    path = tmp_path / "later.fvsession"
    path.write_text(json.dumps(data))

    result = restored(reopened(read_session(path), opening))
    (note,) = result.notes
    for name in ("hologram", "method", "view", "marks", "palette"):
        assert name in note
    assert result.state.method == ViewState().method
    assert result.state.view == View()


def test_a_session_of_a_later_format_says_so(tmp_path: Path) -> None:
    path = tmp_path / "later.fvsession"
    path.write_text(json.dumps({"format": "FusionViewer session", "version": 99}))
    with pytest.raises(InputError, match="later version"):
        read_session(path)


@given(cut=st.integers(0, 2000), noise=st.binary(max_size=6))
def test_a_damaged_session_opens_or_says_that_it_is_damaged(
    tmp_path_factory: pytest.TempPathFactory, cut: int, noise: bytes
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    image = replace(make_image(SHAPE), source=Source(paths=(folder / "a.bin",)))
    text = text_of(
        session_of(looked_at(opened(shown_alone(image), make_image(SHAPE, seed=3)))), folder
    )
    content = text.encode()
    place = cut % len(content)
    path = folder / "s.fvsession"
    path.write_bytes(content[:place] + noise + content[place + len(noise) :])
    try:
        session = read_session(path)
    except InputError as error:
        assert "s.fvsession" in str(error)
        return
    images: list[Image | None] = [image] * len(session.images)
    state = restored(
        replace(reopened(Session((), {}), lambda _p, _c: []), session=session, images=tuple(images))
    ).state
    assert state.slice_index >= 0
    assert np.isfinite(state.view.zoom)


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "null", '{"format": 1}', "[" * 100_000, "\x00", '{"version": 1e999}']
)
def test_what_is_no_session_is_called_so(tmp_path: Path, content: str) -> None:
    path = tmp_path / "odd.fvsession"
    path.write_text(content)
    with pytest.raises(InputError, match=r"odd\.fvsession"):
        read_session(path)


@dataclass(frozen=True)
class Widened:
    """As a state with fields that somebody adds later."""

    regions: tuple[Rectangle | Ellipse | Polygon, ...] = ()
    names: dict[str, float] = field(default_factory=dict)
    choice: Slot | None = None


def test_new_fields_of_plain_types_need_no_new_code() -> None:
    value = Widened((Rectangle(0, 0, 3, 4), Polygon(((0, 0), (0, 4), (5, 5)))), {"a": 1.5})
    data = json.loads(json.dumps(plain(value)))
    assert revived(Widened, data) == value
    with pytest.raises(ValueError, match="kind"):
        revived(Widened, data | {"regions": [{"is": "Window", "center": 1.0, "width": 2.0}]})
    with pytest.raises(ValueError, match="wrong kind"):
        revived(Widened, data | {"names": {"a": float("nan")}})


def test_an_image_that_scrolls_by_itself_stays_where_it_was(files, opening, tmp_path: Path) -> None:
    """Its slice is kept by its key; one that cannot be is the nearest that can."""
    path = tmp_path / "loose.bin"
    path.write_bytes(b"loose")
    loose = make_image((9, 32, 32), name="PET", modality="PT", seed=3)
    files[path] = loose = replace(loose, source=Source(paths=(path,)))
    before = shown([*files.values()])
    pane = SOURCE_PANES[[image.key for image in before.natives].index(loose.key)]
    before = change.scrolled_in(before, pane, 3)
    assert change.alone(before, pane)
    assert change.pane_slice(before, pane) == 7
    after, notes = there_and_back(before, tmp_path, opening)
    assert (change.pane_slice(after, pane), notes) == (7, ())
    beyond = replace(before, own_slices=((loose.key, -4),))
    assert change.pane_slice(there_and_back(beyond, tmp_path, opening)[0], pane) == 0
