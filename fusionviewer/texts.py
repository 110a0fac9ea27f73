"""What the program says, in the language of whoever sits before it.

The English sentence is the name of a message; `resources/texts/` has the others. Until `use` is
called everything is English, as on the command line, whose output scripts read.

    _("Saved “{name}”.", name=path.name)            said now
    plural("{count} file", "{count} files", count)  said now, by number
    marked("&Open files…")                          stands in a table; `_(action.label)` says it
    in_english("{kind} was resampled.", kind="CT")  for files; `translated(note)` says it on the screen

Values come after translation, by name, for word order differs. `CONTRIBUTING.md` says how the
catalogue is brought up to date.
"""

import re
from functools import cache, lru_cache
from gettext import GNUTranslations, NullTranslations

from fusionviewer.paths import resources

LANGUAGES = {"en": "English", "de": "Deutsch"}
IN_FILES = "in files"  # the context of what `in_english` says, in the catalogue
_ENDS = re.compile(r"(?<=\.) ")  # of sentences
_SLOT = re.compile(r"\{(\w+)[^{}]*\}")

_spoken: NullTranslations = NullTranslations()
_catalogue: dict[str, str] = {}


def use(language: str) -> None:
    """Speak `language`, one of LANGUAGES, from now on; what is on the screen stays as it is."""
    global _spoken, _catalogue
    _spoken, _catalogue = NullTranslations(), {}
    _patterns.cache_clear()
    translated.cache_clear()
    file = resources() / "texts" / f"{language}.mo"
    if language != "en" and file.is_file():
        with file.open("rb") as content:
            spoken = GNUTranslations(content)
        _spoken, _catalogue = spoken, spoken._catalog  # type: ignore[attr-defined]


def text(message: str, /, **values: object) -> str:
    """The message in the language that is spoken, with its values."""
    said = _spoken.gettext(message) if message else ""
    return said.format(**values) if values else said


def plural(one: str, many: str, count: int, /, **values: object) -> str:
    """One of both forms, by `count`, which is also a value of that name."""
    return _spoken.ngettext(one, many, count).format(count=count, **values)


def marked(message: str) -> str:
    """The message as it is; `text` translates it where it is shown."""
    return message


def in_english(message: str, /, **values: object) -> str:
    """The message in English, for files and comparisons; `translated` says it on the screen."""
    return message.format(**values) if values else message


@lru_cache(maxsize=2048)  # it is asked for with every move of the mouse
def translated(sentence: str) -> str:
    """What `in_english` has made, sentence by sentence in the language that is spoken; all else as it is.

    It may come from a file or another process, so it is recognised by its words.
    """
    said = _spoken.pgettext(IN_FILES, sentence)
    if said != sentence:
        return said
    for pattern, said in _patterns():
        if found := pattern.fullmatch(sentence):
            return said.format(**{k: translated(v) for k, v in found.groupdict().items()})
    parts = _ENDS.split(sentence)
    return " ".join(map(translated, parts)) if len(parts) > 1 else sentence


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """Such messages with values, as they are recognised; those with the most words first."""
    start = IN_FILES + "\x04"
    slotted = {
        key.removeprefix(start): _SLOT.sub(r"{\1}", said)
        for key, said in _catalogue.items()
        if isinstance(key, str) and key.startswith(start) and _SLOT.search(key)
    }
    ordered = sorted(slotted, key=lambda message: -len(_SLOT.sub("", message)))
    return [(_pattern(message), slotted[message]) for message in ordered]


def _pattern(message: str) -> re.Pattern[str]:
    """What matches the message whatever its values are."""
    pieces, end, seen = [], 0, set[str]()
    for slot in _SLOT.finditer(message):
        name = slot[1]
        pieces.append(re.escape(message[end : slot.start()]))
        pieces.append(f"(?P={name})" if name in seen else f"(?P<{name}>.+?)")
        seen.add(name)
        end = slot.end()
    return re.compile("".join((*pieces, re.escape(message[end:]))), re.DOTALL)
