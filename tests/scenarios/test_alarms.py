"""An alarm is up as long as there is trouble: it ends when the thing works again, and a while later is forgotten."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from bot import alarms
from bot.config import Config
from bot.db.models import Job
from bot.db.tx import Tx
from bot.ids import new_id
from tests.support.house import House, mail, running
from tests.support.story import LEA, Furnished, deliver, mails, request, somebody

A_BIT = timedelta(minutes=1)
FAILS_ON_THE_FIRST = """
[[trigger]]
name = "Divide"
on = ["ticket.opened"]
when = "1 / (ticket.number - 1) > 0"
then = [{ do = "add_tag", tag = "divided" }]
"""


def up(house: House) -> list[str]:
    return [alarm["name"] for alarm in house.ask("status")["alarms"]]


def cleared(house: House) -> list[str]:
    return [alarm["name"] for alarm in house.ask("status")["cleared"]]


def loop(house: House, mark: str) -> None:
    """A mail of ours comes back."""
    received = next(iter(house.sink.messages))
    deliver(house, b"X-Relayed-By: " + mark.encode() + b"\r\n" + received.content)


def told(house: House) -> int:
    """How often the administrator was told of an alarm."""
    return len([message for message in mails(house, LEA) if str(message["Subject"]).startswith("Alarm")])


def test_a_loop_is_over_when_nothing_came_back_for_a_while(house: House) -> None:
    request(house, somebody())
    loop(house, "one")
    assert (up(house), cleared(house)) == (["email loop"], [])
    house.clock.forward(alarms.QUIET / 2)
    loop(house, "two")
    house.clock.forward(alarms.QUIET / 2 + A_BIT)
    house.wait_until(lambda: waiting(house, alarms.REVIEW) == [(True,)], "the first look")
    assert up(house) == ["email loop"], "it happened again meanwhile"
    house.clock.forward(alarms.QUIET / 2)
    house.wait_until(lambda: not up(house), "the alarm to be cleared")
    assert cleared(house) == ["email loop"]
    house.clock.forward(timedelta(days=1))
    assert cleared(house) == []
    loop(house, "three")
    assert up(house) == ["email loop"], "and it can happen again"
    house.wait_until(lambda: told(house) == 2, "the administrator to be told twice")


def waiting(house: House, kind: str) -> list[Any]:
    """For each waiting job of that kind, whether it lies in the future."""
    from sqlalchemy import select

    query = select(Job.due_at > house.clock()).where(Job.kind == kind, Job.state == "waiting")
    return [tuple(row) for row in house.read(lambda session: session.execute(query).all())]


def test_the_alarm_of_a_rule_ends_when_the_rule_has_worked_since(tmp_path: Path) -> None:
    book = tmp_path / "own.toml"
    book.write_text(FAILS_ON_THE_FIRST, encoding="utf-8")

    def change(config: Config) -> Config:
        return replace(config, rules=replace(config.rules, books=(str(book),)))

    with running(Furnished(tmp_path, f"sqlite:///{tmp_path}/firstline.db", change=change)) as house:
        assert request(house, somebody()) == 1
        assert up(house) == ["rule Divide"]
        house.clock.forward(alarms.QUIET + A_BIT)
        house.wait_until(lambda: waiting(house, alarms.REVIEW_RULE) == [(True,)], "the first look")
        assert up(house) == ["rule Divide"], "nobody knows yet whether it works"
        assert house.ticket(request(house, somebody()))["tags"] == ["divided"]
        house.clock.forward(alarms.QUIET + A_BIT)
        house.wait_until(lambda: not up(house), "the alarm to be cleared")
        assert cleared(house) == ["rule Divide"]


def test_the_alarm_of_a_rule_that_is_gone_ends(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/firstline.db"

    def unit(tx: Tx) -> None:
        alarms.raise_alarm(tx, "rule Gone", "ZeroDivisionError", review=alarms.REVIEW_RULE)

    with running(House(tmp_path, url)) as house:
        house.run(unit)
        house.clock.forward(alarms.QUIET + A_BIT)
        house.wait_until(lambda: cleared(house) == ["rule Gone"], "the alarm to be cleared")


@pytest.mark.parametrize("name", ["a name that is long " * 9])
def test_alarms_with_long_names_are_raised_and_reviewed(house: House, name: str) -> None:
    def unit(tx: Tx) -> None:
        alarms.raise_alarm(tx, f"rule {name} one", "no", review=alarms.REVIEW_RULE)
        alarms.raise_alarm(tx, f"rule {name} two", "no", review=alarms.REVIEW_RULE)

    house.run(unit)
    assert up(house) == [f"rule {name}"[:80]]


def test_the_alarm_of_a_job_ends_when_one_of_its_kind_is_done(house: House) -> None:
    plan(house, "release_draft", {})
    for _ in range(5):
        house.wait_until(lambda: waiting(house, "release_draft") in ([(True,)], []), "an attempt")
        house.clock.forward(A_BIT)
    house.wait_until(lambda: up(house) == ["job release_draft"], "the job to be given up")
    plan(house, "release_draft", {"draft": 1})
    house.wait_until(lambda: not up(house), "the alarm to be cleared")
    assert cleared(house) == ["job release_draft"]


def plan(house: House, kind: str, arguments: dict[str, Any]) -> None:
    """A job that is due now."""

    def unit(tx: Tx) -> None:
        job_id = new_id()
        job = Job(id=job_id, key=f"test:{job_id}", kind=kind, arguments=arguments, due_at=tx.now, state="waiting")
        job.root, job.depth = job.key, 0
        tx.add(job)
        tx.wake("jobs")

    house.run(unit)


def test_a_mail_that_is_no_loop_changes_nothing_about_alarms(house: House) -> None:
    request(house, somebody())
    loop(house, "one")
    deliver(house, mail(somebody()))
    assert up(house) == ["email loop"]
