"""Signed mail shows what was signed; encrypted mail says that it is, and stays as a file."""

import base64
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.base import ENCRYPTED
from channels.email import cms
from channels.email.parse import Mail, MailParser

SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
ENVELOPED_DATA = bytes.fromhex("06092a864886f70d010703")
DATA = bytes.fromhex("06092a864886f70d010701")
NUMBER, EMPTY_SET = b"\x02\x01\x01", b"\x31\x00"
ENTITY = (
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    b"The scanner is broken.\r\n--b\r\nContent-Type: image/png; name=photo.png\r\n\r\nPNG\r\n--b--\r\n"
)


def definite(tag: int, *content: bytes) -> bytes:
    value = b"".join(content)
    return bytes((tag, 0x84)) + len(value).to_bytes(4, "big") + value


def short(tag: int, *content: bytes) -> bytes:
    value = b"".join(content)
    return bytes((tag, len(value))) + value if len(value) < 128 else definite(tag, value)


def indefinite(tag: int, *content: bytes) -> bytes:
    return bytes((tag, 0x80)) + b"".join(content) + b"\0\0"


def signed(octets: bytes, wrap: Callable[..., bytes] = definite, kind: bytes = SIGNED_DATA) -> bytes:
    inner = wrap(0x30, DATA, wrap(0xA0, octets))
    return wrap(0x30, kind, wrap(0xA0, wrap(0x30, NUMBER, EMPTY_SET, inner, EMPTY_SET)))


def mail(content: bytes, type_: str = "signed-data") -> Mail:
    head = (
        "From: Ada <ada@example.com>\nSubject: Scanner\nMIME-Version: 1.0\n"
        f"Content-Type: application/pkcs7-mime; smime-type={type_}; name=smime.p7m\n"
        "Content-Transfer-Encoding: base64\nContent-Disposition: attachment; filename=smime.p7m\n\n"
    )
    return MailParser().mail(head.encode() + base64.encodebytes(content))


@pytest.mark.covers("E79")
@pytest.mark.parametrize(
    "content",
    [
        signed(definite(0x04, ENTITY)),
        signed(short(0x04, ENTITY), short),
        signed(indefinite(0x24, definite(0x04, ENTITY[:50]), definite(0x04, ENTITY[50:])), indefinite),
        signed(definite(0x24, short(0x04, ENTITY[:100]), indefinite(0x24, short(0x04, ENTITY[100:])))),
    ],
)
def test_an_opaquely_signed_mail_is_what_was_signed(content: bytes) -> None:
    found = mail(content)
    assert found.text.strip() == "The scanner is broken."
    assert [(file.name, file.content) for file in found.attachments] == [("photo.png", b"PNG")]


@pytest.mark.covers("E79")
def test_signed_messages_inside_each_other_are_opened_so_far_only() -> None:
    content = ENTITY
    for _ in range(10):
        head = b"Content-Type: application/pkcs7-mime; name=smime.p7m\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        content = head + signed(definite(0x04, content))
    found = MailParser().mail(b"From: Ada <ada@example.com>\r\n" + content)
    assert [file.name for file in found.attachments] == ["smime.p7m"]


@pytest.mark.covers("E79")
@pytest.mark.parametrize(
    "content", [signed(b"", kind=ENVELOPED_DATA), signed(b""), b"broken", signed(definite(0x04, ENTITY))[:-300]]
)
def test_what_cannot_be_opened_says_so_and_stays_a_file(content: bytes) -> None:
    found = mail(content, "enveloped-data")
    assert found.text == ENCRYPTED
    assert [(file.name, file.content) for file in found.attachments] == [("smime.p7m", content)]
    assert found.language is None


@pytest.mark.covers("E79")
def test_a_mail_encrypted_with_pgp_says_so() -> None:
    found = MailParser().mail(
        b"From: Ada <ada@example.com>\nSubject: ...\nMIME-Version: 1.0\n"
        b'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b\n\n'
        b"--b\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n"
        b"--b\nContent-Type: application/octet-stream; name=encrypted.asc\n\n-----BEGIN PGP MESSAGE-----\n--b--\n"
    )
    assert found.text == ENCRYPTED
    assert "encrypted.asc" in [file.name for file in found.attachments]


@pytest.mark.covers("E79")
def test_clear_signed_text_is_shown_without_its_armour() -> None:
    found = MailParser().mail(
        b"From: Ada <ada@example.com>\n\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nIt is broken.\n\n"
        b"-----BEGIN PGP SIGNATURE-----\n\niQIzBAEBCgAdFiEE\n=abcd\n-----END PGP SIGNATURE-----\n"
    )
    assert found.reply == "It is broken."


@given(st.binary(max_size=300), st.integers(0, 200))
def test_no_bytes_raise(noise: bytes, at: int) -> None:
    whole = signed(definite(0x04, b"words"))
    cms.signed_content(whole[:at] + noise + whole[at + len(noise) :])
    cms.signed_content(b"\x30\x80" * len(noise) + noise)
