"""The modules of packaging/, which is no package: they are programs that run from a checkout."""

import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "packaging"), str(ROOT / "packaging" / "linux")]


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def contents() -> ModuleType:
    import contents

    return contents


@pytest.fixture(scope="session")
def notices() -> ModuleType:
    import notices

    return notices
