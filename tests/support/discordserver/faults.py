"""What can be made to go wrong with a request, by its route, or with the `download` of an attachment.

server.faults.add("POST /channels/{channel}/messages", Broken(502, after=True))
server.faults.add("*", TooMany(0.05, scope="global"), times=3)
"""

from collections import defaultdict
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

EVERY_ROUTE = "*"


@dataclass(frozen=True)
class TooMany:
    """429, nothing done: of the bot on this route, of the bot everywhere, or of all on this resource.

    Some say why with a code, such as 30046: too many edits of messages that are older than an hour.
    """

    retry_after: float = 0.05
    scope: Literal["user", "global", "shared"] = "user"
    code: int = 0


@dataclass(frozen=True)
class Banned:
    """429 from Cloudflare, a page of HTML, after 10,000 invalid requests in ten minutes; nothing done."""


@dataclass(frozen=True)
class Broken:
    """A 5xx with a page of HTML: nothing done or, with `after`, all done and the caller cannot know."""

    status: int = 502
    after: bool = False


@dataclass(frozen=True)
class Refusal:
    """Refused with this status and code, nothing done."""

    status: int
    code: int
    message: str = "Refused by a test"


@dataclass(frozen=True)
class Slow:
    """Done at once, answered after so many seconds."""

    seconds: float


class Drop(Enum):
    """The connection ends without an answer."""

    BEFORE = "nothing was done"
    AFTER = "it was done, and the caller cannot know"


Fault = TooMany | Banned | Broken | Refusal | Slow | Drop


@dataclass
class Faults:
    """Faults wait in a queue for each route; each request takes one."""

    _waiting: dict[str, list[Fault]] = field(default_factory=lambda: defaultdict(list))

    def add(self, route: str, fault: Fault, times: int = 1) -> None:
        """The next `times` requests on a route (`*` for any) meet this."""
        self._waiting[route] += [fault] * times

    def clear(self) -> None:
        self._waiting.clear()

    def waiting(self, route: str) -> int:
        """How many faults no request on this route has met yet."""
        return len(self._waiting[route])

    def take(self, route: str) -> Fault | None:
        for name in (route, EVERY_ROUTE):
            if self._waiting[name]:
                return self._waiting[name].pop(0)
        return None
