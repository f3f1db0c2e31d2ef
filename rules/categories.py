r"""Categories: what a request can be about, by which words it is recognised, and which fields it asks for.

```toml
[[field]]                                     # every category asks for it, besides its own
name     = "tried"
label    = { en = "Already tried", de = "Schon versucht" }   # or one text for all languages
required = true                               # asked for where nobody said it; else only read

[[category]]
name  = "printer"                             # what rules, agents and reports call it
title = { en = "Printer", de = "Drucker" }    # optional
team  = "printing"                            # optional: whose requests these are
words = ["printer", "toner", "Drucker"]       # whole words in any language

[[category.fields]]
name    = "asset"
label   = { en = "Asset number", de = "Inventarnummer" }
labels  = ["Inv. no."]                        # under which it is written as well
kind    = "asset"                             # "text", or the number of an asset
pattern = '[A-Z]{2,4}-\d{4}'                 # optional, RE2: what looks like it anywhere in a text
```
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, Final

from msgspec import Struct

from rules.entries import Entry
from rules.patterns import Finder, PatternError, compile_finder
from rules.suggest import did_you_mean
from rules.words import folded, is_word

_CATEGORY_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
_FIELD_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_LANGUAGE: Final = re.compile(r"[a-z]{2}")
_SOURCE: Final = "en"
_LONGEST_LABEL: Final = 60
_SIGNS: Final = re.compile(r"[\s*_`]+")
_FIELD: Final = ("label", "labels", "required", "kind", "pattern")


class FieldKind(StrEnum):
    """What a field holds."""

    TEXT = "text"
    ASSET = "asset"


class Field(Struct, frozen=True, kw_only=True):
    """Something to know of a request. `label` is how people read it, by language; '' is for all others.

    `names` are all the ways in which people write it, as `as_label` gives them; `find` gives what looks like it.
    """

    name: str
    label: Mapping[str, str]
    names: frozenset[str]
    required: bool
    kind: FieldKind
    find: Finder | None

    def called(self, language: str) -> str:
        """The label in a language, else in English, else as it stands there."""
        return _in(self.label, language, self.name)


class Category(Struct, frozen=True, kw_only=True):
    """Something a request can be about. `words` are folded; `fields` are its own and those that all ask for."""

    name: str
    book: str
    title: Mapping[str, str]
    team: str | None
    words: frozenset[str]
    fields: tuple[Field, ...]

    def called(self, language: str) -> str:
        """The title in a language, else in English, else the name."""
        return _in(self.title, language, self.name)

    def field(self, name: str) -> Field | None:
        """The field of that name."""
        return next((field for field in self.fields if field.name == name), None)


class Common(Struct, frozen=True):
    """A field that every category asks for."""

    field: Field


class Categories(Mapping[str, Category]):
    """The categories in force by name, in the order of the books. `assets` find what looks like an asset's number."""

    def __init__(self, categories: Iterable[Category] = (), common: Iterable[Common] = ()) -> None:
        shared = [one.field for one in common]
        self._all = {category.name: _with(category, shared) for category in categories}
        self.by_word: dict[str, list[str]] = {}
        for category in self._all.values():
            for word in category.words:
                self.by_word.setdefault(word, []).append(category.name)
        self.known_words = frozenset(self.by_word)
        numbers = [field for one in self._all.values() for field in one.fields if field.kind is FieldKind.ASSET]
        self.assets = tuple({field.find.pattern: field.find for field in numbers if field.find is not None}.values())

    def __getitem__(self, name: str) -> Category:
        return self._all[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def missing(self, name: str | None, filled: Mapping[str, str]) -> tuple[str, ...] | None:
        """The names of the fields that a category needs and that are not filled; None where there is no category."""
        category = self._all.get(name or "")
        if category is None:
            return None
        return tuple(field.name for field in category.fields if field.required and not filled.get(field.name))


def as_label(written: str) -> str:
    """A label as it is compared: folded, without signs of emphasis, colons or question marks."""
    return folded(_SIGNS.sub(" ", written).strip(" :?.\N{FULLWIDTH COLON}"))


def read_category(entry: Entry, taken: dict[str, str]) -> Category | None:
    """A `[[category]]`."""
    if not entry.has("a category", ("name",), ("title", "team", "words", "fields", "enabled")):
        return None
    tables = entry.get("fields")
    if tables is not None and not (isinstance(tables, list) and all(isinstance(one, dict) for one in tables)):
        entry.refuse("fields", "a field of a category begins with [[category.fields]]")
        tables = None
    found = (_field(entry.inner("fields", place), {}) for place in range(len(tables or ())))
    fields = tuple(field for field in found if field is not None)
    for place, field in enumerate(fields):
        if field.name in {one.name for one in fields[:place]}:
            entry.refuse("fields", f"there are two fields with the name '{field.name}'")
    return Category(
        name=_name(entry, _CATEGORY_NAME, "category", taken),
        book=entry.book,
        title=_by_language(entry, "title"),
        team=entry.naming("team", "team") or None,
        words=_words(entry),
        fields=fields,
    )


def read_field(entry: Entry, taken: dict[str, str]) -> Common | None:
    """A `[[field]]`, for which every category asks."""
    field = _field(entry, taken, "enabled")
    return Common(field) if field is not None else None


def _field(entry: Entry, taken: dict[str, str], *more: str) -> Field | None:
    if not entry.has("a field", ("name",), (*_FIELD, *more)):
        return None
    label = _by_language(entry, "label")
    name = _name(entry, _FIELD_NAME, "field", taken)
    ways = [name.replace("_", " "), *label.values(), *_texts(entry, "labels")]
    return Field(
        name=name,
        label=label,
        names=frozenset(as_label(one) for one in ways if as_label(one)),
        required=_required(entry),
        kind=_kind(entry),
        find=_finder(entry),
    )


def _name(entry: Entry, form: re.Pattern[str], what: str, taken: dict[str, str]) -> str:
    name = entry.get("name")
    if not isinstance(name, str) or form.fullmatch(name) is None:
        entry.refuse("name", f"the name of a {what} is of small letters, digits and _, such as 'printer'")
        return ""
    if f"{what} {name}" in taken:
        entry.refuse("name", f"there is a {what} '{name}' already, in {taken[f'{what} {name}']}")
    taken.setdefault(f"{what} {name}", entry.book)
    return name


def _by_language(entry: Entry, key: str) -> dict[str, str]:
    """One text for all languages, or a table of them by language."""
    given = entry.get(key)
    texts = {"": given} if isinstance(given, str) else given if isinstance(given, dict) else {}
    if given is not None and not isinstance(given, str | dict):
        entry.refuse(key, f'\'{key}\' is a text, or a table of texts by language, such as {{ en = "…", de = "…" }}')
    for language, text in texts.items():
        if language and _LANGUAGE.fullmatch(language) is None:
            entry.refuse(key, f"'{language}' is not a language; write two letters, such as 'de'")
        if not isinstance(text, str) or not text.strip() or len(text) > _LONGEST_LABEL or not text.isprintable():
            entry.refuse(key, f"a text of '{key}' is one line of 1 to {_LONGEST_LABEL} characters")
            return {}
    return texts


def _texts(entry: Entry, key: str) -> list[str]:
    given = entry.get(key)
    if given is None:
        return []
    if not isinstance(given, list) or not all(isinstance(one, str) and one.strip() for one in given):
        entry.refuse(key, f"'{key}' is a list of texts, such as [\"OS\"]")
        return []
    return given


def _words(entry: Entry) -> frozenset[str]:
    given = _texts(entry, "words")
    for place, word in enumerate(given):
        if not is_word(word):
            entry.refuse("words", f"'{word}' is not one word; a request is recognised by whole words", place)
    return frozenset(folded(word) for word in given)


def _required(entry: Entry) -> bool:
    required = entry.get("required")
    if required is not None and not isinstance(required, bool):
        entry.refuse("required", "'required' is true or false")
    return required is True


def _kind(entry: Entry) -> FieldKind:
    kind = entry.get("kind")
    known = [one.value for one in FieldKind]
    if kind is not None and kind not in known:
        entry.refuse("kind", f"a field is a 'text' or an 'asset', not '{kind}'{did_you_mean(str(kind), known)}")
        return FieldKind.TEXT
    return FieldKind(kind or FieldKind.TEXT)


def _finder(entry: Entry) -> Finder | None:
    pattern: Any = entry.get("pattern")
    if pattern is None:
        return None
    if not isinstance(pattern, str) or not pattern:
        entry.refuse("pattern", "'pattern' is a text")
        return None
    try:
        return compile_finder(pattern)
    except PatternError as error:
        entry.refuse("pattern", str(error))
        return None


def _with(category: Category, common: list[Field]) -> Category:
    """The category with the fields that all ask for, behind its own."""
    own = {field.name for field in category.fields}
    fields = (*category.fields, *(field for field in common if field.name not in own))
    return Category(
        name=category.name,
        book=category.book,
        title=category.title,
        team=category.team,
        words=category.words,
        fields=fields,
    )


def _in(texts: Mapping[str, str], language: str, name: str) -> str:
    return texts.get(language) or texts.get(_SOURCE) or texts.get("") or next(iter(texts.values()), name)
