"""Staffing against load: who was there in each hour of the week, beside how many people turned to the desk in it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from bot.figures.clock import Clock
from bot.figures.duty import Duty
from bot.figures.reading import QUARTER
from bot.figures.section import Cell, Chart, Column, Section, Seen
from bot.notice.wording import gettext

ENOUGH: Final = 3
"""So many contacts in an hour of the week say something about it."""
_BUSIEST: Final = 3
_HOURS: Final = 24
_HOUR: Final = 3_600
_QUARTERS: Final = _HOUR // QUARTER

Hour = tuple[int, int]
"""A weekday, Monday is 0, and an hour of it."""


@dataclass
class Week:
    """The hours of the week in a period: contacts while somebody was at work, and while nobody was; time at work."""

    attended: Counter[Hour] = field(default_factory=Counter)
    alone: Counter[Hour] = field(default_factory=Counter)
    on_call: Counter[Hour] = field(default_factory=Counter)
    work: Counter[Hour] = field(default_factory=Counter)
    quarters: Counter[Hour] = field(default_factory=Counter)

    def agents(self, hour: Hour) -> float:
        """How many agents were at work then, on average."""
        return self.work[hour] / (self.quarters[hour] * QUARTER) if self.quarters[hour] else 0.0

    def load(self, hour: Hour) -> float | None:
        """Contacts for each hour that an agent was at work then; None where none was."""
        return self.attended[hour] * _HOUR / self.work[hour] if self.work[hour] else None


def week(seen: Seen) -> Week:
    """The week of a report's period."""
    period, found, clock = seen.figures.now.period, Week(), Clock(seen.figures.now.period.zone)
    duty = Duty()
    duty.count(seen.session, seen.office, period.since, period.until, seen.figures.scope)
    for quarter in range(period.since // QUARTER, -(-period.until // QUARTER)):
        hour = clock.hour(quarter)
        found.quarters[hour] += 1
        found.work[hour] += duty.work[quarter]
    for (_, quarter), times in seen.figures.now.contacts().items():
        hour = clock.hour(quarter)
        if duty.work[quarter]:
            found.attended[hour] += times
            continue
        found.alone[hour] += times
        found.on_call[hour] += times if quarter in duty.on_call else 0
    return found


def staffing(seen: Seen) -> Section:
    """Agents at work against contacts, by weekday and hour on the desk's clock; where load is high, and nobody is."""
    found, title = week(seen), seen.say(gettext("Staffing against load"))
    busy = sorted({*found.attended, *found.alone, *(hour for hour, work in found.work.items() if work)})
    if not (found.attended or found.alone):
        return Section("staffing", title, [seen.say(gettext("Nobody turned to the desk."))])
    return Section("staffing", title, _lines(seen, found), _columns(), _rows(seen, found, busy), _chart(seen, found))


def _lines(seen: Seen, found: Week) -> list[str]:
    number, work = seen.words.number, found.work.total()
    overall = gettext(
        "Contacts for each hour that an agent was at work: %(load)s.",
        load=number(round(found.attended.total() * _HOUR / work, 1) if work else None),
    )
    lines = [seen.say(overall)]
    loads = {hour: found.load(hour) or 0.0 for hour, times in found.attended.items() if times >= ENOUGH}
    if loads:
        most = _most(seen, ((hour, round(load, 1)) for hour, load in loads.items()))
        lines.append(seen.say(gettext("Most for each agent: %(hours)s.", hours=most)))
    if not found.alone:
        return [*lines, seen.say(gettext("In every hour with contacts somebody was at work."))]
    alone = gettext(
        "Contacts while nobody was at work: %(count)s; most: %(hours)s.",
        count=number(found.alone.total()),
        hours=_most(seen, found.alone.items()),
    )
    lines.append(seen.say(alone))
    called = found.on_call.total()
    if called:
        lines.append(seen.say(gettext("At %(count)s of them somebody was on call.", count=number(called))))
    return lines


def _most(seen: Seen, values: Iterable[tuple[Hour, float]]) -> str:
    first = sorted(values, key=lambda one: (-one[1], one[0]))[:_BUSIEST]
    return ", ".join(
        f"{seen.words.weekday(day)} {hour}:00 ({seen.words.number(value)})" for (day, hour), value in first
    )


def _columns() -> tuple[Column, ...]:
    return (
        Column(gettext("weekday"), "text"),
        Column(gettext("hour"), "text"),
        Column(gettext("contacts")),
        Column(gettext("agents at work")),
        Column(gettext("contacts for each agent and hour")),
        Column(gettext("with nobody at work")),
        Column(gettext("of these, somebody on call")),
    )


def _rows(seen: Seen, found: Week, busy: Iterable[Hour]) -> list[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = []
    for hour in busy:
        load = found.load(hour)
        rows.append(
            (
                seen.words.weekday(hour[0]),
                f"{hour[1]}:00",
                found.attended[hour] + found.alone[hour],
                round(found.agents(hour), 1),
                None if load is None else round(load, 2),
                found.alone[hour],
                found.on_call[hour],
            )
        )
    return rows


def _chart(seen: Seen, found: Week) -> Chart:
    """The load by weekday and hour, and a cross where people found nobody."""
    days = [seen.words.weekday(day) for day in range(7)]
    series = {name: [found.load((day, hour)) for hour in range(_HOURS)] for day, name in enumerate(days)}
    marks = sorted(hour for hour, times in found.alone.items() if times)
    legend = (
        seen.say(gettext("contacts for each agent and hour")),
        seen.say(gettext("grey: nobody at work; ✕: contacts then")),
    )
    return Chart("hours", [str(hour) for hour in range(_HOURS)], series, marks, legend)
