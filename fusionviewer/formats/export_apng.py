"""A scroll through the fused slices as an animated PNG, which browsers and viewers play.

Source: PNG, third edition, 11.3.6 (acTL, fcTL, fdAT). Viewers without animation show the first slice.
"""

from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Picture

from fusionviewer.errors import ExportError
from fusionviewer.formats.export_png import png_texts
from fusionviewer.formats.provenance import FusedSlice, Provenance
from fusionviewer.formats.writing import require_same, write_file
from fusionviewer.texts import text as _

FRAME_MS = 100
Check = Callable[[], None]


def export_apng(
    slices: Sequence[FusedSlice],
    path: Path,
    provenance: Provenance,
    *,
    overwrite: bool = False,
    frame_ms: int = FRAME_MS,
    check: Check = lambda: None,
) -> None:
    """Every slice once, in order, again and again; 8 bits, one pixel per voxel.

    Raises:
        ExportError: nothing was written; also where the ending is none of an animated PNG.
        ValueError: no slices.
    """
    if not slices:
        raise ValueError("there are no slices to export")
    if path.suffix.lower() != ".apng":
        raise ExportError(
            _("“{name}” is no name of an animation.", name=path.name), _("End it with .apng.")
        )
    frames = [one.pixels() for one in slices]

    def verify(part: Path) -> None:
        with Picture.open(part) as back:
            require_same(getattr(back, "n_frames", 1) == len(frames), path)
            for i, frame in enumerate(frames):
                check()
                back.seek(i)
                require_same(_shows(back, frame), path)

    data = _encoded(frames, provenance, frame_ms)
    check()
    write_file(path, data, overwrite=overwrite, verify=verify)


def _encoded(frames: Sequence[NDArray[np.generic]], provenance: Provenance, frame_ms: int) -> bytes:
    first, *rest = (Picture.fromarray(np.ascontiguousarray(frame)) for frame in frames)
    buffer = BytesIO()
    first.save(
        buffer, "PNG", save_all=True, append_images=rest, duration=frame_ms, loop=0,
        default_image=False, blend=0, disposal=0, pnginfo=png_texts(provenance),
    )  # fmt: skip
    return buffer.getvalue()


def _shows(back: Picture.Image, frame: NDArray[np.generic]) -> bool:
    return np.array_equal(np.asarray(back.convert("L" if frame.ndim == 2 else "RGB")), frame)
