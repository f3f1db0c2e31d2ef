"""Old mail in files: mbox (RFC 4155), Maildir, and one mail a file (.eml), in the order in which it was written.

A mail is found first and read later, so that a large archive needs little memory.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from channels.email import dates
from channels.email.headers import Headers
from channels.email.scan import fields_of

_HEAD: int = 64 * 1024
_FROM_LINE = re.compile(rb"From \S.{0,200}\d{1,2}:\d\d.{0,40}\d{4}")
_QUOTED_FROM = re.compile(rb"(?m)^>(>*From )")
_MAILDIR = {"cur", "new"}
_GONE = re.compile(r":2,[A-Z]*[TD]")


class Unreadable(Exception):
    """A path that holds no mail that can be read; the text says why, in one line."""


class Found(Struct, frozen=True, kw_only=True):
    """Where a mail lies: `length` bytes from `start` of `path`. `written_at` is its date, else that of the file."""

    path: Path
    start: int
    length: int
    written_at: datetime
    mbox: bool = False

    def read(self) -> bytes:
        """The mail as it was on the wire: without the line in front of it and the quoting that an mbox needs."""
        with self.path.open("rb") as stream:
            stream.seek(self.start)
            payload = stream.read(self.length)
        return _QUOTED_FROM.sub(rb"\1", payload) if self.mbox else payload


def find(path: Path) -> list[Found]:
    """All mails below `path`, the oldest first. Raises Unreadable for a path that is none of the three kinds."""
    try:
        files = sorted(_files(path)) if path.is_dir() else [path]
        found = [mail for file in files for mail in _mails_in(file)]
    except OSError as error:
        raise Unreadable(f"{error.filename or path}: cannot be read ({error.strerror})") from error
    if not found:
        raise Unreadable(f"{path}: there is no mail in it; give an mbox, a Maildir, or files whose names end in .eml")
    return sorted(found, key=lambda mail: mail.written_at)


def _files(folder: Path) -> Iterator[Path]:
    """The mails of Maildirs but for those marked as deleted or drafts, mboxes, and .eml files, in all folders below."""
    for path in folder.rglob("*"):
        if not path.is_file():
            continue
        in_maildir = path.parent.name in _MAILDIR
        if (in_maildir and not _GONE.search(path.name)) or path.suffix.lower() in {".eml", ".mbox"}:
            yield path


def _mails_in(path: Path) -> list[Found]:
    with path.open("rb") as stream:
        if _FROM_LINE.match(stream.readline(1000)) and path.suffix.lower() != ".eml":
            return _mails_of_mbox(path)
        stream.seek(0)
        head = stream.read(_HEAD)
    written_at = _written_at(head, path)
    return [Found(path=path, start=0, length=path.stat().st_size, written_at=written_at)]


def _mails_of_mbox(path: Path) -> list[Found]:
    """Each begins below a `From ` line that stands first or after an empty one and has a time in it."""
    found: list[Found] = []
    start, head, position, after_blank = -1, b"", 0, True
    with path.open("rb") as stream:
        for line in stream:
            if after_blank and _FROM_LINE.match(line):
                if start >= 0:
                    found.append(_mail_of_mbox(path, start, position, head))
                start, head = position + len(line), b""
            elif len(head) < _HEAD:
                head += line[:_HEAD]
            after_blank = not line.strip()
            position += len(line)
    found.append(_mail_of_mbox(path, start, position, head))
    return found


def _mail_of_mbox(path: Path, start: int, end: int, head: bytes) -> Found:
    return Found(path=path, start=start, length=end - start, written_at=_written_at(head, path), mbox=True)


def _written_at(head: bytes, path: Path) -> datetime:
    """The Date of a mail, else when its newest Received says that it came, else the time of its file."""
    headers = Headers(fields_of(head, 0, len(head))[0])
    received = headers.get("received").rpartition(";")[2]
    written = dates.parse(headers.get("date")) or dates.parse(received)
    return (written or datetime.fromtimestamp(path.stat().st_mtime, UTC)).astimezone(UTC)
