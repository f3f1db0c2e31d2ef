"""Schedules: one plan each, done once whatever happens, collapsed after a time away, dropped when they are changed."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from bot import operations
from bot.cause import Cause
from bot.config import load_config
from bot.db.models import Alarm, AuditEntry, Job
from bot.db.store import Store
from bot.desk import Desk
from bot.due import jobs, schedules
from bot.due.duties import DUTIES
from bot.due.schedules import Schedule, by_name, key_of
from bot.errors import NotDone
from bot.loops.jobs import JobLoop
from bot.wiring import build_desk, open_store
from rules.recurrence import cron, every
from tests.support.house import AGENTS, CONFIG, Clock

BERLIN = ZoneInfo("Europe/Berlin")
SATURDAY = datetime(2026, 10, 24, 12, tzinfo=UTC)
NIGHTLY = Schedule(name="nightly", recurrence=cron("30 2 * * *", BERLIN), kind="count", arguments={"what": "nights"})
HOURLY = Schedule(name="hourly", recurrence=every("1 hour", BERLIN), kind="count")


class Bench:
    """A database, its clock, and the desk on it."""

    def __init__(self, folder: Path, url: str) -> None:
        path = folder / "config.toml"
        rules = "[rules]\nshipped = false\n"
        text = CONFIG.format(folder=folder / "var", url=url, relay_port=25)
        path.write_text(text + AGENTS + rules, encoding="utf-8")
        self.config = load_config(path)
        self.clock = Clock(SATURDAY)
        self.store = open_store(self.config, upgrade=True, clock=self.clock)
        self.desk = self.store.run(lambda tx: build_desk(self.config, tx))

    def begin(self, *known: Schedule, store: Store | None = None) -> JobLoop:
        """The jobs of a process that starts with these schedules."""
        found = by_name(known)
        store = store or self.store
        store.run(lambda tx: schedules.see_to(tx, found))
        desk: Desk = replace(self.desk, schedules=found)
        return JobLoop(store, desk)

    def rows(self) -> dict[str, str]:
        """The state of each plan that there ever was, by its name and moment."""
        query = select(Job.key, Job.state).where(Job.kind == schedules.KIND).order_by(Job.key)
        with self.store.read() as session:
            return {key.removeprefix("scheduled:"): state for key, state in session.execute(query)}

    def counted(self) -> list[str]:
        """For which moments the duty was done, in that order."""
        query = select(AuditEntry.details).where(AuditEntry.action == "counted").order_by(AuditEntry.id)
        with self.store.read() as session:
            return [f"{details['schedule']} {details['planned'][:16]}" for details in session.scalars(query)]


def work(loop: JobLoop) -> None:
    while loop.work():
        pass


def count(cause: Cause, arguments: Mapping[str, Any]) -> None:
    cause.record("counted", None, **arguments)


def fail(cause: Cause, arguments: Mapping[str, Any]) -> None:
    cause.record("counted", None, **arguments)
    raise RuntimeError("this never works")


@contextmanager
def duty(name: str, done: Callable[[Cause, Mapping[str, Any]], None]) -> Iterator[None]:
    """A duty of the test's own, as `bot/due/duties.py` would name it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(DUTIES, name, done)
        yield


@pytest.fixture
def bench(tmp_path: Path, database_url: str) -> Iterator[Bench]:
    made = Bench(tmp_path, database_url)
    with duty("count", count), duty("fail", fail):
        yield made
    made.store.close()


@pytest.mark.covers("must:recurring")
def test_each_schedule_has_one_plan_and_each_moment_its_effect_once(bench: Bench) -> None:
    loop = bench.begin(NIGHTLY)
    assert bench.rows() == {"nightly:2026-10-25T00:30Z": "waiting"}
    for _ in range(80):
        bench.clock.forward(timedelta(minutes=30))
        work(loop)
    assert bench.counted() == ["nightly 2026-10-25T00:30", "nightly 2026-10-26T01:30"]
    assert [state for state in bench.rows().values() if state == "waiting"] == ["waiting"]
    with bench.store.read() as session:
        details = session.scalars(select(AuditEntry.details).where(AuditEntry.action == "counted")).first()
    assert details == {
        "what": "nights",
        "schedule": "nightly",
        "planned": "2026-10-25T00:30:00+00:00",
    }, "the duty knows what it is for"


@pytest.mark.covers("must:recurring")
def test_what_was_missed_is_done_once(bench: Bench) -> None:
    bench.begin(NIGHTLY, HOURLY)
    bench.clock.forward(timedelta(days=3, minutes=10))
    loop = bench.begin(NIGHTLY, HOURLY)
    work(loop)
    assert bench.counted() == ["hourly 2026-10-24T13:00", "nightly 2026-10-25T00:30"]
    waiting = [key for key, state in bench.rows().items() if state == "waiting"]
    assert waiting == ["hourly:2026-10-27T13:00Z", "nightly:2026-10-28T01:30Z"]


@pytest.mark.covers("must:recurring")
def test_a_changed_schedule_loses_its_plan_and_gets_it_back_when_it_is_as_it_was(bench: Bench) -> None:
    bench.begin(NIGHTLY)
    later = replace(NIGHTLY, recurrence=cron("0 4 * * *", BERLIN))
    bench.begin(later, HOURLY)
    assert bench.rows() == {
        "hourly:2026-10-24T13:00Z": "waiting",
        "nightly:2026-10-25T00:30Z": "dropped",
        "nightly:2026-10-25T03:00Z": "waiting",
    }
    loop = bench.begin(NIGHTLY)
    assert bench.rows() == {
        "hourly:2026-10-24T13:00Z": "dropped",
        "nightly:2026-10-25T00:30Z": "waiting",
        "nightly:2026-10-25T03:00Z": "dropped",
    }
    bench.clock.forward(timedelta(hours=20))
    work(loop)
    assert bench.counted() == ["nightly 2026-10-25T00:30"]


@pytest.mark.covers("must:recurring")
def test_a_schedule_that_breaks_is_told_and_goes_on(bench: Bench) -> None:
    broken = Schedule(name="broken", recurrence=cron("0 8 * * *", BERLIN), kind="fail")
    loop = bench.begin(broken)
    bench.clock.forward(timedelta(hours=20))
    for _ in range(6):
        work(loop)
        bench.clock.forward(timedelta(minutes=2))
    assert bench.rows() == {"broken:2026-10-25T07:00Z": "dead", "broken:2026-10-26T07:00Z": "waiting"}
    assert bench.counted() == [], "a duty and all its effects share one transaction"
    with bench.store.read() as session:
        assert [alarm.name for alarm in session.scalars(select(Alarm))] == ["schedule broken"]
    bench.begin(broken)
    assert bench.rows()["broken:2026-10-26T07:00Z"] == "waiting", "a start changes nothing about it"


@pytest.mark.covers("must:recurring")
def test_a_process_leaves_what_it_does_not_know_to_one_that_does(bench: Bench) -> None:
    older, newer = bench.begin(), bench.begin(NIGHTLY)
    bench.clock.forward(timedelta(hours=13))
    work(older)
    assert bench.counted() == []
    bench.clock.forward(timedelta(seconds=3))
    work(newer)
    assert bench.counted() == ["nightly 2026-10-25T00:30"]


@pytest.mark.covers("must:recurring")
def test_two_processes_that_race_do_everything_once(bench: Bench) -> None:
    hourly = [replace(HOURLY, name=f"hourly {number}") for number in range(20)]
    other = bench.store if bench.store.engine.dialect.name == "sqlite" else open_store(bench.config, upgrade=False)
    other.clock = bench.clock
    loops = [bench.begin(*hourly), bench.begin(*hourly, store=other)]
    for _ in range(3):
        bench.clock.forward(timedelta(hours=1))
        threads = [threading.Thread(target=work, args=(loop,)) for loop in loops]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    if other is not bench.store:
        other.close()
    counted = Counter(bench.counted())
    assert len(counted) == 60
    assert set(counted.values()) == {1}
    assert Counter(bench.rows().values()) == {"done": 60, "waiting": 20}


def test_a_plan_is_done_before_its_time_or_left_out_by_hand(bench: Bench) -> None:
    loop = bench.begin(NIGHTLY, HOURLY)
    desk = loop.desk

    def ask(name: str, **arguments: str) -> Any:
        return bench.store.run(operations.unit(desk, name, arguments))

    assert [(row["schedule"], row["due_at"]) for row in ask("jobs.list", kind="scheduled")] == [
        ("hourly", "2026-10-24T13:00:00+00:00"),
        ("nightly", "2026-10-25T00:30:00+00:00"),
    ]
    assert ask("jobs.skip", job="hourly")["error"] == "skipped"
    assert ask("jobs.run", job="nightly")["attempts"] == 0
    work(loop)
    assert bench.counted() == ["nightly 2026-10-25T00:30"]
    [done, skipped] = ask("jobs.list", state="done", kind="scheduled")
    for row in (done, skipped):
        with pytest.raises(NotDone, match=r"is done and cannot be run"):
            ask("jobs.run", job=str(row["id"]))
    bench.begin(NIGHTLY, HOURLY)
    assert {key for key, state in bench.rows().items() if state == "waiting"} == {
        "hourly:2026-10-24T14:00Z",
        "nightly:2026-10-26T01:30Z",
    }, "and a start plans neither again"


def test_a_job_that_was_given_up_is_run_again_or_dropped_and_one_that_waits_is_kept(bench: Bench) -> None:
    broken = [Schedule(name=name, recurrence=cron("0 8 * * *", BERLIN), kind="fail") for name in ("one", "two")]
    loop = bench.begin(*broken)
    bench.clock.forward(timedelta(hours=20))
    for _ in range(6):
        work(loop)
        bench.clock.forward(timedelta(minutes=2))

    def ask(name: str, **arguments: str) -> Any:
        return bench.store.run(operations.unit(loop.desk, name, arguments))

    first, second = (str(row["id"]) for row in ask("jobs.list", state="dead"))
    assert ask("jobs.list")[0]["state"] == "dead"
    ask("jobs.skip", job=first)
    ask("jobs.run", job=second)
    with duty("fail", count):
        work(loop)
    assert len(bench.counted()) == 1
    bench.store.run(lambda tx: jobs.begin(tx, "blank", {}, due_at=tx.now + timedelta(hours=1)))
    [own] = ask("jobs.list", state="waiting", kind="blank")
    with pytest.raises(NotDone, match=r"\(blank\) is the desk's own and cannot be skipped; it can be run"):
        ask("jobs.skip", job=str(own["id"]))


def test_keys_of_long_names_differ_and_fit() -> None:
    moment = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    first, second = (key_of("team " + "x" * 90 + end, moment) for end in "ab")
    assert first != second
    assert len(first) <= 80
    assert key_of("nightly", moment) == "scheduled:nightly:2026-10-25T00:30Z"
