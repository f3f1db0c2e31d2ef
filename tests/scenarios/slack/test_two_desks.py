"""Two desks on one database, as two processes are: each of them hears a part of what Slack hands over."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.db.models import Inbox, Ticket
from tests.scenarios.slack.conftest import Office, an_office
from tests.support.house import House, running
from tests.support.slackserver import Message

THREADS = 8


@pytest.fixture
def office(tmp_path: Path, postgres_database: str) -> Iterator[Office]:
    """An office with a second desk beside the first."""
    with an_office(tmp_path, postgres_database) as there:
        second = tmp_path / "second"
        second.mkdir()
        with running(House(second, postgres_database, extra=there.toml)):
            there.server.wait_until(lambda: len(there.server.sockets.open) >= 4)
            yield there


def a_thread(office: Office, number: int) -> tuple[Message, Message]:
    """Two messages of one thread, in a room in which nothing is a request by itself."""
    first = office.ada.post(office.offered, f"Thanks {number}")
    return first, office.ben.post(office.offered, "Thank you", thread=first)


@pytest.mark.postgres
@pytest.mark.covers("must:slack-once")
def test_two_signs_below_two_messages_of_one_thread_in_the_same_instant_are_one_ticket(office: Office) -> None:
    threads = [a_thread(office, number) for number in range(THREADS)]
    office.server.wait_until(lambda: all(each.acknowledged for each in office.server.deliveries))
    for first, second in threads:
        office.anna.react(second, "ticket")
        office.ben.react(first, "ticket")
    signs = select(Inbox.id).where(Inbox.outcome.in_(["opened", "it is a ticket already"]))
    office.house.wait_until(
        lambda: len(office.house.read(lambda session: session.scalars(signs).all())) == 2 * THREADS, "all signs"
    )
    assert len(office.house.read(lambda session: session.scalars(select(Ticket.id)).all())) == THREADS
