"""Snowflakes: https://discord.com/developers/docs/reference#snowflakes."""

import secrets
from threading import Lock

from tests.support.slackserver.clock import Clock

DISCORD_EPOCH = 1_420_070_400.0
"""The first second of 2015."""


class Snowflakes:
    """Ids that say when they were made; each is greater than the one before."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0
        self._lock = Lock()

    def new(self) -> int:
        with self._lock:
            self._last = max(int((self._clock.now() - DISCORD_EPOCH) * 1000) << 22, self._last + 1)
            return self._last


def time_of(snowflake: int) -> float:
    """When an id was made, in seconds since 1970."""
    return (snowflake >> 22) / 1000 + DISCORD_EPOCH


def new_secret() -> str:
    return secrets.token_urlsafe(24)
