"""The functions beside those that look at a text: fields, business hours, what was counted."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from msgspec import Struct

from rules.conditions import ConditionRefused, compile_condition
from rules.facts import Facts, Opened, RecentFacts, Weekday
from rules.functions import FUNCTIONS
from rules.loader import load


@pytest.fixture
def judged(facts: Facts) -> Facts:
    """A ticket with fields, opened while the calendar `factory` is open; its requester opened four in a day."""
    ticket = msgspec.structs.replace(facts.ticket, fields={"system": "Windows 11", "line": "3"})
    hours = {"open": False, "open_calendars": ("factory",), "weekday": Weekday.FRI, "hour": 13}
    opened = tuple(facts.at - timedelta(minutes=minutes) for minutes in (0, 20, 59, 180))
    recent = RecentFacts(requester=Opened(since=facts.at - timedelta(days=1), at=opened))
    return msgspec.structs.replace(
        facts, ticket=ticket, desk=msgspec.structs.replace(facts.desk, **hours), recent=recent
    )


@pytest.mark.parametrize(
    "source",
    [
        "field('system') == 'Windows 11'",
        "contains(field('system'), 'windows')",
        "known(field('line')) and not known(field('memory'))",
        "not (field('memory') == 'x') and not (field('memory') != 'x')",
        "within_hours('factory') and not within_hours('office')",
        "not within_hours()",
        "'factory' in desk.open_calendars",
        "desk.weekday == 'fri' and desk.weekday in ('thu', 'fri') and 12 <= desk.hour < 14",
        "count_recent(requester, '1h') == 3",
        "count_recent(requester, '24 hours') == 4 and count_recent(requester, '10m') == 1",
        "known(count_recent(requester, '1h')) and not known(count_recent(asset, '1h'))",
        "starts_with(subject, 'PRINT') and not starts_with(subject, 'down')",
        "ends_with(subject, 'Down') and not ends_with(requester.address, '@example.com')",
    ],
)
def test_holds(source: str, judged: Facts) -> None:
    assert compile_condition(source).holds(judged) is True


@pytest.mark.covers("bad:missing-fact")
@pytest.mark.parametrize(
    "source", ["count_recent(asset, '1h') {} 1", "count_recent(requester, '2 days') {} 1", "field('memory') {} '1'"]
)
@pytest.mark.parametrize("operator", ["==", "!=", "<", ">="])
def test_what_was_not_recorded_is_unknown(source: str, operator: str, judged: Facts) -> None:
    if "field" in source and operator in "<>=":
        operator = "=="
    assert compile_condition(source.format(operator)).holds(judged) is False


def test_facts_of_an_older_event_know_nothing_of_it(facts: Facts) -> None:
    stored = msgspec.json.decode(msgspec.json.encode(facts))
    del stored["recent"], stored["ticket"]["fields"], stored["desk"]["open_calendars"]
    older = msgspec.convert(stored, Facts)
    for source in ("count_recent(requester, '1h') >= 0", "known(field('x'))", "within_hours('factory')"):
        assert compile_condition(source).holds(older) is False


REFUSED = [
    ("count_recent(ticket, '1h') > 1", 13, "'ticket' is not one of requester, asset, category"),
    ("count_recent(requestr, '1h') > 1", 13, "did you mean 'requester'?"),
    ("count_recent('asset', '1h') > 1", 13, "is not one of"),
    ("count_recent(asset, '1 hur') > 1", 20, "not minutes, hours, days or weeks"),
    ("count_recent(asset, '1 business hour') > 1", 20, "leave 'business' out"),
    ("count_recent(asset, '0m') > 1", 20, "looks back over 1 minute to 31 days"),
    ("count_recent(asset, '40 days') > 1", 20, "looks back over 1 minute to 31 days"),
    ("count_recent(asset, 1) > 1", 20, "a text in quotes"),
    ("count_recent(asset, '1h')", 0, "is not a yes/no"),
    ("field(subject) == 'x'", 6, "a text in quotes"),
    ("field('') == 'x'", 6, "not an empty one"),
    ("within_hours('nihgt')", 13, "there is no calendar 'nihgt'; did you mean 'night'?"),
    ("within_hours('night', 'day')", 0, "is written within_hours('calendar')"),
    ("known(desk.open and desk.open)", 6, "takes a fact"),
    ("requester == 'x'", 0, "there is no fact 'requester'"),
]


@pytest.mark.parametrize(("source", "column", "words"), REFUSED)
def test_refused_with_place_and_reason(source: str, column: int, words: str) -> None:
    with pytest.raises(ConditionRefused) as refused:
        compile_condition(source, names={"calendar": ["night", "day"]})
    assert words in refused.value.problems[0].message
    assert refused.value.problems[0].column == column


@pytest.mark.covers("bad:passing-time")
@pytest.mark.parametrize(
    "source",
    [
        "within_hours()",
        "not within_hours('night')",
        "status == 'open' and count_recent(requester, '1h') > 2",
        "desk.weekday == 'mon'",
        "at - ticket.created_at > '2 hours'",
    ],
)
def test_an_automation_cannot_wait_for_what_changes_as_time_passes(source: str) -> None:
    with pytest.raises(ConditionRefused, match="an automation waits for what lasts"):
        compile_condition(source, lasting=True)


def test_an_automation_may_look_at_fields_and_words() -> None:
    for source in ("field('line') == '3'", "starts_with(subject, 'x')", "known(field('line'))", "'x' in ticket.tags"):
        compile_condition(source, lasting=True)
    assert {name for name, function in FUNCTIONS.items() if not function.lasting} == {"within_hours", "count_recent"}


class Nothing(Struct, frozen=True):
    pass


def test_books_know_what_their_rules_count_and_how_far_back() -> None:
    rule = '[[trigger]]\nname = "{0}"\non = ["{1}"]\nwhen = "{2}"\nthen = [{{ do = "nothing" }}]\n'
    text = (
        rule.format("a", "ticket.opened", "count_recent(asset, '2h') > 1 or count_recent(asset, '1h') > 1")
        + rule.format("b", "ticket.opened", "not (count_recent(category, '1h') + 1 > 3)")
        + rule.format("c", "note.added", "desk.open")
        + rule.format("d", "note.added", "count_recent(requester, '1h') > 3")
        + "enabled = false\n"
        + '[[macro]]\nname = "m"\nwhen = "count_recent(requester, \'3h\') > 1"\nthen = [{ do = "nothing" }]\n'
    )
    hour = timedelta(hours=1)
    assert load([("b", text)], {"nothing": Nothing}).recent == {
        "ticket.opened": {"asset": 2 * hour, "category": hour},
        "macro.used": {"requester": 3 * hour},
    }


def test_recent_facts_survive_storage(judged: Facts) -> None:
    assert msgspec.json.decode(msgspec.json.encode(judged), type=Facts) == judged
    assert judged.at == datetime(2026, 11, 20, 12, tzinfo=UTC)
