"""Direct messages: which of them belong together, and the question when that cannot be told."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.db.models import Inbox, Message, Ticket
from tests.scenarios.slack.conftest import Office
from tests.scenarios.slack.looking import press, said


def subjects(office: Office) -> list[str]:
    with office.house.store.read() as session:
        return list(session.scalars(select(Ticket.subject).order_by(Ticket.id)))


def words_on(office: Office, number: int) -> list[str]:
    with office.house.store.read() as session:
        said = select(Message.words).where(Message.ticket_id == number, Message.kind == "message")
        return list(session.scalars(said.order_by(Message.id)))


def waits(office: Office) -> bool:
    with office.house.store.read() as session:
        return session.scalar(select(Inbox.id).where(Inbox.state == "asked").limit(1)) is not None


def an_open_ticket(office: Office, *, age: timedelta) -> None:
    office.ada.post(office.ada.dm, "The printer is broken")
    office.house.wait_until(lambda: subjects(office), "the ticket")
    office.settle()
    office.house.clock.forward(age)


def test_what_is_said_soon_after_belongs_to_it(office: Office) -> None:
    an_open_ticket(office, age=timedelta(minutes=4))
    office.ada.post(office.ada.dm, "It smells of smoke")
    office.house.wait_until(lambda: len(words_on(office, 1)) == 2, "the second message")
    assert subjects(office) == ["The printer is broken"]


@pytest.mark.parametrize(("pressed", "tickets"), [("fl:choice:1", 1), ("fl:choice:2", 2)])
def test_later_one_is_asked_and_nothing_is_lost(office: Office, pressed: str, tickets: int) -> None:
    an_open_ticket(office, age=timedelta(minutes=6))
    office.ada.post(office.ada.dm, "My screen flickers")
    office.house.wait_until(lambda: waits(office), "the question")
    question = office.house.wait_until(
        lambda: next((one for one in office.ada.whispers if "or something new" in one.text), None), "the question"
    )
    assert question is not None
    office.ada.press(question, pressed)
    office.house.wait_until(lambda: not waits(office), "the answer")
    office.settle()
    assert len(subjects(office)) == tickets
    assert words_on(office, tickets)[-1] == "My screen flickers"


def test_without_an_answer_it_joins_the_open_ticket_marked_as_unsure(office: Office) -> None:
    an_open_ticket(office, age=timedelta(minutes=6))
    office.ada.post(office.ada.dm, "My screen flickers")
    office.house.wait_until(lambda: waits(office), "the question")
    office.house.clock.forward(timedelta(minutes=11))
    office.house.wait_until(lambda: len(words_on(office, 1)) == 2, "it to join")
    with office.house.store.read() as session:
        flags = session.scalars(select(Message.flags).where(Message.words == "My screen flickers")).one()
    assert "unsure_match" in flags


@pytest.mark.both_databases
def test_an_answer_in_its_thread_belongs_to_it_however_late(office: Office) -> None:
    office.ada.post(office.ada.dm, "The printer is broken")
    office.house.wait_until(lambda: subjects(office), "the ticket")
    first = next(iter(office.ada.dm.messages.values()))
    office.house.clock.forward(timedelta(days=3))
    office.ada.post(office.ada.dm, "It still is", thread=first)
    office.house.wait_until(lambda: len(words_on(office, 1)) == 2, "the answer")


@pytest.mark.covers("H11")
def test_a_button_below_the_acknowledgement_says_how_it_stands(office: Office) -> None:
    an_open_ticket(office, age=timedelta(hours=3))
    acknowledged = next(one for one in office.ada.dm.messages.values() if one.by_bot)
    press(office, office.ada, acknowledged, "How does it stand?")
    told = office.house.wait_until(
        lambda: [words for words in said(office, office.ada.dm) if "This is how your request #1 stands: new." in words],
        "how it stands",
    )
    assert len(told) == 1
    office.settle()
    assert words_on(office, 1) == ["The printer is broken"], "it is no message"
