"""What the card says in the corner of the fused pane, in exports and as JSON."""

import json

import pytest

from fusionviewer.imaging.alignment import AlignmentCard, AlignmentState


def registered(**changes: object) -> AlignmentCard:
    values: dict[str, object] = {
        "state": AlignmentState.REGISTERED,
        "kind": "rigid",
        "overlap": 0.934,
        "mutual_information": (0.41, 1.27),
        "ncc": (-0.05, 0.6),
        "offset_mm": 12.34,
        "degrees": 4.52,
    }
    return AlignmentCard(**{**values, **changes})  # type: ignore[arg-type]


def test_a_registration_says_how_far_the_image_was_moved() -> None:
    assert registered().sentence() == "Registered: rigid, 12.3 mm, 4.5°."


def test_a_doubtful_one_is_not_called_registered_and_says_why() -> None:
    card = registered(state=AlignmentState.UNVERIFIED, doubts=("One thing.", "Another."))
    assert card.sentence() == "Aligned: rigid, 12.3 mm, 4.5°; not verified. One thing."
    assert "Another." in card.lines()
    assert sum("One thing." in line for line in card.lines()) == 1


def test_the_lines_have_every_number() -> None:
    lines = registered(residuals_mm=(0.5, 1.25)).lines()
    assert lines[1:] == (
        "Overlap 93 % of the smaller image",
        "Mutual information 0.41 → 1.27 bits",
        "Cross-correlation -0.05 → 0.60",
        "Landmarks are off by 0.5, 1.2 mm",
    )


@pytest.mark.parametrize("state", AlignmentState)
def test_every_state_has_a_sentence_that_ends(state: AlignmentState) -> None:
    for card in (AlignmentCard(state), registered(state=state)):
        assert card.sentence().endswith(".")
    assert ("Registered" in AlignmentCard(state).sentence()) == (state == AlignmentState.REGISTERED)


def test_json_has_what_the_card_has() -> None:
    told = json.loads(json.dumps(registered().as_dict()))
    assert told["state"] == "registered"
    assert told["overlap_percent"] == 93.4
    assert told["mutual_information_bits"] == {"before": 0.41, "after": 1.27}
    assert told["offset_mm"] == 12.34


def test_the_corner_says_what_the_sentence_does_not() -> None:
    assert registered().corner() == "Overlap 93 % · MI 0.41 → 1.27 bits · NCC -0.05 → 0.60"
    same = AlignmentCard(AlignmentState.SAME_FRAME, overlap=1.0)
    assert same.corner() == "Same frame of reference · overlap 100 %"
    assert registered(residuals_mm=(0.5, 1.3)).corner().endswith("landmarks off by up to 1.3 mm")
    assert AlignmentCard(AlignmentState.UNVERIFIED).corner() == ""


def test_a_kind_that_nobody_could_read_is_refused() -> None:
    with pytest.raises(ValueError, match="rigid, affine, landmarks, by hand, file, not 'warped'"):
        registered(kind="warped")
