"""`fusionviewer fuse`: a pair, or two folders of pictures with equal names."""

import sys
from dataclasses import dataclass, replace
from pathlib import Path

from fusionviewer.cli.choosing import single_image
from fusionviewer.cli.places import require_free
from fusionviewer.cli.progress import progress
from fusionviewer.cli.register import registration_of
from fusionviewer.cli.settings import settings_of
from fusionviewer.engine.batch import matched_by_name, run_all
from fusionviewer.engine.cancel import CancelToken
from fusionviewer.engine.engine import Engine
from fusionviewer.engine.export import OUTPUTS, Output, Terms, export, output_for, remarks
from fusionviewer.engine.request import Consistent, FuseRequest
from fusionviewer.engine.volume import require_volume_weight
from fusionviewer.errors import (
    DifferentFrames,
    DifferentPatients,
    ExportError,
    GeometryMismatch,
    InputError,
)
from fusionviewer.formats.deidentify import nobody
from fusionviewer.fusion.colouring import Colours
from fusionviewer.fusion.methods import DEFAULT_METHOD, METHODS, default_strategy
from fusionviewer.fusion.options import Chosen
from fusionviewer.fusion.runtime import Backend, Device, Precision, Runtimes
from fusionviewer.imaging.display import Look, opening_look
from fusionviewer.imaging.geometry import sides
from fusionviewer.imaging.image import Image
from fusionviewer.imaging.pair import Pair, frames_differ, make_pair
from fusionviewer.imaging.planes import facing_pair
from fusionviewer.imaging.registration import Registration
from fusionviewer.imaging.windowing import Window

AS_PLACED = "--no-register fuses them as placed."
PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff")


@dataclass(frozen=True)
class FuseOptions:
    """What the command line says besides the two images and the output."""

    method: str = ""
    strategy: str = ""
    device: Device = "auto"
    backend: Backend = "auto"
    precision: Precision = "float32"
    slice_number: int | None = None  # counted from 1
    alpha: float | None = None
    residual: float | None = None
    said: tuple[str, ...] = ()  # settings of the method and the strategy, NAME=VALUE
    settings: Chosen = ()  # what comes of these three
    windows: tuple[str | None, str | None] = (None, None)
    confirm_patients: bool = False
    overwrite: bool = False
    parts: tuple[str, ...] = ()  # what goes with a DICOM series, by its name in bundle.PARTS
    transform: Path | None = None  # lays B on A
    deidentify: bool = False  # nothing in the output says whose images these are
    bits: int = 8  # of grey levels
    consistent: Consistent = "slice"  # what one weight of a strategy is for
    colours: Colours = "kept"
    register: bool = True  # where the frames of reference differ
    weights: Path | None = None  # a folder with those of the method; None: as shipped


def fuse_command(a: Path, b: Path, out: Path, options: FuseOptions) -> None:
    """Fuse and write; says on stdout where the result is.

    Raises:
        FusionViewerError: a sentence and a hint.
    """
    options = _completed(options)
    engine = Engine(Runtimes(options.backend, options.device, options.weights, options.precision))
    if _folder_of_pictures(a) and _folder_of_pictures(b):
        _fuse_folders(a, b, out, options, engine)
        return
    output = output_for(out)
    _require_parts(out, output, options.parts)
    require_free(out, options.overwrite)
    pair = facing_pair(_pair(single_image(a), single_image(b), options))
    _fuse_pair(pair, out, output, options, engine)
    doubts = [note for image in pair.native for note in image.doubts]
    for note in dict.fromkeys((*pair.notes, *doubts)):
        print(note, file=sys.stderr)
    print(f"Wrote {out}")


def _completed(options: FuseOptions) -> FuseOptions:
    """Defaults filled in.

    Raises:
        InputError: an unknown method, strategy or setting, or one that the method does not take.
        FusionError: the strategy has no weight for a volume, and one was asked for.
    """
    method = options.method or DEFAULT_METHOD
    if method not in METHODS:
        raise InputError(f"No method is called “{method}”.", f"There are {', '.join(METHODS)}.")
    strategies = METHODS[method].strategies
    strategy = options.strategy or default_strategy(method)
    if strategy and strategy not in strategies:
        hint = f"It takes {', '.join(strategies)}." if strategies else "It takes none."
        raise InputError(f"{METHODS[method].label} takes no strategy “{strategy}”.", hint)
    if options.weights and not METHODS[method].has_network:
        raise InputError(f"{METHODS[method].label} has no weights.", "Leave out --weights.")
    if options.consistent == "volume":
        require_volume_weight(method, strategy)
    named = {"alpha": options.alpha, "residual": options.residual}
    settings = settings_of(method, strategy, options.said, named)
    return replace(options, method=method, strategy=strategy, settings=settings)


def _require_parts(out: Path, output: Output, parts: tuple[str, ...]) -> None:
    """Raises: InputError: an unknown part, or parts beside something that is no DICOM series."""
    if not parts:
        return
    from fusionviewer.formats.bundle import PARTS

    for part in parts:
        if part not in PARTS:
            raise InputError(f"No part is called “{part}”.", f"There are {', '.join(PARTS)}.")
    if output is not OUTPUTS[""]:
        raise InputError(
            f"“{out.name}” is one file, and --with writes several.", "Name a folder after -o."
        )


def _pair(a: Image, b: Image, options: FuseOptions) -> Pair:
    """On one grid; registered first where the frames of reference differ."""
    if a.patient.contradicts(b.patient) and not options.confirm_patients:
        raise DifferentPatients(
            f"“{a.name}” and “{b.name}” belong to different patients.",
            "Name two examinations of one patient; --confirm-patients fuses these all the same.",
        )
    found = None
    if options.transform is not None:
        found = registration_of(a, b, "rigid", options.transform)
    elif needs_registration(a, b, options):
        found = _registered(a, b)
    try:
        return make_pair(
            a,
            b,
            confirmed=options.confirm_patients,
            as_placed=not options.register,
            registration=found,
        )
    except DifferentFrames as error:
        raise DifferentFrames(str(error), AS_PLACED) from error


def _registered(a: Image, b: Image) -> Registration:
    print(f"The frames of reference differ: laying {b.kind} on {a.kind}.", file=sys.stderr)
    try:
        return registration_of(a, b, "rigid", None)
    except GeometryMismatch as error:
        raise GeometryMismatch(f"The frames of reference differ. {error}", AS_PLACED) from error


def needs_registration(a: Image, b: Image, options: FuseOptions) -> bool:
    """Whether two placed images lie in different frames, and nobody wants them as placed."""
    placed = a.grid is not None and b.grid is not None
    return options.register and placed and frames_differ(a, b)


def _fuse_pair(pair: Pair, out: Path, output: Output, options: FuseOptions, engine: Engine) -> None:
    request = FuseRequest(
        pair,
        0,
        _looks(pair, options.windows),
        options.method,
        options.strategy,
        options.settings,
        options.consistent,
        options.colours,
        options.weights,
    )
    slices = _wanted_slices(pair, output, options.slice_number)
    with progress("Fusing") as advance:
        answers = engine.fuse_many(request, slices, CancelToken(), advance)
    for remark in remarks(answers):
        print(remark, file=sys.stderr)
    how = nobody() if options.deidentify else None
    if options.parts:
        from fusionviewer.engine.export_bundle import export_bundle

        missing = export_bundle(
            answers, out, options.parts, bits=options.bits, how=how, overwrite=options.overwrite
        )
        for sentence in missing:
            print(sentence, file=sys.stderr)
    else:
        export(answers, out, Terms(options.overwrite, options.bits, how))
    if output.one_slice and pair.grid is not None:
        print(f"Sides: {sides(pair.grid)}.", file=sys.stderr)
    if output.one_slice and pair.shape[0] > 1 and options.slice_number is None:
        print(
            f"Slice {slices[0] + 1} of {pair.shape[0]}; --slice takes another one.", file=sys.stderr
        )


def _wanted_slices(pair: Pair, output: Output, number: int | None) -> list[int]:
    count = pair.shape[0]
    if number is not None and number > count:
        raise InputError(f"There is no slice {number}: the pair has {count}.")
    if number is not None:
        return [number - 1]
    return [count // 2] if output.one_slice else list(range(count))


def _looks(pair: Pair, windows: tuple[str | None, str | None]) -> tuple[Look, Look]:
    first, second = (
        look if text is None else replace(look, window=_window(text))
        for look, text in zip((opening_look(pair.a), opening_look(pair.b)), windows, strict=True)
    )
    return first, second


def _window(text: str) -> Window:
    try:
        width, level = (float(part) for part in text.split("/"))
        return Window(level, width)
    except ValueError as error:
        raise InputError(
            f"“{text}” is not a window.", "Write WIDTH/LEVEL, such as 80/40 for brain CT."
        ) from error


def _folder_of_pictures(path: Path) -> bool:
    """A folder of several pictures: pairs by name, rather than one series."""
    if not path.is_dir():
        return False
    return sum(entry.suffix.lower() in PICTURES for entry in path.iterdir()) > 1


def _require_for_pictures(options: FuseOptions) -> None:
    """Raises: InputError: what only a series takes was asked of folders of pictures."""
    asked = {"--with": options.parts, "--transform": options.transform}
    if said := [name for name, value in asked.items() if value]:
        raise InputError(
            f"{said[0]} is for two series, and these are folders of pictures.", "Leave it out."
        )


def _fuse_folders(a: Path, b: Path, out: Path, options: FuseOptions, engine: Engine) -> None:
    _require_for_pictures(options)
    pairs = matched_by_name(a, b, PICTURES)
    if out.suffix and not out.is_dir():
        raise InputError(
            f"{len(pairs)} pairs do not go into the one file “{out.name}”.", "Name a folder."
        )
    if out.is_dir():
        for first, _ in pairs:
            require_free(out / f"{first.stem}.png", options.overwrite)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExportError(f"The folder “{out.name}” cannot be made.") from error

    def job(first: Path, second: Path) -> None:
        target = out / f"{first.stem}.png"
        pair = make_pair(
            single_image(first), single_image(second), confirmed=options.confirm_patients
        )
        _fuse_pair(pair, target, OUTPUTS[".png"], options, engine)

    jobs = [(first.name, lambda pair=pair: job(*pair)) for pair in pairs for first in pair[:1]]
    with progress(f"Fusing {len(jobs)} pairs") as advance:
        failures = run_all(jobs, CancelToken(), advance)
    for failure in failures:
        print(f"{failure.name}: {failure.error}", file=sys.stderr)
    if failures:
        raise InputError(f"{len(failures)} of {len(jobs)} pairs could not be fused.")
    print(f"Wrote {len(jobs)} pictures into {out}")
