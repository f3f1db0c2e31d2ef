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

AT_ONCE: Final = 100
"""How many messages and subjects a turn at writing puts in at most: some ten milliseconds."""
_SOME: Final = 10
"""How many go in before it is asked whether somebody waits."""
_ANY: Final = sql("SELECT EXISTS (SELECT 1 FROM ticket_words_due)")
_PUT_IN: Final = sql(
    "DELETE FROM ticket_words_due WHERE id IN (SELECT id FROM ticket_words_due ORDER BY id LIMIT :most)"
)


def is_due(session: Session) -> bool:
    """Whether any message is not in the index."""
    return bool(session.scalar(_ANY))


def is_busy(session: Session) -> bool:
    """Whether the desk has messages to take in, which go first."""
    return bool(session.scalar(select(exists().where(is_one_of(Inbox.state, "new")))))


def put_in(tx: Tx) -> None:
    """Put the next messages and subjects into the index, until somebody waits for the turn to end."""
    for _ in range(AT_ONCE // _SOME):
        if tx.execute(_PUT_IN, {"most": _SOME}).rowcount < _SOME or tx.awaited():
            break
