"""From a start to the optimum: SimpleITK's Mattes mutual information at one level."""

from collections.abc import Callable
from typing import Any

import numpy as np

from fusionviewer.imaging.registration_levels import Level, body_box
from fusionviewer.imaging.transform import Kind, Transform, nearest_rotation

Check = Callable[[], object]

BINS = 32
THREADS = 1  # sums in one order, so that numbers repeat to the last bit
SAMPLES = 15_000  # voxels looked at, at most: more cost time and change nothing
DESCENT = {"minStep": 0.01, "relaxationFactor": 0.85, "gradientMagnitudeTolerance": 1e-8}
ITERATIONS = 60
RESTARTS = (1.0, 0.5, 0.25)  # first steps, as shares: a descent that is stuck goes on again


def refined(
    fixed: Level,
    moving: Level,
    start: Transform,
    kind: Kind = "rigid",
    *,
    step_mm: float,
    thorough: bool = True,
    seed: int = 1,
    check: Check = lambda: None,
) -> Transform | None:
    """The optimum near `start`; None when the images lose each other on the way.

    Args:
        step_mm: the length of the first step; later ones are shorter.
        thorough: descend again from the end, until there is nothing more to gain.
        seed: chooses the voxels that are looked at.

    Raises:
        Exception: whatever `check`, called after every iteration, raises.

    Source: Mattes et al. 2003, doi:10.1109/TMI.2003.809072.
    """
    moved = _parameters(start, kind, body_box(fixed).mean(axis=0))
    for share in RESTARTS if thorough else RESTARTS[:1]:
        method = _method(fixed, moving, step_mm * share, seed)
        method.SetInitialTransform(moved, inPlace=True)
        if not _executed(method, fixed, moving, check):
            return None
    return _transform(moved, kind)


def _executed(method: Any, fixed: Level, moving: Level, check: Check) -> bool:
    """Whether it came to an end; not when no sample lies in both images any more."""
    stopped: list[BaseException] = []
    method.AddCommand(_iteration_event(), lambda: _looked(check, method, stopped))
    try:
        method.Execute(fixed.as_itk(), moving.as_itk())
    except RuntimeError:  # ITK says so when no sample lies in both images any more
        if not stopped:
            return False
    if stopped:
        raise stopped[0]
    return True


def _looked(check: Check, method: Any, stopped: list[BaseException]) -> None:
    """An exception must not cross ITK: it is kept, and raised behind it."""
    try:
        if not stopped:
            check()
    except BaseException as reason:  # noqa: BLE001 - whatever it is, it is raised by the caller
        stopped.append(reason)
        method.StopRegistration()


def _iteration_event() -> Any:
    import SimpleITK as sitk

    return sitk.sitkIterationEvent


def _method(fixed: Level, moving: Level, step_mm: float, seed: int) -> Any:
    import SimpleITK as sitk

    method: Any = sitk.ImageRegistrationMethod()
    method.SetNumberOfThreads(THREADS)
    method.SetNumberOfWorkUnits(THREADS)
    method.SetMetricAsMattesMutualInformation(BINS)
    share = SAMPLES / fixed.values.size
    if share < 1:
        method.SetMetricSamplingStrategy(method.RANDOM)
        method.SetMetricSamplingPercentage(share, seed)
    for level, put in ((fixed, method.SetMetricFixedMask), (moving, method.SetMetricMovingMask)):
        if not level.inside.all():
            put(level.mask_as_itk())
    method.SetInterpolator(sitk.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(
        learningRate=step_mm, numberOfIterations=ITERATIONS, **DESCENT
    )
    method.SetOptimizerScalesFromPhysicalShift()
    return method


def _parameters(start: Transform, kind: Kind, center: Any) -> Any:
    """An ITK transform about `center`, where turning and shifting disturb each other least."""
    import SimpleITK as sitk

    itk: Any = sitk.Euler3DTransform() if kind == "rigid" else sitk.AffineTransform(3)
    linear = start.matrix[:3, :3]
    linear = nearest_rotation(linear) if kind == "rigid" else linear
    itk.SetCenter(center.tolist())
    itk.SetMatrix(linear.ravel().tolist())
    itk.SetTranslation((start.apply(center) - center).tolist())
    return itk


def _transform(itk: Any, kind: Kind) -> Transform:
    matrix = np.eye(4)
    matrix[:3, :3] = np.reshape(itk.GetMatrix(), (3, 3))
    if kind == "rigid":
        matrix[:3, :3] = nearest_rotation(matrix[:3, :3])
    center = np.array(itk.GetCenter())
    matrix[:3, 3] = np.array(itk.GetTranslation()) + center - matrix[:3, :3] @ center
    return Transform(matrix, kind)
