"""What every channel promises of what it hands over: redeliveries are harmless, a lane keeps its order."""

from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import func, select

from bot.db.models import Delivery, Inbox, Message, Ticket
from bot.intake import inbox
from tests.support.media import MEDIA, bench


@pytest.fixture(params=MEDIA)
def name(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


async def test_a_redelivery_changes_nothing(name: str, tmp_path: Path) -> None:
    async with bench(name, tmp_path) as desk:
        raw = desk.medium.say(desk.medium.someone, "The printer is broken.", None)
        desk.take(raw, raw)
        desk.take(raw)
        with desk.store.read() as session:
            counts = [session.scalar(select(func.count()).select_from(table)) for table in (Inbox, Ticket)]
            said = session.scalars(select(Message.words).where(Message.kind == "message")).all()
            queued = session.scalars(select(Delivery.notice)).all()
    assert counts == [1, 1]
    assert list(said) == ["The printer is broken."]
    assert sorted(queued) == ["acknowledgement", "ticket_opened"]


async def test_what_follows_in_a_thread_lands_on_the_ticket_in_order(name: str, tmp_path: Path) -> None:
    async with bench(name, tmp_path) as desk:
        first = desk.medium.say(desk.medium.someone, "one", None)
        raws = [first, *(desk.medium.say(desk.medium.someone, text, first) for text in ("two", "three", "four"))]
        assert len({raw.lane for raw in raws}) == 1
        desk.take(*raws)
        with desk.store.read() as session:
            said = session.execute(
                select(Message.ticket_id, Message.words).where(Message.kind == "message").order_by(Message.id)
            ).all()
    assert [tuple(row) for row in said] == [(1, "one"), (1, "two"), (1, "three"), (1, "four")]


async def test_nobody_works_a_row_before_its_elder_in_the_lane_and_a_dead_letter_frees_it(
    name: str, tmp_path: Path
) -> None:
    async with bench(name, tmp_path) as desk:
        first = desk.medium.say(desk.medium.someone, "one", None)
        second = desk.medium.say(desk.medium.someone, "two", first)
        for raw in (first, second):
            desk.store.run(inbox.put(raw))
        with desk.store.read() as session:
            eldest, younger = inbox.waiting(session, 10)
        assert (eldest.raw.key, younger.raw.key) == (first.key, second.key)
        assert desk.store.run(lambda tx: inbox.claim(tx, [younger.id])) == set()
        assert desk.store.run(lambda tx: inbox.claim(tx, [younger.id, eldest.id])) == {eldest.id, younger.id}
        desk.store.run(lambda tx: inbox.finish(tx, eldest.id, "dead", "it cannot be read"))
        assert desk.store.run(lambda tx: inbox.claim(tx, [younger.id])) == {younger.id}


async def test_what_cannot_be_read_is_kept_and_the_next_is_worked(name: str, tmp_path: Path) -> None:
    async with bench(name, tmp_path) as desk:
        good = desk.medium.say(desk.medium.someone, "one", None)
        bad = replace(good, key="bad", lane="bad", payload=b"")
        desk.take(bad, good)
        with desk.store.read() as session:
            rows = session.execute(select(Inbox.key, Inbox.state)).all()
            kept = inbox.as_raw(session.scalars(select(Inbox).where(Inbox.key == "bad")).one())
    assert {row.key: row.state for row in rows} == {"bad": "dead", good.key: "done"}
    assert kept.payload == b""
