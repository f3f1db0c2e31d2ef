"""How many calls a second Discord takes from a bot on all routes together: fifty, interactions not counted.

discord.py learns of that limit by being refused, and then holds back everything, answers to people too.
https://discord.com/developers/docs/topics/rate-limits#global-rate-limit
"""

import asyncio
from collections import deque
from typing import Any, Final

import aiohttp

MANY: Final = 45
"""Calls in a second: some fewer, for they do not arrive as evenly as they leave."""
_SECOND: Final = 1.0
_OF_PEOPLE: Final = ("/interactions/", "/webhooks/")


def seconds_until_free(begun: deque[float], now: float) -> float:
    """The seconds until one more call may be made, after those that were `begun` at these times; it is noted."""
    at = max(now, begun.popleft() + _SECOND) if len(begun) >= MANY else now
    begun.append(at)
    return at - now


def counts(path: str) -> bool:
    """Whether a call counts towards the limit: answers to what people do with buttons and commands do not."""
    return not any(part in path for part in _OF_PEOPLE)


def paced() -> aiohttp.TraceConfig:
    """Holds each call back until it may be made, also one that discord.py tries again."""
    begun: deque[float] = deque()

    async def wait(_session: object, _context: object, call: Any) -> None:  # noqa: ANN401  of aiohttp
        if counts(call.url.path):
            await asyncio.sleep(seconds_until_free(begun, asyncio.get_running_loop().time()))

    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(wait)
    return trace
