"""Mail into a Maildir: how mail leaves as long as there is no relay, readable with any mail program.

A message is written under `tmp`, made durable, and moved to `new` in one step, so a reader never sees half of it. Its
name comes from its key: writing it again puts the same file in the same place.
"""

import os
from datetime import datetime
from hashlib import sha256
from pathlib import Path


class Maildir:
    """One Maildir, made when the first message is written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, key: str, sent_at: datetime, message: bytes) -> Path:
        """Store `message` durably under `key`, once, and return its file. Raises OSError."""
        found = self.find(key, sent_at)
        if found is not None:
            return found
        for part in ("tmp", "new", "cur"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        name = _name(key, sent_at)
        draft, final = self.folder / "tmp" / name, self.folder / "new" / name
        with draft.open("wb") as file:
            file.write(message)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(final)
        _sync_folder(final.parent)
        return final

    def find(self, key: str, sent_at: datetime) -> Path | None:
        """The file of this key, also when a mail program has read it (then it is in `cur`, with flags in its name)."""
        name = _name(key, sent_at)
        new = self.folder / "new" / name
        if new.exists():
            return new
        return next((self.folder / "cur").glob(f"{name}*"), None)


def _name(key: str, sent_at: datetime) -> str:
    """Sorted by time in a listing; the part that makes it unique is the key's."""
    return f"{int(sent_at.timestamp())}.{sha256(key.encode('utf-8', 'replace')).hexdigest()[:32]}.firstline"


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
