"""Real files, damaged at random: listed, opened and shown small, or refused in one sentence."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from fusionviewer.errors import InputError
from fusionviewer.formats.catalogue import catalogue, open_entry, thumbnail

FILES = {
    "native": "pydicom_files/MR_small.dcm",
    "big endian": "pydicom_files/MR_small_bigendian.dcm",
    "implicit": "pydicom_files/MR_small_implicit.dcm",
    "run length": "pydicom_files/MR_small_RLE.dcm",
    "enhanced": "enhanced_mr/Siemens/XA10/6_1.dcm",
    "palette": "pydicom_files/examples_palette.dcm",
    "film": "pydicom_files/SC_rgb_rle_2frame.dcm",
    "table of contents": "pydicom_files/dicomdirtests/DICOMDIR",
    "volumes": "nibabel/functional.nii",
}
EACH = 40
HEADER = 4000  # bytes, which most of the damage hits
EXTREMES = (b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f")


def damaged(whole: bytes, random: np.random.Generator) -> bytes:
    """`whole` with some bytes changed, left out, put in, or at the ends of their range."""
    data = bytearray(whole)
    for _ in range(random.choice([1, 2, 5, 20])):
        reach = min(HEADER, len(data)) if random.random() < 0.8 else len(data)
        at, some = int(random.integers(reach)), int(random.integers(1, 9))
        kind = random.choice(4, p=[0.6, 0.2, 0.1, 0.1])
        if kind == 0:
            data[at] = int(random.integers(256))
        elif kind == 1:
            data[at : at + 4] = EXTREMES[int(random.integers(3))]
        elif kind == 2:
            del data[at : at + some]
        else:
            data[at:at] = random.bytes(some)
    return bytes(data)


def looked_at(path: Path) -> None:
    """List, open and shrink what is there; problems must be sentences that could be shown."""
    try:
        listed = catalogue(path)
        said = [str(problem) for problem in listed.problems]
        for entry in listed.entries[:3]:
            said += [entry.problem] if entry.problem else []
            if entry.opens:
                assert np.isfinite(open_entry(entry).values).all()
                assert max(thumbnail(entry).shape[:2]) <= 128
    except InputError as problem:
        said = [str(problem)]
    for sentence in said:
        assert sentence.endswith(".")
        assert sentence.isprintable()
        assert len(sentence) < 400


@pytest.mark.parametrize("kind", FILES)
def test_a_damaged_file_opens_or_is_refused_in_one_sentence(
    data: Path, tmp_path: Path, kind: str
) -> None:
    whole = (data / "dicom" / FILES[kind]).read_bytes()
    random = np.random.default_rng(2026)
    path = tmp_path / f"damaged{Path(FILES[kind]).suffix}"
    for _ in range(EACH):
        path.write_bytes(damaged(whole, random))
        looked_at(path)


def test_a_damaged_archive_opens_or_is_refused_in_one_sentence(data: Path, tmp_path: Path) -> None:
    archive = tmp_path / "whole.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for kind in ("native", "run length"):
            path = data / "dicom" / FILES[kind]
            file.write(path, f"study/{path.name}")
    whole, random = archive.read_bytes(), np.random.default_rng(2026)
    for i in range(EACH):
        path = tmp_path / f"{i}.zip"
        path.write_bytes(damaged(whole, random))
        looked_at(path)
