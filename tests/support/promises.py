"""Many open tickets that wait for what was promised."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count, islice
from typing import Any

from sqlalchemy import insert

from bot.db.models import Base, Job, SlaTarget, Span, Ticket
from bot.db.tx import Tx
from bot.persons import people
from channels.base import Address
from tests.support.media import NOW, Bench

BATCH = 5_000


def wait_for_promises(desk: Bench, tickets: int) -> None:
    """Add open tickets, each with two promises that run and a job that is due next year."""
    owner = desk.store.run(lambda tx: people.meet(tx, "memory", Address("owner@people.example")).id)
    whole = _rows(owner, tickets)
    while batch := list(islice(whole, BATCH)):
        rows: dict[type[Base], list[dict[str, Any]]] = {Ticket: [], Span: [], SlaTarget: [], Job: []}
        for model, row in batch:
            rows[model].append(row)

        def write(tx: Tx, rows: dict[type[Base], list[dict[str, Any]]] = rows) -> None:
            for model, found in rows.items():
                if found:
                    tx.session.connection().execute(insert(model), found)

        desk.store.run(write)


def _rows(owner: int, tickets: int) -> Iterator[tuple[type[Base], dict[str, Any]]]:
    ids, next_year = count(10_000_000), NOW + timedelta(days=365)
    for number in range(1, tickets + 1):
        people_of_it = {"requester_id": owner, "owner_id": owner}
        kept = {"created_at": NOW, "changed_at": NOW, "fields": {}, "channel": "memory", "language": "en"}
        yield Ticket, {"id": number, "subject": "It waits", "status": "open", "priority": "low", **people_of_it, **kept}
        yield Span, {"id": next(ids), "ticket_id": number, "status": "open", "started_at": NOW, "ended_at": None}
        for kind in ("first_response", "resolution"):
            promised = {"policy": "Standard", "priority": "low", "book": "0" * 64, "state": "running", "kind": kind}
            dates = {"started_at": NOW, "due_at": next_year, "warned": 0.0}
            yield SlaTarget, {"id": next(ids), "ticket_id": number, **promised, **dates}
        job = {"key": f"bench:{number}", "kind": "sla", "arguments": {"ticket": number}, "ticket_id": number}
        yield (
            Job,
            {"id": next(ids), **job, "due_at": next_year, "state": "waiting", "error": "", "root": "x", "depth": 1},
        )
