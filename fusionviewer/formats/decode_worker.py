"""A process of its own that decodes compressed pixels, so that a codec can crash or hang alone.

It reads requests, one JSON object per line, from its input, and answers each with one line of JSON
and, when that names a shape, the raw pixels. It ends when its input does.
"""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.encaps import get_frame
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.utils import pixel_array
from pydicom.uid import JPEGTransferSyntaxes

from fusionviewer.formats.decode_size import codestream_size

MEMORY_LIMIT_BYTES = 6 * 1024**3
NO_CODEC = "no codec"
DAMAGED = "damaged"
NO_MEMORY = "memory"


def main() -> None:
    """Serve standard input and output until the other side goes away."""
    limit_resources()
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a codec prints must not get between the answers
    serve(sys.stdin.buffer, answers)


def limit_resources() -> None:
    """No core dumps (they would hold a patient's image), no more memory than a frame needs."""
    try:
        import resource
    except ImportError:  # Windows has no such limits
        return
    for which, limit in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_AS, MEMORY_LIMIT_BYTES),
    ):
        with suppress(ValueError, OSError):
            resource.setrlimit(which, (limit, limit))


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    for line in requests:
        try:
            request = json.loads(line)
            for pixels in decoded(Path(request["path"]), request["frames"]):
                _answer(answers, shape=pixels.shape, dtype=pixels.dtype.str)
                answers.write(np.ascontiguousarray(pixels).data)
        except MemoryError:
            _answer(answers, error=NO_MEMORY)
        except NotImplementedError:
            _answer(answers, error=NO_CODEC)
        except Exception:  # noqa: BLE001 - whatever a codec says, the file cannot be shown
            _answer(answers, error=DAMAGED)
        answers.flush()


def _answer(answers: BinaryIO, **what: object) -> None:
    answers.write(json.dumps(what).encode() + b"\n")


def decoded(path: Path, frames: Sequence[int]) -> Iterator[NDArray[Any]]:
    """Frames of a compressed file; YCbCr is turned to RGB.

    Raises:
        NotImplementedError: no codec for its compression is installed.
        Exception: whatever the codec raises for what it cannot read.
    """
    data = dcmread(path, force=True)
    count = int(data.get("NumberOfFrames") or 1)
    for frame in frames:
        stream = get_frame(data.PixelData, frame, number_of_frames=count)
        size = codestream_size(stream)
        if size is not None and size != (data.Rows, data.Columns):
            raise ValueError(f"the picture is {size}, not as large as its header says")
        try:
            pixels = pixel_array(data, index=frame)
        except (RuntimeError, NotImplementedError):  # no plugin, or none that can
            pixels = _by_imagecodecs(data, stream)
        yield pixels


def _by_imagecodecs(data: Dataset, stream: bytes) -> NDArray[Any]:
    """JPEG lossless and 12-bit JPEG, where imagecodecs is installed; pydicom has no plugin."""
    syntax = data.file_meta.TransferSyntaxUID
    if syntax not in JPEGTransferSyntaxes:
        if get_decoder(syntax).is_available:
            raise ValueError("the codec cannot read it")
        raise NotImplementedError
    try:
        from imagecodecs import jpeg_decode
    except ImportError as error:
        raise NotImplementedError from error
    pixels = np.asarray(jpeg_decode(stream))
    signed = int(data.get("PixelRepresentation", 0)) == 1
    return pixels.view(pixels.dtype.str.replace("u", "i")) if signed else pixels


if __name__ == "__main__":
    main()
