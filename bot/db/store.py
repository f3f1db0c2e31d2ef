"""One door to the database: units of work, each in a transaction.

A unit is a plain function of a `Tx`. On SQLite one thread writes; it drains what is waiting into one transaction and
commits once for all of them (group commit). There are no savepoints: any error rolls the whole group back and its
units are run again one by one, so a unit must not have effects outside the database. On PostgreSQL a few threads run
one unit each. Either way a unit's future resolves only after its commit returned.
"""

import asyncio
import queue
import sqlite3
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final, Generic, TypeVar, cast

from sqlalchemy import (
    Connection,
    Engine,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, PendingRollbackError
from sqlalchemy.orm import Session

from bot.db.lock import Turns
from bot.db.tx import Tx, Unit

T = TypeVar("T")
Clock = Callable[[], datetime]
GROUP_LIMIT: Final = 64
POSTGRES_WRITERS: Final = 4
CONFLICTS: Final = frozenset({"23505", "40001", "40P01"})
"""PostgreSQL's codes for a row that exists already, a transaction that came too late, and a deadlock."""
CONFLICT_RETRIES: Final = 5
_TURN_SECONDS: Final = 0.03
"""How long those who take something in wait at most for a transaction of many parts, and for the part it is in."""
_READERS_SECONDS: Final = 30.0
"""How long a store that closes waits for those who read."""
READ_ONLY: Final = "25006"
"""PostgreSQL's code for a server that takes no writes: a standby, or one whose disk is nearly full."""
_KEEPALIVE: Final = {"tcp_keepalives_idle": 20, "tcp_keepalives_interval": 5, "tcp_keepalives_count": 3}


class StoreUnavailable(Exception):
    """The database cannot be written now (disk full, connection lost, locked): try again later."""


class _Work(Generic[T]):
    """A unit on its way, and where its result goes."""

    def __init__(self, unit: Unit[T]) -> None:
        self.unit = unit
        self.future: Future[T] = Future()


class Store:
    """The database of one process. `clock` says what time it is; nothing below it asks again."""

    def __init__(self, url: str, *, clock: Clock = lambda: datetime.now(UTC)) -> None:
        self.url = make_url(url)
        self.clock = clock
        self.embedded = self.url.get_backend_name() == "sqlite"
        self._writer = _sqlite_engine(url, read_only=False) if self.embedded else _postgres_engine(url)
        self._reader = _sqlite_engine(url, read_only=True) if self.embedded else self._writer
        self._urgent: queue.SimpleQueue[_Work[Any] | None] = queue.SimpleQueue()
        self._normal: queue.SimpleQueue[_Work[Any] | None] = queue.SimpleQueue()
        self._ready = threading.Semaphore(0)
        self._listeners: defaultdict[str, list[Callable[[], None]]] = defaultdict(list)
        self._handed: defaultdict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Any], Future[Any]]]]
        self._handed = defaultdict(list)
        self._handing = threading.Lock()
        self._closed = False
        self._closing = threading.Lock()
        self._readers = 0
        self._no_readers = threading.Condition(self._closing)
        self._file: tuple[int, int] | None = None
        self._turns = Turns(Path(self.url.database or ""))
        self._trouble = ""
        self._threads = [
            threading.Thread(target=self._write_forever, name=f"store-{n}", daemon=True)
            for n in range(1 if self.embedded else POSTGRES_WRITERS)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def engine(self) -> Engine:
        """The writing engine, for migrations and backups before any unit runs."""
        return self._writer

    def submit(self, unit: Unit[T], *, urgent: bool = False) -> Future[T]:
        """Queue a unit; the future gives its result after the commit, or raises what it raised.

        Urgent units (taking mail in, receipts) go before others. Raises StoreUnavailable through the future when the
        database could not do it, whatever the driver called that.
        """
        work = _Work(unit)
        with self._closing:
            self._refuse_closed()
            (self._urgent if urgent else self._normal).put(work)
        self._ready.release()
        return work.future

    def run(self, unit: Unit[T], *, urgent: bool = False) -> T:
        """Queue a unit and wait for its result."""
        return self.submit(unit, urgent=urgent).result()

    async def arun(self, unit: Unit[T]) -> T:
        """Queue an urgent unit and await its result; all units of a group wake the event loop once."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        self.submit(unit, urgent=True).add_done_callback(lambda done: self._hand_over(loop, answer, done))
        return await answer

    def _hand_over(self, loop: asyncio.AbstractEventLoop, answer: asyncio.Future[T], done: Future[T]) -> None:
        """Collect what is done for an event loop, and wake it unless it was woken for this already."""
        with self._handing:
            self._handed[loop].append((answer, done))
            if len(self._handed[loop]) > 1:
                return
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(self._take_over, loop)

    def _take_over(self, loop: asyncio.AbstractEventLoop) -> None:
        with self._handing:
            handed = self._handed.pop(loop, [])
        for answer, done in handed:
            if answer.done():
                continue
            error = done.exception()
            if error is None:
                answer.set_result(done.result())
            else:
                answer.set_exception(error)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session on one consistent snapshot, in which nothing can be written. Raises StoreUnavailable."""
        try:
            with self._one_more_reader(), self._reader.connect() as connection:
                if not self.embedded:
                    connection = connection.execution_options(postgresql_readonly=True)  # noqa: PLW2901  same one
                with Session(bind=connection, autoflush=False) as session:
                    if self.embedded:
                        connection.exec_driver_sql("BEGIN")
                    try:
                        yield session
                    finally:
                        if self.embedded and _raw(connection).in_transaction:
                            connection.exec_driver_sql("ROLLBACK")
        except DBAPIError as error:
            raise _unavailable(error) or error from error

    @contextmanager
    def _one_more_reader(self) -> Iterator[None]:
        """Who reads keeps the store from closing: a connection that comes back later would be left open."""
        with self._closing:
            self._refuse_closed()
            self._readers += 1
        try:
            yield
        finally:
            with self._no_readers:
                self._readers -= 1
                self._no_readers.notify_all()

    def _refuse_closed(self) -> None:
        if self._closed:
            msg = "the store is closed"
            raise StoreUnavailable(msg)

    def on_wake(self, loop: str, callback: Callable[[], None]) -> None:
        """Call `callback` (from a writer thread) after a commit that woke `loop`."""
        self._listeners[loop].append(callback)

    def wake(self, loop: str) -> None:
        """Say that `loop` has work, though no commit of this process says so."""
        for callback in self._listeners[loop]:
            callback()

    @property
    def trouble(self) -> str:
        """Why nothing can be written at the moment, as far as is known; empty while all is well."""
        return self._trouble

    def close(self) -> None:
        """Finish what is queued and what is being read, then let go of the database."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
        for _ in self._threads:
            self._normal.put(None)
            self._ready.release()
        for thread in self._threads:
            thread.join()
        with self._no_readers:
            self._no_readers.wait_for(lambda: not self._readers, _READERS_SECONDS)
        self._reader.dispose()
        self._writer.dispose()
        self._turns.close()

    def _write_forever(self) -> None:
        while (group := self._next_group()) is not None:
            self._run_group(group)

    def _next_group(self) -> list[_Work[Any]] | None:
        group: list[_Work[Any]] = []
        limit = GROUP_LIMIT if self.embedded else 1
        while len(group) < limit:
            if not self._ready.acquire(blocking=not group):
                break
            try:
                work = self._urgent.get_nowait()
            except queue.Empty:
                work = self._normal.get_nowait()
            if work is not None and not work.future.set_running_or_notify_cancel():
                continue
            if work is None:
                if not group:
                    return None
                self._normal.put(None)
                self._ready.release()
                break
            group.append(work)
        return group

    def _run_group(self, group: list[_Work[Any]]) -> None:
        try:
            results, wakes = self._transact(group) if self.embedded else self._transact_among_others(group)
        except BaseException as error:  # noqa: BLE001  the writer must outlive every unit
            if len(group) > 1:
                for work in group:
                    self._run_group([work])
                return
            unavailable = _unavailable(error)
            if unavailable is not None:
                self._trouble = str(unavailable)
            group[0].future.set_exception(unavailable or error)
            return
        for work, result in zip(group, results, strict=True):
            work.future.set_result(result)
        for loop in wakes:
            self.wake(loop)

    def _transact_among_others(self, group: list[_Work[Any]]) -> tuple[list[Any], set[str]]:
        """Other transactions run at the same time: where two made the same row, or waited for each other, try again."""
        for _ in range(CONFLICT_RETRIES):
            try:
                return self._transact(group)
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", "") not in CONFLICTS:
                    raise
        return self._transact(group)

    def _transact(self, group: list[_Work[Any]]) -> tuple[list[Any], set[str]]:
        with self._writer.connect() as connection:
            if self.embedded:
                with self._turns.turn():
                    return self._transact_sqlite(connection, group)
            with Session(bind=connection, autoflush=False, expire_on_commit=False) as session:
                tx = Tx(session, self.clock())
                results = [work.unit(tx) for work in group]
                tx.finish()
                session.commit()
                connection.commit()
            self._trouble = ""
            return results, tx.wakes

    def _transact_sqlite(self, connection: Connection, group: list[_Work[Any]]) -> tuple[list[Any], set[str]]:
        """One transaction of our own making: the driver is in autocommit mode and never begins or ends one.

        After a full disk SQLite ends the transaction by itself and would autocommit what follows, so every unit is
        followed by the question whether we are still inside one, and the commit by the question whether it ended.
        """
        raw = _raw(connection)
        written = raw.total_changes
        self._require_file()
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        try:
            with Session(bind=connection, autoflush=False, expire_on_commit=False) as session:
                tx = Tx(session, self.clock(), partial(self._awaited_since, time.monotonic()))
                results = []
                for work in group:
                    results.append(work.unit(tx))
                    _require_transaction(raw)
                tx.finish()
                _require_transaction(raw)
                raw.execute("COMMIT")
                if raw.in_transaction:
                    msg = "the commit did not end the transaction"
                    raise StoreUnavailable(msg)
        except BaseException:
            if raw.in_transaction:
                raw.execute("ROLLBACK")
            raise
        self._require_file()
        if raw.total_changes > written:
            self._trouble = ""
        return results, tx.wakes

    def _awaited_since(self, begun: float) -> bool:
        """Whether a transaction has lasted long, and something urgent waits for its end here, or another process."""
        lasts = time.monotonic() - begun
        return lasts > _TURN_SECONDS and (not self._urgent.empty() or self._turns.awaited())

    def _require_file(self) -> None:
        """Raise StoreUnavailable if the file has gone: the system lets us write to a deleted one as if it were there.

        Asked once more after the commit, so that nothing is acknowledged that only a deleted file has.
        """
        try:
            status = Path(self.url.database or "").stat()
        except OSError as error:
            msg = f"database.url: {self.url.database} is gone ({error.strerror}); put it back, or stop and restore it"
            raise StoreUnavailable(msg) from error
        found = status.st_dev, status.st_ino
        self._file = self._file or found
        if found != self._file:
            msg = f"database.url: {self.url.database} is another file than at the start; restart to use it"
            raise StoreUnavailable(msg)


def _require_transaction(raw: sqlite3.Connection) -> None:
    if not raw.in_transaction:
        msg = "the database ended the transaction by itself"
        raise StoreUnavailable(msg)


def _raw(connection: Connection) -> sqlite3.Connection:
    return cast("sqlite3.Connection", connection.connection.dbapi_connection)


def _unavailable(error: BaseException) -> StoreUnavailable | None:
    """The error as StoreUnavailable, if it is the database's trouble and not the unit's."""
    if isinstance(error, StoreUnavailable):
        return error
    if _is_the_units_own(getattr(error, "orig", None) or error):
        return None
    if getattr(getattr(error, "orig", None), "sqlstate", "") == READ_ONLY:
        return StoreUnavailable("the server only reads at the moment")
    if isinstance(error, sqlite3.OperationalError | OperationalError | InterfaceError | PendingRollbackError):
        return StoreUnavailable(str(getattr(error, "orig", None) or error).strip().splitlines()[0])
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return StoreUnavailable(str(error.orig))
    return None


def _is_the_units_own(error: BaseException) -> bool:
    """Whether the database is well, but what it was asked is wrong or too large: asking again would not help.

    SQLite: SQLITE_ERROR and SQLITE_TOOBIG. PostgreSQL: SQLSTATE classes 42 (syntax) and 54 (program limit exceeded).
    """
    if isinstance(error, sqlite3.OperationalError):
        return getattr(error, "sqlite_errorcode", None) in {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_TOOBIG}
    return str(getattr(error, "sqlstate", "") or "")[:2] in {"42", "54"}


def _sqlite_engine(url: str, *, read_only: bool) -> Engine:
    engine = create_engine(url, isolation_level="AUTOCOMMIT", pool_size=4, max_overflow=8)
    if read_only:
        _never_create(engine)

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(f"PRAGMA busy_timeout = {int(timedelta(seconds=10) / timedelta(milliseconds=1))}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("PRAGMA cache_size = -16000")
        if read_only:
            connection.execute("PRAGMA query_only = ON")
        else:
            connection.execute("PRAGMA journal_mode = WAL")

    return engine


def _never_create(engine: Engine) -> None:
    """A reader that finds no file must not make an empty one in its place."""

    @event.listens_for(engine, "do_connect")
    def _existing(_dialect: object, _record: object, where: list[str], options: dict[str, Any]) -> None:
        where[0] = f"{Path(where[0]).absolute().as_uri()}?mode=rw"
        options["uri"] = True


def _postgres_engine(url: str) -> Engine:
    """Both sides soon notice that the other's machine is gone: what a session holds nobody else can have."""
    settings = {name.removeprefix("tcp_"): value for name, value in _KEEPALIVE.items()}
    arguments = {"connect_timeout": 5, "tcp_user_timeout": 30_000, **settings}
    engine = create_engine(url, pool_size=POSTGRES_WRITERS + 4, pool_pre_ping=True, connect_args=arguments)
    tell = ", ".join(f"set_config('{name}', '{value}', false)" for name, value in _KEEPALIVE.items())

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:  # noqa: ANN401  the driver is loaded when it is used
        connection.autocommit = True
        connection.execute(f"select {tell}")
        connection.autocommit = False

    return engine
