import asyncio
import pickle
import smtplib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from channels.base import Address, Channel, Envelope, Outgoing, PermanentFailure, Raw, Role, TemporaryFailure
from channels.email.channel import EmailChannel
from channels.email.config import EmailSettings, Relay, SmtpListen
from tests.support.sink import Sink

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TOKEN = "abcdefghijklmnopqrstuvwxyz234567ab"
ANSWER = Outgoing(body="It is **repaired**.", subject="Re: Printer")


def envelope(**changes: Any) -> Envelope:
    table: dict[str, Any] = {
        "key": "answer:7",
        "to": Address("anna@example.com", "Anna"),
        "role": Role.REQUESTER,
        "sent_at": NOW,
        "token": TOKEN,
        "ticket": 42,
        "references": ("1@example.com",),
    }
    return Envelope(**table | changes)


def channel(tmp_path: Path, **changes: Any) -> EmailChannel:
    table = {"addresses": ("help@example.org",), "outgoing": str(tmp_path / "outgoing"), **changes}
    return EmailChannel(EmailSettings(**table))


@asynccontextmanager
async def listening(channel: EmailChannel, taken: list[Raw]) -> AsyncIterator[tuple[str, int]]:
    async def take(raw: Raw) -> bool:
        taken.append(raw)
        return True

    task = asyncio.ensure_future(channel.listen(take))
    await channel.ready.wait()
    host, port = channel.bound["smtp"].split(":")
    try:
        yield host, int(port)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def send(host: str, port: int, message: bytes) -> None:
    with smtplib.SMTP(host, port) as smtp:
        smtp.sendmail("anna@example.com", ["help@example.org"], message)


async def test_what_is_heard_can_be_read(tmp_path: Path) -> None:
    taken: list[Raw] = []
    port: Channel = (mail := channel(tmp_path, smtp=SmtpListen(port=0)))
    message = b"From: Anna <anna@example.com>\r\nMessage-ID: <1@example.com>\r\nSubject: Printer\r\n\r\nIt smokes.\r\n"
    async with listening(mail, taken) as address:
        assert mail.places() == [
            f"mail for help@example.org comes in on 127.0.0.1:{address[1]} (SMTP)",
            f"mail goes out to the Maildir {tmp_path}/outgoing",
        ]
        await asyncio.to_thread(send, *address, message)
    incoming = pickle.loads(pickle.dumps(port.parse))(taken[0])  # noqa: S301  (our own)
    assert (incoming.sender, incoming.subject) == (Address("anna@example.com", "Anna"), "Printer")
    assert (incoming.external_id, incoming.reply.strip()) == ("1@example.com", "It smokes.")


async def test_an_answer_is_found_to_be_ours_when_it_is_answered(tmp_path: Path) -> None:
    mail = channel(tmp_path)
    receipt = await mail.deliver(mail.render(ANSWER, envelope()), envelope())
    reply = (
        f"From: anna@example.com\r\nTo: help@example.org\r\nMessage-ID: <2@example.com>\r\n"
        f"In-Reply-To: <{receipt.external_id}>\r\nSubject: Re: Re: Printer [#42]\r\n\r\nThanks\r\n"
    )
    raw = Raw(channel="email", key="k", lane="l", payload=reply.encode(), received_at=NOW)
    assert mail.parse(raw).tokens == (TOKEN,)


async def test_without_a_relay_mail_goes_into_the_maildir(tmp_path: Path) -> None:
    mail = channel(tmp_path)
    assert await mail.find(envelope()) is None
    rendered = mail.render(ANSWER, envelope())
    receipt = await mail.deliver(rendered, envelope())
    assert (await mail.deliver(rendered, envelope())) == receipt == await mail.find(envelope())
    (path,) = (tmp_path / "outgoing" / "new").iterdir()
    assert path.read_bytes() == rendered
    assert receipt.external_id.encode() in rendered
    await mail.close()


async def test_a_maildir_that_cannot_be_written_names_its_setting(tmp_path: Path) -> None:
    (tmp_path / "outgoing").touch()
    mail = channel(tmp_path)
    with pytest.raises(TemporaryFailure, match=r"email.outgoing: .* cannot be written"):
        await mail.deliver(b"x", envelope())


async def test_with_a_relay_mail_goes_there_and_to_one_recipient_only(tmp_path: Path) -> None:
    with Sink() as sink:
        mail = channel(tmp_path, relay=Relay(host="localhost", port=sink.port, tls="none"))
        copies = envelope(copies=(Address("boss@example.com"),))
        receipt = await mail.deliver(mail.render(ANSWER, copies), copies)
        assert await mail.find(copies) is None
        assert mail.places() == [f"mail goes out to the relay localhost:{sink.port}"]
        await mail.close()
    (received,) = sink.messages
    assert received.sender == f"help+{TOKEN}@example.org"
    assert received.recipients == ["anna@example.com"]
    assert received.message["Cc"] == "boss@example.com"
    assert (received.message_id, receipt.detail) == (receipt.external_id, "250 2.0.0 Kept")


@pytest.mark.parametrize("address", ["", "anna", "anna@", "@example.com", "\r\n"])
async def test_what_is_no_address_cannot_be_written_to(tmp_path: Path, address: str) -> None:
    mail = channel(tmp_path)
    with pytest.raises(PermanentFailure, match="is not a mail address"):
        await mail.deliver(b"x", envelope(to=Address(address)))


async def test_a_port_in_use_ends_listening_with_one_clear_error(tmp_path: Path) -> None:
    taken: list[Raw] = []
    async with listening(channel(tmp_path, smtp=SmtpListen(port=0)), taken) as (_, port):
        other = channel(tmp_path, smtp=SmtpListen(port=port))
        with pytest.raises(OSError, match=r"^email.smtp.port: "):
            await other.listen(lambda _: asyncio.sleep(0, result=True))
        assert not other.ready.is_set()
