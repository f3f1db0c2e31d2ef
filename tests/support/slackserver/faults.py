"""What can be made to go wrong with a call of the Web API, or with the `download` of a file.

server.faults.add("chat.postMessage", TooMany(retry_after=1), times=3)
server.faults.add("*", Broken(503))
server.faults.pace = True
"""

from collections import defaultdict
from dataclasses import dataclass, field
from enum import Enum

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
    _waiting: dict[str, list[Fault]] = field(default_factory=lambda: defaultdict(list))
    _posted: dict[str, float] = field(default_factory=dict)

    def add(self, method: str, fault: Fault, times: int = 1) -> None:
        """The next `times` calls of a method (`*` for any) meet this."""
        self._waiting[method] += [fault] * times

    def clear(self) -> None:
        self._waiting.clear()
        self.pace = False

    def take(self, method: str) -> Fault | None:
        for name in (method, EVERY_METHOD):
            if self._waiting[name]:
                return self._waiting[name].pop(0)
        return None

    def too_fast(self, method: str, channel: str, now: float) -> Fault | None:
        """429 for a second post within a second, where the pace is kept."""
        if not self.pace or method != "chat.postMessage":
            return None
        if now - self._posted.get(channel, 0.0) < 1.0:
            return TooMany(1)
        self._posted[channel] = now
        return None
