"""The structure of a mail, found in one linear pass and within bounds.

A mail is strangers' bytes: 900 nested parts or 10,000 header fields are easily sent, and the standard library's parser
needs seconds for the first (it tries every line against every open boundary). So the structure is found here, by
searching for the delimiters only: one pass over the bytes for each level, and at most `DEPTH` levels. What lies beyond
a bound is never refused; it is kept as one opaque part, with a problem that says so.

Positions, not copies: a `Part` says where its content lies in the bytes of the mail.
"""

import re
from collections.abc import Iterator

from channels.email.headers import Headers, Parameterised, parameterised

DEPTH = 50
PARTS = 1_000
FIELDS = 1_000
HEADER_BYTES = 256 * 1024

_FALSE_DELIMITERS = 20_000
"""Lines that begin like a boundary and are none, tolerated in one multipart; no real mail has any."""


class Part:
    """One entity: its header, where its content lies, and the parts it is made of, if it is a multipart.

    `type` and `parameters` are those of Content-Type, with the default already applied; `disposition` likewise.
    `opaque` marks what a bound kept from being looked into.
    """

    __slots__ = ("children", "content_type", "disposition", "end", "headers", "opaque", "start", "type")

    def __init__(self, headers: Headers, start: int, end: int, default: str = "text/plain") -> None:
        self.headers = headers
        self.start = start
        self.end = end
        self.children: list[Part] = []
        self.opaque = False
        self.content_type = _content_type(headers, default)
        self.type = self.content_type.value
        disposition = headers.get("content-disposition")
        self.disposition = parameterised(disposition) if disposition else _NO_DISPOSITION

    @property
    def parameters(self) -> dict[str, str]:
        return self.content_type.parameters

    def walk(self) -> Iterator["Part"]:
        """This part and all below it, in the order of the mail."""
        yield self
        for child in self.children:
            yield from child.walk()


_NO_DISPOSITION = Parameterised("", {})
_TYPE = re.compile(r"[a-z0-9!#$&^_.+{}%*'|`~-]+/[a-z0-9!#$&^_.+{}%*'|`~-]+")


def _content_type(headers: Headers, default: str) -> Parameterised:
    """RFC 2045 section 5.2: what is missing or no type at all is taken as the default."""
    value = headers.get("content-type")
    if not value:
        return Parameterised(default, {})
    found = parameterised(value)
    if _TYPE.fullmatch(found.value):
        return found
    named = {"text": "text/plain", "plain": "text/plain", "html": "text/html", "multipart": "multipart/mixed"}
    return Parameterised(named.get(found.value, default), found.parameters)


class Scan:
    """A mail taken apart: its bytes, the tree of its parts, and what was wrong with it."""

    def __init__(self, payload: bytes) -> None:
        self.problems: list[str] = []
        self.data = unwrapped(payload)
        self._left = PARTS
        self.root = self._entity(0, len(self.data), "text/plain", 0)

    def _entity(self, start: int, end: int, default: str, depth: int) -> Part:
        fields, body, cut = fields_of(self.data, start, end)
        if cut:
            self._problem(f"header cut off after {FIELDS} fields or {HEADER_BYTES // 1024} KB")
        headers = Headers(fields)
        part = Part(headers, body, end, default)
        if part.type.startswith("multipart/"):
            self._divide(part, depth)
        if not depth:
            _hint(part)
        return part

    def _divide(self, part: Part, depth: int) -> None:
        if depth >= DEPTH:
            self._problem(f"parts nested more than {DEPTH} deep")
            part.opaque = True
            return
        spans = self._spans(part)
        if not spans:
            self._problem("multipart without parts: read as text")
            part.content_type = Parameterised("text/plain", part.parameters)
            part.type = "text/plain"
            return
        default = "message/rfc822" if part.type == "multipart/digest" else "text/plain"
        for index, (start, end) in enumerate(spans):
            if self._left <= 0:
                self._problem(f"more than {PARTS} parts: the rest is one attachment")
                part.children.append(_opaque(spans[index][0], part.end))
                return
            self._left -= 1
            part.children.append(self._entity(start, end, default, depth + 1))

    def _spans(self, part: Part) -> list[tuple[int, int]]:
        """Where the parts of a multipart lie, with the declared boundary, else with the one that is evidently used."""
        declared = part.parameters.get("boundary", "").rstrip().encode("utf-8", "replace")
        spans, closed = _between(self.data, part.start, part.end, declared) if declared else ([], False)
        if not spans and (guess := _used_boundary(self.data, part.start, part.end)):
            self._problem("boundary missing or wrong: the one in use was taken")
            spans, closed = _between(self.data, part.start, part.end, guess)
        if spans and not closed:
            self._problem("multipart not closed: the mail may have been cut off")
        return spans

    def _problem(self, text: str) -> None:
        if text not in self.problems:
            self.problems.append(text)


def _opaque(start: int, end: int) -> Part:
    part = Part(Headers([("content-type", b"application/octet-stream")]), start, end)
    part.opaque = True
    return part


def _hint(root: Part) -> None:
    """Tell every header in which charset its raw 8-bit bytes are to be read: that of the first text."""
    charset = next((c for part in root.walk() if (c := part.parameters.get("charset", ""))), "")
    for part in root.walk():
        part.headers.hint = charset


# ------------------------------------------------------------------------------------------ around the mail

_BOM = b"\xef\xbb\xbf"
_LEADING = re.compile(rb"[\r\n]+|[ \t]+\r*\n|>?From (?![ \t]*:)[^\n]*\n")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def unwrapped(payload: bytes) -> bytes:
    """The mail itself: without a byte order mark, blank lines and mbox `From ` lines before it, with line feeds in it.

    A file from an old Mac has carriage returns only; a file saved as UTF-16 is read as the text it is.
    """
    data = payload.removeprefix(_BOM)
    if data[:2] in _UTF16:
        data = data.decode("utf-16", "replace").encode("utf-8", "replace")
    if b"\n" not in data and b"\r" in data:
        data = data.replace(b"\r", b"\n")
    position = 0
    while match := _LEADING.match(data, position):
        position = match.end()
    return data[position:].removeprefix(_BOM) if position else data


# ------------------------------------------------------------------------------------------ header

_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)\n?")
_BLANK_LINE = re.compile(rb"\r*(?:\n|$)")
_CONTINUATION = re.compile(rb"[ \t][^\n]*\n?")
_LINE = re.compile(rb"[^\n]*\n?")
_MBOX_LINE = re.compile(rb">?From (?![ \t]*:)[^\n]*\n?")
_KNOWN_FIELD = re.compile(
    rb"(?:from|to|cc|bcc|subject|date|message-id|mime-version|content-[a-z-]+|x-[!-9;-~]+|received|reply-to|references"
    rb"|in-reply-to|return-path|sender|list-[a-z-]+|delivered-to|dkim-signature|arc-[a-z-]+|auto-submitted|precedence"
    rb"|authentication-results|received-spf|importance|priority|thread-[a-z]+|user-agent|organization|status)[ \t]*:",
    re.IGNORECASE,
)


def fields_of(data: bytes, start: int, end: int) -> tuple[list[tuple[str, bytes]], int, bool]:
    """The header fields of the entity at `start`, where its body begins, and whether a bound cut the header off.

    Lines that are no field are skipped where real fields follow them; else they begin the body, for the blank line
    between the two is missing.
    """
    fields: list[tuple[str, bytes]] = []
    limit = min(end, start + HEADER_BYTES)
    position = start
    while position < limit:
        if match := _FIELD.match(data, position, limit):
            fields.append((match[1].decode("ascii").lower(), match[2]))
            position = match.end()
            if len(fields) >= FIELDS:
                return fields, *_after_blank_line(data, position, end)
        elif match := _BLANK_LINE.match(data, position, end):
            return fields, match.end(), False
        elif match := _skippable(data, position, limit):
            position = match.end()
        else:
            return fields, position, False
    return (fields, *_after_blank_line(data, position, end)) if position < end else (fields, end, False)


def _skippable(data: bytes, position: int, limit: int) -> re.Match[bytes] | None:
    """A line amid the header that is no field: an mbox line, a stray continuation, or junk before further fields."""
    if match := _MBOX_LINE.match(data, position, limit):
        next_line = match.end()
        return (
            match if _KNOWN_FIELD.match(data, next_line, limit) or _BLANK_LINE.match(data, next_line, limit) else None
        )
    match = _CONTINUATION.match(data, position, limit) or _LINE.match(data, position, limit)
    return match if match and _KNOWN_FIELD.match(data, match.end(), limit) else None


def _after_blank_line(data: bytes, position: int, end: int) -> tuple[int, bool]:
    """Where the body begins after a header that was cut off, and whether anything was cut at all."""
    if match := _BLANK_LINE.match(data, position, end):
        return match.end(), False
    ends = [i + len(b) for b in (b"\n\r\n", b"\n\n") if (i := data.find(b, position - 1, end)) >= 0]
    return (min(ends) if ends else end), True


# ------------------------------------------------------------------------------------------ boundaries


def _between(data: bytes, start: int, end: int, boundary: bytes) -> tuple[list[tuple[int, int]], bool]:
    """The spans between the delimiter lines of `boundary` (RFC 2046 section 5.1.1), and whether it was closed.

    The line break before a delimiter belongs to the delimiter.
    """
    spans: list[tuple[int, int]] = []
    opened = -1
    for line_start, line_end, closes in _delimiters(data, start, end, b"--" + boundary):
        if opened >= 0:
            spans.append((opened, max(opened, _before_break(data, opened, line_start))))
        if closes and (opened >= 0 or spans):
            return spans, True
        opened = line_end
        if len(spans) > PARTS:
            return [*spans, (opened, end)], True
    if opened >= 0 and opened < end:
        spans.append((opened, end))
    return spans, False


def _delimiters(data: bytes, start: int, end: int, delimiter: bytes) -> Iterator[tuple[int, int, bool]]:
    position = start
    for _ in range(_FALSE_DELIMITERS):
        at_start = position == start and data.startswith(delimiter, start)
        found = start if at_start else data.find(b"\n" + delimiter, max(start, position - 1), end) + 1
        if found <= 0 and not at_start:
            return
        after = found + len(delimiter)
        if after > end:
            return
        line_end = data.find(b"\n", after, end)
        line_end = end if line_end < 0 else line_end + 1
        tail = data[after : min(line_end, after + 100)].strip()
        if line_end - after < 100 and tail in (b"", b"--"):
            yield found, line_end, tail == b"--"
        position = line_end if line_end > found else after


def _before_break(data: bytes, start: int, position: int) -> int:
    if position > start and data[position - 1 : position] == b"\n":
        position -= 1
        if position > start and data[position - 1 : position] == b"\r":
            position -= 1
    return position


_LOOKS_LIKE_BOUNDARY = re.compile(
    rb"(?:^|\n)--([^\s-][^\r\n]{0,198}?|-[^\r\n]{1,198}?)[ \t]*\r*\ncontent-[a-z-]+[ \t]*:", re.IGNORECASE
)


def _used_boundary(data: bytes, start: int, end: int) -> bytes:
    """The delimiter that the content itself shows: a line of dashes and text right before a Content- field."""
    match = _LOOKS_LIKE_BOUNDARY.search(data, max(0, start - 1), min(end, start + 65_536))
    return match[1] if match else b""
