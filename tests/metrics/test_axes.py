import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusionviewer.metrics.axes import axis_of
from fusionviewer.metrics.table import METRICS

numbers = st.floats(-1e6, 1e6)


def test_the_best_is_at_1_whichever_way_is_better():
    up, down = axis_of("ssim", [0.2, 0.6, 0.4]), axis_of("nabf", [0.2, 0.6, 0.4])
    assert up is not None and down is not None
    assert [up.place(x) for x in (0.2, 0.4, 0.6)] == pytest.approx([0, 0.5, 1])
    assert [down.place(x) for x in (0.2, 0.4, 0.6)] == pytest.approx([1, 0.5, 0])


def test_what_was_not_among_the_values_lies_outside():
    axis = axis_of("psnr", [20, 30])
    assert axis is not None
    assert axis.place(35) == pytest.approx(1.5)


def test_equal_values_are_in_the_middle():
    axis = axis_of("mi", [3.0, 3.0])
    assert axis is not None and axis.place(3.0) == 0.5


def test_without_a_number_there_is_no_axis():
    assert axis_of("ssim", [None, math.nan, math.inf]) is None


@given(st.sampled_from(sorted(METRICS)), st.lists(numbers, min_size=1))
def test_every_value_it_is_made_of_lies_on_it(name, values):
    axis = axis_of(name, values)
    assert axis is not None
    assert all(0 <= axis.place(value) <= 1 for value in values)
