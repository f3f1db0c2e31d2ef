"""What keeps promises cheap and whole: indexes that are used, receipts that come late, jobs that come too often."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, select

from bot.cause import Cause
from bot.db.models import Delivery, Job, SlaTarget
from bot.db.tx import Tx
from bot.judging.react import react
from bot.loops.jobs import JobLoop
from bot.outgoing import delivery
from bot.outgoing.receipts import Accepted
from bot.persons import people
from bot.ticket import lifecycle, tickets
from bot.ticket.messages import words_only
from bot.timing import sla
from channels.base import Address
from tests.support.media import Bench
from tests.support.promises import wait_for_promises


def open_one(desk: Bench) -> int:
    """The number of a new ticket."""

    def unit(tx: Tx) -> int:
        cause = Cause(tx, desk.desk, "test:1")
        ticket = lifecycle.open_ticket(
            cause, people.meet(tx, "memory", Address("ada@example.com")), words_only("Broken."), channel="memory"
        )
        react(cause)
        return ticket.id

    return desk.store.run(unit)


def work(desk: Bench) -> None:
    """Do every job that is due."""
    loop = JobLoop(desk.store, desk.desk)
    while loop.work():
        pass


def targets(desk: Bench, number: int) -> list[SlaTarget]:
    with desk.store.read() as session:
        return list(session.scalars(select(SlaTarget).where(SlaTarget.ticket_id == number).order_by(SlaTarget.id)))


def jobs_of(desk: Bench, number: int) -> list[tuple[str, str]]:
    with desk.store.read() as session:
        rows = session.execute(select(Job.kind, Job.state).where(Job.ticket_id == number).order_by(Job.id))
        return [(kind, state) for kind, state in rows]


@contextmanager
def questions() -> Iterator[list[tuple[str, Any]]]:
    """What is asked of any database meanwhile."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@pytest.mark.covers("must:tick-cost")
@pytest.mark.parametrize("analysed", [False, True], ids=["as it grew", "analysed"])
def test_a_tick_and_what_it_does_use_their_indexes(desk: Bench, *, analysed: bool) -> None:
    work(desk)  # what a start leaves to be done, or it would time these tickets anew
    wait_for_promises(desk, 500)
    if analysed:
        desk.store.run(lambda tx: tx.session.connection().exec_driver_sql("ANALYZE").close())
    open_one(desk)
    desk.now[0] += timedelta(hours=30)
    with questions() as asked:
        work(desk)
    with desk.store.read() as session:
        connection = session.connection()
        plans = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one}", given).all() for one, given in asked]
    lines = [str(line[3]) for plan in plans for line in plan]
    scanned = [line for line in lines if line.startswith("SCAN") and ("job" in line or "sla_target" in line)]
    running = "SCAN sla_target USING INDEX ix_sla_target_due"  # the morning's lists go through what is due alone
    assert [line for line in scanned if line != running] == []
    for index in ("ix_job_due", "ix_job_ticket", "ix_sla_target_ticket_id", "ix_span_ticket_id"):
        assert any(index in line for line in lines), index


@pytest.mark.covers("H8")
def test_a_new_ticket_asks_nothing_of_the_database_for_its_promises(desk: Bench) -> None:
    with questions() as asked:
        number = open_one(desk)
    assert not [statement for statement, _ in asked if "sla_target" in statement or "FROM span" in statement]
    assert [(target.kind, target.state) for target in targets(desk, number)] == [
        ("first_response", "running"),
        ("resolution", "running"),
    ]
    assert [job for job in jobs_of(desk, number) if job[0] == sla.KIND] == [("sla", "waiting")]


@pytest.mark.covers("H8")
def test_an_answer_that_an_ended_process_had_sent_counts_from_when_it_was_accepted(desk: Bench) -> None:
    number = open_one(desk)
    desk.now[0] += timedelta(hours=1)

    def answer(tx: Tx) -> None:
        cause = Cause(tx, desk.desk, "test:2", actor=desk.desk.directory.agents[0].actor)
        ticket = tickets.get(cause, number)
        assert ticket is not None
        agent = people.person(tx, desk.desk.directory.agents[0].person_id)
        lifecycle.answer(cause, ticket, agent, words_only("Please try again."))
        react(cause)

    desk.store.run(answer)
    sent_at = desk.now[0] + timedelta(minutes=1)
    desk.now[0] += timedelta(hours=3)
    with desk.store.read() as session:
        row = session.scalars(select(Delivery.id).where(Delivery.notice == "answer")).one()
    for _ in range(2):
        desk.store.run(delivery.settle("gone", [Accepted(row, "<x@example.org>", sent_at)]))
    work(desk)
    first = targets(desk, number)[0]
    assert (first.state, first.ended_at, first.used_seconds) == ("met", sent_at, 3660)
