"""What was said while the desk was away is read from Slack's history: all of it, once, with what became of it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.db.models import Draft, Inbox, Message, Ticket
from tests.scenarios.slack.conftest import Office, an_office
from tests.scenarios.slack.looking import below, held, said, the_card
from tests.scenarios.slack.looking import words as words_of
from tests.support.slackserver import SlackServer
from tests.support.story import wait_until_followed, wait_until_read


@pytest.fixture
def office(tmp_path: Path, database_url: str) -> Iterator[Office]:
    with an_office(tmp_path, database_url) as there:
        wait_until_followed(there.house)
        yield there


def words(session: Session) -> list[str]:
    """What people have said on tickets, in order."""
    return list(session.scalars(select(Message.words).where(Message.kind == "message").order_by(Message.sent_at)))


def count(table: type) -> Callable[[Session], int]:
    return lambda session: session.scalar(select(func.count()).select_from(table)) or 0


def lose_all(server: SlackServer) -> None:
    """An hour goes by: Slack has tried everything again, and given up."""
    for _ in range(3):
        server.wait_until(lambda: all(each.done.done() or each.due is not None for each in server.deliveries))
        server.redeliver_now()
    server.wait_until(lambda: all(each.done.done() for each in server.deliveries))
    assert server.deliveries[-1].lost


@pytest.mark.covers("must:slack-missed")
def test_an_hour_of_missed_traffic_is_read_from_the_history(office: Office) -> None:
    asked = office.ada.post(office.ada.dm, "The printer is broken")
    slip = office.ada.post(office.ada.dm, "My password is hunter2", thread=asked)
    office.house.wait_until(lambda: len(office.house.read(words)) == 2, "the question")
    card = the_card(office)
    office.settle()
    office.house.stop()

    office.ada.post(office.ada.dm, "It smells of smoke now", thread=asked)
    office.ada.edit(asked, "The printer on floor 3 is broken")
    office.ada.delete(slip)
    office.anna.post(office.desk, "Please unplug it", thread=card)
    office.ada.post(office.watched, "The coffee machine leaks")
    unnoticed = office.ada.post(office.watched, "And the window is stuck")
    office.ada.post(office.watched, "the one in room 5", thread=unnoticed)
    office.ada.post(office.offered, "hello all")
    of_note = office.ada.post(office.offered, "The lift does not stop on the third floor")
    for person in (office.anna, office.ben):
        person.react(of_note, "ticket")
    lose_all(office.server)

    office.house.start()
    wait_until_read(office.house)
    office.settle()
    held = office.house.read(lambda session: list(session.scalars(select(Draft.words))))
    assert held == ["Please unplug it"]
    now_known = office.house.read(words)
    assert "It smells of smoke now" in now_known
    assert "The printer on floor 3 is broken" in now_known
    assert office.house.audit(1).count("withdrawn") == 1
    assert "The coffee machine leaks" in now_known
    assert "the one in room 5" in now_known
    assert "The lift does not stop on the third floor" in now_known
    assert office.house.read(count(Ticket)) == 4
    assert len(said(office, office.watched)) == 2


def test_reading_the_same_stretch_again_changes_nothing(office: Office) -> None:
    office.ada.post(office.watched, "one")
    office.house.wait_until(lambda: office.house.read(count(Ticket)) == 1, "the ticket")
    office.settle()
    for _ in range(2):
        office.house.stop()
        office.house.start()
        wait_until_read(office.house)
        office.settle()
    assert office.house.read(count(Ticket)) == 1
    assert office.house.read(count(Inbox)) == 1
    assert len(said(office, office.watched)) == 1


def test_after_all_sockets_were_cut_the_history_is_read_without_a_restart(office: Office) -> None:
    office.server.cut_sockets()
    office.ada.post(office.watched, "said into the void")
    wait_until_read(office.house)
    office.settle()
    assert office.server.calls("conversations.history")
    assert office.house.read(words) == ["said into the void"]
    assert office.house.read(count(Ticket)) == 1


@pytest.mark.covers("must:slack-missed", "must:slack-held")
@pytest.mark.parametrize("how", ["deleted", "edited", "a cross"])
def test_second_thoughts_that_nobody_heard_still_count(office: Office, how: str) -> None:
    office.ada.post(office.ada.dm, "The printer is broken")
    rash = held(office, office.anna.post(office.desk, "Stop moaning", thread=the_card(office)))
    office.settle()
    office.house.stop()
    if how == "deleted":
        office.anna.delete(rash)
    elif how == "a cross":
        office.anna.react(rash, "x")
    else:
        office.anna.edit(rash, "Please unplug it")
    lose_all(office.server)
    office.house.clock.forward(timedelta(minutes=2))
    office.house.start()
    wait_until_read(office.house)
    office.settle()
    if how == "edited":
        office.house.clock.forward(timedelta(seconds=11))
        office.house.wait_until(lambda: len(said(office, office.ada.dm)) == 2, "the answer")
    else:
        office.house.wait_until(lambda: "draft_cancelled" in office.house.audit(1), "the end of the draft")
    office.settle()
    assert "moaning" not in str(said(office, office.ada.dm))


def test_what_follows_at_once_on_a_request_stands_below_its_card(office: Office) -> None:
    office.house.stop()
    asked = office.ada.post(office.ada.dm, "The printer is broken")
    office.ada.post(office.ada.dm, "It smells of smoke, too", thread=asked)
    office.server.wait_until(lambda: office.server.is_quiet)
    office.house.start()
    office.server.wait_until(lambda: len(office.server.sockets.open) >= 2)
    office.server.redeliver_now()
    there = the_card(office)

    def shown() -> str:
        """Slack may hand over the two in either order: the second stands below the first."""
        return "\n".join([words_of(there), *below(office, there)])

    office.house.wait_until(lambda: "The printer is broken" in shown() and "It smells of smoke, too" in shown(), "both")
    assert below(office, there)
