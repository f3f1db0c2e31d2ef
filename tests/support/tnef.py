"""Writes winmail.dat as Outlook does (MS-OXTNEF), as far as the tests need it."""

import struct
from collections.abc import Iterable

from channels.email import rtf

BODY = 0x0002800C
CODE_PAGE = 0x00069007
MESSAGE_PROPERTIES = 0x00069003
FILE_BEGINS = 0x00069002
FILE_TITLE = 0x00018010
FILE_DATA = 0x0006800F
FILE_PROPERTIES = 0x00069005
PLAIN, RTF, HTML, INTERNET_CODE_PAGE = 0x1000, 0x1009, 0x1013, 0x3FDE
DATA, SHORT_NAME, LONG_NAME, MEDIA_TYPE, CONTENT_ID = 0x3701, 0x3704, 0x3707, 0x370E, 0x3712
STRING, UNICODE, BINARY, OBJECT, NUMBER, TIME, MOMENTS = 0x1E, 0x1F, 0x102, 0x0D, 0x03, 0x40, 0x1040


def attribute(level: int, name: int, value: bytes) -> bytes:
    return struct.pack("<BII", level, name, len(value)) + value + struct.pack("<H", sum(value) & 0xFFFF)


def property_(kind: int, name: int, value: bytes | str | int, *, named: str | int | None = None) -> bytes:
    head = struct.pack("<HH", kind, name)
    if named is not None:
        head += bytes(16) + (
            struct.pack("<II", 0, named) if isinstance(named, int) else struct.pack("<I", 1) + _counted(_wide(named))
        )
    if isinstance(value, int):
        return head + value.to_bytes(8 if kind == TIME else 4, "little")
    if kind == MOMENTS:
        return head + struct.pack("<I", 2) + bytes(16)
    raw = value if isinstance(value, bytes) else _wide(value) if kind == UNICODE else value.encode("cp1252") + b"\0"
    return head + struct.pack("<I", 1) + _counted(raw)


def _wide(text: str) -> bytes:
    return (text + "\0").encode("utf-16-le")


def _counted(raw: bytes) -> bytes:
    return struct.pack("<I", len(raw)) + raw + bytes(-len(raw) % 4)


def properties(found: Iterable[bytes]) -> bytes:
    rows = list(found)
    return struct.pack("<I", len(rows)) + b"".join(rows)


def file(name: str, content: bytes, *more: bytes) -> bytes:
    """A file as three attributes: where it begins, its short name and its content, and its properties."""
    return b"".join(
        (
            attribute(2, FILE_BEGINS, bytes(14)),
            attribute(2, FILE_TITLE, name[:8].encode("cp1252") + b"\0"),
            attribute(2, FILE_DATA, content),
            attribute(2, FILE_PROPERTIES, properties([property_(UNICODE, LONG_NAME, name), *more])),
        )
    )


def stream(*attributes: bytes) -> bytes:
    code_page = attribute(1, CODE_PAGE, struct.pack("<II", 1252, 0))
    return struct.pack("<IH", 0x223E9F78, 1) + code_page + b"".join(attributes)


def compressed(plain: bytes) -> bytes:
    """Compressed RTF (MS-OXRTFCP) that refers back wherever three bytes or more have been written before."""
    window = bytearray(rtf.PRESET) + plain
    out, at, ended = bytearray(), len(rtf.PRESET), False
    while not ended:
        control, row = 0, bytearray()
        for bit in range(8):
            found, length = _earlier(window, at)
            ended = at == len(window)
            if ended or found >= 0:
                control |= 1 << bit
                row += struct.pack(">H", at % 4096 << 4 if ended else found % 4096 << 4 | length - 2)
                at += length
            else:
                row.append(window[at])
                at += 1
            if ended:
                break
        out.append(control)
        out += row
    return struct.pack("<II4sI", len(out) + 12, len(plain), b"LZFu", 0) + bytes(out)


def _earlier(window: bytearray, at: int) -> tuple[int, int]:
    """Where what comes next stood before, and how much of it; -1 where it did not."""
    for length in (17, 9, 5, 3):
        found = window.find(window[at : at + length], max(0, at - 4000), at)
        if found >= 0 and at + length <= len(window):
            return found, length
    return -1, 0
