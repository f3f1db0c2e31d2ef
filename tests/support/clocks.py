"""Time and the clocks of automations, for scenarios: a desk with a book of its own, and time that passes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from msgspec.structs import replace
from sqlalchemy import func, select

from bot.config import Config
from bot.db.models import Event, Job, is_one_of
from tests.support.house import Clock, House
from tests.support.story import Furnished

MONDAY = datetime.fromisoformat("2026-11-23T09:00+01:00")
"""A working day, in the morning."""


@dataclass(frozen=True)
class Ringing:
    """A clock of a ticket: its rule, the state of its job, since when the condition holds, when it rings."""

    rule: str
    state: str
    since: datetime
    due_at: datetime


def desk_with(folder: Path, url: str, book: str, *, shipped: bool = False) -> House:
    """A desk with one book of its own, on a Monday morning."""
    path = folder / "own.toml"
    path.write_text(book, encoding="utf-8")

    def change(config: Config) -> Config:
        return replace(config, rules=replace(config.rules, shipped=shipped, books=(str(path),) if book else ()))

    return Furnished(folder, url, change=change, clock=Clock(MONDAY))


def earlier_each_day(settings: str) -> str:
    """Settings whose cron `HOUR` is an hour of the day that has begun already: it comes for the first time tomorrow."""
    return settings.replace("HOUR", f"0 {datetime.now(ZoneInfo('Europe/Berlin')).hour} * * *")


def pass_time(house: House, **by: float) -> None:
    """Let time pass, as `timedelta` counts it, and wait until all that is due then is done."""
    house.clock.forward(timedelta(**by))
    house.store.wake("jobs")
    house.store.wake("delivery")
    while True:
        house.wait_until(lambda: not _due(house), "the jobs that are due")
        house.settle()
        if not _due(house):  # what failed on its way may have made one
            return


def clocks(house: House, ticket: int) -> list[Ringing]:
    """All clocks that a ticket ever had, the oldest first."""
    query = select(Job.arguments, Job.state, Job.due_at).where(Job.ticket_id == ticket, Job.kind == "timer")
    rows = house.read(lambda session: session.execute(query.order_by(Job.id)).all())
    return [
        Ringing(row.arguments["rule"], row.state, datetime.fromisoformat(row.arguments["since"]), row.due_at)
        for row in rows
    ]


def states(house: House, ticket: int) -> list[tuple[str, str]]:
    """The rule and the state of each of them."""
    return [(clock.rule, clock.state) for clock in clocks(house, ticket)]


def events(house: House, ticket: int, name: str) -> list[bytes]:
    """The facts of each event of that name, as they are stored."""
    query = select(Event.facts).where(Event.ticket_id == ticket, Event.name == name).order_by(Event.id)
    return house.read(lambda session: list(session.scalars(query)))


def _due(house: House) -> int:
    query = select(func.count()).where(is_one_of(Job.state, "waiting"), Job.due_at <= house.clock())
    return house.read(lambda session: session.scalar(query) or 0)
