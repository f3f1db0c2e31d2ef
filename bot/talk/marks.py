"""Marks below what agents write on a platform: whether it was sent, is a note, waits, or did not arrive."""

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import ScalarSelect, select

from bot.db.models import Draft, Inbox, Message
from bot.db.tx import Tx
from bot.outgoing import projections
from channels.base import Outgoing

SENT: Final = "envelope"
NOTE: Final = "lock"
WAITS: Final = "hourglass_flowing_sand"
NOT_DELIVERED: Final = "warning"
STOPPED: Final = "no_entry_sign"


def mark(tx: Tx, channel: str, external_id: str | None, sign: str) -> None:
    """Have a message of this channel bear this mark and no other of ours; where channels know no marks, nothing."""
    if external_id:
        projections.show(tx, channel, f"mark:{external_id}", Outgoing(body=sign))


def mark_words_of(tx: Tx, draft: Draft, channels: Collection[str], sign: str) -> None:
    """The same for what was written and is not said, if that was on one of these channels."""
    channel = tx.session.scalar(select(Inbox.channel).where(Inbox.id == draft.inbox_id))
    if channel is not None and channel in channels:
        mark(tx, channel, draft.external_id, sign)


def mark_words(tx: Tx, message_id: int | ScalarSelect[Any], channels: Collection[str], sign: str) -> None:
    """The same for the message on a ticket of that id, if it was written on one of these channels."""
    tx.flush()
    written = select(Inbox.channel, Message.external_id).join(Inbox, Inbox.id == Message.inbox_id)
    for channel, external_id in tx.session.execute(
        written.where(Message.id == message_id, Inbox.channel.in_(channels))
    ):
        mark(tx, channel, external_id, sign)
