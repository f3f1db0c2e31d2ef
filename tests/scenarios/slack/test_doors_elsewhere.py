"""Doors where something is in the way: rooms without the desk, a slow Slack, guests who look like agents."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.db.models import AuditEntry, Conversation, Person, Ticket
from tests.scenarios.slack.conftest import Office, an_office
from tests.scenarios.slack.looking import form, press, the_card, told
from tests.support.house import mail
from tests.support.slackserver import Person as SlackPerson
from tests.support.slackserver import Slow


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """The office at work, on SQLite."""
    with an_office(tmp_path, f"sqlite:///{tmp_path}/desk.db") as there:
        yield there


def requester(office: Office, number: int) -> str:
    query = select(Person.name).join(Ticket, Ticket.requester_id == Person.id).where(Ticket.id == number)
    return office.house.read(lambda session: str(session.scalar(query)))


def opened(office: Office, count: int = 1) -> None:
    def enough() -> bool:
        return office.house.read(lambda session: len(session.scalars(select(Ticket.id)).all())) >= count

    office.house.wait_until(enough, f"{count} tickets")
    office.settle()


def test_a_room_without_the_desk_lends_its_words_and_the_rest_is_private(office: Office) -> None:
    room = office.workspace.channel("elsewhere", office.ada, office.ben, with_bot=False)
    photo = office.ben.file("smoke.png", b"a picture", "image/png")
    message = office.ben.post(room, "The scanner smokes", files=[photo])
    office.ada.message_shortcut(message, "open_ticket_of_message")
    office.ada.submit(form(office, office.ada, "Open a ticket"))
    opened(office)
    assert requester(office, 1) == "Ben Koch"
    thread = select(Conversation.thread).where(Conversation.ticket_id == 1, Conversation.role == "requester")
    where = office.house.wait_until(
        lambda: office.house.read(lambda session: session.scalar(thread)), "an answer to who wrote it"
    )
    assert str(where).startswith(f"{office.workspace.id}:{office.ben.dm.id}:")
    refused = select(AuditEntry.details).where(AuditEntry.action == "files_refused")
    names = office.house.read(lambda session: session.scalar(refused))
    assert names == {"names": ["smoke.png (unreadable)"]}
    office.ada.command("/desk", "mine", channel=room)
    office.house.wait_until(
        lambda: any("Your open tickets" in str(one.blocks) for one in office.ada.dm.messages.values()), "the answer"
    )


def test_a_form_opens_at_once_though_slack_is_slow_to_say_who_asks(office: Office) -> None:
    office.server.faults.add("users.info", Slow(2.5))
    office.ada.shortcut("open_ticket")
    view = office.house.wait_until(lambda: office.ada.modal, "what opens at once")
    assert view is not None
    assert (view.given["title"]["text"], view.given.get("submit")) == ("…", None)
    office.ada.submit(form(office, office.ada, "Open a ticket"), {"words": "It smokes"})
    opened(office)
    assert requester(office, 1) == office.ada.user.real_name


def test_an_agent_opens_one_for_anybody_and_others_only_for_the_author(office: Office) -> None:
    message = office.ada.post(office.offered, "The projector hums")
    office.anna.message_shortcut(message, "open_ticket_of_message")
    view = form(office, office.anna, "Open a ticket")
    office.anna.submit(view, {"for": office.ben.id})
    opened(office)
    assert requester(office, 1) == "Ben Koch"
    carl = office.workspace.person("carl", email="carl@example.com")
    office.workspace.join(office.offered, carl.id)
    second = office.ada.post(office.offered, "The beamer hums, too")
    carl.message_shortcut(second, "open_ticket_of_message")
    menu = next(
        block["element"]
        for block in form(office, carl, "Open a ticket").given["blocks"]
        if block["block_id"] == "fl:input:for"
    )
    assert [one["text"]["text"] for one in menu["options"]] == [office.ada.user.real_name, "Mine"]


@pytest.fixture
def eve(office: Office) -> SlackPerson:
    """Somebody of another organisation, who claims an agent's address; in the rooms of the desk and of requests."""
    guest = office.workspace.guest("eve", email="anna@example.org")
    for room in (office.desk, office.watched):
        office.workspace.join(room, guest.id)
    return guest


def test_a_guest_with_an_agents_address_is_nobody_here(office: Office, eve: SlackPerson) -> None:
    office.house.send(mail())
    there = the_card(office)
    press(office, eve, there, "Take")
    assert office.server.deliveries[-1].payload["team"]["id"] == eve.user.team_id != office.workspace.id
    told(office, eve, "for the people who work on tickets")
    press(office, eve, there, "Solve")
    assert "for the people who work on tickets" in str(form(office, eve, "Solve").given["blocks"])
    office.settle()
    assert office.house.ticket(1)["assignee"] is None


def test_what_a_guest_says_bears_their_own_workspaces_id_and_is_a_requesters(office: Office, eve: SlackPerson) -> None:
    asked = eve.post(office.watched, "The printer is broken")
    assert office.server.deliveries[-1].payload["team_id"] == eve.user.team_id
    opened(office)
    assert requester(office, 1) == eve.user.real_name
    office.house.wait_until(lambda: any(one.by_bot for one in office.watched.replies(asked.ts)), "the acknowledgement")
    there = the_card(office)
    eve.edit(asked, "The scanner is broken")
    office.house.wait_until(lambda: "edited" in office.house.audit(1), "the edit")
    eve.post(office.desk, "#solve It was me.", thread=there)
    office.house.wait_until(lambda: "noted" in office.house.audit(1), "a bystander's note")
    eve.delete(asked)
    office.house.wait_until(lambda: "withdrawn" in office.house.audit(1), "the deletion")
    office.settle()
    assert office.house.ticket(1)["status"] == "new"


def test_a_guests_sign_below_a_message_opens_its_authors_ticket(office: Office, eve: SlackPerson) -> None:
    message = office.ada.post(office.offered, "Thank you")
    office.workspace.join(office.offered, eve.id)
    eve.react(message, "ticket")
    assert office.server.deliveries[-1].payload["team_id"] == eve.user.team_id
    opened(office)
    assert requester(office, 1) == office.ada.user.real_name
