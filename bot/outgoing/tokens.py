"""Reply tokens: proof that a message answers one that we gave to this person on this ticket.

A token is 21 bytes in lower-case base32 (34 characters), because mail servers may change the case of an address:
ticket number (4), role and whether answers stay internal (1), person id (8) and the first 8 bytes of an HMAC-SHA256
over them under the desk's secret.
"""

import base64
import binascii
import hashlib
import hmac
import struct
from typing import Final

from msgspec import Struct

from channels.base import Role

_BODY: Final = struct.Struct(">IBQ")
_MAC_LENGTH: Final = 8
_ROLES: Final = tuple(Role)
_INTERNAL: Final = 0x80


TOKEN_LENGTH: Final = 34


class Claim(Struct, frozen=True):
    """What a genuine token says. `internal`: it was given with a note, and an answer to that is one too (E40)."""

    ticket: int
    role: Role
    person: int
    internal: bool = False


class Signer:
    """Makes and checks tokens under one secret."""

    def __init__(self, secret: str) -> None:
        self._key = hashlib.sha256(secret.encode()).digest()

    def sign(self, claim: Claim) -> str:
        """The token for `claim`: 34 characters of a-z and 2-7."""
        role = _ROLES.index(claim.role) | (_INTERNAL if claim.internal else 0)
        body = _BODY.pack(claim.ticket, role, claim.person)
        return _written(body + self._mac(body))

    def verify(self, token: str) -> Claim | None:
        """What the token says, or None if we did not make it."""
        try:
            data = base64.b32decode(token.upper() + "=" * (-len(token) % 8))
        except (binascii.Error, ValueError):
            return None
        body, mac = data[: _BODY.size], data[_BODY.size :]
        if _written(data) != token.lower():  # its last character has two bits to spare
            return None
        if len(body) != _BODY.size or not hmac.compare_digest(mac, self._mac(body)):
            return None
        ticket, role, person = _BODY.unpack(body)
        return Claim(ticket, _ROLES[role & ~_INTERNAL], person, bool(role & _INTERNAL))

    def link(self, token: str, key: str) -> str:
        """What stands in the links of the message sent under `key`, which has this token: 42 characters of a-z and 2-7.

        A token is in every mail on a ticket and in the addresses of its answers; a link answers one question only.
        """
        return token + self.code(f"link {token} {key}")

    def is_link(self, link: str, token: str, key: str) -> bool:
        """Whether it is that link, whatever the case of its letters."""
        return hmac.compare_digest(link.lower().encode("utf-8", "replace"), self.link(token, key).encode())

    def code(self, of: str) -> str:
        """Eight characters of a-z and 2-7 that nobody else can make for the same text."""
        return _written(hmac.digest(self._key, of.encode("utf-8", "replace"), "sha256")[:5])

    def fingerprint(self, of: str) -> str:
        """What tells one text from others, and says nothing of it to whoever has not the secret: 64 hex digits."""
        return hmac.digest(self._key, b"fingerprint " + of.encode("utf-8", "replace"), "sha256").hex()

    def _mac(self, body: bytes) -> bytes:
        return hmac.digest(self._key, body, "sha256")[:_MAC_LENGTH]


def _written(data: bytes) -> str:
    return base64.b32encode(data).decode().rstrip("=").lower()
