"""What the program says, in another language."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import fusionviewer
from fusionviewer import texts
from fusionviewer.texts import in_english, marked, plural, translated
from fusionviewer.texts import text as _


@pytest.fixture
def german() -> Iterator[None]:
    texts.use("de")
    yield
    texts.use("en")


def test_everything_is_english_until_a_language_is_chosen() -> None:
    assert _("Search the settings") == "Search the settings"


@pytest.mark.usefixtures("german")
def test_a_message_is_said_in_the_language_that_is_spoken() -> None:
    assert _("Search the settings") == "Einstellungen durchsuchen"
    assert _("Window preset {number}", number=3) == "Fenstervorgabe 3"


@pytest.mark.usefixtures("german")
def test_a_message_that_nobody_has_translated_is_said_in_english() -> None:
    assert _("No such {thing}", thing="message") == "No such message"  # type: ignore[arg-type]
    assert plural("{count} such", "{count} suches", 2) == "2 suches"


@pytest.mark.usefixtures("german")
def test_nothing_stays_nothing() -> None:
    assert _("") == ""  # the catalogue has its head there
    assert translated("") == ""


@pytest.mark.usefixtures("german")
def test_braces_in_a_value_are_no_placeholders() -> None:
    assert _("Window preset {number}", number="{x}") == "Fenstervorgabe {x}"


@pytest.mark.parametrize("language", ["en", "xx", "../secret"])
def test_a_language_that_is_not_there_is_english(language: str) -> None:
    texts.use("de")
    texts.use(language)
    assert _("Search the settings") == "Search the settings"


def test_a_marked_message_stands_in_its_table_as_it_is() -> None:
    assert marked("Dark") == "Dark"


@pytest.mark.usefixtures("german")
def test_what_goes_into_files_stays_english_and_is_shown_in_german() -> None:
    note = in_english("{kind} was resampled.", kind="PET")
    assert note == "PET was resampled."
    assert translated(note) == "PET wurde neu abgetastet."
    assert translated("A name of a series.") == "A name of a series."


def test_no_function_uses_the_name_of_the_translation_for_something_else() -> None:
    """`for _ in …` makes `_` a variable of the whole function, and `_("…")` in it fails."""
    bad = []
    for path in Path(fusionviewer.__file__).parent.rglob("*.py"):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef | ast.Lambda):
                uses = [n for n in ast.walk(function) if isinstance(n, ast.Name) and n.id == "_"]
                stored = any(isinstance(n.ctx, ast.Store) for n in uses)
                if stored and any(isinstance(n.ctx, ast.Load) for n in uses):
                    bad.append(f"{path.name}:{function.lineno}")
    assert bad == []
