"""Solved tickets that are like another: what helped with the same machine, category, or words."""

import re
from collections import Counter
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import func, select

from bot.cause import Cause
from bot.db.models import SOLVED_WITH_WORDS, Ticket
from bot.messages import first_line

MOST: Final = 5
_LOOKED_AT: Final = 300
_LONGEST: Final = 400
_COMMON: Final = 0.25
_FEW: Final = 8
_ASSET, _CATEGORY = 3, 1
_WORD: Final = re.compile(r"[^\W\d_]{4,}")
_NEWEST: Final = (
    select(
        Ticket.id,
        Ticket.subject,
        Ticket.category,
        Ticket.asset_id,
        func.substr(Ticket.resolution, 1, _LONGEST).label("resolution"),
    )
    .where(SOLVED_WITH_WORDS)
    .order_by(Ticket.id.desc())
    .limit(_LOOKED_AT)
)


class Solved(Struct, frozen=True, kw_only=True):
    """A ticket that was solved with words, and the words of its subject."""

    number: int
    subject: str
    category: str | None
    asset_id: int | None
    resolution: str
    words: frozenset[str]


def of(cause: Cause, ticket: Ticket) -> list[dict[str, Any]]:
    """Up to five solved tickets that are most like this one, the newest first: `number`, `subject`, `resolution`.

    Only the newest few hundred are looked at, with one question in a transaction; confidential ones are nobody's.
    """
    lately = _lately(cause)
    common = _common(lately)
    words = _words(ticket.subject) - common
    scored = [(_likeness(ticket, words, one), one) for one in lately if one.number != ticket.id]
    best = sorted((pair for pair in scored if pair[0]), key=lambda pair: (-pair[0], -pair[1].number))[:MOST]
    chosen = sorted((one for _, one in best), key=lambda one: -one.number)
    return [{"number": one.number, "subject": one.subject, "resolution": first_line(one.resolution)} for one in chosen]


def _likeness(ticket: Ticket, words: frozenset[str], one: Solved) -> int:
    same_asset = one.asset_id is not None and one.asset_id == ticket.asset_id
    same_category = one.category is not None and one.category == ticket.category
    return _ASSET * same_asset + _CATEGORY * same_category + len(words & one.words)


def _lately(cause: Cause) -> list[Solved]:
    key = "solved lately"
    if key not in cause.tx.scratch:
        cause.tx.scratch[key] = [
            Solved(
                number=row.id,
                subject=row.subject,
                category=row.category,
                asset_id=row.asset_id,
                resolution=row.resolution,
                words=_words(row.subject),
            )
            for row in cause.tx.execute(_NEWEST)
        ]
    found: list[Solved] = cause.tx.scratch[key]
    return found


def _common(lately: list[Solved]) -> frozenset[str]:
    """The words that say nothing, since so many subjects have them."""
    if len(lately) < _FEW:
        return frozenset()
    counts = Counter(word for one in lately for word in one.words)
    return frozenset(word for word, count in counts.items() if count > len(lately) * _COMMON)


def _words(subject: str) -> frozenset[str]:
    return frozenset(_WORD.findall(subject.casefold()))
