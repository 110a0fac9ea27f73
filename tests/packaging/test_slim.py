"""What makes the finished program smaller."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy
import pytest


@pytest.mark.skipif(sys.platform != "linux", reason="ELF files are those of Linux")
def test_a_library_with_a_moved_segment_is_not_loadable() -> None:
    from slim import is_loadable

    library = bytearray(Path(numpy._core._multiarray_umath.__file__).read_bytes())
    assert is_loadable(bytes(library))
    start = int.from_bytes(library[32:40], "little")
    size, count = library[54], library[56]
    first = next(at for at in range(start, start + size * count, size) if library[at] == 1)
    library[first + 8] ^= 1  # p_offset: no longer congruent to p_vaddr
    assert not is_loadable(bytes(library))


@pytest.mark.skipif(shutil.which("ld") is None, reason="binutils are not installed")
def test_libraries_go_with_the_last_file_that_needed_them(tmp_path: Path) -> None:
    from slim import drop_orphans

    inside = tmp_path / "_internal"
    (inside / "plugins").mkdir(parents=True)
    empty = tmp_path / "empty.o"
    subprocess.run(["as", "-o", str(empty), "/dev/null"], check=True)

    def link(name: str, *needs: str) -> Path:
        libraries = [str(inside / one) for one in needs]
        words = ["-shared", "-soname", Path(name).name, "-o", str(inside / name), str(empty)]
        command = ["ld", *words, *libraries]
        subprocess.run(command, check=True)
        return inside / name

    deep = link("libdeep.so.1")
    inner = link("libinner.so.1", "libdeep.so.1")
    python = link("libpython3.11.so.1.0")
    plugin = link("plugins/plugin.so", "libinner.so.1")
    drop_orphans(tmp_path)
    assert inner.is_file() and deep.is_file()
    plugin.unlink()
    drop_orphans(tmp_path)
    assert not inner.exists() and not deep.exists() and python.is_file()


def test_of_two_equal_files_one_is_kept_and_the_other_is_a_link_to_it(tmp_path: Path) -> None:
    from slim import link_twins

    (tmp_path / "numpy.libs").mkdir()
    (tmp_path / "scipy.libs").mkdir()
    library, twin = (tmp_path / f"{one}.libs" / "libgfortran.so" for one in ("numpy", "scipy"))
    other = tmp_path / "other.so"
    library.write_bytes(b"g" * 20_000)
    twin.write_bytes(b"g" * 20_000)
    other.write_bytes(b"h" * 20_000)
    link_twins(tmp_path)
    assert twin.readlink() == Path("../numpy.libs/libgfortran.so")
    assert twin.read_bytes() == library.read_bytes()
    assert not library.is_symlink() and not other.is_symlink()
