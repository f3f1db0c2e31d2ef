"""Rules that count: how many tickets the same requester opened lately, kept with the event for whoever asks later."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select

from bot.db.models import Event
from rules.facts import Facts
from tests.scenarios.test_rules import with_book
from tests.support.house import House, running
from tests.support.story import request, somebody

BOOK = """
[[trigger]]
name = "The third in an hour"
on = ["ticket.opened"]
when = "count_recent(requester, '1h') == 3"
then = [{ do = "add_tag", tag = "many" }]
"""


def facts_of(house: House, number: int, event: str) -> Facts:
    """What the desk stored with an event."""
    query = select(Event.facts).where(Event.ticket_id == number, Event.name == event)
    return msgspec.json.decode(house.read(lambda session: session.scalars(query).one()), type=Facts)


@pytest.mark.covers("H8")
def test_repeated_requests_are_counted_and_kept_with_the_event(tmp_path: Path, database_url: str) -> None:
    with running(with_book(tmp_path, BOOK, url=database_url)) as house:
        ada, other = somebody(), somebody()
        numbers = [request(house, ada, f"Again {n}") for n in range(2)]
        request(house, other)
        numbers.append(request(house, ada, "Again once more"))
        assert [house.ticket(number)["tags"] for number in numbers] == [[], [], ["many"]]
        kept = facts_of(house, numbers[-1], "ticket.opened")
        assert kept.recent is not None
        assert kept.recent.requester is not None
        assert len(kept.recent.requester.at) == 3
        assert kept.recent.category is None
        assert kept.desk.weekday is not None
        assert kept.desk.hour is not None
        house.clock.forward(timedelta(hours=2))
        assert house.ticket(request(house, ada, "Much later"))["tags"] == []


def test_nothing_is_looked_up_that_no_rule_counts(tmp_path: Path) -> None:
    with running(with_book(tmp_path, "")) as house:
        assert facts_of(house, request(house, somebody()), "ticket.opened").recent is None
