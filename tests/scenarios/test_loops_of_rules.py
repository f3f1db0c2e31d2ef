"""Rules, clocks and failures that feed each other: each chain stops by itself, with one alarm, as time goes on."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.test_loops import ROBOT, in_thread, numbered_subject, same_subject, until_quiet
from tests.support import databases
from tests.support.clocks import clocks, desk_with, events, pass_time
from tests.support.house import House, running
from tests.support.story import address_of, audit, deliveries, request, somebody

SWING = """
[[automation]]
name = "To"
after = "0 minutes"
when = "priority != 'high'"
then = [{ do = "set_priority", to = "high" }]

[[automation]]
name = "Fro"
after = "0 minutes"
when = "priority == 'high'"
then = [{ do = "set_priority", to = "low" }]
"""

FAILURES = """
[[trigger]]
name = "Tell the requester that nothing reaches them"
on = ["delivery.failed"]
then = [{ do = "notify", who = "requester", notice = "still_on_it" }]

[[trigger]]
name = "Begin"
on = ["ticket.opened"]
then = [{ do = "notify", who = "requester", notice = "acknowledgement" }]
"""

TRIGGERS = """
[[automation]]
name = "Begin"
after = "1 hour"
when = "status == 'new'"
then = [{ do = "add_note", text = "It has begun." }]

[[trigger]]
name = "Answer a note with a note"
on = ["note.added"]
then = [{ do = "add_note", text = "Noted." }, { do = "set_status", to = "waiting_vendor" }]

[[trigger]]
name = "Answer that with a note"
on = ["ticket.status_changed"]
then = [{ do = "set_status", to = "open" }, { do = "add_note", text = "Noted too." }]
"""


def raised(house: House) -> list[dict[str, Any]]:
    """The alarms that are up, about rules."""
    return [alarm for alarm in house.ask("status")["alarms"] if alarm["name"].startswith("rules on")]


@pytest.mark.covers("H9", "must:loops-rest")
def test_two_automations_that_alternate_without_delay_stop_with_one_alarm(tmp_path: Path) -> None:
    with running(desk_with(tmp_path, databases.embedded(tmp_path), SWING)) as house:
        number = request(house)
        pass_time(house, minutes=1)
        [alarm] = raised(house)
        assert (alarm["name"], alarm["times"]) == (f"rules on #{number}", 1)
        fired = Counter(entry.actor for entry in audit(house, number) if entry.action == "rule_fired")
        assert 2 <= fired.total() <= 10
        at_rest = clocks(house, number)
        pass_time(house, minutes=30)
        assert clocks(house, number) == at_rest
        assert "waiting" not in {clock.state for clock in at_rest}
        house.verb("tag", number, "looked-at")
        pass_time(house, minutes=1)
        assert raised(house)[0]["times"] == 2, "who touches it sets it off again, and it stops again"


@pytest.mark.covers("H9", "must:loops-rest")
def test_triggers_that_feed_each_other_after_some_time_come_to_rest(tmp_path: Path) -> None:
    with running(desk_with(tmp_path, databases.embedded(tmp_path), TRIGGERS)) as house:
        number = request(house)
        pass_time(house, hours=1, minutes=1)
        fired = Counter(entry.actor for entry in audit(house, number) if entry.action == "rule_fired")
        assert max(fired.values()) == 1
        pass_time(house, days=30)
        assert len(events(house, number, "time.passed")) == 1


@pytest.mark.covers("H11", "must:loops-rest")
def test_a_failed_notice_that_causes_a_notice_stops(tmp_path: Path) -> None:
    with running(desk_with(tmp_path, databases.embedded(tmp_path), FAILURES)) as house:
        ada = somebody()
        house.sink.refuse[address_of(ada)] = "550 5.1.1 No such user"
        number = request(house, ada)
        for _ in range(10):
            pass_time(house, hours=2)
        sent = len(deliveries(house, number))
        assert 1 <= sent <= 10
        pass_time(house, days=10)
        assert len(deliveries(house, number)) == sent
        assert len(raised(house)) <= 1


@pytest.mark.covers("E17", "H12", "must:loops-rest")
@pytest.mark.parametrize("answer", [in_thread, same_subject, numbered_subject])
def test_an_autoresponder_that_is_asked_and_reminded_comes_to_rest(tmp_path: Path, answer: Any) -> None:
    with running(desk_with(tmp_path, databases.embedded(tmp_path), "", shipped=True)) as house:
        number = request(house, ROBOT)
        written = until_quiet(house, ROBOT, answer)
        house.ask("verb", **{"verb": "wait", "as": "anna", "ticket": number, "words": "Which floor?"})
        for _ in range(6):
            written += until_quiet_again(house, written, answer)
            pass_time(house, days=5)
        assert written <= 25
        before = len(deliveries(house, number))
        pass_time(house, days=30)
        assert len(deliveries(house, number)) - before <= 3


def until_quiet_again(house: House, answered: int, answer: Any) -> int:
    """The same for what came since."""
    return until_quiet(house, ROBOT, lambda message, count: answer(message, count) if count > answered else None) - (
        answered
    )
