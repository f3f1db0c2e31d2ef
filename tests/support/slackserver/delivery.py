"""One payload on its way to the app, and what became of it."""

import asyncio
from collections.abc import Callable, Generator
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.support.slackserver.refused import Json

Type = Literal["events_api", "interactive", "slash_commands"]


class NotDelivered(Exception):
    """An attempt failed; the reason is as X-Slack-Retry-Reason gives it."""

    def __init__(self, reason: str, *, again: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.again = again


@dataclass(frozen=True)
class Answer:
    """How it ended: acknowledged, perhaps with a payload, or failed for a reason."""

    acknowledged: bool
    payload: Json = field(default_factory=dict)
    reason: str = ""


@dataclass(eq=False)
class Delivery:
    """Wait for its end with `await delivery` or `delivery.wait()`; the product must be running meanwhile."""

    type: Type
    payload: Json
    failures: list[str] = field(default_factory=list)
    """The reason of each attempt that failed, in order."""
    due: float | None = None
    """When it will be tried again, on the server's clock; None while it is under way or over."""
    done: "Future[Answer]" = field(default_factory=Future)
    on_answer: Callable[[Answer], Answer] = lambda answer: answer
    """What the answer does at Slack, before anybody hears of it; it may be found wrong."""

    @property
    def acknowledged(self) -> bool:
        return self.done.done() and self.done.result().acknowledged

    @property
    def lost(self) -> bool:
        """Given up: no attempt was acknowledged."""
        return self.done.done() and not self.done.result().acknowledged

    @property
    def event_id(self) -> str:
        return str(self.payload.get("event_id", ""))

    def wait(self, timeout: float = 60.0) -> Answer:
        """For tests whose product runs in another thread or process."""
        return self.done.result(timeout)

    def __await__(self) -> Generator[Any, None, Answer]:
        return asyncio.wrap_future(self.done).__await__()

    def settle(self, answer: Answer) -> None:
        self.due = None
        if not self.done.done():
            self.done.set_result(self.on_answer(answer))
