"""Images refuse what does not fit together; patients are told apart."""

from dataclasses import replace

import numpy as np
import pytest

from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.image import Image, Patient

VALUES = np.zeros((2, 3, 4), np.float32)
ANNA = Patient("7", "Here", "Meyer^Anna", "19700101", "F")


@pytest.mark.parametrize(
    "wrong",
    [
        {"values": VALUES[0]},
        {"values": VALUES.astype(np.float64)},
        {"rgb": np.zeros((2, 3, 4), np.uint8)},
        {"padding": np.zeros((2, 3, 5), bool)},
        {"grid": Grid((2, 3, 5), np.ones(3), np.zeros(3), np.eye(3))},
    ],
)
def test_parts_of_different_shapes_are_refused(wrong: dict) -> None:
    with pytest.raises(ValueError, match=r"must be|has shape|grid is"):
        Image(**{"name": "a", "values": VALUES} | wrong)


def test_nobody_can_change_pixels_afterwards() -> None:
    image = Image(
        "a",
        VALUES.copy(),
        rgb=np.zeros((2, 3, 4, 3), np.uint8),
        padding=np.zeros((2, 3, 4), bool),
    )
    for pixels in (image.values, image.rgb, image.padding):
        assert pixels is not None
        with pytest.raises(ValueError, match="read-only"):
            pixels[0, 0, 0] = 1


def test_the_key_depends_on_every_pixel_and_not_on_the_name() -> None:
    rgb = np.zeros((2, 3, 4, 3), np.uint8)
    one = Image("a", VALUES.copy())
    keys = {
        one.key,
        Image("a", VALUES + 1).key,
        Image("a", VALUES.reshape(2, 4, 3)).key,
        Image("a", VALUES, rgb=rgb).key,
        Image("a", VALUES, rgb=rgb + 1).key,
        Image("a", VALUES, padding=rgb[..., 0] == 0).key,
    }
    assert len(keys) == 6
    assert Image("b", VALUES.copy()).key == one.key


@pytest.mark.parametrize(
    ("modality", "colour", "functional"),
    [("PT", False, True), ("NM", False, True), ("MR", False, False), ("OT", True, True)],
)
def test_pet_spect_and_coloured_pictures_are_functional(
    modality: str, colour: bool, functional: bool
) -> None:
    rgb = np.zeros((2, 3, 4, 3), np.uint8) if colour else None
    assert Image("a", VALUES, modality, rgb=rgb).functional is functional


@pytest.mark.parametrize(
    ("change", "contradicts"),
    [
        ({}, False),
        ({"name": "MEYER^ANNA"}, False),
        ({"name": "Meyer Anna^"}, False),
        ({"name": "Meyer^Anna^^ "}, False),
        ({"name": "Meyer^Eva"}, True),
        ({"name": ""}, False),
        ({"id": "8"}, True),
        ({"id": ""}, False),
        ({"id": " 7 "}, False),
        ({"id": "8", "issuer": "There"}, False),
        ({"id": "7", "issuer": "There", "name": "Meyer^Eva"}, True),
        ({"id": "8", "issuer": ""}, True),
        ({"birth_date": "19700102"}, True),
        ({"birth_date": ""}, False),
        ({"sex": "M"}, True),
    ],
)
def test_patients_contradict_when_anything_both_give_differs(
    change: dict[str, str], contradicts: bool
) -> None:
    other = replace(ANNA, **change)
    assert ANNA.contradicts(other) is contradicts
    assert other.contradicts(ANNA) is contradicts


@pytest.mark.parametrize(
    ("patient", "known"),
    [
        (Patient(), False),
        (Patient(sex="F"), False),
        (Patient(id="7"), True),
        (Patient(id=" "), False),
    ],
)
def test_a_patient_is_known_by_number_or_name(patient: Patient, known: bool) -> None:
    assert patient.known is known


def test_the_lowest_value_is_a_number_and_at_most_nothing() -> None:
    values = VALUES.copy()
    values[0, 1] = (np.nan, -np.inf, -7, 3)
    values[1, 2] = (np.inf, 5, -2, 0)
    assert Image("a", values).lowest == -7
    assert Image("a", np.abs(VALUES) + 4).lowest == 0


def test_the_highest_value_is_one_that_was_measured() -> None:
    values = VALUES.copy()
    values[0, 1] = (np.nan, np.inf, 7, 3)
    values[1, 2] = (90, 5, -2, 0)
    padding = values == 90
    assert Image("a", values, padding=padding).highest == 7
    assert Image("a", values - 200).highest == 0


@pytest.mark.parametrize(
    ("modality", "unit", "has"),
    [
        ("NM", "counts", True),
        ("PT", "Bq/ml", True),
        ("PT", "SUV", False),
        ("NM", "grey level", False),
        ("CT", "HU", False),
    ],
)
def test_counts_and_activities_are_read_as_shares_of_the_maximum(
    modality: str, unit: str, has: bool
) -> None:
    image = Image("a", VALUES + 4, modality, unit)
    assert image.has_share_of_maximum is has
    assert not Image("a", VALUES, modality, unit).has_share_of_maximum
