"""Which rows of the inbox a process works while others work too: of a lane all or none, and none for good."""

from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest

from bot.db.store import Store, StoreUnavailable
from bot.intake import inbox
from bot.intake.inbox import Waiting
from bot.intake.lanes import AmongOthers
from channels.base import Raw

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


@pytest.fixture
def store(postgres_database: str) -> Iterator[Store]:
    opened = Store(postgres_database, clock=lambda: NOW)
    yield opened
    opened.close()


@pytest.fixture
def pair(store: Store) -> Iterator[tuple[AmongOthers, AmongOthers]]:
    """What two processes read by."""
    one, other = AmongOthers(store), AmongOthers(store)
    yield one, other
    one.let_go_all()
    other.let_go_all()


def put(store: Store, lanes: str) -> None:
    """A row in each of the lanes, in order."""
    for number, lane in enumerate(lanes):
        raw = Raw(channel="email", key=f"{number}{lane}", lane=lane, payload=b"x", received_at=NOW)
        store.run(inbox.put(raw))


def lanes(rows: list[Waiting]) -> str:
    return "".join(row.raw.lane for row in rows)


def test_each_has_its_own_lanes(store: Store, pair: tuple[AmongOthers, AmongOthers]) -> None:
    put(store, "abcabcd")
    one, other = pair
    mine = one.waiting(2, [])
    assert lanes(mine) == "ab"
    assert lanes(other.waiting(10, [])) == "ccd", "also the younger rows of a lane are left to whoever has it"
    assert lanes(one.waiting(10, [row.id for row in mine])) == "ab"


def test_a_copy_that_comes_later_waits_whoever_takes_it_in(store: Store, pair: tuple[AmongOthers, AmongOthers]) -> None:
    """Two copies of a mail are one lane: worked side by side they would become two tickets."""
    one, other = pair
    put(store, "a")
    assert lanes(one.waiting(10, [])) == "a"
    store.run(inbox.put(Raw(channel="email", key="copy", lane="a", payload=b"x", received_at=NOW)))
    assert other.waiting(10, []) == []


def test_what_is_worked_can_be_had_by_the_other(store: Store, pair: tuple[AmongOthers, AmongOthers]) -> None:
    put(store, "aab")
    one, other = pair
    first = one.waiting(1, [])
    second = one.waiting(1, [row.id for row in first])
    one.let_go(first)
    assert lanes(other.waiting(10, [])) == "b", "it still has the second row of the lane"
    one.let_go(second)
    assert lanes(other.waiting(10, [])) == "aab"


def test_what_is_done_is_not_had_again(store: Store, pair: tuple[AmongOthers, AmongOthers]) -> None:
    put(store, "ab")
    one, other = pair
    rows = one.waiting(1, [])
    store.run(lambda tx: inbox.finish(tx, rows[0].id, "done", ""))
    one.let_go(rows)
    assert lanes(other.waiting(10, [])) == "b"


def test_the_rows_of_one_that_has_ended_are_free_at_once(store: Store, pair: tuple[AmongOthers, AmongOthers]) -> None:
    put(store, "ab")
    one, other = pair
    assert lanes(one.waiting(10, [])) == "ab"
    assert other.waiting(10, []) == []
    one.let_go_all()
    assert lanes(other.waiting(10, [])) == "ab"


def test_a_session_that_is_lost_is_begun_again(
    store: Store, pair: tuple[AmongOthers, AmongOthers], postgres_database: str
) -> None:
    put(store, "ab")
    one, other = pair
    one.waiting(10, [])
    end_all = "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'"
    with psycopg.connect(postgres_database.replace("+psycopg", ""), autocommit=True) as admin:
        admin.execute(end_all)
    with pytest.raises(StoreUnavailable):
        one.waiting(10, [])
    assert lanes(other.waiting(1, [])) == "a"
    assert lanes(one.waiting(10, [])) == "b"
