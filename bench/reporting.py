"""What a monthly report costs over a year of tickets, and whether it takes more memory for more of them."""

import resource
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from random import Random
from typing import Any

from sqlalchemy import Connection, create_engine, insert

from bench.plan import Plan
from bench.report import Aim, Figure, Report
from bot.db.models import Milestone, Person, SlaTarget, Ticket
from bot.db.store import Store
from bot.figures.milestones import FOREVER, Happened
from bot.figures.month import compare
from bot.figures.periods import Period, parse_period
from bot.figures.reading import Scope

NAME = "reporting"
CHUNK = 5_000
YEAR = 365 * 86_400
END = int(datetime(2026, 10, 1, tzinfo=UTC).timestamp())
PEOPLE = 2_000
OPEN = 20
"""One ticket in so many is still open."""
HOUR = 3_600


def measure(plan: Plan) -> Report:
    seconds = Figure(what="a month beside the one before, s", aim=Aim(limit=5.0))
    scoped = Figure(what="the same of one category, s")
    memory = Figure(what="memory, MB")
    for count in plan.reporting:
        contestant = f"{count:,}"
        plan.say(f"{NAME}: making {contestant} tickets")
        url = f"sqlite:///{plan.folder}/reporting-{count}.db"
        fill(url, count)
        for number in range(1, plan.rounds + 1):
            plan.say(f"{NAME}: round {number} of {plan.rounds}, {contestant} tickets")
            seconds.note(contestant, timed(url, Scope()))
            scoped.note(contestant, timed(url, Scope(category="network")))
            memory.note(contestant, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    return Report(
        name=NAME,
        about="a monthly report over a year of so many tickets",
        contestants=[f"{count:,}" for count in plan.reporting],
        figures=[seconds, scoped, memory],
        judged=True,
    )


def timed(url: str, scope: Scope) -> float:
    """The seconds that the figures of the last month take."""
    store = Store(url)
    try:
        begun = time.perf_counter()
        with store.read() as session:
            compare(session, _period(), scope)
        return time.perf_counter() - begun
    finally:
        store.close()


def _period() -> Period:
    return parse_period("month", date(2026, 10, 1), "Europe/Berlin")


def fill(url: str, tickets: int) -> None:
    """Make the tables, and in them a year of tickets with what reports read of each."""
    engine = create_engine(url)
    with engine.connect() as connection:
        _make_tables(connection)
        ada = {"known": True, "vip": False, "created_at": _moment(END - YEAR)}
        people = [{"id": number, "name": f"Ada {number}", "department": _of(number), **ada} for number in range(PEOPLE)]
        connection.execute(insert(Person), people)
        chance = Random(1)
        for begin in range(0, tickets, CHUNK):
            rows: dict[Any, list[dict[str, Any]]] = {Ticket: [], Milestone: [], SlaTarget: []}
            for index in range(begin, min(begin + CHUNK, tickets)):
                opened = END - YEAR + YEAR * index // tickets
                for model, row in _history(index + 1, opened, chance):
                    rows[model].append(row)
            for model, values in rows.items():
                connection.execute(insert(model), values)
            connection.commit()
    engine.dispose()


def _make_tables(connection: Connection) -> None:
    Person.metadata.create_all(connection, checkfirst=True)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA synchronous = OFF")
    connection.commit()


def _history(number: int, opened: int, chance: Random) -> Iterator[tuple[type, dict[str, Any]]]:
    """A ticket, the four milestones of its life, and the promise of a first answer."""
    answered, solved, closed = opened + chance.randrange(HOUR, 8 * HOUR), opened + chance.randrange(9, 90) * HOUR, 0
    closed = solved + 72 * HOUR
    is_open = number % OPEN == 0
    requester = chance.randrange(PEOPLE)
    shared: dict[str, Any] = {
        "priority": chance.choice(("high", "medium", "medium", "low")),
        "category": chance.choice(("network", "printer", "account", "software", None)),
        "team": chance.choice(("field", "servicedesk")),
        "tier": 1,
        "channel": chance.choice(("email", "slack", "phone")),
        "requester_id": requester,
        "assignee_id": chance.randrange(20),
        "escalated": int(chance.random() < 0.1),
        "asset_id": None,
        "confidential": False,
    }
    ticket = {name: value for name, value in shared.items() if name != "asset_id"}
    yield (
        Ticket,
        ticket
        | {
            "id": number,
            "subject": f"Broken ({number})",
            "status": "open" if is_open else "closed",
            "language": "en",
            "owner_id": shared["assignee_id"],
            "created_at": _moment(opened),
            "changed_at": _moment(opened),
        },
    )
    life: list[tuple[int, Happened, str, int | None]] = [
        (opened, Happened.OPENED | Happened.CHANGED, "new", None),
        (answered, Happened.ANSWERED, "open", None),
    ]
    if not is_open:
        life += [(solved, Happened.DONE | Happened.CHANGED, "solved", (solved - opened) // 3)]
        life += [(closed, Happened.CHANGED, "closed", None)]
    ends = [at for at, *_ in life[1:]] + [FOREVER]
    for place, (at, happened, status, seconds) in enumerate(life):
        yield (
            Milestone,
            shared
            | {
                "id": (at << 22) + number * 4 + place,
                "ticket_id": number,
                "at": at,
                "until": ends[place],
                "happened": int(happened),
                "status": status,
                "department": _of(requester),
                "agent_id": shared["assignee_id"] if place else None,
                "opened_at": opened,
                "answered": place > 0,
                "void": False,
                "seconds": seconds,
            },
        )
    used = answered - opened
    yield (
        SlaTarget,
        {
            "id": number,
            "ticket_id": number,
            "kind": "first_response",
            "policy": "desk",
            "priority": shared["priority"],
            "book": "bench",
            "state": "met" if used < 6 * HOUR else "missed",
            "started_at": _moment(opened),
            "due_at": _moment(opened + 6 * HOUR),
            "warned": 0.0,
            "ended_at": _moment(answered),
            "used_seconds": used,
        },
    )


def _of(person: int) -> str:
    return ("Assembly", "Office", "Logistics", "Sales")[person % 4]


def _moment(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)
