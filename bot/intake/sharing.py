"""Which sources this process reads, where several work on one database: a mailbox is read by one of them only.

Who reads a source holds a lock of the server's own, in a session that is kept for such locks (as with lanes, decision
007). It ends with the process, however that ends, and the next that asks has it. That two processes read the same
for a moment, because a session broke, costs double work and nothing else.
"""

import logging
import threading
from typing import Final, Protocol

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bot.db.advisory import LockSession, key_of
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
        self._locks = LockSession(store)
        self._asking = threading.Lock()
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
        if source in self._ours:
            return bool(self._locks.ask(_STILL)[0])
        if self._locks.ask(_LOCK, key=key_of(source))[0]:
            self._ours.add(source)
        return source in self._ours

    def _let_go(self) -> None:
        self._locks.close()
        self._ours.clear()


def sharing(store: Store) -> Sharing:
    """What divides the sources between the processes on this database."""
    return Alone() if store.embedded else AmongOthers(store)
