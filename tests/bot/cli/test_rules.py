"""`firstline rules`: what it prints, and with which exit code it ends."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli.app import app
from bot.config import ConfigError
from bot.errors import NotDone

GOOD = """
[[trigger]]
name = "A fire is critical"
on = ["ticket.opened"]
when = "any_word(text, 'fire', 'smoke')"
then = [{ do = "set_priority", to = "critical" }, { do = "add_tag", tag = "fire" }]

[[automation]]
name = "Mark what lies"
after = "5 business days"
when = "status == 'new'"
then = [{ do = "add_tag", tag = "lies" }]

[[macro]]
name = "printer"
then = [{ do = "add_tag", tag = "printer" }]
"""
BAD = """
[[trigger]]
name = "A fire is critical"
on = ["ticket.opend"]
when = "statsu == 'new'"
then = [{ do = "set_priority", to = "urgent" }]
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration without books of its own."""
    path = tmp_path / "config.toml"
    path.write_text(
        f'[desk]\ndata = "{tmp_path}/data"\n[database]\nurl = "sqlite:///{tmp_path}/firstline.db"\n', encoding="utf-8"
    )
    return path


def book(folder: Path, text: str, name: str = "own.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def run(config: Path, *arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["--config", str(config), "rules", *map(str, arguments)], env={"COLUMNS": "100"})


@pytest.mark.covers("H9", "bad:rule-book")
def test_every_problem_of_a_book_is_named_with_its_place(config: Path, tmp_path: Path) -> None:
    path = book(tmp_path, BAD)
    result = run(config, "check", path)
    assert result.exit_code == 1
    lines = result.output.splitlines()
    assert [line.split(": ")[0] for line in lines] == [f"{path}:4:7", f"{path}:5:9", f"{path}:6:32"]
    assert "did you mean 'ticket.opened'?" in lines[0]
    assert "did you mean 'status'?" in lines[1]
    problems = json.loads(run(config, "check", path, "--json").output)["problems"]
    assert [(problem["line"], problem["column"]) for problem in problems] == [(4, 7), (5, 9), (6, 32)]


def test_books_that_are_right_are_counted(config: Path, tmp_path: Path) -> None:
    shipped = json.loads(run(config, "check", "--json").output)
    assert shipped["problems"] == []
    result = run(config, "check", book(tmp_path, GOOD))
    assert result.exit_code == 0
    assert f"{shipped['books'] + 1} books, {shipped['rules'] + 3} rules, all right" in result.output


def test_a_folder_of_books_is_read(config: Path, tmp_path: Path) -> None:
    folder = tmp_path / "books"
    folder.mkdir()
    book(folder, GOOD)
    shipped = json.loads(run(config, "check", "--json").output)
    assert json.loads(run(config, "check", folder, "--json").output)["rules"] == shipped["rules"] + 3


def test_the_list_says_what_sets_a_rule_off_and_what_it_does(config: Path, tmp_path: Path) -> None:
    path = book(tmp_path, GOOD)
    rows = json.loads(run(config, "list", path, "--json").output)
    assert {row["book"] for row in rows} >= {"desk.toml", "priority.toml", str(path)}
    own = {row["name"]: row for row in rows if row["book"] == str(path)}
    assert own["A fire is critical"] == {
        "name": "A fire is critical",
        "kind": "trigger",
        "book": str(path),
        "set_off_by": "ticket.opened",
        "when": "any_word(text, 'fire', 'smoke')",
        "then": ["set_priority to critical", "add_tag tag fire"],
    }
    assert own["Mark what lies"]["set_off_by"] == "so for 5 business days"
    assert own["printer"]["set_off_by"] == "#macro printer"
    shown = run(config, "list", path, "--kind", "automation").output
    assert "Mark what lies" in shown
    assert "A fire is critical" not in shown


def test_the_list_says_of_an_action_only_what_the_rule_says(config: Path, tmp_path: Path) -> None:
    text = """
[[macro]]
name = "up"
then = [{ do = "escalate", tier = 2 }, { do = "reply", text = { en = "Please wait.", de = "Bitte warten." } }]
"""
    rows = json.loads(run(config, "list", book(tmp_path, text), "--json").output)
    then = next(row["then"] for row in rows if row["name"] == "up")
    assert then == ["escalate tier 2", "reply text en: Please wait.; de: Bitte warten."]


def test_the_list_is_narrow(config: Path) -> None:
    shown = run(config, "list").output
    assert max(map(len, shown.splitlines())) <= 100
    assert "Acknowledge a new request" in shown


@pytest.mark.covers("bad:rule-book")
@pytest.mark.parametrize("command", [("list",), ("backtest", "--books")])
def test_books_that_are_wrong_are_refused_in_one_line(config: Path, tmp_path: Path, command: tuple[str, ...]) -> None:
    error = run(config, *command, book(tmp_path, BAD)).exception
    assert isinstance(error, NotDone)
    assert str(error).endswith("did you mean 'ticket.opened'? (and 2 more: firstline rules check names them all)")


def test_a_book_that_is_not_there_is_named(config: Path, tmp_path: Path) -> None:
    error = run(config, "check", tmp_path / "no.toml").exception
    assert isinstance(error, ConfigError)
    assert str(error).endswith("no.toml cannot be read (No such file or directory)")


def test_a_book_that_is_no_text_is_named(config: Path, tmp_path: Path) -> None:
    path = tmp_path / "latin.toml"
    path.write_bytes("# für alle".encode("latin-1"))
    error = run(config, "check", path).exception
    assert isinstance(error, ConfigError)
    assert "latin.toml cannot be read: it is not UTF-8" in str(error)


EXAMPLES = """
[[trigger]]
name = "A fire is critical"
on = ["ticket.opened"]
when = "any_word(text, 'fire', 'smoke')"
then = [{ do = "set_priority", to = "critical" }]
[[trigger.example]]
facts = { text = "There is smoke." }
fires = true
then = [{ do = "set_priority", to = "critical" }]
[[trigger.example]]
name = "fired"
facts = { text = "He was fired." }
fires = %s
"""


@pytest.mark.covers("must:rule-examples")
def test_the_examples_of_a_book_are_tried(config: Path, tmp_path: Path) -> None:
    good = run(config, "test", book(tmp_path, EXAMPLES % "false"))
    assert good.exit_code == 0
    assert "examples, all as expected" in good.output
    path = book(tmp_path, EXAMPLES % "true")
    bad = run(config, "test", path)
    assert bad.exit_code == 1
    assert f"{path}:11:" in bad.output
    assert "A fire is critical, example 'fired': it does not fire, and should" in bad.output
    assert "1 not as expected" in bad.output
    rows = json.loads(run(config, "test", path, "--json").output)
    assert [row["example"] for row in rows if not row["passed"]] == ["'fired'"]
