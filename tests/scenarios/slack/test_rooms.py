"""Rooms of agents: which one a ticket's card stands in, what the others show, and whom the desk calls by name."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.db.models import Ticket
from bot.db.tx import Tx
from tests.scenarios.slack.conftest import Office, an_office
from tests.scenarios.slack.looking import below, buttons, cards, marks, said_to, the_card, wait_for, words
from tests.support.house import mail, reply
from tests.support.slackserver import Message

HELD = timedelta(seconds=11)
PETRA = "petra@example.org"


@pytest.fixture
def tiers(tmp_path: Path, database_url: str) -> Iterator[Office]:
    """An office in which the second tier has a room of its own."""
    carla = """
[[agent]]
handle = "carla"
name = "Carla Conti"
email = "carla@example.org"
medium = "slack"
tier = 2
teams = ["support"]
"""
    with an_office(tmp_path, database_url, extra=carla, rooms=["tier 2"]) as there:
        yield there


def escalated(office: Office) -> tuple[Message, Message]:
    """A ticket that Anna took and passed on: its old card, and that in the second tier's room."""
    office.house.send(mail())
    old = the_card(office)
    office.anna.post(office.desk, "#take", thread=old)
    office.settle()
    office.anna.post(office.desk, "#escalate It needs a technician.", thread=old)
    return old, the_card(office, office.rooms["tier 2"])


@pytest.mark.covers("H5", "H7")
def test_an_escalated_ticket_has_a_card_in_the_next_tiers_room_and_the_old_thread_is_for_notes(tiers: Office) -> None:
    office, house = tiers, tiers.house
    old, new = escalated(office)
    room = office.rooms["tier 2"]
    wait_for(office, new, "It needs a technician.", room)
    house.wait_until(lambda: "worked on elsewhere" in words(old) and not buttons(old), "the old card")
    noted = office.anna.post(office.desk, "It is the one by the stairs.", thread=old)
    house.wait_until(lambda: marks(noted) == {"lock"}, "the note")
    wait_for(office, new, "the one by the stairs", room)
    written = office.ben.post(room, "I am on my way.", thread=new)
    house.wait_until(lambda: marks(written) == {"hourglass_flowing_sand"}, "the hold")
    house.clock.forward(HELD)
    assert house.mails_to("ada@example.com", 2)
    house.wait_until(lambda: marks(written) == {"envelope"}, "the mark")
    assert len(cards(office)) == len(cards(office, room)) == 1


@pytest.mark.both_databases
def test_a_ticket_that_is_handed_back_goes_on_below_its_old_card(tiers: Office) -> None:
    office, house = tiers, tiers.house
    old, new = escalated(office)
    room = office.rooms["tier 2"]
    office.settle()
    office.ben.post(room, "#handback The first tier can do this.", thread=new)
    wait_for(office, old, "The first tier can do this.")
    house.wait_until(lambda: "worked on elsewhere" in words(new) and "Solve" in buttons(old), "the cards")
    written = office.anna.post(office.desk, "We will come at ten.", thread=old)
    house.wait_until(lambda: marks(written) == {"hourglass_flowing_sand"}, "the hold")
    house.clock.forward(HELD)
    house.wait_until(lambda: marks(written) == {"envelope"}, "the mark")
    assert len(cards(office)) == len(cards(office, room)) == 1


@pytest.fixture
def teams(tmp_path: Path, database_url: str) -> Iterator[Office]:
    """An office with a team that has a room of its own, and what is confidential is for that team."""
    people = """
[[team]]
name = "people"
lead = "petra"

[[agent]]
handle = "petra"
name = "Petra Paul"
email = "petra@example.org"
medium = "slack"
teams = ["people"]
"""
    with an_office(tmp_path, database_url, extra=people, rooms=["people"]) as there:
        yield there


@pytest.mark.covers("H7")
def test_a_ticket_of_another_team_moves_into_its_room(teams: Office) -> None:
    office, house = teams, teams.house
    house.send(mail())
    old = the_card(office)
    office.settle()
    office.anna.post(office.desk, "#transfer people It is about her contract.", thread=old)
    new = the_card(office, office.rooms["people"])
    house.wait_until(lambda: "worked on elsewhere" in words(old), "the old card")
    assert "Solve" in buttons(new)


def test_a_card_is_kept_when_a_ticket_is_closed_and_opened_again(office: Office) -> None:
    house = office.house
    house.send(mail())
    card = the_card(office)
    house.verb("status", 1, "closed", who="anna")
    house.wait_until(lambda: "closed" in words(card) and list(buttons(card)) == ["Reopen"], "the card")
    office.ben.press(card, buttons(card)["Reopen"])
    house.wait_until(lambda: "Solve" in buttons(card), "the card")
    assert len(cards(office)) == 1


def test_the_card_of_a_merged_ticket_says_where_it_goes_on_and_comes_back_when_it_is_parted(office: Office) -> None:
    house = office.house
    house.send(mail())
    first = the_card(office)
    house.send(mail(subject="Again the printer"))
    second = house.wait_until(lambda: cards(office)[1:], "the second card")[0]
    office.settle()
    house.verb("merge", 2, "1", who="anna")
    house.wait_until(lambda: "It goes on in #1" in words(second) and not buttons(second), "the merged card")
    assert "Solve" in buttons(first)
    house.verb("unmerge", 2, who="anna")
    house.wait_until(lambda: "goes on in" not in words(second) and "Solve" in buttons(second), "the card")


@pytest.mark.both_databases
def test_what_is_split_off_has_a_card_of_its_own(office: Office) -> None:
    house = office.house
    asked = office.ada.post(office.ada.dm, "The printer does not print.")
    first = the_card(office)
    office.ada.post(office.ada.dm, "And my chair squeaks.", thread=asked)
    wait_for(office, first, "chair squeaks")
    house.verb("split", 1, "The chair", who="anna")
    second = house.wait_until(lambda: cards(office)[1:], "the second card")[0]
    assert "The chair" in words(second)
    assert "chair squeaks" in words(second)


# ------------------------------------------------------------------------------------------ who is called


@pytest.mark.covers("H7")
def test_the_assignee_is_called_once_in_five_minutes(office: Office) -> None:
    house = office.house
    asked = office.ada.post(office.ada.dm, "The printer does not print.")
    card = the_card(office)
    office.ada.post(office.ada.dm, "Nobody there?", thread=asked)
    assert office.anna.mention not in wait_for(office, card, "Nobody there?").text
    office.anna.post(office.desk, "#take", thread=card)
    house.wait_until(lambda: "Works on it: Anna Weber" in words(card), "the card")
    calls = []
    for minutes, text in ((0, "It beeps."), (1, "It beeps twice."), (6, "It beeps no more.")):
        house.clock.forward(timedelta(minutes=minutes))
        office.ada.post(office.ada.dm, text, thread=asked)
        calls.append(office.anna.mention in wait_for(office, card, text).text)
    assert calls == [True, False, True]


def test_who_joins_reads_all_of_it_with_one_button(office: Office) -> None:
    asked = office.ada.post(office.ada.dm, "The printer does not print.")
    card = the_card(office)
    office.anna.post(office.desk, "// It is the old one.", thread=card)
    office.ada.post(office.ada.dm, "It smells, too.", thread=asked)
    wait_for(office, card, "It smells, too.")
    office.ben.press(card, buttons(card)["More"])
    told = said_to(office, office.ben, "It smells, too.")
    assert "It is the old one." in words(told)
    office.settle()
    assert not [one for one in below(office, card) if "It is the old one." in one]


# ------------------------------------------------------------------------------------------ what is confidential


@pytest.mark.covers("H18")
def test_what_is_confidential_stands_in_its_teams_room_alone_and_goes_from_the_others(teams: Office) -> None:
    office, house = teams, teams.house
    asked = mail(text="My salary is wrong.")
    asked.add_attachment(b"%PDF-1.7 slip", maintype="application", subtype="pdf", filename="salary.pdf")
    house.send(asked)
    old = the_card(office)
    office.settle()
    noted = office.anna.post(office.desk, "// I cannot see salaries.", thread=old)
    house.wait_until(lambda: marks(noted) == {"lock"}, "the note")
    acknowledged = house.mails_to("ada@example.com")[0]
    house.send(reply(acknowledged, "My salary is 100 too low.", sender="Ada Lovelace <ada@example.com>"))
    wait_for(office, old, "100 too low")
    office.anna.post(office.desk, "#transfer people This is for them.", thread=old)
    new = the_card(office, office.rooms["people"])
    office.settle()
    make_confidential(office)
    house.verb("priority", 1, "high", who="petra")
    house.wait_until(lambda: "is confidential now" in words(old), "the old card")
    house.wait_until(lambda: not below(office, old), "the thread below it")
    assert "salary" not in words(old)
    assert "printer" not in words(old)
    assert not buttons(old)
    assert [one.text for one in office.desk.replies(old.ts)] == [
        "// I cannot see salaries.",
        "#transfer people This is for them.",
    ]
    assert not [file for file in office.server.state.files.values() if file.content and old.ts in str(file.shares)]
    house.wait_until(lambda: "priority high" in words(new), "the new card")
    assert "salary" in words(new)


@pytest.mark.covers("H18")
def test_who_works_on_what_turned_confidential_is_told_once_what_stays(teams: Office) -> None:
    office, house = teams, teams.house
    house.send(mail(text="My salary is wrong."))
    old = the_card(office)
    office.settle()
    office.anna.post(office.desk, "#transfer people This is for them.", thread=old)
    new = the_card(office, office.rooms["people"])
    office.workspace.join(office.rooms["people"], (petra := office.workspace.person("petra", email=PETRA)).id)
    petra.post(office.rooms["people"], "#take", thread=new)
    house.wait_until(lambda: "Works on it: Petra Paul" in words(new), "the card")
    make_confidential(office)
    house.verb("priority", 1, "high", who="petra")
    wait_for(office, new, "What people wrote there themselves stays", office.rooms["people"])
    house.verb("priority", 1, "low", who="petra")
    house.wait_until(lambda: "priority low" in words(new), "the card")
    office.settle()
    assert len([one for one in below(office, new, office.rooms["people"]) if "stays" in one]) == 1
    assert house.audit(1).count("room_cleared") == 1


def make_confidential(office: Office) -> None:
    """What a category does for tickets that are opened in it."""

    def unit(tx: Tx) -> None:
        tx.session.get_one(Ticket, 1).confidential = True

    office.house.run(unit)


@pytest.fixture
def without_rooms(tmp_path: Path, database_url: str) -> Iterator[Office]:
    """An office in which only a team that has nothing to do has a room."""
    with an_office(tmp_path, database_url, rooms=["nobody"], default_room=False) as there:
        yield there


@pytest.mark.covers("H7")
def test_without_a_room_each_agent_works_a_ticket_in_a_thread_with_the_desk_alone(without_rooms: Office) -> None:
    office, house = without_rooms, without_rooms.house
    house.send(mail())
    told = said_to(office, office.anna, "New ticket #1")
    said_to(office, office.ben, "New ticket #1")
    office.settle()
    written = office.anna.post(office.anna.dm, "Have you tried to turn it off and on?", thread=told)
    house.wait_until(lambda: marks(written) == {"hourglass_flowing_sand"}, "the hold")
    house.clock.forward(HELD)
    sent = house.mails_to("ada@example.com", 2)[-1]
    house.wait_until(lambda: marks(written) == {"envelope"}, "the mark")
    house.send(reply(sent, "Yes, twice.", sender="Ada Lovelace <ada@example.com>"))
    again = said_to(office, office.anna, "Yes, twice.")
    assert again.thread_ts == told.ts
    office.settle()
    assert not [one for one in office.ben.dm.messages.values() if "Yes, twice." in words(one)]


# ------------------------------------------------------------------------------------------ how often cards change


def test_a_card_changes_once_for_what_changes_it_and_not_for_what_does_not(office: Office) -> None:
    house = office.house
    house.send(mail())
    card = the_card(office)
    office.settle()

    def changes() -> int:
        return len([one for one in office.server.calls("chat.update", ok=True) if one["ts"] == card.ts])

    office.anna.post(office.desk, "// Nothing to see.", thread=card)
    house.wait_until(lambda: "noted" in house.audit(1), "the note")
    house.verb("tag", 1, "printing", who="anna")
    office.settle()
    assert changes() == 0
    house.verb("priority", 1, "high", who="anna")
    house.wait_until(lambda: "priority high" in words(card), "the card")
    assert changes() == 1
