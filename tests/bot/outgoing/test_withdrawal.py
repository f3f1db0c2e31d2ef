"""What is taken back while it is being sent: it is not tried again, and what was accepted counts as sent."""

import pytest
from sqlalchemy import select

from bot.cause import Cause
from bot.db.models import Delivery, Ticket
from bot.db.tx import Tx
from bot.outgoing import delivery, outbox, withdrawal
from bot.outgoing.delivery import Claimed, next_step
from bot.persons import people
from bot.ticket import conversations, lifecycle
from bot.ticket.messages import record, words_only
from channels.base import Address, Receipt, TemporaryFailure
from tests.support.media import Bench

ADDRESS = "eve@example.com"


def claimed_and_withdrawn(desk: Bench) -> Claimed:
    """An answer that a process sends in the moment in which it is taken back."""

    def answer(tx: Tx) -> None:
        cause = Cause(tx, desk.desk, "test:1")
        eve = people.meet(tx, "memory", Address(ADDRESS, "Eve"))
        ticket = lifecycle.open_ticket(cause, eve, words_only("Buy this."), channel="memory", subject="Cheap")
        what = words_only("No.")
        message_id = record(cause, ticket, conversations.of_requester(cause, ticket), what, author=None)
        outbox.say_words(cause, ticket, "answer", what, message_id)

    def take_back(tx: Tx) -> None:
        cause = Cause(tx, desk.desk, "test:2")
        ticket = tx.session.scalars(select(Ticket)).one()
        withdrawal.of_blocked(cause, [ticket], [ADDRESS], ())

    desk.store.run(answer)
    (row,) = desk.store.run(delivery.claim("process", 10))
    desk.store.run(take_back)
    return row


def state_of(desk: Bench, row: Claimed) -> str:
    with desk.store.read() as session:
        return session.get_one(Delivery, row.id).state


@pytest.mark.covers("H18")
def test_what_the_relay_puts_off_is_not_tried_again(desk: Bench) -> None:
    row = claimed_and_withdrawn(desk)
    step = next_step(row, TemporaryFailure("not now"), desk.now[0], jitter=1.0)
    desk.store.run(delivery.refused(desk.desk, row, step))
    assert state_of(desk, row) == "dropped"
    assert desk.store.run(delivery.claim("process", 10)) == []


def test_what_the_relay_has_accepted_is_sent(desk: Bench) -> None:
    row = claimed_and_withdrawn(desk)
    desk.store.run(delivery.accepted(row, b"", Receipt(external_id="x")))
    assert state_of(desk, row) == "sent"
