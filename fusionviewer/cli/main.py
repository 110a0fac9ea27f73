"""Arguments, exit codes, and failures in words.

Exit codes: 0 done; 1 an error the user can understand; 2 wrong usage; 130 cancelled.
"""

import logging
import os
import signal
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from fusionviewer import __version__
from fusionviewer.cli import streams
from fusionviewer.cli.pacs import pacs_app
from fusionviewer.errors import Cancelled, FusionViewerError

log = logging.getLogger(__name__)

CANCELLED = 130

app = typer.Typer(
    name="fusionviewer",
    add_completion=False,
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help=(
        "Fuse CT, MR, PET and SPECT images, and check the result. Without a command, opens the window on "
        "the files and folders named. For research and teaching; not for diagnostic use."
    ),
)

app.add_typer(pacs_app, name="pacs")


class DeviceName(StrEnum):
    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"
    MPS = "mps"


class KindName(StrEnum):
    RIGID = "rigid"
    AFFINE = "affine"


class BackendName(StrEnum):
    AUTO = "auto"
    TORCH = "torch"
    ONNX = "onnx"


class PrecisionName(StrEnum):
    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"


class ConsistentName(StrEnum):
    SLICE = "slice"
    VOLUME = "volume"


class ColoursName(StrEnum):
    KEPT = "kept"
    LUMINANCE = "luminance"


class BitsName(StrEnum):
    EIGHT = "8"
    SIXTEEN = "16"


def run_command(arguments: list[str]) -> int:
    """Run one command; the exit code. Failures are said on stderr, in a sentence and a hint."""
    streams.take_every_character()
    restored = signal.signal(signal.SIGTERM, _interrupt)
    try:
        code = app(args=arguments, prog_name="fusionviewer", standalone_mode=False)
        streams.flush()
    except (typer.Abort, KeyboardInterrupt, Cancelled):
        code = CANCELLED
    except Exception as error:  # noqa: BLE001 - the last resort; a traceback helps no reader of images
        return _failed(error)
    finally:
        signal.signal(signal.SIGTERM, restored)
    if code == CANCELLED:  # Ctrl+C is caught by typer already, which says nothing
        print("Cancelled.", file=sys.stderr)
    return code if isinstance(code, int) else 0


def _failed(error: Exception) -> int:
    """What to say about `error`, and the exit code."""
    match error:
        case typer.Exit():
            return error.exit_code
        case TyperException():
            # pydantic checks the words of options, and begins its sentence so.
            said = error.format_message().replace("Value error, ", "")
            _say(f"Error: {said}", "Try fusionviewer --help.")
            return 2
        case FusionViewerError():
            _say(f"Error: {error}", error.hint)
        case BrokenPipeError():  # whoever reads has enough
            streams.give_up_output()
        case MemoryError():
            _say(
                "Error: There is not enough memory for this.",
                "Close other programs, or use smaller images.",
            )
        case _ if os.environ.get("FUSIONVIEWER_DEBUG"):
            raise error
        case OSError(strerror=str(reason)):
            _say(f"Error: The system refused: {reason[:1].lower()}{reason[1:]}.", _where(error))
            streams.give_up_output()
        case _:
            _say(
                f"Error: Something went wrong inside FusionViewer ({type(error).__name__}).",
                "Set FUSIONVIEWER_DEBUG=1 and run it again to see where.",
            )
    return 1


def _where(error: OSError) -> str:
    if error.filename is None:
        return "What was to be printed is incomplete: see whether its disk is full."
    return f"It was about “{Path(str(error.filename)).name[:60]}”."


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _say(sentence: str, hint: str) -> None:
    print(sentence, file=sys.stderr)
    if hint:
        print(hint, file=sys.stderr)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"fusionviewer {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    del version


@app.command()
def fuse(
    a: Annotated[
        Path,
        typer.Argument(
            help="The first image: a file, or a folder with one series; PATH#2 for the second of several."
        ),
    ],
    b: Annotated[Path, typer.Argument(help="The second image.")],
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", help=".png .tif .apng .dcm .nii.gz, or a folder for a DICOM series."
        ),
    ],
    method: Annotated[str, typer.Option(help="See `fusionviewer methods`.")] = "",
    strategy: Annotated[str, typer.Option(help="How an auto-encoder's features are merged.")] = "",
    device: Annotated[DeviceName, typer.Option(help="Where networks run.")] = DeviceName.AUTO,
    backend: Annotated[BackendName, typer.Option(help="What runs networks.")] = BackendName.AUTO,
    precision: Annotated[
        PrecisionName,
        typer.Option(help="bfloat16: torch is faster, within one grey level, on some processors."),
    ] = PrecisionName.FLOAT32,
    slice_number: Annotated[
        int | None,
        typer.Option("--slice", min=1, help="The slice for a picture; the middle one if not said."),
    ] = None,
    alpha: Annotated[
        float | None, typer.Option(min=0, max=1, help="For alpha: 1 is only B, 0 is only A.")
    ] = None,
    residual: Annotated[
        float | None, typer.Option(min=0, max=1, help="For clarus: 0 leaves its correction out.")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="A setting of the method or strategy; again for another one.",
        ),
    ] = None,
    window_a: Annotated[
        str | None, typer.Option(help="Window of A as WIDTH/LEVEL, such as 80/40.")
    ] = None,
    window_b: Annotated[str | None, typer.Option(help="Window of B as WIDTH/LEVEL.")] = None,
    confirm_patients: Annotated[
        bool, typer.Option("--confirm-patients", help="Fuse although the patients differ.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what is at OUT.")] = False,
    with_parts: Annotated[
        str,
        typer.Option(
            "--with",
            help="What goes with a DICOM series, by commas: companion, registration, gsps, blending, "
            "advanced.",
        ),
    ] = "",
    transform: Annotated[
        Path | None, typer.Option(help="Lay B on A by this transform (.tfm).")
    ] = None,
    no_register: Annotated[
        bool, typer.Option("--no-register", help="As placed, although the frames differ.")
    ] = False,
    deidentify: Annotated[
        bool, typer.Option("--deidentify", help="Nothing in OUT says whose images these are.")
    ] = False,
    bits: Annotated[BitsName, typer.Option(help="Of grey levels; colour has 8.")] = BitsName.EIGHT,
    consistent: Annotated[
        ConsistentName,
        typer.Option(help="One weight per slice, or one from all slices, so that none flickers."),
    ] = ConsistentName.SLICE,
    colours: Annotated[
        ColoursName,
        typer.Option(
            help="In PET and SPECT: colours kept, or the luminance as fused, as in papers."
        ),
    ] = ColoursName.KEPT,
    weights: Annotated[
        Path | None,
        typer.Option(help="A folder with the method's weights and their card, in place of ours."),
    ] = None,
) -> None:
    """Fuse A and B, two files or series, or two folders of pictures with equal names."""
    from fusionviewer.cli.fuse import FuseOptions, fuse_command

    options = FuseOptions(
        method,
        strategy,
        device.value,
        backend.value,
        precision.value,
        slice_number,
        alpha,
        residual,
        tuple(settings or ()),
        windows=(window_a, window_b),
        confirm_patients=confirm_patients,
        overwrite=overwrite,
        parts=tuple(part.strip() for part in with_parts.split(",") if part.strip()),
        transform=transform,
        register=not no_register,
        deidentify=deidentify,
        bits=int(bits.value),
        consistent=consistent.value,
        colours=colours.value,
        weights=weights,
    )
    fuse_command(a, b, out, options)


@app.command()
def register(
    fixed: Annotated[
        Path,
        typer.Argument(help="The series that stays where it is; PATH#2 is the second of several."),
    ],
    moving: Annotated[Path, typer.Argument(help="The series that is laid on it.")],
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", help=".nii.gz for MOVING on FIXED's grid, .tfm for the transform."
        ),
    ],
    transform: Annotated[
        Path | None, typer.Option(help="Take this transform (.tfm) and look for none.")
    ] = None,
    kind: Annotated[KindName, typer.Option(help="What may be done to MOVING.")] = KindName.RIGID,
    json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
    confirm_patients: Annotated[
        bool, typer.Option("--confirm-patients", help="Register although the patients differ.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what is at OUT.")] = False,
) -> None:
    """Lay MOVING on FIXED, and say how well it lies."""
    from fusionviewer.cli.register import RegisterOptions, register_command

    options = RegisterOptions(kind.value, transform, json, confirm_patients, overwrite)
    register_command(fixed, moving, out, options)


@app.command()
def score(
    a: Annotated[Path, typer.Argument(help="The first source, or a folder of them.")],
    b: Annotated[Path, typer.Argument(help="The second source, or a folder of them.")],
    fused: Annotated[list[Path], typer.Argument(help="Fused images, or folders of them.")],
    json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
    csv: Annotated[Path | None, typer.Option(help="Write every value to this file.")] = None,
    convention: Annotated[
        str | None, typer.Option(help="A paper's set of scores: dilran, mfinet, di2025 or bits.")
    ] = None,
    plots: Annotated[
        Path | None, typer.Option(help="Write box plots, curves and a comparison to this folder.")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an earlier CSV file and earlier plots.")
    ] = False,
) -> None:
    """All scores of fused images against their sources."""
    from fusionviewer.cli.score import score_command

    score_command(a, b, fused, json, csv, convention, plots, overwrite)


@app.command()
def info(
    path: Annotated[Path, typer.Argument(help="A file or a folder.")],
    json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> None:
    """What a file or folder holds."""
    from fusionviewer.cli.info import info_command

    info_command(path, json)


@app.command()
def methods(
    json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> None:
    """Networks, strategies, weights, and their papers."""
    from fusionviewer.cli.methods import methods_command

    methods_command(json)


@app.command()
def sample(
    folder: Annotated[Path, typer.Argument(help="A folder that is empty, or not there yet.")],
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an earlier sample.")
    ] = False,
) -> None:
    """Write the sample patient (CT, MR T1 and T2, PET, SPECT) as DICOM, NIfTI and PNG."""
    from fusionviewer.cli.sample import sample_command

    sample_command(folder, overwrite)


@app.command()
def deidentify(
    source: Annotated[Path, typer.Argument(metavar="IN", help="A file or a folder.")],
    out: Annotated[Path, typer.Argument(help="A folder for the copies, which get new names.")],
    keep_dates: Annotated[
        bool, typer.Option("--keep-dates", help="Leave dates and times as they are.")
    ] = False,
    shift_dates: Annotated[
        bool,
        typer.Option("--shift-dates", help="Move all dates back by one random number of days."),
    ] = False,
    keep_descriptions: Annotated[
        bool,
        typer.Option("--keep-descriptions", help="Keep descriptions, without identifying words."),
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace earlier copies at OUT.")
    ] = False,
) -> None:
    """Copy images without what says whose they are (DICOM PS3.15 Basic Profile)."""
    from fusionviewer.cli.deidentify import deidentify_command

    deidentify_command(source, out, keep_dates, shift_dates, keep_descriptions, overwrite)
