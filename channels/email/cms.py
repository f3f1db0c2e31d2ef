"""What a cryptographic message (RFC 5652) has signed. Nothing is verified, nothing decrypted.

Reads as much BER as that takes: definite and indefinite lengths, octet strings in pieces.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

TYPES: Final = frozenset(("application/pkcs7-mime", "application/x-pkcs7-mime"))
_SIGNED_DATA: Final = bytes.fromhex("2a864886f70d010702")
_DATA: Final = bytes.fromhex("2a864886f70d010701")
_OID: Final = 0x06
_OCTETS: Final = 0x04
_OCTETS_IN_PIECES: Final = 0x24
_EXPLICIT: Final = 0xA0
_DEEPEST: Final = 16
_MOST: Final = 100_000


class _Damaged(ValueError):
    pass


class _Element(NamedTuple):
    """One element: its tag, where its content lies, and where the next element begins."""

    tag: int
    start: int
    end: int
    after: int


def signed_content(data: bytes) -> bytes | None:
    """The content of signed data; None where it is something else (encrypted, for one), detached or damaged."""
    try:
        reader = _Reader(data)
        outer = reader.children(reader.element(0, len(data), 0))
        if reader.content(outer[0], _OID) != _SIGNED_DATA:
            return None
        signed = reader.children(reader.children(outer[1])[0])
        inner = reader.children(signed[2])
        if reader.content(inner[0], _OID) != _DATA or len(inner) < 2 or inner[1].tag != _EXPLICIT:
            return None
        return b"".join(reader.octets(reader.children(inner[1])[0], 0))
    except (_Damaged, IndexError):
        return None


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.left = _MOST

    def element(self, at: int, end: int, depth: int) -> _Element:
        """The element that begins at `at`. One of indefinite length (X.690 section 8.1.3.6) is read to find its end."""
        self.left -= 1
        if at + 2 > end or depth > _DEEPEST or self.left < 0 or self.data[at] & 0x1F == 0x1F:
            raise _Damaged
        tag, length, start = self.data[at], self.data[at + 1], at + 2
        if length == 0x80:
            return self._indefinite(tag, start, end, depth)
        if length > 0x80:
            count = length & 0x7F
            if count > 4 or start + count > end:
                raise _Damaged
            length = int.from_bytes(self.data[start : start + count], "big")
            start += count
        if start + length > end:
            raise _Damaged
        return _Element(tag, start, start + length, start + length)

    def _indefinite(self, tag: int, start: int, end: int, depth: int) -> _Element:
        at = start
        while self.data[at : at + 2] != b"\0\0":
            at = self.element(at, end, depth + 1).after
        return _Element(tag, start, at, at + 2)

    def children(self, parent: _Element) -> list[_Element]:
        """The first few elements inside another: no more than four are ever asked for."""
        found: list[_Element] = []
        at = parent.start
        while at < parent.end and len(found) < 4:
            found.append(self.element(at, parent.end, 1))
            at = found[-1].after
        return found

    def content(self, element: _Element, tag: int) -> bytes:
        if element.tag != tag:
            raise _Damaged
        return self.data[element.start : element.end]

    def octets(self, element: _Element, depth: int) -> Iterator[bytes]:
        if element.tag == _OCTETS:
            yield self.data[element.start : element.end]
        elif element.tag == _OCTETS_IN_PIECES and depth < _DEEPEST:
            at = element.start
            while at < element.end:
                piece = self.element(at, element.end, depth + 1)
                yield from self.octets(piece, depth + 1)
                at = piece.after
        else:
            raise _Damaged
