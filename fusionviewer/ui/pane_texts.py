"""Where the words on a pane go, so that none covers another and nothing important is cut."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Literal

from fusionviewer.texts import text as _
from fusionviewer.texts import translated
from fusionviewer.ui.badges import flowed, row_height
from fusionviewer.workspace.badges import Badge, badge_of
from fusionviewer.workspace.captions import NOT_DIAGNOSTIC, Captions, Lines

Measure = Callable[[str], int]  # the width of a text in screen pixels
Side = Literal["left", "right", "middle"]
Kind = Literal["plain", "warning", "letter", "badge"]
MARGIN = 8
RULER = 10  # pixels across a ruler, which lies between the edge and the words
BAR = 10  # pixels across a colour bar, which lies at the right edge
BREAK = " · "


@dataclass(frozen=True)
class Text:
    """One line: in (left, top, width) of a pane, at one side of that width."""

    words: str
    left: int
    top: int
    width: int
    side: Side = "left"
    kind: Kind = "plain"
    badge: Badge | None = None


@dataclass(frozen=True)
class Space:
    """A pane: its size, and how large words are in it.

    Attributes:
        notice: it says what it is not for.
        ruled: rulers lie along its left and its lower edge.
        barred: a colour bar lies along its right edge.
        top: pixels at the top that something else lies over.
    """

    width: int
    height: int
    line: int
    measure: Measure
    notice: bool = False
    ruled: bool = False
    barred: bool = False
    top: int = 0

    @property
    def whole(self) -> int:
        return max(self.width - 2 * MARGIN, 0)

    @property
    def bottom(self) -> int:
        """Where the lowest corner text ends."""
        below = (self.line if self.notice else 0) + (RULER // 2 if self.ruled else 0)
        return self.height - MARGIN - below

    @property
    def first(self) -> int:
        """Where the highest corner text begins."""
        return MARGIN + self.top


def laid_out(captions: Captions, space: Space) -> tuple[Text, ...]:
    """Every line of a pane in its place."""
    space = replace(space, ruled=captions.mm_per_pixel > 0)
    top_left = _broken(captions.top_left, space)
    top_right = _apart(captions.top_right, _sizes(top_left, space), space)
    bottom_left, bottom_right = _below(captions, space)
    rows = max(len(top_left), len(top_right))
    badges = list(_badges(captions.warnings, space.first + rows * space.line, space))
    below = badges[-1].top + row_height(space.line) if badges else space.first + rows * space.line
    sentences = (line for line in captions.warnings if badge_of(line) is None)
    warnings = [part for line in sentences for part in _wrapped(translated(line), space)]
    texts = [
        *_corner(top_left, top_right, "left", space, from_top=True),
        *_corner(top_right, top_left, "right", space, from_top=True),
        *_corner(bottom_left, bottom_right, "left", space, from_top=False),
        *_corner(bottom_right, bottom_left, "right", space, from_top=False),
        *badges,
        *(
            Text(part, MARGIN, below + i * space.line, space.whole, "left", "warning")
            for i, part in enumerate(warnings)
        ),
    ]
    if space.notice:
        texts.append(Text(_(NOT_DIAGNOSTIC), 0, space.bottom, space.width, "middle", "warning"))
    return (*texts, *_letters(captions, space, texts))


def _badges(sentences: Lines, top: int, space: Space) -> Iterator[Text]:
    """Those that two words can stand for; the same words once."""
    known = {badge.label: badge for line in sentences if (badge := badge_of(line)) is not None}
    places = flowed(known.values(), MARGIN, top, space.whole, space.line, space.measure)
    for badge, left, row, width in places:
        yield Text(badge.label, left, row, width, "left", "badge", badge)


def _corner(
    lines: Lines, opposite: Lines, side: Side, space: Space, *, from_top: bool
) -> Iterator[Text]:
    """Lines at one side, nearest to the edge first; each has what the other side leaves of it."""
    for i, words in enumerate(lines):
        taken = space.measure(opposite[i]) + 2 * MARGIN if i < len(opposite) and opposite[i] else 0
        width = max(space.whole - taken, space.whole // 2) if taken else space.whole
        left = MARGIN if side == "left" else MARGIN + space.whole - width
        top = space.first + i * space.line if from_top else space.bottom - (i + 1) * space.line
        if words:
            yield Text(words, left, top, width, side)


def _sizes(lines: Lines, space: Space, room: Lines = ()) -> list[int]:
    """How wide each line is, or may become."""
    both = zip_longest(lines, room[: len(lines)], fillvalue="")
    return [max(space.measure(line.strip()), space.measure(most)) for line, most in both]


def _apart(lines: Lines, opposite: list[int], space: Space) -> Lines:
    """Lines with gaps, nearest to the edge first, so that none has to be cut for its opposite.

    Where there is no room for so many rows, the lines stay as they are, and `_corner` cuts them.
    """
    rows, most = max(len(lines), len(opposite)), space.height // (3 * space.line)
    found = _staggered(lines, _sizes(lines, space), opposite, space)
    return found if len(found) <= max(rows, most) else lines


def _below(captions: Captions, space: Space) -> tuple[Lines, Lines]:
    """The lower corners, left and right, nearest to the edge first.

    Where not all of them fit side by side, those at the right go above the others: most of them come
    with the cursor, and without it nothing lies over the middle of the picture.
    """
    left, right = captions.bottom_left[::-1], captions.bottom_right[::-1]
    wide = _sizes(right, space, captions.room[::-1])
    for gone in range(len(captions.lesser) + 1):
        kept = tuple(line for line in left if line not in captions.lesser[:gone])
        beside = _staggered(kept, _sizes(kept, space), wide, space)
        if len(beside) <= max(len(left), len(right)):
            return beside, right
    above = _staggered(right, wide, _sizes(kept, space), space)
    return (kept, above) if len(above) <= space.height // (2 * space.line) else (left, right)


def _staggered(lines: Lines, sizes: list[int], opposite: list[int], space: Space) -> Lines:
    """Each in the next row that leaves it enough."""
    placed: list[str] = []
    for line, size in zip(lines, sizes, strict=True):
        room = space.whole - size - 2 * MARGIN
        free = (i for i, other in enumerate(opposite) if i >= len(placed) and other <= max(room, 0))
        row = next(free, max(len(placed), len(opposite)))
        placed += [""] * (row - len(placed)) + [line]
    return tuple(placed)


def _broken(lines: Lines, space: Space) -> Lines:
    """Lines that are too long go on below: at a dot, or else between two words."""
    return tuple(
        piece
        for line in lines
        for part in (line.split(BREAK) if space.measure(line) > space.whole else [line])
        for piece in ([part] if space.measure(part) <= space.whole else _wrapped(part, space))
    )


def _wrapped(line: str, space: Space) -> Iterator[str]:
    """A sentence in as many lines as it needs."""
    now = ""
    for word in line.split():
        longer = f"{now} {word}".strip()
        if now and space.measure(longer) > space.whole:
            yield now
            longer = word
        now = longer
    if now:
        yield now


def _letters(captions: Captions, space: Space, texts: list[Text]) -> Iterator[Text]:
    """At the middle of each edge; those at top and bottom in the first row that is free there, those at the
    sides in the nearest one, and in the middle where there is none.

    Lines that are still empty keep their place, unless that drove a letter far into the picture.
    """
    letters = captions.letters
    middle = (space.height - space.line) // 2
    rows = range(space.first, middle, space.line)
    down = [space.bottom - space.line - (row - space.first) for row in rows]
    taken = [(text.top, *span(text, space.measure)) for text in texts]
    yield from _side_letters(captions, space, taken)
    written = [place for place, text in zip(taken, texts, strict=True) if text.words.strip()]
    for words, tops in ((letters.top, list(rows)), (letters.bottom, down)):
        near = tops[: len(tops) // 2]
        ways = (*((top, taken) for top in near), *((top, written) for top in tops))
        one = Text(words, MARGIN, middle, space.whole, "middle", "letter")
        free = next((top for top, others in ways if _free(one, top, space, others)), None)
        if words and free is not None:
            yield replace(one, top=free)


def _side_letters(
    captions: Captions, space: Space, taken: list[tuple[int, int, int]]
) -> Iterator[Text]:
    """Always there: nothing tells more of a picture."""
    middle = (space.height - space.line) // 2
    off = range(0, middle - space.first, space.line // 2)
    rows = [row for by in off for row in (middle + by, middle - by)]
    left, right = MARGIN + RULER * space.ruled, MARGIN - BAR * space.barred
    sides: tuple[tuple[str, int, Side], ...] = (
        (captions.letters.left, left, "left"),
        (captions.letters.right, right, "right"),
    )
    for words, start, side in sides:
        if words:
            one = Text(words, start, middle, space.whole, side, "letter")
            yield replace(one, top=next((y for y in rows if _free(one, y, space, taken)), middle))


def _free(letter: Text, top: int, space: Space, taken: list[tuple[int, int, int]]) -> bool:
    """Whether it stands at `top` apart from the lines (top, start, end) that are there."""
    start, end = span(letter, space.measure)
    low, high = start - space.line // 2, end + space.line // 2
    return all(
        abs(other - top) >= space.line or last <= low or first >= high
        for other, first, last in taken
    )


def free_row(
    texts: tuple[Text, ...], reach: tuple[float, float], height: int, line: int, measure: Measure
) -> float:
    """The lowest place where a line from `reach[0]` to `reach[1]` stands on no words."""
    bottom = height - MARGIN
    while bottom > height / 2:
        under = [t for t in texts if t.top < bottom + 4 and t.top + line > bottom - line]
        if all(
            end <= reach[0] or start >= reach[1] for start, end in (span(t, measure) for t in under)
        ):
            break
        bottom -= line // 2
    return float(bottom)


def free_height(texts: tuple[Text, ...], height: int, line: int, side: Side = "left") -> float:
    """How tall a bar at one edge may be that has its middle in the middle of the pane."""
    middle = height / 2
    there = [t for t in texts if t.side == side and t.kind != "letter"]
    ends = [middle - (t.top + line) if t.top < middle else t.top - middle for t in there]
    return 2 * max(min(ends, default=middle), 0.0)


def span(text: Text, measure: Measure) -> tuple[int, int]:
    """From where to where a line's words really go."""
    width = text.width if text.badge is not None else min(measure(text.words), text.width)
    left = {
        "left": text.left,
        "right": text.left + text.width - width,
        "middle": text.left + (text.width - width) // 2,
    }[text.side]
    return left, left + width
