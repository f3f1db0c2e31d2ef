"""What a tick costs with many open tickets, each with a clock and a promise that run: what is due, not what is open."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from bench.plan import Plan
from bench.report import Aim, Figure, Report
from bot.config import load_config
from bot.db.models import Job, Person, SlaTarget, Span, Ticket
from bot.db.store import Store
from bot.loops.jobs import JobLoop
from bot.wiring import build_desk, open_store

NAME = "ticking"
DUE = 50
TICKS = 200
CHUNK = 1_000
BEGAN = datetime.now(UTC) - timedelta(minutes=5)
CONFIG = """
[desk]
name = "Bench"
secret = "of the bench"
data = "{folder}"

[database]
url = "sqlite:///{folder}/firstline.db"

[rules]
shipped = false
books = ["{folder}/ticking.toml"]

[[agent]]
handle = "anna"
name = "Anna Berg"
email = "anna@example.org"

[email]
addresses = ["help@example.org"]
"""
BOOK = """
[[automation]]
name = "Tick"
after = "30 days"
when = "status == 'open'"
then = [{ do = "add_tag", tag = "ticked" }]

[[policy]]
name = "Within a month"
resolution = "30 days"
"""


def measure(plan: Plan) -> Report:
    fewest = f"{plan.ticking[0]:,}"
    idle = Figure(what="a tick with nothing due, ms", aim=Aim(limit=1.5, to=fewest))
    due = Figure(
        what=f"a clock that rings and a promise that is looked at, of {DUE}, ms", aim=Aim(limit=1.5, to=fewest)
    )
    gone_through = Figure(what="a ticket after books changed, ms")
    for number in range(1, plan.rounds + 1):
        for count in plan.ticking:
            contestant = f"{count:,}"
            plan.say(f"{NAME}: round {number} of {plan.rounds}, {contestant} tickets")
            with _desk(plan.folder / f"ticking-{number}-{count}", count) as (store, loop):
                gone_through.note(contestant, _spent(loop) * 1000 / count)
                begun = time.perf_counter()
                for _ in range(TICKS):
                    loop.work()
                idle.note(contestant, (time.perf_counter() - begun) * 1000 / TICKS)
                for kind in ("timer", "sla"):
                    store.run(lambda tx, kind=kind: tx.execute(_SOON, {"of_kind": kind}).rowcount)  # type: ignore[misc]
                due.note(contestant, _spent(loop) * 1000 / DUE)
    return Report(
        name=NAME,
        about="firstline with so many open tickets, on each of which a clock and a promise run",
        contestants=[f"{count:,}" for count in plan.ticking],
        figures=[idle, due, gone_through],
        judged=True,
    )


_SOON = (
    update(Job)
    .where(Job.id.in_(select(Job.id).where(Job.kind == bindparam("of_kind"), Job.state == "waiting").limit(DUE)))
    .values(due_at=BEGAN)
)


def _spent(loop: JobLoop) -> float:
    """The seconds until all that is due is done."""
    begun = time.perf_counter()
    while loop.work():
        pass
    return time.perf_counter() - begun


@contextmanager
def _desk(folder: Path, count: int) -> Iterator[tuple[Store, JobLoop]]:
    folder.mkdir()
    (folder / "ticking.toml").write_text(BOOK, encoding="utf-8")
    path = folder / "config.toml"
    path.write_text(CONFIG.format(folder=folder), encoding="utf-8")
    config = load_config(path)
    store = open_store(config, upgrade=True)
    try:
        _fill(store, count)
        yield store, JobLoop(store, store.run(lambda tx: build_desk(config, tx)))
    finally:
        store.close()


def _fill(store: Store, count: int) -> None:
    with store.engine.connect() as connection:
        person = {"id": 1, "name": "Ada Lovelace", "known": True, "vip": False, "created_at": BEGAN}
        connection.execute(insert(Person), [person])
        for begin in range(1, count + 1, CHUNK):
            numbers = range(begin, min(begin + CHUNK, count + 1))
            connection.execute(insert(Ticket), [_ticket(number) for number in numbers])
            spans = [{"id": number, "ticket_id": number, "status": "open", "started_at": BEGAN} for number in numbers]
            connection.execute(insert(Span), spans)
            connection.execute(insert(SlaTarget), [_promise(number) for number in numbers])
        connection.commit()


def _ticket(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "subject": f"The printer ({number})",
        "status": "open",
        "priority": "medium",
        "channel": "email",
        "language": "en",
        "requester_id": 1,
        "owner_id": 1,
        "created_at": BEGAN,
        "changed_at": BEGAN,
    }


def _promise(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "ticket_id": number,
        "kind": "resolution",
        "policy": "Within a month",
        "priority": "medium",
        "book": "",
        "state": "running",
        "started_at": BEGAN,
    }
