"""Which agents' messages were worked before, so that a second copy, come by another way, does nothing again.

What leaves a message on a ticket is known by that. An agent's mail may leave none: its verbs are done, its words held
as a draft, or all of it parked. So the inbox row of an agent's message keeps a fingerprint.
"""

from collections.abc import Iterable
from hashlib import sha256
from typing import Final

from msgspec import Struct
from sqlalchemy import bindparam, select

from bot.db.models import Inbox
from bot.db.tx import Tx
from channels.base import Incoming


class Seen(Struct, frozen=True):
    """An agent's message of before: the ticket it was about, and whether it was believed to be theirs, not parked."""

    ticket_id: int | None
    believed: bool


def fingerprint_of(incoming: Incoming) -> str | None:
    """What all copies of a message share: its id and, since senders reuse ids, its text. None where it has no id."""
    if not incoming.external_id:
        return None
    return sha256(f"{incoming.external_id}\0{incoming.text}".encode("utf-8", "surrogatepass")).hexdigest()


def look_up(tx: Tx, fingerprints: Iterable[str | None]) -> None:
    """Learn in one question which of these were worked before, for `before` in this transaction."""
    known: dict[str | None, Seen | None] = tx.scratch.setdefault("seen", {None: None})
    missing = set(fingerprints) - known.keys()
    if missing:
        known.update(dict.fromkeys(missing))
        for row in tx.execute(_SEEN, {"fingerprints": list(missing)}):
            known[row.fingerprint] = Seen(row.ticket_id, row.state == "done")


def before(tx: Tx, fingerprint: str | None) -> Seen | None:
    """The message with this fingerprint that was worked before, if one was."""
    look_up(tx, [fingerprint])
    found: Seen | None = tx.scratch["seen"][fingerprint]
    return found


def remember(tx: Tx, fingerprint: str | None, seen: Seen) -> None:
    """It is worked in this transaction; its inbox row will say so."""
    if fingerprint is not None:
        tx.scratch["seen"][fingerprint] = seen


_SEEN: Final = (
    select(Inbox.fingerprint, Inbox.ticket_id, Inbox.state)
    .where(Inbox.fingerprint.in_(bindparam("fingerprints", expanding=True)))
    .order_by(Inbox.id)
)
