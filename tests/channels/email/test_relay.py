import asyncio
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import aiosmtplib
import pytest

from channels.base import NoAnswer, PermanentFailure, TemporaryFailure
from channels.email.config import Relay
from channels.email.oauth import OAuth, TokenSource
from channels.email.rate import Limiter, Rate, parse_rate
from channels.email.relay import Line, Lost, RelayPool
from tests.support.sink import CERTIFICATE, Drop, Sink
from tests.support.tokens import TokenEndpoint

MAIL = (
    b"Date: Thu, 01 Jan 2026 00:00:00 +0000\r\nFrom: help@example.org\r\nMessage-ID: <1@example.org>\r\n"
    b"\r\n.one\r\n..two\r\n.\r\nthree\r\n"
)
LARGE = MAIL + b"x" * 70 + b"\r\n" + b"a line like any other\r\n" * 400_000
FROM, TO = "help@example.org", "anna@example.com"


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as sink:
        yield sink


def pool(sink: Sink, **changes: Any) -> RelayPool:
    table: dict[str, Any] = {"host": "localhost", "port": sink.port, "tls": "none", "tls_ca": str(CERTIFICATE)}
    return RelayPool(Relay(**table | changes), "example.org")


class Script:
    """A relay that says what it is told to, whatever it is asked, and then reads on, or does not."""

    def __init__(self, *replies: bytes, reads_on: bool = True) -> None:
        self.replies = replies
        self.reads_on = reads_on
        self.heard: list[bytes] = []
        self.over = asyncio.Event()
        self.tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Relay:
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0, limit=1000)
        return Relay(host="127.0.0.1", port=self.server.sockets[0].getsockname()[1], tls="none", timeout=0.1)

    async def __aexit__(self, *_: object) -> None:
        self.server.close()
        self.over.set()
        await asyncio.gather(*self.tasks)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.append(task)
        with suppress(ConnectionError):
            for reply in self.replies:
                writer.write(reply)
                self.heard.append(await reader.read(1000))
            await (reader.read() if self.reads_on else self.over.wait())
        writer.transport.abort()
        await asyncio.sleep(0)


HELLO = (b"220 x\r\n", b"250-x\r\n250 PIPELINING\r\n")
GO_AHEAD = b"250 ok\r\n250 ok\r\n354 go\r\n"


# ---------------------------------------------------------------------------------------------- sending


@pytest.mark.parametrize("offers", [("PIPELINING", "SIZE", "8BITMIME"), ("SIZE",), ()])
async def test_a_mail_arrives_as_it_is(offers: tuple[str, ...]) -> None:
    with Sink(offers=offers) as sink:
        pooled = pool(sink)
        assert await pooled.send(FROM, TO, MAIL) == "250 2.0.0 Kept"
        await pooled.close()
    (received,) = sink.messages
    assert (received.sender, received.recipients, received.content) == (FROM, [TO], MAIL)


async def test_a_connection_is_kept(sink: Sink) -> None:
    pooled = pool(sink)
    for _ in range(5):
        await pooled.send(FROM, TO, MAIL)
    await pooled.close()
    assert (len(sink.messages), sink.connections) == (5, 1)
    assert sink.commands == ["EHLO", *["MAIL", "RCPT", "DATA"] * 5, "QUIT"]


async def test_there_are_never_more_connections_than_allowed(sink: Sink) -> None:
    pooled = pool(sink, connections=3)
    await asyncio.gather(*(pooled.send(FROM, TO, MAIL) for _ in range(20)))
    await pooled.close()
    assert (len(sink.messages), sink.connections) == (20, 3)


async def test_a_connection_serves_so_many_mails_and_no_longer_than_a_while(
    sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.email.relay.MAILS_PER_CONNECTION", 2)
    pooled = pool(sink)
    for _ in range(5):
        await pooled.send(FROM, TO, MAIL)
    assert sink.connections == 3
    monkeypatch.setattr("channels.email.relay.IDLE_LIMIT", 0)
    await pooled.send(FROM, TO, MAIL)
    await pooled.close()
    assert sink.connections == 4


async def test_addresses_that_are_not_ascii(sink: Sink) -> None:
    mail = MAIL.replace(b"From: help", "To: jörg@example.com\r\nFrom: help".encode())
    pooled = pool(sink)
    await pooled.send(FROM, "jörg@example.com", mail)
    assert sink.messages[0].recipients == ["jörg@example.com"]
    await pooled.close()
    sink.offers = ["PIPELINING"]
    pooled = pool(sink)
    with pytest.raises(PermanentFailure, match="not ASCII"):
        await pooled.send(FROM, "jörg@example.com", mail)
    assert await pooled.send(FROM, TO, MAIL)
    await pooled.close()


# ---------------------------------------------------------------------------------------------- TLS, AUTH


async def test_starttls_and_login() -> None:
    with Sink(starttls=True, users={"desk": "s3cret"}) as sink:
        pooled = pool(sink, tls="starttls", username="desk", password="s3cret")
        await pooled.send(FROM, TO, MAIL)
        await pooled.send(FROM, TO, LARGE)
        await pooled.close()
    assert [(message.tls, message.user) for message in sink.messages] == [(True, "desk")] * 2
    assert sink.messages[1].content == LARGE


async def test_tls_from_the_first_byte() -> None:
    with Sink(implicit_tls=True) as sink:
        pooled = pool(sink, tls="tls")
        await pooled.send(FROM, TO, MAIL)
        await pooled.close()
    assert sink.messages[0].tls


async def test_a_message_that_begins_with_a_dot_and_does_not_end_its_last_line() -> None:
    script = Script(*HELLO, GO_AHEAD, b"250 ok\r\n")
    async with script as settings:
        pooled = RelayPool(settings, "example.org")
        await pooled.send(FROM, TO, b".one\r\n.")
        await pooled.close()
    assert script.heard[2] == b"..one\r\n..\r\n.\r\n"


@pytest.mark.covers("bad:relay-login", "bad:relay-certificate")
@pytest.mark.parametrize(
    ("server", "settings", "reason"),
    [
        ({"users": {"desk": "s3cret"}}, {"username": "desk", "password": "no"}, "email.relay.username: localhost:"),
        ({"users": {"desk": "s3cret"}}, {}, "email.relay.username: the relay wants another login: 530"),
        ({}, {"username": "desk", "password": "no"}, "email.relay.tls: "),
        ({}, {"tls": "starttls"}, "email.relay.tls: no starttls session with localhost:"),
        ({"starttls": True}, {"tls": "starttls", "tls_ca": ""}, "email.relay.tls: "),
        ({"starttls": True}, {"tls": "starttls", "host": "127.1"}, "email.relay.tls: .*not valid for '127.1'"),
        ({"implicit_tls": True}, {"tls": "tls", "tls_ca": ""}, "email.relay."),
        ({}, {"tls": "tls"}, "email.relay."),
    ],
)
async def test_a_wrong_setting_loses_nothing_and_is_named(
    server: dict[str, Any], settings: dict[str, Any], reason: str
) -> None:
    with Sink(**server) as sink:
        pooled = pool(sink, **settings)
        with pytest.raises(TemporaryFailure, match=reason):
            await pooled.send(FROM, TO, MAIL)
        await pooled.close()
    assert sink.messages == []


async def test_a_relay_that_is_away() -> None:
    with Sink() as sink:
        pooled = pool(sink)
        await pooled.send(FROM, TO, MAIL)
        sink.hang_up()
        with pytest.raises(TemporaryFailure, match=r"email.relay.host: localhost:\d+ cannot be reached"):
            await pooled.send(FROM, TO, MAIL)
        sink.listen()
        await pooled.send(FROM, TO, MAIL)
        await pooled.close()
    assert len(sink.messages) == 2


# --------------------------------------------------------------------------------------------- failures


@pytest.mark.parametrize("offers", [("PIPELINING",), ()])
@pytest.mark.parametrize(
    ("reply", "failure"), [("450 4.2.1 Full", TemporaryFailure), ("550 5.1.1 Gone", PermanentFailure)]
)
async def test_a_refused_recipient_does_not_cost_the_connection(
    offers: tuple[str, ...], reply: str, failure: type[Exception]
) -> None:
    with Sink(offers=offers) as sink:
        sink.refuse["gone@example.com"] = reply
        pooled = pool(sink)
        with pytest.raises(failure, match=reply):
            await pooled.send(FROM, "gone@example.com", MAIL)
        await pooled.send(FROM, TO, MAIL)
        sink.refuse_sender = "550 5.7.1 Not you"
        with pytest.raises(PermanentFailure, match="Not you"):
            await pooled.send(FROM, TO, MAIL)
        await pooled.close()
    assert (len(sink.messages), sink.connections) == (1, 1)


@pytest.mark.parametrize(
    ("reply", "failure"), [("452 4.3.1 Disk full", TemporaryFailure), ("554 5.6.0 Spam", PermanentFailure)]
)
async def test_a_refused_message(sink: Sink, reply: str, failure: type[Exception]) -> None:
    sink.answers.append(reply)
    pooled = pool(sink)
    with pytest.raises(failure, match=reply):
        await pooled.send(FROM, TO, MAIL)
    await pooled.send(FROM, TO, MAIL)
    await pooled.close()
    assert (len(sink.messages), sink.connections) == (1, 1)


async def test_after_421_there_is_a_new_connection(sink: Sink) -> None:
    sink.answers.append("421 4.3.2 Shutting down")
    pooled = pool(sink)
    with pytest.raises(TemporaryFailure, match="421"):
        await pooled.send(FROM, TO, MAIL)
    await pooled.send(FROM, TO, MAIL)
    await pooled.close()
    assert sink.connections == 2


async def test_a_kept_connection_that_has_died_is_replaced_without_a_word(sink: Sink) -> None:
    pooled = pool(sink)
    await pooled.send(FROM, TO, MAIL)
    sink.end_connections()
    await pooled.send(FROM, TO, MAIL)
    await pooled.close()
    assert (len(sink.messages), sink.connections) == (2, 2)


async def test_a_connection_lost_before_the_final_dot_is_a_temporary_failure(sink: Sink) -> None:
    sink.drops.append(Drop.BEFORE_DOT)
    pooled = pool(sink)
    with pytest.raises(TemporaryFailure, match="was lost"):
        await pooled.send(FROM, TO, LARGE)
    await pooled.send(FROM, TO, MAIL)
    await pooled.close()
    assert len(sink.messages) == 1


@pytest.mark.parametrize(("drop", "kept"), [(Drop.AFTER_DOT_KEPT, 1), (Drop.AFTER_DOT_LOST, 0)])
async def test_a_connection_lost_after_the_final_dot_is_no_answer(sink: Sink, drop: Drop, kept: int) -> None:
    sink.drops.append(drop)
    pooled = pool(sink)
    with pytest.raises(NoAnswer):
        await pooled.send(FROM, TO, MAIL)
    assert len(sink.messages) == kept
    await pooled.send(FROM, TO, MAIL)
    await pooled.close()


@pytest.mark.parametrize(
    ("replies", "failure", "reason"),
    [
        ((*HELLO, b"this is not SMTP\r\n"), TemporaryFailure, "does not speak SMTP"),
        ((*HELLO, b"250-more\r\n" * 1000), TemporaryFailure, "no end"),
        ((*HELLO, b"2" * 100_000), TemporaryFailure, "was lost"),
        (HELLO, TemporaryFailure, "no answer in time"),
        (
            (*HELLO, b"250 ok\r\n550 no\r\n354 go\r\n", b"554 no recipients\r\n", b"250 ok\r\n"),
            PermanentFailure,
            "550 no",
        ),
        ((*HELLO, b"250 ok\r\n550 no\r\n503 no\r\n", b"421 bye\r\n"), PermanentFailure, "550 no"),
        ((*HELLO, b"250 ok\r\n550 no\r\n503 no\r\n"), PermanentFailure, "550 no"),
        ((*HELLO, GO_AHEAD, b"what?\r\n"), NoAnswer, "does not speak SMTP"),
        ((*HELLO, GO_AHEAD, b"354 go\r\n"), NoAnswer, "says nothing: 354 go"),
        ((*HELLO, b"250 ok\r\n250 ok\r\n250 ok\r\n"), TemporaryFailure, "not to what was asked"),
    ],
)
async def test_a_relay_that_goes_astray(
    monkeypatch: pytest.MonkeyPatch, replies: tuple[bytes, ...], failure: type[Exception], reason: str
) -> None:
    monkeypatch.setattr("channels.email.relay.PATIENCE", 1)
    async with Script(*replies) as settings:
        pooled = RelayPool(settings, "example.org")
        with pytest.raises(failure, match=reason):
            await pooled.send(FROM, TO, MAIL)
        await pooled.close()


async def test_a_relay_that_answers_once_too_often_is_not_believed_the_next_time() -> None:
    """Its answers would all be to the question before: the go-ahead would pass for the receipt of the next mail."""
    script = Script(*HELLO, GO_AHEAD, b"250 first\r\n250 too much\r\n", GO_AHEAD, b"550 no\r\n")
    async with script as settings:
        pooled = RelayPool(settings, "example.org")
        assert await pooled.send(FROM, TO, MAIL) == "250 first"
        assert await pooled.send(FROM, TO, MAIL) == "250 first", "on a new connection"
        await pooled.close()
    assert sum(heard.startswith(b"EHLO") for heard in script.heard) == 2


async def test_a_relay_that_stops_reading_is_a_temporary_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("channels.email.relay.PATIENCE", 1)

    async with Script(*HELLO, GO_AHEAD, reads_on=False) as settings:
        pooled = RelayPool(settings, "example.org")
        with pytest.raises(TemporaryFailure, match="took too long"):
            await pooled.send(FROM, TO, LARGE)
        await pooled.close()


async def test_a_relay_that_ends_the_connection_after_the_login() -> None:
    with pytest.raises(Lost, match="ended at once"):
        Line(aiosmtplib.SMTP(), timeout=1)


async def test_a_send_that_is_cancelled_leaves_no_half_used_connection(sink: Sink) -> None:
    pooled = pool(sink)
    await pooled.send(FROM, TO, MAIL)
    sending = asyncio.ensure_future(pooled.send(FROM, TO, LARGE))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    await pooled.send(FROM, TO, MAIL)
    await pooled.close()
    assert sink.connections == 2


# ----------------------------------------------------------------------------------------------- tokens


@pytest.fixture
def endpoint() -> Iterator[TokenEndpoint]:
    with TokenEndpoint() as endpoint:
        yield endpoint


def token_pool(server: Sink | Relay, endpoint: TokenEndpoint, **changes: Any) -> RelayPool:
    tokens = TokenSource(OAuth(client_id="desk", client_secret="s3cret", token_url=endpoint.url))
    table: dict[str, Any] = {"host": "localhost", "port": server.port, "tls": "starttls", "tls_ca": str(CERTIFICATE)}
    table |= {"auth": "xoauth2", "username": "help@example.org"}
    return RelayPool(Relay(**table | changes), "example.org", tokens)


async def test_a_login_with_a_token(endpoint: TokenEndpoint) -> None:
    with Sink(tokens=endpoint.good, starttls=True) as sink:
        pooled = token_pool(sink, endpoint)
        await pooled.check()
        for _ in range(3):
            await pooled.send(FROM, TO, MAIL)
        await pooled.close()
    assert [(received.user, received.tls) for received in sink.messages] == [("help@example.org", True)] * 3
    assert (sink.connections, len(endpoint.asked)) == (2, 1)


@pytest.mark.covers("must:revoked-token")
async def test_a_token_revoked_in_mid_session_is_replaced_and_the_mail_goes_once(endpoint: TokenEndpoint) -> None:
    with Sink(tokens=endpoint.good, starttls=True) as sink:
        pooled = token_pool(sink, endpoint)
        await pooled.send(FROM, TO, MAIL)
        endpoint.good.clear()
        await pooled.send(FROM, TO, MAIL)
        sink.end_connections()
        endpoint.good.clear()
        await pooled.send(FROM, TO, MAIL)
        endpoint.good.clear()
        await pooled.close()
        await pooled.check()
        await pooled.close()
    assert (len(sink.messages), len(endpoint.asked)) == (3, 4)


@pytest.mark.covers("bad:expired-token")
async def test_a_token_that_is_always_refused_is_renewed_once_and_named(endpoint: TokenEndpoint) -> None:
    with Sink(tokens=set(), starttls=True) as sink:
        pooled = token_pool(sink, endpoint)
        for _ in range(2):
            with pytest.raises(TemporaryFailure, match=r"email.relay.username: localhost:\d+ refused the login: 5.7.3"):
                await pooled.send(FROM, TO, MAIL)
        await pooled.close()
    assert (sink.messages, len(endpoint.asked)) == ([], 3)


async def test_no_token_is_a_temporary_failure_that_says_why(endpoint: TokenEndpoint) -> None:
    endpoint.client_secret = "another"
    with Sink(tokens=endpoint.good, starttls=True) as sink:
        pooled = token_pool(sink, endpoint)
        with pytest.raises(TemporaryFailure, match=r"email.oauth.client_secret: it is wrong or has expired"):
            await pooled.send(FROM, TO, MAIL)
        await pooled.close()


async def test_a_relay_without_xoauth2_is_named(endpoint: TokenEndpoint) -> None:
    with Sink(starttls=True) as sink:
        pooled = token_pool(sink, endpoint)
        with pytest.raises(TemporaryFailure, match=r"email.relay.username: localhost:\d+ refused the login: 5.5.1"):
            await pooled.check()
        await pooled.close()


async def test_a_login_that_fails_for_now_asks_for_no_new_token(endpoint: TokenEndpoint) -> None:
    script = Script(b"220 x\r\n", b"250-x\r\n250 AUTH XOAUTH2\r\n", b"454 4.7.0 Later\r\n")
    async with script as settings:
        pooled = token_pool(settings, endpoint, host="127.0.0.1", tls="none", timeout=1.0)
        with pytest.raises(TemporaryFailure, match=r"refused the login: 4.7.0 Later"):
            await pooled.send(FROM, TO, MAIL)
    assert len(endpoint.asked) == 1


async def test_a_connection_on_which_the_login_is_not_answered_is_ended(endpoint: TokenEndpoint) -> None:
    script = Script(b"220 x\r\n", b"250-x\r\n250 AUTH XOAUTH2\r\n")
    async with script as settings:
        pooled = token_pool(settings, endpoint, host="127.0.0.1", tls="none", timeout=0.3)
        with pytest.raises(TemporaryFailure, match=r"email.relay"):
            await pooled.send(FROM, TO, MAIL)
        _, still_open = await asyncio.wait(script.tasks, timeout=5)
        assert not still_open


# ------------------------------------------------------------------------------------------------- rate


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("30/min", Rate(30, 60)),
        (" 5 / s ", Rate(5, 1)),
        ("100/h", Rate(100, 3600)),
        ("9000/day", Rate(9000, 86400)),
        ("0/min", None),
        ("30", None),
        ("many/min", None),
        ("٣/min", None),
    ],
)
def test_what_a_rate_is(text: str, rate: Rate | None) -> None:
    assert parse_rate(text) == rate


async def test_no_window_has_more_than_the_rate() -> None:
    loop = asyncio.get_running_loop()
    limiter = Limiter(Rate(3, 0.1))
    passed: list[float] = []

    async def one() -> None:
        await limiter.wait()
        passed.append(loop.time())

    await asyncio.gather(*(one() for _ in range(10)))
    assert len(passed) == 10
    assert passed[2] - passed[0] < 0.1, "as many as the rate says go at once"
    assert all(later - earlier >= 0.099 for earlier, later in zip(passed, passed[3:], strict=False))


async def test_a_relay_gets_no_more_than_its_rate(sink: Sink) -> None:
    pooled = pool(sink, rate="2/s")
    began = asyncio.get_running_loop().time()
    await asyncio.gather(*(pooled.send(FROM, TO, MAIL) for _ in range(3)))
    took = asyncio.get_running_loop().time() - began
    await pooled.close()
    assert len(sink.messages) == 3
    assert took >= 0.99
