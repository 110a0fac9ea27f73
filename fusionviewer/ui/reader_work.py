"""What a blinded reading is made from: its cases, its file, and the pictures of one comparison."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fusionviewer.engine.batch import matched_by_name
from fusionviewer.engine.cancel import CancelToken
from fusionviewer.engine.engine import Engine, Progress
from fusionviewer.engine.request import FuseRequest
from fusionviewer.errors import InputError
from fusionviewer.formats.description import Description
from fusionviewer.formats.reading import describe, open_images
from fusionviewer.imaging.display import opening_look
from fusionviewer.imaging.pair import Pair, make_pair
from fusionviewer.imaging.planes import facing_pair
from fusionviewer.texts import text as _
from fusionviewer.ui.pictures import Pixels, fused_pixels, source_pixels
from fusionviewer.workspace.arrangement import pane_rank
from fusionviewer.workspace.comparing import fused_with
from fusionviewer.workspace.reader import Case, Reading, Recipe, Trial, from_csv, spread_slices
from fusionviewer.workspace.state import ViewState

MAX_BYTES = 10_000_000  # of the file of a reading
SUFFIXES = (".png", ".tif", ".tiff", ".jpg", ".jpeg", ".dcm", ".nii", ".gz")


@dataclass(frozen=True, eq=False)
class TrialPictures:
    """What the reader sees of trial `number`: two fused pictures and their sources."""

    number: int
    left: Pixels
    right: Pixels
    sources: tuple[Pixels, Pixels]
    tallness: float = 1.0


class TrialWorker:
    """Loads and fuses what a trial asks for. `state` is where the open pair and its looks are."""

    def __init__(self, engine: Engine, state: ViewState) -> None:
        self._engine, self._state = engine, state
        self._loaded: tuple[Case, FuseRequest] | None = None

    def __call__(self, trial: Trial, cancel: CancelToken, progress: Progress) -> TrialPictures:
        """
        Raises:
            Cancelled: while loading and between the steps of fusing.
            InputError, WeightsError, FusionError: as loading and fusing.
        """
        request = self._request(trial.case, cancel)
        left, right = (
            fused_pixels(self._engine.fuse(self._fused(request, one), cancel, progress).fused)
            for one in (trial.left, trial.right)
        )
        pair, index = request.pair, request.slice_index
        a, b = (
            source_pixels(image, index, look)
            for image, look in zip((pair.a, pair.b), request.looks, strict=True)
        )
        tall = 1.0 if pair.grid is None else float(pair.grid.spacing[1] / pair.grid.spacing[2])
        return TrialPictures(trial.number, left, right, (a, b), tall)

    def _fused(self, request: FuseRequest, recipe: Recipe) -> FuseRequest:
        """With the usual settings: a reading names methods, and is continued on other days."""
        usual = replace(self._state, options=())
        return fused_with(usual, request, recipe.method, recipe.strategy)

    def _request(self, case: Case, cancel: CancelToken) -> FuseRequest:
        """Everything but the method."""
        if self._loaded is not None and self._loaded[0] == case:
            return self._loaded[1]
        request = self._from_files(case, cancel) if case.first else self._from_open_pair(case)
        self._loaded = case, request
        return request

    def _from_open_pair(self, case: Case) -> FuseRequest:
        request = request_of_open(self._state, case.key)
        if case.slice_index >= request.pair.shape[0]:
            raise InputError(_("The open pair has no slice {number}.", number=case.slice_index + 1))
        return request.at(case.slice_index)

    def _from_files(self, case: Case, cancel: CancelToken) -> FuseRequest:
        images = [open_images(Path(name), cancel.check)[0] for name in (case.first, case.second)]
        a, b = sorted(images, key=pane_rank)
        pair = facing_pair(make_pair(a, b))
        if case.slice_index >= pair.shape[0]:
            raise InputError(
                _(
                    "“{name}” has no slice {number}.",
                    name=Path(case.first).name,
                    number=case.slice_index + 1,
                )
            )
        return FuseRequest(pair, case.slice_index, (opening_look(a), opening_look(b)), "average")


def request_of_open(state: ViewState, key: str) -> FuseRequest:
    """What to fuse of the open pair that a reading names: as it is shown, or with slices as stored.

    Readings are continued that were begun when no stored slice was turned yet.

    Raises:
        InputError: the key is that of other images.
    """
    request = state.request
    for pair in (state.pair, state.stored_pair):
        if request is not None and pair is not None and pair.key == key:
            return replace(request, pair=pair)
    raise InputError(
        _("This reading was made of other images than those that are open."),
        _("Open the images that it was begun with, and continue it then."),
    )


def slices_that_show(pair: Pair, cancel: CancelToken, progress: Progress) -> tuple[int, ...]:
    """The slices of a pair in which neither image is even.

    Raises:
        Cancelled: between two slices; those of an oblique pair take a while to be made.
    """
    found = []
    for i in range(pair.shape[0]):
        cancel.check()
        slices = (image.values[i] for image in (pair.a, pair.b))
        if all(float(values.min()) < float(values.max()) for values in slices):
            found.append(i)
        progress(i + 1, pair.shape[0])
    return tuple(found)


def cases_of_slices(pair: Pair, slices: Sequence[int], wanted: int) -> tuple[Case, ...]:
    """So many of these slices of the open pair, evenly."""
    chosen = [slices[place] for place in spread_slices(len(slices), wanted)]
    return tuple(Case(f"slice {i + 1}", i, pair.key) for i in chosen)


def cases_of_folders(first: Path, second: Path) -> tuple[Case, ...]:
    """Every two files of equal names.

    Raises:
        InputError: no such folder, a file without its partner, or nothing in them.
    """
    for folder in (first, second):
        if not folder.is_dir():
            raise InputError(
                _("“{name}” is no folder.", name=folder.name), _("Choose two folders.")
            )
    pairs = matched_by_name(first, second, SUFFIXES)
    return tuple(Case(a.stem, first=str(a), second=str(b)) for a, b in pairs)


def may_lie_apart(case: Case) -> bool:
    """Whether its files may name two frames of reference: only DICOM names any."""
    return all(name.lower().endswith(".dcm") for name in (case.first, case.second))


def require_one_frame(
    cases: Sequence[Case], cancel: CancelToken, progress: Progress
) -> Sequence[Case]:
    """The cases, from the headers of their files; what does not open is said when its turn comes.

    Raises:
        InputError: a pair is of two patients, or lies in two frames of reference.
        Cancelled: between two files.
    """
    for done, case in enumerate(cases, start=1):
        cancel.check()
        told = [_told(name) for name in (case.first, case.second)]
        if told[0] and told[1] and told[0].patient.contradicts(told[1].patient):
            raise InputError(
                _(
                    "The files named “{name}” belong to different patients.",
                    name=Path(case.first).name,
                ),
                _("Choose two folders with images of the same patients."),
            )
        if len({_frame(one) for one in told} - {""}) > 1:
            raise InputError(
                _(
                    "The files named “{name}” are in different frames of reference.",
                    name=Path(case.first).name,
                ),
                _("Open and register the two series, and read slices of the open pair instead."),
            )
        progress(done, len(cases))
    return cases


def _told(name: str) -> Description | None:
    """What the header of a file says; None where it does not open."""
    try:
        return describe(Path(name))[0]
    except InputError:
        return None


def _frame(told: Description | None) -> str:
    """The frame of reference; "" where there is none, or no geometry."""
    placed = told is not None and told.spacing_mm is not None
    return told.frame_of_reference_uid if told is not None and placed else ""


def read_reading(path: Path) -> Reading:
    """
    Raises:
        InputError: it cannot be read, or is no reading.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ValueError("far too large")
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise InputError(
            _("“{name}” could not be read.", name=path.name),
            _("Choose the CSV file of an earlier reading."),
        ) from error
    return from_csv(text, path.name)
