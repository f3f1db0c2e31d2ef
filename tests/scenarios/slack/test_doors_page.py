"""What Slack shows by itself: somebody's page, and the question whether a message is a request; on each database."""

import zlib
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.db.models import Inbox, Ticket
from bot.intake import inbox
from bot.talk.chat import TALK
from tests.scenarios.slack.conftest import Office
from tests.scenarios.slack.looking import elements, form, press, said_to, the_card, told, words
from tests.support.slackserver import Message


@pytest.mark.both_databases
def test_the_page_shows_what_is_open_and_is_kept_current(office: Office) -> None:
    office.ada.open_home()
    home = office.house.wait_until(lambda: office.ada.home, "the page")
    assert home is not None
    assert "There are no tickets" in str(home.given["blocks"])
    press(office, office.ada, home, "Open a ticket")
    office.ada.submit(form(office, office.ada, "Open a ticket"), {"words": "The printer is on fire"})
    office.house.wait_until(lambda: "#1 The printer is on fire" in elements(home.given["blocks"]), "the ticket there")
    press(office, office.ada, home, "#1 The printer is on fire")
    office.house.wait_until(
        lambda: [
            one for one in office.ada.dm.messages.values() if "#1 The printer is on fire (new)" in str(one.blocks)
        ],
        "the ticket, in the conversation with them",
    )
    office.anna.open_home()
    mine = office.house.wait_until(lambda: office.anna.home, "the agent's page")
    assert mine is not None
    office.anna.command("/desk", "1 take")
    office.house.wait_until(lambda: "#1 The printer" in str(mine.given["blocks"]), "the ticket in the queue")
    office.house.verb("assign", 1, "ben", who="lea")
    office.house.wait_until(lambda: "#1 The printer" not in str(mine.given["blocks"]), "the ticket in another's queue")
    office.house.verb("solve", 1)
    office.house.wait_until(lambda: "#1 The printer" not in str(home.given["blocks"]), "the ticket gone")


def test_the_page_shows_what_is_said_to_all(office: Office) -> None:
    texts = {"en": {"subject": "The network is down", "body": "Until **noon**."}}
    office.house.ask("bulletins.send", **{"as": "lea", "texts": texts})
    office.ada.open_home()
    home = office.house.wait_until(lambda: office.ada.home, "the page")
    assert home is not None
    assert "The network is down" in str(home.given["blocks"])
    assert "noon" in str(home.given["blocks"])


def says_to_all(office: Office, department: str, title: str) -> int:
    """Begin a bulletin to a department; its id."""
    texts = {"en": {"subject": title, "body": "Until noon."}}
    return int(office.house.ask("bulletins.send", **{"as": "lea", "texts": texts, "department": department})["id"])


@pytest.mark.covers("must:bulletins")
def test_cards_and_pages_follow_what_is_said_to_all(office: Office) -> None:
    """Of whom it goes to: more than are told in a minute, so that it can still be stopped."""
    sales = [{"email": "ada@example.com", "name": "Ada"}, *({"email": f"p{n}@example.com"} for n in range(60))]
    office.house.ask("people.import", rows=[one | {"department": "Sales"} for one in sales])
    office.house.ask("people.import", rows=[{"email": "works@example.com", "department": "Works"}])
    office.ada.post(office.ada.dm, "I have no mail")
    card = the_card(office)
    office.ada.open_home()
    home = office.house.wait_until(lambda: office.ada.home, "the page")
    assert home is not None
    says_to_all(office, "Works", "The lift is stuck")
    begun = says_to_all(office, "Sales", "The mail server is down")
    office.house.wait_until(lambda: "Bulletin in force: The mail server is down" in words(card), "it on the card")
    office.house.wait_until(lambda: "The mail server is down" in str(home.given["blocks"]), "it on the page")
    assert "The lift is stuck" not in words(card)
    office.house.ask("bulletins.stop", **{"as": "lea", "id": begun})
    office.house.wait_until(lambda: "The mail server is down" not in words(card), "the card without it")
    office.house.wait_until(lambda: "The mail server is down" not in str(home.given["blocks"]), "the page without it")


def talk(office: Office) -> int:
    """How many messages nobody was asked about."""
    dropped = select(Inbox.id).where(Inbox.outcome == TALK.what)
    return office.house.read(lambda session: len(session.scalars(dropped).all()))


def questions(office: Office) -> list[Message]:
    """The questions in front of ada whether what she wrote is a request."""
    return [one for one in office.ada.whispers if "Shall we look into this" in str(one.blocks)]


def outcomes(office: Office, outcome: str) -> bool:
    """Whether something became this."""
    rows = select(Inbox.id).where(Inbox.outcome == outcome)
    return office.house.read(lambda session: session.scalar(rows.limit(1))) is not None


@pytest.mark.both_databases
def test_what_is_nobodys_request_is_not_kept(office: Office) -> None:
    office.ada.post(office.offered, "Thank you")
    office.house.wait_until(lambda: talk(office) == 1, "the talk")
    row = office.house.read(lambda session: session.scalars(select(Inbox)).one())
    assert zlib.decompress(row.payload) == b""
    assert not office.house.run(lambda tx: inbox.replay(tx, row.id)), "there is nothing to be worked again"


@pytest.mark.both_databases
def test_a_message_that_is_edited_before_the_yes_opens_with_its_newest_words(office: Office) -> None:
    message = office.ada.post(office.offered, "My sceren flickers")
    told(office, office.ada, "Shall we look into this")
    office.ada.edit(message, "My screen flickers")
    office.ada.edit(message, "My left screen flickers")
    office.server.wait_until(lambda: all(each.acknowledged for each in office.server.deliveries))
    office.house.wait_until(lambda: outcomes(office, "newer words of what waits for an answer"), "the edits")
    office.settle()
    press(office, office.ada, questions(office)[0], "Open a ticket")
    subject = office.house.wait_until(lambda: office.house.read(lambda s: s.scalar(select(Ticket.subject))), "it")
    assert subject == "My left screen flickers"


@pytest.mark.both_databases
def test_a_direct_message_that_is_edited_before_it_is_known_what_it_is_about_says_the_newest(office: Office) -> None:
    office.ada.post(office.ada.dm, "The printer is on fire")
    office.house.wait_until(lambda: outcomes(office, "opened"), "the first ticket")
    office.settle()
    office.house.clock.forward(timedelta(minutes=6))
    message = office.ada.post(office.ada.dm, "My sceren flickers")
    question = said_to(office, office.ada, "or something new?")
    office.ada.edit(message, "My screen flickers")
    office.house.wait_until(lambda: outcomes(office, "newer words of what waits for an answer"), "the edit")
    press(office, office.ada, question, "Something new")
    second = select(Ticket.subject).where(Ticket.id == 2)
    subject = office.house.wait_until(lambda: office.house.read(lambda s: s.scalar(second)), "the second ticket")
    assert subject == "My screen flickers"


@pytest.mark.both_databases
def test_a_message_that_is_deleted_before_the_yes_opens_nothing(office: Office) -> None:
    message = office.ada.post(office.offered, "My password is hunter2")
    told(office, office.ada, "Shall we look into this")
    office.ada.delete(message)
    office.house.wait_until(lambda: outcomes(office, "its author has taken it back"), "the deletion")
    press(office, office.ada, questions(office)[0], "Open a ticket")
    told(office, office.ada, "answered before, or is over")
    office.settle()
    assert office.house.read(lambda session: session.scalar(select(Ticket.id))) is None


def test_a_message_in_a_room_is_asked_about_once_and_no_is_remembered(office: Office) -> None:
    office.ada.post(office.offered, "Hello, good morning everybody!")
    office.ada.post(office.offered, "Thank you")
    message = office.ada.post(office.offered, "My screen flickers")
    told(office, office.ada, "Shall we look into this")
    (question,) = questions(office)
    press(office, office.ada, question, "Open a ticket")
    office.house.wait_until(lambda: office.house.read(lambda s: s.scalar(select(Ticket.subject))), "the ticket")
    office.settle()
    threads = [call.arguments.get("thread_ts") for call in office.server.calls("chat.postMessage", ok=True)]
    assert message.ts in threads
    office.ada.post(office.offered, "The coffee machine is broken")
    office.house.wait_until(lambda: len(questions(office)) == 1, "the next question")
    press(office, office.ada, questions(office)[0], "No thanks")
    office.house.wait_until(lambda: not questions(office), "the end of the question")
    office.settle()
    office.ada.post(office.offered, "Now the milk is gone, too")
    office.house.wait_until(lambda: talk(office) == 3, "the end of the third that nobody is asked about")
    assert questions(office) == []
    office.house.clock.forward(timedelta(hours=9))
    office.ada.post(office.offered, "Who has my chair?")
    office.house.wait_until(lambda: questions(office), "a question after some hours")
    assert office.house.read(lambda session: len(list(session.scalars(select(Ticket.id))))) == 1
