"""The networks step by step, to compare the fast ones with."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def plain() -> ModuleType:
    """tests/reference/plain_networks.py"""
    path = Path(__file__).parents[1] / "reference" / "plain_networks.py"
    spec = spec_from_file_location("plain_networks", path)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
