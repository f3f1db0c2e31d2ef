"""What a look at the clock costs when many open tickets wait for their promises, beside what it costs when few do."""

import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import count, islice
from typing import Any

from sqlalchemy import insert

from bench.plan import Plan
from bench.report import Aim, Figure, Report
from bot import lifecycle, people
from bot.cause import Cause
from bot.db.models import Base, Job, SlaTarget, Span, Ticket
from bot.db.tx import Tx
from bot.loops.jobs import JobLoop
from bot.messages import words_only
from bot.react import react
from channels.base import Address
from tests.support.media import NOW, Bench, at_a_bench, opened

NAME = "ticks"
DUE = 20
LOOKS = 50
_BATCH = 5_000


def measure(plan: Plan) -> Report:
    fewest = f"{plan.open[0]:,}"
    idle = Figure(what="a look at which nothing is due, ms", aim=Aim(limit=2, to=fewest))
    busy = Figure(what="a warning that is due, ms", aim=Aim(limit=1.5, to=fewest))
    for tickets in plan.open:
        contestant = f"{tickets:,}"
        folder = plan.folder / f"ticks-{tickets}"
        folder.mkdir()
        with opened["memory"](folder) as medium:
            desk = at_a_bench(folder, medium)
            plan.say(f"{NAME}: making {contestant} open tickets")
            wait_for_promises(desk, tickets)
            for number in range(1, plan.rounds + 1):
                plan.say(f"{NAME}: round {number} of {plan.rounds}, {contestant} tickets")
                idle.note(contestant, min(_look(desk) for _ in range(LOOKS)) * 1000)
                busy.note(contestant, _look_when_due(desk) / DUE * 1000)
            desk.store.close()
    return Report(
        name=NAME,
        about=f"the jobs of promises, {DUE} due at once, with so many open tickets that wait for theirs",
        contestants=[f"{tickets:,}" for tickets in plan.open],
        figures=[idle, busy],
        judged=True,
    )


def wait_for_promises(desk: Bench, tickets: int) -> None:
    """Add open tickets, each with two promises that run and a job that is due next year.

    What a start leaves to be done is done before, or it would time these tickets anew.
    """
    loop = JobLoop(desk.store, desk.desk)
    while loop.work():
        pass
    owner = desk.store.run(lambda tx: people.meet(tx, "memory", Address("owner@people.example")).id)
    whole = _rows(owner, tickets)
    while batch := list(islice(whole, _BATCH)):
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


def _look(desk: Bench) -> float:
    loop, begun = JobLoop(desk.store, desk.desk), time.perf_counter()
    loop.work()
    return time.perf_counter() - begun


def _look_when_due(desk: Bench) -> float:
    """How long the loop takes for some tickets whose first answer is due soon; they are opened a day before."""

    def open_some(tx: Tx) -> None:
        for number in range(DUE):
            cause = Cause(tx, desk.desk, f"bench:{tx.now.timestamp()}:{number}")
            requester = people.meet(tx, "memory", Address(f"{cause.id}@people.example"))
            lifecycle.open_ticket(cause, requester, words_only("It waits."), channel="memory")
            react(cause)

    desk.store.run(open_some)
    desk.now[0] += timedelta(hours=20)
    return _look(desk)
