import asyncio
import base64
import resource
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import aiosmtplib
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.base import IntakeUnavailable, Raw, Take
from channels.email.config import EmailSettings, LmtpListen, SmtpListen
from channels.email.intake import lane_of, raw_mail
from channels.email.server import MailServer
from tests.support.sink import CERTIFICATE

NOW = datetime(2026, 1, 1, tzinfo=UTC)
MAIL = b"From: Anna <anna@example.com>\r\nMessage-ID: <1@example.com>\r\nSubject: Printer\r\n\r\nIt smokes.\r\n"


class Wire:
    """A client that says exactly what it is told to, line by line or all at once."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def reply(self) -> str:
        lines: list[str] = []
        while not lines or lines[-1][3:4] == "-":
            line = await asyncio.wait_for(self.reader.readline(), 10)
            if not line:
                return "closed"
            lines.append(line.decode().rstrip())
        return "\n".join(lines)

    async def ask(self, octets: bytes) -> str:
        self.writer.write(octets)
        return await self.reply()

    async def open_mail(self, *recipients: bytes, hello: bytes = b"EHLO mail.example.com\r\n") -> None:
        assert (await self.ask(hello)).startswith("250")
        assert await self.ask(b"MAIL FROM:<anna@example.com>\r\n") == "250 2.1.0 OK"
        for recipient in recipients or (b"help@example.org",):
            assert await self.ask(b"RCPT TO:<%b>\r\n" % recipient) == "250 2.1.5 OK"

    async def open_data(self, *recipients: bytes) -> None:
        await self.open_mail(*recipients)
        assert (await self.ask(b"DATA\r\n")).startswith("354")


class Desk:
    """What a server under test hands its mail to."""

    def __init__(self) -> None:
        self.taken: list[Raw] = []
        self.before: Callable[[], Awaitable[None]] | None = None

    async def take(self, raw: Raw) -> bool:
        if self.before is not None:
            await self.before()
        self.taken.append(raw)
        return True


@pytest.fixture
def desk() -> Desk:
    return Desk()


Connect = Callable[[], Awaitable[Wire]]


@asynccontextmanager
async def serving(take: Take, **changes: object) -> AsyncIterator[tuple[MailServer, Connect]]:
    table = {"addresses": ("help@example.org", "it@müller.example"), "smtp": SmtpListen(port=0), **changes}
    server = MailServer(EmailSettings(**table), take, lambda: NOW)  # type: ignore[arg-type]
    await server.start()
    wires: list[Wire] = []

    async def connect() -> Wire:
        host, port = server.bound["smtp"].rsplit(":", 1)
        wire = Wire(*await asyncio.open_connection(host, int(port)))
        wires.append(wire)
        assert (await wire.reply()).startswith("220 example.org")
        return wire

    try:
        yield server, connect
    finally:
        for wire in wires:
            wire.writer.close()
        await server.stop(finish_within=1)


# ------------------------------------------------------------------------------------- taking mail in


async def test_a_mail_is_taken_as_it_was(desk: Desk) -> None:
    async with serving(desk.take) as (_, connect):
        wire = await connect()
        await wire.open_data(b"help+abcdefghijklmnop@example.org", b"help@example.org")
        assert (await wire.ask(MAIL + b".\r\n")).startswith("250 2.0.0 Taken as ")
        assert await wire.ask(b"QUIT\r\n") == "221 Bye"
    (raw,) = desk.taken
    assert (raw.channel, raw.payload, raw.received_at, raw.lane) == ("email", MAIL, NOW, "1@example.com")
    assert raw.meta == {
        "mail_from": "anna@example.com",
        "rcpt_to": ["help+abcdefghijklmnop@example.org", "help@example.org"],
        "peer": "127.0.0.1",
        "helo": "mail.example.com",
        "tls": False,
    }


async def test_it_is_acknowledged_only_after_it_was_stored(desk: Desk) -> None:
    stored = asyncio.Event()

    async def wait() -> None:
        await stored.wait()

    desk.before = wait
    async with serving(desk.take) as (_, connect):
        wire = await connect()
        await wire.open_data()
        wire.writer.write(MAIL + b".\r\n")
        answer = asyncio.ensure_future(wire.reply())
        assert not (await asyncio.wait([answer], timeout=0.05))[0]
        stored.set()
        assert (await answer).startswith("250")


async def test_what_cannot_be_stored_is_refused_for_now(desk: Desk) -> None:
    async def fail() -> None:
        raise IntakeUnavailable("disk full")

    desk.before = fail
    async with serving(desk.take) as (_, connect):
        wire = await connect()
        await wire.open_data()
        assert (await wire.ask(MAIL + b".\r\n")).startswith("451 4.3.0")
        desk.before = None
        await wire.open_data()
        assert (await wire.ask(MAIL + b".\r\n")).startswith("250")


async def test_a_fault_of_ours_costs_the_sender_one_mail_and_not_the_next(desk: Desk) -> None:
    """A server that hears 503 to its next MAIL returns that mail to whoever wrote it."""

    async def break_down() -> None:
        desk.before = None
        raise RuntimeError("a fault")

    desk.before = break_down
    async with serving(desk.take) as (_, connect):
        wire = await connect()
        await wire.open_data()
        assert (await wire.ask(MAIL + b".\r\n")).startswith("451")
        assert await wire.ask(b"MAIL FROM:<anna@example.com>\r\n") == "250 2.1.0 OK"
        await wire.ask(b"RCPT TO:<help@example.org>\r\n")
        await wire.ask(b"DATA\r\n")
        assert (await wire.ask(MAIL + b".\r\n")).startswith("250")
    assert len(desk.taken) == 1


async def test_a_mistake_of_ours_is_a_temporary_failure(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    desk.before = fail
    async with serving(desk.take) as (_, connect):
        wire = await connect()
        await wire.open_data()
        assert (await wire.ask(MAIL + b".\r\n")).startswith("451 4.3.0")
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize(
    ("path", "reply"),
    [
        ("help@example.org", "250"),
        ("HELP@Example.ORG", "250"),
        ("help+token@example.org", "250"),
        ("help+a+b@example.org", "250"),
        ("it@xn--mller-kva.example", "250"),
        ("it@müller.example", "250"),
        ("postmaster@example.org", "250"),
        ("Postmaster", "250"),
        ("help-token@example.org", "550 5.1.1"),
        ("nobody@example.org", "550 5.1.1"),
        ("help@example.com", "550 5.1.1"),
        ("help@sub.example.org", "550 5.1.1"),
        ("@relay.example:help@example.org", "250"),
        ("help@", "553"),
    ],
)
async def test_only_our_mailboxes_take_mail(desk: Desk, path: str, reply: str) -> None:
    async with serving(desk.take) as (_, connect):
        wire = await connect()
        await wire.ask(b"EHLO x\r\n")
        await wire.ask(b"MAIL FROM:<> SMTPUTF8\r\n")
        assert (await wire.ask(f"RCPT TO:<{path}>\r\n".encode())).startswith(reply)


async def test_without_a_plus_only_the_bare_address_takes_mail(desk: Desk) -> None:
    async with serving(desk.take, plus="") as (_, connect):
        wire = await connect()
        await wire.open_mail()
        assert (await wire.ask(b"RCPT TO:<help+token@example.org>\r\n")).startswith("550")


async def test_commands_out_of_order(desk: Desk) -> None:
    async with serving(desk.take) as (_, connect):
        wire = await connect()
        assert (await wire.ask(b"DATA\r\n")).startswith("503")
        await wire.open_mail()
        assert (await wire.ask(b"DATA now\r\n")).startswith("501")


async def test_a_mail_for_nobody_here_gets_no_further(desk: Desk) -> None:
    async with serving(desk.take) as (_, connect):
        wire = await connect()
        await wire.ask(b"EHLO x\r\n")
        await wire.ask(b"MAIL FROM:<anna@example.com>\r\n")
        await wire.ask(b"RCPT TO:<nobody@example.org>\r\n")
        assert (await wire.ask(b"DATA\r\n")).startswith("503")


async def test_the_empty_sender_of_a_bounce_is_taken(desk: Desk) -> None:
    async with serving(desk.take) as (_, connect):
        wire = await connect()
        await wire.ask(b"EHLO x\r\n")
        await wire.ask(b"MAIL FROM:<>\r\n")
        await wire.ask(b"RCPT TO:<help@example.org>\r\n")
        await wire.ask(b"DATA\r\n")
        await wire.ask(MAIL + b".\r\n")
    assert desk.taken[0].meta["mail_from"] == ""


async def test_commands_may_come_all_at_once(desk: Desk) -> None:
    async with serving(desk.take) as (_, connect):
        wire = await connect()
        assert "250-PIPELINING" in await wire.ask(b"EHLO x\r\n")
        envelope = b"MAIL FROM:<a@example.com>\r\nRCPT TO:<help@example.org>\r\nDATA\r\n"
        wire.writer.write(envelope)
        assert [(await wire.reply())[:3] for _ in range(3)] == ["250", "250", "354"]
        wire.writer.write(MAIL + b".\r\n" + envelope)
        assert [(await wire.reply())[:3] for _ in range(4)] == ["250", "250", "250", "354"]
        assert (await wire.ask(b"second\r\n.\r\nQUIT\r\n")).startswith("250")
    assert [raw.payload for raw in desk.taken] == [MAIL, b"second\r\n"]


# --------------------------------------------------------------------------------- the end of a message


@pytest.mark.parametrize(
    ("sent", "taken"),
    [
        (b".\r\n", b""),
        (b"\r\n.\r\n", b"\r\n"),
        (b"x\r\n.\r\n", b"x\r\n"),
        (b"..\r\n.\r\n", b".\r\n"),
        (b"..x\r\n...\r\n\r\n..\r\n.\r\n", b".x\r\n..\r\n\r\n.\r\n"),
        (b".x\r\n.\r\n", b"x\r\n"),
        (b"a\n.\nb\r\n.\r\n", b"a\n.\nb\r\n"),
        (b"a\n.\r\nb\r\n.\r\n", b"a\n.\r\nb\r\n"),
        (b"a\r\n.\nb\r\n.\r\n", b"a\r\n\nb\r\n"),
        (b"a\r.\r\nb\r\n.\r\n", b"a\r.\r\nb\r\n"),
        (b"a\r\n.\rb\r\n.\r\n", b"a\r\n\rb\r\n"),
        (b"\0\xff\r\n.\r\n", b"\0\xff\r\n"),
        (b"x" * 5000 + b"\r\n.\r\n", b"x" * 5000 + b"\r\n"),
        (b"x" * 300_000 + b"\r\n.\r\n", b"x" * 300_000 + b"\r\n"),
        (b"y\r\n" * 100_000 + b".\r\n", b"y\r\n" * 100_000),
    ],
)
async def test_only_a_lone_dot_between_two_crlf_ends_a_message(desk: Desk, sent: bytes, taken: bytes) -> None:
    async with serving(desk.take) as (_, connect):
        wire = await connect()
        await wire.open_data()
        assert (await wire.ask(sent)).startswith("250")
        assert await wire.ask(b"NOOP\r\n") == "250 OK"
    assert [raw.payload for raw in desk.taken] == [taken]


async def test_nothing_can_be_smuggled_behind_a_message(desk: Desk) -> None:
    smuggled = b"MAIL FROM:<boss@example.org>\r\nRCPT TO:<help@example.org>\r\nDATA\r\nPay!\r\n"
    async with serving(desk.take) as (_, connect):
        wire = await connect()
        await wire.open_data()
        await wire.ask(b"a\n.\r\n" + smuggled + b".\r\n")
    assert [raw.payload for raw in desk.taken] == [b"a\n.\r\n" + smuggled]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.lists(st.sampled_from([b".", b"\r\n", b"\n", b"\r", b"a", b"x" * 70_000]), max_size=30), cut=st.integers()
)
def test_any_message_arrives_as_it_was_however_it_is_cut(body: list[bytes], cut: int) -> None:
    message = b"".join(body) + b"\r\n"

    async def story() -> list[Raw]:
        desk = Desk()
        async with serving(desk.take) as (_, connect):
            wire = await connect()
            await wire.open_data()
            stuffed = (b"\r\n" + message).replace(b"\r\n.", b"\r\n..")[2:] + b".\r\n"
            at = cut % len(stuffed)
            wire.writer.write(stuffed[:at])
            await asyncio.sleep(0)
            await wire.ask(stuffed[at:])
        return desk.taken

    assert [raw.payload for raw in asyncio.run(story())] == [message]


# ----------------------------------------------------------------------------------------------- limits


async def test_a_mail_that_says_it_is_too_large_is_refused_before_it_is_sent(desk: Desk) -> None:
    async with serving(desk.take, max_size=1000) as (_, connect):
        wire = await connect()
        assert "250-SIZE 1000" in await wire.ask(b"EHLO x\r\n")
        assert (await wire.ask(b"MAIL FROM:<a@example.com> SIZE=1001\r\n")).startswith(
            "552 5.3.4 This message is larger"
        )
        assert (await wire.ask(b"MAIL FROM:<a@example.com> SIZE=1000\r\n")).startswith("250")


@pytest.mark.parametrize(
    ("length", "reply"), [(1000, "250"), (1001, "552 5.3.4 This message is larger than the 0.001 MB")]
)
async def test_a_mail_that_is_too_large_gets_one_polite_refusal(desk: Desk, length: int, reply: str) -> None:
    async with serving(desk.take, max_size=1000) as (_, connect):
        wire = await connect()
        await wire.open_data()
        assert (await wire.ask(b"x" * (length - 2) + b"\r\n.\r\n")).startswith(reply)
        await wire.open_data()
        assert (await wire.ask(MAIL + b".\r\n")).startswith("250")


async def pour(wire: Wire, octets: int) -> None:
    for _ in range(octets // 100_000):
        wire.writer.write(b"x" * 100_000)
        await wire.writer.drain()


async def test_a_line_without_end_is_refused_in_bounded_memory(desk: Desk) -> None:
    async with serving(desk.take, max_size=1_000_000) as (_, connect):
        wire = await connect()
        await wire.open_data()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with pytest.raises(ConnectionError):
            await pour(wire, 100_000_000)
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40_000
        assert (await (await connect()).ask(b"NOOP\r\n")) == "250 OK"
    assert desk.taken == []


async def test_a_command_without_end_is_refused(desk: Desk) -> None:
    async with serving(desk.take) as (_, connect):
        wire = await connect()
        await pour(wire, 5_000_000)
        assert await wire.ask(b"\r\n") == "500 Command line too long"
        assert (await wire.ask(b"EHLO " + b"x" * 3000 + b"\r\n")) == "500 Command line too long"


async def test_too_many_bytes_in_flight_are_refused_for_now(desk: Desk) -> None:
    stored = asyncio.Event()

    async def wait() -> None:
        await stored.wait()

    desk.before = wait
    async with serving(desk.take, max_size=900, smtp=SmtpListen(port=0, bytes_in_flight=1000)) as (_, connect):
        first, second = await connect(), await connect()
        await first.open_data()
        await second.open_data()
        first.writer.write(b"x" * 700 + b"\r\n.\r\n")
        await asyncio.sleep(0.05)
        assert (await second.ask(b"x" * 700 + b"\r\n.\r\n")).startswith("451 4.3.1")
        assert (await second.ask(b"MAIL FROM:<a@example.com> SIZE=700\r\n")).startswith("451 4.3.1")
        stored.set()
        assert (await first.reply()).startswith("250")
        await second.open_data()
        assert (await second.ask(b"x" * 700 + b"\r\n.\r\n")).startswith("250")


async def test_a_peer_that_goes_away_gives_its_bytes_back(desk: Desk) -> None:
    async with serving(desk.take, max_size=900, smtp=SmtpListen(port=0, bytes_in_flight=1000)) as (_, connect):
        for _ in range(5):
            wire = await connect()
            await wire.open_data()
            wire.writer.write(b"x" * 700)
            await wire.writer.drain()
            wire.writer.close()
        await asyncio.sleep(0.05)
        wire = await connect()
        await wire.open_data()
        assert (await wire.ask(b"x" * 700 + b"\r\n.\r\n")).startswith("250")


async def test_one_connection_too_many_is_turned_away(desk: Desk) -> None:
    async with serving(desk.take, smtp=SmtpListen(port=0, connections=2)) as (server, connect):
        first, _ = await connect(), await connect()
        reader, writer = await asyncio.open_connection(*server.bound["smtp"].split(":"))
        third = Wire(reader, writer)
        assert (await third.reply()).startswith("421 4.3.2 Too many")
        assert await third.reply() == "closed"
        writer.close()
        await first.ask(b"QUIT\r\n")
        assert await first.reply() == "closed"
        await connect()


async def test_a_silent_peer_is_let_go(desk: Desk) -> None:
    async with serving(desk.take, smtp=SmtpListen(port=0, timeout=0.05)) as (_, connect):
        wire = await connect()
        assert await wire.reply() == "closed"


@settings(max_examples=30, deadline=None)
@given(
    noise=st.lists(
        st.binary(max_size=60) | st.sampled_from([b"\r\n", b"EHLO x\r\n", b"MAIL FROM:<\xff>\r\n", b"VRFY \xff"])
    )
)
def test_noise_harms_nobody(noise: list[bytes]) -> None:
    async def story() -> None:
        desk = Desk()
        async with serving(desk.take) as (_, connect):
            wire, other = await connect(), await connect()
            wire.writer.write(b"".join(noise) + b"\r\n")
            wire.writer.write_eof()
            await other.open_data()
            assert (await other.ask(MAIL + b".\r\n")).startswith("250")

    asyncio.run(story())


# ------------------------------------------------------------------------------------------ TLS and AUTH


def tls_listen(**changes: object) -> SmtpListen:
    table = {"port": 0, "tls_cert": str(CERTIFICATE), "tls_key": str(CERTIFICATE), **changes}
    return msgspec.convert(table, SmtpListen)


def client(server: MailServer) -> aiosmtplib.SMTP:
    port = int(server.bound["smtp"].rsplit(":", 1)[1])
    return aiosmtplib.SMTP(hostname="localhost", port=port, start_tls=True, cert_bundle=str(CERTIFICATE))


async def test_starttls(desk: Desk) -> None:
    async with serving(desk.take, smtp=tls_listen(host="localhost")) as (server, _), client(server) as smtp:
        await smtp.sendmail("anna@example.com", ["help@example.org"], MAIL)
        await smtp.sendmail("anna@example.com", ["help@example.org"], MAIL)
        assert not smtp.supports_extension("auth")
        assert (await smtp.execute_command(b"AUTH", b"PLAIN", b"AGEAYg==")).code == 502
    assert [raw.meta["tls"] for raw in desk.taken] == [True, True]


async def test_commands_slipped_in_before_the_handshake_are_forgotten(desk: Desk) -> None:
    async with serving(desk.take, smtp=tls_listen()) as (_, connect):
        wire = await connect()
        await wire.ask(b"EHLO x\r\n")
        assert (await wire.ask(b"STARTTLS\r\nMAIL FROM:<evil@example.com>\r\n")).startswith("220")
        context = ssl.create_default_context(cafile=str(CERTIFICATE))
        await wire.writer.start_tls(context, server_hostname="localhost")
        assert (await wire.ask(b"RCPT TO:<help@example.org>\r\n")).startswith("503")


async def test_nothing_is_taken_without_tls_where_it_is_required(desk: Desk) -> None:
    async with serving(desk.take, smtp=tls_listen(require_tls=True)) as (_, connect):
        wire = await connect()
        assert "STARTTLS" in await wire.ask(b"EHLO x\r\n")
        assert (await wire.ask(b"MAIL FROM:<a@example.com>\r\n")).startswith("530")


async def test_a_peer_that_cannot_do_tls_harms_nobody(desk: Desk) -> None:
    async with serving(desk.take, smtp=tls_listen()) as (_, connect):
        wire = await connect()
        await wire.ask(b"EHLO x\r\n")
        await wire.ask(b"STARTTLS\r\n")
        wire.writer.write(b"this is no handshake\r\n" * 10)
        await wire.reader.read()
        other = await connect()
        await other.open_data()


@pytest.mark.parametrize("mechanism", ["plain", "login"])
async def test_users_log_in_over_tls(desk: Desk, mechanism: str) -> None:
    listen = tls_listen(host="localhost", users={"scanner": "s3cret"}, require_auth=True)
    async with serving(desk.take, smtp=listen) as (server, connect):
        wire = await connect()
        assert "AUTH" not in await wire.ask(b"EHLO x\r\n")
        assert (await wire.ask(b"AUTH PLAIN AGEAYg==\r\n")).startswith("538")
        async with client(server) as smtp:
            with pytest.raises(aiosmtplib.SMTPAuthenticationError):
                await getattr(smtp, f"auth_{mechanism}")("scanner", "wrong")
            with pytest.raises(aiosmtplib.SMTPAuthenticationError):
                await getattr(smtp, f"auth_{mechanism}")("nobody", "")
            with pytest.raises(aiosmtplib.SMTPSenderRefused):
                await smtp.sendmail("scanner@example.org", ["help@example.org"], MAIL)
            await getattr(smtp, f"auth_{mechanism}")("scanner", "s3cret")
            await smtp.sendmail("scanner@example.org", ["help@example.org"], MAIL)
            assert (await smtp.execute_command(b"MAIL", b"FROM:<a@example.com>", b"AUTH=<>")).code == 250
    assert len(desk.taken) == 1


async def test_passwords_cannot_be_tried_forever(desk: Desk) -> None:
    listen = SmtpListen(port=0, users={"scanner": "s3cret"}, auth_without_tls=True)
    guess = b"AUTH PLAIN " + base64.b64encode(b"\0scanner\0guess") + b"\r\n"
    async with serving(desk.take, smtp=listen) as (_, connect):
        wire = await connect()
        assert "AUTH LOGIN PLAIN" in await wire.ask(b"EHLO x\r\n")
        assert [(await wire.ask(guess))[:3] for _ in range(4)] == ["535", "535", "535", "421"]
        assert await wire.reply() == "closed"


# ------------------------------------------------------------------------------------------------- LMTP


async def test_lmtp_answers_for_every_recipient(desk: Desk, tmp_path: Path) -> None:
    path = str(tmp_path / "lmtp")
    async with serving(desk.take, smtp=None, lmtp=LmtpListen(socket=path)) as (server, _):
        assert server.bound == {"lmtp": path}
        wire = Wire(*await asyncio.open_unix_connection(path))
        await wire.reply()
        assert (await wire.ask(b"EHLO x\r\n")).startswith("500")
        await wire.open_mail(b"help@example.org", b"help+abc@example.org", hello=b"LHLO mail.example.org\r\n")
        assert (await wire.ask(b"RCPT TO:<nobody@example.org>\r\n")).startswith("550 5.1.1")
        assert (await wire.ask(b"DATA\r\n")).startswith("354")
        assert (await wire.ask(MAIL + b".\r\n")).startswith("250")
        assert (await wire.reply()).startswith("250")
        assert (await wire.ask(b"NOOP\r\n")) == "250 OK"
        wire.writer.close()
    (raw,) = desk.taken
    assert (raw.meta["peer"], raw.meta["rcpt_to"]) == ("local", ["help@example.org", "help+abc@example.org"])


async def test_lmtp_refuses_for_every_recipient(desk: Desk) -> None:
    async def fail() -> None:
        raise IntakeUnavailable("database away")

    desk.before = fail
    async with serving(desk.take, smtp=None, lmtp=LmtpListen()) as (server, _):
        host, port = server.bound["lmtp"].split(":")
        wire = Wire(*await asyncio.open_connection(host, int(port)))
        await wire.reply()
        await wire.open_mail(b"help@example.org", b"help+abc@example.org", hello=b"LHLO x\r\n")
        await wire.ask(b"DATA\r\n")
        assert (await wire.ask(MAIL + b".\r\n")).startswith("451 4.3.0")
        assert (await wire.reply()).startswith("451 4.3.0")
        wire.writer.close()


# ------------------------------------------------------------------------------------- opening and closing


async def test_shutting_down_lets_a_message_finish(desk: Desk) -> None:
    async with serving(desk.take) as (server, connect):
        busy, idle = await connect(), await connect()
        await busy.open_data()
        stopping = asyncio.ensure_future(server.stop())
        assert (await idle.reply()).startswith("421 4.3.2")
        assert not stopping.done()
        assert (await busy.ask(MAIL + b".\r\n")).startswith("250")
        assert (await busy.reply()).startswith("421 4.3.2")
        await stopping
    assert len(desk.taken) == 1


async def test_shutting_down_does_not_wait_forever(desk: Desk) -> None:
    async with serving(desk.take) as (server, connect):
        wire = await connect()
        await wire.open_data()
        await server.stop(finish_within=0.05)
        assert await wire.reply() == "closed"
    assert desk.taken == []


async def test_a_port_in_use_names_its_setting(desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(
            OSError, match=rf"^email.smtp.port: cannot listen on 127.0.0.1:{port}: Address already in use$"
        ):
            async with serving(desk.take, smtp=SmtpListen(port=port)):
                pass
        with pytest.raises(OSError, match=r"^email.lmtp.port: "):
            async with serving(desk.take, lmtp=LmtpListen(port=port)):
                pass
    with pytest.raises(OSError, match=r"^email.lmtp.socket: cannot listen on /nowhere/lmtp: "):
        async with serving(desk.take, lmtp=LmtpListen(socket="/nowhere/lmtp")):
            pass


async def test_a_certificate_that_cannot_be_read_names_its_setting(desk: Desk) -> None:
    with pytest.raises(OSError, match=r"^email.smtp.tls_cert: .*test_server.py and its key cannot be used: .*PEM"):
        async with serving(desk.take, smtp=SmtpListen(port=0, tls_cert=__file__, tls_key=__file__)):
            pass
    with pytest.raises(OSError, match=r"^email.smtp.tls_cert: /nowhere.pem and its key cannot be used: No such file"):
        async with serving(desk.take, smtp=SmtpListen(port=0, tls_cert="/nowhere.pem", tls_key="/nowhere.pem")):
            pass


# -------------------------------------------------------------------------------------------- key and lane


def raw(payload: bytes, *rcpt_to: str) -> Raw:
    return raw_mail(payload, mail_from="a@example.com", rcpt_to=rcpt_to or ("help@example.org",), received_at=NOW)


def test_the_key_is_that_of_recipients_and_bytes() -> None:
    same = raw(MAIL, "a@example.org", "b@example.org")
    assert same.key == raw(MAIL, "B@example.org", "a@example.org", "a@example.org").key
    assert same.key != raw(MAIL, "a@example.org").key
    assert same.key != raw(MAIL + b" ", "a@example.org", "b@example.org").key


def test_octets_that_are_no_text_do_not_break_the_envelope() -> None:
    odd = raw_mail(MAIL, mail_from="\udcff@x", rcpt_to=("\udcffü@x",), received_at=NOW, helo="\udcfe", tls=False)
    assert msgspec.json.decode(msgspec.json.encode(odd.meta))["helo"] == "\ufffd"


@pytest.mark.parametrize(
    ("header", "lane"),
    [
        ("References: <1@x> <2@x>\r\nIn-Reply-To: <2@x>\r\nMessage-ID: <3@x>", "1@x"),
        ("Message-ID: <3@x>\r\nREFERENCES:\r\n\t<1@x>\r\n <2@x>", "1@x"),
        ("In-Reply-To: Your message <2@x>\nMessage-ID: <3@x>", "2@x"),
        ("References: none\r\nMessage-ID: <3@x>", "3@x"),
        ("Message-ID: <3\0@x>", "3@x"),
        ("References: \r\nIn-Reply-To:\r\nMessage-Id:<3@x>", "3@x"),
        ("Subject: References: <1@x>", ""),
        ("X-References: <1@x>", ""),
        ("Subject: x\r\n\r\nReferences: <1@x>", ""),
        ("", ""),
    ],
)
def test_the_lane_is_that_of_the_thread(header: str, lane: str) -> None:
    payload = header.encode() + b"\r\n\r\nReferences: <body@x>\r\n"
    assert lane_of(payload) == lane
    assert raw(payload).lane == (lane or raw(payload).key)


@given(st.binary(max_size=500).map(lambda octets: b"References:" + octets))
def test_any_octets_have_a_lane(payload: bytes) -> None:
    assert len(raw(payload).lane) <= 200
