"""Carries payloads to the app: over its sockets, or to its request URL. Events that were not acknowledged go again."""

import asyncio
from typing import Protocol

from tests.support.slackserver import limits
from tests.support.slackserver.delivery import Answer, Delivery, NotDelivered
from tests.support.slackserver.state import State

OFTEN = 0.02
"""Seconds between looks for what is due again."""


class Transport(Protocol):
    """One way to the app."""

    async def carry(self, delivery: Delivery) -> Answer:
        """The app's answer; raises NotDelivered."""


class Courier:
    """Lives on the server's loop."""

    def __init__(self, state: State, transport: Transport) -> None:
        self._state = state
        self.transport = transport
        self._tasks: set[asyncio.Task[None]] = set()
        self.waiting: list[Delivery] = []
        """Events that failed and will be tried again."""

    @property
    def busy(self) -> bool:
        return bool(self._tasks)

    def send(self, delivery: Delivery) -> None:
        """Start an attempt."""
        delivery.due = None
        task = asyncio.get_running_loop().create_task(self._attempt(delivery))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _attempt(self, delivery: Delivery) -> None:
        try:
            answer = await self.transport.carry(delivery)
        except NotDelivered as failure:
            self._failed(delivery, failure)
        else:
            delivery.settle(answer)

    def _failed(self, delivery: Delivery, failure: NotDelivered) -> None:
        tries = len(delivery.failures)
        delivery.failures.append(failure.reason)
        if delivery.type != "events_api" or not failure.again or tries >= len(limits.REDELIVER_AFTER):
            delivery.settle(Answer(acknowledged=False, reason=failure.reason))
            return
        wait = limits.REDELIVER_AFTER[tries]
        if not wait:
            self.send(delivery)
            return
        delivery.due = self._state.clock.now() + wait
        self.waiting.append(delivery)

    async def redeliver(self) -> None:
        """Runs for ever: tries again what is due by the server's clock."""
        while True:
            now = self._state.clock.now()
            self.send_again([each for each in self.waiting if each.due is not None and each.due <= now])
            await asyncio.sleep(OFTEN)

    def send_again(self, deliveries: list[Delivery]) -> None:
        for each in deliveries:
            self.waiting.remove(each)
            self.send(each)

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
