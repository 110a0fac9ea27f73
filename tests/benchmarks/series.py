"""How soon a large CT shows its first slice, how long it takes to open, and how much memory.

    python tests/benchmarks/series.py [--slices 500] [--size 512] [--runs 3]

The series is synthetic: noise over a disc, 16 bits, uncompressed, a file per slice, with the padding
value that makes scanners' corners. What counts: from the dropped folder to the first slice below a
second (wall time on an idle machine; processor time is given beside it), and memory, by the growth of
the process, below twice the size of the stored pixels. `float32` is what the values would take alone.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

from fusionviewer.formats.catalogue import catalogue, open_entry, preview

PADDING = -2000


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--slices", type=int, default=500)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.folder is not None:
        print(*_opened(arguments.folder))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, arguments.slices, arguments.size)
        _report(folder, arguments.slices * arguments.size**2 * 2, arguments.runs)


def write(folder: Path, slices: int, size: int) -> None:
    """A CT series of `slices` slices of `size` × `size`."""
    random = np.random.default_rng(7)
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    inside = x * x + y * y < 1
    noise = random.normal(40, 20, (size, size))
    uids = {name: generate_uid() for name in ("study", "series", "frame")}
    for s in range(slices):
        pixels = np.where(inside, np.roll(noise, s, axis=0), PADDING).astype(np.int16)
        _slice(pixels, s, uids).save_as(folder / f"{s:05}.dcm", enforce_file_format=True)


def _slice(pixels: np.ndarray, s: int, uids: dict[str, str]) -> Dataset:
    one = Dataset()
    one.file_meta = FileMetaDataset()
    one.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    one.SOPClassUID, one.SOPInstanceUID = CTImageStorage, generate_uid()
    one.file_meta.MediaStorageSOPClassUID = one.SOPClassUID
    one.file_meta.MediaStorageSOPInstanceUID = one.SOPInstanceUID
    one.StudyInstanceUID, one.SeriesInstanceUID = uids["study"], uids["series"]
    one.FrameOfReferenceUID = uids["frame"]
    one.Modality, one.PatientID, one.PatientName = "CT", "BENCH", "Bench^Mark"
    one.SeriesDescription, one.InstanceNumber = "synthetic", s + 1
    one.ImagePositionPatient, one.ImageOrientationPatient = [0, 0, s], [1, 0, 0, 0, 1, 0]
    one.PixelSpacing, one.SliceThickness = [0.8, 0.8], 1
    one.Rows, one.Columns = pixels.shape
    one.SamplesPerPixel, one.PhotometricInterpretation = 1, "MONOCHROME2"
    one.BitsAllocated, one.BitsStored, one.HighBit, one.PixelRepresentation = 16, 16, 15, 1
    one.PixelPaddingValue = PADDING
    one.RescaleSlope, one.RescaleIntercept, one.RescaleType = 1, 0, "HU"
    one.PixelData = pixels.tobytes()
    return one


def _report(folder: Path, stored: int, runs: int) -> None:
    found = np.array([_in_a_process(folder) for _ in range(runs)])
    first, first_cpu, whole, whole_cpu, grown = (median(column) for column in found.T)
    print(f"stored {stored / 2**20:.0f} MiB, as float32 {stored / 2**19:.0f} MiB; median of {runs}")
    print(f"first slice shown   {first:6.2f} s   (processor {first_cpu:.2f} s)")
    print(f"whole series open   {whole:6.2f} s   (processor {whole_cpu:.2f} s)")
    print(
        f"memory, at most     {grown / 2**20:6.0f} MiB = {grown / stored:.2f} times the stored pixels"
    )


def _in_a_process(folder: Path) -> list[float]:
    command = [sys.executable, __file__, "--folder", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [float(part) for part in done.stdout.split()]


def _opened(folder: Path) -> tuple[float, ...]:
    """Seconds and processor seconds to the first slice and to the whole, and bytes at most."""
    before = _peak()
    start, start_cpu = time.perf_counter(), time.process_time()
    (entry,) = catalogue(folder).entries
    _ = preview(entry).values[0]
    first, first_cpu = time.perf_counter() - start, time.process_time() - start_cpu
    image = open_entry(entry)
    _ = image.key
    whole, whole_cpu = time.perf_counter() - start, time.process_time() - start_cpu
    return first, first_cpu, whole, whole_cpu, _peak() - before


def _peak() -> int:
    """The most memory that this process has had, in bytes."""
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


if __name__ == "__main__":
    main()
