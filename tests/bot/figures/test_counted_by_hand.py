"""Every figure beside what plain loops over lists count of the same made data."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.db.models import Question
from bot.db.store import Store
from bot.figures.backlog import AGES
from bot.figures.milestones import Happened
from bot.figures.month import Compared, at_rank, compare
from bot.figures.periods import Period
from bot.figures.reading import Scope
from bot.figures.section import Seen
from bot.figures.sections.satisfaction import given, satisfaction
from bot.figures.words import Words
from tests.bot.figures import made
from tests.bot.figures.made import Promise, Step
from tests.bot.figures.manned import office

SCOPES = [Scope(), Scope(category="network"), Scope(team="field", department="Office")]


@pytest.fixture
def filled(database_url: str) -> Iterable[Store]:
    store = Store(database_url)
    made.write(store, made.steps(), made.promises())
    yield store
    store.close()


def figures(store: Store, scope: Scope) -> Compared:
    with store.read() as session:
        return compare(session, made.month(), scope)


def inside(step: Step, scope: Scope) -> bool:
    wanted = ((step.team, scope.team), (step.category, scope.category), (step.department, scope.department))
    return not step.void and all(not value or has == value for has, value in wanted)


def last_of(number: int, until: int) -> Step | None:
    return next((step for step in reversed(made.steps()) if step.ticket_id == number and step.at < until), None)


def opened(period: Period, scope: Scope) -> list[Step]:
    """Those opened in the period, as they were at its end."""
    numbers = {step.ticket_id for step in made.steps() if period.since <= step.opened_at < period.until}
    lasts = [last_of(number, period.until) for number in sorted(numbers)]
    return [step for step in lasts if step is not None and inside(step, scope)]


def happened(period: Period, scope: Scope, what: Happened) -> list[Step]:
    return [
        step
        for step in made.steps()
        if period.since <= step.at < period.until and step.happened & what and inside(step, scope)
    ]


def here(at: int) -> tuple[int, int]:
    local = datetime.fromtimestamp(at, ZoneInfo(made.ZONE))
    return local.weekday(), local.hour


def counted(steps: Iterable[Step], key: Callable[[Step], Any]) -> Counter[Any]:
    return Counter(key(step) for step in steps)


@pytest.mark.covers("H15", "must:figures")
@pytest.mark.parametrize("scope", SCOPES, ids=["all", "category", "team and department"])
def test_every_figure_is_what_plain_loops_count(filled: Store, scope: Scope) -> None:
    found = figures(filled, scope)
    for seen in (found.now, found.before):
        check_opened(seen.tally, seen.period, scope)
        check_done(seen.tally, seen.period, scope)
        check_backlog(seen.backlog, seen.period, scope)
        check_promises(seen.kept, seen.period, scope)
    check_details(found.now.tally, found.now.period, scope)


def check_opened(tally: Any, period: Period, scope: Scope) -> None:
    theirs = opened(period, scope)
    assert tally.opened == len(theirs)
    for what in ("category", "team", "department", "priority"):
        assert tally.opened_as[what] == counted(theirs, lambda step, what=what: getattr(step, what) or "")  # type: ignore[misc]
    unanswered = [step.status in {"solved", "closed"} for step in theirs if not step.answered]
    assert (tally.unanswered_done, tally.unanswered_open) == (unanswered.count(True), unanswered.count(False))
    assert tally.assets == counted([step for step in theirs if step.asset_id], lambda step: step.asset_id)
    known = [step for step in theirs if not step.confidential]
    assert tally.departments == counted(known, lambda step: (step.department or "", step.category or ""))


def check_done(tally: Any, period: Period, scope: Scope) -> None:
    done = happened(period, scope, Happened.DONE)
    assert tally.done == len(done)
    assert sorted(tally.worked) == sorted(step.seconds or 0 for step in done)
    assert {name: sorted(times) for name, times in tally.worked_on.items()} == {
        name: sorted(step.seconds or 0 for step in done if (step.category or "") == name)
        for name in {step.category or "" for step in done}
    }
    assert tally.done_as == counted(done, lambda step: step.category or "")
    assert tally.done_in_tier == counted(done, lambda step: step.tier)
    doers = [step.agent_id or step.assignee_id for step in done]
    assert tally.done_by == Counter(doer for doer in doers if doer)
    assert tally.done_escalated == sum(step.escalated > 0 for step in done)
    answers = happened(period, scope, Happened.ANSWERED)
    assert tally.answers == len(answers)
    assert tally.answers_by == Counter(step.agent_id for step in answers if step.agent_id)
    assert tally.escalated == len(happened(period, scope, Happened.ESCALATED))
    assert tally.handed_back == len(happened(period, scope, Happened.HANDED_BACK))
    assert tally.reopened == len(happened(period, scope, Happened.REOPENED))
    assert tally.macros == counted(happened(period, scope, Happened.MACRO), lambda step: step.category or "")


def check_details(tally: Any, period: Period, scope: Scope) -> None:
    theirs = opened(period, scope)
    assert tally.hours == counted(theirs, lambda step: here(step.opened_at))
    known = [step for step in theirs if not step.confidential]
    assert tally.askers == counted(known, lambda step: (step.requester_id, step.category or ""))
    contacts = happened(period, scope, Happened.OPENED | Happened.RECEIVED)
    assert tally.contacts == counted(contacts, lambda step: (step.channel, step.at // 900))


def check_backlog(backlog: Any, period: Period, scope: Scope) -> None:
    lasts = [last_of(number, period.until) for number in range(1, 401)]
    still = [step for step in lasts if step and step.status not in {"solved", "closed"} and inside(step, scope)]
    assert backlog.open == len(still)
    assert backlog.priorities == counted(still, lambda step: step.priority)
    assert backlog.assignees == counted(still, lambda step: step.assignee_id)
    days = [(period.until - step.opened_at) / 86_400 for step in still]
    assert backlog.by_age == [
        sum(young <= age < old for age in days) for young, old in zip((0, *AGES), (*AGES, 10_000), strict=True)
    ]


def check_promises(kept: Any, period: Period, scope: Scope) -> None:
    def counts(one: Promise) -> bool:
        then = last_of(one.ticket_id, period.until)
        ended = period.since <= one.ended_at < period.until and one.state in {"met", "missed"}
        return ended and (scope == Scope() or (then is not None and inside(then, scope)))

    theirs = [one for one in made.promises() if counts(one)]
    assert kept.outcomes == Counter((one.kind, one.priority, one.state) for one in theirs)
    firsts = [one.used_seconds for one in theirs if one.kind == "first_response"]
    assert sorted(kept.first_answers) == sorted(firsts)
    high = [one.state for one in theirs if (one.kind, one.priority) == ("next_reply", "high")]
    assert kept.met("next_reply", "high") == (high.count("met"), len(high))


def test_a_rank_is_the_value_that_so_large_a_share_does_not_exceed() -> None:
    assert at_rank([], 0.5) is None
    assert at_rank([7], 0.9) == 7
    assert at_rank([4, 1, 3, 2], 0.5) == 2
    assert [at_rank(list(range(1, 11)), share) for share in (0.5, 0.9)] == [5, 9]


def question(number: int, mark: int, at: datetime) -> Question:
    """A survey that was answered."""
    return Question(
        id=number,
        ticket_id=number,
        kind="survey",
        person_id=made.PEOPLE[0],
        delivery_key=f"survey:{number}",
        choices=[],
        asked_at=at,
        answer=str(mark),
        comment="",
        answered_at=at,
    )


@pytest.mark.covers("H13")
@pytest.mark.parametrize("scope", SCOPES, ids=["all", "category", "team and department"])
def test_marks_are_what_plain_loops_count(filled: Store, scope: Scope) -> None:
    votes = [
        (number, number % 5 + 1, datetime(2026, 9 + number % 2, 1 + number % 28, tzinfo=UTC))
        for number in range(1, 400, 3)
    ]
    filled.run(lambda tx: tx.session.add_all([question(*vote) for vote in votes]))
    found = figures(filled, scope)
    with filled.read() as session:
        seen = Seen(session, found, Words("en"), datetime.now(UTC), office())
        given_now: Counter[int] = Counter()
        for period in (found.before.period, found.now.period):
            given_now = Counter(
                mark
                for number, mark, at in votes
                if period.since <= at.timestamp() < period.until
                and (last := last_of(number, period.until)) is not None
                and inside(last, scope)
            )
            assert given(seen, period, scope) == given_now
        section = satisfaction(seen)
    counted = {str(row[0])[0]: row[1] for row in section.rows}
    assert counted == {str(mark): given_now[mark] for mark in range(1, 6)}
