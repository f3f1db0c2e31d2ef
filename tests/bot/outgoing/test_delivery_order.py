"""Which outbox row goes first, and what waiting for one's turn means."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from bot.db.models import Delivery
from bot.db.store import Store
from bot.db.tx import Tx
from bot.ids import new_id
from bot.outgoing import delivery
from bot.outgoing.delivery import next_step
from channels.base import Address, Envelope, NotYet, Outgoing, Role
from tests.faults.test_relay import row
from tests.support.media import NOW, at_a_bench, opened


def queue(store: Store, count: int, *, automatic: bool, at: timedelta = timedelta()) -> None:
    """Rows to so many people."""
    envelope = Envelope(key="k", to=Address("x"), role=Role.REQUESTER, sent_at=NOW)

    def unit(tx: Tx) -> None:
        for number in range(count):
            tx.append(
                Delivery,
                id=new_id(),
                key=f"{automatic} {number}",
                ticket_id=None,
                conversation_id=None,
                message_id=None,
                channel="memory",
                recipient=f"{number}@example.com",
                notice="bulletin" if automatic else "",
                outgoing=msgspec.json.encode(Outgoing(body="words")),
                envelope=msgspec.json.encode(envelope),
                state="queued",
                late=False,
                automatic=automatic,
                queued_at=NOW + at,
                due_at=NOW + at,
                leased_until=None,
                leased_by=None,
                attempts=0,
                error="",
                external_id=None,
                rendered=None,
                sent_at=None,
                root="r",
                depth=0,
            )

    store.run(unit)


@pytest.mark.covers("must:slack-pace")
def test_a_notice_to_2000_people_does_not_delay_an_answer(tmp_path: Path) -> None:
    with opened["memory"](tmp_path) as medium:
        desk = at_a_bench(tmp_path, medium)
        queue(desk.store, 2000, automatic=True)
        queue(desk.store, 1, automatic=False, at=timedelta(minutes=5))
        desk.now[0] += timedelta(minutes=6)
        first, *others = desk.store.run(delivery.claim("p", 64))
        assert first.queued_at == NOW + timedelta(minutes=5)
        assert len(others) == 63
        desk.store.close()


def test_waiting_for_ones_turn_is_no_attempt_and_takes_as_long_as_said() -> None:
    step = next_step(row(attempts=5), NotYet("others are in front", retry_after=7.0), NOW, jitter=1.5)
    assert (step.state, step.due_at, step.tried) == ("queued", NOW + timedelta(seconds=7), False)
    late = NOW + delivery.GIVE_UP_AFTER + timedelta(seconds=1)
    assert next_step(row(), NotYet("others", retry_after=1.0), late, jitter=1.0).state == "failed"
