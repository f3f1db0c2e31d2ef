"""The doors by which a request comes in on Slack: commands, forms, shortcuts, signs, mentions."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import select

from bot.db.models import Conversation, File, Message, Ticket
from tests.scenarios.slack.conftest import Office, an_office
from tests.scenarios.slack.looking import form
from tests.support.slackserver import View

T = TypeVar("T")
BOOK = """
[[category]]
name = "plotter"
title = "Plotters"
words = ["plotter"]

[[category.fields]]
name = "asset"
label = "Asset number"
required = true
kind = "asset"

[[category]]
name = "badge"
title = "Badges"
words = ["badge"]

[[category.fields]]
name = "door"
label = "Which door"
"""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """The office at work, on SQLite, with a book of categories."""
    book = tmp_path / "ours.toml"
    book.write_text(BOOK, encoding="utf-8")
    extra = f'\n[rules]\nbooks = ["{book}"]\n'
    with an_office(tmp_path, f"sqlite:///{tmp_path}/desk.db", extra=extra) as there:
        yield there


def tickets(office: Office) -> list[Ticket]:
    """All tickets, once the desk is at rest."""
    office.settle()
    return office.house.read(lambda session: list(session.scalars(select(Ticket).order_by(Ticket.id))))


def first(office: Office, number: int) -> Message:
    """The message that opened a ticket."""

    def found(number: int) -> Message:
        query = select(Message).where(Message.ticket_id == number).order_by(Message.id).limit(1)
        return office.house.read(lambda session: session.scalars(query).one())

    return found(number)


def thread_of(office: Office, number: int) -> str:
    """Where a ticket goes on with its requester."""
    query = select(Conversation.thread).where(Conversation.ticket_id == number, Conversation.role == "requester")
    return office.house.read(lambda session: str(session.scalar(query)))


def labels(view: View) -> list[str]:
    return [block["label"]["text"] for block in view.given["blocks"] if block["type"] == "input"]


def wait(office: Office, true: Callable[[], T], what: str) -> T:
    return office.house.wait_until(true, what)


def test_a_command_with_words_opens_a_ticket_and_goes_on_in_private(office: Office) -> None:
    office.ada.command("/ticket", "The printer is on fire", channel=office.offered)
    wait(office, lambda: office.server.calls("chat.postMessage", ok=True), "an answer")
    (ticket,) = tickets(office)
    assert (ticket.subject, ticket.channel) == ("The printer is on fire", "slack")
    assert thread_of(office, 1).startswith(f"{office.workspace.id}:{office.ada.dm.id}:")
    rooms = {call["channel"] for call in office.server.calls("chat.postMessage", ok=True)}
    assert rooms == {office.desk.id, office.ada.dm.id}


def test_a_form_asks_only_for_what_its_category_needs_and_counts_once(office: Office) -> None:
    office.ada.command("/ticket")
    view = form(office, office.ada, "Open a ticket")
    assert labels(view) == ["What is it about?", "What do you need?"]
    office.ada.fill(view, {"words": "It smokes"})
    office.ada.choose(view, "category", "badge")
    wait(office, lambda: "Which door" in labels(view), "the field of badges")
    office.ada.choose(view, "category", "plotter")
    wait(office, lambda: "Asset number" in labels(view), "the field of plotters")
    assert "Which door" not in labels(view)
    office.ada.submit(view, {"field:asset": "PR-1", "field:tried": "nothing", "field:error": "none"})
    twice = office.server.deliveries[-1]
    wait(office, lambda: office.server.calls("chat.postMessage", ok=True), "an answer")
    office.server.deliver_again(twice)
    (ticket,) = tickets(office)
    assert (ticket.category, first(office, 1).words) == ("plotter", "It smokes")
    assert ticket.fields == {"asset": "PR-1", "tried": "nothing", "error": "none"}


def test_a_form_without_words_says_so_and_opens_nothing(office: Office) -> None:
    office.ada.shortcut("open_ticket")
    view = form(office, office.ada, "Open a ticket")
    office.ada.submit(view, {"words": "   "})
    office.settle()
    assert office.ada.modal is view
    office.ada.submit(view, {"words": "It smokes"})
    wait(office, lambda: office.ada.modal is None, "the end of the form")
    assert [ticket.subject for ticket in tickets(office)] == ["It smokes"]


def test_a_message_becomes_its_authors_ticket_in_its_thread_with_its_files(office: Office) -> None:
    photo = office.ben.file("smoke.png", b"a picture", "image/png")
    message = office.ben.post(office.offered, "The printer smokes", files=[photo])
    office.ada.message_shortcut(message, "open_ticket_of_message")
    view = form(office, office.ada, "Open a ticket")
    assert "Whose request is it?" in labels(view)
    office.ada.submit(view)
    wait(office, lambda: office.ada.modal is None, "the end of the form")
    (ticket,) = tickets(office)
    assert (ticket.subject, first(office, 1).external_id) == (
        "The printer smokes",
        f"{office.workspace.id}:{office.offered.id}:{message.ts}",
    )
    assert ticket.requester_id == office.house.desk.directory.by_handle["ben"].person_id
    assert thread_of(office, 1).endswith(message.ts)
    assert office.house.read(lambda session: list(session.scalars(select(File.name)))) == ["smoke.png"]


def test_a_message_of_somebody_else_for_oneself_goes_on_in_private(office: Office) -> None:
    message = office.ben.post(office.offered, "The printer smokes")
    office.ada.message_shortcut(message, "open_ticket_of_message")
    office.ada.submit(form(office, office.ada, "Open a ticket"), {"for": f"{office.workspace.id}:{office.ada.id}"})
    wait(office, lambda: office.server.calls("chat.postMessage", ok=True), "an answer")
    (ticket,) = tickets(office)
    assert thread_of(office, 1).startswith(f"{office.workspace.id}:{office.ada.dm.id}:")
    assert ticket.requester_id not in office.house.desk.directory.by_person


def test_however_many_signs_one_message_is_one_ticket_of_its_author(office: Office) -> None:
    message = office.ada.post(office.offered, "My password does not work")
    for person in (office.anna, office.ben, office.ada):
        person.react(message, "ticket")
    wait(office, lambda: tickets(office), "a ticket")
    (ticket,) = tickets(office)
    assert ticket.subject == "My password does not work"
    assert thread_of(office, 1).endswith(message.ts)
    person = office.house.ticket(1)["requester"]
    assert person == office.ada.user.real_name


def test_who_is_named_in_a_thread_takes_it_on_with_how_it_began(office: Office) -> None:
    began = office.ben.post(office.offered, "Does the scanner work for you?")
    office.ada.mention_bot(office.offered, "not for me either", thread=began)
    wait(office, lambda: tickets(office), "a ticket")
    (ticket,) = tickets(office)
    assert ticket.subject == "not for me either"
    assert "Does the scanner work for you?" in first(office, 1).words
    assert thread_of(office, 1).endswith(began.ts)
