"""A bundle that was de-identified while it was made: from many makers' images, searched byte by byte."""

import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from fusionviewer.errors import ExportError
from fusionviewer.formats.bundle import PARTS, Content, referenced, write_bundle
from fusionviewer.formats.deidentify import nobody
from fusionviewer.formats.deidentify_words import STANDARD_UIDS
from fusionviewer.formats.provenance import FusedSlice, Provenance
from fusionviewer.formats.reading import open_images
from fusionviewer.formats.writing import new_folder
from fusionviewer.imaging.display import opening_look
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.pair import Pair

SOURCES = [
    "ct_liver", "enhanced_mr/Philips", "enhanced_mr/Siemens", "highdicom/data", "mr_adc_t2/adc",
    "nibabel/nicom", "sts_ct_pet_mr/STS_025/PET", "vendor_mr/ge", "vendor_mr/generic",
    "vendor_mr/hyperfine",
]  # fmt: skip
PLACES = (
    *("PatientID", "OtherPatientIDs", "AccessionNumber", "StudyID", "InstitutionName"),
    *("InstitutionAddress", "StationName", "InstitutionalDepartmentName", "DeviceSerialNumber"),
)
SHORTEST = 5  # shorter values occur by chance in so many bytes
DUMMIES = {"19000101", "00000000"}


def content(pair: Pair) -> Content:
    grey = np.linspace(0, 1, int(np.prod(pair.shape[1:])), dtype=np.float32)
    middle = pair.shape[0] // 2
    looks = (opening_look(pair.a), opening_look(pair.b))
    slices = [FusedSlice(middle, grey.reshape(pair.shape[1:]))]
    return Content(slices, pair, Provenance("Average"), looks, how=nobody())


def telling(header: Dataset) -> set[str]:
    """Values that would tell whose image it is, where and when."""
    found: set[str] = set()
    for element in header.iterall():
        value = str(element.value).strip()
        known = element.keyword in PLACES or element.VR in ("PN", "DA")
        if known or (element.VR == "UI" and not value.startswith(STANDARD_UIDS)):
            found |= {value, *value.split("^")} if element.VR == "PN" else {value}
    return {value for value in found if len(value) >= SHORTEST} - DUMMIES


@pytest.mark.slow
@pytest.mark.parametrize("folder", SOURCES)
def test_nothing_of_the_person_is_in_any_byte(
    data: Path, tmp_path: Path, folder: str, with_finer: Callable[[Image], Pair],
    complaints: Callable[[Dataset], list[str]],
) -> None:  # fmt: skip
    placed = [i for i in open_images(data / "dicom" / folder) if i.grid is not None]
    pair = with_finer(placed[0])
    write_bundle(tmp_path / "nobody", list(PARTS), content(pair))
    files = sorted((tmp_path / "nobody").iterdir())
    raw = b"".join(file.read_bytes() for file in files)
    secret = telling(pair.native[1].source.headers[0])
    assert [value for value in secret if value.encode("utf-8", "ignore") in raw] == []

    objects = [pydicom.dcmread(file) for file in files]
    named = {uid for d in objects for uid in referenced(d)}
    assert not named & {u for image in pair.native for u in image.source.instance_uids}
    for d in {d.SOPClassUID: d for d in objects}.values():
        found = [e for e in complaints(d) if "does not reference Instances" not in e]
        assert found == [], d.SOPClassUID.name


def test_how_it_was_made_is_still_said(pair: Pair, tmp_path: Path) -> None:
    write_bundle(tmp_path / "nobody", ["companion"], content(pair))
    d = pydicom.dcmread(tmp_path / "nobody" / "IM0001.dcm")
    assert "Average" in d.DerivationDescription
    assert d.PatientIdentityRemoved == "YES"
    assert str(d.PatientName).startswith("ANON-")


def test_a_name_that_tells_is_refused(pair: Pair, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="name or number of the patient"):
        write_bundle(tmp_path / "fused_Doe", [], content(pair))
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 20 kilobytes."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=20k", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("this system lets tests make no disk of their own")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_bundle_on_a_full_disk_leaves_nothing(pair: Pair, small_disk: Path) -> None:
    with pytest.raises(ExportError, match="disk is full"):
        write_bundle(small_disk / "b", list(PARTS), content(pair))
    assert list(small_disk.iterdir()) == []


def test_of_two_programs_that_write_one_folder_one_wins_whole(tmp_path: Path) -> None:
    both, said = threading.Barrier(2), []

    def write(name: str) -> None:
        try:
            with new_folder(tmp_path / "out") as place:
                for number in range(20):
                    (place / f"{name}{number}").write_text(name)
                both.wait(20)
        except ExportError as error:
            said.append(str(error))

    threads = [threading.Thread(target=write, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    names = {entry.name[0] for entry in (tmp_path / "out").iterdir()}
    assert len(names) == 1
    assert len(list((tmp_path / "out").iterdir())) == 20
    assert len(said) == 1
    assert "exists already" in said[0]
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]


def test_a_file_that_somebody_puts_into_a_folder_meanwhile_is_never_lost(tmp_path: Path) -> None:
    target = tmp_path / "out"
    with new_folder(target) as place:
        (place / "1.ours").write_text("old")

    def ours(entry: Path) -> bool:
        return entry.suffix == ".ours"

    with (
        pytest.raises(ExportError, match="“out” holds files"),
        new_folder(target, overwrite=True, ours=ours) as place,
    ):
        (place / "1.ours").write_text("new")
        (target / "letter.txt").write_text("mine")
    assert (target / "letter.txt").read_text() == "mine"
    assert (target / "1.ours").read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]
