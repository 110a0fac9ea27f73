"""`fusionviewer sample`: the sample patient as files."""

from pathlib import Path

from fusionviewer.cli.progress import progress
from fusionviewer.formats.sample import write_sample


def sample_command(folder: Path, overwrite: bool) -> None:
    """Write the sample patient into `folder`.

    Raises:
        ExportError: something is there already, or nothing can be written there.
    """
    with progress("Making the sample patient") as advance:
        write_sample(folder, overwrite=overwrite, progress=advance)
    print(f"The sample patient is in {folder}: folders DICOM, NIfTI and PNG.")
