"""When the next message may go into a room: Slack takes one a second in each, and says when it wants none at all.

Whoever is not next soon comes back at a time that is kept for them, and takes no place among what is being sent.
https://docs.slack.dev/apis/web-api/rate-limits
"""

import asyncio
from collections.abc import Callable
from typing import Final

from channels.base import NotYet

SPACING: Final = 1.05
"""Seconds between two messages in a room."""
_PATIENCE: Final = 1.1
_MANY: Final = 5_000


class Pace:
    """The rooms of all workspaces. `clock` gives seconds, the same that `asyncio.sleep` counts."""

    def __init__(self, clock: Callable[[], float] | None = None) -> None:
        self._clock = clock or (lambda: asyncio.get_running_loop().time())
        self._free_at: dict[str, float] = {}
        self._queued_until: dict[str, float] = {}
        self._turns: dict[str, float] = {}

    async def next_in(self, room: str, key: str, *, waits: bool) -> None:
        """Return when the message may go. What `waits` its turn raises NotYet, which says when that is.

        A person's words do not wait for what the desk itself has to say in the same room: they are next.
        """
        await asyncio.sleep(self.take(room, key, waits=waits))

    def take(self, room: str, key: str, *, waits: bool) -> float:
        """The seconds until its turn. Raises NotYet."""
        now = self._clock()
        free_at = max(self._free_at.get(room, 0.0), now)
        at = max(self._turn(room, key, free_at), free_at) if waits else free_at
        if waits and at - now > _PATIENCE:
            raise NotYet("Slack takes a message a second in a room", retry_after=at - now)
        self._turns.pop(key, None)
        self._free_at[room] = at + SPACING
        self._queued_until[room] = max(self._queued_until.get(room, 0.0), at + SPACING)
        self._forget(now)
        return at - now

    def _turn(self, room: str, key: str, free_at: float) -> float:
        """The time that is kept for it: the one it was given, else behind all others of the room."""
        if key not in self._turns:
            self._turns[key] = max(self._queued_until.get(room, 0.0), free_at)
            self._queued_until[room] = self._turns[key] + SPACING
        return self._turns[key]

    def _forget(self, now: float) -> None:
        """Let go of what is over."""
        for kept in (self._free_at, self._queued_until, self._turns):
            if len(kept) > _MANY:
                for name in [name for name, at in kept.items() if at < now]:
                    del kept[name]
