"""Archives under a name, their secrets, and other examinations of the same patient."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail
from pydicom.dataset import Dataset

from fusionviewer.cli.main import run_command
from fusionviewer.errors import PacsError
from fusionviewer.pacs.archive import Archive
from fusionviewer.pacs.priors import days_between, priors
from fusionviewer.pacs.secrets import VARIABLE, keep_secret, secret_of
from fusionviewer.pacs.web import WebArchive
from fusionviewer.paths import settings_file
from fusionviewer.workspace.archives import archive_of, entry_at, with_archive

Serve = Callable[..., Archive]


class Memory(KeyringBackend):
    """A key store that forgets everything at the end of the test."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Memory]:
    monkeypatch.delenv(VARIABLE, raising=False)
    before, memory = keyring.get_keyring(), Memory()
    keyring.set_keyring(memory)
    yield memory
    keyring.set_keyring(before)


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def run(*words: str) -> int:
    return run_command(["pacs", *words])


def test_an_archive_is_called_by_the_name_that_it_was_given(
    serve: Serve, capsys: pytest.CaptureFixture[str]
) -> None:
    there = serve(EVT_C_ECHO=lambda _event: 0x0000)
    assert run("archives", "add", "home", f"FAKE@127.0.0.1:{there.port}") == 0
    assert run("echo", "home") == 0
    assert "home answers" in capsys.readouterr().out
    assert run("archives", "remove", "home") == 0
    assert run("echo", "home") == 1
    assert "No archive is called “home”" in capsys.readouterr().err


def test_a_password_is_in_the_key_store_and_nowhere_else(
    store: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("getpass.getpass", lambda _words: "geheim")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    assert run("archives", "add", "web", "https://pacs.example/dicom-web", "--user", "reader") == 0
    assert list(store.kept.values()) == ["geheim"]
    assert "geheim" not in settings_file().read_text()
    assert secret_of("web") == "geheim"
    assert run("archives", "remove", "web") == 0
    assert store.kept == {}


def test_without_a_key_store_the_way_out_is_told(
    store: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring.set_keyring(fail.Keyring())
    with pytest.raises(PacsError, match="no key store") as refused:
        keep_secret("web", "geheim")
    assert VARIABLE in refused.value.hint
    monkeypatch.setenv(VARIABLE, "from outside")
    assert secret_of("web") == "from outside"


def test_a_password_that_was_never_entered_is_asked_for(store: Memory) -> None:
    with pytest.raises(PacsError, match="is not known"):
        secret_of("web")


def test_both_kinds_become_what_the_network_part_talks_to() -> None:
    dimse = entry_at("a", "PACS@[::1]:104", receive_host="10.0.0.7", receive_port=11112)
    assert archive_of(dimse) == Archive("::1", 104, "PACS", receiver=("10.0.0.7", 11112))
    web = entry_at("b", "https://h/dicom-web", user="u", secret="token")
    assert archive_of(web, "t") == WebArchive("https://h/dicom-web", user="u", token="t")
    changed = with_archive((dimse, web), dimse.model_copy(update={"name": "c"}), "a")
    assert [one.name for one in changed] == ["b", "c"]


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("", "P@h:1"),
        ("a@b", "P@h:1"),
        ("a", "nothing"),
        ("a", "P@h:70000"),
        ("a", "P" * 17 + "@h:1"),
    ],
)
def test_what_cannot_be_set_up_is_refused(name: str, address: str) -> None:
    with pytest.raises(PacsError):
        archive_of(entry_at(name, address))


STUDIES = {"2.25.1": ("P1", "20240301", "19700102"), "2.25.2": ("P1", "20240220", "19700102"),
           "2.25.3": ("P10", "20240301", "19700102"), "2.25.4": ("P1", "20240301", "19991231")}  # fmt: skip
SERIES = {"2.25.1": [("CT", 30), ("PT", 40)], "2.25.2": [("MR", 20), ("CT", 9), ("SR", 1)],
          "2.25.3": [("MR", 5)], "2.25.4": [("MR", 5)]}  # fmt: skip


def records(event: Any) -> Iterator[tuple[int, Dataset]]:
    asked = event.identifier
    if asked.QueryRetrieveLevel == "STUDY":
        for uid, (patient, day, birth) in STUDIES.items():
            d = Dataset()
            d.QueryRetrieveLevel, d.StudyInstanceUID = "STUDY", uid
            d.PatientID, d.StudyDate, d.PatientBirthDate = patient, day, birth
            yield 0xFF00, d
    else:
        for modality, count in SERIES[asked.StudyInstanceUID]:
            d = Dataset()
            d.QueryRetrieveLevel, d.StudyInstanceUID = "SERIES", asked.StudyInstanceUID
            d.Modality, d.NumberOfSeriesRelatedInstances = modality, count
            yield 0xFF00, d


def test_priors_are_of_this_patient_of_another_kind_and_the_nearest_first(serve: Serve) -> None:
    archive = serve(EVT_C_FIND=records)
    found = priors(archive, "P1", "CT", "20240301", birth_date="19700102")
    assert [(p.series["Modality"], p.days) for p in found] == [("PT", 0), ("MR", 10)]
    with pytest.raises(ValueError, match="one patient"):
        priors(archive, "*")


def test_priors_are_listed_by_the_command(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    there = serve(EVT_C_FIND=records)
    words = ["--patient", "P10", "--modality", "CT", "--day", "20240228"]
    assert run("priors", f"FAKE@127.0.0.1:{there.port}", *words) == 0
    assert capsys.readouterr().out.split("\t")[:3] == ["20240301", "2 days", "MR"]


@pytest.mark.parametrize("text", ["", "2024", "20241301", "20240230", "abcdefgh"])
def test_what_is_no_date_is_no_distance(text: str) -> None:
    assert days_between(text, "20240301") is None
