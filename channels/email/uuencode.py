"""Files in the running text between `begin 644 name` and `end`, as mail had them before MIME (E64)."""

import binascii
import re
from collections.abc import Iterator
from typing import NamedTuple

_BEGIN = re.compile(rb"^begin(?:-base64)? [0-7]{3,4} ([^\r\n]{1,200}?)[ \t]*\r?\n", re.MULTILINE)
_MOST = 100


class EncodedFile(NamedTuple):
    """A file and where it stood in the text."""

    name: str
    content: bytes
    start: int
    end: int


def files(text: bytes) -> list[EncodedFile]:
    """The uuencoded files in `text`; a `begin` that no encoded line follows is ordinary text."""
    if b"begin" not in text:
        return []
    found: list[EncodedFile] = []
    position = 0
    while len(found) < _MOST and (match := _BEGIN.search(text, position)):
        decoded = _lines(text, match.end())
        position = match.end()
        if decoded:
            content, position = decoded
            found.append(EncodedFile(match[1].decode("utf-8", "replace"), content, match.start(), position))
    return found


def without(text: bytes, found: list[EncodedFile]) -> bytes:
    """`text` with those files cut out."""
    pieces: list[bytes] = []
    position = 0
    for file in found:
        pieces.append(text[position : file.start])
        position = file.end
    return b"".join((*pieces, text[position:]))


def _lines(text: bytes, start: int) -> tuple[bytes, int] | None:
    """The content of the lines from `start` to `end`, and where it stops; None where they are not encoded."""
    pieces: list[bytes] = []
    position = start
    for line, line_end in _each_line(text, start):
        bare = line.rstrip(b"\r\n")
        if bare.strip() == b"end":
            return (b"".join(pieces), line_end) if pieces else None
        piece = _decoded(bare)
        if piece is None:
            return None
        if piece:
            pieces.append(piece)
        position = line_end
    return (b"".join(pieces), position) if pieces else None  # cut off in the middle: what there is


def _each_line(text: bytes, start: int) -> Iterator[tuple[bytes, int]]:
    while start < len(text):
        end = text.find(b"\n", start)
        end = len(text) if end < 0 else end + 1
        yield text[start:end], end
        start = end


def _decoded(line: bytes) -> bytes | None:
    if not line.strip() or line[:1] == b"`":
        return b""
    length = (line[0] - 32) & 63
    expected = (length + 2) // 3 * 4
    if not 32 <= line[0] <= 96 or len(line) - 1 > expected + 3:
        return None
    try:
        return binascii.a2b_uu(line[: expected + 1])
    except binascii.Error:
        return None
