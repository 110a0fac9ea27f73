import numpy as np
import pytest
from builders import make_shown

from fusionviewer.fusion.fuse import fuse_slice
from fusionviewer.fusion.methods import METHODS, SELECTABLE
from fusionviewer.fusion.options import Option, Value, as_text
from fusionviewer.fusion.runtime import Runtimes

TABLE = {
    f"{owner} {name}": (owner, name, option)
    for owner, one in {**METHODS, **SELECTABLE}.items()
    for name, option in one.options.items()
}
COUNT = Option("Scales", 4, "How many.", low=1, high=8)
SHARE = Option("Opacity", 0.5, "How much.", low=0, high=1)
SIZES = Option("Windows", (16, 32), "Sides.", ((16, 32), (64,)))


def extremes(option: Option) -> tuple[Value, ...]:
    kind = type(option.default)
    return option.choices or (kind(option.low), kind(option.high))  # type: ignore[call-arg, arg-type]


@pytest.mark.parametrize("entry", TABLE)
def test_every_option_takes_its_default_and_reads_what_it_writes(entry: str) -> None:
    _owner, _name, option = TABLE[entry]
    for value in (option.default, *extremes(option)):
        assert option.takes(value)
        assert option.read(as_text(value)) == value


@pytest.mark.parametrize("entry", TABLE)
def test_every_option_can_have_each_of_its_values(entry: str, runtimes: Runtimes) -> None:
    owner, name, option = TABLE[entry]
    method, strategy = (owner, "") if owner in METHODS else ("eh-dran", owner)
    rows, columns = np.mgrid[0:72, 0:80].astype(np.float32)
    a, b = (make_shown((np.sin(rows / n) * np.cos(columns / 7) + 1) / 2) for n in (5, 11))
    for value in extremes(option):
        if str(value).startswith("vgg19"):  # needs a file: tested with one of its own
            continue
        fused = fuse_slice(a, b, method, strategy, runtimes, {name: value})
        assert np.isfinite(fused.grey).all()


@pytest.fixture(scope="module")
def runtimes() -> Runtimes:
    return Runtimes("onnx")


def test_no_option_of_a_strategy_is_called_like_one_of_a_method_that_takes_it() -> None:
    for method in METHODS.values():
        for strategy in method.strategies:
            assert not set(method.options) & set(SELECTABLE[strategy].options)


@pytest.mark.parametrize(
    ("option", "text"),
    [
        (COUNT, "0"), (COUNT, "9"), (COUNT, "2.5"), (COUNT, "many"), (COUNT, ""), (COUNT, "1e400"),
        (SHARE, "-0.1"), (SHARE, "1.01"), (SHARE, "nan"), (SHARE, "inf"), (SHARE, "half"),
        (SIZES, "16"), (SIZES, "32,16"), (SIZES, "16,"), (SIZES, "16;32"),
    ],
)  # fmt: skip
def test_what_an_option_does_not_take_is_not_read(option: Option, text: str) -> None:
    with pytest.raises(ValueError):
        option.read(text)


@pytest.mark.parametrize("value", [True, 4.0, "4", (4,), None])
def test_a_count_is_a_whole_number_and_nothing_else(value: object) -> None:
    assert not COUNT.takes(value)


def test_an_option_says_what_it_takes() -> None:
    assert COUNT.range == "a whole number from 1 to 8"
    assert SHARE.range == "0 to 1"
    assert SIZES.range == "16,32 or 64"
    assert Option("Wavelet", "a", "", ("a", "b", "c")).range == "a, b or c"
