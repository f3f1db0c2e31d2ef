"""Emoji by their names, as Slack writes them in messages without rich text."""

import re
from functools import lru_cache
from typing import Final

from rich.emoji import Emoji, NoEmoji

_NAMED: Final = re.compile(r":([a-z0-9_+'-]{1,80}):(?::skin-tone-([2-6]):)?")
_CODES: Final = re.compile(r"[0-9a-f]{1,6}(?:-[0-9a-f]{1,6}){0,15}")
_FIRST_TONE: Final = 0x1F3FB


def with_emoji(text: str) -> str:
    """`text` with the names of standard emoji as the emoji; what else stands between colons stays."""
    return _NAMED.sub(_emoji, text) if ":" in text else text


def of_codes(codes: str) -> str:
    """The emoji of code points such as `1f44b-1f3fb`; empty where they are none."""
    if _CODES.fullmatch(codes) is None:
        return ""
    points = [int(code, 16) for code in codes.split("-")]
    shown = all(
        point <= 0x10FFFF and not 0xD800 <= point <= 0xDFFF and (point > 0x7F or chr(point) in "#*0123456789")
        for point in points
    )
    return "".join(map(chr, points)) if shown else ""


def of_name(name: str) -> str:
    """The emoji of a name such as `wave` or `wave::skin-tone-2`; the name between colons where there is none."""
    return with_emoji(f":{name}:")


def _emoji(found: re.Match[str]) -> str:
    sign = _sign(found[1])
    if not sign:
        return found[0]
    return sign + (chr(_FIRST_TONE + int(found[2]) - 2) if found[2] else "")


@lru_cache(maxsize=1000)
def _sign(name: str) -> str:
    try:
        return str(Emoji(name))
    except NoEmoji:
        return ""
