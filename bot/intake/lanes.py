"""Which rows of the inbox this process reads and works: of a lane all or none, while other processes work the others.

On a server a lane is held by a lock of the server's own, in a session that is kept for it. Such a lock needs no clock
and no row, and it ends with the process, however that ends. It spares processes each other's work; that no row is
worked twice is seen to by `inbox.claim`.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Final, Protocol

from sqlalchemy import ARRAY, Integer, TextClause, bindparam, text
from sqlalchemy.exc import DBAPIError

from bot.db.advisory import LockSession, key_of
from bot.db.store import Store, StoreUnavailable
from bot.intake import inbox
from bot.intake.inbox import Waiting

_SEEN: Final = 512
"""The rows a process looks at: the oldest may be in the hands of others."""
_KIND: Final = 0x666C  # tells these locks from those of anybody else on the same database
_LOCK: Final = text("select k from unnest(:keys) as k where pg_try_advisory_lock(:kind, k)").bindparams(
    bindparam("keys", type_=ARRAY(Integer)), kind=_KIND
)
_UNLOCK: Final = text("select pg_advisory_unlock(:kind, k) from unnest(:keys) as k").bindparams(
    bindparam("keys", type_=ARRAY(Integer)), kind=_KIND
)


class Lanes(Protocol):
    """What the desk loop reads by. Used by one thread."""

    def waiting(self, limit: int, without: Collection[int]) -> list[Waiting]:
        """The oldest rows to be worked, except `without`; their lanes are held. Raises StoreUnavailable."""
        ...

    def let_go(self, rows: Iterable[Waiting]) -> None:
        """These rows are worked. Raises StoreUnavailable."""
        ...

    def let_go_all(self) -> None:
        """Nothing is held any more."""
        ...


class Alone:
    """The only process on its database."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def waiting(self, limit: int, without: Collection[int]) -> list[Waiting]:
        with self.store.read() as session:
            return inbox.waiting(session, limit, without=without)

    def let_go(self, rows: Iterable[Waiting]) -> None:
        """There is nobody else."""

    def let_go_all(self) -> None:
        """Likewise."""


class AmongOthers:
    """One process of several on a server."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._locks = LockSession(store)

    def waiting(self, limit: int, without: Collection[int]) -> list[Waiting]:
        with self.store.read() as session:
            held: set[int] = set()
            ids: list[int] = []
            for chunk in _chunks(inbox.waiting_lanes(session, _SEEN, without=without), limit):
                keys = {key_of(lane) for _, lane in chunk}
                held |= self._ask(_LOCK, keys - held)
                ids += [row_id for row_id, lane in chunk if key_of(lane) in held]
                if len(ids) >= limit:
                    break
            rows = inbox.still_waiting(session, ids[:limit]) if ids else []
        self._ask(_UNLOCK, held - _keys(rows))
        return rows

    def let_go(self, rows: Iterable[Waiting]) -> None:
        self._ask(_UNLOCK, _keys(rows))

    def let_go_all(self) -> None:
        self._locks.close()

    def _ask(self, statement: TextClause, keys: Collection[int]) -> set[int]:
        if not keys:
            return set()
        try:
            return set(self._locks.ask(statement, keys=list(keys)))
        except DBAPIError as error:
            self.let_go_all()
            raise StoreUnavailable(str(error.orig)) from error


def lanes(store: Store) -> Lanes:
    """What reads the inbox of this database."""
    return Alone(store) if store.embedded else AmongOthers(store)


def _chunks(rows: list[tuple[int, str]], size: int) -> Iterator[list[tuple[int, str]]]:
    for begin in range(0, len(rows), size):
        yield rows[begin : begin + size]


def _keys(rows: Iterable[Waiting]) -> set[int]:
    """The locks of their lanes; that two lanes may have the same does no harm."""
    return {key_of(row.raw.lane) for row in rows}
