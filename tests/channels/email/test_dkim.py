"""DKIM signatures, verified by the library's own verifier with a DNS of the test's."""

import re
import subprocess
from pathlib import Path

import dkim
import pytest

from channels.base import Address, Envelope, Outgoing, Role
from channels.email.channel import EmailChannel
from channels.email.config import Dkim, EmailSettings, Relay
from channels.email.dkim import OVERSIGNED, DkimKey
from tests.channels.email.test_channel import envelope
from tests.support.sink import Sink


@pytest.fixture(scope="module")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("dkim") / "dkim.pem"
    subprocess.run(["openssl", "genrsa", "-out", path, "2048"], check=True, capture_output=True)  # noqa: S607
    return path


@pytest.fixture(scope="module")
def record(key_file: Path) -> bytes:
    """What stands in the DNS."""
    command = ["openssl", "rsa", "-in", str(key_file), "-pubout"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return b"v=DKIM1; k=rsa; p=" + "".join(done.stdout.splitlines()[1:-1]).encode()


def verifies(mail: bytes, record: bytes, name: bytes = b"desk._domainkey.example.org.") -> bool:
    def dns(asked: bytes, timeout: int = 5) -> bytes:
        assert asked == name
        return record

    return bool(dkim.verify(mail, dnsfunc=dns))


def mail(**changes: object) -> tuple[Outgoing, Envelope]:
    text = "A line that has to be folded in its own way. " * 30 + "\n\n.\n\nÄöü\n\n\n"
    return Outgoing(body=text, subject="Re: Ärger mit dem Drucker " * 5), envelope(**changes)


async def sent(key_file: Path, **changes: object) -> bytes:
    outgoing, to = mail(**changes)
    with Sink() as sink:
        relay = Relay(host="127.0.0.1", port=sink.port, tls="none")
        signing = Dkim(selector="desk", key_file=str(key_file))
        channel = EmailChannel(EmailSettings(addresses=("help@example.org",), relay=relay, dkim=signing))
        await channel.deliver(channel.render(outgoing, to), to)
        await channel.close()
        return sink.messages[0].content


async def test_what_arrives_verifies(key_file: Path, record: bytes) -> None:
    received = await sent(key_file, copies=(Address("ben@example.com", "Ben"),))
    assert received.startswith(b"DKIM-Signature: ")
    assert verifies(received, record)
    assert not verifies(received.replace(b"Content-Language: en", b"Content-Language: de"), record)
    assert not verifies(received[:-20] + b"!" + received[-19:], record)


async def test_addresses_that_are_not_ascii_verify_too(key_file: Path, record: bytes) -> None:
    received = await sent(key_file, to=Address("jörg@example.com", "Jörg"), role=Role.DESK)
    assert verifies(received, record)


@pytest.mark.parametrize("name", [name.decode() for name in OVERSIGNED])
async def test_nothing_can_be_put_in_front(key_file: Path, record: bytes, name: str) -> None:
    received = await sent(key_file)
    assert not verifies(f"{name}: ceo@example.org\r\n".encode() + received, record)


async def test_what_a_server_adds_on_the_way_does_no_harm(key_file: Path, record: bytes) -> None:
    assert verifies(b"Received: from a by b; Thu, 01 Jan 2026 00:00:00 +0000\r\n" + await sent(key_file), record)


def test_it_signs_for_the_domain_that_is_set(key_file: Path, record: bytes) -> None:
    settings = Dkim(selector="desk", key_file=str(key_file), domain="müller.example")
    signed = DkimKey(settings, "example.org").sign(b"From: a@example.org\r\nX-Other: 1\r\n\r\nHello\r\n")
    assert verifies(signed, record, b"desk._domainkey.xn--mller-kva.example.")
    (signed_headers,) = re.findall(rb";h=([^;]+);", re.sub(rb"\s", b"", signed))
    assert b"x-other" not in signed_headers
    assert signed_headers.count(b"from") == 2


@pytest.mark.covers("bad:dkim-key")
@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "cannot be read: No such file"),
        ("", "holds no RSA private key"),
        ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "holds no RSA private key"),
        ("-----BEGIN PRIVATE KEY-----\n?\n-----END PRIVATE KEY-----\n", "holds no RSA private key"),
    ],
)
def test_a_key_that_cannot_be_used_is_one_line(tmp_path: Path, content: str | None, why: str) -> None:
    path = tmp_path / "key.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(OSError, match=rf"email\.dkim\.key_file: .*key\.pem {why}"):
        DkimKey(Dkim(selector="desk", key_file=str(path)), "example.org")


@pytest.mark.covers("bad:dkim-key")
@pytest.mark.parametrize(
    ("command", "why"),
    [
        (["genrsa", "-traditional", "512"], "has 512 bits, which receivers ignore"),
        (["genpkey", "-algorithm", "ed25519"], "holds no RSA private key"),
    ],
)
def test_a_key_of_another_kind_is_one_line(tmp_path: Path, command: list[str], why: str) -> None:
    path = tmp_path / "key.pem"
    done = subprocess.run(["openssl", *command], check=True, capture_output=True)  # noqa: S607
    path.write_bytes(done.stdout)
    with pytest.raises(OSError, match=why):
        DkimKey(Dkim(selector="desk", key_file=str(path)), "example.org")
