"""The sample patient is opened with one click, scrolled, fused with PET and exported whole."""

from pathlib import Path

import nibabel
import numpy as np
import pydicom
import pytest

pytestmark = pytest.mark.slow


def test_the_sample_patient_is_one_click_away(viewer, tmp_path: Path) -> None:
    viewer.click("Open the sample patient")
    slots = viewer.window.store.state.slots
    assert [slot.native.modality for slot in slots] == ["CT", "MR"]
    assert slots[0].native.unit == "HU"
    count = viewer.window.store.state.slice_count
    assert count >= 24

    middle = viewer.fused.copy()
    viewer.wheel("A", 3)
    assert not np.array_equal(viewer.fused, middle)
    letters = viewer.pane("A").overlay.captions.letters
    assert (letters.left, letters.right) == ("R", "L")

    viewer.export("DICOM, all slices", tmp_path / "series")
    files = sorted((tmp_path / "series").iterdir())
    assert len(files) == count
    headers = [pydicom.dcmread(file) for file in files]
    assert {header.PatientID for header in headers} == {slots[0].native.patient.id}
    here = viewer.window.store.state.slice_index
    assert any(np.array_equal(header.pixel_array, viewer.fused) for header in headers), here

    viewer.export("NIfTI, all slices", tmp_path / "fused.nii.gz")
    volume = nibabel.load(tmp_path / "fused.nii.gz")
    assert sorted(volume.shape) == sorted(slots[0].drawn.shape)
