"""Postfix's own test programs bring mail to the desk and take what it sends, or refuse it in every way they know."""

import os
import smtplib
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import func, select

from bot.config import Config
from bot.db.models import Delivery, Ticket
from bot.demo.stage import free_port
from tests.support import postfix
from tests.support.house import HELP, House, mail, reply, running
from tests.support.postfix import Postfix, SmtpSink
from tests.support.story import Furnished
from tests.support.waiting import PATIENCE

ADA = "ada@example.com"
MAILS = 60


@pytest.fixture(autouse=True)
def installed() -> None:
    if postfix.program("smtp-source") is None or postfix.program("smtp-sink") is None:
        pytest.skip("Postfix is not installed")


@pytest.fixture
def desk(tmp_path: Path, database_url: str) -> Iterator[House]:
    """A desk that listens for SMTP and for LMTP."""

    def change(config: Config) -> Config:
        email = {**config.channels["email"], "lmtp": {"host": "127.0.0.1", "port": 0}}
        return msgspec.structs.replace(config, channels={**config.channels, "email": email})

    with running(Furnished(tmp_path, database_url, change=change)) as started:
        yield started


@pytest.fixture
def sender(tmp_path: Path) -> Iterator[House]:
    """A desk whose relay is away: a test puts another in its place."""
    house = House(tmp_path, f"sqlite:///{tmp_path}/firstline.db")
    with running(house):
        house.sink.hang_up()
        yield house


def tickets(house: House) -> int:
    return house.read(lambda session: session.scalar(select(func.count(Ticket.id)))) or 0


def states(house: House) -> dict[str, str]:
    """What became of each notice that a new ticket causes, by whom it is for."""
    wanted = select(Delivery).where(Delivery.notice.in_(("acknowledgement", "ticket_opened")))
    return house.read(lambda session: {row.recipient: row.state for row in session.scalars(wanted)})


def alarms(house: House) -> list[str]:
    return [alarm["name"] for alarm in house.ask("status")["alarms"]]


@pytest.mark.covers("must:postfix-tools")
@pytest.mark.parametrize("protocol", ["smtp", "lmtp"])
@pytest.mark.parametrize("kept", [True, False], ids=["one-connection-each", "a-connection-a-mail"])
def test_what_smtp_source_brings_is_a_ticket_each(desk: House, protocol: str, kept: bool) -> None:  # noqa: FBT001
    where = desk.service.channels["email"].bound[protocol]  # type: ignore[attr-defined]
    options = ["-s", "6", "-m", str(MAILS), "-l", "3000", "-f", ADA, "-t", HELP, "-S", "From smtp-source"]
    postfix.bring(where, *options, *(["-L"] if protocol == "lmtp" else []), *(["-d"] if kept else []))
    desk.wait_until(lambda: tickets(desk) == MAILS, "a ticket for every mail")
    desk.settle()
    status = desk.ask("status")
    assert (tickets(desk), status["dead_letters"], status["inbox_waiting"]) == (MAILS, 0, 0)


class Behind(Furnished):
    """A desk with Postfix in front of it and behind it, as docs/postfix.md describes; nothing else speaks with it."""

    def __init__(self, folder: Path, url: str) -> None:
        super().__init__(folder, url, change=self._connect)
        self.lmtp_port = free_port()
        self.postfix_port = 0

    def _connect(self, config: Config) -> Config:
        email = {**config.channels["email"], "lmtp": {"host": "127.0.0.1", "port": self.lmtp_port}}
        email["relay"] = {**email["relay"], "port": self.postfix_port}
        return msgspec.structs.replace(config, channels={**config.channels, "email": email})

    def bring(self, message: EmailMessage, *, to: str = HELP) -> None:
        """Hand a mail to Postfix."""
        with smtplib.SMTP("127.0.0.1", self.postfix_port, timeout=PATIENCE) as connection:
            connection.send_message(message, ADA, [to])


@pytest.fixture
def behind(tmp_path: Path, database_url: str) -> Iterator[tuple[Behind, Postfix]]:
    if os.geteuid() != 0:
        pytest.skip("Postfix runs as root only")
    house = Behind(tmp_path, database_url)
    with house.sink:
        elsewhere = f"smtp:[127.0.0.1]:{house.sink.port}"
        people = dict.fromkeys(("anna@example.org", "ben@example.org", "lea@example.org", "example.com"), elsewhere)
        with Postfix({HELP: f"lmtp:inet:127.0.0.1:{house.lmtp_port}", **people}) as server:
            house.postfix_port = server.port
            house.start()
            yield house, server
            house.stop()


@pytest.mark.covers("must:postfix-tools")
def test_a_conversation_through_postfix(behind: tuple[Behind, Postfix]) -> None:
    """In by LMTP, out by SMTP, and the answer to the plus-address comes to the same ticket."""
    house, _ = behind
    house.bring(mail())
    (told,) = house.mails_to(ADA)
    address = str(told["Reply-To"]).rpartition("<")[2].rstrip(">")
    assert address.startswith("help+")
    house.bring(reply(told, "It works again.", sender="Ada <ada@example.com>"), to=address)
    house.wait_until(lambda: len(house.ticket(1)["messages"]) >= 2, "the answer to be on the ticket")
    assert tickets(house) == 1


@pytest.mark.covers("must:postfix-tools", "E83")
def test_what_postfix_kept_while_the_desk_was_away_comes_afterwards_and_once(behind: tuple[Behind, Postfix]) -> None:
    house, server = behind
    house.stop()
    postfix.bring(f"127.0.0.1:{server.port}", "-s", "4", "-m", "40", "-l", "3000", "-f", ADA, "-t", HELP)
    house.wait_until(lambda: server.deferred() == 40, "all to be kept")
    house.start()
    server.flush()
    house.wait_until(lambda: tickets(house) == 40, "a ticket for each")
    house.wait_until(lambda: server.deferred() == 0, "nothing to be kept any more")
    house.settle()
    assert tickets(house) == 40


@pytest.mark.covers("must:postfix-tools")
def test_what_postfix_cannot_deliver_comes_back_to_its_ticket(behind: tuple[Behind, Postfix]) -> None:
    house, _ = behind
    house.sink.refuse[ADA] = "550 5.1.1 No such user"
    house.bring(mail())
    house.wait_until(lambda: "bounced" in house.audit(1), "the report")
    assert tickets(house) == 1


@pytest.mark.covers("must:postfix-tools")
def test_smtp_sink_takes_what_the_desk_sends(sender: House) -> None:
    with SmtpSink(sender.sink.port) as sink:
        sender.send(mail())
        sender.wait_until(lambda: set(states(sender).values()) == {"sent"}, "all to be sent")
        assert sorted(recipients(sink)) == ["ada@example.com", "anna@example.org", "ben@example.org"]


def recipients(sink: SmtpSink) -> list[str]:
    """Whom its mails are for, by their envelopes."""
    lines = [line for text in sink.mails() for line in text.splitlines() if line.startswith("X-Rcpt-Args: ")]
    return [line.partition("<")[2].rpartition(">")[0] for line in lines]


@pytest.mark.covers("must:postfix-tools", "bad:relay-down")
@pytest.mark.parametrize("how", ["-r", "-q", "-Q"], ids=["refuses-for-now", "hangs-up", "says-421"])
@pytest.mark.parametrize("command", ["CONNECT", "MAIL", "RCPT", "DATA", "."])
def test_a_sink_that_will_not_take_it_now_gets_it_later(sender: House, how: str, command: str) -> None:
    with SmtpSink(sender.sink.port, how, command):
        sender.send(mail())
        sender.wait_until(lambda: "delivery email" in alarms(sender), "the alarm")
        sender.wait_until(lambda: len(states(sender)) == 3, "three notices")
    with SmtpSink(sender.sink.port) as sink:
        sender.clock.forward(timedelta(minutes=10))
        sender.wait_until(lambda: set(states(sender).values()) == {"sent"}, "all to be sent")
        sender.wait_until(lambda: "delivery email" not in alarms(sender), "the alarm to be over")
        arrived = recipients(sink)
        assert {name: arrived.count(name) for name in states(sender)} == dict.fromkeys(states(sender), 1)


@pytest.mark.covers("must:postfix-tools", "bad:relay-down")
@pytest.mark.parametrize("command", ["RCPT", "DATA", "."])
def test_a_sink_that_refuses_for_good_is_not_asked_again(sender: House, command: str) -> None:
    with SmtpSink(sender.sink.port, "-f", command):
        sender.send(mail())
        sender.wait_until(lambda: list(states(sender).values()) == ["failed"] * 3, "all to be given up")
        sender.settle()
        assert "not_delivered" in sender.audit(1)
    assert tickets(sender) == 1
