"""Marks below what agents write on a platform: whether it was sent, is a note, waits, or did not arrive."""

from typing import Final

from bot import projections
from bot.db.tx import Tx
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
