import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset

from fusionviewer.cli.main import run_command
from fusionviewer.pacs.archive import Archive

Serve = Callable[..., Archive]


def told(archive: Archive) -> str:
    return f"{archive.title}@{archive.host}:{archive.port}"


def one_study(_event: Any) -> Iterator[tuple[int, Dataset]]:
    d = Dataset()
    d.PatientID, d.PatientName, d.StudyInstanceUID = "JD", "Doe^Jane", "2.25.1"
    yield 0xFF00, d


def test_an_echo_says_that_the_archive_answers(
    serve: Serve, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["pacs", "echo", told(serve(EVT_C_ECHO=lambda _event: 0))]) == 0
    assert "answers" in capsys.readouterr().out


def test_a_search_as_json_is_one_document(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    archive = told(serve(EVT_C_FIND=one_study))
    assert run_command(["pacs", "find", archive, "-w", "PatientID=J*", "--json"]) == 0
    (match,) = json.loads(capsys.readouterr().out)["matches"]
    assert (match["PatientID"], match["StudyInstanceUID"]) == ("JD", "2.25.1")


@pytest.mark.parametrize("words", [["-w", "Nonsense=1"], ["-w", "PatientID"], ["--level", "frame"]])
def test_a_search_that_cannot_be_asked_is_wrong_usage(
    serve: Serve, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["pacs", "find", told(serve(EVT_C_FIND=one_study)), *words]) == 2
    assert capsys.readouterr().out == ""


def test_files_go_there_and_come_back(
    serve: Serve, make_file: Callable[..., Path], make_image: Callable[..., Dataset], tmp_path: Path,
) -> None:  # fmt: skip
    def give(_event: Any) -> Iterator[Any]:
        yield 1
        yield 0xFF00, make_image(1)

    archive = told(serve(EVT_C_STORE=lambda _event: 0, EVT_C_GET=give))
    assert run_command(["pacs", "send", archive, str(make_file(1))]) == 0
    out = tmp_path / "got"
    assert run_command(["pacs", "get", archive, "--study", "2.25.1", "-o", str(out)]) == 0
    assert [f.name for f in out.iterdir()] == ["2.25.100.1.dcm"]


def test_refusal_is_an_error_with_a_sentence(
    serve: Serve, make_file: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    archive = told(serve(EVT_C_STORE=lambda _event: 0xA700))
    assert run_command(["pacs", "send", archive, str(make_file(1))]) == 1
    said = capsys.readouterr().err
    assert "1 of 1 files were not kept" in said
    assert "Traceback" not in said
