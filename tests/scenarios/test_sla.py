"""What the desk promised and what came of it, through the real service, with the clock moved."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from bot.cause import Cause
from bot.config import Config, ConfigError
from bot.db.models import Delivery, Event, Job, SlaTarget
from bot.db.tx import Tx
from bot.errors import NotDone
from bot.ticket import tickets
from bot.timing import sla
from rules.hours import CalendarSettings
from tests.support.house import Clock, House, mail, reply, running, text_of
from tests.support.story import (
    ANNA,
    PROVEN,
    Furnished,
    address_of,
    deliver,
    last_mail,
    mails,
    request,
    somebody,
    writes,
)

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
def office(
    folder: Path, url: str, *, book: str = BOOK, at: datetime = MONDAY, hours: CalendarSettings = OFFICE
) -> Iterator[House]:
    """A desk with business hours, a calendar of its own and policies of its own, on a Monday at nine."""
    path = folder / "own.toml"
    path.write_text(book, encoding="utf-8")

    def change(config: Config) -> Config:
        rules = replace(config.rules, books=(str(path),))
        return replace(config, calendar=hours, calendars={"always": CalendarSettings(zone="UTC")}, rules=rules)

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


def jobs(house: House, number: int) -> list[datetime]:
    """When the ticket's jobs are due that look at its promises."""
    query = select(Job.due_at).where(Job.ticket_id == number, Job.kind == "sla", Job.state == "waiting")
    return house.read(lambda session: list(session.scalars(query)))


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


@pytest.mark.covers("H8")
def test_the_time_stands_still_while_the_desk_waits_for_the_requester(tmp_path: Path, database_url: str) -> None:
    with office(tmp_path, database_url) as house:
        ada = somebody()
        number = request(house, ada)
        pass_time(house, hours=1)
        writes(house, ANNA, number, "#wait\nWhich printer is it?")
        calm(house)
        assert target(house, number, "first_response").state == "met"
        assert target(house, number, "resolution").due_at is None
        assert jobs(house, number) == [], "nothing is due while nothing runs"
        pass_time(house, days=2)
        deliver(house, reply(last_mail(house, ada), "The one on the third floor.", sender=ada))
        calm(house)
        resolution = target(house, number, "resolution")
        assert about(resolution.due_at, datetime(2026, 11, 27, 9, 0, tzinfo=UTC)), "two days later than before"
        assert len(jobs(house, number)) == 1
        answer = target(house, number, "next_reply")
        assert answer.state == "running"
        assert about(answer.due_at, datetime(2026, 11, 25, 13, 0, tzinfo=UTC)), "noon is closed"


@pytest.mark.covers("H8")
def test_the_next_reply_runs_from_a_message_that_waits_for_one(tmp_path: Path, database_url: str) -> None:
    with office(tmp_path, database_url) as house:
        ada = somebody()
        number = request(house, ada)
        writes(house, ANNA, number, "Have you tried the other cable?")
        calm(house)
        deliver(house, reply(last_mail(house, ada), "Thank you!", sender=ada))
        assert [one for one in targets(house, number) if one.kind == "next_reply"] == [], "thanks wait for nothing"
        deliver(house, reply(last_mail(house, ada), "It does not work either.", sender=ada))
        deliver(house, reply(last_mail(house, ada), "Nor does the third one.", sender=ada))
        assert len([one for one in targets(house, number) if one.kind == "next_reply"]) == 1
        pass_time(house, hours=2, minutes=30)
        assert ("sla.breached", "next_reply", 1.0) in told(house, number)
        writes(house, ANNA, number, "I am on my way.")
        calm(house)
        assert target(house, number, "next_reply").state == "missed"


@pytest.mark.covers("H8")
def test_a_condition_picks_the_policy_and_its_calendar(tmp_path: Path, database_url: str) -> None:
    with office(tmp_path, database_url, at=MONDAY - timedelta(days=1)) as house:
        ada = somebody()
        house.ask("people.import", rows=[{"email": address_of(ada), "vip": True}])
        number = request(house, ada)
        first, resolution = targets(house, number)
        assert first.policy == resolution.policy == "VIP"
        assert about(first.due_at, MONDAY - timedelta(days=1) + timedelta(minutes=30)), "on a Sunday"
        pass_time(house, minutes=31)
        assert told(house, number) == [("sla.breached", "first_response", 1.0)], "the warning came too late"


@pytest.mark.covers("H8")
def test_another_priority_promises_another_time(tmp_path: Path, database_url: str) -> None:
    with office(tmp_path, database_url) as house:
        number = request(house, somebody())
        pass_time(house, minutes=90)
        assert told(house, number) == []
        house.verb("priority", number, "critical")
        calm(house)
        first = target(house, number, "first_response")
        assert (first.priority, first.due_at) == ("critical", first.breached_at)
        assert about(first.due_at, MONDAY + timedelta(hours=1))
        assert told(house, number) == [("sla.breached", "first_response", 1.0)]
        assert house.ticket(number)["answer_by"] == (first.due_at.isoformat() if first.due_at else None)
        house.verb("priority", number, "high")
        calm(house)
        first = target(house, number, "first_response")
        assert first.breached_at is None, "what the configuration promises is still to come"
        assert about(first.due_at, MONDAY + timedelta(hours=24)), "24 hours on the clock, of which no policy speaks"


@pytest.mark.covers("H8")
def test_a_ticket_that_is_opened_again_goes_on_where_it_was(tmp_path: Path, database_url: str) -> None:
    with office(tmp_path, database_url) as house:
        ada = somebody()
        number = request(house, ada)
        pass_time(house, hours=2)
        writes(house, ANNA, number, "#solve\nA new cable.")
        calm(house)
        first = target(house, number, "resolution")
        assert (first.state, first.ended_at is not None) == ("met", True)
        pass_time(house, days=1)
        deliver(house, reply(last_mail(house, ada), "No, it is broken again.", sender=ada))
        calm(house)
        kept, again = [one for one in targets(house, number) if one.kind == "resolution"]
        assert (kept.state, kept.ended_at, kept.used_seconds) == ("met", first.ended_at, first.used_seconds)
        assert again.state == "running"
        assert about(again.due_at, datetime(2026, 11, 26, 9, 0, tzinfo=UTC)), "a day later, for it was solved a day"


@pytest.mark.covers("H8")
def test_nobody_waits_for_what_was_merged_or_is_spam(tmp_path: Path, database_url: str) -> None:
    with office(tmp_path, database_url) as house:
        ada = somebody()
        one, other, junk = request(house, ada), request(house, ada, "The scanner"), request(house, somebody("Eve"))
        house.verb("merge", other, str(one))
        house.verb("spam", junk)
        calm(house)
        assert {found.state for found in targets(house, other) + targets(house, junk)} == {"dropped"}
        assert jobs(house, other) == jobs(house, junk) == []
        house.verb("unmerge", one, str(other))
        calm(house)
        assert {found.state for found in targets(house, other)} == {"running"}
        assert len(jobs(house, other)) == 1


@pytest.mark.covers("H8", "H9")
def test_explain_shows_the_arithmetic(tmp_path: Path, database_url: str) -> None:
    with office(tmp_path, database_url) as house:
        ada = somebody()
        number = request(house, ada)
        pass_time(house, hours=1)
        writes(house, ANNA, number, "#wait\nWhich printer is it?")
        pass_time(house, hours=5)
        said = house.ask("sla.explain", **{"ticket": number, "as": "anna"})
        first, resolution = said["targets"]
        assert first["policy"] == "Office"
        assert [(one["policy"], one["holds"]) for one in first["chosen"]] == [("VIP", False), ("Office", True)]
        assert first["spent_seconds"] == pytest.approx(first["used_seconds"], abs=1)
        assert first["promised_seconds"] == 4 * 3600
        assert resolution["hours"] == "mon–fri 08:00-12:00, 13:00-17:00 (UTC)"
        assert [(part["status"], part["counts"]) for part in resolution["parts"]] == [
            ("new", True),
            ("waiting_requester", False),
        ]
        assert resolution["spent_seconds"] == pytest.approx(3600, abs=120)
        with pytest.raises(NotDone, match="may not see"):
            house.ask("sla.explain", **{"ticket": number, "as": address_of(ada)})


@pytest.mark.covers("H10")
def test_lists_begin_with_what_is_overdue_or_due_soon(tmp_path: Path, database_url: str) -> None:
    with office(tmp_path, database_url) as house:
        ada = somebody()
        old, urgent, late = (request(house, ada, subject) for subject in ("The chair", "The server", "The mail"))
        for number in (old, urgent, late):
            writes(house, ANNA, number, "I look at it.")
        for number in (urgent, late):
            deliver(house, reply(last_mail(house, ada, number), "Still the same.", sender=ada))
            calm(house)
            pass_time(house, minutes=70)
        for words in ("", "support", "all"):
            listed = house.verb("tickets", argument=words)["lines"]
            assert [line.partition(" ")[0] for line in listed] == [f"#{urgent}", f"#{late}", f"#{old}"]
        listed = house.verb("mine")["lines"]
        assert [line.partition(" ")[0] for line in listed] == [f"#{urgent}", f"#{late}", f"#{old}"]
        with pytest.raises(NotDone, match="there is no team “suport”; write one of: support"):
            house.verb("tickets", argument="suport")
        assert "overdue since 23 Nov 12:00" in listed[0]
        assert "due 23 Nov" in listed[1]
        deliver(house, mail(ANNA, "#mine", "", Authentication_Results=PROVEN))
        assert "**overdue** since" not in text_of(last_mail(house, ANNA))
        assert "overdue since" in text_of(last_mail(house, ANNA))
        shown = house.verb("show", argument=str(urgent))["lines"]
        assert any(line.startswith("next answer: overdue since") for line in shown)


@pytest.mark.covers("H8", "H9")
def test_other_books_and_hours_time_what_is_open_anew_and_leave_what_has_ended(
    tmp_path: Path, database_url: str
) -> None:
    with office(tmp_path, database_url) as house:
        done, waits = request(house, somebody()), request(house, somebody("Kim"))
        pass_time(house, hours=1)
        writes(house, ANNA, done, "#solve\nA new cable.")
        calm(house)
        before = house.ask("sla.explain", **{"ticket": done, "as": "anna"})["targets"]
        assert [one["state"] for one in before] == ["met", "met"]
    shorter = replace(OFFICE, hours=OFFICE.hours | {"mon": ["08:00-12:00"]})
    other = BOOK.replace('medium = "4 business hours"', 'medium = "2 business hours"')
    with office(tmp_path, database_url, book=other, hours=shorter, at=MONDAY + timedelta(hours=2)) as house:
        calm(house)
        first, resolution = targets(house, waits)
        assert about(first.due_at, MONDAY + timedelta(hours=2))
        assert about(resolution.due_at, datetime(2026, 11, 25, 13, 0, tzinfo=UTC) + timedelta(hours=1)), (
            "less on Monday"
        )
        assert first.book != before[0]["book"]
        pass_time(house, minutes=10)
        assert ("sla.breached", "first_response", 1.0) in told(house, waits)
        house.run(lambda tx: _retime(tx, house, done))
        after = house.ask("sla.explain", **{"ticket": done, "as": "anna"})["targets"]
        kept = ("state", "used_seconds", "promise", "hours", "book", "chosen", "parts", "ended_at", "spent_seconds")
        assert [{name: one[name] for name in kept} for one in after] == [
            {name: one[name] for name in kept} for one in before
        ]


def _retime(tx: Tx, house: House, number: int) -> None:
    cause = Cause(tx, house.desk, f"test:{number}")
    ticket = tickets.get(cause, number)
    assert ticket is not None
    sla.retime(cause, ticket)


@pytest.mark.covers("H8", "bad:rule-book")
def test_a_policy_with_a_calendar_that_is_not_there_is_refused_at_the_start(tmp_path: Path) -> None:
    book = BOOK.replace('"always"', '"allways"')
    expected = "own.toml:5:12: there is no calendar 'allways'; did you mean 'always'"
    with pytest.raises(ConfigError, match=expected), office(tmp_path, f"sqlite:///{tmp_path}/f.db", book=book):
        pass


@pytest.mark.covers("H8")
def test_what_the_shipped_book_promises(tmp_path: Path) -> None:
    with office(tmp_path, f"sqlite:///{tmp_path}/f.db", book="") as house:
        number = request(house, somebody())
        first, resolution = targets(house, number)
        assert (first.policy, about(first.due_at, MONDAY + timedelta(hours=24))) == ("Standard", True)
        assert about(resolution.due_at, datetime(2026, 11, 30, 9, 0, tzinfo=UTC)), "five business days"
        house.verb("priority", number, "critical")
        assert about(targets(house, number)[0].due_at, MONDAY + timedelta(hours=1))


@pytest.mark.covers("H8", "H9")
def test_without_the_shipped_books_a_promise_is_kept_but_nobody_is_told(tmp_path: Path) -> None:
    def change(config: Config) -> Config:
        return replace(config, rules=replace(config.rules, shipped=False))

    house = Furnished(tmp_path, f"sqlite:///{tmp_path}/f.db", clock=Clock(MONDAY), change=change)
    with running(house):
        number = request(house, somebody())
        (first,) = targets(house, number)
        assert (first.kind, first.policy) == ("first_response", "standard")
        pass_time(house, hours=25)
        assert told(house, number) == [("sla.breached", "first_response", 1.0)]
        assert list(house.sink.messages) == []


@pytest.mark.covers("H8", "H9")
def test_explain_on_the_command_line_is_narrow_enough_for_a_terminal(tmp_path: Path) -> None:
    with office(tmp_path, f"sqlite:///{tmp_path}/f.db") as house:
        ada = somebody()
        number = request(house, ada)
        pass_time(house, hours=1)
        writes(house, ANNA, number, "#wait\nWhich printer is it?")
        pass_time(house, hours=20)
        deliver(house, reply(last_mail(house, ada), "The one on the third floor.", sender=ada))
        pass_time(house, hours=24)
        config = str(house.folder / "config.toml")
        firstline = str(Path(sys.executable).with_name("firstline"))
        command = [firstline, "--config", config, "sla", "explain", str(number)]
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, timeout=110, env=os.environ | {"COLUMNS": "100"}
        )
    assert max(map(len, done.stdout.splitlines())) <= 100
    said = " ".join(done.stdout.split())
    assert f"#{number} The printer is broken" in said
    assert "First answer: kept, done Mon 23 Nov 11:00 after 1 h 00 min" in said
    assert "Next answer: overdue since" in said
    assert "not VIP" in said
    assert "the desk’s: mon–fri 08:00-12:00, 13:00-17:00 (UTC)" in said
    assert "waiting requester" in said
    assert "stands still" in said
