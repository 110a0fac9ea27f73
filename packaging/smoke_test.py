"""Try the built program as its user would: `python packaging/smoke_test.py [PROGRAM]`.

Needs Linux with xvfb, xauth and xdotool, and this checkout's environment, for pydicom and Pillow
look at what was written. The program gets folders of its own; nothing of the user's is touched.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from contents import ROOT
from packed import SYNTAXES, write_packed
from PIL import Image as Picture
from pydicom import dcmread
from pydicom.uid import generate_uid
from screen import Screen

NOBODY = 65534
TITLE = "FusionViewer"
DIALOG = "Export the fused image"
# From the plain PNG, which is chosen and has the keyboard, to the wanted kind.
EXPORTS: tuple[tuple[tuple[str, ...], str], ...] = (
    ((), "window.png"),
    (("Down",) * 4, "window.dcm"),
)
WINDOW = "2000/500"
# How the copy that is registered lies: 15° about the axis of the body, and 20 mm away.
TURN = np.array([[0.9659258, -0.2588190, 0.0], [0.2588190, 0.9659258, 0.0], [0.0, 0.0, 1.0]])
SHIFT_MM = np.array([15.0, -12.0, 6.0])
CORNERS_MM = np.array(list(product((-80.0, 80.0), (-90.0, 90.0), (-40.0, 60.0))))
NEAR_MM = 3.0
START_S = 15.0  # what a start may take; without a screen nothing tells that it is over
PATIENCE_S = float(
    os.environ.get("FUSIONVIEWER_PATIENCE_S", "90")
)  # on a machine that has other work to do


class Failed(Exception):
    """What is not as it should be."""


@dataclass(frozen=True)
class Program:
    """The built program, with folders of its own.

    Attributes:
        path: the program file.
        home: where settings, logs and caches go.
        user: whose rights it has; None for ours.
    """

    path: Path
    home: Path
    user: int | None = None

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "LANG": "C.UTF-8",  # the checks know the window's words in English
            "HOME": str(self.home),
            "QT_QPA_PLATFORM": "offscreen",
            "OMP_NUM_THREADS": "2",
        }

    def run(self, *words: object) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [str(self.path), *map(str, words)],
            env=self.environment, capture_output=True, text=True, timeout=300, check=False,
            cwd="/", user=self.user, group=self.user,
        )  # fmt: skip

    def done(self, *words: object) -> str:
        """What it prints.

        Raises:
            Failed: it did not end well.
        """
        result = self.run(*words)
        if result.returncode:
            raise Failed(f"{' '.join(map(str, words))} gave {result.returncode}: {result.stderr}")
        return result.stdout

    def opened(self, *words: object, display: str = "") -> "subprocess.Popen[str]":
        """It with a window, on `display` or on no screen at all."""
        environment = self.environment
        if display:
            environment |= {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
        return subprocess.Popen(
            [str(self.path), *map(str, words)],
            env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            cwd="/", user=self.user, group=self.user,
        )  # fmt: skip


@dataclass(frozen=True)
class Place:
    """Where a check works: the program, the sample pair and a folder for what it writes."""

    program: Program
    pair: tuple[Path, Path]
    folder: Path


def tells_its_version(place: Place) -> None:
    said = place.program.done("--version")
    expect("fusionviewer" in said, f"--version printed {said!r}")
    expect("DILRAN" in place.program.done("methods"), "methods does not name DILRAN")


def fuses_to_png(place: Place) -> None:
    out = place.folder / "fused.png"
    place.program.done("fuse", *place.pair, "-o", out)
    require_picture(out)


def fuses_to_dicom(place: Place) -> None:
    out = place.folder / "fused.dcm"
    place.program.done("fuse", *place.pair, "-o", out, "--method", "dilran")
    require_dicom(out)


def reads_every_transfer_syntax(place: Place) -> None:
    """Decoders run in a process of their own, which a frozen program has to start from itself."""
    original = sorted(place.pair[0].glob("*.dcm"))[20]
    expected = decoded(original, place)
    for syntax, most in SYNTAXES.items():
        found = decoded(write_packed(original, syntax, place.folder), place)
        away = int(np.abs(found - expected).max())
        expect(away <= most, f"{syntax.name} is {away} grey levels off")


def decoded(path: Path, place: Place) -> "np.ndarray[tuple[int, ...], np.dtype[np.int64]]":
    """Its grey levels: the average of an image and itself is that image."""
    out = place.folder / f"{path.stem}.png"
    place.program.done("fuse", path, path, "-o", out, "--method", "average", "--window-a", WINDOW,
                       "--window-b", WINDOW)  # fmt: skip
    require_picture(out)
    return np.asarray(Picture.open(out).convert("L"), dtype=np.int64)


def registers(place: Place) -> None:
    """A turned copy of the T1 comes back: the transform that is found is the one that turned it."""
    turned, out = place.folder / "turned", place.folder / "found.tfm"
    turned.mkdir()
    for path in sorted(place.pair[1].glob("*.dcm")):
        write_turned(path, turned / path.name)
    place.program.done("register", place.pair[1], turned, "-o", out)
    words = dict(line.split(": ", 1) for line in out.read_text("ascii").splitlines()[2:])
    numbers = np.array(words["Parameters"].split(), dtype=np.float64)
    found = CORNERS_MM @ numbers[:9].reshape(3, 3).T + numbers[9:]
    off = float(np.linalg.norm(found - (CORNERS_MM @ TURN.T + SHIFT_MM), axis=1).max())
    expect(off < NEAR_MM, f"register is {off:.1f} mm off at a corner of the head")


def write_turned(path: Path, out: Path) -> None:
    """A slice whose patient lies elsewhere: turned, shifted, in a frame of reference of its own."""
    slice_ = dcmread(path)
    rows, columns = np.reshape(slice_.ImageOrientationPatient, (2, 3)).astype(np.float64)
    place = TURN @ np.array(slice_.ImagePositionPatient, dtype=np.float64) + SHIFT_MM
    slice_.ImagePositionPatient = [f"{x:.6f}" for x in place]
    slice_.ImageOrientationPatient = [f"{x:.9f}" for x in (*(TURN @ rows), *(TURN @ columns))]
    for name in ("FrameOfReferenceUID", "SeriesInstanceUID"):
        setattr(slice_, name, generate_uid(entropy_srcs=[name, str(getattr(slice_, name))]))
    slice_.SOPInstanceUID = slice_.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    slice_.save_as(out)


def writes_what_others_read(place: Place) -> None:
    """A series with its companions, and NIfTI."""
    folder, volume = place.folder / "series", place.folder / "volume.nii.gz"
    extras = "companion,registration,gsps,blending,advanced"
    place.program.done("fuse", *place.pair, "-o", folder, "--with", extras, "--deidentify")
    classes = {dcmread(path, stop_before_pixels=True).SOPClassUID.name for path in folder.rglob("*")
               if path.is_file()}  # fmt: skip
    expect(len(classes) >= 5, f"the series came with {classes}")
    place.program.done("fuse", *place.pair, "-o", volume)
    expect(volume.stat().st_size > 100_000, "the volume is nearly empty")


def scores(place: Place) -> None:
    pictures = sorted(place.folder.parent.glob("sample/PNG/CT-MRI/*/20.png"))
    said = place.program.done("score", *pictures, pictures[0])
    expect("Mutual information" in said, "score names no mutual information")
    images = [place.folder.parent / "sample" / "PNG" / "CT-MRI" / one for one in ("CT", "MRI")]
    fused = [place.folder / method for method in ("average", "maximum")]
    for folder in fused:
        place.program.done("fuse", *images, "-o", folder, "--method", folder.name)
    said = place.program.done("score", *images, *fused)
    expect("Wilcoxon" in said and "±" in said, "score compares no methods")


def explains_altered_weights(place: Place) -> None:
    """A file of weights that is not the one its card names: a sentence, and no fused image."""
    weights = place.program.path.parent / "_internal" / "resources" / "weights"
    copy = place.folder / "altered"
    shutil.copytree(place.program.path.parent, copy, symlinks=True)
    altered = copy / "_internal" / weights.relative_to(place.program.path.parent / "_internal")
    with (altered / "eh-dran-encoder.onnx").open("r+b") as file:
        file.write(b"altered")
    program = Program(copy / place.program.path.name, place.program.home)
    out = place.folder / "never.png"
    result = program.run("fuse", *place.pair, "-o", out, "--method", "eh-dran")
    expect(result.returncode == 1 and "altered" in result.stderr, result.stderr)
    shutil.rmtree(copy)


def opens_without_a_screen(place: Place) -> None:
    process = place.program.opened(*place.pair)
    log = place.program.home / ".local" / "state" / "FusionViewer" / "log" / "fusionviewer.log"
    stay_open(process, START_S)
    close(process)
    expect(settings_of(place.program).is_file(), "no settings were kept")
    said = log.read_text(encoding="utf-8") if log.is_file() else ""
    expect("ERROR" not in said, said)


def shows_and_exports(place: Place) -> None:
    """The whole of it: two series on the command line, the fused image on the screen, exports."""
    with Screen() as screen:
        process = place.program.opened(*place.pair, display=screen.name)
        try:
            screen.wait_for_window(TITLE, process, PATIENCE_S)
            wait_until(lambda: has_three_images(screen), "the fused image is not on the screen")
            screen.shot().save(ROOT / "build" / "smoke-window.png")
            for keys, name in EXPORTS:
                export(screen, place.folder / name, keys)
            require_picture(place.folder / "window.png")
            require_dicom(place.folder / "window.dcm")
            screen.focus(TITLE)
            screen.keys("ctrl+q")
            expect(process.wait(PATIENCE_S) == 0, "the program did not close well")
        except Failed:
            screen.shot().save(ROOT / "build" / "smoke-failed.png")
            raise
        finally:
            process.kill()
            process.wait()


def starts_where_nothing_can_be_written(place: Place) -> None:
    """Another user, a program folder without rights to write, no home, names that are not ASCII."""
    if os.geteuid() != 0:
        print("  not as another user: that takes root")
        return
    program = Program(place.program.path, Path("/nonexistent"), NOBODY)
    out = place.folder / "von niemandem.png"
    place.folder.chmod(0o777)
    program.done("fuse", *place.pair, "-o", out)
    require_picture(out)
    process = program.opened(*place.pair)
    stay_open(process, START_S)
    close(process)


def hands_files_to_the_first_window(place: Place) -> None:
    """A second start ends at once; the first has its file."""
    with Screen() as screen:
        first = place.program.opened(place.pair[0], display=screen.name)
        try:
            screen.wait_for_window(TITLE, first, PATIENCE_S)
            second = place.program.opened(place.pair[1], display=screen.name)
            expect(second.wait(PATIENCE_S) == 0, "the second start did not end well")
            wait_until(lambda: has_three_images(screen), "the first window did not open the file")
        finally:
            first.kill()
            first.wait()


def starts_with_damaged_settings(place: Place) -> None:
    settings = settings_of(place.program)
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_bytes(b"\x00not settings")
    process = place.program.opened()
    stay_open(process, START_S)
    close(process)


def reports_to_nobody(place: Place) -> None:
    """onnxruntime would keep a number for the computer and what it sends, in the cache of the user."""
    place.program.done("fuse", *place.pair, "-o", place.folder / "seen.png", "--method", "clarus")
    kept = [path.name for path in place.program.home.rglob("*") if "onnx" in path.name.lower()]
    expect(not kept, f"in the home there are {kept}")


CHECKS: tuple[Callable[[Place], None], ...] = (
    tells_its_version,
    fuses_to_png,
    fuses_to_dicom,
    reads_every_transfer_syntax,
    registers,
    writes_what_others_read,
    scores,
    explains_altered_weights,
    opens_without_a_screen,
    shows_and_exports,
    hands_files_to_the_first_window,
    starts_where_nothing_can_be_written,
    starts_with_damaged_settings,
    reports_to_nobody,
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    usual = ROOT / "dist" / "light" / "fusionviewer" / "fusionviewer"
    parser.add_argument("program", type=Path, nargs="?", default=usual)
    parser.add_argument("--only", default="", help="checks with this in their name")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fusionviewer smoke ") as name:
        folder = Path(name)
        folder.chmod(0o755)
        program = placed(arguments.program.resolve(), folder)
        sample = folder / "sample"
        program.done("sample", sample)
        pair = (sample / "DICOM" / "CT", sample / "DICOM" / "T1")
        chosen = [check for check in CHECKS if arguments.only in check.__name__]
        return sum(tried(check, Place(program, pair, folder)) for check in chosen) and 1


def placed(program: Path, folder: Path) -> Program:
    """A copy that nobody may write to, in a folder with spaces and letters that are not ASCII."""
    copy = folder / "Prögramme für Ärzte" / "fusionviewer"
    shutil.copytree(program.parent, copy, symlinks=True)
    for path in (copy, *copy.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & ~0o222)
    return Program(copy / program.name, folder / "home")


def tried(check: Callable[[Place], None], place: Place) -> bool:
    """Whether it failed; says how it went."""
    name, started = check.__name__.replace("_", " "), time.monotonic()
    folder = place.folder / check.__name__
    folder.mkdir()
    try:
        check(Place(place.program, place.pair, folder))
    except (Failed, OSError, subprocess.SubprocessError) as error:
        print(f"FAILED  {name}: {error}", flush=True)
        return True
    print(f"ok      {name} ({time.monotonic() - started:.1f} s)", flush=True)
    return False


def require_picture(path: Path) -> None:
    pixels = np.asarray(Picture.open(path).convert("L"))
    expect(pixels.shape == (256, 256), f"{path.name} is {pixels.shape}")
    expect(len(np.unique(pixels)) > 50, f"{path.name} is nearly empty")


def require_dicom(path: Path) -> None:
    fused = dcmread(path)
    expect(fused.Modality in ("CT", "MR", "OT"), f"modality {fused.Modality}")
    expect(len(fused.SourceImageSequence) == 2, "it does not refer to its two sources")
    expect("DERIVED" in fused.ImageType, f"image type {fused.ImageType}")
    expect(len(np.unique(fused.pixel_array)) > 50, "its picture is nearly empty")


def has_three_images(screen: Screen) -> bool:
    """Three panes with a skull each: the preview of the fused one has none that is white."""
    pixels = np.asarray(screen.shot().convert("L"))
    middle = pixels[150 : pixels.shape[0] // 2, : screen.width_of(TITLE)]
    thirds = np.array_split(middle, 3, axis=1)
    return all((third > 225).mean() > 0.01 for third in thirds)


def export(screen: Screen, path: Path, keys: tuple[str, ...]) -> None:
    """Through the dialog, with the keyboard alone."""
    screen.focus(TITLE)
    screen.keys("ctrl+e")
    wait_until(lambda: screen.has_window(DIALOG), "there is no export dialog")
    screen.focus(DIALOG)
    screen.keys(*keys, "alt+p", "ctrl+a")
    screen.type_text(str(path))
    screen.keys("Return")
    wait_until(path.is_file, f"{path.name} was not written")


def settings_of(program: Program) -> Path:
    return program.home / ".config" / "FusionViewer" / "settings.json"


def stay_open(process: "subprocess.Popen[str]", seconds: float) -> None:
    """Raises: Failed: it ended by itself."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return
    said = process.stderr.read() if process.stderr else ""
    raise Failed(f"it ended with {process.returncode}: {said}")


def close(process: "subprocess.Popen[str]") -> None:
    """Ctrl+C, as a terminal sends it; it closes its window and ends."""
    process.send_signal(2)
    try:
        code = process.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        raise Failed("it did not close") from None
    expect(code == 0, f"it closed with {code}")


def wait_until(condition: Callable[[], bool], otherwise: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > end:
            raise Failed(otherwise)
        time.sleep(0.3)


def expect(condition: bool, otherwise: str) -> None:
    if not condition:
        raise Failed(otherwise)


if __name__ == "__main__":
    sys.exit(main())
