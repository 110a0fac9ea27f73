"""Series of DICOM files for tests."""

from pathlib import Path

from fusionviewer.formats.dicom_writing import encoded
from fusionviewer.formats.sample_dicom import Scan, dataset


def written(folder: Path, scan: Scan, frame: str) -> Path:
    """The new folder, with one file for each slice, in frame of reference `frame`."""
    folder.mkdir()
    for s in range(len(scan.stored)):
        one = dataset(scan, s)
        one.FrameOfReferenceUID = frame
        (folder / f"{s}.dcm").write_bytes(encoded(one))
    return folder
