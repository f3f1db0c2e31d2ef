"""The files of a message that a platform only names: copied when it comes, and kept with it."""

import hashlib
from base64 import b64decode
from collections.abc import Iterable

from msgspec import Struct

from channels.base import Attachment, Uncopied, Withheld


class FetchedFile(Struct, frozen=True, kw_only=True):
    """A file that was copied; `content` is base64. Of one that could not be, `trouble` says why.

    `most` is how many bytes are taken.
    """

    id: str
    name: str
    type: str = "application/octet-stream"
    content: str = ""
    trouble: Withheld | None = None
    most: int = 0


def attachments(files: Iterable[FetchedFile]) -> tuple[Attachment, ...]:
    """Those that were copied."""
    return tuple(_attachment(file) for file in files if file.trouble is None)


def uncopied(files: Iterable[FetchedFile]) -> tuple[Uncopied, ...]:
    """Those that could not be, each with the reason."""
    return tuple(Uncopied(file.name, file.trouble, file.most) for file in files if file.trouble is not None)


def _attachment(file: FetchedFile) -> Attachment:
    content = b64decode(file.content)
    digest = hashlib.sha256(content).hexdigest()
    return Attachment(name=file.name or "file", type=file.type, size=len(content), sha256=digest, content=content)
