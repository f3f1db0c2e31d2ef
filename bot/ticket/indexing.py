"""Putting what was said into SQLite's index of words, some messages at a time.

A message that is written is due for the index, in the same transaction; it is found as long by being read. Triggers of
the first migration put it in when it is no longer due. PostgreSQL has nothing due: its index does the same by itself.
"""

from typing import Final

from sqlalchemy import exists, select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from bot.db.models import Inbox, is_one_of
from bot.db.tx import Tx

AT_ONCE: Final = 50
"""How many messages a turn at writing puts in at most: some ten milliseconds."""
_ANY: Final = sql("SELECT EXISTS (SELECT 1 FROM ticket_words_due)")
_NEXT: Final = sql("SELECT id FROM ticket_words_due ORDER BY id LIMIT :most")
_PUT_IN: Final = sql("DELETE FROM ticket_words_due WHERE id = :id")


def is_due(session: Session) -> bool:
    """Whether any message is not in the index."""
    return bool(session.scalar(_ANY))


def is_busy(session: Session) -> bool:
    """Whether the desk has messages to take in, which go first."""
    return bool(session.scalar(select(exists().where(is_one_of(Inbox.state, "new")))))


def put_in(tx: Tx) -> None:
    """Put the next messages into the index, until somebody waits for the turn to end."""
    for number in tx.session.scalars(_NEXT, {"most": AT_ONCE}).all():
        tx.execute(_PUT_IN, {"id": number})
        if tx.awaited():
            break
