"""`fusionviewer register`: lay one series on another, and say how well it lies."""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fusionviewer.cli.choosing import single_image
from fusionviewer.cli.places import require_free
from fusionviewer.cli.progress import progress
from fusionviewer.cli.streams import print_json
from fusionviewer.errors import DifferentPatients, ExportError
from fusionviewer.formats.export_nifti import nifti_bytes
from fusionviewer.formats.transform_files import read_transform, write_transform
from fusionviewer.formats.writing import write_file
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.registration import Registration, card, measured, placed, register
from fusionviewer.imaging.resample import resampled
from fusionviewer.imaging.transform import Kind

VOLUMES, TRANSFORMS = (".nii", ".nii.gz"), (".tfm",)


@dataclass(frozen=True)
class RegisterOptions:
    """What the command line says besides the two images and the output."""

    kind: Kind = "rigid"
    transform: Path | None = None
    json: bool = False
    confirm_patients: bool = False
    overwrite: bool = False


def register_command(fixed: Path, moving: Path, out: Path, options: RegisterOptions) -> None:
    """Register (or take a transform), write, and say how well it went.

    Raises:
        FusionViewerError: a sentence and a hint.
    """
    if not out.name.lower().endswith((*VOLUMES, *TRANSFORMS)):
        raise ExportError(
            f"“{out.name}” is not a kind of file that is written here.",
            "End it with .nii.gz for the moving image on the fixed grid, or .tfm for the transform.",
        )
    require_free(out, options.overwrite)
    a, b = single_image(fixed), single_image(moving)
    if out.resolve() in {path.resolve() for path in (*a.source.paths, *b.source.paths)}:
        raise ExportError(f"“{out.name}” is one of the images.", "Choose another name.")
    if a.patient.contradicts(b.patient) and not options.confirm_patients:
        raise DifferentPatients(
            f"“{a.name}” and “{b.name}” belong to different patients.",
            "Name two examinations of one patient; --confirm-patients registers these all the same.",
        )
    found = registration_of(a, b, options.kind, options.transform)
    _write(a, b, found, out, options.overwrite)
    _tell(a, found, out, options.json)


def registration_of(a: Image, b: Image, kind: Kind, transform: Path | None) -> Registration:
    """Of `b` to `a`: by the transform in a file, else by the images."""
    if transform is not None:
        return measured(a, b, read_transform(transform), how="file")
    with progress("Registering") as advance:
        return register(a, b, kind, progress=advance)


def _write(a: Image, b: Image, found: Registration, out: Path, overwrite: bool) -> None:
    if out.name.lower().endswith(TRANSFORMS):
        write_transform(found.transform, out, overwrite=overwrite)
        return
    if a.grid is None:
        raise ValueError(f"{a.name} was registered without a grid")
    here = resampled(placed(b, a, found), a.grid)
    text = f"Not for diagnostic use. {card(found, a).sentence()}"
    packed = out.name.lower().endswith(".gz")
    write_file(
        out, nifti_bytes(np.asarray(here.values), a.grid, text, packed=packed), overwrite=overwrite
    )


def _tell(a: Image, found: Registration, out: Path, as_json: bool) -> None:
    told = card(found, a)
    if as_json:
        matrix = found.transform.matrix.tolist()
        print_json({**told.as_dict(), "matrix_lps_mm": matrix, "out": out.name})
        return
    for line in told.lines():
        print(line, file=sys.stderr)
    print(f"Wrote {out}")
