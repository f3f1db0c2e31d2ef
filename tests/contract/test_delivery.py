"""What every channel promises of `deliver` and `find`, and what the desk makes of each way in which they end."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select, update

from bot.db.models import AuditEntry, Delivery
from bot.outgoing import delivery
from channels.base import Envelope
from tests.support.media import CAN_BE_REFUSED, MEDIA, Bench, bench


def states(desk: Bench, notice: str = "acknowledgement") -> list[tuple[str, int]]:
    """State and attempts of the deliveries of one notice."""
    with desk.store.read() as session:
        rows = session.execute(select(Delivery.state, Delivery.attempts).where(Delivery.notice == notice)).all()
    return [(state, attempts) for state, attempts in rows]


async def ask(desk: Bench) -> None:
    """Somebody asks, and what the desk says to the agents is out of the way."""
    desk.take(desk.medium.say(desk.medium.someone, "The printer is broken.", None))
    others = update(Delivery).where(Delivery.notice != "acknowledgement").values(state="dropped")
    desk.store.run(lambda tx: tx.execute(others).rowcount)


@pytest.mark.parametrize("name", MEDIA)
async def test_what_is_accepted_is_sent_once_with_a_receipt(name: str, tmp_path: Path) -> None:
    async with bench(name, tmp_path) as desk:
        await ask(desk)
        await desk.deliver()
        await desk.deliver()
        assert states(desk) == [("sent", 0)]
        assert len(desk.medium.arrived()) == 1
        with desk.store.read() as session:
            row = session.scalars(select(Delivery).where(Delivery.state == "sent")).one()
            assert row.external_id
            assert row.rendered
            assert row.sent_at == desk.now[0]


@pytest.mark.parametrize("name", MEDIA)
async def test_a_temporary_failure_is_tried_again_later_and_arrives_once(name: str, tmp_path: Path) -> None:
    async with bench(name, tmp_path) as desk:
        await ask(desk)
        assert desk.medium.temporary is not None, "every medium can be away"
        desk.medium.temporary()
        await desk.deliver()
        assert states(desk) == [("queued", 1)]
        assert desk.medium.arrived() == []
        desk.medium.mend()
        await desk.deliver()
        assert states(desk) == [("queued", 1)], "not before its time"
        desk.now[0] += timedelta(minutes=1)
        await desk.deliver()
        assert states(desk) == [("sent", 1)]
        assert len(desk.medium.arrived()) == 1


@pytest.mark.covers("H11")
@pytest.mark.parametrize("name", CAN_BE_REFUSED)
async def test_a_permanent_failure_is_not_tried_again_and_is_told(name: str, tmp_path: Path) -> None:
    async with bench(name, tmp_path) as desk:
        await ask(desk)
        assert desk.medium.permanent is not None
        desk.medium.permanent()
        await desk.deliver()
        desk.now[0] += timedelta(days=1)
        await desk.deliver()
        assert states(desk) == [("failed", 1)]
        assert states(desk, "not_delivered") == [("sent", 0)], "the agents hear of it"
        with desk.store.read() as session:
            told = session.scalars(select(AuditEntry).where(AuditEntry.action == "not_delivered")).one()
        assert told.ticket_id == 1


@pytest.mark.parametrize("name", CAN_BE_REFUSED)
async def test_a_notice_about_a_failure_that_fails_raises_no_further_one(name: str, tmp_path: Path) -> None:
    async with bench(name, tmp_path) as desk:
        await ask(desk)
        assert desk.medium.permanent is not None
        desk.medium.permanent()
        desk.medium.permanent()
        await desk.deliver()
        await desk.deliver()
        assert states(desk, "not_delivered") == [("failed", 1)]


@pytest.mark.parametrize("name", CAN_BE_REFUSED)
async def test_after_a_lost_answer_the_medium_is_asked_before_it_is_sent_again(name: str, tmp_path: Path) -> None:
    async with bench(name, tmp_path) as desk:
        await ask(desk)
        assert desk.medium.unsure is not None
        desk.medium.unsure()
        await desk.deliver()
        assert states(desk) == [("unsure", 1)]
        desk.now[0] += timedelta(minutes=1)
        await desk.deliver()
        assert states(desk) == [("sent", 1)]
        arrived = desk.medium.arrived()
        assert len(arrived) == (1 if desk.medium.can_tell else 2)
        assert len(set(arrived)) == 1, "a repeat has the same id"


@pytest.mark.parametrize("name", MEDIA)
async def test_what_a_process_was_sending_when_it_ended_is_not_doubled(name: str, tmp_path: Path) -> None:
    async with bench(name, tmp_path) as desk:
        await ask(desk)
        (row,) = desk.store.run(delivery.claim("other", 10))
        await desk.medium.channel.deliver(desk.medium.channel.render(row.outgoing, row.envelope), row.envelope)
        desk.store.run(delivery.recover)
        await desk.deliver()
        assert states(desk) == [("sent", 0)]
        arrived = desk.medium.arrived()
        assert len(arrived) == (1 if desk.medium.can_tell else 2)
        assert len(set(arrived)) == 1


@pytest.mark.parametrize("name", MEDIA)
async def test_find_knows_what_was_sent_and_nothing_else(name: str, tmp_path: Path) -> None:
    async with bench(name, tmp_path) as desk:
        await ask(desk)
        await desk.deliver()
        with desk.store.read() as session:
            row = session.scalars(select(Delivery).where(Delivery.state == "sent")).one()
        sent = msgspec.json.decode(row.envelope, type=Envelope)
        found = await desk.medium.channel.find(sent)
        assert (found is not None) == desk.medium.can_tell
        if found is not None:
            assert found.external_id == row.external_id
        never = msgspec.structs.replace(sent, key="never sent")
        assert await desk.medium.channel.find(never) is None


@pytest.mark.parametrize("name", MEDIA)
async def test_what_cannot_be_delivered_for_four_days_is_given_up(name: str, tmp_path: Path) -> None:
    async with bench(name, tmp_path) as desk:
        await ask(desk)
        assert desk.medium.temporary is not None
        desk.now[0] += timedelta(days=5)
        desk.medium.temporary()
        await desk.deliver()
        desk.medium.mend()
        assert states(desk) == [("failed", 1)]
