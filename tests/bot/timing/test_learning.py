"""What is read for the promises of a ticket: no more than may still change, and enough for what all of it says."""

from collections.abc import Callable
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import select

from bot.cause import Cause
from bot.db.models import Delivery, SlaTarget, Ticket
from bot.db.tx import Tx
from bot.judging.react import react
from bot.loops.jobs import JobLoop
from bot.outgoing import delivery
from bot.outgoing.receipts import Accepted
from bot.persons import people
from bot.ticket import conversations, lifecycle, tickets
from bot.ticket.messages import words_only
from bot.timing import learning, sla
from channels.base import Address
from rules.facts import Priority, Target
from rules.sla import courses
from tests.support.media import Bench

ADA = Address("ada@example.com", "Ada")
Step = Callable[[Cause, Ticket], None]


def open_one(desk: Bench) -> int:
    """The number of a new ticket."""

    def unit(tx: Tx) -> int:
        cause = Cause(tx, desk.desk, "test:0")
        ticket = lifecycle.open_ticket(cause, people.meet(tx, "memory", ADA), words_only("Broken."), channel="memory")
        react(cause)
        return ticket.id

    return desk.store.run(unit)


def ask(cause: Cause, ticket: Ticket) -> None:
    person = people.meet(cause.tx, "memory", ADA)
    conversation = conversations.of_requester(cause, ticket)
    what = words_only("How long will it take?")
    lifecycle.receive(cause, ticket, conversation, what, author=person, address=ADA.address)


def answer(cause: Cause, ticket: Ticket) -> None:
    agent = cause.desk.directory.agents[0]
    cause.actor = agent.actor
    lifecycle.answer(cause, ticket, people.person(cause.tx, agent.person_id), words_only("Until tomorrow."))


def solve(cause: Cause, ticket: Ticket) -> None:
    agent = cause.desk.directory.agents[0]
    cause.actor = agent.actor
    lifecycle.solve(cause, ticket, people.person(cause.tx, agent.person_id), words_only("It works."))


def close(cause: Cause, ticket: Ticket) -> None:
    lifecycle.set_status(cause, ticket, "close")


def happen(desk: Bench, number: int, step: Step) -> None:
    """Let something happen to the ticket, some minutes later."""

    def unit(tx: Tx) -> None:
        cause = Cause(tx, desk.desk, f"test:{desk.now[0].timestamp()}")
        ticket = tickets.get(cause, number)
        assert ticket is not None
        step(cause, ticket)
        react(cause)

    desk.now[0] += timedelta(minutes=7)
    desk.store.run(unit)


def accept(desk: Bench) -> None:
    """The medium accepts what waits for it."""
    desk.now[0] += timedelta(minutes=1)
    with desk.store.read() as session:
        rows = session.scalars(select(Delivery.id).where(Delivery.state == "queued")).all()
    desk.store.run(delivery.settle("gone", [Accepted(row, f"<{row}@example.org>", desk.now[0]) for row in rows]))
    loop = JobLoop(desk.store, desk.desk)
    while loop.work():
        pass


def learned(desk: Bench, number: int) -> learning.Learned:
    def unit(tx: Tx) -> learning.Learned:
        cause = Cause(tx, desk.desk, "test:learn")
        ticket = tickets.get(cause, number)
        assert ticket is not None
        return learning.learn(cause, [ticket])[number]

    return desk.store.run(unit)


Promise = tuple[str, object, object]


def kept(desk: Bench, number: int) -> set[Promise]:
    """The promises of answers as their targets have them: kind, begin, and end or None."""
    with desk.store.read() as session:
        found = session.scalars(select(SlaTarget).where(SlaTarget.ticket_id == number, SlaTarget.kind != "resolution"))
        return {(one.kind, one.started_at, one.ended_at) for one in found if one.state != "dropped"}


def recomputed(desk: Bench, number: int) -> set[Promise]:
    """The same, worked out from all that ever happened."""

    def unit(tx: Tx) -> set[Promise]:
        cause = Cause(tx, desk.desk, "test:recompute")
        ticket = tickets.get(cause, number)
        assert ticket is not None
        policy = sla.policy_of(cause, ticket)
        assert policy.promise(Target.NEXT_REPLY, Priority(ticket.priority))
        found = [one for one in courses(sla.history_of(cause, ticket)) if not one.dropped]
        return {(str(one.target), one.started_at, one.ended_at) for one in found if one.target != Target.RESOLUTION}

    return desk.store.run(unit)


def running(promises: set[Promise]) -> set[Promise]:
    return {one for one in promises if one[2] is None}


@pytest.mark.covers("H8", "must:sla-recomputed")
@pytest.mark.parametrize("seed", range(4))
def test_what_is_read_gives_the_same_promises_as_all_that_happened(desk: Bench, seed: int) -> None:
    chance = Random(seed)  # noqa: S311  no secret
    number = open_one(desk)
    for _ in range(25):
        step = chance.choices((ask, answer, solve, close, None), (6, 3, 1, 1, 4))[0]
        if step is None:
            accept(desk)
        else:
            happen(desk, number, step)
        ours, theirs = kept(desk, number), recomputed(desk, number)
        assert running(ours) == running(theirs)
        assert ours <= theirs, "what was asked and answered within one look has no target"


@pytest.mark.covers("H8")
def test_a_long_conversation_is_not_read_again_for_each_message(desk: Bench) -> None:
    number = open_one(desk)
    for _ in range(10):
        happen(desk, number, ask)
    assert learned(desk, number).asked == [], "before the first response none waits for the next reply"
    for _ in range(5):
        happen(desk, number, answer)
        accept(desk)
        happen(desk, number, ask)
    for _ in range(10):
        happen(desk, number, ask)
    found = learned(desk, number)
    assert len(found.asked) == 1, "the first question waits; the others wait for the same answer"
    assert len(found.replies) == 1, "that there was a first response"
    assert [(one.kind, one.state) for one in found.targets][-1] == ("next_reply", "running")
    assert len(found.targets) == 3, "the answered ones are over"
    happen(desk, number, answer)
    accept(desk)
    found = learned(desk, number)
    assert (len(found.asked), len(found.replies), len(found.targets)) == (0, 1, 2)
