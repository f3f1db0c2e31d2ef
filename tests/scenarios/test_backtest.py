"""What other books would have done about what did happen, from the events that a real desk stored."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from typer.testing import CliRunner

from bot.cli.app import app
from bot.db.models import Book, Event
from bot.db.tx import Tx
from tests.scenarios.test_explained import everything
from tests.support.clocks import desk_with, pass_time
from tests.support.house import House, reply, running
from tests.support.story import ANNA, deliver, last_mail, request, somebody, writes

SMOKE = """
[[trigger]]
name = "Smoke is critical"
on = ["ticket.opened"]
when = "any_word(text, 'smoke')"
then = [{ do = "set_impact", to = "high" }, { do = "set_urgency", to = "high" }, { do = "add_tag", tag = "fire" }]

[[trigger]]
name = "The lead hears of what is critical"
on = ["ticket.priority_changed"]
when = "priority == 'critical'"
then = [{ do = "notify", who = "admins", notice = "ticket_opened" }]
"""


def backtest(house: House, *arguments: str | Path) -> dict[str, Any]:
    config = house.folder / "config.toml"
    done = CliRunner().invoke(app, ["--config", str(config), "rules", "backtest", *map(str, arguments), "--json"])
    assert done.exit_code == 0, done.output + repr(done.exception)
    found: dict[str, Any] = json.loads(done.output)
    return found


def story(house: House) -> tuple[int, int]:
    """Two tickets with some life in them; the second is about smoke."""
    ada, grace = somebody(), somebody("Grace Hopper")
    calm = request(house, ada, "Urgent: no sound", "The headset is silent.\n")
    smoke = request(house, grace, "The press", "There is smoke coming out of it.\n")
    writes(house, ANNA, calm, "#take\nPlease plug it in again.")
    house.ask("verb", **{"verb": "solve", "as": "anna", "ticket": calm, "words": "A new headset."})
    house.settle()
    deliver(house, reply(last_mail(house, ada, calm), "It is silent again.", sender=ada))
    house.verb("tag", smoke, "press")
    house.ask("verb", **{"verb": "note", "as": "ben", "ticket": smoke, "words": "I am there."})
    house.verb("priority", smoke, "high")
    house.settle()
    return calm, smoke


def empty(folder: Path) -> Path:
    """A folder without books."""
    (folder / "none").mkdir()
    return folder / "none"


@pytest.mark.covers("H9")
def test_the_same_books_would_have_done_the_same(tmp_path: Path, database_url: str) -> None:
    with running(House(tmp_path, database_url)) as house:
        story(house)
        before = house.read(everything)
        report = backtest(house, "--books", empty(tmp_path))
        assert house.read(everything) == before
        assert report["tickets"] == 2
        assert report["messages"] >= 4
        assert report["events"] > 10
        for what in ("values", "breaches", "notices", "actions", "rules", "unknown"):
            assert report[what] == [], what
        assert (report["left_out"], report["stopped"]) == (0, 0)
    assert backtest(house, "--books", tmp_path / "none") | {"seconds": 0, "since": ""} == report | {
        "seconds": 0,
        "since": "",
    }, "resting as when it serves"


@pytest.mark.covers("H8", "H9")
def test_other_books_show_what_would_have_been(tmp_path: Path, database_url: str) -> None:
    book = tmp_path / "smoke.toml"
    book.write_text(SMOKE, encoding="utf-8")
    with running(House(tmp_path, database_url)) as house:
        calm, smoke = story(house)
        report = backtest(house, "--books", book)
        assert {(row["what"], row["then"], row["now"], *row["tickets"]) for row in report["values"]} == {
            ("priority", "medium", "critical", smoke),
            ("impact", "medium", "high", smoke),
            ("urgency", "medium", "high", smoke),
            ("tags", "", "fire", smoke),
        }
        assert {row["notice"]: (row["then"], row["now"], row["tickets"]) for row in report["notices"]} == {
            "notify who admins, notice ticket_opened": (0, 1, [smoke])
        }
        fires = {row["rule"]: row["now"] - row["then"] for row in report["rules"]}
        assert fires == {
            "Smoke is critical": 1,
            "The lead hears of what is critical": 1,
            "The priority follows the impact": 1,
            "The priority follows the urgency": 1,
        }, "what follows from an action is asked again"
        assert calm not in {ticket for row in report["rules"] for ticket in row["tickets"]}


@pytest.mark.covers("H9")
def test_without_any_book_nothing_would_have_been_sent(tmp_path: Path, database_url: str) -> None:
    with running(House(tmp_path, database_url)) as house:
        calm, smoke = story(house)
        report = backtest(house, "--books", empty(tmp_path), "--no-shipped")
        sent = {row["notice"]: row["now"] for row in report["notices"]}
        assert sent
        assert set(sent.values()) == {0}
        acknowledged = next(row for row in report["notices"] if "acknowledgement" in row["notice"])
        assert (acknowledged["then"], sorted(acknowledged["tickets"])) == (2, sorted((calm, smoke)))
        changed = {(row["what"], row["then"], row["now"], *row["tickets"]) for row in report["values"]}
        assert changed == {("priority", "high", "medium", calm), ("urgency", "high", "medium", calm)} | {
            ("status", "open", "solved", calm)
        }
        assert backtest(house, "--books", tmp_path / "none", "--limit", "2")["events"] == 2
        assert backtest(house, "--books", tmp_path / "none", "--since", "2030-01-01")["events"] == 0


@pytest.mark.covers("H9")
def test_what_was_not_recorded_is_unknown(tmp_path: Path, database_url: str) -> None:
    with running(House(tmp_path, database_url)) as house:
        story(house)

        def forget(tx: Tx) -> None:
            for event in tx.session.query(Event):
                event.facts = event.facts.replace(b'"matrix_priority":', b'"matrix_then":')

        house.run(forget)
        unknown = {row["fact"]: row["events"] for row in backtest(house, "--books", empty(tmp_path))["unknown"]}
        assert unknown == {"ticket.matrix_priority": 3}
        house.run(lambda tx: tx.session.execute(update(Book).values(content='{"books": "[[\\"a\\", \\"[[\\"]]"}')))
        report = backtest(house, "--books", tmp_path / "none")
        assert report["left_out"] == report["events"] > 0


@pytest.mark.covers("H9")
def test_the_report_is_narrow(tmp_path: Path) -> None:
    book = tmp_path / "smoke.toml"
    book.write_text(SMOKE, encoding="utf-8")
    with running(House(tmp_path, f"sqlite:///{tmp_path}/firstline.db")) as house:
        story(house)
        command = ["--config", str(tmp_path / "config.toml"), "rules", "backtest", "--books", str(book)]
        shown = CliRunner().invoke(app, command, env={"COLUMNS": "100"}).output
        assert max(map(len, shown.splitlines())) <= 100
        assert "Smoke is critical" in shown
        bad = CliRunner().invoke(app, [*command, "--since", "yesterday"])
        assert "--since: " in str(bad.exception)


ASSIGNING = """
[[trigger]]
name = "Give it to Anna"
on = ["ticket.opened"]
then = [{ do = "assign", to = "anna" }]

[[automation]]
name = "Nudge"
after = "2 hours"
when = "status == 'waiting_requester'"
then = [{ do = "add_tag", tag = "asked" }, { do = "notify", who = "assignee", notice = "ticket_stale" }]

[[macro]]
name = "parts"
then = [{ do = "set_status", to = "waiting_vendor" }, { do = "add_tag", tag = "parts" }]
"""
MORE = """
[[trigger]]
name = "Mark it"
on = ["ticket.opened"]
then = [{ do = "add_tag", tag = "marked" }]
"""


@pytest.mark.covers("H9")
def test_automations_macros_and_who_was_assigned_are_taken_as_they_were(tmp_path: Path, database_url: str) -> None:
    own, other, less = tmp_path / "own.toml", tmp_path / "more.toml", tmp_path / "less.toml"
    other.write_text(ASSIGNING + MORE, encoding="utf-8")
    less.write_text(ASSIGNING.replace("'waiting_requester'", "'on_hold'"), encoding="utf-8")
    with running(desk_with(tmp_path, database_url, ASSIGNING, shipped=True)) as house:
        number = request(house)
        house.ask("verb", **{"verb": "wait", "as": "anna", "ticket": number, "words": "Which floor?"})
        pass_time(house, hours=3)
        house.verb("macro", number, "parts")
        assert house.ticket(number)["tags"] == ["asked", "parts"]
        since = ("--since", "2026-11-01")
        for what in ("values", "breaches", "notices", "actions", "rules", "unknown"):
            assert backtest(house, "--books", own, *since)[what] == [], what
        report = backtest(house, "--books", other, *since)
        assert [row["rule"] for row in report["rules"]] == ["Mark it"], "nothing else is lost or won"
        assert report["notices"] == []
        assert {(row["what"], row["now"]) for row in report["values"]} == {("tags", "marked")}
        calm = backtest(house, "--books", less, *since)
        assert {row["rule"]: (row["then"], row["now"]) for row in calm["rules"]} == {"Nudge": (1, 0)}
        assert {row["notice"]: row["now"] for row in calm["notices"]} == {"notify who assignee, notice ticket_stale": 0}
        (passed,) = [
            event for event in house.ask("rules.explain", ticket=number)["events"] if event["event"] == "time.passed"
        ]
        nudge = next(rule for rule in passed["rules"] if rule["rule"] == "Nudge")
        assert (nudge["kind"], nudge["result"], nudge["because"]) == (
            "automation",
            "fired",
            "status is waiting_requester",
        )
        used = next(
            event for event in house.ask("rules.explain", ticket=number)["events"] if event["event"] == "macro.used"
        )
        parts = next(rule for rule in used["rules"] if rule["rule"] == "parts")
        assert (parts["kind"], parts["result"]) == ("macro", "fired")
        assert "status: waiting_requester → waiting_vendor" in parts["changed"]


SLOW = """
[[policy]]
name = "No hurry"
first_response = "20 days"
"""
STRICT = """
[[policy]]
name = "At once"
first_response = "1 minute"
"""


@pytest.mark.covers("H8", "H9")
def test_promises_that_would_have_been_broken_are_worked_out_anew(tmp_path: Path, database_url: str) -> None:
    slow, strict = tmp_path / "slow.toml", tmp_path / "strict.toml"
    slow.write_text(SLOW, encoding="utf-8")
    strict.write_text(STRICT, encoding="utf-8")
    with running(desk_with(tmp_path, database_url, "")) as house:
        late, quick = request(house), request(house)
        house.clock.forward(timedelta(minutes=10))
        house.ask("verb", **{"verb": "answer", "as": "anna", "ticket": quick, "words": "The cable."})
        house.settle()
        pass_time(house, days=9)
        house.ask("verb", **{"verb": "answer", "as": "anna", "ticket": late, "words": "Sorry."})
        house.settle()
        alone = ("--since", "2026-11-01", "--no-shipped")
        assert backtest(house, "--books", slow, *alone)["breaches"] == [
            {"target": "first_response", "then": 1, "now": 0, "tickets": [late]}
        ]
        assert backtest(house, "--books", strict, *alone)["breaches"] == [
            {"target": "first_response", "then": 1, "now": 2, "tickets": [quick]}
        ]
