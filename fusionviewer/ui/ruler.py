"""Scale bars in mm, at the bottom and at the left of a pane."""

from dataclasses import dataclass

from PySide6.QtCore import QLineF

SHARE = 0.35  # of the pane's side, at most
LENGTHS_MM = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
LONG_TICK, SHORT_TICK = 7, 4


@dataclass(frozen=True)
class Ruler:
    """How long a bar is, and how many parts it has.

    Attributes:
        label: "5 cm", or "5 mm" below one centimetre.
        pixels: of the screen, from end to end.
    """

    label: str
    pixels: float
    parts: int


def ruler(mm_per_pixel: float, room: float) -> Ruler | None:
    """The longest round bar within `room` screen pixels; None where none has a place."""
    if mm_per_pixel <= 0:
        return None
    fitting = [mm for mm in LENGTHS_MM if mm / mm_per_pixel <= room * SHARE]
    if not fitting:
        return None
    mm = fitting[-1]
    label = f"{mm // 10} cm" if mm >= 10 else f"{mm} mm"
    return Ruler(label, mm / mm_per_pixel, 2 if str(mm)[0] == "2" else 5)


def horizontal(bar: Ruler, left: float, bottom: float) -> list[QLineF]:
    """The bar and its ticks, upwards from `bottom`."""
    lines = [QLineF(left, bottom, left + bar.pixels, bottom)]
    for i in range(bar.parts + 1):
        x = left + bar.pixels * i / bar.parts
        lines.append(QLineF(x, bottom, x, bottom - _tick(i, bar)))
    return lines


def vertical(bar: Ruler, left: float, top: float) -> list[QLineF]:
    """The bar and its ticks, to the right of `left`."""
    lines = [QLineF(left, top, left, top + bar.pixels)]
    for i in range(bar.parts + 1):
        y = top + bar.pixels * i / bar.parts
        lines.append(QLineF(left, y, left + _tick(i, bar), y))
    return lines


def _tick(i: int, bar: Ruler) -> int:
    return LONG_TICK if i in (0, bar.parts) else SHORT_TICK
