"""Old jobs are taken out, and nothing is done a second time because its row is gone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import func, select

from bot import operations
from bot.db.models import Job
from bot.db.tx import Tx
from bot.due import jobs, purging, schedules
from bot.due.recurring import schedules as of_desk
from bot.due.schedules import Schedule, by_name
from bot.ids import new_id
from bot.loops.jobs import JobLoop
from bot.timing import timers
from bot.wiring import build_desk
from rules.hours import CalendarSettings, build_calendar
from rules.recurrence import cron
from tests.bot.due.test_schedules import BERLIN, NIGHTLY, Bench, count, duty, work
from tests.support import databases

DAY = timedelta(days=1)
YEARLY = Schedule(name="yearly", recurrence=cron("0 9 1 10 *", BERLIN), kind="count")
CLEAN = Schedule(name="old jobs", recurrence=cron("30 3 * * *", BERLIN), kind=purging.KIND)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path, databases.embedded(tmp_path))
    with duty("count", count):
        yield made
    made.store.close()


def put(bench: Bench, kind: str, state: str) -> None:
    def unit(tx: Tx) -> None:
        key = f"{kind}:{new_id()}"
        jobs.put(tx, kind, tx.now, {}, key=key, root=key)
        tx.flush()
        tx.session.get_one(Job, tx.session.scalar(select(Job.id).where(Job.key == key))).state = state

    bench.store.run(unit)


def kinds(bench: Bench) -> set[tuple[str, str]]:
    """The kinds and states of these jobs."""
    query = select(Job.kind, Job.state).where(Job.kind.in_([timers.KIND, "nudge_survey"]))
    with bench.store.read() as session:
        return {(row.kind, row.state) for row in session.execute(query)}


def how_many(bench: Bench) -> int:
    with bench.store.read() as session:
        return session.scalar(select(func.count()).select_from(Job)) or 0


@pytest.mark.covers("must:recurring")
def test_what_is_over_for_long_goes_and_what_may_still_count_stays(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purging, "_STEP", 3)
    kept = {(timers.KIND, "done"), ("nudge_survey", "dead")}
    gone = {(timers.KIND, "dropped"), ("nudge_survey", "done"), ("nudge_survey", "dropped")}
    for kind, state in sorted(kept | gone):
        put(bench, kind, state)
    loop = bench.begin(CLEAN)
    bench.clock.forward(purging.KEPT - DAY)
    work(loop)
    assert kinds(bench) == kept | gone
    bench.clock.forward(2 * DAY)
    work(loop)
    assert kinds(bench) == kept


@pytest.mark.covers("must:recurring")
def test_no_moment_comes_twice_though_its_row_is_gone(bench: Bench) -> None:
    """A night for each of 110 days, over restarts; and what was done by hand before its time stays done."""
    known = (NIGHTLY, CLEAN, YEARLY)
    loop = bench.begin(*known)
    bench.store.run(operations.unit(replace(bench.desk, schedules=by_name(known)), "jobs.run", {"job": "yearly"}))
    for day in range(110):
        loop = bench.begin(*known) if day % 20 == 0 else loop
        bench.clock.forward(DAY)
        work(loop)
    nights = [line for line in bench.counted() if line.startswith("nightly")]
    assert len(nights) == len(set(nights)) == 110
    assert how_many(bench) < 2 * 92 + 10
    assert "yearly:2027-10-01T07:00Z" in bench.rows()
    bench.clock.forward(datetime(2027, 10, 2, tzinfo=UTC) - bench.clock())
    work(bench.begin(*known))
    assert [line for line in bench.counted() if line.startswith("yearly")] == ["yearly 2027-10-01T07:00"]


@pytest.mark.covers("must:recurring")
def test_plans_follow_other_calendars_and_agents_at_the_next_start(bench: Bench) -> None:
    """Lists are planned by the calendar and the agents of the configuration that is in force now."""
    office = {day: ["08:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
    desk = replace(bench.desk, config=replace(bench.desk.config, worklists=type(bench.desk.config.worklists)()))
    before = replace(desk, calendar=build_calendar(CalendarSettings(hours=office)))
    after = replace(desk, calendar=build_calendar(CalendarSettings(hours=office, closed=["2026-10-26"])))
    fewer = replace(
        after,
        directory=type(after.directory)(
            after.directory.agents[1:], after.directory.nobody, after.directory.teams.values()
        ),
    )

    def waiting(found: object) -> set[str]:
        bench.store.run(lambda tx: schedules.see_to(tx, of_desk(found)))  # type: ignore[arg-type]
        return {key for key, state in bench.rows().items() if state == "waiting" and key.startswith("work list")}

    assert waiting(before) == {f"work list of {name}:2026-10-26T07:00Z" for name in ("anna", "ben", "lea")}
    assert waiting(after) == {f"work list of {name}:2026-10-27T07:00Z" for name in ("anna", "ben", "lea")}
    assert len(waiting(fewer)) == 2
    assert waiting(before) == {f"work list of {name}:2026-10-26T07:00Z" for name in ("anna", "ben", "lea")}
    assert isinstance(JobLoop(bench.store, before), JobLoop)


@pytest.mark.covers("H10")
def test_who_has_hours_of_their_own_gets_no_list_on_a_holiday_of_the_desk(bench: Bench) -> None:
    windows = {day: ["07:00-12:00"] for day in ("mon", "tue")}
    anna = replace(bench.config.agent[0], hours=windows)
    config = replace(
        bench.config,
        agent=(anna, *bench.config.agent[1:]),
        worklists=type(bench.config.worklists)(),
        calendar=CalendarSettings(hours={"tue": ["08:00-17:00"]}, closed=["2026-10-26"]),
    )
    desk = bench.store.run(lambda tx: build_desk(config, tx))
    monday = datetime(2026, 10, 26, tzinfo=UTC)
    found = of_desk(desk)["work list of anna"].recurrence.after(monday - DAY)
    assert found is not None
    assert found.date() == (monday + DAY).date()
