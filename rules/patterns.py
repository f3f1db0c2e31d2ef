r"""Patterns in conditions: RE2, which takes linear time whatever strangers write, with `\w \d \s` made Unicode.

RE2's own classes are ASCII (https://github.com/google/re2/wiki/Syntax), so they are rewritten before compiling. `\b` is
ASCII too and cannot be rewritten; it is refused. Patterns ignore case unless they say `(?-i)`.
"""

import re
from collections.abc import Callable

import re2

from rules.words import composed, encoded

_CLASSES = {"w": r"\pL\pM\pN_", "d": r"\p{Nd}", "s": r"\s\v\x{85}\pZ"}
_OUTSIDE = re.compile(r"\\Q.*?(?:\\E|$)|\\.|\[\^?\]?|.", re.DOTALL)
_INSIDE = re.compile(r"\\.|\[:\^?\w+:\]|.", re.DOTALL)


class PatternError(ValueError):
    """A pattern that cannot be used; the message says why."""


def compile_pattern(pattern: str) -> Callable[[str], bool]:
    """A function that says whether a text contains the pattern. Raises PatternError."""
    options = re2.Options()
    options.case_sensitive = False
    options.never_capture = True
    options.log_errors = False
    try:
        search = re2.compile(unicode_classes(composed(pattern)).encode(), options).search
    except re2.error as error:
        raise PatternError(f"the pattern cannot be read: {_reason(error)}") from None
    except UnicodeEncodeError:
        raise PatternError("the pattern contains half a character (a lone surrogate)") from None
    return lambda text: search(encoded(text)) is not None


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
