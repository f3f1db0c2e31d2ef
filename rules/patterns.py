r"""Patterns in conditions: RE2, which takes linear time whatever strangers write, with `\w \d \s` made Unicode.

RE2's own classes are ASCII (https://github.com/google/re2/wiki/Syntax), so they are rewritten before compiling. `\b` is
ASCII too and cannot be rewritten; it is refused. Patterns ignore case unless they say `(?-i)`.

All patterns of some books are looked for in a text at once, whatever the first rule asks: of 500, most are ruled out by
the letters that a text must have to match, which RE2's filter looks for in one pass.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

import re2
from msgspec import Struct

from rules.words import composed, encoded

_KEPT: Final = 16
"""The texts whose patterns are remembered: those of one message and its ticket."""
_CLASSES = {"w": r"\pL\pM\pN_", "d": r"\p{Nd}", "s": r"\s\v\x{85}\pZ"}
_OUTSIDE = re.compile(r"\\Q.*?(?:\\E|$)|\\.|\[\^?\]?|.", re.DOTALL)
_INSIDE = re.compile(r"\\.|\[:\^?\w+:\]|.", re.DOTALL)


class PatternError(ValueError):
    """A pattern that cannot be used; the message says why."""


class Patterns:
    """The patterns of some books. First `add` them all, then call `ready`, then search."""

    def __init__(self) -> None:
        self._filter = re2.Filter()
        self._numbers: dict[bytes, int] = {}
        self._found = lru_cache(maxsize=_KEPT)(self._look)

    def add(self, pattern: str) -> Callable[[str], bool]:
        """A function that says, once all are `ready`, whether a text contains the pattern. Raises PatternError."""
        number, found = self._number(_written(pattern)), self._found
        return lambda text: number in found(text)

    def ready(self) -> None:
        """Make what was added ready; nothing can be added any more."""
        if self._numbers:
            self._filter.Compile()

    def _number(self, written: bytes) -> int:
        if written not in self._numbers:
            _compiled(written)
            self._numbers[written] = self._filter.Add(written, _options())
        return self._numbers[written]

    def _look(self, text: str) -> frozenset[int]:
        return frozenset(self._filter.Match(encoded(text)) or ())


class Finder(Struct, frozen=True):
    """Finds what fits a pattern and stands there as whole words."""

    pattern: str
    compiled: Any

    def __call__(self, text: str) -> list[str]:
        """Each stretch of the text that fits, in order; none begins or ends within a word."""
        data = encoded(text)
        found = []
        for match in self.compiled.finditer(data):
            start, end = match.span()
            if start < end and not (_cuts_word(data, start) or _cuts_word(data, end)):
                found.append(data[start:end].decode("utf-8", "replace"))
        return found


def compile_pattern(pattern: str) -> Callable[[str], bool]:
    """A function that says whether a text contains the pattern. Raises PatternError."""
    patterns = Patterns()
    search = patterns.add(pattern)
    patterns.ready()
    return search


def compile_finder(pattern: str) -> Finder:
    """What finds everything in a text that fits the pattern. Raises PatternError."""
    return Finder(pattern, _compiled(_written(pattern)))


def _written(pattern: str) -> bytes:
    """The pattern as the library reads it."""
    try:
        return unicode_classes(composed(pattern)).encode()
    except UnicodeEncodeError:
        raise PatternError("the pattern contains half a character (a lone surrogate)") from None


def _compiled(written: bytes) -> Any:  # noqa: ANN401  the library has no types
    try:
        return re2.compile(written, _options())
    except re2.error as error:
        raise PatternError(f"the pattern cannot be read: {_reason(error)}") from None


def _options() -> re2.Options:
    options = re2.Options()
    options.case_sensitive = False
    options.never_capture = True
    options.log_errors = False
    return options


def _cuts_word(data: bytes, at: int) -> bool:
    """Whether a word goes on over this place in UTF-8; of characters beyond ASCII all count as letters."""
    return 0 < at < len(data) and _is_letter(data[at - 1]) and _is_letter(data[at])


def _is_letter(byte: int) -> bool:
    return byte >= 0x80 or chr(byte).isalnum() or byte == ord("_")


def unicode_classes(pattern: str) -> str:
    r"""The pattern with `\w \W \d \D \s \S` replaced by their Unicode classes. Raises PatternError on `\b` and `\B`."""
    inside = False
    parts = []
    at = 0
    while token := (_INSIDE if inside else _OUTSIDE).match(pattern, at):
        part = token.group()
        inside = part != "]" if inside else part.startswith("[")
        parts.append(_escape(part[1], inside=inside) if len(part) == 2 and part[0] == "\\" else part)
        at = token.end()
    return "".join(parts)


def _escape(letter: str, *, inside: bool) -> str:
    if letter in "bB":
        raise PatternError(rf"\{letter} knows ASCII words only; use any_word(text, 'word') for whole words")
    if letter == "C":
        raise PatternError(r"\C matches half a character; use a dot")
    if letter in _CLASSES:
        return _CLASSES[letter] if inside else f"[{_CLASSES[letter]}]"
    if letter.lower() in _CLASSES:
        if inside:
            raise PatternError(rf"\{letter} cannot stand inside [...]; write [^...] with \{letter.lower()}")
        return f"[^{_CLASSES[letter.lower()]}]"
    return "\\" + letter


def _reason(error: Exception) -> str:
    reason = error.args[0] if error.args else ""
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
