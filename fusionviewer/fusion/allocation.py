"""Let the C library keep freed memory for the next feature map."""

import ctypes
import sys
from functools import cache

_KEPT = 1 << 30  # bytes
# The parameters of mallopt(3), from <malloc.h>, in glibc's words.
_SETTINGS = {
    -3: 1 << 25,  # M_MMAP_THRESHOLD: the largest value that glibc takes
    -1: _KEPT,  # M_TRIM_THRESHOLD
    -8: 1,  # M_ARENA_MAX: the arenas of other threads give back all the same
}


@cache
def keep_freed_memory() -> bool:
    """Whether it was arranged; only glibc can, and blocks above 32 MiB are left alone.

    A feature map of 64 × 256 × 256 numbers is a new mapping each time otherwise, which the system
    clears page by page: half the time of an encoder in bfloat16. The process keeps up to
    1 GiB that it once used.
    """
    if not sys.platform.startswith("linux"):
        return False
    library = ctypes.CDLL(None)
    if not hasattr(library, "gnu_get_libc_version"):
        return False  # musl has other parameters
    accepted = [library.mallopt(name, value) == 1 for name, value in _SETTINGS.items()]
    return all(accepted)
