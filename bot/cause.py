"""A cause: a message, a due job or somebody's verb, with the one transaction that it opens.

Lifecycle functions take it as their first argument; through it they write the audit and raise events, and it knows
where a chain of causes began and how deep it has become.
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from bot.db.models import AuditEntry
from bot.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from bot.db.models import Ticket
    from bot.db.tx import Tx
    from bot.desk import Desk
    from bot.ticket.messages import Said
    from rules.facts import Facts


class Actor(Struct, frozen=True, kw_only=True):
    """Who does it. `role`: requester, agent, desk or other; `handle` is an agent's."""

    role: str
    name: str
    person_id: int | None = None
    handle: str | None = None

    def __str__(self) -> str:
        """How the audit names them."""
        return f"agent {self.handle}" if self.handle else f"{self.role} {self.name}".strip()


DESK: Final = Actor(role="desk", name="desk")
SPAM: Final = "spam"
"""Among what happened to a ticket: it was said to be spam."""


@dataclass(frozen=True, slots=True)
class Raised:
    """An event that waits for the rules: its row's id, its ticket and the facts as they were.

    `said` is what was said, if that is what happened; `details` names what else a notice about it may want to say.
    """

    id: int
    ticket: Ticket
    facts: Facts
    depth: int
    said: Said | None = None
    details: Mapping[str, str] = field(default_factory=dict)


class Cause:
    """One cause at work.

    `id` is stable over repeats of the same cause (`inbox:7`, `job:9`), so keys made from it are too. `root` is the
    first cause of the chain this one belongs to and `depth` its distance from there. `channel` is the medium on which
    the actor spoke, if they did, and `thread` the thread there, on a platform that has some; `aside` is where they see
    what is said to them alone. `at` is its moment where that is not now. `stopped` says that its rules fed each other
    and were stopped. `touched` are the numbers of the tickets that it opened or changed, or on which something was
    said, in that order; `opened` those of new ones. `happened` are the events of each, by name, that
    `bot.figures.milestones` has not written down yet. `standing` is what was found true of a ticket, by its number, as
    long as that is so.
    `unproven` is the person who has an agent's rights, and not on the way by which they act.
    """

    def __init__(
        self,
        tx: Tx,
        desk: Desk,
        id: str,  # noqa: A002
        *,
        actor: Actor = DESK,
        root: str = "",
        depth: int = 0,
        at: datetime | None = None,
    ) -> None:
        self.tx = tx
        self.desk = desk.staffed(tx)
        self.id = id
        self.actor = actor
        self.channel = ""
        self.thread = ""
        self.aside = ""
        self.root = root or id
        self.depth = depth
        self.raised: deque[Raised] = deque()
        self.postponed: deque[tuple[Raised, str | None, str | None, Callable[[], None]]] = deque()
        self.fired: defaultdict[int, set[str]] = defaultdict(set)
        self.actions = 0
        self.stopped = False
        self.touched: dict[int, None] = {}
        self.standing: dict[int, Facts] = {}
        self.opened: set[int] = set()
        self.happened: defaultdict[int, set[str]] = defaultdict(set)
        self.unproven: int | None = None
        self.parent: Raised | None = None
        self.rule: str | None = None
        self.macro: str | None = None
        self._keys = 0
        self._at = at

    @property
    def now(self) -> datetime:
        """The moment of this cause."""
        return self._at or self.tx.now

    @property
    def why(self) -> str:
        """Which rule or macro has it done that is done now; empty where somebody does it."""
        return self.rule or (f"#macro {self.macro}" if self.macro else "")

    @property
    def event_depth(self) -> int:
        """How deep an event stands that is raised now."""
        return self.depth if self.parent is None else self.parent.depth + 1

    def postpone(self, raised: Raised, say: Callable[[], None]) -> None:
        """Have the rule at work say something because of `raised` only once the rules are done with all events."""
        self.postponed.append((raised, self.rule, self.macro, say))

    def next_key(self) -> str:
        """A key for a delivery or job: the same again when this cause is worked again."""
        self._keys += 1
        return f"{self.id}:{self._keys}"

    def touch(self, ticket_id: int) -> None:
        """Something happened to this ticket: what was known of it may be so no longer."""
        self.touched[ticket_id] = None
        self.standing.pop(ticket_id, None)

    def audit(self, action: str, ticket_id: int | None, **details: Any) -> None:  # noqa: ANN401  any JSON
        """Record who, or which rule, did what to which ticket; `details` is JSON (`before`, `after`, `why` …)."""
        if ticket_id is not None:
            self.touch(ticket_id)
        self.record(action, ticket_id, **details)

    def record(self, action: str, ticket_id: int | None, **details: Any) -> None:  # noqa: ANN401  any JSON
        """Record the same of what changes no fact of a ticket that something happens to anyway."""
        self.tx.append(
            AuditEntry,
            id=new_id(),
            ticket_id=ticket_id,
            at=self.now,
            actor=f"rule {self.rule}" if self.rule else str(self.actor),
            action=action,
            details=details,
            event_id=self.parent.id if self.parent else None,
        )
