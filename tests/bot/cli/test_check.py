"""`firstline check`: what it finds, and that it changes nothing."""

import json
import smtplib
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from bot.demo.stage import free_port
from tests.bot.cli.conftest import Run
from tests.support.dovecot import PASSWORD, Dovecot
from tests.support.house import HELP, House
from tests.support.sink import EVERYBODY, Received, Sink

CONFIG = """
[desk]
domain = "example.org"
data = "{folder}/var"
[database]
url = "sqlite:///{folder}/firstline.db"
[email]
addresses = ["help@example.org"]
authserv_ids = ["mx.example.org"]
[email.smtp]
port = {port}
[email.relay]
host = "127.0.0.1"
port = {relay}
tls = "none"
"""


MAILBOX = """
[[email.mailbox]]
host = "127.0.0.1"
port = {port}
tls = "none"
username = "{user}"
password = "{password}"
"""
BUSY = 45.0
"""Seconds that a machine which is busy may take for one answer."""


class Returning(Sink):
    """A relay that brings what it takes to the desk. `change` is what it makes of a mail on the way."""

    desk_port = 0
    header = b"Authentication-Results: mx.example.org; dmarc=pass header.from=example.org\r\n"
    replaces_id = False
    strips_plus = False

    def keep(self, received: Received) -> None:
        super().keep(received)
        if self.desk_port:
            threading.Thread(target=self.bring, args=(received,), daemon=True).start()

    def bring(self, received: Received) -> None:
        content = self.header + received.content
        if self.replaces_id:
            content = content.replace(b"Message-ID: <check", b"Message-ID: <other-check")
        to = received.recipients[0]
        if self.strips_plus:
            content, to = content.replace(to.encode(), HELP.encode()), HELP
        gone = suppress(OSError, smtplib.SMTPException)  # a check that has seen the mail ends at once
        with gone, smtplib.SMTP("127.0.0.1", self.desk_port, timeout=BUSY) as connection:
            connection.sendmail(received.sender, [to], content)


@pytest.fixture
def relay() -> Iterator[Returning]:
    with Returning() as relay:
        yield relay


@pytest.fixture
def desk(tmp_path: Path, relay: Returning) -> str:
    """A configuration that nobody serves yet."""
    relay.desk_port = free_port()
    path = tmp_path / "config.toml"
    path.write_text(CONFIG.format(folder=tmp_path, port=relay.desk_port, relay=relay.port))
    return str(path)


def found(firstline: Run, config: str, *options: str, code: int = 0) -> dict[str, tuple[str, str]]:
    done = firstline(config, "check", "--json", *options)
    assert done.returncode == code, done.stdout + done.stderr
    checks: list[dict[str, Any]] = json.loads(done.stdout)
    return {check["name"]: (check["state"], check["said"]) for check in checks}


def test_without_online_nothing_is_made_and_nobody_is_called(
    firstline: Run, desk: str, relay: Returning, tmp_path: Path
) -> None:
    checks = found(firstline, desk)
    assert [state for state, _ in checks.values()] == ["good", "good", "note"]
    assert "the first start makes it" in checks["database"][1]
    assert not (tmp_path / "firstline.db").exists()
    assert relay.connections == 0


def test_it_prints_a_line_for_each(firstline: Run, desk: str) -> None:
    done = firstline(desk, "check")
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == [
        "good  configuration",
        "good  books",
        "note  database",
    ]


def test_a_rule_book_and_a_database_that_cannot_be_used(firstline: Run, desk: str, tmp_path: Path) -> None:
    Path(desk).write_text(Path(desk).read_text() + "[rules]\nbooks = ['nowhere.toml']\n")
    (tmp_path / "firstline.db").write_bytes(b"no database " * 100)
    checks = found(firstline, desk, "--online", code=1)
    assert checks["books"][0] == checks["database"][0] == "bad"
    assert "nowhere.toml cannot be read" in checks["books"][1]
    assert "way back" not in checks


@pytest.mark.covers("must:check-online")
def test_a_mail_to_ourselves_comes_back(firstline: Run, desk: str, relay: Returning) -> None:
    checks = found(firstline, desk, "--online")
    assert {name: state for name, (state, _) in checks.items() if name != "database"} == dict.fromkeys(
        ["configuration", "books", "relay", "way back", "plus-address", "threading", "authserv-id"], "good"
    )
    assert len(relay.messages) == 1
    assert relay.messages[0].recipients[0].startswith("help+check")


@pytest.mark.covers("must:check-online")
def test_while_the_desk_runs_its_own_intake_is_used_and_it_raises_no_alarm(
    firstline: Run, tmp_path: Path, relay: Returning, database_url: str
) -> None:
    house = House(tmp_path, database_url)
    house.sink._loop.close()
    house.sink = relay
    house.start()
    try:
        relay.desk_port = house.smtp_port
        checks = found(firstline, str(tmp_path / "config.toml"), "--online")
        assert checks["way back"][0] == "good"
        house.settle()
        assert house.ask("status")["alarms"] == []
        assert house.ask("inbox.list", state="done")[0]["outcome"].startswith("stopped: firstline check")
    finally:
        house.stop()


@pytest.mark.covers("must:check-online")
@pytest.mark.parametrize(
    ("changes", "name", "state", "says"),
    [
        ({"replaces_id": True}, "threading", "note", "the relay replaced our Message-ID by <other-check"),
        ({"strips_plus": True}, "plus-address", "bad", 'or set email.plus = ""'),
        ({"header": b""}, "authserv-id", "note", "no Authentication-Results came"),
        (
            {"header": b"Authentication-Results: mx.evil.example; dmarc=pass\r\n"},
            "authserv-id",
            "bad",
            'set email.authserv_ids = ["mx.evil.example"]',
        ),
    ],
)
def test_what_the_servers_do_on_the_way(
    firstline: Run, desk: str, relay: Returning, changes: dict[str, Any], name: str, state: str, says: str
) -> None:
    for attribute, value in changes.items():
        setattr(relay, attribute, value)
    checks = found(firstline, desk, "--online", code=1 if state == "bad" else 0)
    assert checks[name][0] == state
    assert says in checks[name][1]


@pytest.mark.covers("must:check-online")
def test_a_mail_that_does_not_come_back(firstline: Run, desk: str, relay: Returning) -> None:
    relay.desk_port = 0
    checks = found(firstline, desk, "--online", "--wait", "1", code=1)
    assert checks["way back"][0] == "bad"
    assert "not back within 1 seconds; look into the mailbox" in checks["way back"][1]


def test_a_relay_that_is_away_or_refuses(firstline: Run, desk: str, relay: Returning) -> None:
    relay.refuse[EVERYBODY] = "550 5.7.1 Relaying denied"
    checks = found(firstline, desk, "--online", code=1)
    assert checks["way out"] == ("bad", "550 5.7.1 Relaying denied")
    relay.hang_up()
    checks = found(firstline, desk, "--online", code=1)
    assert checks["relay"][0] == "bad"
    assert "email.relay.host: 127.0.0.1" in checks["relay"][1]


def test_a_port_that_is_taken(firstline: Run, desk: str, relay: Returning) -> None:
    with socket.create_server(("127.0.0.1", relay.desk_port)):
        checks = found(firstline, desk, "--online", "--wait", "1", code=1)
    assert "email.smtp.port: cannot listen" in checks["way in"][1]


def test_without_a_relay_nothing_is_sent(firstline: Run, desk: str) -> None:
    Path(desk).write_text(Path(desk).read_text().partition("[email.relay]")[0])
    checks = found(firstline, desk, "--online")
    assert checks["relay"] == ("note", "there is no [email.relay]: mail goes into the Maildir var/outgoing")
    assert "way back" not in checks


class Posting(Returning):
    """A relay behind which the mail lies in a mailbox."""

    def __init__(self, server: Dovecot, user: str) -> None:
        super().__init__()
        self.server, self.user = server, user

    def keep(self, received: Received) -> None:
        super().keep(received)
        self.server.put(self.user, self.header + received.content)


@pytest.mark.covers("must:check-online")
def test_a_mail_to_ourselves_comes_back_out_of_a_mailbox(firstline: Run, tmp_path: Path, dovecot: Dovecot) -> None:
    user = f"check-{tmp_path.name}"
    with Posting(dovecot, user) as relay:
        path = tmp_path / "config.toml"
        mailbox = MAILBOX.format(port=dovecot.port, user=user, password=PASSWORD)
        path.write_text(CONFIG.format(folder=tmp_path, port=free_port(), relay=relay.port) + mailbox)
        checks = found(firstline, str(path), "--online")
        assert {name: state for name, (state, _) in checks.items() if name != "database"} == dict.fromkeys(
            ["configuration", "books", "relay", "mailbox", "way back", "plus-address", "threading", "authserv-id"],
            "good",
        )
        assert f"logged in to {user}@127.0.0.1" in checks["mailbox"][1]
        path.write_text(path.read_text().replace(PASSWORD, "wrong"))
        checks = found(firstline, str(path), "--online", code=1)
        assert checks["mailbox"][0] == "bad"
        assert f"{user}@127.0.0.1: email.mailbox.username, password" in checks["mailbox"][1]
        assert len(relay.messages) == 1, "nothing is sent that cannot come back"
