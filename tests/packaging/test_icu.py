"""ICU's data, as the built program has it."""

import subprocess
import sys
from pathlib import Path

import PySide6
import pytest

QT = Path(PySide6.__file__).parent / "Qt" / "lib"

# The library that is loaded first is the one that the others find. Swedes sort ä after z, and a
# Turkish i in capitals keeps its dot.
SORTED = """
import ctypes, functools, sys
ctypes.CDLL(sys.argv[1])
from PySide6.QtCore import QCollator, QLocale
for language in ("en", "de", "sv", "cs", "zh", "ja", "tr"):
    collator = QCollator(QLocale(language))
    words = ["z", "ä", "ch", "c", "h", "a", "10", "9", "ö", "乙", "丁", "い", "あ", "ı", "i"]
    keys = {word: collator.sortKey(word) for word in words}
    order = sorted(words, key=functools.cmp_to_key(lambda a, b: keys[a].compare(keys[b])))
    number = QLocale(language).toString(1234567.89)
    print(language, *order, QLocale(language).toUpper("i"), number)
    print(QLocale(language).nativeLanguageName())
maps = open("/proc/self/maps").read()
assert sys.argv[1] in maps and maps.count("libicudata.so") == maps.count(sys.argv[1])
"""


@pytest.fixture(scope="module")
def whole() -> Path:
    found = next(QT.glob("libicudata.so.*"), None)
    if found is None:
        pytest.skip("this Qt has no ICU of its own")
    return found.resolve()  # as the system names what it has loaded


def said(library: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", SORTED, str(library)],
        env={"PYTHONIOENCODING": "utf-8", "LC_ALL": "C.UTF-8"},
        capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_qt_sorts_and_writes_all_languages_as_with_the_whole_data(
    whole: Path, tmp_path: Path
) -> None:
    import icu

    cut = tmp_path / whole.name
    icu.write_library(cut, icu.smaller(icu.data_in(whole.read_bytes())))
    assert cut.stat().st_size < whole.stat().st_size / 3
    assert said(cut) == said(whole)


def test_what_is_left_keeps_its_name_its_bytes_and_its_order(whole: Path) -> None:
    import icu

    data = icu.data_in(whole.read_bytes())
    before, after = icu.contents(data), icu.contents(icu.smaller(data))
    assert list(after) == [name for name in before if not icu.is_unused(name)] == sorted(after)
    assert all(after[name].startswith(before[name]) for name in after)
    assert any(name.endswith("/coll/sv.res") for name in after)


def test_a_library_without_the_data_is_refused() -> None:
    import icu

    with pytest.raises(ValueError, match="no ICU data"):
        icu.data_in(b"\x7fELF" + bytes(1000))
