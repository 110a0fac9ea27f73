import re
import struct
from collections.abc import Iterator
from pathlib import Path

import nibabel
import numpy as np
import pydicom
import pytest
from PIL import Image as Picture
from PIL.PngImagePlugin import PngInfo
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian

from fusionviewer.errors import ExportError, InputError
from fusionviewer.formats.bundle import PARTS, Content, referenced, write_bundle
from fusionviewer.formats.deidentify import Deidentifier
from fusionviewer.formats.deidentify_files import deidentify
from fusionviewer.formats.deidentify_words import Dates
from fusionviewer.formats.dicom_writing import encoded
from fusionviewer.formats.drawn import drawn
from fusionviewer.formats.provenance import FusedSlice, Provenance
from fusionviewer.formats.reading import open_images
from fusionviewer.imaging.display import opening_look
from fusionviewer.imaging.pair import make_pair
from fusionviewer.imaging.roi import Rectangle

PERSON = {
    "PatientName": "Muster^Mathilda", "PatientID": "MM-0815-X", "PatientBirthDate": "19610203",
    "PatientAge": "063Y", "PatientWeight": "61.5", "AccessionNumber": "ACC99812",
    "ReferringPhysicianName": "Heilmann^Hedwig", "InstitutionName": "Klinikum Nordstadt",
    "InstitutionAddress": "Seeweg 12", "StationName": "CTSTATION7", "OperatorsName": "Braun^Otto",
    "StudyDate": "20240315", "SeriesDate": "20240315", "ContentDate": "20240316",
    "AcquisitionDate": "20240317", "StudyTime": "101112", "StudyID": "STUDY-4711",
    "StudyDescription": "Head of Mathilda Muster", "SeriesDescription": "T1 axial MM-0815-X",
    "PatientComments": "Husband called Heinrich", "ProtocolName": "Brain for Dr. Heilmann",
    "DeviceSerialNumber": "SN-774411", "RequestingPhysician": "Heilmann^Hedwig",
    "PatientTelephoneNumbers": "0301234567", "OtherPatientIDs": "OLD-55512",
}  # fmt: skip
TOLD = re.compile(
    rb"Muster|Mathilda|MM-0815|19610203|ACC99812|Heilmann|Hedwig|Nordstadt|Seeweg|CTSTATION7|Braun|"
    rb"2024031|STUDY-4711|Heinrich|SN-774411|0301234567|OLD-55512|101112|063Y",
    re.IGNORECASE,
)


def person(**more: str) -> Dataset:
    """A small CT with everything that says whose it is, in sequences and private elements too."""
    d = Dataset()
    d.SOPClassUID, d.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", "1.3.6.1.4.1.999.1"
    d.StudyInstanceUID, d.SeriesInstanceUID = "1.3.6.1.4.1.999.2", "1.3.6.1.4.1.999.3"
    d.FrameOfReferenceUID, d.Modality = "1.3.6.1.4.1.999.4", "CT"
    for keyword, value in {**PERSON, **more}.items():
        setattr(d, keyword, value)
    inner = Dataset()
    inner.update({e.tag: e for e in d if e.VR in ("PN", "LO", "DA", "SH")})
    d.RequestAttributesSequence = [inner]
    reference = Dataset()
    reference.ReferencedSOPClassUID = d.SOPClassUID
    reference.ReferencedSOPInstanceUID = "1.3.6.1.4.1.999.7"
    purpose = Dataset()
    purpose.CodeValue, purpose.CodingSchemeDesignator = "121322", "DCM"
    purpose.CodeMeaning = "Source image, Mathilda"
    reference.PurposeOfReferenceCodeSequence = [purpose]
    reference.PatientName = d.PatientName
    d.SourceImageSequence = [reference]
    block = d.private_block(0x0011, "SOMEBODY", create=True)
    block.add_new(1, "LO", "Muster^Mathilda")
    d.Rows = d.Columns = 4
    d.SamplesPerPixel, d.PhotometricInterpretation = 1, "MONOCHROME2"
    d.BitsAllocated = d.BitsStored = 16
    d.HighBit, d.PixelRepresentation = 15, 0
    d.PixelData = np.arange(16, dtype="<u2").tobytes()
    return d


def uids(d: Dataset) -> Iterator[str]:
    for element in d.iterall():
        if element.VR == "UI" and not str(element.value).startswith("1.2.840.10008."):
            yield str(element.value)


@pytest.mark.parametrize("dates", ["remove", "shift"])
@pytest.mark.parametrize("keep_descriptors", [False, True])
def test_nothing_that_tells_who_it_is_remains_anywhere(
    tmp_path: Path, dates: Dates, keep_descriptors: bool
) -> None:
    d = person()
    (tmp_path / "Muster.dcm").write_bytes(encoded(d))
    report = deidentify(
        tmp_path / "Muster.dcm", tmp_path / "out", Deidentifier(dates, keep_descriptors)
    )
    (file,) = (tmp_path / "out").iterdir()
    raw = file.read_bytes()
    found = TOLD.findall(raw)
    assert [f for f in found if not (dates == "shift" and f == b"101112")] == []
    assert not any(uid.encode() in raw for uid in uids(d))
    assert not TOLD.search(file.name.encode())
    assert report.written == 1
    back = pydicom.dcmread(file)
    assert back.PatientIdentityRemoved == "YES"
    np.testing.assert_array_equal(back.pixel_array, np.arange(16).reshape(4, 4))
    assert not [e for e in back.iterall() if e.tag.is_private]


def test_descriptions_stay_without_the_words_that_identify() -> None:
    new = Deidentifier(keep_descriptors=True).cleaned(person())
    assert (new.SeriesDescription, new.StudyDescription) == ("T1 axial", "Head of")
    assert [c.CodeValue for c in new.DeidentificationMethodCodeSequence] == ["113100", "113105"]


@pytest.mark.parametrize(
    ("elements", "said"),
    [
        ({"PatientName": "Li^Wei"}, "Head of Li, Wei"),
        ({"PatientName": "Yamada^Taro=山田^太郎=やまだ^たろう"}, "頭部山田太郎"),
        ({"PatientName": "王^伟"}, "王伟 CT"),
        ({"PatientName": "Иванова^Ольга"}, "Голова Ивановой Иванова Ольга"),
        ({"PatientName": "Müller-Lüdenscheid^Jörg"}, "MUELLER Jorg, Ludenscheid"),
        ({"OtherPatientIDs": ["OLD-55512", "OLD-77"]}, "as OLD-55512 and OLD-77"),
        ({"OperatorsName": ["Braunfeld^Otto", "Grosskopf^Inge"]}, "by Grosskopf and Otto"),
        ({"StudyDate": "20240315"}, "of 15.03.2024, 2024-03-15, 03/15/24"),
    ],
)
def test_no_spelling_of_a_name_number_or_date_stays_in_a_description(
    elements: dict[str, str | list[str]], said: str
) -> None:
    d = person(SeriesDescription=said)
    for keyword, value in elements.items():
        setattr(d, keyword, value)
    left = str(Deidentifier(keep_descriptors=True).cleaned(d).get("SeriesDescription", ""))
    told = re.compile(
        r"\bLi\b|Wei|[山田太郎王伟]|Иванова|Ольга|Muell|Jorg|Luden|OLD|55512|77|Gross|Otto|15|24",
        re.I,
    )
    assert not told.search(left), left


def test_words_that_only_look_like_names_stay_in_descriptions() -> None:
    d = person(PatientName="Le^An^^Dr", SeriesDescription="MR angle, lesion, Dr, CT 2")
    new = Deidentifier(keep_descriptors=True).cleaned(d)
    assert new.SeriesDescription == "MR angle, lesion, Dr, CT 2"


@pytest.mark.parametrize("dates", ["remove", "shift", "keep"])
def test_neither_date_nor_hour_of_birth_stays(dates: Dates) -> None:
    d = person(PatientBirthTime="081523", SeriesDescription="born 19610203")
    new = Deidentifier(dates, keep_descriptors=True).cleaned(d)
    assert "PatientBirthTime" not in new
    assert not new.PatientBirthDate
    assert new.SeriesDescription == "born"


def test_moved_dates_keep_their_distances() -> None:
    how = Deidentifier("shift")
    new = how.cleaned(person())
    assert int(new.AcquisitionDate) != 20240317
    days = [pydicom.valuerep.DA(new[k].value) for k in ("StudyDate", "ContentDate")]
    assert (days[1] - days[0]).days == 1
    assert new.StudyTime == "101112"
    assert how.cleaned(person()).StudyDate == new.StudyDate
    assert new.LongitudinalTemporalInformationModified == "MODIFIED"


def test_kept_dates_are_kept_except_that_of_birth() -> None:
    new = Deidentifier("keep").cleaned(person())
    assert new.StudyDate == "20240315"
    assert not new.PatientBirthDate
    assert new.LongitudinalTemporalInformationModified == "UNMODIFIED"


def test_one_person_stays_one_and_two_stay_two() -> None:
    how = Deidentifier()
    a, again, b = (how.cleaned(person(PatientID=i)).PatientID for i in ("A1", "A1", "B2"))
    assert a == again != b
    assert a != Deidentifier().cleaned(person(PatientID="A1")).PatientID


@pytest.fixture(scope="module")
def bundle(sample_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sources and a whole bundle made from them, in one folder."""
    folder = tmp_path_factory.mktemp("deid") / "Phantom"
    folder.mkdir()
    for modality in ("CT", "PET"):
        for i, file in enumerate(sorted((sample_folder / "DICOM" / modality).iterdir())[15:25]):
            (folder / f"{modality}-{i}.dcm").write_bytes(file.read_bytes())
    images = {i.modality: i for i in open_images(folder)}
    pair = make_pair(images["CT"], images["PT"])
    grey = np.zeros(pair.shape[1:], dtype=np.float32)
    content = Content(
        [FusedSlice(4, grey)], pair, Provenance("Average"),
        (opening_look(pair.a), opening_look(pair.b)), [drawn("Box", Rectangle(9, 9, 30, 30), 4)],
        np.eye(4),
    )  # fmt: skip
    write_bundle(folder / "bundle", list(PARTS), content)
    return folder


@pytest.mark.parametrize("dates", ["remove", "shift"])
def test_references_among_de_identified_exports_still_resolve(
    bundle: Path, tmp_path: Path, dates: Dates
) -> None:
    before = [pydicom.dcmread(f) for f in bundle.rglob("*.dcm")]
    report = deidentify(bundle, tmp_path / "out", Deidentifier(dates))
    assert report.written == len(before)
    files = sorted((tmp_path / "out").iterdir())
    after = [pydicom.dcmread(f) for f in files]
    there = {d.SOPInstanceUID for d in after}
    assert len(there) == len(before)
    named = {uid for d in after for uid in referenced(d)}
    assert named
    assert named <= there
    raw = b"".join(f.read_bytes() for f in files)
    assert not {u for d in before for u in uids(d) if u.encode() in raw}
    assert b"Phantom" not in raw
    assert b"SAMPLE" not in raw
    assert len({d.StudyInstanceUID for d in after}) == 1
    pet = [d for d in after if d.Modality == "PT"]
    assert {
        d.ImageComments for d in after if d.Manufacturer == "FusionViewer" and "ImageComments" in d
    } == {"Not for diagnostic use."}
    assert pet


def test_the_validator_finds_no_error_in_de_identified_objects(
    bundle: Path, tmp_path: Path, complaints: object
) -> None:
    deidentify(bundle, tmp_path / "out", Deidentifier())
    first = {}
    for file in sorted((tmp_path / "out").iterdir()):
        first.setdefault(file.name[:4], file)
    for file in first.values():
        d = pydicom.dcmread(file)
        found = complaints(d)  # type: ignore[operator]
        # Advanced Blending: a false alarm, see test_bundle
        assert [e for e in found if "does not reference Instances" not in e] == [], (
            d.SOPClassUID.name
        )


@pytest.mark.parametrize("name", ["pydicom_files", "sts_ct_pet_mr/STS_002", "vendor_mr/ge"])
def test_real_images_lose_their_persons_and_keep_their_pixels(
    data: Path, tmp_path: Path, name: str
) -> None:
    folder = data / "dicom" / name
    how = Deidentifier()
    report = deidentify(folder, tmp_path / "out", how)
    copies: dict[str, list[bytes]] = {}
    for written in (tmp_path / "out").glob("*.dcm"):
        d = pydicom.dcmread(written)
        copies.setdefault(d.SOPInstanceUID, []).append(d.get("PixelData", b""))
    out = {pydicom.dcmread(f).SOPInstanceUID: f for f in (tmp_path / "out").glob("*.dcm")}
    assert report.written >= len(out) > 0
    seen: set[str] = set()
    for file in sorted(folder.rglob("*"))[:60]:
        if not file.is_file():
            continue
        d = pydicom.dcmread(file, force=True)
        uid = how.uid(str(d.get("SOPInstanceUID", "")))
        if uid not in out or uid in seen:  # some files there share their UID
            continue
        seen.add(uid)
        raw = out[uid].read_bytes().split(b"\xe0\x7f\x10\x00")[0]
        names = [str(e.value) for e in d.iterall() if e.VR == "PN" and len(str(e.value)) > 3]
        numbers = [str(d.get(k, "")) for k in ("PatientID", "InstitutionName", "AccessionNumber")]
        for value in {*names, *(n for n in numbers if len(n) > 5), *uids(d)}:
            assert value.encode() not in raw
        if "PixelData" in d:
            assert d.PixelData in copies[uid]
    assert seen


def test_pictures_and_volumes_lose_their_words(tmp_path: Path) -> None:
    folder = tmp_path / "Muster"
    folder.mkdir()
    info = PngInfo()
    info.add_text("Comment", "Mathilda Muster")
    levels = np.arange(48, dtype=np.uint8).reshape(6, 8)
    Picture.fromarray(levels).save(folder / "Muster.png", pnginfo=info)
    volume = nibabel.Nifti1Image(
        np.arange(24, dtype=np.int16).reshape(2, 3, 4), np.diag([2, 3, 4, 1])
    )
    volume.header["descrip"] = b"Mathilda Muster"
    nibabel.save(volume, folder / "Muster.nii.gz")
    report = deidentify(folder, tmp_path / "out", Deidentifier())
    assert (report.written, report.with_text) == (2, 1)
    nii, png = sorted((tmp_path / "out").iterdir())
    assert not TOLD.search(nii.read_bytes() + png.read_bytes() + str(nii.name + png.name).encode())
    np.testing.assert_array_equal(np.asarray(Picture.open(png)), levels)
    back = nibabel.load(nii)
    np.testing.assert_array_equal(np.asanyarray(back.dataobj), np.asanyarray(volume.dataobj))
    np.testing.assert_allclose(back.affine, volume.affine)


@pytest.mark.parametrize("order", ["<", ">"])
def test_voxels_of_a_volume_stay_as_they_are_stored(tmp_path: Path, order: str) -> None:
    """Scaled ones too: scaling them again would move each value by a part of a step."""
    stored = np.random.default_rng(0).integers(-1000, 3000, (5, 6, 7, 2)).astype(f"{order}i2")
    volume = nibabel.Nifti1Image(
        stored, np.diag([2, 3, 4, 1]), nibabel.Nifti1Header(endianness=order)
    )
    comment = nibabel.nifti1.Nifti1Extension(6, b"Mathilda Muster")
    volume.header.extensions.append(comment)
    raw = bytearray(volume.to_bytes())
    raw[4:13], raw[14:20] = b"MM-0815-X", b"Muster"
    struct.pack_into(f"{order}ff", raw, 112, 0.1, -3)
    (tmp_path / "in.nii").write_bytes(raw)
    deidentify(tmp_path / "in.nii", tmp_path / "out", Deidentifier())
    (file,) = (tmp_path / "out").iterdir()
    assert not TOLD.search(file.read_bytes())
    back, before = nibabel.load(file), nibabel.load(tmp_path / "in.nii")
    np.testing.assert_array_equal(back.dataobj.get_unscaled(), stored)
    np.testing.assert_array_equal(np.asanyarray(back.dataobj), np.asanyarray(before.dataobj))
    np.testing.assert_array_equal(back.affine, before.affine)


def test_all_pages_of_a_picture_are_copied_and_none_is_turned(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    levels = np.linspace(0, 1, 48, dtype=np.float32).reshape(6, 8)
    pages = [Picture.fromarray(levels), Picture.fromarray(levels[::-1].copy())]
    pages[0].save(folder / "a.tif", save_all=True, append_images=pages[1:], description="Muster")
    photograph = Picture.fromarray(np.arange(48, dtype=np.uint8).reshape(6, 8))
    turned = photograph.getexif()
    turned[274] = 6  # to be shown turned by 90 degrees
    photograph.save(folder / "b.png", exif=turned)
    assert deidentify(folder, tmp_path / "out", Deidentifier()).left_out == ()
    first, second = (
        {i.source.kind: i for f in sorted(where.iterdir()) for i in open_images(f)}
        for where in (folder, tmp_path / "out")
    )
    assert first["TIFF"].shape == (2, 6, 8)
    assert first["PNG"].shape == (1, 8, 6)
    for kind, image in first.items():
        np.testing.assert_array_equal(image.values, second[kind].values)
    assert not any(TOLD.search(f.read_bytes()) for f in (tmp_path / "out").iterdir())


def test_damaged_files_are_left_out_and_named(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "good.dcm").write_bytes(encoded(person()))
    (folder / "bad.dcm").write_bytes(b"\0" * 128 + b"DICM" + b"rubbish" * 9)
    (folder / "letter.txt").write_text("Dear Mathilda")
    report = deidentify(folder, tmp_path / "out", Deidentifier())
    assert report.written == 1
    assert len(report.left_out) == 2
    assert len(list((tmp_path / "out").iterdir())) == 1


def test_nothing_to_take_and_copies_among_the_originals_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "letter.txt").write_text("Dear Mathilda")
    with pytest.raises(InputError, match="nothing that can be"):
        deidentify(folder, tmp_path / "out", Deidentifier())
    (folder / "good.dcm").write_bytes(encoded(person()))
    for target in (folder, folder / "within"):
        with pytest.raises(ExportError, match="within"):
            deidentify(folder, target, Deidentifier())
    assert sorted(f.name for f in folder.iterdir()) == ["good.dcm", "letter.txt"]


def test_copies_of_every_kind_may_be_replaced_and_nothing_else_is(tmp_path: Path) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    levels = np.arange(48, dtype=np.uint8).reshape(6, 8)
    for name in ("a.png", "b.tif"):
        Picture.fromarray(levels).save(folder / name)
    nibabel.save(nibabel.Nifti1Image(levels[None], np.eye(4)), folder / "c.nii.gz")
    (folder / "d.dcm").write_bytes(encoded(person()))
    deidentify(folder, out, Deidentifier())
    assert deidentify(folder, out, Deidentifier(), overwrite=True).written == 4
    for name in ("P001-0001.png", "P001-0002.tif", "N001-0001.nii", "S001-0001.dcm", "x.txt"):
        mine = (out / name).with_stem("mine")
        source = {".tif": folder / "b.tif", ".dcm": folder / "d.dcm"}.get(
            mine.suffix, folder / "a.png"
        )
        mine.write_bytes(source.read_bytes())
        with pytest.raises(ExportError, match="not from an earlier export"):
            deidentify(folder, out, Deidentifier(), overwrite=True)
        assert mine.read_bytes() == source.read_bytes()
        mine.unlink()


@pytest.mark.parametrize("order", ["<", ">"])
def test_overlays_among_the_bits_of_pixels_go(tmp_path: Path, order: str) -> None:
    """Names may be drawn into them; the bits of the pixels themselves are kept."""
    rng = np.random.default_rng(1)
    stored = rng.integers(0, 4096, (4, 4)).astype(f"{order}u2")
    drawn_over = rng.integers(0, 2, (4, 4)).astype(stored.dtype) << 12
    d = person()
    d.Rows, d.Columns, d.BitsAllocated, d.BitsStored, d.HighBit = 4, 4, 16, 12, 11
    d.PixelRepresentation, d.SamplesPerPixel = 0, 1
    d.PhotometricInterpretation = "MONOCHROME2"
    d.add_new((0x6000, 0x0100), "US", 16)
    d.add_new((0x6000, 0x0102), "US", 12)
    d.PixelData = (stored | drawn_over).astype(stored.dtype).tobytes()
    d.file_meta = FileMetaDataset()
    d.file_meta.MediaStorageSOPClassUID = d.SOPClassUID
    d.file_meta.MediaStorageSOPInstanceUID = d.SOPInstanceUID
    little, big = ExplicitVRLittleEndian, ExplicitVRBigEndian
    d.file_meta.TransferSyntaxUID = little if order == "<" else big
    pydicom.dcmwrite(
        tmp_path / "in.dcm", d, little_endian=order == "<", implicit_vr=False,
        enforce_file_format=True,
    )  # fmt: skip
    report = deidentify(tmp_path / "in.dcm", tmp_path / "out", Deidentifier())
    (file,) = (tmp_path / "out").iterdir()
    copy = pydicom.dcmread(file)
    assert (0x6000, 0x0102) not in copy
    np.testing.assert_array_equal(np.frombuffer(copy.PixelData, stored.dtype), stored.ravel())
    assert report.with_text == 0


def test_a_damaged_place_of_an_overlay_costs_that_file_alone(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "good.dcm").write_bytes(encoded(person()))
    d = person()
    d.PixelData = b"\0" * 32
    d.add_new((0x6000, 0x0102), "US", 12)
    raw = encoded(d)
    place = raw.index(b"\0\x60\x02\x01")
    for name, length in (("bad", b"\x03\0"), ("cut", b"\xff\x7f")):
        (folder / f"{name}.dcm").write_bytes(raw[: place + 6] + length + raw[place + 8 :])
    report = deidentify(folder, tmp_path / "out", Deidentifier())
    assert report.written + len(report.left_out) == 3
    assert report.written >= 1


def test_an_image_whose_pixels_are_cut_off_is_left_out(tmp_path: Path, sample_folder: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    whole = next((sample_folder / "DICOM" / "CT").iterdir()).read_bytes()
    (folder / "whole.dcm").write_bytes(whole)
    (folder / "cut.dcm").write_bytes(whole[:-2000])
    report = deidentify(folder, tmp_path / "out", Deidentifier())
    assert report.written == 1
    assert ["cut.dcm" in one for one in report.left_out] == [True]


def test_names_drawn_into_pictures_are_warned_of(tmp_path: Path) -> None:
    for i, (modality, said) in enumerate([("US", ""), ("CT", "YES"), ("CT", ""), ("US", "NO")]):
        d = person(Modality=modality, BurnedInAnnotation=said)
        (tmp_path / f"{i}.dcm").write_bytes(encoded(d))
    folder = tmp_path / "in"
    folder.mkdir()
    for file in tmp_path.glob("*.dcm"):
        file.rename(folder / file.name)
    assert deidentify(folder, tmp_path / "out", Deidentifier()).with_text == 2
