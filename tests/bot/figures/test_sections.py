"""What each section says, beside what plain loops over the same made data find; in every scope."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path
from typing import Any

import pytest

from bot.db import schema
from bot.db.models import Alarm, Delivery, Inbox
from bot.db.store import Store
from bot.db.tx import Tx
from bot.figures.backlog import AGES
from bot.figures.headline import MOST_TICKETS, headline, needing
from bot.figures.milestones import Happened
from bot.figures.month import compare
from bot.figures.periods import Period
from bot.figures.reading import Scope
from bot.figures.section import Section, Seen
from bot.figures.sections import SECTIONS
from bot.figures.words import Words
from tests.bot.figures import made, manned
from tests.bot.figures.made import Promise, Step
from tests.bot.figures.test_counted_by_hand import happened, here, inside, last_of, opened
from tests.support import databases

SCOPES = {
    "all": Scope(),
    "team": Scope(team="field"),
    "category": Scope(category="network"),
    "department": Scope(department="Office"),
}
NOBODY = "none"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The made data, which no test changes."""
    store = Store(databases.embedded(tmp_path_factory.mktemp("figures")))
    schema.upgrade(store.engine)
    made.write(store, made.steps(), made.promises())
    yield store
    store.close()


@pytest.fixture(params=list(SCOPES.values()), ids=list(SCOPES))
def seen(filled: Store, request: pytest.FixtureRequest) -> Iterator[Seen]:
    with filled.read() as session:
        found = compare(session, made.month(), request.param)
        yield Seen(session, found, Words("en"), datetime(2026, 11, 1, tzinfo=UTC), manned.office())


def section(seen: Seen, name: str) -> Section:
    return SECTIONS[name](seen)


def rows(seen: Seen, name: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in section(seen, name).rows]


def by_hand(seen: Seen, what: Happened) -> tuple[list[Step], list[Step]]:
    now, before = seen.figures.now.period, seen.figures.before.period
    return happened(now, seen.figures.scope, what), happened(before, seen.figures.scope, what)


def opened_in(seen: Seen) -> tuple[list[Step], list[Step]]:
    now, before = seen.figures.now.period, seen.figures.before.period
    return opened(now, seen.figures.scope), opened(before, seen.figures.scope)


def rank(values: list[int], share: float) -> int | None:
    """Nearest rank, by taking away the smallest ones."""
    return sorted(values)[ceil(share * len(values)) - 1] if values else None


def largest_first(found: Counter[Any]) -> list[Any]:
    return sorted(found, key=lambda name: (-found[name], name))


@pytest.mark.covers("must:figures")
def test_volume_is_by_category_beside_the_period_before(seen: Seen) -> None:
    now, before = opened_in(seen)
    of = Counter(step.category or NOBODY for step in now)
    were = Counter(step.category or NOBODY for step in before)
    expected = [(name, of[name], were[name], of[name] - were[name]) for name in largest_first(of)]
    assert rows(seen, "volume") == expected
    lines = section(seen, "volume").lines
    change = f"{(len(now) - len(before)) / len(before):+.0%}"
    assert lines[0] == f"Tickets opened: {len(now)}; in the period before: {len(before)}. ({change})"
    for place, what in ((1, "priority"), (2, "team"), (3, "department")):
        counts = Counter(getattr(step, what) or "" for step in now)
        said = ", ".join(f"{name or NOBODY} {counts[name]}" for name in largest_first(counts))
        assert lines[place] == f"By {what}: {said}"


def promised(period: Period, scope: Scope) -> list[Promise]:
    def counts(one: Promise) -> bool:
        then = last_of(one.ticket_id, period.until)
        ended = period.since <= one.ended_at < period.until and one.state in {"met", "missed"}
        return ended and (scope == Scope() or (then is not None and inside(then, scope)))

    return [one for one in made.promises() if counts(one)]


def test_times_are_the_middle_and_what_nine_of_ten_do_not_exceed(seen: Seen) -> None:
    firsts = [
        [one.used_seconds for one in promised(figures.period, seen.figures.scope) if one.kind == "first_response"]
        for figures in (seen.figures.now, seen.figures.before)
    ]
    worked = [[step.seconds or 0 for step in done] for done in by_hand(seen, Happened.DONE)]
    assert rows(seen, "times") == [
        ("first answer", len(firsts[0]), rank(firsts[0], 0.5), rank(firsts[1], 0.5), rank(firsts[0], 0.9)),
        ("resolution", len(worked[0]), rank(worked[0], 0.5), rank(worked[1], 0.5), rank(worked[0], 0.9)),
    ]


def test_promises_are_by_target_and_priority(seen: Seen) -> None:
    def kept(promises: list[Promise]) -> dict[tuple[str, str], tuple[int, float]]:
        titles = {"first_response": "first answer", "next_reply": "next answer", "resolution": "solution"}
        found: defaultdict[tuple[str, str], list[bool]] = defaultdict(list)
        for one in promises:
            for priority in ("all", one.priority):
                found[titles[one.kind], priority].append(one.state == "met")
        return {key: (len(met), met.count(True) / len(met)) for key, met in found.items()}

    now, before = (kept(promised(one.period, seen.figures.scope)) for one in (seen.figures.now, seen.figures.before))
    assert {row[:2]: row[2:] for row in rows(seen, "sla")} == {
        key: (*value, before[key][1] if key in before else None) for key, value in now.items()
    }


def test_the_backlog_is_by_age(seen: Seen) -> None:
    ages = []
    for figures in (seen.figures.now, seen.figures.before):
        until = figures.period.until
        lasts = [last_of(number, until) for number in range(1, 401)]
        still = [
            one for one in lasts if one and one.status not in {"solved", "closed"} and inside(one, seen.figures.scope)
        ]
        days = [(until - one.opened_at) / 86_400 for one in still]
        edges = zip((0, *AGES), (*AGES, 10_000), strict=True)
        ages.append([sum(young <= age < old for age in days) for young, old in edges])
    assert [row[1:] for row in rows(seen, "backlog")] == list(zip(*ages, strict=True))
    assert section(seen, "backlog").lines[0] == (
        f"Open at the end: {sum(ages[0])}; at the end of the period before: {sum(ages[1])}."
    )


def test_hours_are_those_of_the_wall_clock_with_peaks_and_quiet_ones(seen: Seen) -> None:
    counts = Counter(here(step.opened_at) for step in opened_in(seen)[0])
    assert {(day, hour): row[day + 1] for hour, row in enumerate(rows(seen, "hours")) for day in range(7)} == {
        (day, hour): counts[day, hour] for day in range(7) for hour in range(24)
    }
    busy, quiet = section(seen, "hours").lines
    (day, hour), most = min(counts.items(), key=lambda one: (-one[1], one[0]))
    assert busy.startswith(
        f"The busiest hours: {('Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun')[day]} {hour}:00 ({most})"
    )
    by_hour = Counter(hour for (_, hour), times in counts.items() for _ in range(times))
    hour, fewest = min(by_hour.items(), key=lambda one: (one[1], one[0]))
    assert quiet.startswith(f"The quietest: {hour}:00 ({fewest})")


def test_load_is_of_tiers_and_of_agents_by_name_and_not_by_rank(seen: Seen) -> None:
    done, answers = by_hand(seen, Happened.DONE)[0], by_hand(seen, Happened.ANSWERED)[0]
    doers = Counter(step.agent_id or step.assignee_id for step in done)
    answered = Counter(step.agent_id for step in answers)
    lasts = [last_of(number, seen.figures.now.period.until) for number in range(1, 401)]
    carried = Counter(
        one.assignee_id
        for one in lasts
        if one and one.status not in {"solved", "closed"} and inside(one, seen.figures.scope)
    )
    tiers = Counter(step.tier for step in done)
    agents = sorted({agent for agent in (*doers, *answered, *carried) if agent})
    assert rows(seen, "load") == [
        *((f"tier {tier}", None, tiers[tier], None) for tier in sorted(tiers)),
        *((f"Person {agent}", answered[agent], doers[agent], carried[agent]) for agent in agents),
    ]
    assert section(seen, "load").lines == [f"Open and with nobody: {carried[None]}."]


def test_rates_are_shares_of_what_was_done(seen: Seen) -> None:
    done, reopened = by_hand(seen, Happened.DONE), by_hand(seen, Happened.REOPENED)
    escalated = [sum(step.escalated > 0 for step in steps) for steps in done]
    again = [len(steps) for steps in reopened]
    shares = [[part / len(steps) for part, steps in zip(parts, done, strict=True)] for parts in (escalated, again)]
    assert rows(seen, "rates") == [
        ("escalated before they were done", escalated[0], *shares[0]),
        ("reopened", again[0], *shares[1]),
    ]
    up, back = by_hand(seen, Happened.ESCALATED)[0], by_hand(seen, Happened.HANDED_BACK)[0]
    assert section(seen, "rates").lines == [
        f"Tickets done: {len(done[0])}; escalated: {len(up)}; handed back: {len(back)}."
    ]


def test_machines_that_fail_again_and_who_asks_again_are_named(seen: Seen) -> None:
    now, before = opened_in(seen)
    of, were = (Counter(step.asset_id for step in steps) for steps in (now, before))
    often = [(of[number], -number) for number in (1, 2) if of[number] >= 2]
    names = {1: "M-1 press", 2: "M-2"}
    expected = [(names[-number], count, were[-number]) for count, number in sorted(often, reverse=True)]
    assert rows(seen, "assets") == expected
    known = [step for step in now if not step.confidential and step.category]
    people = Counter((f"Person {step.requester_id:03}", step.category) for step in known)
    groups = Counter((step.department, step.category) for step in known if step.department)
    assert rows(seen, "repeats") == [
        *((*key, people[key]) for key in largest_first(people) if people[key] >= 3),
        *((*key, groups[key]) for key in largest_first(groups) if groups[key] >= 10),
    ]


def test_categories_that_grow_have_a_fifth_and_five_more(seen: Seen) -> None:
    now, before = (Counter(step.category or NOBODY for step in steps) for steps in opened_in(seen))
    grown = {name: now[name] - before[name] for name in now if now[name] - before[name] >= 5}
    grown = {name: more for name, more in grown.items() if now[name] >= 1.2 * before[name]}
    found = [(name, now[name], before[name], more) for name, more in grown.items()]
    assert rows(seen, "growth") == sorted(found, key=lambda row: (-row[3], row[0]))


def test_knowledge_is_missing_where_it_takes_long_and_macros_are_rare(seen: Seen) -> None:
    done, macros = by_hand(seen, Happened.DONE)[0], by_hand(seen, Happened.MACRO)[0]
    used = Counter(step.category or "" for step in macros)
    middle = rank([step.seconds or 0 for step in done], 0.5) or 0
    found = []
    for name in {step.category or "" for step in done}:
        times = [step.seconds or 0 for step in done if (step.category or "") == name]
        median = rank(times, 0.5) or 0
        if len(times) >= 5 and median > middle and used[name] < 0.2 * len(times):
            found.append((name or NOBODY, len(times), used[name], median, sum(times)))
    assert rows(seen, "gaps") == sorted(found, key=lambda row: (-row[4], row[0]))


def test_requests_without_a_human_answer_are_counted(seen: Seen) -> None:
    alone = [step for step in opened_in(seen)[0] if not step.answered]
    done = sum(step.status in {"solved", "closed"} for step in alone)
    assert section(seen, "traffic").lines[1] == (
        f"Without a human answer: {len(alone) - done} still open, {done} done."
    )


def test_a_report_opens_with_five_figures_and_five_tickets_at_most(seen: Seen) -> None:
    now, before = opened_in(seen)
    first = headline(seen)
    assert len(first) == 5
    assert (first[0].label, first[0].value) == ("Opened", str(len(now)))
    assert first[0].beside.endswith(f"before: {len(before)}")
    done = by_hand(seen, Happened.DONE)
    assert (first[1].label, first[1].value) == ("Done", str(len(done[0])))
    assert all("before: " in one.beside for one in first)
    tickets = needing(seen.session, seen.now, seen.figures.scope)
    assert len(tickets) <= MOST_TICKETS
    scope = seen.figures.scope
    lasts = [life for number in range(1, 401) if (life := last_of(number, 2**53))]
    still = [one for one in lasts if one.status not in {"solved", "closed"} and not one.confidential]
    asked = [one for one in still if scope.team in {"", one.team} and scope.category in {"", one.category}]
    oldest = sorted(asked, key=lambda one: (one.opened_at, one.ticket_id))[:MOST_TICKETS]
    expected = [] if scope.department else [one.ticket_id for one in oldest]
    assert [one.number for one in tickets] == expected, "the people of the made data have no department now"


def test_trouble_is_what_waits_now_and_alarms_of_the_period(tmp_path: Path) -> None:
    store = Store(databases.embedded(tmp_path))
    schema.upgrade(store.engine)
    october = datetime(2026, 10, 5, tzinfo=UTC)
    since, until = (datetime.fromtimestamp(at, UTC) for at in (made.month().since, made.month().until))
    raised = {
        "old": (since - timedelta(days=9), since - timedelta(seconds=1), None),
        "over": (since - timedelta(days=9), since, since),
        "up": (until - timedelta(seconds=1), until, None),
        "later": (until, until, None),
    }
    inbox = {"channel": "email", "lane": "a", "received_at": october, "meta": {}, "payload": b""}
    outbox = {
        "channel": "email",
        "recipient": "ada@example.com",
        "notice": "answer",
        "root": "made",
        "depth": 0,
        "outgoing": b"",
        "envelope": b"",
        "queued_at": october,
        "due_at": october,
    }

    def unit(tx: Tx) -> None:
        for name, (first, last, cleared) in raised.items():
            tx.add(Alarm(name=name, detail="", raised_at=first, last_at=last, times=3, cleared_at=cleared))
        for place, state in enumerate(("dead", "dead", "done", "quarantine"), 1):
            tx.add(Inbox(id=place, key=str(place), state=state, **inbox))
        for place, state in enumerate(("failed", "sent", "dropped"), 1):
            tx.add(Delivery(id=place, key=str(place), state=state, **outbox))

    store.run(unit)
    with store.read() as session:
        seen = Seen(session, compare(session, made.month(), Scope()), Words("en"), october, manned.office())
        assert section(seen, "trouble").rows == [("up", 3, "up"), ("over", 3, "over")]
        assert section(seen, "trouble").lines == ["Waiting now: 2 dead letters, 1 failed deliveries."]
    store.close()
