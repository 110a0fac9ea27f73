"""Which packages the program carries, and the licences of them all.

What is collected is decided by the files that are really in it: each belongs to one component, a
Python package, Python, a system library, the bootloader, or FusionViewer itself.
"""

import functools
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import Distribution, distribution, distributions
from pathlib import Path

from contents import ROOT

HERE = Path(__file__).resolve().parent
TEXTS = HERE / "licences"  # for packages whose wheels carry none
LICENCE_FILE = re.compile(r"licen[cs]e|copying|notice|copyright|authors", re.IGNORECASE)


@dataclass(frozen=True)
class Component:
    """One part of the program that has a version and a licence of its own.

    Attributes:
        kind: as package URLs name it: "pypi", "deb" or "generic".
        licence: as its author writes it, "" when that is only in the text.
        texts: files with the licence.
    """

    kind: str
    name: str
    version: str
    licence: str = ""
    texts: tuple[Path, ...] = ()

    @property
    def purl(self) -> str:
        """The package URL; https://github.com/package-url/purl-spec"""
        where = {"deb": "debian/"}.get(self.kind, "")
        return f"pkg:{self.kind}/{where}{self.name}@{self.version}"


def owner(source: str) -> Component | None:
    """The component that the file `source` of this machine comes from; None when nobody knows."""
    path = Path(source)
    if (name := _package_files().get(_settled(path))) is not None:
        return fusionviewer() if _plain(name) == "fusionviewer" else python_package(name)
    if path.is_relative_to(ROOT) and not path.is_relative_to(Path(sys.prefix)):
        return fusionviewer()
    if _below(path, sys.base_prefix, sys.base_exec_prefix):
        return python()
    return _system_package(str(path)) or _system_package(str(path.resolve()))


def fusionviewer() -> Component:
    return Component("generic", "fusionviewer", _our_version(), "Apache-2.0", (ROOT / "LICENSE",))


def python() -> Component:
    version = ".".join(map(str, sys.version_info[:3]))
    places = (Path(sys.base_prefix), Path(functools.__file__).parent)
    texts = [place / "LICENSE.txt" for place in places if (place / "LICENSE.txt").is_file()]
    texts += [path for path in [Path("/usr/share/doc/python3/copyright")] if path.is_file()]
    return Component("generic", "cpython", version, "PSF-2.0", tuple(texts[:1]))


@functools.cache
def python_package(name: str) -> Component:
    """The installed package of this name.

    Raises:
        PackageNotFoundError: it is not installed.
    """
    found = distribution(name)
    texts = (*_licence_files(found), *sorted((TEXTS / _plain(name)).glob("*")))
    return Component("pypi", _plain(name), found.version, _licence(found), texts)


def write_licences(components: Iterable[Component], folder: Path) -> list[str]:
    """A folder per component with its licence, and an index; the names of those without a text.

    An earlier folder in its place is replaced.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    lines, without = [], []
    for one in sorted(components, key=lambda c: (c.kind, c.name)):
        lines.append(f"{one.name} {one.version}: {one.licence or 'see its text'}")
        if not one.texts:
            without.append(one.name)
            continue
        _copy_texts(one, folder / one.name)
    index = (TEXTS / "NOTICE.txt").read_text(encoding="utf-8") + "\n" + "\n".join(lines) + "\n"
    (folder / "NOTICE.txt").write_text(index, encoding="utf-8", newline="\n")
    return without


def _copy_texts(one: Component, folder: Path) -> None:
    folder.mkdir()
    for number, text in enumerate(one.texts):
        target = folder / text.name
        if target.exists():  # two parts of one package, each with a LICENSE
            target = folder / f"{text.stem}-{number}{text.suffix}"
        shutil.copyfile(text, target)


def _licence_files(found: Distribution) -> list[Path]:
    """Its licence texts, those of the libraries inside its wheel with them."""
    files = found.files or []
    named = [file for file in files if LICENCE_FILE.search(file.name)]
    texts = [
        file
        for file in named
        if file.suffix.lower() in ("", ".txt", ".md", ".rst", ".apache", ".bsd")
    ]
    paths = [Path(str(found.locate_file(file))) for file in texts]
    return [path for path in paths if path.is_file()]


def _licence(found: Distribution) -> str:
    """The licence as the metadata says it, in a line."""
    said = found.metadata
    if expression := said.get("License-Expression"):
        return str(expression)
    classifiers = [c for c in said.get_all("Classifier") or [] if c.startswith("License ::")]
    if classifiers:
        return " and ".join(c.rsplit(" :: ", 1)[-1] for c in classifiers)
    return str(said.get("License") or "").strip().split("\n")[0][:80]


@functools.cache
def _package_files() -> dict[str, str]:
    """Every file of every installed package, and whose it is."""
    owners = {}
    for found in distributions():
        name, folder = found.metadata["Name"], os.path.realpath(str(found.locate_file("")))
        for file in found.files or []:
            owners[os.path.normpath(f"{folder}/{file}")] = name
    return owners


def _settled(path: Path) -> str:
    """The place of a file without links on the way to it: the environment may be reached by one."""
    return f"{_real_folder(str(path.parent))}{os.sep}{path.name}"


@functools.cache
def _real_folder(folder: str) -> str:
    return os.path.realpath(folder)


@functools.cache
def _system_package(path: str) -> Component | None:
    """The Debian package of a system library that was copied in."""
    if shutil.which("dpkg-query") is None:
        return None
    for candidate in dict.fromkeys((path, path.removeprefix("/usr"), f"/usr{path}")):
        asked = subprocess.run(
            ["dpkg-query", "-S", candidate], capture_output=True, text=True, check=False
        )
        if asked.returncode == 0:
            package = asked.stdout.split(": ")[0].split(",")[0]
            return _debian(package)
    return None


def _debian(package: str) -> Component:
    shown = subprocess.run(
        ["dpkg-query", "-W", "-f=${Version}", package], capture_output=True, text=True, check=True
    )
    name = package.split(":", maxsplit=1)[0]
    text = Path(f"/usr/share/doc/{name}/copyright")
    return Component("deb", name, shown.stdout, "", (text,) if text.is_file() else ())


def _our_version() -> str:
    text = (ROOT / "fusionviewer" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'__version__ = "([^"]+)"', text)
    if found is None:
        raise ValueError("fusionviewer/__init__.py names no version")
    return found[1]


def _plain(name: str) -> str:
    """A package's name as the index spells it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _below(path: Path, *folders: str) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)
