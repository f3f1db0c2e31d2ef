"""What a tick costs with many open tickets, each with a clock and a promise that run: what is due, not what is open."""

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import bindparam, create_engine, insert, select, update

from bench import planned
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
_ROUNDS = 2
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


def measure(plan: Plan) -> Iterator[Report]:
    """With few open tickets and with many, by turns; then with a year of tickets, of which few are open."""
    yield _by_turns(plan)
    yield from planned.measure(plan)


def _by_turns(plan: Plan) -> Report:
    fewest = f"{plan.ticking[0]:,}"
    idle = Figure(what="a tick with nothing due, ms", aim=Aim(limit=1.5, to=fewest))
    due = Figure(
        what=f"a clock that rings and a promise that is looked at, of {DUE}, ms", aim=Aim(limit=1.5, to=fewest)
    )
    gone_through = Figure(what="a ticket after books changed, ms")
    rounds = min(plan.rounds, _ROUNDS)
    for number in range(1, rounds + 1):
        with ExitStack() as stack:
            desks: dict[str, tuple[Store, JobLoop]] = {}
            for count in plan.ticking:
                contestant = f"{count:,}"
                plan.say(f"{NAME}: round {number} of {rounds}, {contestant} tickets")
                store, loop = stack.enter_context(_desk(plan.folder / f"ticking-{number}-{count}", count))
                gone_through.note(contestant, _spent(loop) * 1000 / count)
                _checkpoint(store)
                desks[contestant] = store, loop
            for contestant, seconds in _ticks(desks).items():
                idle.note(contestant, seconds * 1000)
            for contestant, (store, loop) in desks.items():
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


def _ticks(desks: Mapping[str, tuple[Store, JobLoop]]) -> dict[str, float]:
    """Seconds for a tick with nothing due, the median; they take turns, tick by tick."""
    spent: dict[str, list[float]] = {contestant: [] for contestant in desks}
    for _ in range(TICKS):
        for contestant, (_, loop) in desks.items():
            begun = time.perf_counter()
            loop.work()
            spent[contestant].append(time.perf_counter() - begun)
    return {contestant: median(seconds) for contestant, seconds in spent.items()}


def _checkpoint(store: Store) -> None:
    """As after any quiet moment: what was written is in the database, and not beside it."""
    with store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


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
    open_store(config, upgrade=True).close()
    fill_open(config.database.url, count)
    store = open_store(config, upgrade=False)
    try:
        yield store, JobLoop(store, store.run(lambda tx: build_desk(config, tx)))
    finally:
        store.close()


def fill_open(url: str, count: int) -> None:
    """So many open tickets, with a promise each, in an empty database."""
    engine = create_engine(url)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA synchronous = OFF")
        person = {"id": 1, "name": "Ada Lovelace", "known": True, "vip": False, "created_at": BEGAN}
        connection.execute(insert(Person), [person])
        for begin in range(1, count + 1, CHUNK):
            numbers = range(begin, min(begin + CHUNK, count + 1))
            connection.execute(insert(Ticket), [_ticket(number) for number in numbers])
            spans = [{"id": number, "ticket_id": number, "status": "open", "started_at": BEGAN} for number in numbers]
            connection.execute(insert(Span), spans)
            connection.execute(insert(SlaTarget), [_promise(number) for number in numbers])
            connection.commit()
    engine.dispose()


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
