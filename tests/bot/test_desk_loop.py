"""A batch of messages ends early where somebody waits to have something taken in; the rest comes in the next one."""

from collections.abc import Iterator

import pytest
from sqlalchemy import event, select

from bot.db.models import Inbox
from bot.db.tx import Tx
from bot.intake import inbox
from bot.loops.desk import DeskLoop
from tests.support.media import Bench


def something_urgent(_: Tx) -> None:
    """What a listener wants to have written."""


def outcomes(desk: Bench) -> list[str]:
    """What became of the rows of the inbox, the oldest first."""
    with desk.store.read() as session:
        return list(session.scalars(select(Inbox.outcome).order_by(Inbox.id)))


@pytest.fixture
def loop(desk: Bench) -> Iterator[DeskLoop]:
    """The desk's own loop, with three messages of three people that wait for it."""
    for who in ("ada", "bob", "eve"):
        desk.store.run(inbox.put(desk.medium.say(who, f"{who}'s printer is broken.", None)))
    found = DeskLoop(desk.store, desk.desk, {desk.medium.name: desk.medium.channel})
    yield found
    found.parsing.close()


def test_a_batch_ends_where_somebody_waits(desk: Bench, loop: DeskLoop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.db.store._TURN_SECONDS", 0.0)

    @event.listens_for(desk.store.engine, "before_cursor_execute")
    def _(*arguments: object) -> None:
        if "inbox.lane" in str(arguments[2]):
            desk.store.submit(something_urgent, urgent=True)

    assert loop.work()
    assert outcomes(desk) == ["opened", "", ""]
    assert loop.work()
    assert loop.work()
    assert outcomes(desk) == ["opened"] * 3
    assert not loop.work()


def test_it_is_worked_whole_where_nobody_does(desk: Bench, loop: DeskLoop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.db.store._TURN_SECONDS", 0.0)
    assert loop.work()
    assert outcomes(desk) == ["opened"] * 3
