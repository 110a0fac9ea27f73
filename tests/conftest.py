"""What every test starts from: no screen, English, settings of its own, the real images where they are."""

import gc
import os
import time
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ |= {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "LANGUAGE": "en"}  # on every machine
if _workers := int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "0")):
    # Processes that share the cores would only wait for each other's threads.
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // _workers)))

import pytest
from hypothesis import settings
from pytestqt.qtbot import QtBot

from fusionviewer.formats.sample import write_sample

settings.register_profile("steady", deadline=None, derandomize=True, max_examples=40)
settings.load_profile("steady")

# How long to wait for a signal before giving up. Five seconds, as it comes, is short on a busy machine.
for _wait in (QtBot.waitSignal, QtBot.waitSignals, QtBot.waitUntil, QtBot.waitCallback):
    _wait.__kwdefaults__["timeout"] = 60_000


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings, caches and logs of a test are its own."""
    for name, folder in (
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_CACHE_HOME", "cache"),
        ("XDG_STATE_HOME", "state"),
        ("XDG_DATA_HOME", "share"),
    ):
        monkeypatch.setenv(name, str(tmp_path / ".xdg" / folder))


@pytest.fixture(autouse=True)
def _cycles_wait_for_the_end(request: pytest.FixtureRequest) -> Iterator[None]:
    """As in the program, where they wait for the end of an event; see `ui.tidying`."""
    if "qtbot" not in request.fixturenames:
        yield
        return
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real images."""
    folder = os.environ.get("FUSIONVIEWER_DATA")
    if not folder:
        pytest.skip("FUSIONVIEWER_DATA does not name a folder of real images")
    return Path(folder)


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample patient, made once by one of all test processes. Nobody may change it."""
    place = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        place = place.parent
    folder = place / "sample-patient"
    try:
        (place / "sample-patient-begun").mkdir()
    except FileExistsError:
        limit = time.monotonic() + 300
        while not folder.exists() and time.monotonic() < limit:  # it appears whole
            time.sleep(0.1)
    if not folder.exists():
        write_sample(folder)
    return folder
