"""What happens to tickets leaves milestones, and a month that was reported stays as it was."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.cause import Cause
from bot.db.models import Milestone, Person, Ticket
from bot.db.tx import Tx
from bot.figures.headline import needing
from bot.figures.milestones import FOREVER, Happened
from bot.figures.month import Figures, count
from bot.figures.periods import parse_period
from bot.figures.reading import Scope
from bot.ids import new_id
from bot.judging.react import react
from bot.persons import people
from bot.ticket import lifecycle, tickets
from bot.ticket.messages import words_only
from channels.base import Address
from tests.support.media import Bench

OCTOBER = datetime(2026, 10, 5, 9, tzinfo=UTC)


def opens(desk: Bench, who: str = "ada@example.com") -> int:
    def unit(tx: Tx) -> int:
        cause = Cause(tx, desk.desk, f"test:{new_id()}")
        person = people.meet(tx, "memory", Address(who))
        person.department = "Assembly"
        ticket = lifecycle.open_ticket(cause, person, words_only("Broken."), channel="memory")
        react(cause)
        return ticket.id

    return desk.store.run(unit)


def does(desk: Bench, number: int, what: Callable[[Cause, Ticket, Person], object]) -> None:
    """Anna does something to a ticket, an hour later."""
    desk.now[0] += timedelta(hours=1)

    def unit(tx: Tx) -> None:
        anna = desk.desk.directory.agents[0]
        cause = Cause(tx, desk.desk, f"test:{new_id()}", actor=anna.actor)
        ticket = tickets.get(cause, number)
        assert ticket is not None
        what(cause, ticket, people.person(tx, anna.person_id))
        react(cause)

    desk.store.run(unit)


def october(desk: Bench) -> Figures:
    with desk.store.read() as session:
        return count(session, parse_period("2026-10", date(2026, 12, 1), "UTC"), Scope())


def happened(desk: Bench, number: int) -> list[tuple[Happened, str]]:
    with desk.store.read() as session:
        rows = session.execute(
            select(Milestone.happened, Milestone.status, Milestone.at, Milestone.until)
            .where(Milestone.ticket_id == number)
            .order_by(Milestone.id)
        ).all()
    assert [row.until for row in rows] == [*(row.at for row in rows[1:]), FOREVER]
    return [(Happened(row.happened), row.status) for row in rows]


def test_each_cause_leaves_one_milestone_of_a_ticket(desk: Bench) -> None:
    desk.now[0] = OCTOBER
    number = opens(desk)
    does(desk, number, lambda cause, ticket, anna: lifecycle.answer(cause, ticket, anna, words_only("Look.")))
    does(desk, number, lambda cause, ticket, anna: lifecycle.solve(cause, ticket, anna, words_only("Done.")))
    does(desk, number, lambda cause, ticket, _: lifecycle.reopen(cause, ticket))
    does(desk, number, lambda cause, ticket, _: lifecycle.set_status(cause, ticket, "close"))
    assert happened(desk, number) == [
        (Happened.OPENED, "new"),
        (Happened.ANSWERED | Happened.CHANGED, "open"),
        (Happened.DONE | Happened.CHANGED, "solved"),
        (Happened.REOPENED | Happened.CHANGED, "open"),
        (Happened.DONE | Happened.CHANGED, "closed"),
    ]
    found = october(desk)
    assert (found.tally.done, found.tally.reopened, found.tally.answers) == (2, 1, 1)
    assert list(found.tally.worked) == [7200, 10_800], "an hour in which it was solved does not count"
    assert found.tally.opened_as["department"] == {"Assembly": 1}


@pytest.mark.covers("must:months-stay")
def test_a_month_that_was_reported_stays_as_it_was(desk: Bench) -> None:
    desk.now[0] = OCTOBER
    first, second = opens(desk), opens(desk, "eve@example.com")
    does(desk, first, lambda cause, ticket, _: lifecycle.set_category(cause, ticket, "network"))
    does(desk, second, lambda cause, ticket, _: lifecycle.set_category(cause, ticket, "network"))
    before = october(desk)
    assert before.tally.opened_as["category"] == {"network": 2}
    assert before.backlog.open == 2
    desk.now[0] = datetime(2026, 11, 2, 9, tzinfo=UTC)
    does(desk, first, lambda cause, ticket, _: lifecycle.set_category(cause, ticket, "printer"))
    does(desk, first, lambda cause, ticket, _: lifecycle.set_priority(cause, ticket, "high"))
    does(desk, first, lambda cause, ticket, anna: lifecycle.solve(cause, ticket, anna, words_only("Done.")))
    does(
        desk,
        second,
        lambda cause, ticket, _: lifecycle.close_as_spam(cause, ticket, people.person(cause.tx, ticket.requester_id)),
    )
    desk.store.run(lambda tx: tx.session.get_one(Person, _requester(tx, first)).__setattr__("department", "Office"))
    after = october(desk)
    assert vars(after.tally) == vars(before.tally)
    assert vars(after.backlog) == vars(before.backlog)
    with desk.store.read() as session:
        november = count(session, parse_period("2026-11", date(2026, 12, 1), "UTC"), Scope())
    assert (november.tally.opened, november.tally.done, november.backlog.open) == (0, 1, 0)


def test_what_is_secret_is_not_named_and_what_is_overdue_stands_first(desk: Bench) -> None:
    desk.now[0] = OCTOBER
    secret, old, late = (opens(desk) for _ in range(3))
    does(desk, late, lambda cause, ticket, _: lifecycle.set_priority(cause, ticket, "critical"))
    does(desk, secret, lambda _, ticket, __: setattr(ticket, "confidential", True))
    with desk.store.read() as session:
        fresh = needing(session, OCTOBER, Scope())
        overdue = needing(session, desk.now[0] + timedelta(days=9), Scope())
    assert [(one.number, one.overdue) for one in fresh] == [(old, False), (late, False)]
    assert [(one.number, one.overdue) for one in overdue] == [(late, True), (old, True)]


def _requester(tx: Tx, number: int) -> int:
    return tx.session.get_one(Ticket, number).requester_id
