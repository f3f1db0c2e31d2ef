"""The bytes of attachments: each is kept once, in the raw message it came with or in a blob."""

from collections.abc import Mapping

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import inbox
from bot.db.models import Blob, File, Inbox, Message
from channels.base import Attachment, Channel


def without_content(file: Attachment) -> Attachment:
    """The file as it is written into an outbox row: known by its sha256."""
    return msgspec.structs.replace(file, content=b"")


def with_content(session: Session, channels: Mapping[str, Channel], file: Attachment) -> Attachment:
    """The file with its bytes again. Raises LookupError if no message holds them any more."""
    blob = session.get(Blob, file.sha256)
    if blob is not None:
        return msgspec.structs.replace(file, content=blob.content)
    rows = session.scalars(
        select(Inbox)
        .join(Message, Message.inbox_id == Inbox.id)
        .join(File, File.message_id == Message.id)
        .where(File.sha256 == file.sha256)
        .limit(1)
    )
    for row in rows:
        for found in channels[row.channel].parse(inbox.as_raw(row)).attachments:
            if found.sha256 == file.sha256:
                return msgspec.structs.replace(file, content=found.content)
    msg = f"the content of {file.name!r} is not kept any more"
    raise LookupError(msg)
