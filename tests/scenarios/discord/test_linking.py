"""Who somebody on Discord is, where only they can say it; and mail for who cannot be reached there."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.discord.conftest import Office, an_office
from tests.scenarios.discord.looking import told
from tests.support.clocks import pass_time
from tests.support.discordserver import Refusal
from tests.support.house import mail, reply, text_of

ADA = "ada@example.com"


@pytest.fixture
def office(tmp_path: Path, database_url: str) -> Iterator[Office]:
    """The office, once it has its commands."""
    with an_office(tmp_path, database_url) as there:
        there.house.wait_until(lambda: there.server.calls("PUT /applications/{application}/commands"), "the commands")
        yield there


def link(office: Office, **given: str) -> None:
    assert office.ada.command("link", office.offered, **given).wait().acknowledged


def linked(office: Office) -> None:
    """Ada on Discord is who has her mail address."""
    link(office, address=ADA)
    told(office, office.ada, "on its way")
    found = re.search(r"/link \S+ ([a-z2-7]{8})", text_of(office.house.mails_to(ADA)[-1]))
    assert found is not None
    link(office, address=ADA, code=found[1])
    told(office, office.ada, "You are known as")


def test_a_code_by_mail_joins_somebody_with_their_mail_address(office: Office) -> None:
    office.ada.send_dm("The printer is broken")
    office.wait_for(office.ada.dm, "#1")
    linked(office)
    office.house.send(mail(subject="The lift is stuck", text="It is stuck.\n"))
    office.card(2)
    assert office.house.ask("verb", **{"as": ADA, "verb": "mine", "ticket": None})["data"]


def test_a_wrong_code_joins_nobody_and_an_agents_address_is_the_settings(office: Office) -> None:
    link(office, address=ADA, code="aaaaaaaa")
    told(office, office.ada, "not the one that we sent")
    link(office, address="anna@example.org")
    told(office, office.ada, "administrator")
    link(office, address="nonsense")
    told(office, office.ada, "write your mail address")
    office.settle()
    assert office.house.sink.messages == []


def test_who_cannot_be_reached_on_discord_is_answered_by_mail_and_the_agent_is_told(office: Office) -> None:
    office.ada.send_dm("The printer is broken")
    office.wait_for(office.ada.dm, "#1")
    linked(office)
    thread = office.thread()
    office.settle()
    office.ada.close_dms()
    office.server.faults.add("GET /guilds/{guild}/threads/active", Refusal(400, 50035), times=5)
    written = office.anna.say(thread, "Turn it off and on")
    office.wait_for_mark(written, "⏳")
    office.hold_is_over()
    office.house.wait_until(
        lambda: [one for one in office.house.mails_to(ADA) if "Turn it off and on" in text_of(one)], "the mail"
    )
    office.wait_for(thread, f"it goes by mail to {ADA}")


def test_what_is_asked_by_mail_instead_is_answered_by_mail(office: Office) -> None:
    office.ada.send_dm("The printer is broken")
    office.wait_for(office.ada.dm, "#1")
    linked(office)
    thread = office.thread()
    office.settle()
    office.ada.close_dms()
    office.server.faults.add("GET /guilds/{guild}/threads/active", Refusal(400, 50035), times=99)
    office.anna.say(thread, "#remote")
    asked = office.house.wait_until(
        lambda: [one for one in office.house.mails_to(ADA) if "1 — Yes" in text_of(one)], "the question by mail"
    )[0]
    office.settle()
    office.house.send(reply(asked, "1", sender=ADA))
    office.wait_for(thread, "agrees to remote help")
    office.settle()
    office.house.verb("status", 1, "waiting_vendor", who="lea")
    pass_time(office.house, hours=2)
    update = office.house.wait_until(
        lambda: [one for one in office.house.mails_to(ADA) if "This is how" in text_of(one)], "the update by mail"
    )[0]
    assert "How does it stand?" not in text_of(update), "a button of Discord that no mail has"


def test_an_administrator_joins_the_two_by_hand(office: Office) -> None:
    office.ada.send_dm("The printer is broken")
    office.wait_for(office.ada.dm, "#1")
    office.settle()
    joined = office.house.ask("people.link", channel="discord", address=str(office.ada.id), mail=ADA)
    assert joined == {"name": "Ada"}
    mine = office.house.ask("verb", **{"as": ADA, "verb": "mine", "ticket": None})
    assert [one["number"] for one in mine["data"]] == [1]
    office.house.verb("solve", 1, "It has new toner.", who="anna")
    office.wait_for(office.ada.dm, "new toner")
