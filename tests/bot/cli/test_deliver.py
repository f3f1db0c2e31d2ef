"""`firstline deliver`: a mail server that pipes keeps what the desk cannot take now (E83)."""

import asyncio
from pathlib import Path

import pytest

from bot.demo.stage import Stage
from tests.bot.cli.conftest import Run

MAIL = (
    "From ada@example.com Sun Nov 22 10:00:00 2026\nFrom: ada@example.com\nSubject: Printer\n\nIt broke.\n.\nReally.\n"
)
TO = "help+x1@example.org"


@pytest.mark.covers("E83")
def test_a_mail_that_is_piped_in_becomes_a_ticket(stage: Stage, firstline: Run) -> None:
    done = firstline(stage.config.path, "deliver", "--from", "ada@example.com", "--", TO, stdin=MAIL)
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "")
    stage.expect("ada@example.com", "anna@example.org")
    assert stage.ticket(1)["data"]["messages"][0]["words"] == "It broke.\n.\nReally."


@pytest.mark.covers("E83")
def test_what_the_desk_refuses_for_good_goes_back(stage: Stage, firstline: Run) -> None:
    done = firstline(stage.config.path, "deliver", "--from", "", "--", "nobody@example.org", stdin=MAIL)
    assert done.returncode == 69
    assert done.stderr == "firstline: the desk answered 550 5.1.1 There is no such mailbox here.\n"


@pytest.mark.covers("E83")
@pytest.mark.parametrize(
    ("config", "says"),
    [
        ("[email]\naddresses = ['help@example.org']\n[email.smtp]\nport = 1\n", "refused"),
        ("[email]\naddresses = ['help@example.org']\n[email.lmtp]\nsocket = 'nowhere.sock'\n", "No such file"),
        ("[email]\naddresses = ['help@example.org']\n", "neither [email.lmtp] nor [email.smtp]"),
        ("[email\n", "not valid TOML"),
        (None, "cannot be read"),
    ],
)
def test_whatever_hinders_it_the_server_keeps_the_mail(
    firstline: Run, tmp_path: Path, config: str | None, says: str
) -> None:
    path = tmp_path / "desk.toml"
    if config is not None:
        path.write_text(config)
    done = firstline(str(path), "deliver", "--from", "ada@example.com", "--", TO, stdin=MAIL)
    assert done.returncode == 75
    assert says in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.covers("E83")
@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ([b"220 x LMTP\r\n", b"250 x\r\n", b"451 4.3.0 Not now\r\n"], 75),
        ([b"421 4.3.2 Going\r\n"], 75),
        ([b"220 x LMTP\r\n"], 75),
        ([b"220 x LMTP\r\n", b"250 x\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n", b"451 4.3.0 Full\r\n"], 75),
        ([b"220 x LMTP\r\n", b"250 x\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n", b"552 5.3.4 Large\r\n"], 69),
        ([b"220 x LMTP\r\n", b"250 x\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n", b"250 taken\r\n"], 0),
    ],
)
async def test_what_a_desk_says_over_lmtp(tmp_path: Path, firstline: Run, answers: list[bytes], code: int) -> None:
    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for number, answer in enumerate(answers):
            if number and not await (reader.readuntil(b"\r\n.\r\n") if number == 5 else reader.readline()):
                break
            writer.write(answer)
        writer.close()

    server = await asyncio.start_unix_server(say, str(tmp_path / "lmtp"))
    (tmp_path / "desk.toml").write_text(f"[email]\n[email.lmtp]\nsocket = '{tmp_path}/lmtp'\n")
    async with server:
        done = await asyncio.to_thread(firstline, str(tmp_path / "desk.toml"), "deliver", TO, stdin=MAIL)
    assert done.returncode == code, done.stderr


@pytest.mark.covers("E83", "E52")
@pytest.mark.parametrize(("recipient", "code"), [("help+jörg@example.org", 0), ("help+\udce9@example.org", 75)])
def test_an_address_that_is_not_ascii(stage: Stage, firstline: Run, recipient: str, code: int) -> None:
    """A bounce of the mail server's would tell the sender that the desk does not exist."""
    done = firstline(stage.config.path, "deliver", "--from", "jörg@example.com", "--", recipient, stdin=MAIL)
    assert done.returncode == code, done.stderr
    assert done.stderr.count("\n") == (1 if code else 0)
