import hashlib
import json
import shutil
from pathlib import Path

import pytest

from fusionviewer.errors import WeightsError
from fusionviewer.fusion.weights import read_card, verified


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    content = b"tensors"
    (tmp_path / "net.safetensors").write_bytes(content)
    card = {
        "files": {"net.safetensors": hashlib.sha256(content).hexdigest()},
        "config": {"width": 3},
    }
    (tmp_path / "net.json").write_text(json.dumps(card))
    return tmp_path


def test_weights_that_match_their_card_are_read(folder: Path) -> None:
    card = read_card("net", folder)
    assert verified(card, "net.safetensors") == b"tensors"
    assert card.config == {"width": 3}
    assert card.sha256 == hashlib.sha256(b"tensors").hexdigest()


def test_one_altered_byte_is_noticed(folder: Path) -> None:
    (folder / "net.safetensors").write_bytes(b"tensorz")
    with pytest.raises(WeightsError, match=r"“net\.safetensors” was altered"):
        verified(read_card("net", folder), "net.safetensors")


def test_missing_weights_are_named(folder: Path) -> None:
    (folder / "net.safetensors").unlink()
    with pytest.raises(WeightsError, match=r"there is no “net\.safetensors”"):
        verified(read_card("net", folder), "net.safetensors")


def test_a_missing_card_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"there is no “net\.json”"):
        read_card("net", tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"files": 3}', '{"files": {}}', '"x"'])
def test_a_card_that_is_none_is_refused(folder: Path, text: str) -> None:
    (folder / "net.json").write_text(text)
    with pytest.raises(WeightsError, match=r"net\.json"):
        read_card("net", folder)


@pytest.mark.parametrize(
    "odd",
    [
        {"config": "abc"},
        {"config": None},
        {"limits": "x"},
        {"limits": None},
        {"limits": {"a": 1}},
        {"limits": {"a": "12"}},
        {"limits": {"a": [1]}},
        {"limits": {"a": ["1", "2"]}},
        {"limits": {"a": [True, 2]}},
        {"limits": {"a": [2, 1]}},
        {"limits": {"a": [0, float("nan")]}},
        {"limits": {"a": [0, 10**400]}},
    ],
    ids=lambda odd: str(odd)[:30],
)
def test_a_card_with_an_odd_part_is_refused(folder: Path, odd: dict[str, object]) -> None:
    card = json.loads((folder / "net.json").read_text())
    (folder / "net.json").write_text(json.dumps(card | odd))
    with pytest.raises(WeightsError, match=r"“net\.json”, the card of the weights, cannot be read"):
        read_card("net", folder)


def test_the_hint_names_a_folder_that_did_not_come_with_the_program(folder: Path) -> None:
    (folder / "net.safetensors").write_bytes(b"tensorz")
    with pytest.raises(WeightsError) as altered:
        verified(read_card("net", folder), "net.safetensors")
    with pytest.raises(WeightsError) as absent:
        read_card("other", folder)
    with pytest.raises(WeightsError) as ours:
        read_card("other")
    assert str(folder) in altered.value.hint
    assert str(folder) in absent.value.hint
    assert ours.value.hint.startswith("Install FusionViewer again")


def test_a_file_that_the_card_does_not_name_is_not_read(folder: Path) -> None:
    shutil.copy(folder / "net.safetensors", folder / "other.onnx")
    with pytest.raises(WeightsError, match=r"does not name “other\.onnx”"):
        verified(read_card("net", folder), "other.onnx")
