"""How much memory can be had, asked before it is taken."""

from pathlib import Path

from fusionviewer.errors import InputError
from fusionviewer.texts import text as _

MAX_VOLUME_BYTES = 8 * 2**30


def free_memory() -> int:
    """Bytes that can be had; where the system does not tell, more than we ever take."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        kilobytes = next(line.split()[1] for line in lines if line.startswith("MemAvailable"))
        return int(kilobytes) * 1024
    except (OSError, StopIteration, ValueError):
        return 2 * MAX_VOLUME_BYTES


def is_too_large(size: int) -> bool:
    """Whether so many bytes are more than 8 GiB, or than half of the free memory."""
    return size > min(MAX_VOLUME_BYTES, free_memory() // 2)


def require_memory(name: str, size: int) -> None:
    """Raises: InputError: an image that takes so many bytes once it is resampled is too large."""
    if is_too_large(size):
        raise InputError(
            _(
                "“{name}” resampled would take {size} GiB, more than may be used here.",
                name=name,
                size=f"{size / 2**30:.1f}",
            ),
            _("Close other images, or take a series with larger voxels."),
        )
