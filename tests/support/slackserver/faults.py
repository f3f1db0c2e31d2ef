"""What can be made to go wrong with a call of the Web API, or with the `download` of a file.

server.faults.add("chat.postMessage", TooMany(retry_after=1), times=3)
server.faults.add("*", Broken(503))
server.faults.pace = True
server.faults.minute = 60
"""

import math
from collections import defaultdict
from dataclasses import dataclass, field
from enum import Enum

from tests.support.slackserver import limits

EVERY_METHOD = "*"


@dataclass(frozen=True)
class TooMany:
    """429 with Retry-After, nothing done."""

    retry_after: int = 1


@dataclass(frozen=True)
class Broken:
    """A 5xx with a page of HTML, nothing done."""

    status: int = 503


@dataclass(frozen=True)
class Refusal:
    """`ok: false` with this error, nothing done."""

    error: str


@dataclass(frozen=True)
class Slow:
    """Done at once, answered after so many seconds."""

    seconds: float


class Drop(Enum):
    """The connection ends without an answer."""

    BEFORE = "nothing was done"
    AFTER = "it was done, and the caller cannot know"


Fault = TooMany | Broken | Refusal | Slow | Drop


@dataclass
class Faults:
    """Faults wait in a queue for each method; each call takes one."""

    pace: bool = False
    """Whether chat.postMessage is held to one a second in each channel, as at Slack."""
    minute: float | None = None
    """The seconds in which each method takes as many calls as its tier allows a minute; None: any number."""
    _called: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    _waiting: dict[str, list[Fault]] = field(default_factory=lambda: defaultdict(list))
    _posted: dict[str, float] = field(default_factory=dict)

    def add(self, method: str, fault: Fault, times: int = 1) -> None:
        """The next `times` calls of a method (`*` for any) meet this."""
        self._waiting[method] += [fault] * times

    def clear(self) -> None:
        self._waiting.clear()
        self.pace, self.minute = False, None

    def take(self, method: str) -> Fault | None:
        for name in (method, EVERY_METHOD):
            if self._waiting[name]:
                return self._waiting[name].pop(0)
        return None

    def too_fast(self, method: str, channel: str, now: float) -> Fault | None:
        """429 for a second post within a second where the pace is kept, and for what is over a method's tier."""
        if method != "chat.postMessage":
            return self._over_tier(method, now)
        if not self.pace:
            return None
        if now - self._posted.get(channel, 0.0) < 1.0:
            return TooMany(1)
        self._posted[channel] = now
        return None

    def _over_tier(self, method: str, now: float) -> Fault | None:
        tier = limits.TIER_OF.get(method)
        if self.minute is None or tier is None:
            return None
        lately = self._called[method] = [at for at in self._called[method] if now - at < self.minute]
        if len(lately) >= limits.TIERS[tier]:
            return TooMany(max(1, math.ceil(lately[0] + self.minute - now)))
        lately.append(now)
        return None
