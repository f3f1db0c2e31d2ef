"""Which process reads a source while several could: one, until it lets go or its session ends."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from bot.db.store import Store
from bot.intake.sharing import Alone, AmongOthers, sharing
from tests.support.waiting import until


@pytest.fixture
def store(postgres_database: str) -> Iterator[Store]:
    opened = Store(postgres_database)
    yield opened
    opened.close()


@pytest.fixture
def pair(store: Store) -> Iterator[tuple[AmongOthers, AmongOthers]]:
    """What two processes ask."""
    one, other = AmongOthers(store), AmongOthers(store)
    yield one, other
    one.close()
    other.close()


def test_a_source_is_that_of_one_as_often_as_it_asks(pair: tuple[AmongOthers, AmongOthers]) -> None:
    one, other = pair
    assert [one.is_ours("help") for _ in range(3)] == [True] * 3
    assert [other.is_ours("help") for _ in range(3)] == [False] * 3
    assert other.is_ours("sales")
    assert not one.is_ours("sales")


def test_who_closes_leaves_all_to_others_for_good(pair: tuple[AmongOthers, AmongOthers]) -> None:
    one, other = pair
    assert one.is_ours("help")
    one.close()
    until(lambda: other.is_ours("help"), "the server to see that the session has ended")
    other.close()
    assert not one.is_ours("help")


def test_a_lost_session_is_noticed(store: Store, pair: tuple[AmongOthers, AmongOthers], postgres_database: str) -> None:
    one, other = pair
    assert one.is_ours("help")
    with psycopg.connect(postgres_database.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'")
    until(lambda: not one.is_ours("help"), "the end of the session")
    until(lambda: one.is_ours("help"), "the server to let go of its lock")
    assert not other.is_ours("help")


def test_on_an_embedded_database_there_is_nobody_else(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/firstline.db")
    try:
        assert isinstance(sharing(store), Alone)
        assert sharing(store).is_ours("help")
    finally:
        store.close()
