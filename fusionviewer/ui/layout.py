"""Where each pane goes: rows and columns for a layout and a window of some size."""

from dataclasses import dataclass

ROW_PREFERRED = 1.15  # side by side, unless another arrangement gives pictures this much larger


@dataclass(frozen=True)
class Cell:
    """A place in the grid of panes, and over how many columns it goes."""

    row: int
    column: int
    columns: int = 1


def cells(count: int, layout: str, width: int, height: int) -> tuple[Cell, ...]:
    """The places of `count` panes in reading order. The last one takes what its row has left."""
    columns = min(2, count) if layout == "quad" else best_columns(count, width, height)
    places = [Cell(i // columns, i % columns) for i in range(count)]
    if places:
        last = places[-1]
        places[-1] = Cell(last.row, last.column, columns - last.column)
    return tuple(places)


def best_columns(count: int, width: int, height: int) -> int:
    """How many panes go side by side so that pictures are large; one row where that is fair."""

    def side(columns: int) -> float:
        return min(width / columns, height / -(-count // columns))

    best = max(range(1, count + 1), key=side)
    return best if side(best) > ROW_PREFERRED * side(count) else count
