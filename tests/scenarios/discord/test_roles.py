"""Agents by a role of the server: for as long as they have it, and nowhere but on Discord."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.db.models import Identity, Person
from tests.scenarios.discord.conftest import Office, an_office
from tests.scenarios.discord.looking import components, fill_in, press, told, words
from tests.support import databases
from tests.support.discordserver import Person as Member
from tests.support.house import mail, text_of

ADA = "ada@example.com"


@pytest.fixture
def office(tmp_path: Path, database_url: str) -> Iterator[Office]:
    """An office in which a role makes agents."""
    with an_office(tmp_path, database_url, by_role=True) as there:
        yield there


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Office]:
    """The same on one database, where that shows as much."""
    with an_office(tmp_path, databases.embedded(tmp_path), by_role=True) as there:
        yield there


def somebody(office: Office, name: str = "zoe") -> Member:
    """A member of the server whom nobody knows, with the role."""
    zoe = office.guild.person(name)
    office.guild.give(zoe, office.helpers)
    return zoe


def a_ticket(office: Office) -> None:
    office.house.send(mail())
    office.thread()


@pytest.mark.covers("must:discord-role")
def test_whoever_has_the_role_answers_and_loses_all_with_it(office: Office) -> None:
    zoe = somebody(office)
    a_ticket(office)
    written = zoe.say(office.thread(), "Is it plugged in?")
    office.wait_for_mark(written, "⏳")
    office.hold_is_over()
    assert "plugged in" in text_of(office.house.mails_to(ADA, 2)[-1])
    assert office.house.ticket(1)["assignee"] == "Zoe"
    office.settle()
    office.guild.take(zoe, office.helpers)
    again = zoe.say(office.thread(), "And now?")
    office.house.wait_until(lambda: "noted" in office.house.audit(1), "a bystander's note")
    assert not again.reactions
    assert not office.house.ticket(1)["assignee"]
    office.settle()
    press_is_refused(office, zoe)


def press_is_refused(office: Office, somebody: Member) -> None:
    office.house.wait_until(lambda: "Take" in components(office.card()), "the card")
    press(somebody, office.card(), "Take")
    told(office, somebody, "for the people who work on tickets")
    assert not office.house.ticket(1)["assignee"]


@pytest.mark.covers("must:discord-role")
def test_words_that_are_held_when_the_role_is_lost_stay_a_note(small: Office) -> None:
    office, zoe = small, somebody(small)
    a_ticket(office)
    written = zoe.say(office.thread(), "It is your own fault")
    office.wait_for_mark(written, "⏳")
    office.guild.take(zoe, office.helpers)
    zoe.send_dm("Goodbye")
    office.settle()
    office.hold_is_over()
    office.wait_for_mark(written, "🔒")
    assert "own fault" not in str(office.house.sink.messages)


@pytest.mark.covers("must:discord-role")
def test_in_a_direct_message_discord_is_asked_for_the_role(small: Office) -> None:
    office, zoe = small, somebody(small)
    a_ticket(office)
    zoe.send_dm("#tickets")
    office.wait_for(zoe.dm, "The printer is broken")
    assert office.house.read(words) == ["Hello,\n\nthe printer on the third floor does not print any more."]


@pytest.mark.covers("must:discord-role")
def test_who_did_nothing_since_is_asked_for_now_and_then(small: Office) -> None:
    office, zoe = small, somebody(small)
    a_ticket(office)
    press(zoe, office.card(), "Take")
    office.house.wait_until(lambda: office.house.ticket(1)["assignee"] == "Zoe", "who has it")
    office.settle()
    office.guild.remove(zoe)
    office.house.clock.forward(5 * office.minute)
    office.house.wait_until(lambda: not office.house.ticket(1)["assignee"], "the ticket back")


@pytest.mark.covers("must:discord-role")
def test_a_form_opens_for_whom_the_desk_has_never_seen(small: Office) -> None:
    office, zoe = small, somebody(small)
    a_ticket(office)
    zoe.press(office.card(), components(office.card())["Ask"]).wait()
    fill_in(zoe, words="Which floor is it?")
    office.house.wait_until(lambda: "held" in office.house.audit(1), "the hold")
    office.house.clock.forward(timedelta(seconds=11))
    office.house.wait_until(lambda: office.house.ticket(1)["status"] == "waiting_requester", "the question")


@pytest.mark.covers("must:discord-role")
def test_a_role_of_another_server_a_bot_and_a_mail_make_nobody_an_agent(small: Office) -> None:
    office = small
    a_ticket(office)
    other = office.server.guild("Elsewhere")
    eve = other.person("eve")
    other.give(eve, other.role("helpers"))
    eve.mention_bot(other.channel("lobby"), "#take 1")
    robot = office.guild.other_bot("robot")
    office.guild.give(robot, office.helpers)
    robot.say(office.thread(), "#take")
    zoe = somebody(office)
    zoe.say(office.thread(), "// I look at it")
    office.settle()
    by_role = (
        select(Person.handle).join(Identity, Identity.person_id == Person.id).where(Identity.agent_role.is_not(None))
    )
    assert office.house.read(lambda session: list(session.scalars(by_role))) == ["zoe@discord"]
    office.house.ask("people.link", channel="discord", address=str(zoe.id), mail="zoe@example.com")
    office.house.send(mail("Zoe <zoe@example.com>", "Mine", "#take 1\n"))
    office.settle()
    assert not office.house.ticket(1)["assignee"]
    zoe.say(office.thread(), "#take")
    office.house.wait_until(lambda: office.house.ticket(1)["assignee"], "the same person, below the card")
