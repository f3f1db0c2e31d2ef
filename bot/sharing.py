"""Which sources this process reads, where several work on one database: a mailbox is read by one of them only.

Who reads a source holds a lock of the server's own, in a session that is kept for such locks (as with lanes, decision
007). It ends with the process, however that ends, and the next that asks has it. That two processes read the same
for a moment, because a session broke, costs double work and nothing else.
"""

import logging
import threading
import zlib
from typing import Final, Protocol

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from bot.db.store import Store

log = logging.getLogger(__name__)
_KIND: Final = 0x666D  # tells these locks from those of lanes, and of anybody else on the same database
_LOCK: Final = text("select pg_try_advisory_lock(:kind, :key)").bindparams(kind=_KIND)
_STILL: Final = text("select true")


class Sharing(Protocol):
    """What tells a process its sources. Used by many threads."""

    def is_ours(self, source: str) -> bool:
        """Whether this process is the one that reads it; it stays so until the session or the process ends. Blocks."""
        ...

    def close(self) -> None:
        """Leave them all to others, for good."""
        ...


class Alone:
    """The only process on its database."""

    def is_ours(self, source: str) -> bool:  # noqa: ARG002  there is nobody else
        return True

    def close(self) -> None:
        """Nothing is held."""


class AmongOthers:
    """One process of several on a server."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._asking = threading.Lock()
        self._connection: Connection | None = None
        self._ours: set[str] = set()
        self._closed = False

    def is_ours(self, source: str) -> bool:
        with self._asking:
            try:
                return not self._closed and self._ask(source)
            except DBAPIError as error:
                log.warning("it cannot be seen who reads %s: %s", source, error.orig)
                self._let_go()
                return False

    def close(self) -> None:
        with self._asking:
            self._closed = True
            self._let_go()

    def _ask(self, source: str) -> bool:
        """Locks of one session count how often they are taken: so what is ours is only seen to be there still."""
        if self._connection is None:
            self._connection = self._store.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            self._connection.detach()  # not to be used by others with our locks
        if source in self._ours:
            return bool(self._connection.scalar(_STILL))
        if self._connection.scalar(_LOCK, {"key": zlib.crc32(source.encode()) - 2**31}):
            self._ours.add(source)
        return source in self._ours

    def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        self._ours.clear()
        if connection is not None:
            connection.close()


def sharing(store: Store) -> Sharing:
    """What divides the sources between the processes on this database."""
    return Alone() if store.embedded else AmongOthers(store)
