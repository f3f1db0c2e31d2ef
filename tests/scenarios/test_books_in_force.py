"""Books that change while the desk runs: the new ones are in force soon, a wrong one never is.

Where the files are wrong at the start, the last good ones run.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from bot import check
from bot.config import Config, ConfigError
from bot.db.models import Book, Event, Job
from bot.judging.books import ALARM, build_books
from tests.scenarios.test_rules import with_book
from tests.support.house import House, running
from tests.support.story import LEA, mails, request, somebody

TAG = """
[[trigger]]
name = "Tag"
on = ["ticket.opened"]
then = [{{ do = "add_tag", tag = "{0}" }}]
"""
WRONG = '[[trigger]]\nname = "Tag"\non = ["ticket.opned"]\nthen = [{ do = "add_tag", tag = "wrong" }]\n'
SAID = "own.toml:3:7: there is no event 'ticket.opned'; did you mean 'ticket.opened'?"


def write(folder: Path, text: str) -> None:
    """Change the book as an editor does: the new file takes the place of the old one."""
    (folder / "new").write_text(text, encoding="utf-8")
    (folder / "new").replace(folder / "own.toml")


def in_force(house: House) -> str:
    return house.desk.latest().books.hash


def changed(house: House, since: str) -> str:
    """The hash of the books in force once they are others."""
    house.wait_until(lambda: in_force(house) != since, "other books")
    return in_force(house)


def alarms(house: House) -> list[tuple[str, str, int]]:
    return [(alarm["name"], alarm["detail"], alarm["times"]) for alarm in house.ask("status")["alarms"]]


def tags(house: House) -> Any:
    number = request(house, somebody())
    return house.ticket(number)["tags"], number


@pytest.mark.covers("must:books-change")
def test_a_changed_book_is_in_force_without_a_restart(tmp_path: Path, database_url: str) -> None:
    with running(with_book(tmp_path, TAG.format("one"), url=database_url)) as house:
        first = in_force(house)
        found, before = tags(house)
        assert found == ["one"]
        write(tmp_path, TAG.format("two"))
        second = changed(house, first)
        found, after = tags(house)
        assert found == ["two"]
        assert hashes(house, before) == {first}
        assert hashes(house, after) == {second}
        kept = house.read(lambda session: set(session.scalars(select(Book.hash))))
        assert kept == {first, second}
        write(tmp_path, TAG.format("one"))
        assert changed(house, second) == first, "the same books have the same hash"
        assert tags(house)[0] == ["one"]
        assert alarms(house) == []


LATER = """
[[automation]]
name = "Later"
after = "1 hour"
when = "status == 'new'"
then = [{ do = "add_tag", tag = "later" }]
"""


@pytest.mark.covers("must:books-change", "must:replan")
def test_open_tickets_are_planned_anew_for_books_that_changed(tmp_path: Path, database_url: str) -> None:
    with running(with_book(tmp_path, TAG.format("one"), url=database_url)) as house:
        _, number = tags(house)
        first = in_force(house)
        write(tmp_path, LATER)
        changed(house, first)
        house.wait_until(lambda: due(house) == [(house.desk.latest().books.hash, "done")], "the open tickets")
        house.clock.forward(timedelta(hours=2))
        house.wait_until(lambda: house.ticket(number)["tags"] == ["later", "one"], "the new automation")


def due(house: House) -> list[tuple[str, str]]:
    """For which books open tickets were gone through since the start, and the state of the job."""
    query = select(Job.arguments, Job.state).where(Job.kind == "replan").order_by(Job.id)
    return [(row.arguments["books"], row.state) for row in house.read(lambda session: session.execute(query).all())][1:]


def hashes(house: House, number: int) -> set[str]:
    """The books that were in force at the events of a ticket."""
    return set(house.read(lambda session: session.scalars(select(Event.books).where(Event.ticket_id == number)).all()))


@pytest.mark.covers("bad:broken-book")
def test_a_wrong_book_never_replaces_the_running_one(tmp_path: Path, database_url: str) -> None:
    with running(with_book(tmp_path, TAG.format("one"), url=database_url)) as house:
        first = in_force(house)
        write(tmp_path, WRONG)
        house.wait_until(lambda: alarms(house), "the alarm")
        detail = f"{tmp_path}/{SAID}; the books of before stay in force"
        assert alarms(house) == [(ALARM, detail, 1)]
        assert tags(house)[0] == ["one"]
        house.wait_until(lambda: [mail for mail in mails(house, LEA) if "Alarm" in str(mail["Subject"])], "the mail")
        (tmp_path / "own.toml").touch()
        write(tmp_path, WRONG + "# still")
        write(tmp_path, TAG.format("three"))
        changed(house, first)
        house.wait_until(lambda: not alarms(house), "the alarm to be over")
        assert tags(house)[0] == ["three"]


@pytest.mark.covers("bad:broken-book")
@pytest.mark.parametrize("broken", [b"[[trigger", b"\xff\xfe", None])
def test_a_book_that_is_no_book_or_gone_changes_nothing(tmp_path: Path, broken: bytes | None) -> None:
    with running(with_book(tmp_path, TAG.format("one"))) as house:
        first, path = in_force(house), tmp_path / "own.toml"
        path.write_bytes(broken) if broken is not None else path.unlink()
        house.wait_until(lambda: alarms(house), "the alarm")
        assert str(path) in alarms(house)[0][1]
        assert in_force(house) == first
        write(tmp_path, TAG.format("one"))
        house.wait_until(lambda: not alarms(house), "the alarm to be over")
        assert in_force(house) == first


@pytest.mark.covers("bad:broken-book")
def test_at_the_start_the_last_good_books_run_with_an_alarm(tmp_path: Path, database_url: str) -> None:
    house = with_book(tmp_path, TAG.format("one"), url=database_url)
    with house.sink:
        house.start()
        first = in_force(house)
        write(tmp_path, TAG.format("two"))
        second = changed(house, first)
        house.stop()
        write(tmp_path, WRONG)
        with pytest.raises(ConfigError, match=r"own\.toml:3:7"):
            build_books(house.config())
        found = {one.name: one for one in check.offline(house.config())}["books"]
        assert (found.state, SAID in found.said, "in force last" in found.said) == ("bad", True, True)
        house.start()
        try:
            assert in_force(house) == second
            assert [(name, times) for name, _, times in alarms(house)] == [(ALARM, 1)]
            assert tags(house)[0] == ["two"]
            write(tmp_path, TAG.format("three"))
            changed(house, second)
            house.wait_until(lambda: not alarms(house), "the alarm to be over")
            assert tags(house)[0] == ["three"]
        finally:
            house.stop()


@pytest.mark.covers("bad:rule-book")
def test_the_first_start_with_a_wrong_book_is_refused(tmp_path: Path, database_url: str) -> None:
    with (
        pytest.raises(ConfigError, match=r"did you mean 'ticket\.opened'"),
        running(with_book(tmp_path, WRONG, url=database_url)),
    ):
        pass


def test_the_hash_covers_what_decides_beside_the_books() -> None:
    config = Config()
    other = replace(config, calendar=replace(config.calendar, hours={"mon": ["09:00-17:00"]}))
    same = replace(config, desk=replace(config.desk, name="Another"))
    assert build_books(config).hash == build_books(same).hash != build_books(other).hash
