"""How fast `firstline rules backtest` asks other books about messages that were received."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import msgspec
from sqlalchemy import insert

from bench.mails import STORIES, Mail, mails
from bench.plan import Plan
from bench.report import Aim, Figure, Report
from bench.subjects import Place, prepare
from bot.actions import actions
from bot.db.models import AuditEntry, Base, Book, Event, Person, Ticket
from bot.db.store import Store
from bot.judging import replay
from bot.judging.backtest import Backtest
from bot.judging.why import FIRED, RULE, KeptBooks
from rules.engine import decide
from rules.facts import Facts, Priority
from rules.kinds import Books
from rules.loader import load
from rules.priority import Matrix
from rules.shipped import shipped_books
from tests.support.facts import opened_by_mail

NAME = "backtest"
OWN = """
[[trigger]]
name = "Printers are not that urgent"
on = ["ticket.opened"]
when = "any_word(subject, 'printer', 'Drucker', 'imprimante')"
then = [{ do = "set_urgency", to = "low" }, { do = "add_tag", tag = "printer" }]
"""
_CHUNK = 500
_BEGUN = datetime(2026, 10, 1, tzinfo=UTC)


def measure(plan: Plan) -> Report:
    rate = Figure(what="messages a second", aim=Aim(limit=1_000, at_least=True))
    place = Place(folder=plan.folder / NAME, port=0, relay_port=0)
    place.folder.mkdir()
    prepare(place)
    store = Store(place.database)
    try:
        plan.say(f"{NAME}: making {plan.folded:,} messages")
        _fill(store, load(shipped_books(), actions()), plan.folded)
        other = load([*shipped_books(), ("own.toml", OWN)], actions())
        for number in range(1, plan.rounds + 1):
            plan.say(f"{NAME}: round {number} of {plan.rounds}")
            begun = time.perf_counter()
            folded = _backtest(store, other)
            rate.note("firstline", folded / (time.perf_counter() - begun))
    finally:
        store.close()
    about = f"{plan.folded:,} messages against {len(other.on('ticket.opened'))} rules for each"
    return Report(name=NAME, about=about, contestants=["firstline"], figures=[rate], judged=True)


def _backtest(store: Store, books: Books) -> int:
    """How many messages the other books were asked about."""
    kept = KeptBooks()
    test = Backtest(books, kept, Matrix())
    span = replay.span(store, _BEGUN)
    assert span is not None
    for chains in replay.chains(store, span, kept):
        for chain in chains:
            test.fold(chain)
    return int(test.report()["messages"])


def _fill(store: Store, books: Books, messages: int) -> None:
    """So many tickets that were opened under these books, each with the event and with what fired."""
    letters, ids = mails(NAME, len(STORIES) * 3), count(int(_BEGUN.timestamp() * 1000) << 22, 7)
    content = msgspec.json.encode({"books": books.text}).decode()
    person = next(ids)
    with store.engine.begin() as connection:
        connection.execute(insert(Person), [{"id": person, "name": "Ada", "created_at": _BEGUN}])
        used = {"first_used_at": _BEGUN, "in_force_at": _BEGUN}
        connection.execute(insert(Book), [{"hash": books.hash, "content": content, **used}])
        for begin in range(0, messages, _CHUNK):
            rows: dict[type[Base], list[dict[str, Any]]] = {Ticket: [], Event: [], AuditEntry: []}
            for number in range(begin, min(begin + _CHUNK, messages)):
                for table, row in _opened(number + 1, person, letters[number % len(letters)], books, ids):
                    rows[table].append(row)
            for table, found in rows.items():
                connection.execute(insert(table), found)


def _opened(
    number: int, person: int, letter: Mail, books: Books, ids: Iterator[int]
) -> Iterator[tuple[type[Base], dict[str, Any]]]:
    story = STORIES[letter.number % len(STORIES)]
    at, event = _BEGUN + timedelta(minutes=number), next(ids)
    facts = _facts(number, at, f"{story.subject} ({number})", "\n\n".join(story.paragraphs), story.language)
    yield (
        Ticket,
        {
            "id": number,
            "subject": story.subject,
            "status": "new",
            "priority": "medium",
            "channel": "email",
            "language": story.language,
            "requester_id": person,
            "owner_id": person,
            "created_at": at,
            "changed_at": at,
        },
    )
    yield (
        Event,
        {
            "id": event,
            "ticket_id": number,
            "name": facts.event,
            "at": at,
            "facts": msgspec.json.encode(facts),
            "books": books.hash,
            "cause": f"inbox:{number}",
            "parent_id": None,
            "root": f"inbox:{number}",
            "depth": 0,
        },
    )
    for firing in decide(books, facts, frozenset()).firings:
        row = {"ticket_id": number, "at": at, "action": FIRED, "details": {}, "event_id": event}
        yield AuditEntry, row | {"id": next(ids), "actor": f"{RULE}{firing.rule}"}


def _facts(number: int, at: datetime, subject: str, text: str, language: str) -> Facts:
    return opened_by_mail(
        at,
        text,
        ticket={"number": number, "subject": subject, "matrix_priority": Priority.MEDIUM, "language": language},
        message={"subject": subject, "language": language, "first": True},
        requester={"address": f"ada.{number}@people.example", "language": language},
    )
