from dataclasses import replace

from builders import make_grid, make_image
from hypothesis import given
from hypothesis import strategies as st

from fusionviewer.ui.pane_rulers import EDGE, rulers
from fusionviewer.ui.pane_texts import Space, Text, free_row, laid_out, span
from fusionviewer.workspace.arrangement import find_pair, opened, with_pairing
from fusionviewer.workspace.captions import Captions, Letters, fused_captions, source_captions
from fusionviewer.workspace.state import ViewState

LINE = 14


def measure(words: str) -> int:
    return 7 * len(words)


def space(width: int, height: int = 480, *, notice: bool = True) -> Space:
    return Space(width, height, LINE, measure, notice)


def overlap(one: Text, other: Text) -> bool:
    if abs(one.top - other.top) >= LINE:
        return False
    (start, end), (other_start, other_end) = span(one, measure), span(other, measure)
    return start < other_end and other_start < end


words = st.text("abc ·", max_size=70).map(str.strip)
lines = st.lists(words, max_size=4).map(tuple)
captions = st.builds(
    Captions,
    top_left=lines,
    top_right=lines,
    bottom_left=lines,
    bottom_right=lines,
    warnings=lines,
    letters=st.just(Letters("R", "AR", "L", "P")),
)


@given(captions, st.integers(200, 900))
def test_no_line_covers_another(drawn: Captions, width: int) -> None:
    texts = laid_out(drawn, space(width))
    for i, one in enumerate(texts):
        assert not [other for other in texts[i + 1 :] if overlap(one, other)]


@given(captions, st.integers(200, 900))
def test_every_line_is_inside_its_pane(drawn: Captions, width: int) -> None:
    for text in laid_out(drawn, space(width)):
        start, end = span(text, measure)
        assert start >= 0 and end <= width
        assert 0 <= text.top <= 480 - LINE


def test_a_title_that_is_too_long_goes_on_below() -> None:
    title = "Fused: EH-DRAN, Feature energy ratio · display only"
    texts = [text.words for text in laid_out(Captions(top_left=(title,)), space(290))]
    assert texts[:2] == ["Fused: EH-DRAN, Feature energy ratio", "display only"]
    wide = laid_out(Captions(top_left=(title,)), space(600))
    assert wide[0].words == title


def test_a_warning_is_never_cut() -> None:
    sentence = "Stored with white as zero (MONOCHROME1); shown with bright as high."
    texts = laid_out(Captions(warnings=(sentence,)), space(250, notice=False))
    assert " ".join(text.words for text in texts) == sentence
    assert all(measure(text.words) <= text.width for text in texts)


def test_one_side_gets_what_the_other_leaves() -> None:
    drawn = Captions(bottom_left=("Zoom 113 %",), bottom_right=("fused 0.11, display only",))
    texts = laid_out(drawn, space(300))
    assert all(measure(text.words) <= text.width for text in texts)


def test_letters_stay_at_their_edges_where_there_is_room() -> None:
    letters = Letters("R", "A", "L", "P")
    texts = {text.words: text for text in laid_out(Captions(letters=letters), space(400))}
    assert texts["A"].top < 20 and texts["P"].top > 430
    assert texts["R"].top == texts["L"].top == (480 - LINE) // 2


def test_letters_at_the_sides_give_way_to_words_that_reach_the_middle() -> None:
    """As with both overlays, and texts twice as large."""
    many = tuple(f"Line number {i} of them" for i in range(8))
    drawn = Captions(top_left=many, letters=Letters("R", "A", "L", "P"))
    texts = laid_out(drawn, Space(425, 448, 28, lambda words: 13 * len(words), notice=True))
    shown = {text.words: text for text in texts}
    assert {"R", "L", "P"} <= {*shown}
    assert shown["R"].top >= shown[many[-1]].top + 28
    assert shown["L"].top == (448 - 28) // 2  # nothing is there


def test_there_is_no_ruler_where_it_would_lie_on_words() -> None:
    lines = tuple(f"Line number {i} of them" for i in range(8))
    drawn = Captions(top_left=lines, bottom_left=lines[:5], bottom_right=lines[:5])
    room = Space(300, 280, LINE, measure, ruled=True)
    assert rulers(0.2, laid_out(drawn, room), room) is None


@given(captions, st.integers(200, 900), st.floats(20, 80))
def test_a_ruler_stands_on_no_words(drawn: Captions, width: int, half: float) -> None:
    texts = laid_out(drawn, space(width))
    reach = (width / 2 - half, width / 2 + half)
    bottom = free_row(texts, reach, 480, LINE, measure)
    if bottom <= 240:
        return  # there is no room below the middle
    for text in texts:
        start, end = span(text, measure)
        if start < reach[1] and end > reach[0]:
            assert text.top >= bottom or text.top + LINE <= bottom - LINE


@given(captions, st.integers(160, 900), st.integers(160, 900), st.floats(0.05, 2.0))
def test_rulers_lie_off_the_words_and_within_the_pane(
    drawn: Captions, width: int, height: int, mm_per_pixel: float
) -> None:
    room = Space(width, height, LINE, measure, ruled=True)
    texts = laid_out(replace(drawn, mm_per_pixel=mm_per_pixel), room)
    found = rulers(mm_per_pixel, texts, room)
    if found is None:
        return
    for line in found.lines:
        assert 0 <= min(line.x1(), line.x2()) <= max(line.x1(), line.x2()) <= width
        assert 0 <= min(line.y1(), line.y2()) <= max(line.y1(), line.y2()) <= height
    upright = [line for line in found.lines if line.x1() == line.x2() == EDGE]
    if not upright:
        return  # there is no room beside the words: one ruler, above them
    top, foot = upright[0].y1(), found.top + LINE
    for text in texts:
        if text.side == "left" and text.kind != "letter":
            assert text.top + LINE <= top or text.top >= foot, text.words
        assert text.top + LINE <= height - EDGE - 5 or text.left > width / 2, text.words


def test_what_comes_with_the_cursor_has_its_place_before() -> None:
    grid = make_grid((3, 64, 64))
    state = ViewState()
    for seed, modality in ((1, "CT"), (2, "MR")):
        state = opened(state, make_image(grid.shape, modality=modality, seed=seed, grid=grid))
    state = with_pairing(state, find_pair(state.natives, state.fused_slots))
    away, there = (
        [source_captions(state, "A", 1.0, at), fused_captions(state, 1.0, at, value)]
        for at, value in ((None, None), ((20.0, 30.0), 0.5))
    )
    for before, after in zip(away, there, strict=True):
        assert len(before.bottom_right) == len(after.bottom_right) > 2
        letters = [
            [t.top for t in laid_out(one, space(330)) if t.kind == "letter"]
            for one in (before, after)
        ]
        assert len(letters[0]) == 4 and letters[0] == letters[1]


def test_where_two_lines_do_not_fit_beside_each_other_the_lesser_ones_go_and_none_is_cut() -> None:
    """Three panes of a window of 1280 pixels, with texts twice as large."""
    fused = Captions(
        bottom_left=("Slice 21/40", "H 16.0 mm", "256×256", "Zoom 166 %"),
        bottom_right=("R 33.8  A 24.8  H 16.0 mm", "CT 27 HU", "MR 684 a.u.", "fused 0.52, display only"),
        lesser=("256×256", "H 16.0 mm"),
    )  # fmt: skip
    texts = laid_out(fused, Space(425, 448, 28, lambda words: 13 * len(words), notice=True))
    assert all(13 * len(text.words) <= text.width for text in texts)
    shown = {text.words: text.top for text in texts}
    assert {*fused.bottom_left} - {*shown} == {"256×256", "H 16.0 mm"}
    assert shown["Slice 21/40"] == shown["CT 27 HU"] and shown["Zoom 166 %"] == shown["MR 684 a.u."]
    wide = laid_out(fused, Space(800, 448, 28, lambda words: 13 * len(words), notice=True))
    assert {*fused.bottom_left, *fused.bottom_right} <= {text.words for text in wide}


def test_what_comes_with_the_cursor_goes_above_where_it_does_not_fit_beside() -> None:
    """Four panes of a window of 1280 pixels, with texts twice as large."""
    room = (
        "R 188.8  A 188.8  H 188.8 mm",
        "CT −1888 HU",
        "MR 1888 a.u.",
        "fused 0.00, display only",
    )
    away, there = (
        laid_out(
            Captions(
                bottom_left=("Slice 21/40", "Zoom 166 %"),
                bottom_right=lines,
                room=room,
                letters=Letters(bottom="P"),
            ),
            Space(319, 448, 28, lambda words: 15 * len(words), notice=True),
        )
        for lines in ((" ",) * 4, ("R 3.8", "CT 27 HU", "MR 684 a.u.", "fused 0.52"))
    )
    tops = {text.words: text.top for text in there}
    at_rest = {text.words: text.top for text in away}
    assert at_rest["P"] > 300  # and not over the middle of the picture
    assert at_rest["Zoom 166 %"] == tops["Zoom 166 %"]
    assert tops["Zoom 166 %"] == max(t.top for t in there if t.side == "left")
    assert tops["R 3.8"] < tops["CT 27 HU"] < tops["MR 684 a.u."] < tops["Slice 21/40"]


def test_nothing_jumps_when_the_cursor_makes_a_line_longer() -> None:
    def tops(position: str) -> list[int]:
        drawn = Captions(
            bottom_left=("Slice 21/40", "Zoom 166 %"),
            bottom_right=(position, "CT 27 HU"),
            room=("R 188.8  A 188.8  H 188.8 mm", "CT −1888 HU"),
        )
        return [text.top for text in laid_out(drawn, space(300))]

    assert tops("R 3.8  A 4.8  H 6.0 mm") == tops("R 133.8  A 124.8  H 116.0 mm")


def test_the_name_of_a_patient_is_never_cut() -> None:
    name = "Mustermann-Schmidt Maria Magdalena Josephine von der Aue"
    drawn = Captions(top_left=(name, "ID 1"), top_right=("CT", "Head without contrast"))
    texts = laid_out(drawn, space(300))
    left = [text for text in texts if text.side == "left"]
    assert " ".join(text.words for text in left) == f"{name} ID 1"
    assert all(measure(text.words) <= text.width for text in texts)
