"""The word that was probably meant."""

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

_NEAR = 0.7


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` with the nearest of `known`, or nothing where none is near. Ties go to the first."""
    scored = [(_likeness(word.casefold(), candidate), candidate) for candidate in known]
    best = max(scored, key=lambda pair: pair[0], default=(0.0, ""))
    return f"; did you mean '{best[1]}'?" if best[0] >= _NEAR else ""


def _likeness(word: str, candidate: str) -> float:
    """How alike two names are, from 0 to 1; likeness to a part only (`waiting` of `waiting_vendor`) counts less."""
    pieces = re.split(r"[._ -]", candidate.casefold())
    return max(_ratio(word, candidate.casefold()), 0.9 * max(_ratio(word, piece) for piece in pieces))


def _ratio(left: str, right: str) -> float:
    return SequenceMatcher(None, left, right).ratio()
