"""Mail fetched from a real IMAP server, over connections that are good, bad and gone."""

import asyncio
import json
import re
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs
from uuid import uuid4

import pytest

from channels.base import IntakeUnavailable, IsOurs, Raw
from channels.email.config import LONGEST_IDLE, MailboxSettings
from channels.email.imap import Token
from channels.email.intake import BEGINNING
from channels.email.mailbox import Delays, Mailbox, look
from channels.email.oauth import OAuth, TokenSource
from tests.support import dovecot as dovecot_server
from tests.support.dovecot import PASSWORD, Dovecot
from tests.support.house import QUICKLY
from tests.support.sink import CERTIFICATE
from tests.support.tokens import TokenEndpoint
from tests.support.wire import Wire

PATIENCE = 100.0
MAX_SIZE = 200_000
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def mail(subject: str = "Printer", text: str = "It smokes.") -> bytes:
    return (
        f"From: Ada <ada@example.com>\r\nMessage-ID: <{uuid4()}@example.com>\r\nSubject: {subject}\r\n\r\n{text}\r\n"
    ).encode()


class Desk:
    """What a mailbox hands its mail to; it has no room as often as it is told."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.sizes: list[int | None] = []
        self.full = 0
        self.breaks_on = b""

    async def take(self, raw: Raw) -> bool:
        if self.full:
            self.full -= 1
            raise IntakeUnavailable("the disk is full")
        if self.breaks_on and self.breaks_on in raw.payload:
            raise KeyError("a bug")
        self.taken.append(raw.payload)
        self.sizes.append(raw.meta.get("size"))
        return True

    async def has(self, *mails: bytes) -> None:
        """Wait until these, and no others, were taken, each once."""
        await until(lambda: len(self.taken) >= len(mails), f"{len(mails)} mails")
        assert sorted(self.taken) == sorted(mails)


async def until(true: Callable[[], Any], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not await asyncio.to_thread(true):
        assert time.monotonic() < end, f"waited in vain for {what}"
        await asyncio.sleep(0.02)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def user() -> str:
    """Somebody who has an empty mailbox."""
    return f"box-{uuid4().hex[:12]}"


@asynccontextmanager
async def mailbox(
    desk: Desk,
    user: str,
    port: int,
    *,
    token: Token | None = None,
    is_ours: IsOurs = lambda _: True,
    delays: Delays = QUICKLY,
    **changes: Any,
) -> AsyncIterator[Mailbox]:
    """A mailbox at work, which waits long when it is not woken."""
    given = {"host": "127.0.0.1", "tls": "none", "username": user, "password": PASSWORD, "poll": 600.0, **changes}
    settings = MailboxSettings(port=port, **given)
    box = Mailbox(settings, desk.take, max_size=MAX_SIZE, now=lambda: NOW, token=token, delays=delays, is_ours=is_ours)
    box.start()
    try:
        yield box
    finally:
        await box.stop(PATIENCE)


async def test_idle_brings_a_mail_at_once(dovecot: Dovecot, desk: Desk, user: str) -> None:
    async with mailbox(desk, user, dovecot.port) as box:
        await until(lambda: box.source().reached, "the mailbox to be reached")
        await asyncio.sleep(0.3)
        for number in range(3):
            begun = time.monotonic()
            dovecot.put(user, mail())
            await until(lambda count=number + 1: len(desk.taken) == count, "the mail")  # type: ignore[misc]
            assert time.monotonic() - begun < 2


@pytest.mark.parametrize("tls", ["none", "starttls", "tls"])
async def test_encrypted_or_not(dovecot: Dovecot, desk: Desk, user: str, tls: str) -> None:
    sent = [mail(), mail("Second")]
    dovecot.put(user, *sent)
    port = dovecot.tls_port if tls == "tls" else dovecot.port
    async with mailbox(desk, user, port, tls=tls, tls_ca="" if tls == "none" else str(CERTIFICATE)):
        await desk.has(*sent)


@pytest.mark.parametrize(
    ("after", "left"), [("move", (0, 0, 3)), ("seen", (3, 0, 0)), ("delete", (0, 0, 0))], ids=["move", "seen", "delete"]
)
async def test_what_was_taken_is_put_away(
    dovecot: Dovecot, desk: Desk, user: str, after: str, left: tuple[int, int, int]
) -> None:
    sent = [mail() for _ in range(3)]
    dovecot.put(user, *sent)

    def found() -> bool:
        return left == (dovecot.count(user), dovecot.count(user, "UNSEEN"), dovecot.count(user, folder="Firstline"))

    async with mailbox(desk, user, dovecot.port, after=after):
        await desk.has(*sent)
        await until(found, f"the mails to be put away as {after}")


@pytest.mark.covers("E84")
async def test_a_server_that_can_little(desk: Desk, user: str) -> None:
    """Without IDLE it is asked every so often, without MOVE mails are copied and deleted."""
    with dovecot_server.running(capability="IMAP4rev1 UIDPLUS") as server:
        first, second = mail("First"), mail("Second")
        server.put(user, first)
        async with mailbox(desk, user, server.port, poll=1.0):
            await desk.has(first)
            server.put(user, second)
            await desk.has(first, second)
            await until(lambda: server.count(user, folder="Firstline") == 2, "copies")
            assert server.count(user) == 0


@pytest.mark.covers("E84")
async def test_what_is_marked_as_deleted_is_left_alone(dovecot: Dovecot, desk: Desk, user: str) -> None:
    wanted = mail("Wanted")
    dovecot.put(user, mail("Deleted"), flags=r"(\Deleted)")
    dovecot.put(user, wanted)
    async with mailbox(desk, user, dovecot.port):
        await desk.has(wanted)


@pytest.mark.covers("E84")
async def test_what_is_asked_is_what_difficult_servers_understand(dovecot: Dovecot, desk: Desk, user: str) -> None:
    """Exchange refuses a CHARSET in SEARCH, and iCloud leaves RFC822 empty; fetching must mark nothing as read."""
    sent = mail()
    dovecot.put(user, sent)
    with Wire(dovecot.port) as wire:
        async with mailbox(desk, user, wire.port):
            await desk.has(sent)
        asked = wire.heard.upper()
    assert b"SEARCH UNDELETED" in asked
    assert b"CHARSET" not in asked
    assert b"BODY.PEEK[]" in asked
    assert b"RFC822 " not in asked
    assert b"RFC822)" not in asked


@pytest.mark.covers("E84")
async def test_a_server_that_answers_for_a_part_only_is_asked_again(dovecot: Dovecot, desk: Desk, user: str) -> None:
    sent = [mail(str(number)) for number in range(5)]
    dovecot.put(user, *sent)
    one_size = re.compile(rb"(\* \d+ FETCH \(UID \d+ [^\r\n]*RFC822\.SIZE[^\r\n]*\r\n)(?:\* \d+ FETCH [^\r\n]*\r\n)+")
    with Wire(dovecot.port) as wire:
        wire.change = lambda data: one_size.sub(rb"\1", data)
        async with mailbox(desk, user, wire.port):
            await desk.has(*sent)
    assert wire.heard.count(b"RFC822.SIZE") >= len(sent), "one size was told each time"


@pytest.mark.covers("E86")
async def test_after_five_refused_logins_it_waits(dovecot: Dovecot, desk: Desk, user: str) -> None:
    delays = Delays(first=0.01, longest=0.02, refused=600.0)
    with Wire(dovecot.port) as wire:
        async with mailbox(desk, user, wire.port, password="wrong", delays=delays) as box:
            await until(lambda: wire.connections == 5, "five tries")
            await asyncio.sleep(1)
            assert wire.connections == 5
            assert box.source().trouble


async def test_more_than_one_page(dovecot: Dovecot, desk: Desk, user: str) -> None:
    sent = [mail(str(number)) for number in range(230)]
    dovecot.put(user, *sent)
    async with mailbox(desk, user, dovecot.port):
        await desk.has(*sent)
        await until(lambda: dovecot.count(user) == 0, "all to be put away")


@pytest.mark.covers("E75", "bad:mail-over-the-limit-in-a-mailbox")
@pytest.mark.parametrize("after", ["move", "seen", "delete"])
async def test_of_a_mail_over_the_limit_the_beginning_is_taken_and_all_is_kept(
    dovecot: Dovecot, desk: Desk, user: str, after: str
) -> None:
    large, small = mail(text="large\r\n" * 60_000), mail("Small")
    dovecot.put(user, large, small)
    folder = "INBOX" if after == "seen" else "Firstline"
    async with mailbox(desk, user, dovecot.port, after=after) as box:
        await desk.has(large[:BEGINNING], small)
        assert sorted(desk.sizes, key=str) == [len(large), None]
        await until(lambda: dovecot.count(user, "FLAGGED", folder) == 1, "the large one to be kept, and marked")
        await until(lambda: dovecot.count(user, "UNSEEN" if after == "seen" else "ALL") == 0, "both to be put away")
        assert not box.source().kept
    assert dovecot.read(user, "FLAGGED", folder) == large


@pytest.mark.covers("E86", "bad:mailbox-password")
async def test_a_wrong_password_is_named_and_tried_less_often(dovecot: Dovecot, desk: Desk, user: str) -> None:
    async with mailbox(desk, user, dovecot.port, password="wrong") as box:
        await until(lambda: box.source().trouble, "somebody to be told")
        assert box.source().trouble.startswith("email.mailbox.username, password: ")
        assert user in box.source().name
    assert [Delays().after(n, refused=True) for n in (1, 2, 3, 4, 5, 9)] == [1, 2, 4, 8, 600, 600]
    assert [Delays().after(n, refused=False) for n in (1, 5, 7, 50)] == [1, 16, 60, 60]


@pytest.mark.covers("bad:mailbox-certificate")
@pytest.mark.parametrize("tls", ["starttls", "tls"])
async def test_a_certificate_that_is_not_accepted_is_named(dovecot: Dovecot, desk: Desk, user: str, tls: str) -> None:
    dovecot.put(user, mail())
    port = dovecot.tls_port if tls == "tls" else dovecot.port
    async with mailbox(desk, user, port, tls=tls) as box:
        await until(lambda: box.source().trouble, "somebody to be told")
        assert "email.mailbox.host, tls_ca: the certificate" in box.source().trouble
    assert not desk.taken
    assert dovecot.count(user) == 1


@pytest.mark.covers("bad:mailbox-deleted")
async def test_a_folder_that_is_gone_is_named_and_its_return_noticed(dovecot: Dovecot, desk: Desk, user: str) -> None:
    async with mailbox(desk, user, dovecot.port, folder="Help") as box:
        await until(lambda: box.source().trouble, "somebody to be told")
        assert box.source().trouble.startswith("email.mailbox.folder: 'Help' cannot be opened")
        with dovecot.session(user) as client:
            client.create("Help")
        sent = mail()
        dovecot.put(user, sent, folder="Help")
        await desk.has(sent)
        await until(lambda: not box.source().trouble, "the trouble to be over")


@pytest.mark.covers("bad:mailbox-deleted")
async def test_a_folder_that_is_deleted_while_it_is_watched(dovecot: Dovecot, desk: Desk, user: str) -> None:
    first, second = mail("First"), mail("Second")
    dovecot.put(user, first, folder="Help")
    async with mailbox(desk, user, dovecot.port, folder="Help", poll=1.0) as box:
        await desk.has(first)
        with dovecot.session(user) as client:
            client.delete("Help")
        await until(lambda: box.source().trouble, "somebody to be told")
        assert box.source().trouble.startswith("email.mailbox.folder: 'Help' cannot be opened")
        dovecot.put(user, second, folder="Help")
        await desk.has(first, second)
        await until(lambda: not box.source().trouble, "the trouble to be over")


@pytest.mark.covers("bad:mailbox-certificate")
async def test_a_certificate_of_another_name_is_named(dovecot: Dovecot, desk: Desk, user: str) -> None:
    async with mailbox(desk, user, dovecot.tls_port, tls="tls", tls_ca=str(CERTIFICATE), host="127.1") as box:
        await until(lambda: box.source().trouble, "somebody to be told")
        assert "the certificate of 127.1 is not accepted" in box.source().trouble
        assert "not valid for '127.1'" in box.source().trouble


@pytest.mark.covers("must:mailbox-away")
async def test_a_server_that_goes_away_and_comes_back(own_dovecot: Dovecot, desk: Desk, user: str) -> None:
    first, second = mail("First"), mail("Second")
    own_dovecot.put(user, first)
    async with mailbox(desk, user, own_dovecot.port) as box:
        await desk.has(first)
        own_dovecot.stop()
        await until(lambda: box.source().trouble, "somebody to be told")
        own_dovecot.start()
        own_dovecot.put(user, second)
        await desk.has(first, second)


@pytest.mark.covers("must:mailbox-away")
async def test_a_server_that_is_away_for_ten_minutes_at_400_times_the_speed(
    own_dovecot: Dovecot, desk: Desk, user: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Every wait is that of `Delays`, divided by 400; the server is away for a second and a half."""
    lapse, first, second = 400, mail("First"), mail("Second")
    usual = Delays()
    delays = Delays(first=usual.first / lapse, longest=usual.longest / lapse)
    own_dovecot.put(user, first)
    async with mailbox(desk, user, own_dovecot.port, delays=delays) as box:
        await desk.has(first)
        own_dovecot.stop()
        await asyncio.sleep(600 / lapse)
        assert box.source().trouble.startswith("email.mailbox.host: 127.0.0.1:")
        tries = len([record for record in caplog.records if "cannot be reached" in record.message])
        assert tries >= 5, "1, 2, 4 … 32 seconds, then once a minute"
        own_dovecot.start()
        own_dovecot.put(user, second)
        await desk.has(first, second)
        await until(lambda: not box.source().trouble, "the trouble to be over")


@pytest.mark.covers("must:mailbox-cut-off")
async def test_a_connection_cut_off_in_the_middle_of_a_mail(dovecot: Dovecot, desk: Desk, user: str) -> None:
    sent = [mail("Long", "line\r\n" * 20_000), mail("Short")]
    dovecot.put(user, *sent)
    with Wire(dovecot.port) as wire:
        wire.cut_after = 40_000
        async with mailbox(desk, user, wire.port):
            await until(lambda: wire.connections >= 2, "another try")
            wire.cut_after = 0
            await desk.has(*sent)
        assert dovecot.count(user, folder="Firstline") == 2


async def test_a_mail_that_breaks_every_connection_keeps_nobody_out(dovecot: Dovecot, desk: Desk, user: str) -> None:
    sent = [mail("One"), mail("Two")]
    dovecot.put(user, sent[0], mail("Poison", "POISON"), sent[1])
    with Wire(dovecot.port) as wire:
        wire.poison = b"POISON"
        async with mailbox(desk, user, wire.port) as box:
            await desk.has(*sent)
            await until(lambda: "UID 2 cannot be taken in" in box.source().kept, "somebody to be told")
    assert dovecot.count(user) == 1


async def test_a_mail_that_breaks_the_desk_keeps_nobody_out(dovecot: Dovecot, desk: Desk, user: str) -> None:
    desk.breaks_on = b"POISON"
    sent = [mail("One"), mail("Two")]
    dovecot.put(user, sent[0], mail("POISON"), sent[1])
    async with mailbox(desk, user, dovecot.port) as box:
        await desk.has(*sent)
        await until(lambda: "KeyError" in box.source().kept, "somebody to be told")
        assert dovecot.count(user) == 1


async def test_a_reset_while_idle_is_noticed_and_does_not_spin(dovecot: Dovecot, desk: Desk, user: str) -> None:
    with Wire(dovecot.port) as wire:
        async with mailbox(desk, user, wire.port) as box:
            await until(lambda: box.source().reached, "the mailbox to be reached")
            await asyncio.sleep(0.3)
            wire.reset()
            await until(lambda: wire.connections == 2, "another connection")
            sent = mail()
            dovecot.put(user, sent)
            await desk.has(sent)
            await asyncio.sleep(1)
            assert wire.connections == 2


async def test_a_mailbox_that_another_process_reads_is_left_to_it(dovecot: Dovecot, desk: Desk, user: str) -> None:
    first, second, third = mail("First"), mail("Second"), mail("Third")
    ours: set[str] = set()
    dovecot.put(user, first)
    with Wire(dovecot.port) as wire:
        async with mailbox(desk, user, wire.port, is_ours=ours.__contains__, poll=1.0) as box:
            await asyncio.sleep(0.3)
            assert (wire.connections, box.source().reached, box.source().trouble) == (0, False, "")
            ours.add(f"{user}@127.0.0.1")
            await desk.has(first)
            ours.clear()
            await until(lambda: not box.source().reached, "it to be left to others")
            dovecot.put(user, second)
            await asyncio.sleep(0.3)
            assert desk.taken == [first]
            ours.add(f"{user}@127.0.0.1")
            dovecot.put(user, third)
            await desk.has(first, second, third)


async def test_without_room_the_mail_stays_where_it_is(dovecot: Dovecot, desk: Desk, user: str) -> None:
    desk.full = 3
    sent = [mail("One"), mail("Two")]
    dovecot.put(user, *sent)
    async with mailbox(desk, user, dovecot.port):
        await until(lambda: desk.full < 2, "the first tries")
        assert dovecot.count(user, folder="Firstline") == 0
        await desk.has(*sent)


async def test_what_cannot_be_put_away_keeps_nobody_out(dovecot: Dovecot, desk: Desk, user: str) -> None:
    first, second = mail("First"), mail("Second")
    async with mailbox(desk, user, dovecot.port, move_to="Done", poll=1.0) as box:
        await until(lambda: box.source().reached, "the mailbox to be reached")
        with dovecot.session(user) as client:
            client.delete("Done")
        dovecot.put(user, first)
        await until(lambda: "email.mailbox.after: 1 mails are taken in" in box.source().trouble, "somebody to be told")
        dovecot.put(user, second)
        await desk.has(first, second)
        with dovecot.session(user) as client:
            client.create("Done")
        await until(lambda: dovecot.count(user, folder="Done") == 2, "both to be put away")
        await until(lambda: not box.source().trouble, "the trouble to be over")


async def test_another_uidvalidity_is_no_other_mail(own_dovecot: Dovecot, desk: Desk, user: str) -> None:
    """The key of a mail is made of its bytes, so the desk knows it again: see the scenario."""
    desk.breaks_on = b"POISON"
    kept, later = mail("POISON"), mail("Later")
    own_dovecot.put(user, kept)
    async with mailbox(desk, user, own_dovecot.port) as box:
        await until(lambda: box.source().kept, "one mail to be left")
        own_dovecot.stop()
        own_dovecot.start()
        own_dovecot.renumber(user)
        own_dovecot.put(user, later)
        await desk.has(later)


class Introspection:
    """Tells a mail server which tokens are good (RFC 7662), and whose: what an endpoint has given, of one user."""

    def __init__(self, endpoint: TokenEndpoint, user: str) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                active = form["token"][0] in endpoint.good
                body = json.dumps({"active": active, "username": user}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.mark.covers("must:mailbox-token-revoked")
async def test_a_token_that_is_revoked_is_renewed(desk: Desk, user: str) -> None:
    with (
        TokenEndpoint() as endpoint,
        Introspection(endpoint, user) as introspection,
        dovecot_server.running(introspection=introspection.url) as server,
        Wire(server.port) as wire,
    ):
        oauth = OAuth(client_id="desk", client_secret=endpoint.client_secret, token_url=endpoint.url)
        first, second = mail("First"), mail("Second")
        server.put(user, first)
        async with mailbox(desk, user, wire.port, token=TokenSource(oauth).token, auth="xoauth2", password="") as box:
            await desk.has(first)
            endpoint.good.clear()
            wire.reset()
            server.put(user, second)
            await desk.has(first, second)
            assert (len(endpoint.asked), box.source().trouble) == (2, "")


@pytest.mark.covers("bad:expired-token")
async def test_an_expired_consent_is_named_and_what_waits_is_taken_when_it_is_renewed(desk: Desk, user: str) -> None:
    with (
        TokenEndpoint(refresh_token="of tomorrow") as endpoint,
        Introspection(endpoint, user) as introspection,
        dovecot_server.running(introspection=introspection.url) as server,
    ):
        oauth = OAuth(
            client_id="desk", client_secret=endpoint.client_secret, refresh_token="of today", token_url=endpoint.url
        )
        sent = mail()
        server.put(user, sent)
        token = TokenSource(oauth).token
        async with mailbox(desk, user, server.port, token=token, auth="xoauth2", password="") as box:
            await until(lambda: box.source().trouble, "somebody to be told")
            assert "email.oauth.refresh_token" in box.source().trouble
            assert "Token has been expired or revoked" in box.source().trouble
            assert user in box.source().name
            assert desk.taken == []
            endpoint.refresh_token = "of today"
            await desk.has(sent)
            await until(lambda: not box.source().trouble, "the trouble to be over")


async def test_a_provider_that_gives_no_token_is_named(dovecot: Dovecot, desk: Desk, user: str) -> None:
    with TokenEndpoint() as endpoint:
        oauth = OAuth(client_id="desk", client_secret="wrong", token_url=endpoint.url)
        token = TokenSource(oauth).token
        async with mailbox(desk, user, dovecot.port, token=token, auth="xoauth2", password="") as box:
            await until(lambda: box.source().trouble, "somebody to be told")
            assert "email.oauth.client_secret" in box.source().trouble


def test_a_mailbox_is_looked_at(dovecot: Dovecot, user: str) -> None:
    dovecot.put(user, mail())
    given: dict[str, Any] = {"host": "127.0.0.1", "port": dovecot.port, "tls": "none", "username": user}
    given["password"] = PASSWORD
    good = look(MailboxSettings(**given), None)
    assert (good.state, good.said) == ("good", f"logged in to {user}@127.0.0.1: 1 mails wait")
    bad = look(MailboxSettings(**{**given, "password": "wrong"}), None)
    assert bad.state == "bad"
    assert "email.mailbox.username, password: " in bad.said
    assert dovecot.count(user, "UNSEEN") == 1


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"host": ""}, "email.mailbox.host must be the name of a mail server"),
        ({"username": ""}, "email.mailbox.username must be"),
        ({"password": ""}, "email.mailbox.password must be"),
        ({"auth": "xoauth2"}, "email.mailbox.password must be left out"),
        ({"port": 70000}, "email.mailbox.port must be"),
        ({"tls": "none", "host": "imap.example.org"}, "email.mailbox.tls must be tls or starttls, unless"),
        ({"folder": ""}, "email.mailbox.folder must be"),
        ({"move_to": "INBOX"}, "email.mailbox.move_to must be another folder"),
        ({"move_to": "", "after": "delete"}, "email.mailbox.move_to must be another folder"),
        ({"poll": 0.5}, f"email.mailbox.poll must be 1 to {LONGEST_IDLE} seconds"),
        ({"timeout": 0.0}, "email.mailbox.timeout must be"),
        ({"expect_every": -1.0}, "email.mailbox.expect_every must be"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_wrong_settings_are_named(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        MailboxSettings(**{"host": "imap.example.org", "username": "help", "password": "x", **wrong})


def test_a_mailbox_has_a_name_for_people() -> None:
    plain = MailboxSettings(host="imap.example.org", username="help", password="hush")
    assert (plain.name, plain.port) == ("help@imap.example.org", 993)
    other = MailboxSettings(host="h", username="help@example.org", password="hush", tls="starttls", folder="Help/In")
    assert (other.name, other.port) == ("help@example.org/Help/In", 143)
    assert "hush" not in repr(plain)
