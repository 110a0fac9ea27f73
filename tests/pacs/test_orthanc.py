import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

NAMESPACE = ["unshare", "--net"] if os.name == "posix" and os.geteuid() == 0 else ["unshare", "-rn"]
PLUGIN = "/usr/share/orthanc/plugins/libOrthancDicomWeb.so"
SLICES = slice(15, 25)
# Fused slices, resampled slices, states of two windows and of the colours, two blendings, and how
# they lie to each other.
OBJECTS = 10 + 10 + 3 + 2 + 1


@pytest.fixture(scope="module")
def seen(sample_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What a whole round trip saw."""
    for tool in ("Orthanc", "unshare", "ip"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    if not Path(PLUGIN).exists():
        pytest.skip("Orthanc's DICOMweb plugin is not installed")
    if subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this system allows no network of one's own")
    folder = tmp_path_factory.mktemp("orthanc")
    for name in ("CT", "PET"):
        (folder / name).mkdir()
        for file in sorted((sample_folder / "DICOM" / name).iterdir())[SLICES]:
            shutil.copy(file, folder / name)
    script = Path(__file__).with_name("round_trip.py")
    run = subprocess.run(
        [*NAMESPACE, sys.executable, str(script), str(folder)],
        capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    result: dict[str, object] = json.loads(run.stdout.splitlines()[-1])
    return result


def test_what_was_stored_is_found_and_fetched(seen: dict[str, object]) -> None:
    assert (seen["stored"], seen["CT"], seen["PT"]) == (20, 10, 10)
    assert seen["modalities"] == ["CT", "PT"]


def test_every_object_of_a_bundle_is_accepted(seen: dict[str, object]) -> None:
    assert seen["fused"] == 0
    assert seen["refused"] == []
    assert seen["sent"] == seen["files"] == OBJECTS
    assert seen["after"] == 2 + 7  # the sources, and a series for the images and for each part


def test_what_comes_back_is_what_was_sent_and_refers_to_what_is_there(
    seen: dict[str, object],
) -> None:
    assert seen["all"] == 20 + OBJECTS
    assert seen["same pixels"] is True
    assert seen["lost references"] == []


def test_an_archive_that_sends_on_its_own_reaches_the_receiver(seen: dict[str, object]) -> None:
    assert seen["moved"] == 10


def test_the_archive_vouches_for_what_it_keeps_and_for_nothing_else(
    seen: dict[str, object],
) -> None:
    assert seen["committed"] == OBJECTS
    assert seen["not committed"] == ["“missing.dcm” is not kept by “ORTHANC” (reason 0112)."]


def test_the_web_finds_sends_and_fetches_the_same(seen: dict[str, dict[str, object]]) -> None:
    web = seen["web"]
    assert web["echo"] is True
    assert (web["sent"], web["refused"]) == (OBJECTS, [])
    assert web["studies"] == [False, True]
    assert (web["patients"], web["by name"], web["series"]) == (1, 2, ["10"])
    assert (web["all"], web["one series"]) == (OBJECTS, 10)
    assert web["same pixels"] is True
    assert web["lost references"] == []


def test_an_interrupted_fetch_goes_on_where_it_stopped(seen: dict[str, dict[str, object]]) -> None:
    before, appeared, whole, fetched_then = seen["web"]["went on"]
    assert (before, appeared, whole, fetched_then) == (10, 0, 20 + OBJECTS, 10 + OBJECTS)


def test_a_wrong_password_and_a_wrong_address_are_told_apart(
    seen: dict[str, dict[str, object]],
) -> None:
    said = [text for key, text in seen["web"].items() if key.startswith("refusal")]
    assert "does not accept the user and password" in said[0]
    assert "nothing under this number" in said[1]
