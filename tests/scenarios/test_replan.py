"""Books that change: open tickets are gone through 100 in a job, wherever that is interrupted."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.event import listen
from sqlalchemy.orm import Session

from bot.config import load_config
from bot.db.models import AuditEntry, Event, Job, Person, Span, Ticket, TicketTag
from bot.db.store import Store
from bot.db.tx import Tx
from bot.due.jobs import due
from bot.ids import new_id
from bot.loops.jobs import JobLoop
from bot.wiring import build_desk, open_store
from tests.support.clocks import MONDAY
from tests.support.house import AGENTS, CONFIG, Clock

WAITS = "status == 'open'"
BEFORE = MONDAY - timedelta(hours=1)


def automation(name: str, after: str, when: str = WAITS) -> str:
    """A book with one automation."""
    then = f'[{{ do = "add_tag", tag = "{name}" }}]'
    return f'[[automation]]\nname = "{name}"\nafter = "{after}"\nwhen = "{when}"\nthen = {then}\n'


@contextmanager
def desk(folder: Path, url: str, book: str, clock: Clock) -> Iterator[tuple[Store, JobLoop]]:
    """The store and the jobs of a desk with this book, without the rest of it."""
    (folder / "own.toml").write_text(book, encoding="utf-8")
    rules = f'[rules]\nshipped = false\nbooks = ["{folder}/own.toml"]\n'
    path = folder / "config.toml"
    path.write_text(CONFIG.format(folder=folder / "var", url=url, relay_port=25) + AGENTS + rules, encoding="utf-8")
    config = load_config(path)
    store = open_store(config, upgrade=True, clock=clock)
    try:
        yield store, JobLoop(store, store.run(lambda tx: build_desk(config, tx)))
    finally:
        store.close()


def work(loop: JobLoop) -> None:
    """Do all that is due."""
    while loop.work():
        pass


def fill(tx: Tx, count: int, status: str = "open") -> None:
    """So many tickets that have been in a status for an hour."""
    person = Person(id=new_id(), name="Ada Lovelace", created_at=BEFORE, known=True, vip=False)
    tx.add(person)
    for number in range(1, count + 1):
        tx.add(
            Ticket(
                id=number,
                subject=f"Printer {number}",
                status=status,
                priority="medium",
                channel="email",
                language="en",
                requester_id=person.id,
                owner_id=person.id,
                created_at=BEFORE,
                changed_at=BEFORE,
            )
        )
        tx.append(Span, id=new_id(), ticket_id=number, status=status, started_at=BEFORE, ended_at=None)


def jobs(store: Store) -> list[Job]:
    """The clocks of all tickets, the oldest first."""
    with store.read() as session:
        return list(session.scalars(select(Job).where(Job.kind == "timer").order_by(Job.id)))


def waiting(store: Store) -> Counter[str]:
    """How many clocks of each rule run."""
    return Counter(job.arguments["rule"] for job in jobs(store) if job.state == "waiting")


@pytest.mark.covers("must:replan")
def test_open_tickets_are_gone_through_in_jobs_of_100_that_may_be_interrupted(
    tmp_path: Path, database_url: str
) -> None:
    clock = Clock(MONDAY)
    with desk(tmp_path, database_url, "", clock) as (store, loop):
        work(loop)
        store.run(lambda tx: fill(tx, 240))
    book = automation("nudge", "2 hours")
    with desk(tmp_path, database_url, book, clock) as (store, loop):
        loop.work()
        assert waiting(store) == {"nudge": 100}
    with desk(tmp_path, database_url, book, clock) as (store, loop):
        loop.work()
        assert waiting(store) == {"nudge": 200}
        loop.work()
        assert waiting(store) == {"nudge": 240}
        assert {(job.due_at, job.depth) for job in jobs(store)} == {(BEFORE + timedelta(hours=2), 1)}
        work(loop)
        with store.read() as session:
            plans = session.scalars(select(Job).where(Job.kind == "replan")).all()
        assert [plan.state for plan in plans] == ["done"] * 4, "one without books, and three for these"


@pytest.mark.parametrize("others_wait", [True, False])
def test_others_go_first_before_the_next_hundred(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, others_wait: bool
) -> None:
    monkeypatch.setattr("bot.db.store._TURN_SECONDS", 0.0)
    clock, url = Clock(MONDAY), f"sqlite:///{tmp_path}/desk.db"
    with desk(tmp_path, url, "", clock) as (store, loop):
        work(loop)
        store.run(lambda tx: fill(tx, 120))
    with desk(tmp_path, url, automation("nudge", "2 hours"), clock) as (store, loop):

        def somebody_comes(*event: object) -> None:
            if others_wait and "FROM ticket" in str(event[2]):
                store.submit(lambda tx: tx.wake("desk"), urgent=True)

        listen(store.engine, "before_cursor_execute", somebody_comes)
        assert loop.work()
        assert waiting(store) == {"nudge": 100}
        assert (loop.pause > 0) is others_wait


@pytest.mark.covers("must:replan")
def test_clocks_follow_the_books_that_are_in_force(tmp_path: Path, database_url: str) -> None:
    clock = Clock(MONDAY)
    with desk(tmp_path, database_url, automation("stays", "2 hours") + automation("goes", "2 hours"), clock) as (
        store,
        loop,
    ):
        store.run(lambda tx: fill(tx, 2))
        work(loop)
        before = {job.ticket_id: job.arguments["since"] for job in jobs(store)}
    with desk(tmp_path, database_url, automation("stays", "5 hours") + automation("comes", "3 hours"), clock) as (
        store,
        loop,
    ):
        work(loop)
        assert waiting(store) == {"stays": 2, "comes": 2}
        for job in jobs(store):
            since = datetime.fromisoformat(job.arguments["since"])
            if job.arguments["rule"] == "goes":
                assert job.state == "dropped"
            elif job.arguments["rule"] == "stays":
                assert job.arguments["since"] == before[job.ticket_id]
                assert job.due_at == since + timedelta(hours=5)
            else:
                assert (since, job.due_at) == (BEFORE, BEFORE + timedelta(hours=3))


@pytest.mark.covers("must:replan")
def test_what_has_run_down_already_rings_in_its_turn(tmp_path: Path, database_url: str) -> None:
    clock = Clock(MONDAY)
    with desk(tmp_path, database_url, automation("old", "10 minutes"), clock) as (store, loop):
        store.run(lambda tx: fill(tx, 250))
        work(loop)
        due = sorted(job.due_at for job in jobs(store))
        assert len(due) == 250
        assert {later - earlier for earlier, later in pairwise(due)} == {timedelta(seconds=5)}
        assert timedelta() < due[0] - MONDAY < timedelta(minutes=1)
        clock.forward(timedelta(minutes=10))
        work(loop)
        rang = [job for job in jobs(store) if job.state == "done"]
        assert 105 <= len(rang) <= 140


@pytest.mark.covers("must:replan")
def test_solved_tickets_too_but_neither_closed_ones_nor_old_mail(tmp_path: Path, database_url: str) -> None:
    clock = Clock(MONDAY)
    book = automation("close", "2 days", "status == 'solved'") + automation("any", "2 days", "ticket.number > 0")

    def unit(tx: Tx) -> None:
        fill(tx, 3, "solved")
        tx.flush()
        tx.session.get_one(Ticket, 2).status = "closed"
        tx.append(
            AuditEntry,
            id=new_id(),
            ticket_id=3,
            at=BEFORE,
            actor="import",
            action="imported",
            details={},
            event_id=None,
        )

    with desk(tmp_path, database_url, "", clock) as (store, loop):
        store.run(unit)
        work(loop)
    with desk(tmp_path, database_url, book, clock) as (store, loop):
        work(loop)
        assert {(job.ticket_id, job.arguments["rule"]) for job in jobs(store)} == {(1, "close"), (1, "any")}


@pytest.mark.covers("must:tick-cost")
def test_what_is_due_is_found_in_an_index_and_not_among_all_that_wait(tmp_path: Path, database_url: str) -> None:
    clock = Clock(MONDAY)
    with desk(tmp_path, database_url, automation("later", "30 days"), clock) as (store, loop):
        store.run(lambda tx: fill(tx, 3_000))
        work(loop)
        assert waiting(store) == {"later": 3_000}
        asked: list[tuple[str, Any]] = []
        listen(store.engine, "before_cursor_execute", lambda *event: asked.append((event[2], event[3])))
        with Session(store.engine) as session:
            if not store.embedded:
                session.execute(text("analyze job"))
            asked.clear()
            assert due(session, clock(), 50) == []
            [(statement, parameters)] = asked
            explain = "explain query plan" if store.embedded else "explain"
            plan = session.connection().exec_driver_sql(f"{explain} {statement}", parameters).all()
        assert "ix_job_due" in str(plan)
        assert "seq scan" not in str(plan).lower()


@pytest.mark.covers("must:timers", "must:crash")
def test_a_clock_rings_once_where_two_processes_see_it_due_or_one_ends_in_the_middle(
    tmp_path: Path, database_url: str
) -> None:
    clock = Clock(MONDAY)
    with desk(tmp_path, database_url, automation("old", "2 hours"), clock) as (store, loop):
        store.run(lambda tx: fill(tx, 20))
        work(loop)
        clock.forward(timedelta(hours=2))
        with store.read() as session:
            seen = due(session, clock(), 50)
        assert len(seen) == 20

        def ends_in_the_middle(tx: Tx) -> None:
            loop._unit(seen[0])(tx)
            tx.flush()
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            store.run(ends_in_the_middle)
        work(loop)
        for job in seen:
            store.run(loop._unit(job))
        with store.read() as session:
            rang = session.scalars(select(Event.ticket_id).where(Event.name == "time.passed")).all()
            tagged = session.scalars(select(TicketTag.ticket_id)).all()
        assert sorted(rang) == sorted(tagged) == list(range(1, 21))
