"""All figures of one period together, and beside those of the period before."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from sqlalchemy.orm import Session

from bot.figures.backlog import Backlog
from bot.figures.calls import PHONE, Calls
from bot.figures.kept import Kept
from bot.figures.periods import Period
from bot.figures.reading import Scope
from bot.figures.tally import Tally


@dataclass(frozen=True)
class Figures:
    """What was counted of a period: what happened, the promises that ended, calls, and what was open at its end."""

    period: Period
    tally: Tally
    kept: Kept
    backlog: Backlog
    calls: Calls

    def contacts(self) -> Counter[tuple[str, int]]:
        """How often somebody turned to the desk, by channel and quarter of an hour (since 1970).

        By telephone these are the calls that it has logged; where it has none, the tickets opened for who called.
        """
        found = Counter(self.tally.contacts)
        if self.calls.all:
            for channel, quarter in self.tally.contacts:
                if channel == PHONE:
                    del found[channel, quarter]
            found.update({(PHONE, quarter): times for quarter, times in self.calls.quarters.items()})
        return found


@dataclass(frozen=True)
class Compared:
    """The figures of a period and of the one before it."""

    scope: Scope
    now: Figures
    before: Figures


def compare(session: Session, period: Period, scope: Scope) -> Compared:
    """The figures of a period beside those of the one before, from one snapshot."""
    now, before = count(session, period, scope), count(session, period.before(), scope)
    now.tally.count_details(session, period, scope)
    return Compared(scope, now, before)


def count(session: Session, period: Period, scope: Scope) -> Figures:
    """The figures of one period."""
    tally, kept, backlog, calls = Tally(), Kept(), Backlog(), Calls()
    tally.count(session, period, scope)
    kept.count(session, period.since, period.until, scope)
    backlog.count(session, period.until, scope)
    calls.count(session, period.since, period.until, scope)
    return Figures(period, tally, kept, backlog, calls)


def at_rank(values: Sequence[int], share: float) -> int | None:
    """The smallest of the values that so large a share of them does not exceed (nearest rank); None of no values."""
    return sorted(values)[ceil(share * len(values)) - 1] if values else None
