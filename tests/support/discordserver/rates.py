"""Rate limits: https://discord.com/developers/docs/topics/rate-limits."""

import hashlib
import time
from dataclasses import dataclass
from typing import Final

from tests.support.discordserver.rest.registry import Request, Route

MAJOR: Final = ("channel", "guild", "webhook", "token")
"""The parameters that each have buckets of their own."""
MANY: Final = (50, 1.0)
KNOWN: Final = {
    "POST /channels/{channel}/messages": (5, 5.0),
    "PATCH /channels/{channel}/messages/{message}": (5, 5.0),
    "DELETE /channels/{channel}/messages/{message}": (5, 1.0),
    "GET /channels/{channel}/messages": (5, 5.0),
    "reactions": (1, 0.25),
    "PATCH /channels/{channel}": (5, 15.0),
}
"""Requests and seconds, as seen at Discord; it publishes none, and changes them."""


@dataclass
class Bucket:
    """So many requests from the first one on; after those seconds it is empty again, all at once."""

    limit: int
    seconds: float
    begun: float = 0.0
    used: int = 0

    def wait(self, now: float) -> float:
        """Seconds until there is room again; 0 when there is."""
        if now - self.begun >= self.seconds:
            self.begun, self.used = now, 0
        return 0.0 if self.used < self.limit else self.reset_after(now)

    def reset_after(self, now: float) -> float:
        return max(self.begun + self.seconds - now, 0.0)


class Rates:
    """Counts requests and says so in the headers. `on` is whether any is refused: tests seldom want to wait."""

    def __init__(self) -> None:
        self.on = False
        self.refused = 0
        self._limits = dict(KNOWN)
        self._buckets: dict[tuple[str, str], Bucket] = {}
        self.all_together = Bucket(*MANY)
        """The bot's fifty a second; interactions are not counted."""

    def set(self, bucket: str, limit: int, seconds: float) -> None:
        """Another limit for a route, and from now on limits hold."""
        self.on = True
        self._limits[bucket] = (limit, seconds)
        self._buckets.clear()

    def enter(self, route: Route, request: Request) -> tuple[float, bool, dict[str, str]]:
        """Seconds to wait (0: go on), whether for all routes, and the headers to answer with."""
        now = time.monotonic()
        bucket = self._bucket(route, request)
        everywhere = self.all_together.wait(now) if route.needs_bot else 0.0
        wait = bucket.wait(now)
        if everywhere or wait:
            self.refused += 1
            return max(everywhere, wait), bool(everywhere), self._headers(route, bucket, now)
        if self.on:
            bucket.used += 1
            self.all_together.used += 1
        return 0.0, False, self._headers(route, bucket, now)

    def _bucket(self, route: Route, request: Request) -> Bucket:
        major = "/".join(request.path.get(each, "") for each in MAJOR)
        key = (route.bucket, major)
        if key not in self._buckets:
            self._buckets[key] = Bucket(*self._limits.get(route.bucket, MANY))
        return self._buckets[key]

    @staticmethod
    def _headers(route: Route, bucket: Bucket, now: float) -> dict[str, str]:
        after = bucket.reset_after(now)
        return {
            "X-RateLimit-Limit": str(bucket.limit),
            "X-RateLimit-Remaining": str(max(bucket.limit - max(bucket.used, 1), 0)),
            "X-RateLimit-Reset": f"{time.time() + after:.3f}",
            "X-RateLimit-Reset-After": f"{after:.3f}",
            "X-RateLimit-Bucket": hashlib.md5(route.bucket.encode(), usedforsecurity=False).hexdigest(),
        }
