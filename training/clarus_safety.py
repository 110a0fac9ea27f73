"""What scores do not see: structures that only one source has must stay, and none may be made up.

Images are (B, 1, H, W) within 0…1. What was planted by us is known exactly, so its loss is too.
"""

import math
from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from fusionviewer.imaging.structures import (
    DIRECTIONS,
    KEPT,
    REACH,
    SLOPE_OF_A_STEP,
    SMOOTHING,
    STRONG,
)
from training.errors import DataError
from training.planted import SIDE, SLICES, cases

PLANTED = 3  # ellipses in an image
WANTED = 0.3  # of the height of a planted structure, in the fused image
ALLOWED = 1.15  # times as steep as the steepest that a source has nearby
LOST = 1.3 * KEPT  # of a strong slope, asked for nearby
CLOSER = 0.25  # of the 4 mm between slices of a digital head: neighbours in thin slices
FLAT = 0.04  # height of a step that is nobody's loss
PHANTOMS = 150  # slices of digital heads, two heads of each kind
PHANTOM_SEED = 1  # heads of the training; `training.planted` counts on others


def planted(images: Tensor, others: Tensor, places: int = 1) -> tuple[Tensor, Tensor]:
    """The images with a few soft ellipses each, brighter or darker, and what that changed.

    3 to 14 pixels long, 0.1 to 0.5 high before clipping, where the image is not black. Each lies at
    that one of some random `places` where the other source is brightest, and hides it most.
    """
    changed = images
    for _ in range(PLANTED):
        changed = (changed + _ellipse(others, places)).clamp(0.004, 1)
    changed = torch.where(images > 0, changed, images)
    return changed, changed - images


def _ellipse(others: Tensor, places: int) -> Tensor:
    """One ellipse for each image, as what it adds, (B, 1, H, W)."""
    height, width = others.shape[-2:]
    where = others.device

    def drawn(low: float, high: float) -> Tensor:
        """A number for each image, by the CPU's generator: the same on every device."""
        return torch.empty(len(others), 1, 1, 1).uniform_(low, high).to(where)

    def hidden() -> tuple[Tensor, Tensor]:
        """Row and column of each."""
        found = [(drawn(0.1, 0.9) * height, drawn(0.1, 0.9) * width) for _ in range(places)]
        rows, columns = (torch.cat(each, dim=1)[..., 0, 0] for each in zip(*found, strict=True))
        images = torch.arange(len(others), device=where)
        light = others[images[:, None], 0, rows.long(), columns.long()]  # B places
        best = light.argmax(dim=1)
        row, column = (each[images, best].view(-1, 1, 1, 1) for each in (rows, columns))
        return row, column

    rows = torch.arange(height, device=where).view(1, 1, -1, 1)
    columns = torch.arange(width, device=where).view(1, 1, 1, -1)
    row, column = hidden()
    y, x = rows - row, columns - column
    turn = drawn(0, math.pi)
    along, across = x * turn.cos() + y * turn.sin(), y * turn.cos() - x * turn.sin()
    long = drawn(3, 14)
    wide = long * drawn(0.4, 1)
    inside = torch.sigmoid((1 - torch.hypot(along / long, across / wide)) * wide * 2)
    size = drawn(0.1, 0.5)
    sign = torch.randint(0, 2, (len(others), 1, 1, 1)).mul(2).sub(1).to(where)
    return size * sign * inside


def missing(before: Tensor, after: Tensor, change: Tensor, around: int = 7) -> Tensor:
    """How much of a planted `change` does not show between two fused images, 0 (enough does)…

    Compared in means over `around` pixels, an odd number: more than 1 lets a structure show more at
    its edge than inside.
    """
    wanted, got = (
        F.avg_pool2d(x, around, 1, around // 2)
        for x in (change.abs(), (after - before) * change.sign())
    )
    short = (WANTED * wanted - got).clamp(min=0)
    return short.sum() / (change.abs().sum() + 1e-3)


def invented(a: Tensor, b: Tensor, fused: Tensor) -> Tensor:
    """Slopes of the fused image beyond what a source has nearby in that direction: a scalar.

    As heights of steps; a softer form of `imaging.structures`.
    """
    slopes = [_slopes(x) for x in (a, b, fused)]
    total = fused.new_zeros(())
    for i in range(DIRECTIONS):
        turn = math.pi * i / DIRECTIONS
        of_a, of_b, of_fused = (
            (down * math.sin(turn) + across * math.cos(turn)).abs() for down, across in slopes
        )
        support = F.max_pool2d(torch.maximum(of_a, of_b), 2 * REACH + 1, 1, REACH)
        total = total + (of_fused - ALLOWED * support - FLAT).clamp(min=0).mean()
    return total


def lost(a: Tensor, b: Tensor, fused: Tensor) -> Tensor:
    """How much of the steepest slopes of the sources the fused image lacks nearby: a scalar.

    As heights of steps; `imaging.structures` calls a slope lost by the same rule, with less asked for.
    """
    of_a, of_b, of_fused = (
        (down.square() + across.square() + 1e-8).sqrt()
        for down, across in map(_slopes, (a, b, fused))
    )
    steepest = torch.maximum(of_a, of_b)
    near = F.max_pool2d(of_fused, 2 * REACH + 1, 1, REACH)
    short = (LOST * steepest - near).clamp(min=0)
    return (short * (steepest >= STRONG)).mean()


def flicker(here: tuple[Tensor, Tensor, Tensor], there: tuple[Tensor, Tensor, Tensor]) -> Tensor:
    """How much more the fused image changes from slice to slice than a source does there: a scalar.

    Each slice is both sources and the fused image.
    """
    of_a, of_b, of_fused = ((y - x).abs() for x, y in zip(here, there, strict=True))
    return (of_fused - torch.maximum(of_a, of_b)).clamp(min=0).mean()


def _slopes(x: Tensor) -> tuple[Tensor, Tensor]:
    """Down and across, of the image smoothed by a Gaussian, as heights of steps."""
    taps = torch.arange(-3, 4, dtype=x.dtype, device=x.device)
    smooth = torch.exp(-taps.square() / (2 * SMOOTHING**2))
    smooth = smooth / smooth.sum()
    slope = taps * smooth / float(SLOPE_OF_A_STEP) / SMOOTHING**2
    padded = F.pad(x, (3, 3, 3, 3), mode="replicate")
    down = F.conv2d(F.conv2d(padded, slope.view(1, 1, -1, 1)), smooth.view(1, 1, 1, -1))
    across = F.conv2d(F.conv2d(padded, smooth.view(1, 1, -1, 1)), slope.view(1, 1, 1, -1))
    return down, across


def with_phantoms(pairs: Tensor, count: int, kind: str = "") -> Tensor:
    """The batch (B, 2, H, W) with digital heads, of one kind or of all, in place of its last `count`.

    Raises:
        DataError: the batch is too small, or its images too large.
    """
    if not count:
        return pairs
    height, width = pairs.shape[-2:]
    if count > len(pairs) or max(height, width) > SIDE:
        raise DataError(
            f"{count} digital heads of {SIDE}×{SIDE} pixels do not stand in for pairs in a batch of "
            f"{len(pairs)} with {width}×{height}.",
            "Set fewer phantoms, a larger batch or a smaller crop in the recipe.",
        )
    heads = [head for of, head in phantoms() if of == kind] or [head for _, head in phantoms()]
    crops = []
    for _ in range(count):
        head = heads[int(torch.randint(len(heads), ()))]
        top = int(torch.randint(head.shape[-2] - height + 1, ()))
        left = int(torch.randint(head.shape[-1] - width + 1, ()))
        crops.append(head[:, top : top + height, left : left + width])
    return torch.cat((pairs[:-count], torch.stack(crops).to(pairs)))


def neighbours(height: int, width: int, kind: str) -> tuple[Tensor, Tensor]:
    """Two slices of a digital head, 1 mm apart, with one crop: (1, 2, height, width) each.

    Between slices that are 4 mm apart, linear. `kind` may be one without heads, which takes any.
    """
    heads = phantoms()
    places = [i for i in range(len(heads) - 1) if (i + 1) % SLICES]
    places = [i for i in places if heads[i][0] == kind] or places
    place = places[int(torch.randint(len(places), ()))]
    one, other = heads[place][1], heads[place + 1][1]
    top = int(torch.randint(one.shape[-2] - height + 1, ()))
    left = int(torch.randint(one.shape[-1] - width + 1, ()))
    one, other = (x[None, :, top : top + height, left : left + width] for x in (one, other))
    return one, one + CLOSER * (other - one)


@lru_cache(maxsize=1)
def phantoms() -> list[tuple[str, Tensor]]:
    """Slices of digital heads with the kind of each, pairs of (2, 256, 256), `PHANTOMS` in all."""
    drawn = cases(PHANTOMS, PHANTOM_SEED)
    return [(x.task, torch.from_numpy(np.stack(x.clean))) for x in drawn]
