"""Advisory locks of a server (PostgreSQL): held in a session that is kept for them, they end with the process."""

import zlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Executable

from bot.db.store import Store


class LockSession:
    """One session of a server, begun when first asked. Used by one thread at a time."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._connection: Connection | None = None

    def ask(self, statement: Executable, **values: object) -> Sequence[Any]:
        """The first column of what a statement gives. Raises DBAPIError; then `close` it, its locks are lost."""
        if self._connection is None:
            self._connection = self._store.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            self._connection.detach()  # not to be used by others with our locks
        return self._connection.scalars(statement, values).all()

    def close(self) -> None:
        """Nothing is held any more; the next question begins another session."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def key_of(name: str) -> int:
    """A signed 32-bit number for the lock of this name; two names may have the same."""
    return zlib.crc32(name.encode()) - 2**31
