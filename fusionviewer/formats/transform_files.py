"""Transforms as ITK text files (.tfm), which 3D Slicer, ANTs and SimpleITK read."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fusionviewer.errors import ExportError, UnreadableFile
from fusionviewer.formats.writing import write_file
from fusionviewer.imaging.transform import (
    MAX_STRETCH,
    MIN_DETERMINANT,
    Transform,
    is_overstretched,
    nearest_rotation,
)
from fusionviewer.texts import marked
from fusionviewer.texts import text as _

ENDINGS = (".tfm", ".txt")
MAX_BYTES = 100_000
HEAD = "#Insight Transform File V1.0"
_HINT = marked("It takes ITK text files with one rigid or affine transform of 3 dimensions.")
ALMOST_RIGID = 1e-3


def write_transform(transform: Transform, path: Path, *, overwrite: bool = False) -> None:
    """`transform` as an ITK AffineTransform, which also carries a rigid one without rounding.

    Raises:
        ExportError: nothing was written.
    """
    if path.suffix.lower() not in ENDINGS:
        raise ExportError(
            _("“{name}” is not the name of a transform.", name=path.name), _("End it with .tfm.")
        )
    numbers = [*transform.matrix[:3, :3].ravel(), *transform.matrix[:3, 3]]
    lines = (
        HEAD,
        "#Transform 0",
        "Transform: AffineTransform_double_3_3",
        "Parameters: " + " ".join(repr(float(x)) for x in numbers),
        "FixedParameters: 0 0 0",
    )
    write_file(path, ("\n".join(lines) + "\n").encode("ascii"), overwrite=overwrite)


def read_transform(path: Path) -> Transform:
    """The transform in a file, from the fixed image to the moving one; rigid where it is one.

    Raises:
        UnreadableFile: no such file, not one rigid or affine transform, or one that mirrors, or
            stretches by more than two examinations of one patient differ.

    Source: itkTransformFile, insightsoftwareconsortium.github.io (MatrixOffsetTransformBase,
    Euler3DTransform, VersorRigid3DTransform: the order of their parameters).
    """
    fields = _fields(path, _text(path))
    name = fields.get("Transform", "").removesuffix("_double_3_3").removesuffix("_float_3_3")
    numbers, center = (_numbers(path, fields.get(k, "")) for k in ("Parameters", "FixedParameters"))
    if name not in _LINEAR:
        raise UnreadableFile(path, _("holds a transform of another kind"), _HINT)
    if len(center) not in (3, 4) or len(numbers) != _COUNTS[name]:
        raise UnreadableFile(path, _("is cut off or damaged: numbers are missing"), _HINT)
    linear = _LINEAR[name](numbers, center)
    _check_is_of_a_patient(path, linear)
    middle, matrix = center[:3], np.eye(4)
    matrix[:3, :3] = linear
    matrix[:3, 3] = numbers[-3:] + middle - linear @ middle
    try:
        return _as_rigid(matrix) or Transform(matrix, "affine")
    except ValueError as error:
        raise UnreadableFile(path, _("holds a transform that cannot be undone"), _HINT) from error


def _check_is_of_a_patient(path: Path, linear: NDArray[np.float64]) -> None:
    if np.linalg.det(linear) < 0:
        raise UnreadableFile(
            path,
            _("holds a transform that mirrors: it would exchange sides of the patient"),
            _("Save the transform again, without the mirroring."),
        )
    if abs(np.linalg.det(linear)) >= MIN_DETERMINANT and is_overstretched(linear):
        raise UnreadableFile(
            path,
            _(
                "holds a transform that stretches or shrinks by more than {times:g} times",
                times=MAX_STRETCH,
            ),
            _("No two examinations of one patient differ so much: check how it was made."),
        )


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UnreadableFile(path, _("is too large for a transform"), _HINT)
        text = path.read_text(encoding="ascii")
    except FileNotFoundError as error:
        raise UnreadableFile(path, _("does not exist")) from error
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(path, _("is not a transform that can be read"), _HINT) from error
    if not text.startswith("#Insight Transform File"):
        raise UnreadableFile(path, _("is not an ITK transform file"), _HINT)
    return text


def _fields(path: Path, text: str) -> dict[str, str]:
    lines = [line.partition(":") for line in text.splitlines() if not line.startswith("#")]
    fields = {label.strip(): value.strip() for label, colon, value in lines if colon}
    if sum(label.strip() == "Transform" for label, *_rest in lines) != 1:
        raise UnreadableFile(path, _("does not hold exactly one transform"), _HINT)
    return fields


def _numbers(path: Path, text: str) -> NDArray[np.float64]:
    try:
        numbers = np.array([float(part) for part in text.split()])
    except ValueError as error:
        raise UnreadableFile(path, _("holds something that is not a number"), _HINT) from error
    if not np.isfinite(numbers).all():
        raise UnreadableFile(path, _("holds a number that is not finite"), _HINT)
    return numbers


def _nine(numbers: NDArray[np.float64], _center: NDArray[np.float64]) -> NDArray[np.float64]:
    return numbers[:9].reshape(3, 3)


def _euler(numbers: NDArray[np.float64], center: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turns about z, x, y (or, with the flag set, z, y, x), in radians."""
    x, y, z = (_about(axis, angle) for axis, angle in enumerate(numbers[:3]))
    return z @ y @ x if len(center) == 4 and center[3] else z @ x @ y


def _about(axis: int, angle: float) -> NDArray[np.float64]:
    i, j = (axis + 1) % 3, (axis + 2) % 3
    turn = np.eye(3)
    turn[i, i] = turn[j, j] = np.cos(angle)
    turn[j, i], turn[i, j] = np.sin(angle), -np.sin(angle)
    return turn


def _versor(numbers: NDArray[np.float64], _center: NDArray[np.float64]) -> NDArray[np.float64]:
    x, y, z = numbers[:3]
    w = np.sqrt(max(1 - x * x - y * y - z * z, 0.0))
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


_LINEAR = {
    "AffineTransform": _nine,
    "MatrixOffsetTransformBase": _nine,
    "Rigid3DTransform": _nine,
    "Euler3DTransform": _euler,
    "VersorRigid3DTransform": _versor,
}
_COUNTS = {name: 6 if read in (_euler, _versor) else 12 for name, read in _LINEAR.items()}


def _as_rigid(matrix: NDArray[np.float64]) -> Transform | None:
    """Without the rounding of the file; None when it stretches or mirrors."""
    turn = nearest_rotation(matrix[:3, :3])
    if np.abs(turn - matrix[:3, :3]).max() > ALMOST_RIGID:
        return None
    rigid = matrix.copy()
    if np.abs(turn @ turn.T - matrix[:3, :3] @ matrix[:3, :3].T).max() > 1e-12:
        rigid[:3, :3] = turn
    return Transform(rigid)
