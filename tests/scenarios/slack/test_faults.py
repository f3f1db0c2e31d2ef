"""What breaks between Slack and the desk: nothing is lost, nothing is done twice, and what stays broken is told."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.db.models import Alarm, Delivery, Message
from tests.scenarios.slack.conftest import Office
from tests.scenarios.slack.looking import said, the_card
from tests.support.slackserver import Drop, TooMany
from tests.support.slackserver import Message as SlackMessage


def words(session: Session) -> list[str]:
    """What people have said on tickets, in order."""
    return list(session.scalars(select(Message.words).where(Message.kind == "message").order_by(Message.sent_at)))


def alarms(session: Session) -> list[str]:
    return list(session.scalars(select(Alarm.name).where(Alarm.cleared_at.is_(None))))


def twice(office: Office) -> list[Any]:
    """What stands anywhere in Slack more than once."""
    marks = [
        (payload["key"], payload["part"])
        for channel in office.workspace.channels.values()
        for message in channel.messages.values()
        if message.metadata and (payload := message.metadata["event_payload"])
    ]
    return [mark for mark, times in Counter(marks).items() if times > 1]


def a_card(office: Office) -> SlackMessage:
    """A ticket of Ada's, and the card of it."""
    office.ada.post(office.ada.dm, "The printer is broken")
    office.settle()
    return the_card(office)


@pytest.mark.covers("must:slack-cut")
@pytest.mark.timeout(240)
def test_the_sockets_are_cut_in_the_middle_of_300_messages(office: Office) -> None:
    asked = office.ada.post(office.ada.dm, "0")
    for number in range(1, 300):
        office.ada.post(office.ada.dm, str(number), thread=asked)
        if number % 100 == 50:
            office.server.cut_sockets()
    office.house.wait_until(lambda: len(office.house.read(words)) >= 150, "half of them")
    office.house.wait_until(lambda: len(office.house.read(words)) == 300, "all of them")
    assert office.house.read(words) == [str(number) for number in range(300)]


@pytest.mark.covers("must:slack-cut")
def test_the_same_event_three_times_is_one_message(office: Office) -> None:
    asked = office.ada.post(office.ada.dm, "The printer is broken")
    office.server.wait_until(lambda: office.server.deliveries[0].acknowledged)
    for _ in range(2):
        office.server.deliver_again(office.server.deliveries[0]).wait()
    office.ada.post(office.ada.dm, "It smells", thread=asked)
    office.house.wait_until(lambda: len(office.house.read(words)) == 2, "both")
    office.settle()
    assert office.house.read(words) == ["The printer is broken", "It smells"]
    assert twice(office) == []


@pytest.mark.covers("must:slack-once")
@pytest.mark.parametrize("lost", [Drop.BEFORE, Drop.AFTER])
def test_the_answer_of_a_post_is_lost_and_it_is_looked_for_before_it_is_posted_again(
    office: Office, lost: Drop
) -> None:
    card = a_card(office)
    office.server.faults.add("chat.postMessage", lost)
    office.anna.post(office.desk, "Turn it off and on", thread=card)
    office.settle()
    office.house.clock.forward(timedelta(seconds=11))
    office.house.wait_until(lambda: len(office.server.calls("chat.postMessage", ok=False)) > 0 or lost is Drop.AFTER)
    office.house.wait_until(lambda: len(said(office, office.ada.dm)) == 2, "the answer")
    office.house.clock.forward(timedelta(minutes=1))
    office.settle()
    assert [one.text for one in office.ada.dm.messages.values()].count("Anna Weber: Turn it off and on") == 1
    assert twice(office) == []


@pytest.mark.both_databases
@pytest.mark.covers("must:slack-pace")
def test_a_storm_of_429_delays_and_is_no_failure(office: Office) -> None:
    office.server.faults.add("chat.postMessage", TooMany(1), times=6)
    office.ada.post(office.ada.dm, "The printer is broken")
    office.house.wait_until(lambda: said(office, office.ada.dm), "the acknowledgement")
    office.settle()
    rows = office.house.read(lambda session: session.execute(select(Delivery.state, Delivery.attempts)).all())
    assert {(row.state, row.attempts) for row in rows} == {("sent", 0)}
    assert twice(office) == []
    assert office.house.read(alarms) == []


@pytest.mark.covers("must:slack-token-revoked")
def test_a_revoked_token_is_told_by_mail_and_all_goes_on_when_it_works_again(office: Office) -> None:
    a_card(office)
    office.workspace.installation.token.revoked = True
    office.ada.post(office.ada.dm, "Another thing: the mouse is dead")
    office.house.wait_until(lambda: "token_revoked" in str(office.house.mails_to("lea@example.org")[-1]), "the alarm")
    office.workspace.installation.token.revoked = False
    office.house.wait_until(lambda: len(office.house.read(words)) >= 1, "what was said meanwhile")
    office.house.clock.forward(timedelta(minutes=5))
    office.house.wait_until(lambda: not office.house.read(alarms), "the end of the alarm")
    office.settle()
    assert twice(office) == []


@pytest.mark.covers("must:slack-held")
def test_what_is_held_when_the_desk_ends_is_said_once_after_its_start(office: Office) -> None:
    card = a_card(office)
    office.anna.post(office.desk, "Turn it off and on", thread=card)
    office.settle()
    office.house.stop()
    office.house.clock.forward(timedelta(minutes=2))
    office.house.start()
    office.house.wait_until(lambda: len(said(office, office.ada.dm)) == 2, "the answer")
    office.settle()
    assert said(office, office.ada.dm)[1] == "Anna Weber: Turn it off and on"
    assert twice(office) == []


@pytest.mark.covers("must:slack-held")
def test_an_edit_that_races_the_release_is_said_one_way_or_the_other(office: Office) -> None:
    card = a_card(office)
    for number in range(3):
        message = office.anna.post(office.desk, f"First thought {number}", thread=card)
        office.settle()
        office.house.clock.forward(timedelta(seconds=10))
        office.anna.edit(message, f"Second thought {number}")
        office.settle()
        office.house.clock.forward(timedelta(seconds=10))
        wanted = f"Second thought {number}"
        office.house.wait_until(lambda: any(wanted in shown for shown in shown_to_ada(office)), wanted)  # noqa: B023
    office.settle()
    shown = shown_to_ada(office)
    assert not [text for text in shown if "First thought" in text]
    assert len([text for text in shown if "Second thought" in text]) == 3


def shown_to_ada(office: Office) -> list[str]:
    return [one.text for one in office.ada.dm.messages.values() if one.by_bot]


@pytest.mark.covers("must:slack-cut")
def test_what_is_said_while_the_desk_ends_is_there_after_its_start(office: Office) -> None:
    asked = office.ada.post(office.ada.dm, "0")
    office.house.wait_until(lambda: office.house.read(words), "the first")
    for number in range(1, 9):
        office.ada.post(office.ada.dm, str(number), thread=asked)
    office.house.stop()
    for number in range(9, 12):
        office.ada.post(office.ada.dm, str(number), thread=asked)
    office.house.start()
    office.house.wait_until(lambda: len(office.house.read(words)) == 12, "all of them")
    office.settle()
    assert office.house.read(words) == [str(number) for number in range(12)]
    assert twice(office) == []
