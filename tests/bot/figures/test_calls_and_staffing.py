"""Calls, contacts with them, and staffing against load, beside what plain loops count of the same made data."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest

from bot.db.store import Store
from bot.figures.headline import headline_of_calls
from bot.figures.milestones import Happened
from bot.figures.month import at_rank, compare
from bot.figures.periods import Period
from bot.figures.reading import Scope
from bot.figures.section import Seen
from bot.figures.sections import SECTIONS
from bot.figures.sections.staffing import ENOUGH, week
from bot.figures.words import Words
from tests.bot.figures import made, manned
from tests.bot.figures.made import PhoneLog
from tests.bot.figures.test_counted_by_hand import happened, here

SCOPES = [Scope(), Scope(team="field"), Scope(category="network")]


@pytest.fixture
def each_scope(database_url: str) -> Iterator[Iterator[Seen]]:
    """What sections are made of, for all tickets, those of a team, and those of a category."""
    store = Store(database_url)
    made.write(store, made.steps(), made.promises())
    made.write_calls(store, made.calls())
    manned.write_absences(store)
    with store.read() as session:
        yield (
            Seen(session, compare(session, made.month(), scope), Words("en"), datetime.now(UTC), manned.office())
            for scope in SCOPES
        )
    store.close()


def logged(period: Period, scope: Scope) -> list[PhoneLog]:
    """The calls of a period; of no call it is known which category it is of."""
    if scope.category:
        return []
    return [
        one
        for one in made.calls()
        if period.since <= one.at < period.until and (not scope.team or one.team == scope.team)
    ]


def turned(period: Period, scope: Scope) -> list[tuple[str, int]]:
    """The channel and moment of each contact: of the telephone its log counts, where there is one."""
    theirs = logged(period, scope)
    written = [(step.channel, step.at) for step in happened(period, scope, Happened.OPENED | Happened.RECEIVED)]
    return [("phone", one.at) for one in theirs] + [one for one in written if not (theirs and one[0] == "phone")]


def table(seen: Seen, name: str) -> dict[Any, tuple[Any, ...]]:
    return {row[0]: tuple(row[1:]) for row in SECTIONS[name](seen).rows}


@pytest.mark.covers("H15", "must:calls")
def test_calls_are_what_plain_loops_count(each_scope: Iterator[Seen]) -> None:
    for seen in each_scope:
        check_calls(seen)


def check_calls(seen: Seen) -> None:
    scope = seen.figures.scope
    for figures in (seen.figures.now, seen.figures.before):
        theirs = logged(figures.period, scope)
        found = figures.calls
        assert sorted(found.answered) == sorted(one.wait for one in theirs if one.answered)
        assert sorted(found.abandoned) == sorted(one.wait for one in theirs if not one.answered)
        assert sorted(found.talks) == sorted(one.talk for one in theirs if one.talk is not None)
        assert found.answered_by == Counter(one.agent_id for one in theirs if one.agent_id)
        assert found.answered_within(30) == sum(one.answered and one.wait <= 30 for one in theirs)
    theirs, before = (logged(one.period, scope) for one in (seen.figures.now, seen.figures.before))
    rows = table(seen, "calls")
    if not theirs:
        assert rows == {}
        return
    given_up = sorted(one.wait for one in theirs if not one.answered)
    share_before = sum(not one.answered for one in before) / len(before)
    assert rows["abandoned"] == (
        len(given_up),
        len(given_up) / len(theirs),
        share_before,
        at_rank(given_up, 0.5),
        at_rank(given_up, 0.9),
    )
    soon = sum(one.answered and one.wait <= manned.ANSWER_WITHIN for one in theirs)
    assert rows["answered within 30 s"][:2] == (soon, soon / len(theirs))
    first = headline_of_calls(seen)
    assert [one.label for one in first] == ["Calls", "Abandoned", "Wait", "Answered within 30 s", "Longest wait"]
    assert first[0].value == str(len(theirs))
    assert first[4].value == seen.words.wait(max(one.wait for one in theirs))
    by_hour = Counter(here(one.at)[1] for one in theirs if not one.answered)
    worst = min(by_hour.items(), key=lambda one: (-one[1], one[0]))
    assert f"Most were abandoned at: {worst[0]}:00 ({worst[1]})" in SECTIONS["calls"](seen).lines[1]


@pytest.mark.covers("H15", "must:figures")
def test_traffic_is_by_channel_and_hour_and_has_calls_once(each_scope: Iterator[Seen]) -> None:
    for seen in each_scope:
        check_traffic(seen)


def check_traffic(seen: Seen) -> None:
    period, scope = seen.figures.now.period, seen.figures.scope
    contacts = turned(period, scope)
    by_hour = Counter((channel, here(at)[1]) for channel, at in contacts)
    section = SECTIONS["traffic"](seen)
    channels = [str(column.title).replace("telephone", "phone") for column in section.columns[1:]]
    assert set(channels) == {channel for channel, _ in contacts}
    assert {(channel, int(str(row[0]).partition(":")[0])): row[place]
            for row in section.rows for place, channel in enumerate(channels, 1) if row[place]} == by_hour  # fmt: skip
    theirs = logged(period, scope)
    given_up = sum(not one.answered for one in theirs)
    said = [line for line in section.lines if line.startswith("Abandoned calls: ")]
    assert said == ([line for line in said if f" {given_up} of {len(theirs)} (" in line] if theirs else [])
    assert bool(said) == bool(theirs)


@cache
def minutes() -> dict[str, Counter[int]]:
    """The minutes of work of each in every quarter of an hour of October, asked minute by minute."""
    period = made.month()
    found: dict[str, Counter[int]] = {one.handle: Counter() for one in manned.WORKERS}
    for at in range(period.since, period.until, 60):
        moment = datetime.fromtimestamp(at, UTC)
        for one in manned.WORKERS:
            found[one.handle][at // 900] += manned.at_work(one, moment)
    return found


@pytest.mark.covers("H15", "must:staffing")
def test_staffing_is_what_somebody_with_a_watch_would_see(each_scope: Iterator[Seen]) -> None:
    for seen in each_scope:
        check_staffing(seen)


def check_staffing(seen: Seen) -> None:
    period, scope = seen.figures.now.period, seen.figures.scope
    there = [
        minutes()[one.handle]
        for one in manned.WORKERS
        if one.role == "agent" and (not scope.team or scope.team in one.teams)
    ]
    work = {quarter: sum(one[quarter] for one in there) for quarter in range(period.since // 900, period.until // 900)}
    by_hour = Counter[tuple[int, int]]()
    for quarter, spent in work.items():
        by_hour[here(quarter * 900)] += spent * 60
    attended, alone, called = (Counter[tuple[int, int]]() for _ in range(3))
    for _, at in turned(period, scope):
        (attended if work[at // 900] else alone)[here(at)] += 1
        called[here(at)] += not work[at // 900] and manned.on_call(datetime.fromtimestamp(at // 900 * 900, UTC))
    found = week(seen)
    assert +found.work == +by_hour
    assert (found.attended, found.alone, +found.on_call) == (attended, alone, +called)

    section = SECTIONS["staffing"](seen)
    loads = {hour: times * 3600 / by_hour[hour] for hour, times in attended.items()}
    worst = max(round(load, 1) for hour, load in loads.items() if attended[hour] >= ENOUGH)
    assert f"({seen.words.number(worst)})" in section.lines[1]
    assert f"while nobody was at work: {alone.total()};" in section.lines[2]
    assert section.chart is not None
    assert set(section.chart.marks) == set(alone)
    drawn = [value for values in section.chart.series.values() for value in values if value]
    assert sorted(drawn) == pytest.approx(sorted(loads.values()))
    contacts = sum(int(row[2] or 0) for row in section.rows)
    assert contacts == attended.total() + alone.total()
