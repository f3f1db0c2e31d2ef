"""The stored events cause by cause, with the rules that fired, read in chunks: each a short look at one snapshot."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from msgspec import Struct
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.db.models import AuditEntry, Event
from bot.db.store import Store
from bot.judging.why import COLUMNS, FIRED, RULE, KeptBooks, Stored

_CHUNK: Final = 1_000
Firings = dict[int, list[str]]


class Span(Struct, frozen=True):
    """The events to read: those with an id from `first` to `last`, both included; `count` of them."""

    first: int
    last: int
    count: int


class Chain(Struct, frozen=True):
    """What one cause made happen, in order, and the names of the rules that fired for each event."""

    events: tuple[Stored, ...]
    fired: Firings


def span(store: Store, since: datetime, limit: int | None = None) -> Span | None:
    """The events since a moment, of those the newest `limit`; None where there are none."""
    with store.read() as session:
        ids = select(Event.id).where(Event.at >= since)
        wanted = ids.order_by(Event.id.desc()).limit(limit).subquery()
        first, last, count = session.execute(
            select(func.min(wanted.c.id), func.max(wanted.c.id), func.count()).select_from(wanted)
        ).one()
    return Span(first, last, count) if count else None


def chains(store: Store, wanted: Span, kept: KeptBooks) -> Iterator[list[Chain]]:
    """All causes, some at a time, in the order in which they began; `kept` learns their books.

    A cause is given out once a whole chunk holds nothing of it: several processes may have written at the same time.
    """
    pending: defaultdict[str, list[Stored]] = defaultdict(list)
    fired: defaultdict[int, list[str]] = defaultdict(list)
    at, audited = wanted.first - 1, wanted.first - 1
    while True:
        with store.read() as session:
            events = _events(session, at, wanted.last)
            at = events[-1].id if events else wanted.last
            audited = _learn_fired(session, fired, audited, at if events else None)
            kept.learn(session, {event.books for event in events})
        for event in events:
            pending[event.cause].append(event)
        fresh = {event.cause for event in events}
        done = [cause for cause in pending if cause not in fresh]
        yield [_chain(pending.pop(cause), fired) for cause in done]
        if not events:
            return


def _events(session: Session, after: int, last: int) -> list[Stored]:
    query = select(*COLUMNS).where(Event.id > after, Event.id <= last).order_by(Event.id).limit(_CHUNK)
    return [Stored(*row) for row in session.execute(query)]


def _learn_fired(session: Session, fired: Firings, after: int, last: int | None) -> int:
    """Note which rules fired, by event, from the audit after an id, up to another or to its end; returns the latter."""
    columns = (AuditEntry.id, AuditEntry.event_id, AuditEntry.actor)
    query = select(*columns).where(AuditEntry.id > after, AuditEntry.action == FIRED).order_by(AuditEntry.id)
    rows = session.execute(query if last is None else query.where(AuditEntry.id <= last)).all()
    for row in rows:
        if row.event_id is not None:
            fired[row.event_id].append(row.actor.removeprefix(RULE))
    return last if last is not None else after


def _chain(events: list[Stored], fired: Firings) -> Chain:
    found = {event.id: fired.pop(event.id) for event in events if event.id in fired}
    return Chain(tuple(events), found)
