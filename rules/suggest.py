"""The word that was probably meant."""

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

_NEAR = 0.7
_SHORTEST = 3
"""Letters that an abbreviation has at least."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` with the nearest of `known`, or nothing where none is near. Ties go to the first."""
    scored = [(_likeness(word.casefold(), candidate), candidate) for candidate in known]
    best = max(scored, key=lambda pair: pair[0], default=(0.0, ""))
    return f"; did you mean '{best[1]}'?" if best[0] >= _NEAR else ""


def _likeness(word: str, candidate: str) -> float:
    """How alike two names are, from 0 to 1; likeness to a part only (`waiting` of `waiting_vendor`) counts less."""
    whole = candidate.casefold()
    parts = max(max(_ratio(word, piece), _shortened(word, piece)) for piece in re.split(r"[._ -]", whole))
    return max(_ratio(word, whole), _shortened(word, whole), 0.9 * parts)


def _shortened(word: str, name: str) -> float:
    """The same where a word may stand for a longer one: its beginning (`crit`), or some of its letters (`mgr`)."""
    if len(word) < _SHORTEST:
        return 0.0
    if name.startswith(word):
        return 0.9
    letters = iter(name)
    in_order = word[0] == name[:1] and all(letter in letters for letter in word)
    return 0.8 if in_order and word[-1] == name[-1] else 0.0


def _ratio(left: str, right: str) -> float:
    return SequenceMatcher(None, left, right).ratio()
