"""Solved tickets that are like another: what helped with the same machine, category, or words."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Row, func, select

from bot.cause import Cause
from bot.db.models import SOLVED_WITH_WORDS, Ticket
from bot.ticket.messages import first_line

MOST: Final = 5
_LOOKED_AT: Final = 300
_LONGEST: Final = 400
_COMMON: Final = 0.25
_FEW: Final = 8
_ASSET, _CATEGORY = 3, 1
_CATEGORY_KEPT: Final = 20
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


class _Lately:
    """The tickets that were solved lately, the newest first, and where to find those with something in common."""

    def __init__(self, rows: Sequence[Row[Any]]) -> None:
        self.rows = rows
        self.words = [frozenset(_WORD.findall(row.subject.casefold())) for row in rows]
        self.by_word: defaultdict[str, list[int]] = defaultdict(list)
        self.by_category: defaultdict[str, list[int]] = defaultdict(list)
        self.by_asset: defaultdict[int, list[int]] = defaultdict(list)
        for place, row in enumerate(rows):
            for word in self.words[place]:
                self.by_word[word].append(place)
            if row.category is not None:
                self.by_category[row.category].append(place)
            if row.asset_id is not None:
                self.by_asset[row.asset_id].append(place)

    def alike(self, ticket: Ticket) -> Counter[int]:
        """How much each that has something in common with the ticket has; of its category only the newest few."""
        points: Counter[int] = Counter()
        for word in frozenset(_WORD.findall(ticket.subject.casefold())):
            places = self.by_word.get(word, ())
            if len(self.rows) < _FEW or len(places) <= len(self.rows) * _COMMON:
                points.update(places)
        for place in self.by_asset.get(ticket.asset_id or 0, ()):
            points[place] += _ASSET
        for place in self.by_category.get(ticket.category or "", ())[:_CATEGORY_KEPT]:
            points[place] += _CATEGORY
        return points


def of(cause: Cause, ticket: Ticket) -> list[dict[str, Any]]:
    """Up to five solved tickets that are most like this one, the newest first: `number`, `subject`, `resolution`.

    Only the newest few hundred are looked at, with one question in a transaction; confidential ones are nobody's.
    """
    lately = _lately(cause)
    points = lately.alike(ticket)
    best = sorted(points, key=lambda place: (-points[place], place))
    chosen = [place for place in best if lately.rows[place].id != ticket.id][:MOST]
    return [_shown(lately.rows[place]) for place in sorted(chosen)]


def _shown(row: Row[Any]) -> dict[str, Any]:
    return {"number": row.id, "subject": row.subject, "resolution": first_line(row.resolution)}


def _lately(cause: Cause) -> _Lately:
    key = "solved lately"
    if key not in cause.tx.scratch:
        cause.tx.scratch[key] = _Lately(cause.tx.execute(_NEWEST).all())
    found: _Lately = cause.tx.scratch[key]
    return found
