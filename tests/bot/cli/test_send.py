"""`firstline send`: a real mail over real SMTP."""

from pathlib import Path

import pytest

from bot.demo.stage import Stage
from tests.bot.cli.conftest import Run


@pytest.mark.covers("H1")
def test_a_mail_becomes_a_ticket(stage: Stage, firstline: Run, tmp_path: Path) -> None:
    (tmp_path / "photo.png").write_bytes(b"\x89PNG")
    options = ("--subject", "Drucker brennt", "--text", "Es raucht.", "--attach", "photo.png")
    done = firstline(stage.config.path, "send", "--from", "Ada <ada@example.com>", *options)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("taken: 250 ")
    assert "Message-ID: <" in done.stdout
    stage.expect("ada@example.com", "anna@example.org")
    shown = stage.ticket(1)
    assert shown["data"]["subject"] == "Drucker brennt"
    assert shown["data"]["messages"][0]["words"] == "Es raucht."


def test_the_text_may_be_piped_in(stage: Stage, firstline: Run) -> None:
    done = firstline(stage.config.path, "send", "--from", "ada@example.com", stdin="First line.\n\nSecond: äöü.\n")
    assert done.returncode == 0, done.stderr
    stage.expect("ada@example.com", "anna@example.org")
    assert stage.ticket(1)["data"]["messages"][0]["words"] == "First line.\n\nSecond: äöü."


def test_an_answer_lands_on_its_ticket(stage: Stage, firstline: Run) -> None:
    done = firstline(stage.config.path, "send", "--from", "ada@example.com", "--text", "It broke.")
    message_id = done.stdout.partition("Message-ID: ")[2].strip()
    stage.expect("ada@example.com", "anna@example.org")
    answer = ("--from", "ada@example.com", "--in-reply-to", message_id.strip("<>"), "--text", "Again.")
    assert firstline(stage.config.path, "send", *answer).returncode == 0
    stage.expect("anna@example.org")
    assert [message["words"] for message in stage.ticket(1)["data"]["messages"]][-1] == "Again."


def test_a_refusal_is_the_servers_words_in_one_line(stage: Stage, firstline: Run) -> None:
    done = firstline(
        stage.config.path, "send", "--from", "ada@example.com", "--to", "nobody@example.org", "--text", "x"
    )
    assert done.returncode == 1
    assert done.stderr.startswith("firstline: refused: 550 ")
    assert done.stderr.count("\n") == 1


def test_no_desk_is_one_line(idle: str, firstline: Run) -> None:
    done = firstline(idle, "send", "--from", "ada@example.com", "--text", "x")
    assert done.returncode == 1
    assert done.stderr == "firstline: nobody takes mail at 127.0.0.1:1; start the desk with `make run`\n"


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (["--from", "ada"], "--from"),
        (["--from", "ada@example.com", "--subject", "a\nBcc: b@example.com"], "header"),
        (["--from", "ada@example.com", "--attach", "nowhere.txt"], "nowhere.txt"),
    ],
)
def test_wrong_options_are_one_line(idle: str, firstline: Run, options: list[str], names: str) -> None:
    done = firstline(idle, "send", *options, "--text", "x")
    assert done.returncode == 1
    assert names in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_desk_without_mail_says_so(tmp_path: Path, firstline: Run) -> None:
    (tmp_path / "none.toml").write_text("[console]\n")
    done = firstline(str(tmp_path / "none.toml"), "send", "--from", "ada@example.com", "--text", "x")
    assert done.returncode == 1
    assert "[email]" in done.stderr
