import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fusionviewer.workspace.remembered import opening_state, remembered
from fusionviewer.workspace.settings import Settings, load_settings, save_settings
from fusionviewer.workspace.state import ViewState, with_method


def test_settings_come_back_as_they_were_saved(tmp_path: Path) -> None:
    file = tmp_path / "new folder" / "settings.json"
    saved = Settings(width=900, height=700, texts="none", method="laplacian")
    assert save_settings(saved, file)
    assert load_settings(file) == saved


def test_a_damaged_file_is_kept_aside_and_the_one_before_it_used(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    save_settings(Settings(width=900), file)
    save_settings(Settings(width=1000), file)
    file.write_text('{"width": 10')

    assert load_settings(file).width == 900
    assert (tmp_path / "settings.json.damaged").read_text() == '{"width": 10'


def test_a_damaged_file_never_becomes_the_backup(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    save_settings(Settings(width=900), file)
    save_settings(Settings(width=1000), file)
    file.write_text("not json")
    save_settings(Settings(width=1100), file)
    file.write_text("not json either")

    assert load_settings(file).width == 900


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 400), st.binary(max_size=12))
def test_no_content_keeps_the_program_from_starting(
    tmp_path: Path, place: int, junk: bytes
) -> None:
    file = tmp_path / "settings.json"
    good = Settings().model_dump_json(indent=2).encode()
    file.write_bytes(good[:place] + junk + good[place + len(junk) :])
    assert isinstance(load_settings(file), Settings)


@pytest.mark.parametrize("content", ["[" * 100_000, "{}" * 1_000_000, '{"version": 99}'])
def test_hostile_files_are_refused_quickly(tmp_path: Path, content: str) -> None:
    file = tmp_path / "settings.json"
    file.write_text(content)
    assert load_settings(file) == Settings()


def test_settings_of_a_newer_program_lose_only_what_is_unknown(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_text('{"width": 950, "colour": "mauve"}')
    assert load_settings(file).width == 950


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_without_permission_is_no_reason_to_fail(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert not save_settings(Settings(), tmp_path / "settings.json")


def test_a_failed_save_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "settings.json"
    save_settings(Settings(width=900), file)

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert not save_settings(Settings(width=1000), file)
    assert load_settings(file).width == 900
    assert [path.name for path in tmp_path.iterdir()] == ["settings.json"]


def test_the_last_method_and_texts_are_there_at_the_next_start() -> None:
    state = with_method(ViewState(texts="short"), "wavelet")
    kept = remembered(Settings(width=1000, height=700), state)
    again = opening_state(kept)
    assert (again.method, again.texts) == ("wavelet", "short")
    assert (kept.width, kept.height, kept.recent_methods) == (1000, 700, ("wavelet",))


def test_a_method_that_is_gone_becomes_the_default() -> None:
    assert opening_state(Settings(method="removed", strategy="gone")).method == ViewState().method


def test_a_chosen_method_is_there_at_every_start() -> None:
    chosen = Settings(start_method="eh-dran", start_strategy="fer", left_drag="pan")
    again = opening_state(remembered(chosen, with_method(ViewState(), "wavelet")))
    assert (again.method, again.strategy, again.tool) == ("eh-dran", "fer", "pan")
