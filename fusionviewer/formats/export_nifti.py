"""Fused volumes as NIfTI-1, turned from LPS to RAS."""

import gzip
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
from numpy.typing import NDArray

from fusionviewer.errors import ExportError
from fusionviewer.formats.provenance import FusedSlice, Provenance, as_levels
from fusionviewer.formats.sources import require_no_source, require_size
from fusionviewer.formats.writing import require_same, write_file
from fusionviewer.imaging.geometry import Grid
from fusionviewer.imaging.pair import Pair
from fusionviewer.texts import text as _

ENDINGS = (".nii", ".nii.gz")
LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0])
DESCRIPTION_BYTES = 79
MOST_VOXELS = 32_767  # along an axis: 16 bits with a sign
COMMENT = 6  # the code of an extension that holds plain ASCII
ASCII = str.maketrans({"→": "->", "…": "...", "−": "-", "×": "x", "°": " deg", "“": '"', "”": '"'})
SCANNER = 1  # positions are those of the scanner
CHUNK = 2**22  # bytes that are packed between two looks at whether to stop
RGB = np.dtype([("R", "u1"), ("G", "u1"), ("B", "u1")])

Check = Callable[[], None]


def export_nifti(
    slices: Sequence[FusedSlice],
    pair: Pair,
    provenance: Provenance,
    path: Path,
    *,
    overwrite: bool = False,
    check: Check = lambda: None,
) -> None:
    """The fused slices as one volume: float32 within 0…1, or RGB of 3 × 8 bits with colour.

    Args:
        slices: neighbours, in order.
        pair: what they were fused from; without a grid, the file says nothing of the place.
        check: raises to stop, and nothing is written.

    Raises:
        ExportError: nothing was written.
        ValueError: no slices, or slices that are not neighbours.
    """
    if not path.name.lower().endswith(ENDINGS):
        raise ExportError(
            _("“{name}” is not a NIfTI name.", name=path.name), _("End it with .nii or .nii.gz.")
        )
    require_no_source(path, pair)
    require_size(path, pair.shape, MOST_VOXELS)
    values = _volume(slices)
    first, count = slices[0].slice_index, len(slices)
    place = None if pair.grid is None else _part_of(pair.grid, first, count)
    said = f"FusionViewer {provenance.version}, {provenance.short()}"
    text = f"Not for diagnostic use. {said}"

    def verify(part: Path) -> None:
        check()
        _verify(part, values, place, path)

    packed = path.name.lower().endswith(".gz")
    comment = provenance.sentence()
    data = nifti_bytes(values, place, text, packed=packed, comment=comment, check=check)
    check()
    write_file(path, data, overwrite=overwrite, verify=verify)


def nifti_bytes(
    values: NDArray[np.generic],
    grid: Grid | None,
    description: str,
    *,
    packed: bool,
    slope: float = 1.0,
    intercept: float = 0.0,
    comment: str = "",
    check: Check = lambda: None,
) -> bytes:
    """A NIfTI-1 file of (S, H, W), or (S, H, W, 3) uint8, the same bytes every time.

    Args:
        description: cut off after 79 bytes.
        packed: gzipped, without a time stamp.
        slope, intercept: from the stored values to those that are meant.
        comment: of any length, in an extension of the header.
        check: raises to stop.

    Source: nifti.nimh.nih.gov/nifti-1 (nifti1.h, method 2 and 3; header extensions).
    """
    stored = _fastest_first(values)
    place = None if grid is None else affine(grid)
    image: Any = nibabel.Nifti1Image(stored, place)  # type: ignore[no-untyped-call]
    header = image.header
    header.set_data_dtype(stored.dtype)
    header.set_slope_inter(slope, intercept)
    header.set_xyzt_units("mm")
    header["descrip"] = _ascii(description)[:DESCRIPTION_BYTES]
    if comment:
        header.extensions.append(nibabel.nifti1.Nifti1Extension(COMMENT, _ascii(comment)))
    for set_form in (image.set_sform, image.set_qform):
        set_form(place, code=0 if grid is None else SCANNER)
    raw: bytes = image.to_bytes()
    return _gzipped(raw, check) if packed else raw


def _gzipped(raw: bytes, check: Check) -> bytes:
    packed = BytesIO()
    with gzip.GzipFile("", "wb", compresslevel=5, fileobj=packed, mtime=0) as file:
        for start in range(0, len(raw), CHUNK):
            check()
            file.write(memoryview(raw)[start : start + CHUNK])
    return packed.getvalue()


def _ascii(text: str) -> bytes:
    return text.translate(ASCII).encode("ascii", "replace")


def affine(grid: Grid) -> NDArray[np.float64]:
    """From (column, row, slice) to mm in RAS, (4, 4)."""
    matrix = np.eye(4)
    steps = grid.axes * grid.spacing[:, None]  # row i: one step of index i
    matrix[:3, :3] = LPS_TO_RAS @ steps[::-1].T
    matrix[:3, 3] = LPS_TO_RAS @ grid.origin
    return matrix


def _fastest_first(values: NDArray[np.generic]) -> NDArray[np.generic]:
    """(S, H, W) or (S, H, W, 3) → (W, H, S), as the file has them."""
    if values.ndim == 4:
        values = np.ascontiguousarray(values).view(RGB)[..., 0]
    return values.T


def _volume(slices: Sequence[FusedSlice]) -> NDArray[np.float32] | NDArray[np.uint8]:
    indices = [s.slice_index for s in slices]
    if not indices or indices != list(range(indices[0], indices[0] + len(indices))):
        raise ValueError(f"slices of a volume must be neighbours in order, not {indices}")
    colours = [s.rgb for s in slices if s.rgb is not None]
    if len(colours) == len(slices):
        return as_levels(np.stack(colours))
    return np.stack([s.grey for s in slices])


def _part_of(grid: Grid, first: int, count: int) -> Grid:
    shape = (count, grid.shape[1], grid.shape[2])
    return Grid(shape, grid.spacing, grid.position([first, 0, 0]), grid.axes)


def _verify(part: Path, values: NDArray[np.generic], grid: Grid | None, path: Path) -> None:
    """Raises: ExportError: what is on the disk is not what was written."""
    raw = part.read_bytes()
    raw = gzip.decompress(raw) if path.name.lower().endswith(".gz") else raw
    back = nibabel.Nifti1Image.from_bytes(raw)
    same = np.array_equal(np.asanyarray(back.dataobj), _fastest_first(values))
    placed = grid is None or np.allclose(back.affine, affine(grid), rtol=1e-6, atol=1e-4)
    require_same(same and placed, path)
