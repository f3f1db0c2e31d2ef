"""Markdown that is safe by type: `Md` is Markdown, every other string is words to be shown as they are."""

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import groupby

INLINE = re.compile(r"[\\`*_\[\]<>&~|#]")
LINE_START = re.compile(r"(\d*)([-+=:.)])")
_REMEMBERED = 80
_SIGNS = re.compile(r"\\(?:([!-/:-@\[-`{-~])|(?=\n|$))|\*\*|`")
# Control characters, but neither tab nor what str.splitlines takes for the end of a line; and lone surrogates, which
# no encoding can carry.
UNSHOWN = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
# Characters that reorder a line: in a name or a subject they only serve to make it look like another.
REORDERING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Md(str):
    """Text that is Markdown already. Whatever is done to it gives a plain `str` again, so forgetting escapes."""

    __slots__ = ()


def one_line(value: object) -> str:
    """`value` as plain text without line breaks, control characters or characters that reorder it."""
    text = REORDERING.sub("", UNSHOWN.sub("", str(value)))
    return " ".join(text.split())


def escape(value: object) -> str:
    """`value` as one line of Markdown that shows it literally; an `Md` stays as it is."""
    if isinstance(value, Md):
        return value
    text = str(value)
    return _escaped(text) if len(text) <= _REMEMBERED else _literal(one_line(text))


@lru_cache(2048)
def _escaped(text: str) -> str:
    """Labels, dates and names come again and again."""
    return _literal(one_line(text))


def plain(text: str) -> Md:
    """Somebody's words as Markdown that shows them literally: paragraphs, with their line breaks and indentation."""
    if isinstance(text, Md):
        return text
    lines = [_literal(_indented(UNSHOWN.sub("", line.rstrip()))) for line in text.splitlines()]
    paragraphs = ["\\\n".join(block) for filled, block in groupby(lines, bool) if filled]
    return Md("\n\n".join(paragraphs))


def quote(text: str) -> Md:
    """The same as a block quotation. What is one already stays as it is."""
    words = plain(text)
    if not words or words.startswith(">"):
        return words
    return Md("\n".join(f"> {line}" if line else ">" for line in words.split("\n")))


def as_words(text: str) -> str:
    """Markdown as people read it on a terminal: without its signs. Any other text stays."""
    return _SIGNS.sub(lambda sign: sign[1] or "", text) if isinstance(text, Md) else text


def listed(lines: str | Iterable[str]) -> Md:
    """Lines as a list, each shown literally; an `Md` stays as it is."""
    if isinstance(lines, str):
        return plain(lines)
    return Md("\n".join(f"- {escape(line)}" for line in lines))


def _literal(line: str) -> str:
    escaped = INLINE.sub(r"\\\g<0>", line)
    return LINE_START.sub(r"\1\\\2", escaped, count=1) if LINE_START.match(escaped) else escaped


def _indented(line: str) -> str:
    """Leading blanks would be lost, or make a code block; no-break spaces are neither."""
    words = line.lstrip(" \t")
    blanks = line[: len(line) - len(words)].expandtabs(4)
    return "\u00a0" * len(blanks) + words
