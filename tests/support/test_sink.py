"""The sink refuses what real mail servers refuse; else a scenario would pass with mail that nobody takes."""

import smtplib
import socket
from collections.abc import Iterator

import pytest

from tests.support.sink import Sink

HEADER = b"Date: Thu, 01 Jan 2026 00:00:00 +0000\r\nFrom: a@example.org\r\nMessage-ID: <1@example.org>\r\n"
MAIL = HEADER + b"\r\nbody\r\n"


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as sink:
        yield sink


def converse(sink: Sink, *lines: bytes) -> list[str]:
    """What the sink says to each of these, begun with its greeting."""
    with socket.create_connection(("127.0.0.1", sink.port), timeout=5) as wire, wire.makefile("rb") as replies:
        said: list[str] = []
        for line in (b"", *lines):
            wire.sendall(line)
            reply = replies.readline()
            while reply[3:4] == b"-":
                reply = replies.readline()
            said.append(reply.decode().rstrip())
        return said


ENVELOPE = (b"EHLO x\r\n", b"MAIL FROM:<a@example.org>\r\n", b"RCPT TO:<b@example.com>\r\n", b"DATA\r\n")


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"Subject: x\r\n\r\nbody\r\n", "550 5.7.1 A message has one date header"),
        (HEADER + HEADER + b"\r\nbody\r\n", "550 5.7.1 A message has one date header"),
        (HEADER + b"\r\n" + b"x" * 999 + b"\r\n", "554 5.6.0"),
        (HEADER + b"\r\na\nb\r\n", "550 5.6.11"),
        (HEADER + "\r\nü\r\n".encode(), "554 5.6.1"),
        (MAIL, "250"),
    ],
)
def test_it_refuses_what_is_no_proper_message(sink: Sink, content: bytes, refusal: str) -> None:
    assert converse(sink, *ENVELOPE, content + b".\r\n")[-1].startswith(refusal)
    assert len(sink.messages) == (refusal == "250")


@pytest.mark.parametrize(
    ("lines", "refusal"),
    [
        ([b"EHLO x\n"], "500 5.5.2"),
        ([b"MAIL FROM:<a@example.org>\r\n"], "503"),
        ([b"EHLO x\r\n", b"MAIL FROM: a@example.org\r\n"], "501"),
        ([b"EHLO x\r\n", b"MAIL FROM:<a@example.org> RET=HDRS\r\n"], "555"),
        ([b"EHLO x\r\n", "MAIL FROM:<ü@example.org>\r\n".encode()], "553 5.6.7"),
        ([b"EHLO x\r\n", b"RCPT TO:<b@example.com>\r\n"], "503"),
        ([*ENVELOPE[:2], b"RCPT TO:<b>\r\n"], "501"),
        ([*ENVELOPE[:2], "RCPT TO:<ü@example.com>\r\n".encode()], "553 5.6.7"),
        ([*ENVELOPE[:2], b"DATA\r\n"], "554"),
        ([b"XYZ\r\n"], "500"),
    ],
)
def test_it_refuses_what_is_no_proper_conversation(sink: Sink, lines: list[bytes], refusal: str) -> None:
    assert converse(sink, *lines)[-1].startswith(refusal)


def test_eight_bits_in_a_header_need_smtputf8(sink: Sink) -> None:
    mail_from = b"MAIL FROM:<a@example.org> BODY=8BITMIME\r\n"
    content = HEADER + "Subject: ü\r\n\r\nü\r\n.\r\n".encode()
    assert converse(sink, ENVELOPE[0], mail_from, *ENVELOPE[2:], content)[-1].startswith("554 5.6.7")
    assert converse(sink, ENVELOPE[0], mail_from[:-2] + b" SMTPUTF8\r\n", *ENVELOPE[2:], content)[-1].startswith("250")


def test_it_keeps_what_it_took(sink: Sink) -> None:
    with smtplib.SMTP("127.0.0.1", sink.port) as client:
        client.sendmail("a@example.org", ["b@example.com", "c@example.com"], MAIL + b".dot\r\n")
    (received,) = sink.wait_for(1)
    assert (received.sender, received.recipients) == ("a@example.org", ["b@example.com", "c@example.com"])
    assert received.content == MAIL + b".dot\r\n"
    assert sink.counts() == {"1@example.org": 1}
    with pytest.raises(AssertionError, match="1 of 2 messages"):
        sink.wait_for(2, seconds=0.01)


def test_it_logs_in_both_ways() -> None:
    with Sink(users={"desk": "s3cret"}) as sink:
        for method in ("auth_login", "auth_plain"):
            with smtplib.SMTP("127.0.0.1", sink.port) as client:
                client.ehlo()
                client.user, client.password = "desk", "s3cret"
                client.auth(method.removeprefix("auth_").upper(), getattr(client, method))
                client.sendmail("a@example.org", ["b@example.com"], MAIL)
    assert [received.user for received in sink.messages] == ["desk", "desk"]


def test_it_refuses_everybody_when_told_so(sink: Sink) -> None:
    sink.refuse["*"] = "450 4.3.2 Later"
    assert converse(sink, *ENVELOPE[:3])[-1] == "450 4.3.2 Later"
