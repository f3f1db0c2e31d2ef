"""Automations: a clock starts when a condition becomes true, is cancelled when it stops being so, and rings once."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from rules.facts import Facts
from tests.support.clocks import MONDAY, clocks, desk_with, events, pass_time, states
from tests.support.house import running
from tests.support.story import audit, request

NUDGE = """
[[automation]]
name = "Nudge"
after = "2 hours"
when = "status == 'waiting_requester'"
then = [{ do = "add_tag", tag = "nudged" }]
"""


@pytest.mark.covers("H12", "must:timers")
def test_a_clock_rings_when_a_condition_has_held_for_so_long(tmp_path: Path, database_url: str) -> None:
    with running(desk_with(tmp_path, database_url, NUDGE)) as house:
        number = request(house)
        assert clocks(house, number) == []
        house.ask("verb", **{"verb": "wait", "as": "anna", "ticket": number, "words": "Which floor?"})
        [clock] = clocks(house, number)
        assert (clock.rule, clock.state) == ("Nudge", "waiting")
        assert clock.due_at - clock.since == timedelta(hours=2)
        assert timedelta() <= clock.since - MONDAY < timedelta(minutes=1)
        pass_time(house, minutes=119)
        assert house.ticket(number)["tags"] == []
        pass_time(house, minutes=2)
        assert house.ticket(number)["tags"] == ["nudged"]
        fired = [entry for entry in audit(house, number) if entry.action == "rule_fired"]
        assert [(entry.actor, entry.details["event"]) for entry in fired] == [("rule Nudge", "time.passed")]
        [stored] = events(house, number, "time.passed")
        facts = msgspec.json.decode(stored, type=Facts)
        assert facts.timer is not None
        assert (facts.timer.rule, facts.timer.since) == ("Nudge", clock.since)


@pytest.mark.covers("must:timers")
def test_a_clock_that_runs_is_left_alone_and_rings_once(tmp_path: Path, database_url: str) -> None:
    with running(desk_with(tmp_path, database_url, NUDGE)) as house:
        number = request(house)
        house.ask("verb", **{"verb": "wait", "as": "anna", "ticket": number, "words": "Which floor?"})
        [before] = clocks(house, number)
        pass_time(house, hours=1)
        house.verb("priority", number, "high")
        assert clocks(house, number) == [before], "something else changed, and it still holds"
        pass_time(house, hours=2)
        house.verb("priority", number, "low")
        pass_time(house, days=3)
        assert states(house, number) == [("Nudge", "done")]
        assert len(events(house, number, "time.passed")) == 1


@pytest.mark.covers("must:timers")
def test_a_clock_is_cancelled_when_its_condition_ends_and_starts_anew(tmp_path: Path, database_url: str) -> None:
    with running(desk_with(tmp_path, database_url, NUDGE)) as house:
        number = request(house)
        house.ask("verb", **{"verb": "wait", "as": "anna", "ticket": number, "words": "Which floor?"})
        pass_time(house, hours=1)
        house.verb("status", number, "open")
        assert states(house, number) == [("Nudge", "dropped")]
        pass_time(house, hours=5)
        assert events(house, number, "time.passed") == []
        house.ask("verb", **{"verb": "wait", "as": "anna", "ticket": number, "words": "Which room?"})
        pass_time(house, hours=2, minutes=1)
        assert states(house, number) == [("Nudge", "dropped"), ("Nudge", "done")]
        house.verb("status", number, "open")
        house.ask("verb", **{"verb": "wait", "as": "anna", "ticket": number, "words": "Which door?"})
        assert states(house, number) == [("Nudge", "dropped"), ("Nudge", "dropped"), ("Nudge", "waiting")]


@pytest.mark.covers("H9", "must:timers")
def test_a_condition_that_cannot_be_worked_out_is_on_the_audit_and_stops_nothing(
    tmp_path: Path, database_url: str
) -> None:
    broken = NUDGE.replace("Nudge", "Broken").replace("status == 'waiting_requester'", "1 / ticket.reopened > 0")
    with running(desk_with(tmp_path, database_url, broken + NUDGE)) as house:
        number = request(house)
        house.ask("verb", **{"verb": "wait", "as": "anna", "ticket": number, "words": "Which floor?"})
        failed = [entry.details for entry in audit(house, number) if entry.action == "rule_failed"]
        assert {entry["rule"] for entry in failed} == {"Broken"}
        assert "division by zero" in failed[0]["error"]
        assert [alarm["name"] for alarm in house.ask("status")["alarms"]] == ["rule Broken"]
        pass_time(house, hours=2, minutes=1)
        assert house.ticket(number)["tags"] == ["nudged"]
