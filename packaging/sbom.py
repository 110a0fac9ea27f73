"""The bill of materials of the built program: CycloneDX 1.6, every file in exactly one component.

Scanners cannot look into such a program, so it is told what is in it.
Source: ECMA-424, CycloneDX 1.6, https://cyclonedx.org/docs/1.6/json/
"""

import hashlib
import json
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from notices import Component, fusionviewer, owner, python

PROGRAMS = ("fusionviewer", "fusionviewer.exe", "FusionViewer.exe", "fusionviewer-cli.exe")
WRITTEN_BY_THE_BUILD = ("resources/build.json", "base_library.zip")


@dataclass(frozen=True)
class Contents:
    """What the program is made of.

    Attributes:
        files: per component, the files in the program's folder that come from it.
        orphans: files of which nobody knows where they come from.
    """

    files: Mapping[Component, tuple[str, ...]]
    orphans: tuple[str, ...]

    @property
    def components(self) -> list[Component]:
        return sorted(self.files, key=lambda one: (one.kind, one.name))


def contents_of(folder: Path, collected: Mapping[str, Iterable[tuple[str, str]]]) -> Contents:
    """Which component each file of the program `folder` comes from.

    Args:
        collected: "files" and "modules" as the spec wrote them: place in the program, and source.
            Modules lie in the program file itself.
    """
    sources = {str(Path(place)): source for place, source in collected["files"]}
    files: dict[Component, list[str]] = defaultdict(list)
    orphans = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink()):
        name = path.relative_to(folder).as_posix()
        found = _made_here(name) or _owner(sources.get(str(Path(name.removeprefix("_internal/")))))
        if found is None:
            orphans.append(name)
        else:
            files[found].append(name)
    for place, source in collected["modules"]:
        found = _owner(source)
        if found is None:
            orphans.append(place)
        elif found not in files:
            files[found] = []
    return Contents({one: tuple(names) for one, names in files.items()}, tuple(orphans))


def bill(contents: Contents, folder: Path, variant: str, built: str) -> dict[str, object]:
    """The document. The serial number follows from what is in it: the same program has the same.

    Args:
        built: when, in ISO 8601.
    """
    ours = fusionviewer()
    parts = [_part(one, contents.files[one], folder) for one in contents.components if one != ours]
    main = _part(ours, contents.files.get(ours, ()), folder) | {"type": "application"}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(parts))}",
        "version": 1,
        "metadata": {
            "timestamp": built,
            "tools": {
                "components": [
                    {
                        "type": "application",
                        "name": "PyInstaller",
                        "version": version("pyinstaller"),
                    }
                ]
            },
            "component": main,
            "properties": [{"name": "fusionviewer:variant", "value": variant}],
        },
        "components": parts,
        "dependencies": [{"ref": ours.purl, "dependsOn": [str(part["bom-ref"]) for part in parts]}],
    }


def utc(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _part(one: Component, files: Iterable[str], folder: Path) -> dict[str, object]:
    part: dict[str, object] = {
        "type": "library",
        "bom-ref": one.purl,
        "name": one.name,
        "version": one.version,
        "purl": one.purl,
    }
    if one.licence:
        part["licenses"] = [{"license": {"name": one.licence}}]
    inside = [_file(folder / name, name) for name in files]
    return part | ({"components": inside} if inside else {})


def _file(path: Path, name: str) -> dict[str, object]:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return {"type": "file", "name": name, "hashes": [{"alg": "SHA-256", "content": digest}]}


def _made_here(name: str) -> Component | None:
    """The owner of what no package brought: the program file is PyInstaller's bootloader."""
    if name in PROGRAMS:
        return _bootloader()
    if name.removeprefix("_internal/") in WRITTEN_BY_THE_BUILD:
        return python() if name.endswith(".zip") else fusionviewer()
    return None


def _bootloader() -> Component:
    from notices import python_package

    return python_package("pyinstaller")


def _owner(source: str | None) -> Component | None:
    return None if source is None else owner(source)
