"""The door to the database: groups of units, their results after the commit, and an end that finishes what waits."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import create_engine, event, select, text
from sqlalchemy.exc import SQLAlchemyError

from bot.db.models import Alarm, Inbox
from bot.db.store import Store, StoreUnavailable
from bot.db.tx import Tx, Unit
from bot.db.types import UtcDateTime
from bot.intake import inbox
from channels.base import Raw
from tests.support import databases
from tests.support.waiting import until

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """A store on an empty database of this version."""
    opened = Store(database_url, clock=lambda: NOW)
    yield opened
    opened.close()


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Store]:
    """The same, always embedded."""
    opened = Store(databases.embedded(tmp_path), clock=lambda: NOW)
    yield opened
    opened.close()


class Refused(Exception):
    """What a unit of these tests raises."""


def put(source: str) -> Unit[str]:
    """A unit that writes one row."""

    def unit(tx: Tx) -> str:
        tx.add(Alarm(name=source, detail="", raised_at=tx.now, last_at=tx.now, times=1))
        return source

    return unit


def fail(tx: Tx) -> None:
    tx.add(Alarm(name="never", detail="", raised_at=tx.now, last_at=tx.now, times=1))
    tx.flush()
    raise Refused


def sources(store: Store) -> set[str]:
    with store.read() as session:
        return set(session.scalars(select(Alarm.name)))


def in_one_group(store: Store, units: list[Unit[str] | Unit[None]]) -> list[Future[object]]:
    """Submit units while the writer is held, so that it finds them all at once."""
    holding, go = threading.Event(), threading.Event()

    def hold(_: Tx) -> None:
        holding.set()
        assert go.wait(10)

    held = store.submit(hold)
    assert holding.wait(10)
    futures: list[Future[object]] = [store.submit(unit) for unit in units]
    go.set()
    held.result(10)
    return futures


def commits(store: Store) -> list[str]:
    """The COMMITs that the writer's connection sees from now on."""
    seen: list[str] = []

    def watch(connection: object, *_: object) -> None:
        connection.set_trace_callback(lambda sql: seen.append(sql) if sql == "COMMIT" else None)  # type: ignore[attr-defined]

    event.listen(store.engine, "checkout", watch)
    return seen


def test_a_unit_gives_its_result_and_is_kept(store: Store) -> None:
    assert store.run(put("a")) == "a"
    assert sources(store) == {"a"}


def test_what_waits_is_committed_at_once(embedded: Store) -> None:
    seen = commits(embedded)
    futures = in_one_group(embedded, [put(str(n)) for n in range(20)])
    assert [future.result(10) for future in futures] == [str(n) for n in range(20)]
    assert len(seen) == 2, "one for the unit that held the writer, one for the twenty"


def test_one_that_raises_leaves_the_others(embedded: Store) -> None:
    a, bad, b = in_one_group(embedded, [put("a"), fail, put("b")])
    assert (a.result(10), b.result(10)) == ("a", "b")
    with pytest.raises(Refused):
        bad.result(10)
    assert sources(embedded) == {"a", "b"}


def test_a_unit_that_raises_is_rolled_back_on_every_database(store: Store) -> None:
    with pytest.raises(Refused):
        store.run(fail)
    assert store.run(put("a")) == "a"
    assert sources(store) == {"a"}


def test_a_result_comes_after_the_commit(store: Store) -> None:
    """Seen by another connection at the very moment the future resolves."""
    seen: list[set[str]] = []
    looked = threading.Event()
    other = create_engine(store.url)

    def look(_: Future[str]) -> None:
        with other.connect() as connection:
            seen.append(set(connection.scalars(text("select name from alarm"))))
        looked.set()

    future = in_one_group(store, [put("a")])[0] if store.embedded else store.submit(put("a"))
    future.add_done_callback(look)  # type: ignore[arg-type]
    assert looked.wait(10)
    other.dispose()
    assert seen == [{"a"}]


def test_a_conflict_with_another_transaction_is_tried_again(store: Store) -> None:
    """Two units that each make a row which is not there yet: on a server they run at the same time."""
    meet = threading.Barrier(2)

    def make(tx: Tx) -> bool:
        found = tx.session.get(Alarm, "one")
        if not store.embedded and meet.n_waiting < 2 and not meet.broken and found is None:
            meet.wait(10)
        if found is None:
            tx.add(Alarm(name="one", detail="", raised_at=tx.now, last_at=tx.now, times=1))
        tx.flush()
        return found is None

    results = [future.result(20) for future in [store.submit(make), store.submit(make)]]
    assert sorted(results) == [False, True]
    assert sources(store) == {"one"}


def test_loops_are_woken_after_the_commit_and_only_if_there_was_one(store: Store) -> None:
    woken: list[set[str]] = []
    store.on_wake("desk", lambda: woken.append(sources(store)))

    def wake(tx: Tx) -> None:
        put("a")(tx)
        tx.wake("desk")

    def wake_and_fail(tx: Tx) -> None:
        tx.wake("desk")
        raise Refused

    store.run(wake)
    until(lambda: woken, "the loop to be woken")
    with pytest.raises(Refused):
        store.run(wake_and_fail)
    store.run(put("b"))
    store.close()
    assert woken == [{"a"}]


def test_nothing_can_be_written_where_one_reads(store: Store) -> None:
    with pytest.raises((SQLAlchemyError, StoreUnavailable)), store.read() as session:
        session.execute(text("delete from alarm"))
    assert sources(store) == set()


def test_a_reader_sees_one_moment(embedded: Store) -> None:
    with embedded.read() as session:
        assert session.scalars(select(Alarm.name)).all() == []
        embedded.run(put("a"))
        assert session.scalars(select(Alarm.name)).all() == []
    assert sources(embedded) == {"a"}


def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    naive = Inbox(
        id=1,
        channel="test",
        key="k",
        lane="",
        payload=b"",
        meta={},
        received_at=datetime(2026, 11, 22, 10, 0),  # noqa: DTZ001  that is what this is about
        state="new",
        outcome="",
        attempts=0,
    )
    with pytest.raises(Exception, match=r"naive|zone"):
        store.run(lambda tx: tx.add(naive))


def test_times_come_back_in_utc() -> None:
    kind = UtcDateTime()
    dialect = create_engine("sqlite://").dialect
    there = datetime(2026, 11, 22, 12, 0, tzinfo=timezone(timedelta(hours=2)))
    kept = kind.process_bind_param(there, dialect)
    assert kind.process_result_value(kept, dialect) == datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def test_the_end_finishes_what_waits(store: Store) -> None:
    futures = [store.submit(put(str(n))) for n in range(200)]
    store.close()
    assert {future.result(0) for future in futures} == {str(n) for n in range(200)}
    with pytest.raises(StoreUnavailable, match="closed"):
        store.submit(put("late"))
    store.close()


def test_the_end_waits_for_who_reads_and_leaves_no_connection_open(store: Store) -> None:
    reading, enough = threading.Event(), threading.Event()
    left_open: list[Any] = []

    def read() -> None:
        with store.read() as session:
            left_open.append(session.connection().connection.dbapi_connection)
            reading.set()
            enough.wait(30)

    reader, closer = threading.Thread(target=read), threading.Thread(target=store.close)
    reader.start()
    assert reading.wait(30)
    closer.start()
    until(lambda: store._closed, "the end to begin")
    closer.join(0.1)
    assert closer.is_alive()
    enough.set()
    closer.join(30)
    reader.join(30)
    assert not closer.is_alive()
    with pytest.raises(Exception, match="closed"):
        left_open[0].execute("select 1")
    with pytest.raises(StoreUnavailable, match="closed"), store.read():
        pass


def test_whoever_stopped_waiting_stops_nobody(store: Store) -> None:
    """A future that was cancelled, while its unit waits or runs, must not end the writer."""
    running, go = threading.Event(), threading.Event()

    def hold(tx: Tx) -> str:
        running.set()
        assert go.wait(10)
        return put("held")(tx)

    holding = [store.submit(hold)] + ([] if store.embedded else [store.submit(lambda _: go.wait(10)) for _ in range(3)])
    assert running.wait(10)
    waiting = store.submit(put("waiting"))
    assert not holding[0].cancel(), "too late"
    waiting.cancel()
    go.set()
    assert store.run(put("next")) == "next"
    assert holding[0].result(10) == "held"
    assert sources(store) == {"held", "next"}


def test_urgent_units_go_first(embedded: Store) -> None:
    order: list[str] = []

    def note(name: str) -> Unit[None]:
        return lambda _: order.append(name)

    holding, go = threading.Event(), threading.Event()

    def hold(_: Tx) -> None:
        holding.set()
        assert go.wait(10)

    embedded.submit(hold)
    assert holding.wait(10)
    futures = [embedded.submit(note("normal")), embedded.submit(note("urgent"), urgent=True)]
    go.set()
    for future in futures:
        future.result(10)
    assert order == ["urgent", "normal"]


@pytest.mark.covers("must:disk-full")
def test_what_comes_after_the_database_gave_up_by_itself_is_not_acknowledged(embedded: Store) -> None:
    """As SQLite does when the disk is full: it rolls back, and from there on every statement commits by itself."""

    def ended(tx: Tx) -> None:
        put("a")(tx)
        tx.flush()
        tx.session.connection().exec_driver_sql("ROLLBACK")
        put("b")(tx)

    with pytest.raises(StoreUnavailable, match="ended the transaction by itself"):
        embedded.run(ended)
    assert embedded.trouble
    assert embedded.run(put("c")) == "c"
    assert embedded.trouble == ""
    assert sources(embedded) == {"c"}


def test_a_server_that_only_reads_is_not_available(postgres_database: str) -> None:
    """A standby, or a server whose disk is nearly full: it is no fault of the unit, which is to be tried again."""
    opened = Store(postgres_database, clock=lambda: NOW)

    def unit(tx: Tx) -> None:
        tx.session.execute(text("set transaction read only"))
        put("a")(tx)

    with pytest.raises(StoreUnavailable, match="only reads at the moment"):
        opened.run(unit)
    opened.close()


def test_a_unit_hears_that_something_urgent_waits(embedded: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not urgent waits until it is done."""
    monkeypatch.setattr("bot.db.store._TURN_SECONDS", 0.0)
    futures: list[Future[str]] = []
    heard: list[bool] = []

    def unit(tx: Tx) -> None:
        futures.append(embedded.submit(put("normal")))
        heard.append(tx.awaited())
        futures.append(embedded.submit(put("urgent"), urgent=True))
        heard.append(tx.awaited())

    embedded.run(unit)
    assert heard == [False, True]
    assert {future.result(10) for future in futures} == {"normal", "urgent"}


def test_nobody_is_heard_at_once(embedded: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction costs something by itself: none ends that has just begun."""
    monkeypatch.setattr("bot.db.store._TURN_SECONDS", 3600.0)
    futures: list[Future[str]] = []

    def unit(tx: Tx) -> bool:
        futures.append(embedded.submit(put("urgent"), urgent=True))
        return tx.awaited()

    assert not embedded.run(unit)
    assert futures[0].result(10) == "urgent"


def test_what_was_fetched_is_kept_with_one_statement(embedded: Store) -> None:
    """Several in one group: a statement that cannot be run for all of them at once would have each run alone."""
    raws = [Raw(channel="slack", key=str(n), lane="a", payload=b"x", received_at=NOW, complete=False) for n in range(3)]
    for raw in raws:
        embedded.run(inbox.put(raw))
    with embedded.read() as session:
        waiting = inbox.to_fetch(session, 10)
    seen = commits(embedded)
    whole = [inbox.fetched(row.id, msgspec.structs.replace(row.raw, payload=b"whole")) for row in waiting]
    for future in in_one_group(embedded, list(whole)):
        future.result(10)
    assert len(seen) == 2, "one for the unit that held the writer, one for the three"
    with embedded.read() as session:
        assert [row.raw.payload for row in inbox.waiting(session, 10)] == [b"whole"] * 3
