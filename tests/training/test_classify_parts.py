import math
from pathlib import Path

import nibabel
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from fusionviewer.errors import FusionViewerError, UnreadableFile
from training.classify.brats import Case, find_cases, read_volumes
from training.classify.classifier import Examples, fit
from training.classify.focal import focal_loss
from training.classify.networks import narrow, resnet50
from training.classify.phantom import write_phantom
from training.classify.report import Result, table
from training.classify.scores import area_under_curve, mean_and_deviation, scores
from training.classify.settings import Settings, small
from training.classify.slices import Patient, resampled, tumour_slices
from training.classify.split import split_patients
from training.errors import ConfigError, DataError, RunError


@pytest.fixture
def phantom(tmp_path: Path) -> Path:
    return write_phantom(tmp_path, 2, side=16)


def patients(low: int, high: int) -> list[Patient]:
    empty = np.zeros((1, 2, 2), np.float32)
    return [
        Patient(f"{grade}-{i}", grade, empty, empty)
        for grade, count in enumerate((low, high))
        for i in range(count)
    ]


def test_resnet_50_has_the_parameters_of_the_paper() -> None:
    assert sum(p.numel() for p in resnet50(1).parameters()) == 23_503_809
    assert sum(p.numel() for p in resnet50(2).parameters()) == 23_506_945


def test_classifiers_give_one_logit_per_image() -> None:
    assert narrow(2)(torch.zeros(3, 2, 32, 32)).shape == (3, 1)


def test_the_focal_loss_is_the_formula() -> None:
    logits, labels = torch.tensor([[0.0], [math.log(3)]]), torch.tensor([[1.0], [0.0]])
    # p_t is a half and a quarter
    expected = (0.25 * 0.25 * math.log(2) + 0.75 * 0.5625 * math.log(4)) / 2
    assert float(focal_loss(logits, labels, 0.25, 2)) == pytest.approx(expected)


def test_without_alpha_and_gamma_the_focal_loss_is_cross_entropy() -> None:
    logits = torch.randn(20, 1, generator=torch.Generator().manual_seed(0))
    labels = (torch.arange(20) % 3 == 0).float()[:, None]
    expected = torch.nn.functional.binary_cross_entropy_with_logits(logits, labels)
    assert float(focal_loss(logits, labels, 0, 0)) == pytest.approx(float(expected), abs=1e-6)


@given(st.floats(-1e4, 1e4, width=32), st.booleans())
def test_the_focal_loss_and_its_gradient_stay_finite(logit: float, positive: bool) -> None:
    x = torch.tensor([[logit]], requires_grad=True)
    loss = focal_loss(x, torch.tensor([[float(positive)]]), 0.25, 2)
    (slope,) = torch.autograd.grad(loss, x)
    assert loss.isfinite() and slope.isfinite()


@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=2, max_size=30))
def test_the_area_under_the_curve_counts_ties_as_a_half(pairs: list[tuple[int, bool]]) -> None:
    values = np.array([v / 4 for v, _ in pairs])
    labels = np.array([float(p) for _, p in pairs])
    if labels.min() == labels.max():
        with pytest.raises(ValueError, match="both classes"):
            area_under_curve(values, labels)
    else:
        assert area_under_curve(values, labels) == pytest.approx(
            metrics.roc_auc_score(labels, values)
        )


def test_scores_of_slices_and_patients_worked_out_by_hand() -> None:
    probabilities = np.array([0.9, 0.2, 0.6, 0.4, 0.1])
    labels = np.array([1.0, 1.0, 0.0, 0.0, 0.0])
    found = scores(probabilities, labels, ["h", "h", "l", "l", "m"])
    # pairs of slices: .9 beats all three, .2 beats .1 only; patients: .55 against .5 and .1
    assert found == pytest.approx(
        {"auc": 4 / 6, "f1": 0.5, "accuracy": 0.6, "balanced_accuracy": 7 / 12, "patient_auc": 1}
    )


def test_the_deviation_divides_by_one_less() -> None:
    assert mean_and_deviation([1.0, 3.0]) == (2.0, pytest.approx(math.sqrt(2)))
    assert mean_and_deviation([1.0]) == (1.0, None)


def test_the_table_shows_mean_and_deviation() -> None:
    names = ("auc", "f1", "accuracy", "balanced_accuracy", "patient_auc")
    results = [
        Result(trial, "t2", 1, 9, {}, dict.fromkeys(names, value))
        for trial, value in ((1, 0.5), (2, 0.7))
    ]
    assert "0.600 ± 0.141" in table(results).splitlines()[1]


@given(st.integers(3, 40), st.integers(3, 40), st.integers(1, 9))
def test_no_patient_is_in_two_parts_and_the_test_stays(low: int, high: int, trial: int) -> None:
    group = patients(low, high)
    settings = Settings(test_per_class=1)
    first, other = (split_patients(group, settings, t) for t in (trial, trial + 1))
    parts = (first.train, first.validation, first.test)
    assert sorted(p.name for part in parts for p in part) == sorted(p.name for p in group)
    assert [p.name for p in first.test] == [p.name for p in other.test]
    assert all({p.grade for p in part} == {0, 1} for part in parts)


def test_brats_2019_splits_into_the_numbers_of_the_paper() -> None:
    split = split_patients(patients(76, 259), Settings(), 1)
    assert [len(split.train), len(split.validation), len(split.test)] == [236, 59, 40]


def test_too_few_patients_are_named() -> None:
    with pytest.raises(DataError, match="LGG has 5 patients"):
        split_patients(patients(5, 30), Settings(), 1)


def test_resampling_keeps_the_zero_background_and_the_place() -> None:
    volume = np.zeros((8, 8, 8), np.float32)
    volume[4:6, 2:4, 6:8] = 1
    cube = resampled(volume, 16)
    inside = np.argwhere(cube == 1)
    assert cube.shape == (16, 16, 16)
    assert inside.min(0).tolist() == [9, 5, 13] and inside.max(0).tolist() == [10, 6, 15]
    assert cube[:7].max() == 0 and cube.sum() == pytest.approx(8 * volume.sum(), rel=0.2)


def test_slices_span_zero_to_one_and_show_enough_tumour(phantom: Path) -> None:
    case = find_cases(phantom)[0]
    t2, flair = tumour_slices(case, Settings(side=16))
    assert t2.shape == flair.shape and t2.shape[1:] == (16, 16) and len(t2) > 0
    assert t2.min() == 0 and t2.max() == 1 and flair.max() == 1
    assert ((t2 > 0).mean(axis=(1, 2)) >= 0.1).all()


def test_cropping_to_the_tumour_keeps_more_slices(phantom: Path) -> None:
    case = find_cases(phantom)[0]
    whole, crop = (
        tumour_slices(case, Settings(side=16, resampling=how))[0] for how in ("whole", "crop")
    )
    assert len(crop) > len(whole)


def test_a_folder_with_or_without_the_outer_name_is_found(phantom: Path) -> None:
    assert find_cases(phantom) == find_cases(phantom.parent)
    assert [case.grade for case in find_cases(phantom)] == [1, 1, 0, 0]


def case_folder(root: Path) -> Path:
    return root / "HGG" / "Phantom_HGG_001"


def rewritten(path: Path, pixels: np.ndarray) -> None:
    nibabel.save(nibabel.Nifti1Image(pixels, np.eye(4)), path)


def cut(root: Path) -> None:
    path = case_folder(root) / "Phantom_HGG_001_t2.nii.gz"
    path.write_bytes(path.read_bytes()[:200])


def lost(root: Path) -> None:
    (case_folder(root) / "Phantom_HGG_001_flair.nii.gz").unlink()


def foreign(root: Path) -> None:
    (case_folder(root) / "notes.txt").write_text("")


def loose(root: Path) -> None:
    (root / "LGG" / "table.csv").write_text("")


def no_tumour(root: Path) -> None:
    rewritten(case_folder(root) / "Phantom_HGG_001_seg.nii.gz", np.zeros((16, 16, 16), np.int16))


def other_size(root: Path) -> None:
    rewritten(case_folder(root) / "Phantom_HGG_001_flair.nii.gz", np.ones((16, 16, 8), np.int16))


def flat(root: Path) -> None:
    rewritten(case_folder(root) / "Phantom_HGG_001_t2.nii.gz", np.ones((16, 16), np.int16))


def not_numbers(root: Path) -> None:
    pixels = np.full((16, 16, 16), np.nan, np.float32)
    rewritten(case_folder(root) / "Phantom_HGG_001_t2.nii.gz", pixels)


def black(root: Path) -> None:
    rewritten(case_folder(root) / "Phantom_HGG_001_t2.nii.gz", np.zeros((16, 16, 16), np.int16))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (cut, "“Phantom_HGG_001_t2.nii.gz” could not be read"),
        (lost, "no file “Phantom_HGG_001_flair.nii.gz”"),
        (foreign, "“notes.txt” does not belong to the case"),
        (loose, "“table.csv” in LGG is not the folder of a case"),
        (no_tumour, "marks no tumour"),
        (other_size, "has another size than the T2 volume"),
        (flat, "is not a volume"),
        (not_numbers, "values that are not numbers"),
        (black, "T2 of Phantom_HGG_001 is black"),
    ],
)
def test_what_is_wrong_with_a_case_is_said(phantom: Path, damage: object, words: str) -> None:
    damage(phantom)  # type: ignore[operator]
    with pytest.raises(FusionViewerError, match=words):
        for case in find_cases(phantom):
            tumour_slices(case, small())


def test_a_folder_without_cases_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no cases in a folder “LGG”"):
        find_cases(tmp_path)


def test_a_file_that_vanished_is_named(phantom: Path) -> None:
    case = find_cases(phantom)[0]
    gone = Case(case.name, 1, case.files | {"t2": phantom / "gone.nii.gz"})
    with pytest.raises(UnreadableFile, match=r"gone\.nii\.gz"):
        read_volumes(gone)


def test_a_loss_that_is_no_number_stops_the_training() -> None:
    pixels = torch.zeros(4, 1, 32, 32)
    pixels[0] = float("inf")
    given_examples = Examples(pixels, torch.tensor([[0.0], [1.0], [0.0], [1.0]]), list("abcd"))
    with pytest.raises(RunError, match="no longer a number"):
        fit(
            narrow(1),
            given_examples,
            given_examples,
            small(),
            seed=0,
            device="cpu",
            tell=lambda line: None,
        )


@pytest.mark.parametrize(
    "wrong",
    [{"side": 17}, {"level": "image"}, {"alpha": 1.0}, {"batch": 1}, {"least_share": 0.0}],
)
def test_settings_that_mean_nothing_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        Settings(**wrong)  # type: ignore[arg-type]
