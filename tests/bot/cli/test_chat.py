"""`firstline chat`: a conversation through the real console."""

import subprocess
from pathlib import Path
from subprocess import PIPE

import pytest

from bot.demo.stage import Stage
from tests.bot.cli.conftest import Run, program


@pytest.mark.covers("H1", "H2")
def test_a_requester_and_an_agent_talk(stage: Stage, firstline: Run) -> None:
    def chat(who: str, text: str) -> str:
        done = firstline(stage.config.path, "chat", "--as", who, "--wait", "3", stdin=text)
        assert done.returncode == 0, done.stderr
        return done.stdout

    asked = chat("ada@example.com", "My mouse is dead\nand I need it\n")
    assert "✓ taken" in asked
    assert "#1 · Re: My mouse is dead" in asked
    assert "its number is #1" in asked

    seen = chat("bea", "@1 #take\nI bring you **a new one**.\n")
    assert "New ticket #1" in seen
    assert "and I need it" in seen
    assert "Please write above this line" not in seen
    assert "#1 is yours" in seen

    answered = chat("ada@example.com", "@1 Thank you!\n")
    assert "Bea Novak" in answered
    assert "I bring you" in answered
    assert "its number is" not in answered, "what was seen is not shown again"

    data = stage.ticket(1)["data"]
    assert (data["status"], data["assignee"]) == ("open", "Bea Novak")
    assert data["messages"][0]["words"] == "My mouse is dead\nand I need it"
    assert data["messages"][-1]["words"] == "Thank you!"


def test_an_empty_line_sends_and_the_next_begins_anew(stage: Stage, firstline: Run) -> None:
    firstline(stage.config.path, "chat", "--as", "ada", "--wait", "0", stdin="One\n\nTwo\nstill two\n\n\n")
    stage.expect("anna@example.org", "anna@example.org")
    assert [stage.ticket(number)["data"]["subject"] for number in (1, 2)] == ["One", "Two"]


def test_files_go_and_come(stage: Stage, firstline: Run, tmp_path: Path) -> None:
    (tmp_path / "log.txt").write_text("it says no")
    sent = firstline(stage.config.path, "chat", "--as", "ada", "--wait", "0", stdin="/attach log.txt\nSee the log\n")
    assert "log.txt goes with" in sent.stdout
    stage.expect("anna@example.org")
    (tmp_path / "log.txt").unlink()
    command = [*program(stage.config.path), "chat", "--as", "bea"]
    with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, text=True, cwd=tmp_path) as bea:
        assert bea.stdin is not None
        assert bea.stdout is not None
        assert any("/save log.txt" in line for line in bea.stdout), "the card with the file is shown"
        bea.stdin.write("@1 #note seen\n\n/save log.txt\n/quit\n")
        bea.stdin.close()
        assert "saved as log.txt" in bea.stdout.read()
    assert (tmp_path / "log.txt").read_text() == "it says no"


def test_nothing_that_arrives_controls_the_terminal(stage: Stage, firstline: Run) -> None:
    firstline(stage.config.path, "send", "--from", "eve@example.com", "--text", "hi \x1b]0;owned\x07 \x9b2J there")
    stage.expect("eve@example.com", "anna@example.org")
    seen = firstline(stage.config.path, "chat", "--as", "bea").stdout
    assert "there" in seen
    assert not set(seen) & {"\x1b", "\x07", "\x9b"}


def test_commands_of_the_terminal(stage: Stage, firstline: Run) -> None:
    done = firstline(
        stage.config.path, "chat", "--as", "ada", stdin="/help\n/what\n/attach nowhere\n/save it\n/quit\nnever said\n"
    )
    assert done.returncode == 0
    for words in ("/attach FILE", "there is no /what", "nowhere cannot be read", "you were sent no file 'it'"):
        assert words in done.stdout
    assert "taken" not in done.stdout


def test_no_desk_is_one_line(idle: str, firstline: Run) -> None:
    done = firstline(idle, "chat", "--as", "ada@example.com", stdin="hello\n")
    assert done.returncode == 1
    assert done.stderr == "firstline: nobody serves this console; start the desk with `make run`\n"


def test_a_desk_without_a_console_says_so(tmp_path: Path, firstline: Run) -> None:
    (tmp_path / "none.toml").write_text('[email]\naddresses = ["help@example.org"]\n')
    done = firstline(str(tmp_path / "none.toml"), "chat", "--as", "ada@example.com")
    assert done.returncode == 1
    assert "[console]" in done.stderr


def test_somebody_without_a_name_is_told_so(stage: Stage, firstline: Run) -> None:
    done = firstline(stage.config.path, "chat", "--as", " ")
    assert done.returncode == 1
    assert "say who you are" in done.stdout
    assert "Traceback" not in done.stderr
