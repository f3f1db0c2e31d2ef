"""What is shown in place: the latest version wins, and a failure is tried again later."""

from datetime import timedelta
from pathlib import Path

from bot.config import Config, DatabaseSettings, DeskSettings
from bot.db.store import Store
from bot.db.tx import Tx
from bot.loops.projections import ProjectionLoop
from bot.outgoing import projections
from bot.wiring import open_store
from channels.base import Outgoing, TemporaryFailure
from channels.memory import Failure, MemoryChannel
from tests.support.house import Clock


def config(tmp_path: Path, url: str) -> Config:
    return Config(desk=DeskSettings(data=str(tmp_path), secret="of these tests"), database=DatabaseSettings(url=url))


def opened(tmp_path: Path, url: str, clock: Clock) -> Store:
    return open_store(config(tmp_path, url), upgrade=True, clock=clock)


def show(store: Store, words: str) -> None:
    def unit(tx: Tx) -> None:
        projections.show(tx, "memory", "card:42", Outgoing(body=words))

    store.run(unit)


async def test_only_the_latest_version_is_shown(tmp_path: Path, database_url: str) -> None:
    store, memory = opened(tmp_path, database_url, Clock()), MemoryChannel()
    loop = ProjectionLoop(store, {"memory": memory})
    for words in ("new", "open", "solved"):
        show(store, words)
    assert await loop.show_some()
    assert memory.shown["card:42"].outgoing.body == "solved"
    assert not await loop.show_some(), "what is shown is not shown again"
    show(store, "closed")
    assert await loop.show_some()
    assert memory.shown["card:42"].state["external_id"] == "memory:card:42", "the platform's place is known by then"
    store.close()


async def test_what_could_not_be_shown_is_shown_later(tmp_path: Path, database_url: str) -> None:
    clock = Clock()
    store, memory = opened(tmp_path, database_url, clock), MemoryChannel()
    memory.failures.append(Failure(TemporaryFailure("not now")))
    loop = ProjectionLoop(store, {"memory": memory})
    show(store, "new")
    assert await loop.show_some()
    assert memory.shown == {}
    assert not await loop.show_some()
    clock.forward(timedelta(minutes=1))
    assert await loop.show_some()
    assert memory.shown["card:42"].outgoing.body == "new"
    store.close()
