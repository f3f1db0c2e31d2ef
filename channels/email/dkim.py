"""DKIM signatures on what goes out (RFC 6376), so that receivers can tell our mail from mail under our name."""

from functools import partial
from pathlib import Path
from typing import Final

import dkim
from dkim.crypto import UnparsableKeyError, parse_pem_private_key

from channels.email.config import Dkim, ascii_domain

SHORTEST_KEY: Final = 1024
"""Bits; receivers ignore signatures with less (RFC 8301 section 3.2)."""

OVERSIGNED: Final = (
    b"from",
    b"to",
    b"cc",
    b"subject",
    b"date",
    b"message-id",
    b"reply-to",
    b"in-reply-to",
    b"references",
    b"mime-version",
    b"content-type",
)
"""What a reader sees or a program acts on: signed once more than it is there: none can be added (RFC 6376 8.15)."""
SIGNED: Final = (
    b"content-transfer-encoding",
    b"content-language",
    b"auto-submitted",
    b"x-auto-response-suppress",
    b"x-firstline-loop",
)
"""Signed as often as they are there."""


class DkimKey:
    """The private key, read and checked once. Raises OSError that names the setting if it cannot be used."""

    def __init__(self, settings: Dkim, domain: str) -> None:
        self._selector = settings.selector.encode()
        self._domain = ascii_domain(settings.domain or domain).encode()
        self._pem = _read(settings.key_file)

    def sign(self, mail: bytes) -> bytes:
        """`mail` with a DKIM-Signature in front: relaxed/relaxed, RSA with SHA-256."""
        there = {line.partition(b":")[0].strip().lower() for line in _header_lines(mail)}
        names = [name for name in (*OVERSIGNED, *SIGNED) if name in there]
        signature: bytes = dkim.sign(
            mail,
            self._selector,
            self._domain,
            self._pem,
            canonicalize=(b"relaxed", b"relaxed"),
            include_headers=[*names, *OVERSIGNED],
        )
        return signature + mail


def _header_lines(mail: bytes) -> list[bytes]:
    """The first line of each header field."""
    header = mail.partition(b"\r\n\r\n")[0]
    return [line for line in header.split(b"\r\n") if line[:1] not in {b" ", b"\t"}]


def _read(path: str) -> bytes:
    unusable = partial(_unusable, path)
    try:
        pem = Path(path).read_bytes().replace(b"\r\n", b"\n")
    except OSError as error:
        raise unusable(f"cannot be read: {error.strerror}") from error
    try:
        bits = parse_pem_private_key(pem)["modulus"].bit_length()
    except (UnparsableKeyError, ValueError, KeyError, IndexError, TypeError) as error:
        raise unusable("holds no RSA private key in PEM without a password") from error
    if bits < SHORTEST_KEY:
        raise unusable(f"has {bits} bits, which receivers ignore; make one of 2048")
    return pem


def _unusable(path: str, why: str) -> OSError:
    return OSError(f"email.dkim.key_file: {path} {why}")
