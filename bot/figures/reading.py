"""What happened in a time, asked so that the database counts what it can: no more is read than what is said of it."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import ColumnElement, Executable, Row, case, func, literal_column, select
from sqlalchemy.orm import Session

from bot.db.models import OPEN, Milestone, is_one_of
from bot.figures.milestones import Happened

QUARTER: Final = 900
"""Seconds in which no zone changes its clock."""
_AT_ONCE: Final = 2_000
_CONTACT: Final = int(Happened.OPENED | Happened.RECEIVED)
_NOTHING_COUNTED: Final = int(Happened.CHANGED)


class Scope(Struct, frozen=True, kw_only=True):
    """Which tickets are counted: those of a team, a category, a department; each empty for all."""

    team: str = ""
    category: str = ""
    department: str = ""

    def conditions(self) -> list[ColumnElement[bool]]:
        """What is asked of a milestone."""
        wanted = ((Milestone.team, self.team), (Milestone.category, self.category))
        asked = [column == value for column, value in (*wanted, (Milestone.department, self.department)) if value]
        return [*asked, Milestone.void.is_(False)]


def opened(session: Session, since: int, until: int, scope: Scope) -> Iterator[Row[Any]]:
    """How many tickets were opened in that time, by what was so of them at the end of it."""
    columns = (
        Milestone.status,
        Milestone.priority,
        Milestone.category,
        Milestone.team,
        Milestone.department,
        Milestone.asset_id,
        Milestone.answered,
        Milestone.confidential,
    )
    counted = select(*columns, func.count().label("times"))
    return streamed(session, counted.where(*_lasts(since, until), *scope.conditions()).group_by(*columns))


def askers(session: Session, since: int, until: int, scope: Scope) -> Iterator[Row[Any]]:
    """How many of the same tickets, but confidential ones, each requester opened of each category."""
    columns = (Milestone.requester_id, Milestone.category)
    wanted = (*_lasts(since, until), *scope.conditions(), Milestone.confidential.is_(False))
    return streamed(session, select(*columns, func.count().label("times")).where(*wanted).group_by(*columns))


def openings(session: Session, since: int, until: int, scope: Scope) -> Iterator[Row[Any]]:
    """How many of the same tickets were opened in each quarter of an hour (since 1970)."""
    quarter = Milestone.opened_at.op("/")(literal_column(str(QUARTER)))
    counted = select(quarter.label("quarter"), func.count().label("times"))
    return streamed(session, counted.where(*_lasts(since, until), *scope.conditions()).group_by(quarter))


def happenings(session: Session, since: int, until: int, scope: Scope) -> Iterator[Row[Any]]:
    """How often what happened, of which tier and category, and by whom."""
    columns = (
        Milestone.happened,
        Milestone.tier,
        Milestone.category,
        Milestone.agent_id,
        Milestone.assignee_id,
        case((Milestone.escalated > 0, 1), else_=0),
    )
    counted = select(*columns[:5], columns[5].label("escalated"), func.count().label("times"))
    wanted = (Milestone.at >= since, Milestone.at < until, Milestone.happened != _NOTHING_COUNTED)
    return streamed(session, counted.where(*wanted, *scope.conditions()).group_by(*columns))


def contacts(session: Session, since: int, until: int, scope: Scope) -> Iterator[Row[Any]]:
    """How often somebody turned to the desk, by channel and quarter of an hour (since 1970)."""
    quarter = Milestone.at.op("/")(literal_column(str(QUARTER)))
    counted = select(Milestone.channel, quarter.label("quarter"), func.count().label("times"))
    wanted = (Milestone.at >= since, Milestone.at < until, Milestone.happened.op("&")(_CONTACT) != 0)
    return streamed(session, counted.where(*wanted, *scope.conditions()).group_by(Milestone.channel, quarter))


def worked(session: Session, since: int, until: int, scope: Scope) -> Iterator[Row[Any]]:
    """The category of each ticket that was done in that time, and the business time it took."""
    done = (Milestone.at >= since, Milestone.at < until, Milestone.seconds.is_not(None))
    return streamed(session, select(Milestone.category, Milestone.seconds).where(*done, *scope.conditions()))


def open_at(session: Session, moment: int, scope: Scope, ages: Sequence[int]) -> Iterator[Row[Any]]:
    """How many tickets were open right before a second, as they were then, by how many of these ages they exceed.

    Costs what is open, and what was until after that second: of a moment long past, much.
    """
    older = [(Milestone.opened_at > moment - age, place) for place, age in enumerate(ages)]
    age = case(*older, else_=len(ages))
    columns = (Milestone.priority, Milestone.assignee_id, age)
    counted = select(*columns[:2], age.label("age"), func.count().label("times"))
    then = (is_one_of(Milestone.status, *OPEN), Milestone.until >= moment, Milestone.at < moment)
    return streamed(session, counted.where(*then, *scope.conditions()).group_by(*columns))


def _lasts(since: int, until: int) -> list[ColumnElement[bool]]:
    """What is asked of a milestone that says how a ticket, opened since then, was in the end."""
    return [Milestone.at >= since, Milestone.at < until, Milestone.until >= until, Milestone.opened_at >= since]


def streamed(session: Session, query: Executable) -> Iterator[Row[Any]]:
    """The rows of a question, some at a time."""
    with session.connection().execute(query, execution_options={"yield_per": _AT_ONCE}) as rows:
        yield from rows
