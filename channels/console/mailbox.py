"""What each identity was sent: a file of JSON lines that only grows, and beside it how far it was seen."""

import hashlib
import os
import threading
from pathlib import Path
from typing import Final
from urllib.parse import quote

import msgspec
from msgspec import Struct

_LONGEST_NAME: Final = 150


class _Head(Struct):
    """What is looked for in a line."""

    key: str
    ticket: int = 0
    token: str = ""


class Mailbox:
    """One identity's file. All of it may be called from any thread, and raises OSError."""

    def __init__(self, folder: Path, identity: str) -> None:
        name = file_name(identity)
        self._file = folder / f"{name}.jsonl"
        self._seen = folder / f"{name}.seen"
        self._lock = threading.Lock()
        self._heads: dict[str, _Head] | None = None

    def put(self, line: bytes) -> None:
        """Append a line, durably, unless one of the same key is there."""
        head = msgspec.json.decode(line, type=_Head)
        with self._lock:
            known = self._known()
            if head.key in known:
                return
            self._heads = None  # until the line is wholly there
            self._append(line + b"\n")
            known[head.key] = head
            self._heads = known

    def has(self, key: str) -> bool:
        """Whether a line with this key was put."""
        with self._lock:
            return key in self._known()

    def tokens(self) -> dict[str, str]:
        """The token of the last line of each ticket, by its number."""
        with self._lock:
            return {str(head.ticket): head.token for head in self._known().values() if head.ticket}

    def since(self, position: int) -> list[tuple[int, bytes]]:
        """The whole lines from a position in bytes on, each with the position at which it ends."""
        try:
            with self._file.open("rb") as file:
                file.seek(position)
                lines = file.readlines()
        except FileNotFoundError:
            return []
        found = []
        for line in lines:
            position += len(line)
            if line.endswith(b"\n"):
                found.append((position, line[:-1]))
        return found

    def seen(self) -> int:
        """The position up to which this identity has read."""
        try:
            position = int(self._seen.read_text("ascii"))
        except (FileNotFoundError, ValueError):
            return 0
        return position if 0 <= position <= self._size() else 0

    def see(self, position: int) -> None:
        """Remember a position that was read; never goes back."""
        with self._lock:
            if self.seen() < position <= self._size():
                fresh = self._seen.with_suffix(".new")
                fresh.write_text(str(position), "ascii")
                fresh.replace(self._seen)

    def _size(self) -> int:
        return self._file.stat().st_size if self._file.exists() else 0

    def _append(self, line: bytes) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        fresh = not self._file.exists()
        descriptor = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            rest = memoryview(line)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if fresh:
            _sync_folder(self._file.parent)

    def _known(self) -> dict[str, _Head]:
        """The head of every line by key, read once. A torn last line was never acknowledged and is cut off."""
        if self._heads is None:
            lines = self.since(0)
            end = lines[-1][0] if lines else 0
            if self._size() > end:
                os.truncate(self._file, end)
            heads = (msgspec.json.decode(line, type=_Head) for _, line in lines)
            self._heads = {head.key: head for head in heads}
        return self._heads


def file_name(identity: str) -> str:
    """A name that no identity can break out of a folder with, and that no two share."""
    name = quote(identity, safe="@+", errors="replace")
    if len(name) <= _LONGEST_NAME:
        return name
    return f"{name[:100]}-{hashlib.sha256(identity.encode('utf-8', 'replace')).hexdigest()[:20]}"


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
