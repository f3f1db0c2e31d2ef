"""Why something happened: the rules that were looked at, with the facts and the books of then."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from bot.cli.app import app
from bot.db.models import Base
from bot.errors import NotDone
from tests.support.house import AGENTS, House, mail, running, text_of
from tests.support.story import ANNA, address_of, last_mail, request, somebody, writes

FIRE = """
[[trigger]]
name = "A fire is critical"
on = ["ticket.opened"]
when = "any_word(text, 'fire', 'smoke') and {more}"
then = [{{ do = "set_priority", to = "critical" }}]
"""


def rule(event: dict[str, Any], name: str) -> dict[str, Any]:
    return next(rule for rule in event["rules"] if rule["rule"] == name)


def named(found: dict[str, Any], name: str) -> dict[str, Any]:
    """The first event of that name."""
    return next(event for event in found["events"] if event["event"] == name)


def run(house: House, *arguments: str | Path) -> str:
    """What the command line prints while the desk rests, or serves."""
    config = house.folder / "config.toml"
    done = CliRunner().invoke(app, ["--config", str(config), *map(str, arguments)], env={"COLUMNS": "100"})
    assert done.exit_code == 0, done.output + repr(done.exception)
    return done.output


def everything(session: Session) -> dict[str, int]:
    """How many rows each table has, but that of when mail came, which the desk keeps by the minute."""
    tables = [table for table in Base.metadata.sorted_tables if table.name != "arrival"]
    return {table.name: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


@pytest.mark.covers("H9")
def test_a_ticket_is_explained_rule_by_rule(shared: House) -> None:
    ada = somebody()
    shared.ask("people.import", rows=[{"email": address_of(ada), "vip": True}])
    number = request(shared, ada)
    found = shared.ask("rules.explain", ticket=number)
    opened, urgency = found["events"][0], named(found, "ticket.urgency_changed")
    assert (found["ticket"], opened["event"]) == (number, "ticket.opened")
    vip = rule(opened, "A VIP's request is more urgent")
    assert (vip["result"], vip["because"]) == ("fired", "requester.vip; ticket.urgency is medium")
    assert (vip["does"], vip["changed"]) == (["set_urgency to higher"], ["urgency: medium → high"])
    assert [(part["source"], part["value"], part["decides"]) for part in vip["parts"]] == [
        ("requester.vip", "yes", True),
        ("ticket.urgency != 'high'", "yes", True),
    ]
    logged = rule(opened, "Confirm a logged call or visit")
    assert (logged["result"], logged["because"], logged["changed"]) == ("no", "channel is email", [])
    assert rule(urgency, "The priority follows the urgency")["changed"] == ["priority: medium → high"]
    only = shared.ask("rules.explain", ticket=number, event=urgency["number"])
    assert [event["event"] for event in only["events"]] == ["ticket.urgency_changed"]
    shared.verb("take", number)
    last = shared.ask("rules.explain", ticket=number, at=shared.clock().isoformat())["events"]
    assert {event["event"] for event in last} == {"ticket.taken", "ticket.status_changed"}


@pytest.mark.covers("H9")
@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"ticket": 10**6}, "no ticket #1000000"),
        ({"ticket": 1, "event": 99}, "no such event"),
        ({"ticket": 1, "at": "yesterday"}, "'yesterday' is not a time; write it like"),
    ],
)
def test_what_cannot_be_explained_is_said_in_one_line(shared: House, asked: dict[str, Any], why: str) -> None:
    request(shared)
    with pytest.raises(NotDone, match=why):
        shared.ask("rules.explain", **asked)


@pytest.mark.covers("H9")
def test_agents_see_why_a_rule_changed_something(shared: House) -> None:
    number = request(shared, subject="Urgent: no sound")
    shown = shared.ask("verb", **{"verb": "show", "as": "anna", "argument": f"{number} full"})["lines"]
    (urgency,) = [line for line in shown if "urgency: medium" in line]
    assert "rule Urgent words make it a little more urgent: urgency: medium → high (because " in urgency
    assert "any_word(subject, 'urgent', …)" in urgency
    plain = shared.ask("verb", **{"verb": "show", "as": "anna", "argument": str(number)})["lines"]
    assert not any("because" in line for line in plain)


@pytest.mark.covers("H9")
def test_an_agent_sees_it_in_a_mail_too(shared: House) -> None:
    number = request(shared, subject="Urgent: no sound")
    writes(shared, ANNA, number, f"#show {number} full")
    shown = " ".join(text_of(last_mail(shared, ANNA, number)).split())
    assert "rule Urgent words make it a little more urgent" in shown
    assert "urgency: medium → high (because" in shown


@pytest.mark.covers("H9", "H18")
def test_requesters_do_not_see_it(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada, subject="Urgent: no sound")
    shown = shared.ask("verb", **{"verb": "show", "as": address_of(ada), "argument": f"{number} full"})
    assert "rule" not in json.dumps(shown, default=str)


@pytest.mark.covers("H9")
def test_the_past_is_explained_by_the_books_of_then(tmp_path: Path, database_url: str) -> None:
    book = tmp_path / "own.toml"
    book.write_text(FIRE.format(more="priority == 'medium'"), encoding="utf-8")
    house = House(tmp_path, database_url, extra=f'[rules]\nbooks = ["{book}"]\n{AGENTS}')
    with running(house):
        number = request(house, text="There is smoke.\n")
        house.stop()
        book.write_text(FIRE.format(more="requester.vip"), encoding="utf-8")
        house.start()
        then = rule(house.ask("rules.explain", ticket=number)["events"][0], "A fire is critical")
        now = request(house, text="There is smoke.\n")
        later = rule(house.ask("rules.explain", ticket=now)["events"][0], "A fire is critical")
        served = run(house, "rules", "explain", "--ticket", str(number), "--json")
    assert (then["result"], then["because"]) == ("fired", "any_word(text, 'smoke', …); priority is medium")
    assert (later["result"], later["because"]) == ("no", "requester.vip is no")
    assert run(house, "rules", "explain", "--ticket", str(number), "--json") == served, "resting as when it serves"


@pytest.mark.covers("H9")
def test_a_mail_is_tried_and_nothing_of_it_stays(tmp_path: Path, database_url: str) -> None:
    file = tmp_path / "mail.eml"
    file.write_bytes(mail(somebody(), "Urgent: no sound").as_bytes())
    with running(House(tmp_path, database_url)) as house:
        first = request(house)
        before = house.read(everything)
        tried = json.loads(run(house, "rules", "explain", file, "--json"))
        assert house.read(everything) == before
        assert tried["outcome"] == "opened"
        assert rule(tried["events"][0], "Acknowledge a new request")["result"] == "fired"
        urgency = named(tried, "ticket.urgency_changed")
        assert rule(urgency, "The priority follows the urgency")["changed"] == ["priority: medium → high"]
        shown = run(house, "rules", "explain", file)
        assert "Nothing of this was written or sent." in shown
        assert max(map(len, shown.splitlines())) <= 100
        assert request(house) == first + 1, "no number is lost"
        assert len(house.sink.messages) == 6, "two acknowledgements, and the tier was told twice"


@pytest.mark.covers("H9")
def test_either_a_mail_or_a_ticket_is_explained(tmp_path: Path) -> None:
    with running(House(tmp_path, f"sqlite:///{tmp_path}/firstline.db")) as house:
        config = str(house.folder / "config.toml")
        done = CliRunner().invoke(app, ["--config", config, "rules", "explain"])
        assert isinstance(done.exception, NotDone)
        missing = CliRunner().invoke(app, ["--config", config, "rules", "explain", str(tmp_path / "no.eml")])
        assert "cannot be read" in str(missing.exception)
