"""Waiting for a desk that is measured: until something is so, and until it has nothing left to do."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial

from bench.subjects import BenchError, Place

LIMIT = 600.0
_WAITS = {
    "inbox": "state in ('new', 'fetching')",
    "delivery": "state in ('queued', 'sending', 'unsure')",
    "job": "state = 'waiting' and kind = 'replan'",
}


def wait(true: Callable[[], object], what: str) -> None:
    """Return when it is so. Raises BenchError after LIMIT seconds."""
    end = time.monotonic() + LIMIT
    while not true():
        if time.monotonic() > end:
            raise BenchError(f"waited in vain for {what}")
        time.sleep(0.002)


def rest(place: Place) -> None:
    """Wait until all that came is worked and answered, and all open tickets are gone through."""
    for table, waits in _WAITS.items():
        wait_for_rows(place, f"{table} where {waits}", 0)


def wait_for_rows(place: Place, rows: str, count: int) -> None:
    """Wait until the desk's database has so many of these rows: a table, and which of it, as SQL."""
    with closing(sqlite3.connect(f"file:{place.folder / 'firstline.db'}?mode=ro", uri=True)) as database:
        found = partial(_count, database, f"select count(*) from {rows}")  # noqa: S608 (names of our own)
        wait(lambda: found() == count, f"{count} of {rows}")


def _count(database: sqlite3.Connection, query: str) -> int:
    (found,) = database.execute(query).fetchone()
    return int(found)
