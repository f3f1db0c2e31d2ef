"""The bytes of attachments: each is kept once, in the raw message it came with or in a blob."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

import msgspec
from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from bot.db.models import Blob, File, Inbox, Message
from bot.db.tx import Tx
from bot.intake import inbox
from bot.notice import notices
from bot.notice.markup import escape
from bot.notice.wording import Text, gettext
from channels.base import Attachment, Channel, Outgoing, Uncopied, Withheld

LARGEST_TOGETHER: Final = 10_000_000
"""Bytes; more is not sent around within the desk, where everybody can look it up."""
_MOST: Final = 10
"""In how many messages bytes are looked for: one may name files that came with another."""


_WITHHELD: Final[Mapping[Withheld, Text]] = {
    Withheld.TOO_LARGE: gettext("it is too large"),
    Withheld.NOT_GIVEN: gettext("its platform does not give it out"),
    Withheld.UNREADABLE: gettext("the desk may not read the channel where it is"),
}


def uncopied(missing: Sequence[Uncopied]) -> list[Text]:
    """The names of files whose bytes are not here, each with the reason, for whoever reads them."""
    return [Text("%(name)s (%(why)s)", {"name": file.name or gettext("files"), "why": _why(file)}) for file in missing]


def _why(file: Uncopied) -> Text:
    if file.why is Withheld.TOO_LARGE and file.most:
        return gettext("it is larger than %(most)s MB", most=file.most // 1_000_000)
    return _WITHHELD[file.why]


def without_content(file: Attachment) -> Attachment:
    """The file as it is written into an outbox row: known by its sha256."""
    return msgspec.structs.replace(file, content=b"")


def with_content(
    session: Session, channels: Mapping[str, Channel], files: Sequence[Attachment]
) -> tuple[Attachment, ...]:
    """The files with their bytes again. Raises LookupError if no message holds one of them any more."""
    wanted = {file.sha256 for file in files}
    found = {blob.sha256: blob.content for blob in session.scalars(select(Blob).where(Blob.sha256.in_(wanted)))}
    while missing := wanted - found.keys():
        for row in session.scalars(HOLDING, {"sha256": min(missing)}):
            held = channels[row.channel].parse(inbox.as_raw(row)).attachments if row.channel in channels else ()
            found |= {file.sha256: file.content for file in held}
            if min(missing) in found:
                break
        else:
            name = next(file.name for file in files if file.sha256 == min(missing))
            msg = f"the content of {name!r} is not kept any more"
            raise LookupError(msg)
    return tuple(msgspec.structs.replace(file, content=found[file.sha256]) for file in files)


def keep(tx: Tx, file: Attachment) -> None:
    """Keep the bytes of a file that no inbox row holds."""
    blob = tx.session.get(Blob, file.sha256)
    if blob is None:
        tx.add(Blob(sha256=file.sha256, content=file.content, uses=1))
        tx.flush()
    else:
        blob.uses += 1


def let_go(tx: Tx, hashes: Sequence[str]) -> None:
    """Those who kept these bytes need them no more, each once; what nobody needs is gone."""
    for sha256 in hashes:
        tx.session.execute(update(Blob).where(Blob.sha256 == sha256).values(uses=Blob.uses - 1))
    tx.session.execute(delete(Blob).where(Blob.sha256.in_(hashes), Blob.uses <= 0))


def of_messages(tx: Tx, message_ids: Collection[int]) -> tuple[Attachment, ...]:
    """The files that came with some messages, without their bytes, in the order in which they came."""
    rows = tx.session.scalars(select(File).where(File.message_id.in_(message_ids)).order_by(File.id))
    return tuple(
        Attachment(name=row.name, type=row.type, size=row.size, sha256=row.sha256, inline=row.inline) for row in rows
    )


def to_send_around(files: tuple[Attachment, ...]) -> tuple[Attachment, ...]:
    """The files, or none where they are too large to be sent to all who work on a ticket."""
    return files if sum(file.size for file in files) <= LARGEST_TOGETHER else ()


def left_out(outgoing: Outgoing) -> Outgoing:
    """The same without its files, which are too large for the way there; the last line names them."""
    names = ", ".join(file.name for file in outgoing.files)
    why = gettext("Left out, for the files are too large to be sent: %(names)s", names=escape(names))
    body = f"{outgoing.body}\n\n{notices.said(why, outgoing.language)}"
    return msgspec.structs.replace(outgoing, body=body, files=())


HOLDING: Final = (
    select(Inbox)
    .join(Message, Message.inbox_id == Inbox.id)
    .join(File, File.message_id == Message.id)
    .where(File.sha256 == bindparam("sha256"))
    .order_by(File.id)
    .limit(_MOST)
)
"""The inbox rows in which the file `sha256` came, the oldest first."""
