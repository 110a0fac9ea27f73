"""Brings the catalogues of resources/texts/ up to date with the code: `make texts`.

New messages come into each `.po`, those that are gone leave it, and each `.po` becomes the `.mo` that
the program reads. A message without a translation is named; the program says it in English.
"""

import ast
import io
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
CODE = ROOT / "fusionviewer"
FOLDER = ROOT / "resources" / "texts"
IN_FILES = "in files"  # the context that `texts.translated` looks for

# Entries of tables, and which of their arguments are read by the user: those at these positions, or
# of these names. They need no `marked`.
TABLES: dict[str, tuple[int | str, ...]] = {
    "Action": (0, 1),
    "_slices": (0,),
    "_move": (0,),
    "_tool": (0,),
    "_texts": (0,),
    "_overlay": (0,),
    "_compared": (0,),
    "Row": (1, 2, 3),
    "Column": (0, 1),
    "ExportKind": (0, 1),
    "PartWords": (0, 1),
    "Part": (0, "missing"),
    "Step": (0, 1),
    "Method": (1, 4),
    "Strategy": (1, 5),
    "WeighedStrategy": (1, 4),
    "_sfnn": (1, 2),
    "Rule": (1, 4),
    "Option": (0, 2, "lowest"),
    "Metric": (1, 6, 7),
    "Mode": (1, 3, 4),
    "Setting": (0, 4),
    "Plane": (1,),
    "Shape": (0,),
}

# The same for words that also go into files, and are `translated` on the screen.
TABLES_IN_FILES: dict[str, tuple[int, ...]] = {
    "Preset": (0,),
    "Feature": (1, 2),
}


@dataclass(frozen=True)
class Message:
    """One message; `many` is its second form, where it has two."""

    one: str
    many: str = ""
    context: str = ""

    @property
    def id(self) -> str | tuple[str, str]:
        return (self.one, self.many) if self.many else self.one


class Texts(Catalog):
    """A catalogue whose head says what readers need, and nothing that changes with every writing."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        return [
            ("Language", str(self.locale_identifier)),
            ("Plural-Forms", self.plural_forms),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
        ]


def messages() -> set[Message]:
    """Every message in the code, and the names of the palettes."""
    files = [path for path in CODE.rglob("*.py") if path.parent.name != "cli"]  # it speaks English
    said = {m for path in files for m in messages_of(path.read_text(encoding="utf-8"))}
    palettes = json.loads((ROOT / "resources" / "presets" / "palettes.json").read_text())
    return said | {Message(palette["label"]) for palette in palettes.values()}


def messages_of(code: str) -> Iterator[Message]:
    """Those of one file."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call):
            yield from _messages_of_call(node)


def _messages_of_call(call: ast.Call) -> Iterator[Message]:
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    said = [_literal(argument) for argument in call.args]
    match name:
        case "_" | "marked":
            found = [Message(said[0])]
        case "in_english":
            found = [Message(said[0], context=IN_FILES)]
        case "plural":
            found = [Message(said[0], said[1])]
        case _ if name in TABLES:
            named = {word.arg: _literal(word.value) for word in call.keywords}
            found = [Message(word) for word in _at(said, TABLES[name], named)]
        case _ if name in TABLES_IN_FILES:
            found = [Message(word, context=IN_FILES) for word in _at(said, TABLES_IN_FILES[name])]
        case _:
            found = []
    yield from (message for message in found if message.one)


def _at(
    said: list[str],
    places: tuple[int | str, ...],
    named: Mapping[str | None, str] = MappingProxyType({}),
) -> list[str]:
    there = dict(enumerate(said)) | named
    return [there[place] for place in places if place in there]


def _literal(argument: ast.expr) -> str:
    """The words of an argument; "" where it is none, or a name that stands for them."""
    constant = isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    return argument.value if constant else ""  # type: ignore[attr-defined]


def updated(path: Path) -> Catalog:
    """The catalogue of this file with the messages of the code, and no others."""
    old = catalogue_at(path)
    new = Texts(locale=path.stem, charset="utf-8", fuzzy=False)
    new.header_comment = old.header_comment
    for message in messages():
        known = old.get(message.one, message.context or None)
        string = known.string if known else ""
        new.add(message.id, string, context=message.context or None)
    return new


def catalogue_at(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.stem)


def as_po(catalogue: Catalog) -> bytes:
    return _written(write_po, catalogue, width=100, sort_output=True)


def as_mo(catalogue: Catalog) -> bytes:
    return _written(write_mo, catalogue)


def _written(write: Callable[..., None], *args: Any, **options: Any) -> bytes:
    buffer = io.BytesIO()
    write(buffer, *args, **options)
    return buffer.getvalue()


def untranslated(catalogue: Catalog) -> list[str]:
    """The messages that lack a form, with their contexts."""
    return [
        f"{m.context}: {m.id}" if m.context else str(m.id)
        for m in catalogue
        if m.id and not all(m.string if isinstance(m.string, tuple) else (m.string,))
    ]


def main() -> int:
    missing = 0
    for path in sorted(FOLDER.glob("*.po")):
        catalogue = updated(path)
        path.write_bytes(as_po(catalogue))
        path.with_suffix(".mo").write_bytes(as_mo(catalogue))
        lacking = untranslated(catalogue)
        for message in lacking:
            print(f"{path.name}: not translated: {message}", file=sys.stderr)
        missing += len(lacking)
        print(f"{path.name}: {len(catalogue)} messages, {len(lacking)} without translation")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
