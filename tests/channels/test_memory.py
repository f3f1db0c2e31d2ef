import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from channels.base import (
    Address,
    Channel,
    Choice,
    Envelope,
    Incoming,
    IntakeUnavailable,
    Kind,
    NoAnswer,
    Outgoing,
    PermanentFailure,
    Raw,
    Role,
    TemporaryFailure,
    Unparseable,
)
from channels.memory import Failure, MemoryChannel

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ANNA = Address("anna@example.com", "Anna")
HELLO = Incoming(kind=Kind.HUMAN, external_id="m1", sender=ANNA, text="The printer smokes.")


def envelope(**changes: Any) -> Envelope:
    return Envelope(**{"key": "k1", "to": ANNA, "role": Role.REQUESTER, "sent_at": NOW, **changes})


async def heard(channel: MemoryChannel, refusals: int = 0) -> list[Raw]:
    """Everything the channel hands over, after so many refusals."""
    taken: list[Raw] = []

    async def take(raw: Raw) -> bool:
        nonlocal refusals
        if refusals:
            refusals -= 1
            raise IntakeUnavailable("disk full")
        taken.append(raw)
        return True

    listening = asyncio.ensure_future(channel.listen(take))
    await channel.settled()
    listening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await listening
    return taken


async def test_what_is_received_comes_out_as_it_was() -> None:
    channel: Channel = (memory := MemoryChannel())
    raw = memory.receive(HELLO, received_at=NOW)
    assert await heard(memory) == [raw]
    assert channel.parse(raw) == HELLO
    assert (channel.places(), channel.ready.is_set()) == (["memory: messages come and go in memory"], False)


async def test_a_redelivery_has_the_same_key_and_a_thread_one_lane() -> None:
    memory = MemoryChannel()
    answer = Incoming(kind=Kind.HUMAN, external_id="m2", sender=ANNA, thread=("m1",))
    first, again, second = (memory.receive(message, received_at=NOW) for message in (HELLO, HELLO, answer))
    assert first.key == again.key != second.key
    assert first.lane == second.lane == "m1"
    assert memory.receive(HELLO, received_at=NOW, lane="mine").lane == "mine"
    assert len(await heard(memory)) == 4


async def test_what_cannot_be_taken_is_offered_again() -> None:
    memory = MemoryChannel()
    raw = memory.receive(HELLO, received_at=NOW)
    assert await heard(memory, refusals=2) == [raw]


@pytest.mark.parametrize("payload", [b"", b"{", b"{}", b"\xff", b"[" * 100_000, b'{"kind": "ghost"}'])
def test_what_is_no_message_is_unparseable(payload: bytes) -> None:
    raw = Raw(channel="memory", key="k", lane="l", payload=payload, received_at=NOW)
    with pytest.raises(Unparseable, match="this is no message"):
        MemoryChannel().parse(raw)


async def test_what_is_said_is_kept_once_a_key() -> None:
    memory = MemoryChannel("chat")
    out = Outgoing(body="Hello", choices=(Choice("1", "Yes"),))
    receipt = await memory.deliver(memory.render(out, envelope()), envelope())
    assert await memory.deliver(memory.render(out, envelope()), envelope()) == receipt
    assert await memory.find(envelope()) == receipt
    assert await memory.find(envelope(key="k2")) is None
    assert [(sent.outgoing, sent.envelope.key) for sent in memory.sent] == [(out, "k1")]
    await memory.deliver(memory.render(out, envelope(key="k2")), envelope(key="k2", thread=receipt.thread))
    assert memory.sent[1].receipt.thread == receipt.thread
    assert memory.sent[1].receipt.external_id != receipt.external_id


async def test_it_fails_as_ordered() -> None:
    memory = MemoryChannel()
    memory.failures += [Failure(TemporaryFailure("later", retry_after=3)), Failure(PermanentFailure("never"))]
    memory.failures.append(Failure(NoAnswer("lost on the way")))
    rendered = memory.render(Outgoing(body="x"), envelope())
    for failure in (TemporaryFailure, PermanentFailure, NoAnswer):
        with pytest.raises(failure):
            await memory.deliver(rendered, envelope())
    assert (memory.sent, await memory.find(envelope())) == ([], None)
    memory.lose_the_answer()
    with pytest.raises(NoAnswer):
        await memory.deliver(rendered, envelope())
    receipt = await memory.find(envelope())
    assert receipt == await memory.deliver(rendered, envelope()) == memory.sent[0].receipt


async def test_it_can_be_closed() -> None:
    memory = MemoryChannel()
    await memory.close()
    assert memory.closed
