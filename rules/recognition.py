"""What a request says by itself: its category by its words, and fields in lines such as `OS: Windows 11`.

Pure: texts in, texts out. A field is read where one of its names stands in front of a sign that divides (`:`, `=`, `|`,
a tab, a dash between blanks, a question mark), at the beginning of a line or of a sentence, also in lists, in tables
and under quote marks, or where its pattern fits somewhere in the text. What is written stays on the ticket as it is;
nothing here takes it away.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from msgspec import Struct

from rules.categories import Categories, Field, FieldKind, as_label
from rules.thanks import is_thanks
from rules.words import composed, words

LONGEST_VALUE: Final = 500
MOST_NUMBERS: Final = 20
"""How many candidates for an asset's number one text gives at most."""

_READ: Final = 20_000
_MOST_LINES: Final = 8
_IN_SUBJECT: Final = 2
_QUOTED: Final = re.compile(r"\s*(?:>\s?)+")
_BULLET: Final = re.compile(r"\s*(?:[-*+•·‣◦▪–—]|\(?\d{1,2}[.)]|\[[ xX]?\]|[☐☑✓])\s+")
_SIGN: Final = re.compile(r"\s*(?:[:：=|\t→]|[-=]>|\s[-–—]+(?=\s|$)|[ \u00a0]{2,}|\?(?=\s|[*_:：]|$))[\s:：=|*_?]*")
_NEXT: Final = re.compile(r"\s*[,;|\t]\s*|\s{2,}|\s+/\s+|(?<=[.!?])\s")
_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+(?=[^:：=.!?]{1,80}[:：=])")
_CELLS: Final = re.compile(r"\s*[|\t]\s*")
_RULE: Final = re.compile(r"[\s|:+=-]+")
_NOTHING: Final = re.compile(r"[\W_]*")
_EMPHASIS: Final = "*_` \u00a0"
_LABEL: Final = 80
_BLANKS: Final = 2


class Found(NamedTuple):
    """A field by name, and what is said of it; `quoted` where that stands under quote marks itself."""

    field: str
    value: str
    quoted: bool


class Details(Struct, frozen=True, kw_only=True):
    """What a text says of fields: where it names them, and what only looks like one. The first of each counts."""

    named: dict[str, str]
    quoted: dict[str, str]
    alike: dict[str, str]


class _Line(NamedTuple):
    text: str
    quoted: bool


def category_of(categories: Categories, subject: str, text: str) -> str | None:
    """The category with the most of its words in the request, of equal ones the first; None where there is no word.

    Each word counts once, and those of the subject double.
    """
    hits: Counter[str] = Counter()
    for part, weight in ((subject, _IN_SUBJECT), (text, 1)):
        for word in categories.known_words & words(part):
            for name in categories.by_word[word]:
                hits[name] += weight
    if not hits:
        return None
    most = max(hits.values())
    return next(name for name in categories if hits[name] == most)


def details_of(fields: Sequence[Field], text: str) -> Details:
    """What the text says of these fields."""
    text = text[:_READ]
    found = list(_found(fields, text))
    return Details(
        named=_first(one for one in found if not one.quoted),
        quoted=_first(one for one in found if one.quoted),
        alike=_alike(fields, text),
    )


def numbers_in(categories: Categories, text: str) -> list[str]:
    """What looks like an asset's number anywhere in the text, in order."""
    found = (number for find in categories.assets for number in find(text[:_READ]))
    return list(dict.fromkeys(found))[:MOST_NUMBERS]


def _alike(fields: Sequence[Field], text: str) -> dict[str, str]:
    looked = {field.name: field.find(text) for field in fields if field.find and field.kind is FieldKind.TEXT}
    return {name: found[0][:LONGEST_VALUE] for name, found in looked.items() if found}


def _first(found: Iterator[Found]) -> dict[str, str]:
    values: dict[str, str] = {}
    for one in found:
        values.setdefault(one.field, one.value)
    return values


def _found(fields: Sequence[Field], text: str) -> Iterator[Found]:
    names = {name: field.name for field in fields for name in field.names}
    begins = tuple(names)
    lines = [_line(one) for one in composed(text).splitlines()]
    for at, line in enumerate(lines):
        text = _from_name(line.text, begins)
        if not text:
            continue
        heads = _heads(text, names)
        if heads:
            yield from _columns(lines, at, heads)
            continue
        pairs = list(_pairs(text, names))
        for name, value in pairs[:-1]:
            yield from _said(name, value, quoted=line.quoted)
        if pairs:
            name, value = pairs[-1]
            below = "" if _is_answer(value) else _below(lines, at, names)
            yield from _said(name, below or value, quoted=line.quoted and not below)


def _from_name(text: str, begins: tuple[str, ...]) -> str:
    """A line from the first name of a field on, which begins it or, with a colon behind it, a sentence of it."""
    starts = (0, *(end.end() for end in _SENTENCE.finditer(text)))
    at = (start for start in starts if _label_of(text, start).startswith(begins))
    return text[next(at, len(text)) :]


def _label_of(text: str, start: int) -> str:
    return text[start : start + _LABEL].casefold().lstrip(_EMPHASIS)


def _line(written: str) -> _Line:
    quote = _QUOTED.match(written)
    rest = written[quote.end() :] if quote else written
    bullet = _BULLET.match(rest)
    return _Line((rest[bullet.end() :] if bullet else rest).strip(" \u00a0|"), quote is not None)


def _pairs(text: str, names: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Each field that is named on a line, and what stands behind its name there."""
    pair = _pair(text, names)
    while pair is not None:
        name, value = pair
        pair = None
        for sign in _NEXT.finditer(value):
            pair = _pair(value[sign.end() :], names)
            if pair is not None and pair[0] != name:
                value = value[: sign.start()]
                break
            pair = None
        yield name, value


def _pair(text: str, names: dict[str, str]) -> tuple[str, str] | None:
    for sign in _SIGN.finditer(text, 0, min(len(text), _LABEL)):
        name = names.get(as_label(text[: sign.start()]))
        if name is not None:
            return name, text[sign.end() :]
    return None


def _below(lines: Sequence[_Line], at: int, names: dict[str, str]) -> str:
    """The answer under a name: the lines up to a blank one or the next name. Under a quoted one it is not quoted."""
    answer: list[str] = []
    blanks = 0
    for line in lines[at + 1 :]:
        if not line.text:
            blanks += 1
            if answer or blanks > _BLANKS or not lines[at].quoted:
                break
        elif (line.quoted and lines[at].quoted) or _pair(line.text, names) or len(answer) == _MOST_LINES:
            break
        else:
            answer.append(line.text)
    return " ".join(answer)


def _heads(text: str, names: dict[str, str]) -> list[str]:
    """The fields of a row that holds nothing but their names, of two or more."""
    heads = [names.get(as_label(cell), "") for cell in _CELLS.split(text)] if "|" in text or "\t" in text else []
    return heads if len(heads) > 1 and all(heads) else []


def _columns(lines: Sequence[_Line], at: int, heads: Sequence[str]) -> Iterator[Found]:
    """What stands under a row of names, in a row of as many cells."""
    below = next((line for line in lines[at + 1 : at + 3] if _RULE.fullmatch(line.text) is None), None)
    cells = _CELLS.split(below.text) if below is not None else []
    if len(cells) == len(heads):
        for name, value in zip(heads, cells, strict=True):
            yield from _said(name, value, quoted=lines[at].quoted)


def _said(name: str, value: str, *, quoted: bool) -> Iterator[Found]:
    value = " ".join(value.split()).strip(" *_|")
    if _is_answer(value):
        yield Found(name, value[:LONGEST_VALUE], quoted)


def _is_answer(value: str) -> bool:
    return _NOTHING.fullmatch(value) is None and not is_thanks(value)
