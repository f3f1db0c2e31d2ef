"""What the desk promised and what came of it, through the real service, with the clock moved."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from bot.config import Config
from bot.db.models import Delivery, Event, Job, SlaTarget
from rules.hours import CalendarSettings
from tests.support.house import Clock, House, running, text_of
from tests.support.story import ANNA, Furnished, address_of, last_mail, mails, request, somebody, writes

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
OFFICE = CalendarSettings(
    zone="UTC", hours={day: ["08:00-12:00", "13:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
)
BOOK = """
[[policy]]
name = "VIP"
when = "requester.vip"
calendar = "always"
first_response = "30 minutes"
resolution = "2 business hours"
warn_at = [0.5]

[[policy]]
name = "Office"
first_response = { critical = "1 business hour", medium = "4 business hours" }
next_reply = "2 business hours"
resolution = "2 business days"
warn_at = [0.5, 0.8]
pauses = ["waiting_requester", "on_hold"]
"""


@contextmanager
def office(folder: Path, url: str, *, book: str = BOOK, at: datetime = MONDAY) -> Iterator[House]:
    """A desk with business hours, a calendar of its own and policies of its own, on a Monday at nine."""
    path = folder / "own.toml"
    path.write_text(book, encoding="utf-8")

    def change(config: Config) -> Config:
        rules = replace(config.rules, books=(str(path),))
        return replace(config, calendar=OFFICE, calendars={"always": CalendarSettings(zone="UTC")}, rules=rules)

    with running(Furnished(folder, url, clock=Clock(at), change=change)) as house:
        yield house


def targets(house: House, number: int) -> list[SlaTarget]:
    """The ticket's targets, the oldest first."""
    query = select(SlaTarget).where(SlaTarget.ticket_id == number).order_by(SlaTarget.id)
    return house.read(lambda session: list(session.scalars(query)))


def target(house: House, number: int, kind: str) -> SlaTarget:
    """The newest target of that kind."""
    return [found for found in targets(house, number) if found.kind == kind][-1]


def told(house: House, number: int) -> list[tuple[str, str, float]]:
    """The warnings and breaches that were raised: event, target, share."""
    query = select(Event.facts).where(Event.ticket_id == number, Event.name.like("sla.%")).order_by(Event.id)

    def read(session: Any) -> list[tuple[str, str, float]]:
        import msgspec

        facts = [msgspec.json.decode(row) for row in session.scalars(query)]
        return [(one["event"], one["sla"]["target"], one["sla"]["share"]) for one in facts]

    return house.read(read)


def pass_time(house: House, **time: float) -> None:
    """Let time pass, and wait until every job that is due then is done."""
    house.clock.forward(timedelta(**time))
    calm(house)


def states(house: House, number: int) -> set[str]:
    """The states of the outbox rows that are answers."""
    query = select(Delivery.state).where(Delivery.ticket_id == number, Delivery.notice == "answer")
    return set(house.read(lambda session: session.scalars(query).all()))


def calm(house: House, *, deliveries: bool = True) -> None:
    """Wait until no job is due, nor anything left to deliver."""

    def due() -> bool:
        query = select(Job.id).where(Job.state == "waiting", Job.due_at <= house.clock())
        return house.read(lambda session: session.scalar(query)) is None

    house.wait_until(due, "jobs to be done")
    if deliveries:
        house.settle()
        house.wait_until(due, "jobs to be done")


def about(moment: datetime | None, expected: datetime) -> bool:
    """Whether a moment is the expected one, give or take what the test itself takes."""
    return moment is not None and abs(moment - expected) < timedelta(minutes=2)


@pytest.mark.covers("H8")
def test_first_response_and_resolution_are_promised_in_business_time(tmp_path: Path, database_url: str) -> None:
    with office(tmp_path, database_url) as house:
        number = request(house, somebody())
        first, resolution = targets(house, number)
        assert (first.kind, first.policy, first.state) == ("first_response", "Office", "running")
        assert about(first.due_at, datetime(2026, 11, 23, 14, 0, tzinfo=UTC)), "the hour at noon does not count"
        assert (resolution.kind, resolution.state) == ("resolution", "running")
        assert about(resolution.due_at, datetime(2026, 11, 25, 9, 0, tzinfo=UTC))
        assert house.ticket(number)["answer_by"] == first.due_at.isoformat() if first.due_at else False


@pytest.mark.covers("H8")
def test_warnings_and_the_breach_are_told_once_each(tmp_path: Path, database_url: str) -> None:
    with office(tmp_path, database_url) as house:
        number = request(house, somebody())
        pass_time(house, hours=2, minutes=1)
        assert told(house, number) == [("sla.warning", "first_response", 0.5)]
        pass_time(house, minutes=5)
        assert len(told(house, number)) == 1, "and not again"
        pass_time(house, hours=2, minutes=15)
        assert told(house, number)[1:] == [("sla.warning", "first_response", 0.8)]
        pass_time(house, hours=1)
        assert told(house, number)[2:] == [("sla.breached", "first_response", 1.0)]
        assert target(house, number, "first_response").state == "running", "it still waits for its answer"
        writes(house, ANNA, number, "Please try again now.")
        calm(house)
        first = target(house, number, "first_response")
        assert first.state == "missed"
        assert first.breached_at == first.due_at
        assert len([one for one in told(house, number) if one[1] == "first_response"]) == 3


@pytest.mark.covers("H8")
def test_a_breach_is_told_to_who_works_on_it_and_who_answers_for_it(tmp_path: Path, database_url: str) -> None:
    with office(tmp_path, database_url) as house:
        ada = somebody()
        number = request(house, ada)
        for_ada = len(mails(house, ada))
        pass_time(house, hours=4, minutes=10)
        assert "is running out" in text_of(last_mail(house, ANNA, number))
        pass_time(house, hours=2)
        said = text_of(last_mail(house, ANNA, number))
        assert "is over, and what was promised is still not done" in said
        assert "Promised: first answer" in said
        assert len(mails(house, ada)) == for_ada, "that is no business of the requester's"


@pytest.mark.covers("H8")
def test_a_first_answer_counts_when_the_relay_has_accepted_it(tmp_path: Path, database_url: str) -> None:
    with office(tmp_path, database_url) as house:
        ada = somebody()
        number = request(house, ada)
        assert target(house, number, "first_response").state == "running", "an acknowledgement is no answer"
        house.verb("note", number, "I shall look at it.")
        calm(house)
        assert target(house, number, "first_response").state == "running", "nor is a note"
        house.sink.refuse[address_of(ada)] = "451 4.3.0 Please try again later"
        house.verb("answer", number, "Please try again.")
        house.wait_until(lambda: states(house, number) == {"queued"}, "the relay to refuse it")
        calm(house, deliveries=False)
        assert house.ticket(number)["promises"][0]["target"] == "first_response"
        assert target(house, number, "first_response").state == "running", "nor is what did not arrive"
        house.sink.refuse.clear()
        house.clock.forward(timedelta(minutes=10))
        house.wait_until(lambda: states(house, number) == {"sent"}, "the relay to take it")
        calm(house)
        first = target(house, number, "first_response")
        assert first.state == "met"
        assert first.used_seconds is not None
        assert 600 <= first.used_seconds < 700
