"""The catalogues of texts say what the code says."""

import string
from pathlib import Path
from types import ModuleType

import pytest

from fusionviewer.texts import LANGUAGES

LANGUAGE_FILES = sorted(set(LANGUAGES) - {"en"})


@pytest.fixture(scope="session")
def tool() -> ModuleType:
    import texts

    return texts


@pytest.fixture(params=LANGUAGE_FILES)
def po(request: pytest.FixtureRequest, tool: ModuleType) -> Path:
    return tool.FOLDER / f"{request.param}.po"


def slots(message: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(message) if name)


def test_every_message_of_the_code_is_in_the_catalogue_and_no_other(
    po: Path, tool: ModuleType
) -> None:
    there = {(m.context or "", m.id) for m in tool.catalogue_at(po) if m.id}
    assert there == {(m.context, m.id) for m in tool.messages()}, "run `make texts`"


def test_every_message_is_translated_and_none_is_a_guess(po: Path, tool: ModuleType) -> None:
    catalogue = tool.catalogue_at(po)
    assert tool.untranslated(catalogue) == []
    assert [m.id for m in catalogue if m.fuzzy and m.id] == []
    assert not catalogue.obsolete


def test_a_translation_has_the_values_of_its_message(po: Path, tool: ModuleType) -> None:
    for message in tool.catalogue_at(po):
        one, many = message.id if isinstance(message.id, tuple) else (message.id, message.id)
        for said in message.string if isinstance(message.string, tuple) else (message.string,):
            if message.id:
                assert slots(said) in (slots(one), slots(many)), said


def test_the_compiled_catalogue_is_that_of_the_text(po: Path, tool: ModuleType) -> None:
    compiled = tool.as_mo(tool.updated(po))
    assert po.with_suffix(".mo").read_bytes() == compiled, "run `make texts`"


def test_the_catalogue_is_written_as_the_tool_writes_it(po: Path, tool: ModuleType) -> None:
    assert po.read_bytes() == tool.as_po(tool.updated(po)), "run `make texts`"


def test_all_kinds_of_messages_are_found(tool: ModuleType) -> None:
    code = """
_("said", name=1); marked("in a table"); in_english("in a file")
plural("one", "many", 3); Action("&Open", "&File", lambda w: _("inside")); _(a_name)
"""
    found = {(m.context, m.id) for m in tool.messages_of(code)}
    assert found == {
        ("", "said"), ("", "in a table"), ("in files", "in a file"),
        ("", ("one", "many")), ("", "&Open"), ("", "&File"), ("", "inside"),
    }  # fmt: skip


def test_a_message_that_lacks_its_translation_in_one_place_is_named_with_the_place(
    tmp_path: Path, tool: ModuleType
) -> None:
    path = tmp_path / "de.po"
    head = 'msgid ""\nmsgstr ""\n\n'
    path.write_text(
        f'{head}msgctxt "in files"\nmsgid "A word"\nmsgstr ""\n\nmsgid "A word"\nmsgstr "Ein Wort"\n'
    )
    assert tool.untranslated(tool.catalogue_at(path)) == ["in files: A word"]


def test_a_message_that_the_code_changed_leaves_the_catalogue(
    tmp_path: Path, tool: ModuleType
) -> None:
    path = tmp_path / "de.po"
    path.write_text('msgid ""\nmsgstr ""\n\nmsgid "Gone with the wind"\nmsgstr "Fort"\n')
    assert "Gone with the wind" not in tool.as_po(tool.updated(path)).decode()


def test_the_program_is_built_with_its_languages(tool: ModuleType, contents: ModuleType) -> None:
    shipped = {path.name for path, _ in contents.resources(contents.VARIANTS["light"])}
    assert {f"{name}.mo" for name in LANGUAGE_FILES} <= shipped
    assert not any(
        contents.is_unused(f"PySide6/Qt/translations/qtbase_{name}.qm") for name in LANGUAGE_FILES
    )
