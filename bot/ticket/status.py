"""The one transition table: which happening moves a ticket from which status to which.

A pair that is missing leaves the status as it is. `docs/tickets.md` shows the same table, and a test compares them.
"""

from typing import Final

from bot.db.models import OPEN
from rules.facts import Status

_UNDONE: Final = frozenset(Status(status) for status in OPEN)
_DONE: Final = frozenset({Status.SOLVED, Status.CLOSED})
_ALL: Final = _UNDONE | _DONE

TRANSITIONS: Final[dict[str, tuple[frozenset[Status], Status]]] = {
    "take": (frozenset({Status.NEW}), Status.OPEN),
    "answer": (_UNDONE, Status.OPEN),
    "wait_requester": (_UNDONE, Status.WAITING_REQUESTER),
    "wait_vendor": (_UNDONE, Status.WAITING_VENDOR),
    "hold": (_UNDONE, Status.ON_HOLD),
    "wake": (frozenset({Status.WAITING_REQUESTER, Status.WAITING_VENDOR, Status.ON_HOLD}), Status.OPEN),
    "solve": (_UNDONE, Status.SOLVED),
    "close": (_ALL - {Status.CLOSED}, Status.CLOSED),
    "reopen": (_ALL - {Status.NEW, Status.OPEN}, Status.OPEN),
}


def after(happening: str, status: str) -> Status:
    """The status that a ticket in `status` has after `happening`. Raises KeyError for an unknown happening."""
    sources, target = TRANSITIONS[happening]
    current = Status(status)
    return target if current in sources else current
