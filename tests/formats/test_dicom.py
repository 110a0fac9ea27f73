"""What one DICOM slice says: values in their unit, padding, colours, window, identity."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from fusionviewer.errors import InputError
from fusionviewer.formats.reading import open_images
from fusionviewer.imaging.image import Image, Patient
from fusionviewer.imaging.windowing import Window

STORED = np.array([[0, 1, 2], [3, 4, 1000]], dtype=np.int16)

Write = Callable[..., Path]


def opened(path: Path) -> Image:
    (image,) = open_images(path)
    return image


def test_values_are_slope_times_stored_plus_intercept(write_dicom: Write) -> None:
    path = write_dicom(STORED, "CT", RescaleSlope=2, RescaleIntercept=-1024)
    image = opened(path)
    assert image.values[0].tolist() == [[-1024, -1022, -1020], [-1018, -1016, 976]]
    assert (image.modality, image.unit) == ("CT", "HU")


def test_a_slope_with_a_fraction_is_applied_in_double_precision(write_dicom: Write) -> None:
    stored = np.array([[32767, -32768]], dtype=np.int16)
    image = opened(write_dicom(stored, RescaleSlope=0.1234567, RescaleIntercept=0.5))
    expected = np.float32([32767 * 0.1234567 + 0.5, -32768 * 0.1234567 + 0.5])
    assert (image.values[0, 0] == expected).all()


def test_each_pet_slice_has_its_own_slope(
    tmp_path: Path, write_series: Write, make_grid_at: Callable
) -> None:
    volume = np.full((3, 2, 2), 10, np.int16)
    write_series(
        tmp_path / "pet",
        volume,
        make_grid_at(volume.shape),
        "PT",
        Units="BQML",
        RescaleSlope=lambda s: s + 1,
        RescaleIntercept=0,
    )
    image = opened(tmp_path / "pet")
    assert image.values[:, 0, 0].tolist() == [10, 20, 30]
    assert image.unit == "Bq/ml"


@pytest.mark.parametrize(
    ("modality", "elements", "unit"),
    [
        ("CT", {"RescaleIntercept": -1024, "RescaleSlope": 1}, "HU"),
        ("CT", {}, "a.u."),
        ("CT", {"RescaleIntercept": 0, "RescaleSlope": 1, "RescaleType": "US"}, "a.u."),
        ("PT", {"Units": "GML"}, "SUV"),
        ("PT", {"Units": "GML", "SUVType": "LBM"}, "a.u."),
        ("PT", {"Units": "CNTS"}, "counts"),
        ("PT", {}, "a.u."),
        ("NM", {}, "counts"),
        ("MR", {}, "a.u."),
        ("OT", {}, "grey level"),
    ],
)
def test_the_unit_is_named_only_when_the_header_supports_it(
    write_dicom: Write, modality: str, elements: dict, unit: str
) -> None:
    assert opened(write_dicom(STORED, modality, **elements)).unit == unit


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.uint16, np.int16, np.uint32, np.int32])
def test_signed_and_unsigned_pixels_keep_their_values(write_dicom: Write, dtype: type) -> None:
    limits = np.iinfo(dtype)
    stored = np.array([[limits.min, 0, 1, limits.max]], dtype=dtype)
    assert (opened(write_dicom(stored)).values[0] == stored.astype(np.float32)).all()


def test_bits_beside_the_stored_ones_are_dropped(write_dicom: Write) -> None:
    # 12 bits stored, an overlay in bit 15: 0x8fff is 4095, and −1 where the pixels are signed.
    stored = np.array([[0x8FFF, 0x0001]], dtype=np.uint16)
    unsigned = opened(write_dicom(stored, BitsStored=12, HighBit=11))
    assert unsigned.values[0].tolist() == [[4095, 1]]
    signed = opened(write_dicom(stored.view(np.int16), BitsStored=12, HighBit=11))
    assert signed.values[0].tolist() == [[-1, 1]]


def test_a_high_bit_above_the_stored_bits_shifts_them_down(write_dicom: Write) -> None:
    stored = np.array([[0x1230, 0x0010]], dtype=np.uint16)
    image = opened(write_dicom(stored, BitsStored=12, HighBit=15))
    assert image.values[0].tolist() == [[0x123, 1]]


def test_padding_is_marked_and_does_not_open_the_window(write_dicom: Write) -> None:
    stored = np.array([[-2000, 0, 50, 100]], dtype=np.int16)
    image = opened(write_dicom(stored, PixelPaddingValue=-2000))
    assert image.padding is not None
    assert image.padding[0].tolist() == [[True, False, False, False]]
    assert image.window.low > -10


def test_a_padding_range_marks_everything_within(write_dicom: Write) -> None:
    stored = np.array([[1, 2, 3, 4, 5]], dtype=np.uint16)
    image = opened(write_dicom(stored, PixelPaddingValue=4, PixelPaddingRangeLimit=2))
    assert image.padding is not None
    assert image.padding[0].tolist() == [[False, True, True, True, False]]


def test_monochrome1_is_turned_so_that_bright_is_high(write_dicom: Write) -> None:
    stored = np.array([[0, 100, 255]], dtype=np.uint8)
    turned = opened(
        write_dicom(
            stored,
            "CR",
            PhotometricInterpretation="MONOCHROME1",
            WindowCenter=100,
            WindowWidth=50,
        )
    )
    assert turned.values[0].tolist() == [[255, 155, 0]]
    assert turned.window == Window(155, 50)
    assert any("MONOCHROME1" in note for note in turned.notes)


def test_monochrome1_leaves_hounsfield_units_alone(write_dicom: Write) -> None:
    image = opened(
        write_dicom(
            STORED,
            "CT",
            PhotometricInterpretation="MONOCHROME1",
            RescaleSlope=1,
            RescaleIntercept=0,
        )
    )
    assert (image.values[0] == STORED).all()


def test_a_modality_table_replaces_slope_and_intercept(write_dicom: Write) -> None:
    table = Dataset()
    table.LUTDescriptor = [4, 0, 16]
    table.LUTData = np.array([7, 70, 700, 7000], dtype=np.uint16).tobytes()
    table["LUTData"].VR = "OW"
    table["LUTDescriptor"].VR = "US"
    table.ModalityLUTType = "US"
    stored = np.array([[0, 1, 2, 3]], dtype=np.uint16)
    image = opened(write_dicom(stored, ModalityLUTSequence=Sequence([table])))
    assert image.values[0].tolist() == [[7, 70, 700, 7000]]


def test_colour_keeps_its_pixels_and_its_luminance(write_dicom: Write) -> None:
    stored = np.array([[[255, 0, 0], [0, 255, 0], [10, 10, 10]]], dtype=np.uint8)
    image = opened(write_dicom(stored, "OT"))
    assert image.rgb is not None
    assert (image.rgb[0] == stored).all()
    assert image.values[0, 0] == pytest.approx([76.245, 149.685, 10], abs=1e-3)
    assert image.window == Window.between(0, 255)


def test_colour_without_any_colour_is_grey(write_dicom: Write) -> None:
    stored = np.repeat(np.arange(6, dtype=np.uint8).reshape(2, 3, 1), 3, axis=2)
    image = opened(write_dicom(stored, "OT"))
    assert image.rgb is None
    assert (image.values[0] == stored[..., 0]).all()


def test_ycbcr_becomes_rgb(write_dicom: Write) -> None:
    stored = np.array([[[128, 128, 128], [76, 85, 255]]], dtype=np.uint8)
    image = opened(write_dicom(stored, "OT", PhotometricInterpretation="YBR_FULL"))
    assert image.rgb is not None
    assert np.abs(image.rgb[0].astype(int) - [[128] * 3, [254, 0, 0]]).max() <= 1


@pytest.mark.parametrize(
    ("center", "width", "expected"),
    [
        (30, 60, Window(30, 60)),
        ([30, 400], [60, 1500], Window(30, 60)),
        (30, 0, None),
        (30, -5, None),
        (float("nan"), 60, None),
        (30, float("inf"), None),
        (1e300, 1e300, None),
    ],
)
def test_the_window_is_the_headers_first_or_an_automatic_one(
    write_dicom: Write, center: object, width: object, expected: Window | None
) -> None:
    elements = {"WindowCenter": center, "WindowWidth": width, "BodyPartExamined": "HEAD"}
    image = opened(write_dicom(STORED, "CT", RescaleSlope=1, RescaleIntercept=0, **elements))
    assert image.window == (expected or Window(40, 80))


@pytest.mark.parametrize("slope", [0, float("nan"), float("inf"), 1e308])
def test_a_slope_that_makes_no_sense_is_left_out(write_dicom: Write, slope: float) -> None:
    image = opened(write_dicom(STORED, RescaleSlope=slope, RescaleIntercept=0))
    assert (image.values[0] == STORED).all()


def test_patient_frame_and_body_part_are_taken_from_the_header(write_dicom: Write) -> None:
    image = opened(
        write_dicom(
            STORED,
            IssuerOfPatientID="Here",
            PatientBirthDate="19700101",
            PatientSex="F",
            BodyPartExamined="HEAD",
            SeriesDescription="T1 axial",
            LossyImageCompression="01",
        )
    )
    assert image.patient == Patient("P1", "Here", "Test^Patient", "19700101", "F")
    assert image.source.frame_of_reference_uid == "1.2.9"
    assert image.source.instance_uids == ("1.2.3.1",)
    assert image.source.body_part == "HEAD"
    assert image.name == "T1 axial"
    assert image.source.lossy
    assert "Lossy compressed." in image.notes


def test_headers_are_kept_without_their_pixels(write_dicom: Write) -> None:
    (header,) = opened(write_dicom(STORED)).source.headers
    assert header.PatientID == "P1"
    assert "PixelData" not in header


@pytest.mark.parametrize(
    ("modality", "said", "expected"),
    [("MR", None, False), ("OT", None, True), ("OT", "NO", False), ("MR", "YES", True)],
)
def test_burned_in_text_is_expected_where_the_header_leaves_it_open(
    write_dicom: Write, modality: str, said: str | None, expected: bool
) -> None:
    elements = {"BurnedInAnnotation": said} if said else {}
    assert opened(write_dicom(STORED, modality, **elements)).source.burned_in is expected


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1)])
def test_one_pixel_and_one_row_are_images_too(write_dicom: Write, shape: tuple[int, int]) -> None:
    assert opened(write_dicom(np.ones(shape, np.uint16))).shape == (1, *shape)


@pytest.mark.parametrize("step", [3.0, -3.0])
def test_a_reconstructed_spect_lies_where_its_detector_says(
    write_dicom: Write, step: float
) -> None:
    volume = np.arange(5 * 4 * 6, dtype=np.uint16).reshape(5, 4, 6)
    detector = Dataset()
    detector.ImagePositionPatient = [-10, -20, 30]
    detector.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    path = write_dicom(
        volume[0],
        "NM",
        NumberOfFrames=5,
        PixelData=volume.tobytes(),
        ImageType=["ORIGINAL", "PRIMARY", "RECON TOMO", "EMISSION"],
        SliceVector=[1, 2, 3, 4, 5],
        SpacingBetweenSlices=step,
        PixelSpacing=[2, 2],
        DetectorInformationSequence=Sequence([detector]),
    )
    image = opened(path)
    assert image.grid is not None
    assert image.grid.spacing.tolist() == [3, 2, 2]
    for s in range(5):
        index = np.argwhere(image.values == volume[s, 1, 2])[0]
        assert image.grid.position(index) == pytest.approx([-6, -18, 30 + step * s])
    assert (image.modality, image.unit) == ("NM", "counts")


def test_a_gated_spect_is_an_image_for_each_time(write_dicom: Write) -> None:
    volume = np.arange(4 * 2 * 2, dtype=np.uint16).reshape(4, 2, 2)
    detector = Dataset()
    detector.ImagePositionPatient = [0, 0, 0]
    detector.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    path = write_dicom(
        volume[0],
        "NM",
        NumberOfFrames=4,
        PixelData=volume.tobytes(),
        SliceVector=[1, 2, 1, 2],
        TimeSlotVector=[1, 1, 2, 2],
        SpacingBetweenSlices=3,
        PixelSpacing=[2, 2],
        DetectorInformationSequence=Sequence([detector]),
    )
    early, late = open_images(path)
    assert (early.values == volume[:2]).all()
    assert (late.values == volume[2:]).all()
    assert "time point 2 of 2" in late.name


def test_a_film_opens_as_its_frames_and_has_no_place(write_dicom: Callable) -> None:
    frames = np.arange(4 * 6 * 5, dtype=np.int16).reshape(4, 6, 5)
    path = write_dicom(
        frames[0],
        "US",
        NumberOfFrames=4,
        PixelData=frames.tobytes(),
        ImagePositionPatient=[0, 0, 0],
        ImageOrientationPatient=[1, 0, 0, 0, 1, 0],
        PixelSpacing=[1, 1],
    )
    (image,) = open_images(path)
    assert np.array_equal(image.values, frames)
    assert image.grid is None
    assert image.notes == ("The frames of a film, one after another: no slices, no mm.",)


@pytest.mark.parametrize("count", [3, 10**6, 2**31 - 1])
def test_more_frames_than_there_are_pixels_are_refused_at_once(
    write_dicom: Callable, count: int
) -> None:
    path = write_dicom(np.ones((16, 16), np.int16), "US", NumberOfFrames=count)
    with pytest.raises(InputError, match=f"says that it has {count} frames, and is too short"):
        open_images(path)
