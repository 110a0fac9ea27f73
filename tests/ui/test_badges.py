"""The marks on the image: short, told by shape and words, and explained where the cursor is."""

import numpy as np
import pytest
from builders import make_grid, make_image
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QColor, QImage, QPainter

from fusionviewer.imaging.image import Image, Patient, Source
from fusionviewer.imaging.pair import make_pair
from fusionviewer.ui.badges import COLOURS, SIGNS, draw_badge, flowed
from fusionviewer.ui.pane import Pane
from fusionviewer.ui.pane_texts import Space, laid_out
from fusionviewer.workspace.arrangement import find_pair, opened, with_pairing
from fusionviewer.workspace.badges import Badge, badge_of
from fusionviewer.workspace.captions import Captions, fused_captions, source_captions
from fusionviewer.workspace.state import ViewState

SENTENCES = {
    "Different patients.": ("Different patients", "grave"),
    "Different frames of reference, not registered; fused as placed.": ("Not registered", "grave"),
    "Alignment not verified.": ("Alignment not verified", "caution"),
    "PET was resampled.": ("PET resampled", "note"),
    "Lossy compressed.": ("Lossy", "caution"),
    "Not like the training images: brighter.": ("Unusual input", "caution"),
    "Maximum in place of Clarus. Not like the training images: far too small.": (
        "Fallback, unusual input",
        "grave",
    ),
}


@pytest.mark.parametrize("sentence", SENTENCES)
def test_what_must_be_known_is_said_in_two_words(sentence: str) -> None:
    badge = badge_of(sentence)
    assert badge == Badge(*SENTENCES[sentence], sentence)  # type: ignore[arg-type]


def test_what_is_not_known_stays_a_sentence() -> None:
    assert badge_of("Stored with white as zero (MONOCHROME1); shown with bright as high.") is None
    texts = laid_out(Captions(warnings=("Something new.",)), Space(400, 300, 14, len))
    assert [text.words for text in texts] == ["Something new."]


def test_the_notes_of_a_real_pair_are_badges() -> None:
    fine, coarse = make_grid((6, 8, 8), (1, 1, 1)), make_grid((3, 4, 4), (2, 2, 2))
    ct = make_image(fine.shape, grid=fine, modality="CT", frame="1", patient=Patient(id="1"))
    pet = make_image(coarse.shape, grid=coarse, modality="PT", frame="2", patient=Patient(id="2"))
    pair = make_pair(ct, pet, confirmed=True, as_placed=True)
    labels = [badge.label for note in pair.notes if (badge := badge_of(note)) is not None]
    assert labels == ["Different patients", "Not registered", "PET resampled"]


@given(
    st.lists(st.sampled_from([*SENTENCES]), max_size=6, unique=True),
    st.integers(120, 900),
    st.integers(10, 24),
)
def test_badges_stay_inside_and_apart(sentences: list[str], width: int, line: int) -> None:
    badges = [badge for one in sentences if (badge := badge_of(one)) is not None]
    places = list(flowed(badges, 8, 20, width, line, lambda words: 7 * len(words)))
    assert [badge for badge, *_ in places] == badges
    for i, (_, left, top, wide) in enumerate(places):
        assert left >= 8 and left + wide <= 8 + width
        for _, other_left, other_top, other_wide in places[i + 1 :]:
            apart = left + wide <= other_left or other_left + other_wide <= left
            assert apart or abs(top - other_top) >= line + 4


@pytest.mark.parametrize("level", SIGNS)
def test_each_level_has_a_shape_of_its_own(level: str, qtbot) -> None:  # type: ignore[no-untyped-def]
    found = {}
    for one in SIGNS:
        picture = QImage(120, 24, QImage.Format.Format_RGB32)
        picture.fill(QColor("white"))
        painter = QPainter(picture)
        draw_badge(painter, Badge("Same words", one, ""), 0, 0, 120, 16)  # type: ignore[arg-type]
        painter.end()
        pixels = np.frombuffer(picture.constBits(), np.uint8).reshape(24, 120, 4)
        grey = pixels[:, :24, :3].max(axis=2).astype(int)
        found[one] = grey > 100  # where there is icon, in whatever colour
    for other in SIGNS:
        if other != level:
            assert (found[level] != found[other]).sum() > 20
    assert len({colour.name() for colour in COLOURS.values()}) == 3


def test_the_sentence_is_told_where_the_cursor_is_and_to_the_blind(qtbot) -> None:  # type: ignore[no-untyped-def]
    pane = Pane("fused")
    qtbot.addWidget(pane)
    pane.resize(400, 300)
    pane.show()
    warnings = ("Different patients.", "PET was resampled.")
    pane.draw_texts(Captions(warnings=warnings), None, None, notice=True)
    badges = [text for text in pane.overlay._texts() if text.badge is not None]
    assert len(badges) == 2
    for text in badges:
        assert pane.overlay.tip_at(text.left + 3, text.top + 3) == text.badge.sentence
    assert pane.overlay.tip_at(390, 290) == ""
    assert pane.canvas.accessibleDescription() == "Different patients. PET was resampled."


def test_a_lossy_image_carries_its_mark() -> None:
    values = np.zeros((1, 4, 4), dtype=np.float32)
    state = opened(ViewState(), Image("jpg", values, source=Source(lossy=True)))
    warnings = source_captions(state, "A", 1.0, None).warnings
    assert [badge.label for one in warnings if (badge := badge_of(one))] == ["Lossy"]


def test_a_fused_picture_says_that_a_source_was_lossy() -> None:
    values = np.random.default_rng(1).random((1, 4, 4), dtype=np.float32)
    state = opened(ViewState(), Image("a", values, "CT", source=Source(lossy=True)))
    state = opened(state, Image("b", values + 1, "MR"))
    state = with_pairing(state, find_pair(state.natives, state.fused_slots))
    warnings = fused_captions(state, 1.0, None).warnings
    assert "CT lossy" in [badge.label for one in warnings if (badge := badge_of(one))]
