"""What people, and programs, may send: each has an outcome that was decided, and nobody is harmed by it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.db.models import AuditEntry, File, Inbox, Message, Ticket
from bot.intake.inbox import BLOCKING
from tests.scenarios.slack.conftest import Office, an_office
from tests.scenarios.slack.looking import said, said_to, the_card, wait_for
from tests.support.house import text_of
from tests.support.slackserver import File as SlackFile
from tests.support.slackserver import Person


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with an_office(tmp_path, f"sqlite:///{tmp_path}/firstline.db") as there:
        yield there


def words(session: Session) -> list[str]:
    return list(session.scalars(select(Message.words).where(Message.kind == "message").order_by(Message.id)))


def tickets(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Ticket)) or 0


def received(office: Office, count: int) -> None:
    """Wait until so much came, and all of it is worked."""

    def done(session: Session) -> bool:
        query = select(func.count()).select_from(Inbox).where(Inbox.state.not_in(["new", *BLOCKING]))
        return (session.scalar(query) or 0) >= count

    office.house.wait_until(lambda: office.house.read(done), f"{count} things")
    office.settle()


@pytest.mark.covers("bad:slack-words")
def test_an_empty_message_is_a_ticket_that_says_so_or_nothing(office: Office) -> None:
    """Slack lets nobody send nothing; a message whose blocks are gone looks so."""
    office.ada.post(office.ada.dm, "", blocks=[])
    received(office, 1)
    dead = office.house.read(lambda session: session.scalars(select(Inbox.state).where(Inbox.state == "dead")).all())
    assert list(dead) == []


@pytest.mark.covers("bad:slack-words")
def test_40000_characters_arrive_whole_and_are_shown_to_agents_within_the_limits(office: Office) -> None:
    long = "word " * 7_999 + "last"
    office.ada.post(office.ada.dm, long)
    received(office, 1)
    the_card(office)
    assert office.house.read(words) == [long]
    assert not office.server.calls("chat.postMessage", ok=False)


@pytest.mark.covers("bad:slack-words")
def test_only_an_emoji_is_words_like_others(office: Office) -> None:
    office.ada.post(office.ada.dm, ":fire:")
    received(office, 1)
    assert office.house.read(words) == ["🔥"]


@pytest.mark.covers("bad:slack-words")
def test_nesting_without_end_is_read_as_far_as_it_has_words(office: Office) -> None:
    element: dict[str, Any] = {"type": "text", "text": "deep down"}
    for _ in range(40):
        element = {"type": "rich_text_section", "elements": [element]}
    office.ada.post(office.ada.dm, "deep down", blocks=[{"type": "rich_text", "elements": [element]}])
    received(office, 1)
    assert office.house.read(tickets) == 1
    assert "deep down" in office.house.read(words)[0]


@pytest.mark.covers("bad:slack-mentions")
def test_nobody_is_called_by_what_somebody_writes(office: Office) -> None:
    hostile = f"&lt;!channel&gt; <!channel> <!here> <@{office.ben.id}> &lt;@{office.ben.id}&gt; @everyone *bold*"
    office.ada.post(office.ada.dm, hostile)
    received(office, 1)
    the_card(office)
    calls = office.server.calls("chat.postMessage", ok=True)
    texts = [call["text"] for call in calls]
    assert not [text for text in texts if "<!" in text or f"<@{office.ben.id}>" in text]
    elements = [element for call in calls for element in walk(call["blocks"])]
    assert not [one for one in elements if one["type"] in {"broadcast", "usergroup"}]
    assert not [one for one in elements if one["type"] == "user" and one["user_id"] == office.ben.id]
    assert not [one for one in elements if one["type"] == "mrkdwn" and ("<!" in one["text"] or "<@" in one["text"])]


def walk(shown: Any) -> Iterator[dict[str, Any]]:
    """Every block and element, however deep."""
    if isinstance(shown, dict):
        if "type" in shown:
            yield shown
        shown = list(shown.values())
    if isinstance(shown, list):
        for inner in shown:
            yield from walk(inner)


WHY = "disk.img (it is larger than 25 MB)"


def an_image(office: Office, person: Person) -> SlackFile:
    """A file of a gigabyte, as far as anybody says."""
    return person.file("disk.img", b"only the beginning", "application/octet-stream", size=1_000_000_000)


@pytest.mark.covers("bad:slack-file")
def test_a_file_of_a_gigabyte_is_named_below_the_card_and_stays_where_it_is(office: Office) -> None:
    asked = office.ada.post(office.ada.dm, "The image of my disk", files=[an_image(office, office.ada)])
    shown = the_card(office)
    wait_for(office, shown, f"These files are not on #1, and stay where they were sent: {WHY}")
    assert office.house.read(lambda session: session.scalars(select(File.name)).all()) == []
    refused = select(AuditEntry.details).where(AuditEntry.action == "files_refused")
    assert office.house.read(lambda session: session.scalars(refused).one()) == {"names": ["disk.img (too_large)"]}
    office.ada.post(office.ada.dm, "Another one", files=[an_image(office, office.ada)], thread=asked)
    wait_for(office, shown, f"Could not be copied: {WHY}")


@pytest.mark.covers("bad:slack-file")
def test_who_works_by_mail_reads_which_file_of_a_slack_message_is_missing(office: Office) -> None:
    asked = office.ada.post(office.ada.dm, "The printer is broken")
    the_card(office)
    office.house.verb("assign", 1, "lea", who="anna")
    office.settle()
    office.ada.post(office.ada.dm, "The image of my disk", files=[an_image(office, office.ada)], thread=asked)

    def told() -> bool:
        return any(WHY in text_of(one) for one in office.house.mails_to("lea@example.org"))

    office.house.wait_until(told, "the mail")


@pytest.mark.covers("bad:slack-file")
def test_an_agent_is_told_alone_that_a_file_of_theirs_will_not_be_sent(office: Office) -> None:
    office.ada.post(office.ada.dm, "The printer is broken")
    shown = the_card(office)
    office.anna.post(office.desk, "The manual", files=[an_image(office, office.anna)], thread=shown)
    said_to(office, office.anna, WHY)


@pytest.mark.covers("bad:slack-bots")
def test_a_bot_that_answers_the_bot_comes_to_rest(office: Office) -> None:
    parrot = office.workspace.other_bot("parrot")
    office.workspace.join(office.watched, parrot.id)
    first = parrot.post(office.watched, "Backup finished")
    answered: set[str] = set()
    for number in range(6):
        received(office, number + 1)
        for text in said(office, office.watched):
            if text not in answered:
                answered.add(text)
        parrot.post(office.watched, f"You said something {number}", thread=first)
    received(office, 7)
    assert len(said(office, office.watched)) <= 1
    assert office.house.read(tickets) <= 1


def test_our_own_words_are_never_taken_in(office: Office) -> None:
    office.ada.post(office.ada.dm, "The printer is broken")
    office.house.wait_until(lambda: said(office, office.ada.dm), "the acknowledgement")
    received(office, 1)
    assert office.house.read(lambda session: session.scalar(select(func.count()).select_from(Inbox))) == 1
    the_card(office)
