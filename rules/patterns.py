r"""Patterns in conditions: RE2, which takes linear time whatever strangers write, with `\w \d \s` made Unicode.

RE2's own classes are ASCII (https://github.com/google/re2/wiki/Syntax), so they are rewritten before compiling. `\b` is
ASCII too and cannot be rewritten; it is refused. Patterns ignore case unless they say `(?-i)`.
"""

import re
from collections.abc import Callable
from typing import Any

import re2
from msgspec import Struct

from rules.words import composed, encoded

_CLASSES = {"w": r"\pL\pM\pN_", "d": r"\p{Nd}", "s": r"\s\v\x{85}\pZ"}
_OUTSIDE = re.compile(r"\\Q.*?(?:\\E|$)|\\.|\[\^?\]?|.", re.DOTALL)
_INSIDE = re.compile(r"\\.|\[:\^?\w+:\]|.", re.DOTALL)


class PatternError(ValueError):
    """A pattern that cannot be used; the message says why."""


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
    search = _compiled(pattern).search
    return lambda text: search(encoded(text)) is not None


def compile_finder(pattern: str) -> Finder:
    """What finds everything in a text that fits the pattern. Raises PatternError."""
    return Finder(pattern, _compiled(pattern))


def _compiled(pattern: str) -> Any:  # noqa: ANN401  the library has no types
    options = re2.Options()
    options.case_sensitive = False
    options.never_capture = True
    options.log_errors = False
    try:
        return re2.compile(unicode_classes(composed(pattern)).encode(), options)
    except re2.error as error:
        raise PatternError(f"the pattern cannot be read: {_reason(error)}") from None
    except UnicodeEncodeError:
        raise PatternError("the pattern contains half a character (a lone surrogate)") from None


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
