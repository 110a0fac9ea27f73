import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from fusionviewer.errors import Cancelled, ExportError
from fusionviewer.formats.bundle import PARTS, Content, referenced, write_bundle
from fusionviewer.formats.drawn import drawn
from fusionviewer.formats.provenance import FusedSlice, Provenance
from fusionviewer.formats.reading import open_images
from fusionviewer.imaging.display import opening_look
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.pair import Pair, make_pair
from fusionviewer.imaging.planes import PlaneName, pair_in_plane
from fusionviewer.imaging.roi import Ellipse, Point, Rectangle, Sphere

SHIFTED = np.eye(4)
SHIFTED[:3, 3] = 1.5, -2, 3


def content(pair: Pair, how: Provenance, count: int = 2) -> Content:
    """Slices from the middle, regions there, and a registration."""
    slices, height, width = pair.shape
    first = min(slices // 2, slices - min(count, slices))
    grey = np.linspace(0, 1, height * width, dtype=np.float32).reshape(height, width)
    shapes = {
        "Box": Rectangle(height * 0.3, width * 0.3, height * 0.6, width * 0.7),
        "Oval": Ellipse(height * 0.5, width * 0.5, height * 0.2, width * 0.1),
        "Spot": Point(height * 0.5, width * 0.5),
        "Ball": Sphere(first, height * 0.5, width * 0.5, 12),
    }
    return Content(
        slices=[FusedSlice(s, grey) for s in range(first, first + min(count, slices))],
        pair=pair,
        provenance=how,
        looks=(opening_look(pair.a), opening_look(pair.b)),
        regions=[drawn(name, shape, first) for name, shape in shapes.items()],
        fixed_to_moving=SHIFTED,
    )


@pytest.fixture(scope="module")
def sample_pair(sample_folder: Path) -> Pair:
    """CT and PET of the sample patient, which lie on grids of their own."""
    images = {i.modality: i for i in open_images(sample_folder) if i.source.kind == "DICOM"}
    return make_pair(images["CT"], images["PT"])


@pytest.fixture(scope="module")
def written(sample_pair: Pair, tmp_path_factory: pytest.TempPathFactory) -> list[Dataset]:
    """Every object of a whole bundle, with its pixels."""
    folder = tmp_path_factory.mktemp("bundle") / "all"
    how = Provenance("EH-DRAN", "SFNN, maximum")
    assert write_bundle(folder, list(PARTS), content(sample_pair, how)) == ()
    return [pydicom.dcmread(file) for file in sorted(folder.iterdir())]


def test_all_objects_are_of_one_patient_and_study(written: list[Dataset]) -> None:
    for keyword in ("StudyInstanceUID", "PatientID", "PatientName", "StudyDate", "StudyID"):
        assert len({str(d[keyword].value) for d in written}) == 1
    places = {d.FrameOfReferenceUID for d in written if "FrameOfReferenceUID" in d}
    assert len(places) == 1


def test_every_part_is_a_series_of_its_own_with_new_uids(
    written: list[Dataset], sample_pair: Pair
) -> None:
    assert len({d.SeriesInstanceUID for d in written}) == len(PARTS) + 1
    uids = [d.SOPInstanceUID for d in written]
    assert len(set(uids)) == len(uids)
    old = {u for i in sample_pair.native for u in (*i.source.instance_uids, i.source.series_uid)}
    assert not old & {*uids, *(d.SeriesInstanceUID for d in written)}


def test_every_reference_leads_to_an_object_of_the_bundle_or_to_a_source(
    written: list[Dataset], sample_pair: Pair
) -> None:
    there = {d.SOPInstanceUID for d in written}
    there |= {uid for image in sample_pair.native for uid in image.source.instance_uids}
    named = {uid for d in written for uid in referenced(d)}
    assert named <= there
    kinds = {d.SOPInstanceUID: d.Modality for d in written}
    assert {kinds[uid] for uid in named & set(kinds)} == {"PT", "REG", "SEG"}


def test_every_object_says_who_made_it_and_that_it_is_not_for_diagnosis(
    written: list[Dataset],
) -> None:
    for d in written:
        assert d.Manufacturer == "FusionViewer"
        assert "not for diagnosis" in d.SeriesDescription
        assert d.ContributingEquipmentSequence[0].Manufacturer == "FusionViewer"


def test_parts_that_cannot_be_are_named_with_the_reason(
    make_source: Callable[..., Image], how: Provenance, tmp_path: Path
) -> None:
    pair = make_pair(make_source("CT"), make_source("MR"))
    missing = write_bundle(tmp_path / "b", ["companion", "registration"], content(pair, how))
    assert missing == ("Resampled source with its values: No CT, MR, PET or SPECT was resampled.",)


@pytest.mark.parametrize("part", ["blending", "advanced"])
def test_a_blending_of_images_that_were_moved_tells_where_they_went(
    sample_pair: Pair, how: Provenance, tmp_path: Path, part: str
) -> None:
    assert write_bundle(tmp_path / "b", [part], content(sample_pair, how)) == ()
    objects = {d.Modality: d for d in map(pydicom.dcmread, (tmp_path / "b").iterdir())}
    assert objects["REG"].SOPInstanceUID in set(referenced(objects["PR"]))


def test_an_unknown_part_is_refused(pair: Pair, how: Provenance, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nonsense"):
        write_bundle(tmp_path / "b", ["nonsense"], content(pair, how))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("steps", [1, 4, 6, 8, 12])
def test_stopping_anywhere_leaves_nothing(
    sample_pair: Pair, how: Provenance, tmp_path: Path, steps: int
) -> None:
    asked: list[int] = []

    def stop() -> None:
        asked.append(1)
        if len(asked) == steps:
            raise Cancelled

    with pytest.raises(Cancelled):
        write_bundle(tmp_path / "b", ["companion", "gsps"], content(sample_pair, how), check=stop)
    assert list(tmp_path.iterdir()) == []


def test_an_earlier_bundle_is_replaced_whole_and_files_of_others_never(
    pair: Pair, how: Provenance, tmp_path: Path
) -> None:
    folder = tmp_path / "b"
    write_bundle(folder, ["companion"], content(pair, how))
    before = {file.name for file in folder.iterdir()}
    with pytest.raises(ExportError, match="not empty"):
        write_bundle(folder, [], content(pair, how))
    write_bundle(folder, [], content(pair, how), overwrite=True)
    assert {file.name for file in folder.iterdir()} < before
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(ExportError, match="not from an earlier export"):
        write_bundle(folder, [], content(pair, how), overwrite=True)
    assert (folder / "notes.txt").read_text() == "mine"


# Advanced Blending: dicom3tools 2022-06-18 looks for references at the top level alone, and so misses
# those in Advanced Blending Sequence. PS3.3 A.33.7 makes Common Instance Reference mandatory.
FALSE_ALARMS = (
    "Error - ReferencedSeriesSequence present but Instance does not reference Instances",
    "Error - StudiesContainingOtherReferencedInstancesSequence present but Instance does not",
)


def require_valid(
    folder: Path, complaints: Callable[[Dataset], list[str]], parts: Any = tuple(PARTS)
) -> None:
    first: dict[str, Path] = {}
    for file in sorted(folder.iterdir()):
        first.setdefault(file.name[:2], file)
    for file in first.values():
        d = pydicom.dcmread(file)
        known = FALSE_ALARMS if file.name.startswith(PARTS["advanced"].prefix) else ()
        found = [line for line in complaints(d) if not line.startswith(known or "\0")]
        assert found == [], file.name


@pytest.mark.parametrize("plane", ["axial", "coronal", "sagittal"])
@pytest.mark.parametrize("other", ["PT", "NM", "MR"])
def test_the_validator_finds_no_error_in_bundles_of_the_sample_patient(
    sample_folder: Path, how: Provenance, tmp_path: Path, other: str, plane: PlaneName,
    complaints: Callable[[Dataset], list[str]],
) -> None:  # fmt: skip
    images = {i.modality: i for i in open_images(sample_folder) if i.source.kind == "DICOM"}
    pair = pair_in_plane(make_pair(images["CT"], images[other]), plane)
    write_bundle(tmp_path / "b", list(PARTS), content(pair, how, 1))
    require_valid(tmp_path / "b", complaints)


REAL = [
    "ct_liver", "enhanced_mr/Philips", "enhanced_mr/Siemens", "highdicom/data", "mr_adc_t2/adc",
    "nibabel/nicom", "vendor_mr/ge", "vendor_mr/generic", "vendor_mr/hyperfine",
]  # fmt: skip


@pytest.mark.parametrize("folder", REAL)
def test_the_validator_finds_no_error_in_bundles_of_real_images(
    data: Path, how: Provenance, tmp_path: Path, folder: str,
    with_finer: Callable[[Image], Pair], complaints: Callable[[Dataset], list[str]],
) -> None:  # fmt: skip
    images = [i for i in open_images(data / "dicom" / folder) if i.grid is not None]
    for n, image in enumerate(images[:1]):
        write_bundle(tmp_path / str(n), list(PARTS), content(with_finer(image), how, 1))
        require_valid(tmp_path / str(n), complaints)


@pytest.mark.parametrize("which", [(0, 1), (0, 2), (1, 2)])
def test_the_validator_finds_no_error_in_bundles_of_a_real_ct_mr_and_pet(
    data: Path, how: Provenance, tmp_path: Path, which: tuple[int, int],
    complaints: Callable[[Dataset], list[str]],
) -> None:  # fmt: skip
    images = open_images(data / "dicom" / "sts_ct_pet_mr" / "STS_002")
    pair = make_pair(*(images[i] for i in which), as_placed=True)
    write_bundle(tmp_path / "b", list(PARTS), content(pair, how, 1))
    require_valid(tmp_path / "b", complaints)


@pytest.mark.skipif(shutil.which("dcmdump") is None, reason="dcmtk is not installed")
def test_dcmtk_reads_every_object(written: list[Dataset], tmp_path: Path) -> None:
    for n, d in enumerate({d.SOPClassUID: d for d in written}.values()):
        d.save_as(tmp_path / f"{n}.dcm")
        command = ["dcmdump", "-q", str(tmp_path / f"{n}.dcm")]
        run = subprocess.run(command, capture_output=True, check=False)
        assert run.returncode == 0
        assert b"error" not in run.stderr.lower()
