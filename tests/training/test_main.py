from pathlib import Path

import pytest

from training.__main__ import main


def test_an_error_is_one_sentence_and_exit_code_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", str(tmp_path / "none.toml")]) == 1
    said = capsys.readouterr().err
    assert said.startswith("The recipe “none.toml” could not be read.")
    assert "Traceback" not in said


def test_wrong_usage_is_exit_code_2() -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["tarin"])
    assert stopped.value.code == 2


def test_an_export_without_a_run_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", str(tmp_path)]) == 1
    assert "There is no checkpoint “last.pt”" in capsys.readouterr().err
