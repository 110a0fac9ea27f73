"""Memory is measured in a process of its own."""

import sys

import pytest

from training.errors import RunError
from training.memory import peak_memory

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows counts it otherwise")


@pytest.mark.slow
def test_a_network_needs_more_than_a_rule_and_no_more_than_its_feature_maps_would() -> None:
    rule, network = peak_memory("average"), peak_memory("eh-dran", "sfnn-max")
    assert rule is not None
    assert network is not None
    maps = 64 * 256 * 256 * 4 / 1e6  # MB of the features of one image
    assert 2 * maps < network < 60 * maps
    assert 0 <= rule < maps


def test_a_method_that_fails_is_named() -> None:
    with pytest.raises(RunError, match="The memory of nothing could not be measured: ValueError"):
        peak_memory("nothing")
