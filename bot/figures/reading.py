"""What happened in a time, read row by row, the newest first: nothing of it is kept, however much it is."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from bot.db.models import Milestone

_AT_ONCE: Final = 2_000
_NAMED_AT_ONCE: Final = 500
COLUMNS: Final = (
    Milestone.ticket_id,
    Milestone.at,
    Milestone.happened,
    Milestone.status,
    Milestone.priority,
    Milestone.category,
    Milestone.team,
    Milestone.tier,
    Milestone.department,
    Milestone.channel,
    Milestone.requester_id,
    Milestone.assignee_id,
    Milestone.agent_id,
    Milestone.asset_id,
    Milestone.opened_at,
    Milestone.answered,
    Milestone.escalated,
    Milestone.confidential,
    Milestone.void,
    Milestone.seconds,
)


class Scope(Struct, frozen=True, kw_only=True):
    """Which tickets are counted: those of a team, a category, a department; each empty for all."""

    team: str = ""
    category: str = ""
    department: str = ""

    def __bool__(self) -> bool:
        return bool(self.team or self.category or self.department)

    def has(self, row: Any) -> bool:  # noqa: ANN401  a row with these three columns, of whatever question
        """Whether a row is in it."""
        return (
            (not self.team or row.team == self.team)
            and (not self.category or row.category == self.category)
            and (not self.department or row.department == self.department)
        )


def backwards(session: Session, since: int, until: int) -> Iterator[Row[Any]]:
    """The milestones from a second until before another, the newest first."""
    wanted = select(*COLUMNS).where(Milestone.at >= since, Milestone.at < until)
    yield from streamed(session, wanted.order_by(Milestone.at.desc(), Milestone.id.desc()))


def streamed(session: Session, query: Select[Any]) -> Iterator[Row[Any]]:
    """The rows of a question, some at a time."""
    with session.connection().execute(query, execution_options={"yield_per": _AT_ONCE}) as rows:
        yield from rows


def as_they_stood(session: Session, numbers: Sequence[int], until: int) -> Iterator[Row[Any]]:
    """The last milestone of each of these tickets before that second; of one that had none yet, nothing."""
    for begin in range(0, len(numbers), _NAMED_AT_ONCE):
        some = numbers[begin : begin + _NAMED_AT_ONCE]
        wanted = select(*COLUMNS).where(Milestone.ticket_id.in_(some), Milestone.at < until)
        known: Row[Any] | None = None
        for row in session.connection().execute(wanted.order_by(Milestone.ticket_id, Milestone.at, Milestone.id)):
            if known is not None and known.ticket_id != row.ticket_id:
                yield known
            known = row
        if known is not None:
            yield known
