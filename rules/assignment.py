"""Who is to work on a ticket: a choice among people, made of plain values.

Who is asked first: those of the best availability rank in which somebody is at work and has room; then who is on call,
then the lead, then anybody. So a ticket is given to somebody as long as there is anybody.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from rules.facts import Priority

WEIGHTS: Final[Mapping[str, float]] = MappingProxyType(
    {Priority.CRITICAL: 4.0, Priority.HIGH: 2.0, Priority.MEDIUM: 1.0, Priority.LOW: 0.5}
)
"""How much of somebody's capacity a ticket takes, by its priority."""

_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


class Strategy(StrEnum):
    """How to choose. The first three narrow the choice, where that leaves anybody; the others put those in order."""

    STICKY = "sticky"
    SKILL = "skill"
    LANGUAGE = "language"
    LEAST_BUSY = "least_busy"
    ROUND_ROBIN = "round_robin"


class Candidate(Struct, frozen=True, kw_only=True):
    """Somebody who could have the ticket.

    `at_work` is whether it is within their hours, `load` the weight of the open tickets they work on, `capacity` how
    much they can bear (0: no limit), `assigned_at` when they were last given one, `solved_last` whether it was they who
    solved the requester's last one.
    """

    handle: str
    rank: int = 1
    away: bool = False
    at_work: bool = True
    skills: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    load: float = 0.0
    capacity: float = 0.0
    assigned_at: datetime | None = None
    solved_last: bool = False


class Wanted(Struct, frozen=True, kw_only=True):
    """What the ticket asks for: words that may name a skill, the requester's language, and its own weight."""

    skills: frozenset[str] = frozenset()
    language: str = ""
    weight: float = 1.0


class Choice(Struct, frozen=True):
    """Who it is, and why: the first of `reasons` says in what role, the others are the strategies that narrowed."""

    candidate: Candidate
    reasons: tuple[str, ...]


def choose(
    candidates: Sequence[Candidate],
    wanted: Wanted,
    by: Sequence[Strategy],
    *,
    on_call: Sequence[Candidate] = (),
    leads: Sequence[Candidate] = (),
    others: Sequence[Candidate] = (),
) -> Choice | None:
    """Who works on it; None only where there is nobody at all.

    `candidates` are those of the ticket's tier; `on_call`, `leads` and `others` are asked in this order where none of
    them is there, whatever the hour. Somebody away is chosen only where everybody is.
    """
    free = [one for one in candidates if not one.away and one.at_work and _has_room(one, wanted)]
    if free:
        best = min(one.rank for one in free)
        return _of_rank([one for one in free if one.rank == best], wanted, by)
    for role, those in (("on call", on_call), ("lead", leads), ("anybody", candidates), ("anybody", others)):
        there = [one for one in those if not one.away]
        if there:
            return Choice(there[0] if role != "anybody" else _first(there, by), (role,))
    everybody = [*candidates, *on_call, *leads, *others]
    return Choice(everybody[0], ("away like everybody",)) if everybody else None


def _of_rank(free: list[Candidate], wanted: Wanted, by: Sequence[Strategy]) -> Choice:
    reasons = [f"rank {free[0].rank}"]
    for strategy in by:
        narrow = _FILTERS.get(strategy)
        fit = [one for one in free if narrow(one, wanted)] if narrow else []
        if fit:
            free = fit
            reasons.append(strategy)
    reasons += [strategy for strategy in by if strategy in _ORDERS]
    return Choice(_first(free, by), tuple(reasons))


def _first(those: Sequence[Candidate], by: Sequence[Strategy]) -> Candidate:
    orders = [_ORDERS[strategy] for strategy in (*by, Strategy.ROUND_ROBIN) if strategy in _ORDERS]
    return min(those, key=lambda one: [order(one) for order in orders])


def _has_room(one: Candidate, wanted: Wanted) -> bool:
    return not one.capacity or one.load + wanted.weight <= one.capacity


_FILTERS: Final[Mapping[Strategy, Callable[[Candidate, Wanted], bool]]] = {
    Strategy.STICKY: lambda one, _: one.solved_last,
    Strategy.SKILL: lambda one, wanted: not one.skills.isdisjoint(wanted.skills),
    Strategy.LANGUAGE: lambda one, wanted: wanted.language in one.languages,
}
_ORDERS: Final[Mapping[Strategy, Callable[[Candidate], float]]] = {
    Strategy.LEAST_BUSY: lambda one: one.load,
    Strategy.ROUND_ROBIN: lambda one: ((one.assigned_at or _LONG_AGO) - _LONG_AGO).total_seconds(),
}
