"""Outlook's winmail.dat: the text and the files in a TNEF stream (MS-OXTNEF).

Total and bounded: a stream that breaks off or names what is not there gives None, nothing is read twice, and what is
inside a file is not looked into.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from channels.email import charsets
from channels.email.rtf import Damaged, decompressed, to_text

TYPES: Final = frozenset(("application/ms-tnef", "application/vnd.ms-tnef"))
_SIGNATURE: Final = 0x223E9F78
_MOST_FILES: Final = 500
_MOST_PROPERTIES: Final = 2_000

# Attributes, section 2.1.3.2.
_BODY: Final = 0x0002800C
_MESSAGE_PROPERTIES: Final = 0x00069003
_CODE_PAGE: Final = 0x00069007
_FILE_BEGINS: Final = 0x00069002
_FILE_TITLE: Final = 0x00018010
_FILE_DATA: Final = 0x0006800F
_FILE_PROPERTIES: Final = 0x00069005

# Properties (MS-OXPROPS).
_PLAIN: Final = 0x1000
_RTF: Final = 0x1009
_HTML: Final = 0x1013
_INTERNET_CODE_PAGE: Final = 0x3FDE
_DATA: Final = 0x3701
_SHORT_NAME: Final = 0x3704
_LONG_NAME: Final = 0x3707
_MEDIA_TYPE: Final = 0x370E
_CONTENT_ID: Final = 0x3712

# Property types (MS-OXCDATA section 2.11.1): bytes of one value, padded to four; strings and the like carry a length.
_WIDTHS: Final = {
    0x0001: 4, 0x0002: 4, 0x0003: 4, 0x0004: 4, 0x000A: 4, 0x000B: 4,
    0x0005: 8, 0x0006: 8, 0x0007: 8, 0x0014: 8, 0x0040: 8, 0x0048: 16,
}  # fmt: skip
_LONG: Final = frozenset((0x000D, 0x001E, 0x001F, 0x0102))
_UNICODE: Final = 0x001F
_OBJECT: Final = 0x000D
_MULTIPLE: Final = 0x1000


class File(NamedTuple):
    """A file in the stream; names as they were given, '' where there is none."""

    name: str
    type: str
    content_id: str
    content: bytes


class Message(NamedTuple):
    """What a stream holds: its text, or HTML, or both, and its files."""

    text: str
    html: str | None
    files: tuple[File, ...]


class _Value(NamedTuple):
    kind: int
    data: bytes


_Properties = dict[int, _Value]


def read(data: bytes) -> Message | None:
    """The message in a TNEF stream; None if it is none, or damaged."""
    try:
        return _message(_Bytes(data))
    except Damaged:
        return None


class _Bytes:
    """Bytes that are read from the beginning to the end."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, count: int) -> bytes:
        if count > len(self.data) - self.at:
            raise Damaged
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, width: int = 4) -> int:
        return int.from_bytes(self.take(width), "little")

    def padded(self, count: int) -> bytes:
        """Some bytes and what fills them up to a multiple of four."""
        value = self.take(count)
        self.at = min(self.at + -count % 4, len(self.data))
        return value


class _Draft:
    """One file while its attributes are read."""

    def __init__(self) -> None:
        self.title = b""
        self.data = b""
        self.properties: _Properties = {}

    def finished(self, code_page: int) -> File:
        found = self.properties
        name = _text(found.get(_LONG_NAME), code_page) or _text(found.get(_SHORT_NAME), code_page)
        title = _decoded(self.title.rstrip(b"\0"), code_page)
        own = found.get(_DATA)
        enclosed = own is not None and own.kind == _OBJECT
        content = self.data or (b"" if own is None else own.data[16:] if enclosed else own.data)
        type_ = _text(found.get(_MEDIA_TYPE), code_page).strip().lower()
        if enclosed and content[:4] == _SIGNATURE.to_bytes(4, "little"):
            type_, name = "application/ms-tnef", f"{name or title or 'message'}.dat"
        return File(name or title, type_, _text(found.get(_CONTENT_ID), code_page).strip("<> "), content)


def _message(stream: _Bytes) -> Message:
    if stream.number() != _SIGNATURE:
        raise Damaged
    stream.take(2)
    code_page, body = 1252, b""
    found: _Properties = {}
    drafts: list[_Draft] = []
    for name, value in _attributes(stream):
        if name == _CODE_PAGE:
            code_page = int.from_bytes(value[:4], "little")
        elif name == _BODY:
            body = value
        elif name == _MESSAGE_PROPERTIES:
            found = _properties(value)
        elif name == _FILE_BEGINS:
            drafts.append(_Draft())
            if len(drafts) > _MOST_FILES:
                raise Damaged
        elif drafts:
            _add(drafts[-1], name, value)
    files = tuple(draft.finished(code_page) for draft in drafts)
    text = _text(found.get(_PLAIN), code_page) or _decoded(body.rstrip(b"\0"), code_page)
    html = _html(found, code_page)
    if not text.strip() and html is None and _RTF in found:
        text = _rich_text(found[_RTF].data, code_page)
    return Message(text.replace("\r\n", "\n").replace("\r", "\n"), html, files)


def _rich_text(data: bytes, code_page: int) -> str:
    """The text of a message that has no other; its files count where it cannot be read."""
    try:
        return to_text(decompressed(data), code_page)
    except Damaged:
        return ""


def _attributes(stream: _Bytes) -> Iterator[tuple[int, bytes]]:
    """Section 2.1.3.1: level, name, length, value and checksum, one after the other."""
    while stream.at < len(stream.data):
        level = stream.number(1)
        if level not in (1, 2):
            raise Damaged
        name = stream.number()
        value = stream.take(stream.number())
        stream.take(2)
        yield name, value


def _add(draft: _Draft, name: int, value: bytes) -> None:
    if name == _FILE_TITLE:
        draft.title = value
    elif name == _FILE_DATA:
        draft.data = value
    elif name == _FILE_PROPERTIES:
        draft.properties = _properties(value)


def _properties(value: bytes) -> _Properties:
    """Section 2.1.3.4: a list of properties, of which the first value counts."""
    stream = _Bytes(value)
    found: _Properties = {}
    count = stream.number()
    if count > _MOST_PROPERTIES:
        raise Damaged
    for _ in range(count):
        kind, name = stream.number(2), stream.number(2)
        if name >= 0x8000:
            _skip_name(stream)
        found.setdefault(name, _Value(kind & ~_MULTIPLE, _value(stream, kind)))
    return found


def _skip_name(stream: _Bytes) -> None:
    stream.take(16)
    if stream.number():
        stream.padded(stream.number())
    else:
        stream.take(4)


def _value(stream: _Bytes, kind: int) -> bytes:
    bare = kind & ~_MULTIPLE
    if bare not in _LONG and bare not in _WIDTHS:
        raise Damaged
    count = stream.number() if bare in _LONG or kind & _MULTIPLE else 1
    if count > len(stream.data):
        raise Damaged
    if bare in _WIDTHS:
        return stream.take(_WIDTHS[bare] * count)[: _WIDTHS[bare]]
    first = b""
    for index in range(count):
        value = stream.padded(stream.number())
        first = first if index else value
    return first


def _html(found: _Properties, code_page: int) -> str | None:
    value = found.get(_HTML)
    if value is None or not value.data.strip(b"\0 \r\n"):
        return None
    own = found.get(_INTERNET_CODE_PAGE)
    return _text(value, int.from_bytes(own.data, "little") if own else code_page)


def _text(value: _Value | None, code_page: int) -> str:
    if value is None:
        return ""
    if value.kind == _UNICODE:
        return value.data.decode("utf-16-le", "replace").rstrip("\0")
    return _decoded(value.data.rstrip(b"\0"), code_page)


def _decoded(raw: bytes, code_page: int) -> str:
    names = {65001: "utf-8", 20127: "us-ascii", 28591: "iso-8859-1"}
    return charsets.decode(raw, names.get(code_page, f"cp{code_page}")).text
