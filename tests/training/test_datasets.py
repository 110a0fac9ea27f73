import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from fusionviewer.errors import UnreadableFile
from training import datasets
from training.augment import augmented
from training.config import DataConfig
from training.errors import DataError

CONFIG = DataConfig(pairs=("CT-MRI", "PET-MRI"))


def read(root: Path, split: str) -> list[datasets.Pair]:
    return datasets.read_pairs(root, datasets.read_splits(root, CONFIG), split)


def test_pairs_come_by_name_and_split(atlas: Path) -> None:
    pairs = read(atlas, "val")
    assert [(p.pair, p.name) for p in pairs] == [
        ("CT-MRI", "3003"),
        ("CT-MRI", "3004"),
        ("PET-MRI", "3003"),
        ("PET-MRI", "3004"),
    ]
    assert all(p.first.shape == p.second.shape == (1, 40, 36) for p in pairs)


def test_a_task_sees_single_images_or_pairs(atlas: Path) -> None:
    pairs = read(atlas, "test")
    assert [s.kind for s in datasets.images(pairs)] == ["CT", "MRI", "PET", "MRI"]
    stacked = datasets.stacked(pairs)
    assert [(s.kind, tuple(s.pixels.shape)) for s in stacked] == [
        ("CT-MRI", (2, 40, 36)),
        ("PET-MRI", (2, 40, 36)),
    ]


def test_names_sort_as_strings(atlas: Path) -> None:
    for modality in ("CT", "MRI"):
        folder = atlas / "CT-MRI" / modality
        (folder / "4003.png").rename(folder / "16003.png")
    assert datasets.paired_names(atlas / "CT-MRI")[:2] == ["1003", "1004"]
    assert datasets.paired_names(atlas / "CT-MRI")[2] == "16003"


def test_colour_becomes_luminance(tmp_path: Path) -> None:
    path = tmp_path / "c.png"
    Image.fromarray(np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8)).save(path)
    np.testing.assert_allclose(datasets.read_luminance(path), [[0.299, 0.587, 0.114]], atol=1e-6)


def test_sixteen_bits_reach_1_at_65535(tmp_path: Path) -> None:
    path = tmp_path / "deep.png"
    Image.fromarray(np.array([[0, 65535]], np.uint16)).save(path)
    assert datasets.read_luminance(path).tolist() == [[0, 1]]


def test_minmax_brings_every_image_to_the_whole_range(atlas: Path) -> None:
    Image.new("L", (36, 40), 51).save(atlas / "CT-MRI" / "CT" / "4003.png")
    splits = datasets.read_splits(atlas, CONFIG)
    pairs = datasets.read_pairs(atlas, splits, "test", "minmax")
    assert (pairs[0].second.min(), pairs[0].second.max()) == (0, 1)
    assert pairs[0].first.unique().tolist() == pytest.approx([0.2])


def test_black_and_white_are_0_and_1(tmp_path: Path) -> None:
    Image.fromarray(np.array([[0, 255]], np.uint8)).convert("1").save(tmp_path / "bw.png")
    np.testing.assert_allclose(datasets.read_luminance(tmp_path / "bw.png"), [[0, 1]], atol=1e-6)


class TestWhatIsWrongWithTheDataIsSaid:
    def test_a_name_without_a_partner(self, atlas: Path) -> None:
        (atlas / "CT-MRI" / "CT" / "1004.png").unlink()
        with pytest.raises(DataError, match="1004 has no partner"):
            read(atlas, "train")

    @pytest.mark.parametrize("name", ["CT", "CT-MRI-PET"])
    def test_a_folder_that_is_not_named_after_two_modalities(self, atlas: Path, name: str) -> None:
        with pytest.raises(DataError, match=f"“{name}” is no pair of modalities"):
            datasets.read_splits(atlas, DataConfig(pairs=(name,)))

    def test_a_missing_modality(self, atlas: Path) -> None:
        (atlas / "CT-MRI" / "CT").rename(atlas / "CT-MRI" / "XR")
        with pytest.raises(DataError, match="has no folder “CT”"):
            read(atlas, "train")

    def test_a_broken_picture(self, atlas: Path) -> None:
        path = atlas / "PET-MRI" / "PET" / "2003.png"
        path.write_bytes(path.read_bytes()[:80])
        with pytest.raises(UnreadableFile, match=r"“2003.png” could not be read"):
            read(atlas, "train")

    def test_partners_of_different_size(self, atlas: Path) -> None:
        Image.new("L", (8, 8)).save(atlas / "CT-MRI" / "MRI" / "1003.png")
        with pytest.raises(UnreadableFile, match="another size than its partner"):
            read(atlas, "train")

    def test_one_slice_in_two_splits(self, atlas: Path) -> None:
        table = json.loads((atlas / "splits.json").read_text())
        table["CT-MRI"]["test"].append("1003")
        (atlas / "splits.json").write_text(json.dumps(table))
        with pytest.raises(DataError, match="CT-MRI in two splits"):
            read(atlas, "train")

    def test_a_slice_that_is_not_there(self, atlas: Path) -> None:
        table = json.loads((atlas / "splits.json").read_text())
        table["PET-MRI"]["test"].append("9009")
        (atlas / "splits.json").write_text(json.dumps(table))
        with pytest.raises(DataError, match="names PET-MRI 9009"):
            read(atlas, "train")

    def test_a_broken_split_file(self, atlas: Path) -> None:
        (atlas / "splits.json").write_text("{")
        with pytest.raises(DataError, match=r"“splits.json” is missing or broken"):
            read(atlas, "train")

    def test_a_split_file_that_is_not_there(self, atlas: Path) -> None:
        with pytest.raises(DataError, match=r"“mine.json” is missing or broken"):
            datasets.read_splits(atlas, replace(CONFIG, splits="mine.json"))

    def test_no_data_at_all(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("FUSIONVIEWER_DATA", raising=False)
        with pytest.raises(DataError, match="FUSIONVIEWER_DATA is not set"):
            datasets.data_root(CONFIG)


def test_without_a_split_file_whole_studies_are_split(atlas: Path) -> None:
    assert datasets.split_rule(atlas, CONFIG) == "splits.json"
    (atlas / "splits.json").unlink()
    assert datasets.split_rule(atlas, CONFIG) == "study"
    parts = datasets.read_splits(atlas, CONFIG)
    assert set(parts) == {"CT-MRI", "PET-MRI"}
    for of_pair in parts.values():
        studies = [{name[0] for name in names} for names in of_pair.values()]
        assert sorted(study for each in studies for study in each) == ["1", "2", "3", "4"]


def test_the_digest_tells_where_each_slice_went(atlas: Path) -> None:
    splits = datasets.read_splits(atlas, CONFIG)
    moved = json.loads(json.dumps(splits))
    moved["CT-MRI"]["test"].append(moved["CT-MRI"]["train"].pop())
    assert datasets.list_digest(splits) != datasets.list_digest(moved)
    assert datasets.list_digest(splits) == datasets.list_digest(json.loads(json.dumps(splits)))


def test_crops_are_parts_of_the_image_and_follow_the_generator() -> None:
    image = torch.arange(20.0 * 30).reshape(1, 20, 30)
    one = augmented(image, 8, False, np.random.default_rng(5))
    assert one.shape == (1, 8, 8)
    top, left = divmod(int(one[0, 0, 0]), 30)
    assert torch.equal(one, image[:, top : top + 8, left : left + 8])
    assert torch.equal(one, augmented(image, 8, False, np.random.default_rng(5)))


def test_flips_move_pixels_and_change_none() -> None:
    image = torch.rand(2, 5, 6)
    for seed in range(8):
        flipped = augmented(image, 0, True, np.random.default_rng(seed))
        assert torch.equal(flipped.flatten(1).sort().values, image.flatten(1).sort().values)


def test_a_crop_larger_than_the_image_takes_it_whole() -> None:
    assert augmented(torch.rand(1, 5, 40), 16, False, np.random.default_rng(0)).shape == (1, 5, 16)
