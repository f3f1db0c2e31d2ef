"""A channel that exists in memory: what the desk is tested with, and what a new channel can be compared to.

It keeps every promise of the port and breaks them on order, the way a real platform would.
"""

import asyncio
from collections import deque
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

import msgspec

from channels.base import (
    ChannelError,
    Envelope,
    Incoming,
    IntakeUnavailable,
    NoAnswer,
    Outgoing,
    Parse,
    Projection,
    Raw,
    Receipt,
    Render,
    Take,
    Unparseable,
)


class Sent(NamedTuple):
    """A message that the platform has accepted."""

    outgoing: Outgoing
    envelope: Envelope
    receipt: Receipt


class Failure(NamedTuple):
    """An ordered failure. `accepted` says whether the platform keeps the message all the same."""

    error: ChannelError
    accepted: bool = False


def parse(raw: Raw) -> Incoming:
    """The `Incoming` whose fields are the payload, as JSON."""
    try:
        return msgspec.json.decode(raw.payload, type=Incoming)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Unparseable(f"this is no message: {error}") from error


def render(outgoing: Outgoing, envelope: Envelope) -> bytes:
    """The message as JSON."""
    return msgspec.json.encode((outgoing, envelope.key))


class MemoryChannel:
    """A platform of one's own: `receive` says something to the desk, `sent` is what the desk said.

    `failures` are used up one a delivery, in order. `refused` holds what `take` could not store, as a platform that
    redelivers would: `listen` offers it again.
    """

    seconds_a_card = 0.1

    def __init__(self, name: str = "memory") -> None:
        self.name = name
        self.parse: Parse = parse
        self.render: Render = render
        self.ready = asyncio.Event()
        self.sent: list[Sent] = []
        self.shown: dict[str, Projection] = {}
        self.failures: deque[Failure] = deque()
        self.closed = False
        self._coming: asyncio.Queue[Raw] = asyncio.Queue()
        self._by_key: dict[str, Receipt] = {}

    def receive(self, incoming: Incoming, *, received_at: datetime, lane: str = "") -> Raw:
        """Put a message in, as if it came from the platform. The same message twice is a redelivery."""
        payload = msgspec.json.encode(incoming)
        lane = lane or (incoming.thread[-1] if incoming.thread else incoming.external_id)
        key = f"{self.name}:{incoming.external_id}"
        raw = Raw(channel=self.name, key=key, lane=lane, payload=payload, received_at=received_at)
        self.receive_raw(raw)
        return raw

    def receive_raw(self, raw: Raw) -> None:
        """Put in any payload, also one that cannot be parsed."""
        self._coming.put_nowait(raw)

    def places(self) -> list[str]:
        return [f"{self.name}: messages come and go in memory"]

    async def listen(self, take: Take) -> None:
        """Hand over what was received, one at a time; what cannot be taken is offered again."""
        self.ready.set()
        try:
            while True:
                await self._hand_over(await self._coming.get(), take)
        finally:
            self.ready.clear()

    async def settled(self) -> None:
        """Return when everything received was taken."""
        await self._coming.join()

    async def deliver(self, rendered: bytes, envelope: Envelope) -> Receipt:
        """Accept the message, unless a failure was ordered. A key that was accepted before is not accepted twice."""
        if not self.failures:
            return self._accept(rendered, envelope)
        failure = self.failures.popleft()
        if failure.accepted:
            self._accept(rendered, envelope)
        raise failure.error

    async def project(self, projection: Projection) -> Receipt:
        """Show it in `shown`, in place of any earlier version, unless a failure was ordered."""
        if self.failures:
            raise self.failures.popleft().error
        self.shown[projection.target] = projection
        return Receipt(external_id=f"{self.name}:{projection.target}")

    async def find(self, envelope: Envelope) -> Receipt | None:
        return self._by_key.get(envelope.key)

    async def close(self) -> None:
        self.closed = True

    def lose_the_answer(self) -> None:
        """Order: the next message is accepted, but the answer to it is lost."""
        self.failures.append(Failure(NoAnswer("the answer was lost"), accepted=True))

    async def _hand_over(self, raw: Raw, take: Take) -> None:
        try:
            await take(raw)
        except IntakeUnavailable:
            self._coming.put_nowait(raw)
            await asyncio.sleep(0)
        finally:
            self._coming.task_done()

    def _accept(self, rendered: bytes, envelope: Envelope) -> Receipt:
        known = self._by_key.get(envelope.key)
        if known is not None:
            return known
        outgoing, _ = msgspec.json.decode(rendered, type=tuple[Outgoing, str])
        external_id = sha256(envelope.key.encode()).hexdigest()[:16]
        receipt = Receipt(external_id=external_id, thread=envelope.thread or external_id)
        self.sent.append(Sent(outgoing, envelope, receipt))
        self._by_key[envelope.key] = receipt
        return receipt
