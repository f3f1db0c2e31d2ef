"""The one list of the morning: what is on it, who gets it and when; over holidays, absences and a change of clocks."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from bot.config import Config, WorklistSettings
from bot.db.models import Delivery
from rules.hours import CalendarSettings
from tests.support.clocks import MONDAY, pass_time
from tests.support.house import Clock, House, running, text_of
from tests.support.story import ANNA, BEN, LEA, Furnished, address_of, last_mail, request, somebody

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = {day: ["08:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")}


@contextmanager
def desk(folder: Path, url: str, *, start: datetime = MONDAY, shipped: bool = True) -> Iterator[House]:
    """The desk with office hours, closed on the first of December, whose agents get work lists at eight."""

    def change(config: Config) -> Config:
        calendar = CalendarSettings(hours=OFFICE, closed=["2026-12-01"])
        rules = replace(config.rules, shipped=shipped)
        return replace(config, worklists=WorklistSettings(), calendar=calendar, rules=rules)

    with running(Furnished(folder, url, change=change, clock=Clock(start))) as house:
        yield house


def lists_to(house: House, agent: str) -> list[str]:
    """When an agent was sent a list, on the clock on their wall."""
    query = select(Delivery.queued_at).where(Delivery.recipient == address_of(agent), Delivery.notice == "work_list")
    sent = house.read(lambda session: list(session.scalars(query.order_by(Delivery.id))))
    return [f"{at.astimezone(BERLIN):%a %d %H:%M}" for at in sent]


def until(house: House, written: str) -> None:
    """Let time pass until this moment in Berlin, from one opening of the desk to the next."""
    wanted = datetime.fromisoformat(written).replace(tzinfo=BERLIN)
    while (left := wanted - house.clock()) > timedelta():
        now = house.clock().astimezone(BERLIN)
        eight = now.replace(hour=8, minute=0, second=0, microsecond=0)
        eight += timedelta(days=now >= eight)
        pass_time(house, seconds=min(eight - now, left).total_seconds())


def sections(house: House, agent: str) -> dict[str, list[int]]:
    """The numbers of the tickets on the newest list to an agent, by the titles of its sections."""
    found: dict[str, list[int]] = {}
    title = ""
    for line in text_of(last_mail(house, agent)).splitlines():
        if line.strip().startswith(("-", "*", "•")) and "#" in line:
            found[title].append(int(line.partition("#")[2].split()[0].strip("*")))
        elif line.strip():
            title = line.strip().strip("*")
            found.setdefault(title, [])
    return {title: numbers for title, numbers in found.items() if numbers}


@pytest.mark.covers("H10", "H7")
def test_an_agent_gets_one_list_of_what_is_to_be_done_and_the_lead_that_of_the_team(
    tmp_path: Path, database_url: str
) -> None:
    with desk(tmp_path, database_url) as house:
        free, taken, passed, answered = (request(house, somebody(), f"The chair {n}") for n in range(4))
        for number in (taken, passed, answered):
            house.ask("verb", **{"verb": "answer", "as": "anna", "ticket": number, "words": "I look into it."})
        house.settle()
        house.verb("status", passed, "waiting_vendor")
        house.verb("priority", taken, "high")
        until(house, "2026-11-25T08:10")
        assert lists_to(house, ANNA)[-1:] == ["Wed 25 08:00"]
        assert sections(house, ANNA) == {
            "Due today": [taken],
            "With others": [passed],
            "The oldest of the others": [answered],
        }
        assert last_mail(house, ANNA)["Subject"] == "Your tickets this morning: 0 overdue, 1 due today"
        assert sections(house, LEA)["Overdue"] == [free], "nobody took it: it is on the list of who leads the team"
        assert lists_to(house, BEN) == [], "who has nothing to do is sent nothing"


@pytest.mark.covers("H10")
def test_lists_come_on_working_days_only_and_not_to_who_is_away(tmp_path: Path, database_url: str) -> None:
    with desk(tmp_path, database_url) as house:
        number = request(house, somebody(), "The chair")
        house.ask("verb", **{"verb": "answer", "as": "anna", "ticket": number, "words": "I look into it."})
        house.settle()
        until(house, "2026-12-02T09:00")
        first = ["Tue 24 08:00", "Mon 30 08:00", "Wed 02 08:00"]
        assert lists_to(house, ANNA) == first, (
            "when it is new, and when it is due; on no weekend, nor when we are closed"
        )
        house.verb("away", None, "until 2026-12-07")
        until(house, "2026-12-08T09:00")
        assert lists_to(house, ANNA) == [*first, "Mon 07 08:00", "Tue 08 08:00"]


@pytest.mark.covers("H10", "must:changed-hour")
def test_the_list_keeps_its_hour_when_the_clocks_are_changed(tmp_path: Path, database_url: str) -> None:
    friday = datetime(2026, 10, 23, 9, tzinfo=BERLIN)
    with desk(tmp_path, database_url, start=friday) as house:
        number = request(house, somebody(), "The chair")
        pass_time(house, days=3)
        assert lists_to(house, LEA) == ["Mon 26 08:00"], "after 72 hours, for one was shown twice"
        until(house, "2026-10-27T09:00")
        assert lists_to(house, LEA) == ["Mon 26 08:00", "Tue 27 08:00"]
        assert sections(house, LEA) == {"Overdue": [number]}


@pytest.mark.covers("H10", "H7")
def test_what_has_not_moved_for_long_has_its_own_place_until_somebody_says_something(
    tmp_path: Path, database_url: str
) -> None:
    with desk(tmp_path, database_url, shipped=False) as house:
        number, other = (request(house, somebody(), f"The {what}") for what in ("chair", "lamp"))
        for one in (number, other):
            house.ask("verb", **{"verb": "answer", "as": "anna", "ticket": one, "words": "I look into it."})
        house.settle()
        house.verb("status", number, "waiting_vendor")
        until(house, "2026-11-24T09:00")
        assert sections(house, ANNA) == {"With others": [number], "The oldest of the others": [other]}
        until(house, "2026-12-02T09:00")
        assert sections(house, ANNA) == {"Have not moved for long": [number, other]}
        assert lists_to(house, ANNA) == ["Tue 24 08:00", "Wed 02 08:00"]
        for one in (number, other):
            house.ask("verb", **{"verb": "note", "as": "anna", "ticket": one, "words": "Parts are ordered."})
        until(house, "2026-12-04T09:00")
        assert lists_to(house, ANNA) == ["Tue 24 08:00", "Wed 02 08:00"], "as nothing is to be done, no list comes"


@pytest.mark.covers("H10")
def test_a_list_that_was_missed_is_not_sent_in_the_night(tmp_path: Path, database_url: str) -> None:
    with desk(tmp_path, database_url) as house:
        request(house, somebody(), "The chair")
        pass_time(house, days=1, hours=14)
        assert lists_to(house, LEA) == ["Tue 24 23:00"], "of the same day it still comes"
        pass_time(house, days=4, hours=2)
        assert lists_to(house, LEA) == ["Tue 24 23:00"], "not that of Wednesday on Sunday"
        until(house, "2026-11-30T09:00")
        assert lists_to(house, LEA) == ["Tue 24 23:00", "Mon 30 08:00"]
