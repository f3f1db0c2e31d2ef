"""Text as rules compare it: NFC and case-folded, and its set of words.

Both are worked out once per text and kept for the last few texts, since every rule looks at the same message.
"""

import re
from functools import lru_cache
from unicodedata import normalize

_WORD = re.compile(r"\w+")
_KEPT = 16


def composed(text: str) -> str:
    """The text in Unicode's composed form (NFC), so that one letter is one character."""
    return text if text.isascii() else normalize("NFC", text)


@lru_cache(maxsize=_KEPT)
def folded(text: str) -> str:
    """The text as it is compared without regard to case: composed, case-folded, composed again."""
    return text.lower() if text.isascii() else normalize("NFC", normalize("NFC", text).casefold())


@lru_cache(maxsize=_KEPT)
def words(text: str) -> frozenset[str]:
    """The folded words of the text: runs of letters, digits and underscores of any script."""
    return frozenset(_WORD.findall(folded(text)))


@lru_cache(maxsize=_KEPT)
def encoded(text: str) -> bytes:
    """The composed text as UTF-8, which is what patterns are matched against."""
    return composed(text).encode("utf-8", "replace")


def is_word(text: str) -> bool:
    """Whether the text is exactly one word, as `words` counts them."""
    return _WORD.fullmatch(folded(text)) is not None
