import shutil
import subprocess
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
import SimpleITK
from builders import make_grid, make_image
from PIL import ImageCms
from pydicom.dataset import Dataset
from scipy.spatial.transform import Rotation

from fusionviewer.errors import Cancelled, ExportError
from fusionviewer.formats.derived_header import frame_uid, slices_read, source_references, stayed
from fusionviewer.formats.dicom_writing import decimal, uid_of
from fusionviewer.formats.export_dicom import NOBODY, export_dicom
from fusionviewer.formats.export_nifti import export_nifti
from fusionviewer.formats.provenance import NOTICE, FusedSlice, Provenance
from fusionviewer.formats.reading import open_images
from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.image import Image, Patient, Source
from fusionviewer.imaging.pair import Pair, make_pair
from fusionviewer.imaging.planes import PlaneName, pair_in_plane
from fusionviewer.workspace.planes import in_its_plane
from fusionviewer.workspace.state import ViewState

SHAPE = (5, 12, 16)
HOW = Provenance("EH-DRAN", "SFNN, maximum", (("alpha", "0.5"),), "ab" * 32)
TURNED = Grid(
    SHAPE,
    np.array([2.5, 0.7, 1.3]),
    np.array([-31.123456789, 12.9, 104.3]),
    Rotation.from_euler("xyz", [12, -7, 33], degrees=True).as_matrix()[::-1],
)
CLASSES = {"CT": "1.2.840.10008.5.1.4.1.1.2", "PT": "1.2.840.10008.5.1.4.1.1.128"}
JANE = {"PatientName": "Doe^Jane", "PatientID": "JD-4711", "PatientBirthDate": "19700102"}
VISIT = {"StudyDate": "20240301", "StudyID": "7", "AccessionNumber": "A1"}


def source(
    modality: str,
    grid: Grid | None,
    patient: dict[str, str] | None = None,
    study: str = "2.25.11",
    **more: Any,
) -> Image:
    """An image as if it had been read from DICOM."""
    patient = JANE if patient is None else patient
    header = Dataset()
    for keyword, value in {**patient, **VISIT, **more.pop("elements", {})}.items():
        setattr(header, keyword, value)
    image = make_image(
        grid.shape if grid else SHAPE, name=modality.lower(), modality=modality, grid=grid,
        patient=Patient(
            id=patient.get("PatientID", ""), name=patient.get("PatientName", ""),
            birth_date=patient.get("PatientBirthDate", ""),
        ),
    )  # fmt: skip
    count = image.shape[0]
    told = Source(
        kind="DICOM", study_uid=study, frame_of_reference_uid="2.25.99",
        sop_class_uid=CLASSES[modality], headers=(header,) * count, body_part="HEAD",
        instance_uids=tuple(uid_of(modality, s) for s in range(count)),
    )  # fmt: skip
    return replace(image, source=replace(told, **more))


def fused(count: int = 5, colour: bool = False) -> list[FusedSlice]:
    rng = np.random.default_rng(3)
    return [
        FusedSlice(
            s,
            rng.random(SHAPE[1:], dtype=np.float32),
            rng.random((*SHAPE[1:], 3), dtype=np.float32) if colour else None,
        )
        for s in range(count)
    ]


@pytest.fixture
def pair() -> Pair:
    return make_pair(source("CT", TURNED), source("PT", TURNED))


def upright(pair: Pair, plane: PlaneName) -> Pair:
    """As the screen shows an oblique pair in one of the patient's planes."""
    turned = in_its_plane(ViewState(stored_pair=pair, plane=plane)).pair
    assert turned is not None
    return turned


def one(pair: Pair, folder: Path, colour: bool = False, how: Provenance = HOW) -> Dataset:
    """The data set of a single exported slice."""
    export_dicom(fused(1, colour), pair, how, folder / "one.dcm")
    return pydicom.dcmread(folder / "one.dcm")


class TestPixels:
    @pytest.mark.parametrize("bits", [8, 16])
    def test_grey_keeps_every_level(self, pair: Pair, tmp_path: Path, bits: int) -> None:
        export_dicom(fused(1), pair, HOW, tmp_path / "one.dcm", bits=bits)
        d = pydicom.dcmread(tmp_path / "one.dcm")
        np.testing.assert_array_equal(
            d.pixel_array, np.round(fused(1)[0].grey * np.float32(2**bits - 1))
        )
        assert (d.PhotometricInterpretation, d.BitsStored) == ("MONOCHROME2", bits)

    @pytest.mark.parametrize("bits", [8, 16])
    def test_the_window_shows_all_levels(self, pair: Pair, tmp_path: Path, bits: int) -> None:
        export_dicom(fused(1), pair, HOW, tmp_path / "one.dcm", bits=bits)
        d = pydicom.dcmread(tmp_path / "one.dcm")
        ends = np.array([0, 2**bits - 1])
        shown = pydicom.pixels.apply_voi_lut(ends, d)
        np.testing.assert_allclose(shown, ends, atol=1e-3 * 2**bits)

    def test_colour_keeps_every_value_and_says_which_space(
        self, pair: Pair, tmp_path: Path
    ) -> None:
        d = one(pair, tmp_path, colour=True)
        np.testing.assert_array_equal(d.pixel_array, np.round(fused(1, True)[0].rgb * 255))
        assert (d.PhotometricInterpretation, d.ColorSpace) == ("RGB", "SRGB")
        profile = ImageCms.ImageCmsProfile(BytesIO(d.ICCProfile))
        assert profile.profile.device_class == "scnr"
        assert profile.profile.xcolor_space.strip() == "RGB"

    def test_sixteen_bits_of_colour_are_refused(self, pair: Pair, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="colour has 8 bits"):
            export_dicom(fused(1, True), pair, HOW, tmp_path / "one.dcm", bits=16)

    def test_an_odd_number_of_pixels_is_padded(self, tmp_path: Path) -> None:
        grid = make_grid((1, 3, 5))
        pair = make_pair(source("CT", grid), source("PT", grid))
        grey = np.full((3, 5), 0.5, dtype=np.float32)
        export_dicom([FusedSlice(0, grey)], pair, HOW, tmp_path / "one.dcm")
        d = pydicom.dcmread(tmp_path / "one.dcm")
        assert len(d.PixelData) == 16
        assert (d.pixel_array == 128).all()


class TestPlace:
    def test_another_program_reads_the_geometry_back(self, pair: Pair, tmp_path: Path) -> None:
        export_dicom(fused(), pair, HOW, tmp_path / "series")
        reader = SimpleITK.ImageSeriesReader()
        reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(tmp_path / "series")))
        volume = reader.Execute()
        for index in [(0, 0, 0), (4, 11, 15), (2, 3, 0)]:
            s, r, c = index
            place = volume.TransformIndexToPhysicalPoint((c, r, s))
            np.testing.assert_allclose(place, TURNED.position(index), atol=1e-6)
        levels = np.round(np.stack([x.grey for x in fused()]) * 255)
        np.testing.assert_array_equal(SimpleITK.GetArrayFromImage(volume), levels)

    def test_we_read_the_geometry_back(self, pair: Pair, tmp_path: Path) -> None:
        export_dicom(fused(), pair, HOW, tmp_path / "series")
        (image,) = open_images(tmp_path / "series")
        assert image.grid is not None
        assert image.grid.matches(TURNED, tolerance_mm=1e-9)
        assert image.source.frame_of_reference_uid == "2.25.99"

    def test_a_pair_without_geometry_is_given_none(self, tmp_path: Path) -> None:
        d = one(make_pair(source("CT", None), source("PT", None)), tmp_path)
        for keyword in ("ImagePositionPatient", "PixelSpacing", "FrameOfReferenceUID"):
            assert keyword not in d

    def test_the_frame_of_reference_is_that_of_the_source_that_stayed(self, tmp_path: Path) -> None:
        coarse = make_grid((3, 8, 8), (5.0, 4.0, 4.0))
        moved = source("PT", coarse, frame_of_reference_uid="2.25.1")
        stayed = source("CT", make_grid(SHAPE), frame_of_reference_uid="2.25.2")
        assert (
            one(make_pair(moved, stayed, as_placed=True), tmp_path).FrameOfReferenceUID == "2.25.2"
        )

    def test_the_frame_of_reference_is_the_same_in_every_plane(self) -> None:
        """Also where both sources are resampled to the patient's axes."""
        coarse = source("PT", replace(TURNED, spacing=TURNED.spacing * 1.5))
        coarse = replace(coarse, source=replace(coarse.source, frame_of_reference_uid="2.25.1"))
        stored = make_pair(coarse, source("CT", TURNED), as_placed=True)
        assert {frame_uid(pair) for pair in (stored, upright(stored, "coronal"))} == {"2.25.99"}


class TestSources:
    def test_both_are_referenced_with_their_purpose(self, pair: Pair, tmp_path: Path) -> None:
        export_dicom(fused(), pair, HOW, tmp_path / "series")
        d = pydicom.dcmread(tmp_path / "series" / "IM0003.dcm")
        told = [
            (i.ReferencedSOPClassUID, i.ReferencedSOPInstanceUID, i.SpatialLocationsPreserved)
            for i in d.SourceImageSequence
        ]
        assert told == [
            (CLASSES["CT"], uid_of("CT", 2), "YES"),
            (CLASSES["PT"], uid_of("PT", 2), "YES"),
        ]
        purposes = {i.PurposeOfReferenceCodeSequence[0].CodeValue for i in d.SourceImageSequence}
        assert purposes == {"121322"}
        assert "DerivationCodeSequence" not in d

    def test_of_a_resampled_source_the_slices_that_were_read(self, tmp_path: Path) -> None:
        fine = make_grid(SHAPE, (3.0, 1.0, 1.0))  # z = 0, 3, 6, 9, 12
        coarse = make_grid((4, 12, 16), (5.0, 1.0, 1.1))  # z = 0, 5, 10, 15
        pair = make_pair(source("CT", fine), source("PT", coarse))
        assert [list(slices_read(pair, pair.native[1], s)) for s in range(5)] == [
            [0], [0, 1], [1, 2], [1, 2], [2, 3],
        ]  # fmt: skip
        export_dicom(fused(), pair, HOW, tmp_path / "series")
        d = pydicom.dcmread(tmp_path / "series" / "IM0002.dcm")
        told = {
            i.ReferencedSOPInstanceUID: i.SpatialLocationsPreserved for i in d.SourceImageSequence
        }
        assert told == {uid_of("CT", 1): "YES", uid_of("PT", 0): "NO", uid_of("PT", 1): "NO"}
        assert d.DerivationCodeSequence[0].CodeValue == "113085"

    @pytest.mark.parametrize("plane", ["coronal", "sagittal"])
    def test_a_reformatted_slice_names_every_slice_that_it_cuts(
        self, tmp_path: Path, plane: PlaneName
    ) -> None:
        """In the sources' frame of reference, and nothing was resampled for it."""
        stored = make_pair(*(source(m, make_grid(SHAPE)) for m in CLASSES))
        pair = pair_in_plane(stored, plane)
        grey = np.zeros(pair.shape[1:], dtype=np.float32)
        export_dicom([FusedSlice(3, grey)], pair, HOW, tmp_path / "one.dcm")
        d = pydicom.dcmread(tmp_path / "one.dcm")
        told = {
            i.ReferencedSOPInstanceUID: i.SpatialLocationsPreserved for i in d.SourceImageSequence
        }
        assert told == {uid_of(m, s): "NO" for m in CLASSES for s in range(SHAPE[0])}
        assert d.FrameOfReferenceUID == "2.25.99"
        assert "DerivationCodeSequence" not in d
        np.testing.assert_allclose(d.ImagePositionPatient, pair.grid.position((3, 0, 0)))

    @pytest.mark.parametrize("plane", ["coronal", "sagittal"])
    def test_a_source_without_geometry_lies_as_the_other_one_in_every_plane(
        self, plane: PlaneName
    ) -> None:
        """It was laid on it pixel on pixel, so a coronal slice cuts all of its slices too."""
        turned = pair_in_plane(make_pair(source("CT", make_grid(SHAPE)), source("PT", None)), plane)
        oblique = upright(make_pair(source("CT", TURNED), source("PT", None)), plane)
        for pair, untouched in ((turned, True), (oblique, False)):
            assert stayed(pair, pair.native[1]) is untouched
            middle = pair.shape[0] // 2
            cut = slices_read(pair, pair.native[0], middle)
            told = [
                (r.ReferencedSOPInstanceUID, r.SpatialLocationsPreserved)
                for r in source_references(pair, middle)
                if r.ReferencedSOPClassUID == CLASSES["PT"]
            ]
            assert told == [(uid_of("PT", s), "NO") for s in cut]
            assert len(cut) > 1

    def test_every_file_has_uids_of_its_own_in_one_series(self, pair: Pair, tmp_path: Path) -> None:
        export_dicom(fused(), pair, HOW, tmp_path / "a")
        export_dicom(fused(), pair, HOW, tmp_path / "b")
        read = [pydicom.dcmread(p) for p in sorted(tmp_path.rglob("*.dcm"))]
        assert len({d.SOPInstanceUID for d in read}) == 10
        assert len({d.SeriesInstanceUID for d in read}) == 2
        used = {uid_of(m, s) for m in CLASSES for s in range(5)}
        assert not used & {d.SOPInstanceUID for d in read}


class TestIdentity:
    def test_is_copied_when_both_agree(self, pair: Pair, tmp_path: Path) -> None:
        d = one(pair, tmp_path)
        assert (d.PatientName, d.PatientID, d.PatientBirthDate) == tuple(JANE.values())
        assert (d.StudyInstanceUID, d.StudyDate, d.AccessionNumber) == ("2.25.11", "20240301", "A1")
        assert NOBODY not in d.DerivationDescription

    @pytest.mark.parametrize("other", [{"PatientName": "Roe^Richard", "PatientID": "RR-4712"}, {}])
    def test_is_nobodys_when_they_differ_or_one_is_unknown(
        self, tmp_path: Path, other: dict[str, str]
    ) -> None:
        pair = make_pair(source("CT", TURNED), source("PT", TURNED, other), confirmed=True)
        d = one(pair, tmp_path)
        assert (d.PatientName, d.PatientID, d.PatientBirthDate, d.AccessionNumber) == ("",) * 4
        assert d.StudyInstanceUID != "2.25.11"
        assert NOBODY in d.DerivationDescription
        raw = (tmp_path / "one.dcm").read_bytes()
        assert not any(
            word in raw for word in (b"Jane", b"Roe", b"JD-4711", b"RR-4712", b"20240301")
        )

    def test_two_studies_of_one_patient_make_a_study_of_its_own(self, tmp_path: Path) -> None:
        pair = make_pair(source("CT", TURNED), source("PT", TURNED, study="2.25.12"))
        d = one(pair, tmp_path)
        assert d.PatientID == "JD-4711"
        assert d.StudyInstanceUID not in ("2.25.11", "2.25.12")
        assert d.AccessionNumber == ""

    def test_a_name_beyond_latin_letters_survives(self, tmp_path: Path) -> None:
        name = {"PatientName": "Yamada^Tarou=山田^太郎", "PatientID": "1"}
        d = one(make_pair(source("CT", TURNED, name), source("PT", TURNED, name)), tmp_path)
        assert str(d.PatientName) == name["PatientName"]
        assert d.SpecificCharacterSet == "ISO_IR 192"

    def test_what_one_source_leaves_out_the_other_says(self, tmp_path: Path) -> None:
        images = [source("CT", TURNED, {"PatientID": "JD-4711"}), source("PT", TURNED)]
        for pair in (make_pair(*images), make_pair(*reversed(images))):
            (place := tmp_path / pair.a.modality).mkdir()
            d = one(pair, place)
            assert {k: str(d[k].value) for k in JANE} == JANE

    def test_a_wide_space_costs_no_name(self, tmp_path: Path) -> None:
        """U+3000 stands between the parts of a Japanese name and between words."""
        said = {"PatientName": "山田　太郎", "StudyDescription": "頭部　単純"}
        d = one(make_pair(source("CT", TURNED, said), source("PT", TURNED, said)), tmp_path)
        assert {k: str(d[k].value) for k in said} == said

    @pytest.mark.parametrize(
        ("keyword", "value"),
        [
            ("StudyDescription", "line\x1b[2Jline"),
            ("StudyID", "1234567890123456789"),
            ("PatientSex", "female"),
            ("StudyDate", "1.3.2024"),
            ("StudyTime", "11:11:11.111"),
            ("PatientBirthDate", "1970-01-02"),
            ("AccessionNumber", "A\\B"),
        ],
    )
    def test_a_value_against_the_rules_is_left_out(
        self, tmp_path: Path, keyword: str, value: str
    ) -> None:
        images = [source(m, TURNED, elements={keyword: value}) for m in CLASSES]
        assert not one(make_pair(*images), tmp_path).get(keyword)


class TestWhatIsSaid:
    def test_the_description_names_everything(self, pair: Pair, tmp_path: Path) -> None:
        d = one(pair, tmp_path)
        for part in (NOTICE, "EH-DRAN", "SFNN, maximum", "alpha 0.5", "ab" * 32, "same grid"):
            assert part in d.DerivationDescription
        assert d.ImageComments.startswith(NOTICE)
        assert "not for diagnosis" in d.SeriesDescription
        assert list(d.ImageType) == ["DERIVED", "SECONDARY"]

    def test_the_notes_of_the_pair_are_carried_on(self, tmp_path: Path) -> None:
        other = source("PT", TURNED, frame_of_reference_uid="2.25.5")
        pair = make_pair(source("CT", TURNED), other, as_placed=True)
        d = one(pair, tmp_path)
        assert (
            "Different frames of reference, not registered; fused as placed."
            in d.DerivationDescription
        )

    def test_the_equipment_that_contributed_is_named(self, pair: Pair, tmp_path: Path) -> None:
        (item,) = one(pair, tmp_path).ContributingEquipmentSequence
        assert item.PurposeOfReferenceCodeSequence[0].CodeValue == "109102"
        assert item.Manufacturer == "FusionViewer"

    @pytest.mark.parametrize("burned_in", [False, True])
    def test_burnt_in_text_is_told(self, tmp_path: Path, burned_in: bool) -> None:
        pair = make_pair(source("CT", TURNED, burned_in=burned_in), source("PT", TURNED))
        assert one(pair, tmp_path).BurnedInAnnotation == ("YES" if burned_in else "NO")

    def test_loss_is_inherited(self, tmp_path: Path) -> None:
        lossy = source(
            "PT", TURNED, lossy=True,
            elements={
                "LossyImageCompressionRatio": "12.5",
                "LossyImageCompressionMethod": "ISO_10918_1",
            },
        )  # fmt: skip
        d = one(make_pair(source("CT", TURNED), lossy), tmp_path)
        assert (d.LossyImageCompression, d.LossyImageCompressionRatio) == ("01", 12.5)
        assert d.LossyImageCompressionMethod == "ISO_10918_1"
        (tmp_path / "one.dcm").unlink()
        assert one(make_pair(source("CT", TURNED), source("PT", TURNED)), tmp_path)[
            "LossyImageCompression"
        ].value == "00"  # fmt: skip

    @pytest.mark.parametrize(
        ("part", "side", "told"), [("HEAD", "L", None), ("KNEE", "L", "L"), ("", "", "")]
    )
    def test_a_side_is_told_of_parts_that_have_two(
        self, tmp_path: Path, part: str, side: str, told: str | None
    ) -> None:
        images = [source(m, TURNED, body_part=part, elements={"Laterality": side}) for m in CLASSES]
        d = one(make_pair(*images), tmp_path)
        assert d.get("Laterality", None) == told

    def test_the_preamble_is_empty(self, pair: Pair, tmp_path: Path) -> None:
        one(pair, tmp_path)
        assert (tmp_path / "one.dcm").read_bytes()[:132] == bytes(128) + b"DICM"


class TestWriting:
    def test_several_slices_do_not_go_into_one_file(self, pair: Pair, tmp_path: Path) -> None:
        with pytest.raises(ExportError, match="5 slices") as refused:
            export_dicom(fused(), pair, HOW, tmp_path / "all.dcm")
        assert "folder" in refused.value.hint

    def test_a_series_is_never_mixed_with_another(self, pair: Pair, tmp_path: Path) -> None:
        export_dicom(fused(), pair, HOW, tmp_path / "series")
        with pytest.raises(ExportError, match="not empty"):
            export_dicom(fused(2), pair, HOW, tmp_path / "series")
        export_dicom(fused(2), pair, HOW, tmp_path / "series", overwrite=True)
        assert len(list((tmp_path / "series").iterdir())) == 2

    def test_a_folder_with_other_files_is_kept(self, pair: Pair, tmp_path: Path) -> None:
        (tmp_path / "series").mkdir()
        (tmp_path / "series" / "notes.txt").write_text("mine")
        with pytest.raises(ExportError, match="not from an earlier export"):
            export_dicom(fused(), pair, HOW, tmp_path / "series", overwrite=True)
        assert (tmp_path / "series" / "notes.txt").read_text() == "mine"

    def test_a_series_of_a_scanner_is_kept_whatever_its_names(
        self, pair: Pair, tmp_path: Path
    ) -> None:
        export_dicom(fused(2), pair, HOW, tmp_path / "series")
        scanned = pydicom.dcmread(tmp_path / "series" / "IM0002.dcm")
        scanned.Manufacturer, scanned.ImageType = "Scanners Ltd", ["ORIGINAL", "PRIMARY"]
        scanned.save_as(tmp_path / "series" / "IM0002.dcm")
        with pytest.raises(ExportError, match="not from an earlier export"):
            export_dicom(fused(), pair, HOW, tmp_path / "series", overwrite=True)
        assert len(list((tmp_path / "series").iterdir())) == 2

    @pytest.mark.parametrize("name", ["ct/IM0001.dcm", "ct"])
    def test_the_sources_are_never_replaced(self, tmp_path: Path, name: str) -> None:
        path = tmp_path / "ct" / "IM0001.dcm"
        path.parent.mkdir()
        path.write_bytes(b"precious")
        pair = make_pair(source("CT", TURNED, paths=(path,)), source("PT", TURNED))
        with pytest.raises(ExportError, match="images that are being fused"):
            export_dicom(fused(1), pair, HOW, tmp_path / name, overwrite=True)
        assert path.read_bytes() == b"precious"

    def test_stopping_leaves_nothing(self, pair: Pair, tmp_path: Path) -> None:
        asked = []

        def stop_late() -> None:
            asked.append(1)
            if len(asked) == 8:  # after the headers, while files are being written
                raise Cancelled

        with pytest.raises(Cancelled):
            export_dicom(fused(), pair, HOW, tmp_path / "series", check=stop_late)
        assert list(tmp_path.iterdir()) == []

    def test_progress_counts_slices(self, pair: Pair, tmp_path: Path) -> None:
        steps: list[tuple[int, int]] = []
        export_dicom(
            fused(3), pair, HOW, tmp_path / "s", progress=lambda i, n: steps.append((i, n))
        )
        assert steps == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dicom3tools is not installed")
@pytest.mark.parametrize("colour", [False, True], ids=["grey", "colour"])
@pytest.mark.parametrize(
    "images",
    [
        pytest.param((TURNED, TURNED, {}), id="one grid"),
        pytest.param(
            (TURNED, make_grid((9, 40, 40), (9, 9, 9), (-150, -150, 80)), {}), id="resampled"
        ),
        pytest.param((None, None, {}), id="no geometry"),
        pytest.param((TURNED, TURNED, {"body_part": ""}), id="no body part"),
        pytest.param((TURNED, TURNED, {"body_part": "KNEE"}), id="a paired part"),
        pytest.param((TURNED, TURNED, {"patient": {}}), id="nobody"),
    ],
)
def test_the_validator_finds_no_error(
    tmp_path: Path, images: tuple[Grid | None, Grid | None, dict[str, Any]], colour: bool
) -> None:
    first, second, more = images
    pair = make_pair(source("CT", first, **more), source("PT", second, **more))
    one(pair, tmp_path, colour)
    assert errors(tmp_path / "one.dcm") == []


def errors(path: Path) -> list[str]:
    """What dciodvfy, which writes to standard error, calls an error."""
    run = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, check=False)
    assert "SCImage" in run.stderr
    return [line for line in run.stderr.splitlines() if line.startswith("Error")]


REAL = [
    "ct_liver", "enhanced_mr/Philips", "enhanced_mr/Siemens", "highdicom/data", "mr_adc_t2/adc",
    "nibabel/nicom", "nifti_t1_t2_flair", "pydicom_files/dicomdirtests", "sts_ct_pet_mr/STS_002",
    "vendor_mr/ge", "vendor_mr/generic", "vendor_mr/hyperfine",
]  # fmt: skip


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dicom3tools is not installed")
@pytest.mark.parametrize("folder", REAL)
def test_the_validator_finds_no_error_in_what_comes_from_real_images(
    data: Path, tmp_path: Path, folder: str
) -> None:
    for i, image in enumerate(open_images(data / "dicom" / folder)[:2]):
        middle = image.shape[0] // 2
        grey = np.linspace(0, 1, image.shape[1] * image.shape[2], dtype=np.float32)
        slices = [FusedSlice(middle, grey.reshape(image.shape[1:]))]
        path = tmp_path / f"{i}.dcm"
        export_dicom(slices, make_pair(image, image), HOW, path)
        assert errors(path) == []


@pytest.mark.parametrize("value", [1 / 3, -123.4567890123456, 1e-17, -0.0, 98765.4321])
def test_a_decimal_string_has_at_most_sixteen_characters(value: float) -> None:
    text = str(decimal(value))
    assert len(text) <= 16
    assert float(text) == pytest.approx(value, rel=1e-9, abs=1e-12)


def test_a_uid_depends_on_its_parts_alone_and_is_legal() -> None:
    assert uid_of("a", 1) == uid_of("a", 1) != uid_of("a", 2)
    assert uid_of("a", 1).is_valid
    assert uid_of("a", 1).startswith("2.25.")


def test_more_columns_than_can_be_written_are_refused(tmp_path: Path) -> None:
    shape = (1, 1, 65_536)
    pair = make_pair(make_image(shape, name="a"), make_image(shape, name="b"))
    slices = [FusedSlice(0, np.zeros(shape[1:], np.float32))]
    with pytest.raises(ExportError, match="at most 65535"):
        export_dicom(slices, pair, HOW, tmp_path / "one.dcm")
    with pytest.raises(ExportError, match="at most 32767"):
        export_nifti(slices, pair, HOW, tmp_path / "one.nii")
    assert list(tmp_path.iterdir()) == []
