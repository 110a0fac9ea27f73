"""Licences and the bill of materials."""

import json
import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from types import ModuleType

import numpy
import pytest


def dependencies(root: Path) -> set[str]:
    """The names of what FusionViewer depends on."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {re.split(r"[<>=;\[ ]", line)[0] for line in project["dependencies"]}


def test_every_dependency_has_a_licence_and_its_text(root: Path, notices: ModuleType) -> None:
    for name in sorted(dependencies(root)):
        try:
            component = notices.python_package(name)
        except PackageNotFoundError:
            pytest.skip(f"{name} is not installed")
        assert component.licence or component.texts, name
        assert component.texts, f"{name} carries no licence text: add it to packaging/licences"


def test_files_belong_to_the_package_that_brought_them(root: Path, notices: ModuleType) -> None:
    assert notices.owner(numpy.__file__).name == "numpy"
    assert notices.owner(str(root / "fusionviewer" / "paths.py")).name == "fusionviewer"
    assert notices.owner(json.__file__).name == "cpython"
    ours = distribution("fusionviewer").locate_file(distribution("fusionviewer").files[0])
    assert notices.owner(str(ours)) == notices.fusionviewer()
    assert notices.owner("/nowhere/of/nobody.so") is None


def test_the_notice_names_each_part_and_qt_comes_with_the_lgpl(
    tmp_path: Path, notices: ModuleType
) -> None:
    parts = [notices.python_package("PySide6-Essentials"), notices.python_package("numpy")]
    assert notices.write_licences(parts, tmp_path / "licences") == []
    notice = (tmp_path / "licences" / "NOTICE.txt").read_text()
    assert all(f"{part.name} {part.version}: " in notice for part in parts)
    lgpl = (tmp_path / "licences" / "pyside6-essentials" / "LGPL-3.0.txt").read_text()
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in lgpl


def test_a_part_without_a_licence_is_told(tmp_path: Path, notices: ModuleType) -> None:
    nameless = notices.Component("pypi", "nameless", "1.0")
    assert notices.write_licences([nameless], tmp_path / "licences") == ["nameless"]


def test_every_file_of_the_program_is_in_the_bill_once(tmp_path: Path, root: Path) -> None:
    import sbom

    folder = tmp_path / "program"
    (folder / "_internal" / "numpy").mkdir(parents=True)
    for name in ("fusionviewer.txt", "_internal/numpy/__init__.py", "_internal/stray.so"):
        (folder / name).write_bytes(b"x")
    collected = {
        "files": [
            ("numpy/__init__.py", numpy.__file__),
            ("fusionviewer.txt", str(root / "LICENSE")),
        ],
        "modules": [("json", json.__file__)],
    }
    contents = sbom.contents_of(folder, collected)
    assert contents.orphans == ("_internal/stray.so",)
    assert [one.name for one in contents.components] == ["cpython", "fusionviewer", "numpy"]
    document = sbom.bill(contents, folder, "light", sbom.utc(0))
    assert document["specVersion"] == "1.6"
    assert document == sbom.bill(contents, folder, "light", sbom.utc(0))
    inside = [
        file["name"] for part in document["components"] for file in part.get("components", [])
    ]
    assert inside == ["_internal/numpy/__init__.py"]
