"""The one door out."""

import pytest
from sqlalchemy import func, select

from bot.cause import Cause
from bot.db.models import Delivery, Message, Ticket
from bot.db.tx import Tx
from bot.outgoing import outbox
from bot.persons import people
from bot.ticket import conversations, lifecycle, messages
from bot.ticket.messages import words_only
from channels.base import Address
from tests.support.media import Bench


def opened(tx: Tx, desk: Bench) -> tuple[Cause, Ticket]:
    cause = Cause(tx, desk.desk, "test:1")
    ada = people.meet(tx, "memory", Address("ada", "Ada Lovelace"))
    return cause, lifecycle.open_ticket(cause, ada, words_only("It is broken."), channel="memory", subject="Printer")


@pytest.mark.covers("H18")
def test_nothing_internal_goes_into_a_requesters_conversation_and_nothing_of_the_try_is_kept(desk: Bench) -> None:
    def unit(tx: Tx) -> None:
        cause, ticket = opened(tx, desk)
        outbox.tell_requester(cause, ticket, "verb_result", {"titles": ["the requester is rude"]})

    with pytest.raises(outbox.InternalOnly, match="verb_result"):
        desk.store.run(unit)
    with desk.store.read() as session:
        assert session.scalar(select(func.count()).select_from(Delivery)) == 0
        assert session.scalar(select(func.count()).select_from(Message)) == 0


def test_what_an_agent_says_is_not_automatic_and_what_the_desk_says_is(desk: Bench) -> None:
    def unit(tx: Tx) -> None:
        cause, ticket = opened(tx, desk)
        what = words_only("It is the cable.")
        message_id = messages.record(cause, ticket, conversations.of_requester(cause, ticket), what, author=None)
        outbox.say_words(cause, ticket, "answer", what, message_id)
        outbox.tell_requester(cause, ticket, "acknowledgement", {})

    desk.store.run(unit)
    with desk.store.read() as session:
        rows = session.execute(select(Delivery.notice, Delivery.key, Delivery.outgoing).order_by(Delivery.id)).all()
    assert [row.notice for row in rows] == ["answer", "acknowledgement"]
    assert [b'"automatic":true' in row.outgoing for row in rows] == [False, True]
    assert len({row.key for row in rows}) == 2


@pytest.mark.covers("E17")
def test_the_cap_holds_within_one_transaction_too(desk: Bench) -> None:
    def unit(tx: Tx) -> list[bool]:
        cause, ticket = opened(tx, desk)
        return [outbox.tell_requester(cause, ticket, "acknowledgement", {}) is not None for _ in range(4)]

    assert desk.store.run(unit) == [True, True, False, False]
