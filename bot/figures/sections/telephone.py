"""The telephone: how many calls there were, how many gave up, and how long people waited."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from bot.figures.clock import Clock
from bot.figures.month import at_rank
from bot.figures.section import Cell, Column, Section, Seen
from bot.figures.sections.pace import share
from bot.notice.wording import gettext

_MEDIAN: Final = 0.5
_P90: Final = 0.9
_WORST: Final = 3
_COLUMNS: Final = (
    Column(gettext("of the calls"), "text"),
    Column(gettext("calls")),
    Column(gettext("share"), "share"),
    Column(gettext("before"), "share"),
    Column(gettext("median"), "wait"),
    Column(gettext("nine of ten within"), "wait"),
)


def calls(seen: Seen) -> Section:
    """Calls answered and abandoned, with the wait until then; of those answered, how long was talked."""
    now, before = seen.figures.now.calls, seen.figures.before.calls
    title = seen.say(gettext("Telephone"))
    if not now.all:
        return Section("calls", title, [seen.say(gettext("No calls were imported of this time."))])
    limit, number = seen.office.answer_within, seen.words.number
    soon, soon_before = now.answered_within(limit), before.answered_within(limit)
    rows: list[tuple[Cell, ...]] = [
        (
            seen.say(gettext("answered")),
            len(now.answered),
            share(len(now.answered), now.all),
            share(len(before.answered), before.all),
            *_ranks(now.answered),
        ),
        (
            seen.say(gettext("abandoned")),
            len(now.abandoned),
            share(len(now.abandoned), now.all),
            share(len(before.abandoned), before.all),
            *_ranks(now.abandoned),
        ),
        (
            seen.say(gettext("answered within %(time)s", time=seen.words.wait(limit))),
            soon,
            share(soon, now.all),
            share(soon_before, before.all),
            None,
            None,
        ),
        (seen.say(gettext("talked")), len(now.talks), share(len(now.talks), now.all), None, *_ranks(now.talks)),
    ]
    change = seen.words.change(now.all, before.all)
    said = gettext("Calls: %(now)s; in the period before: %(before)s.", now=number(now.all), before=number(before.all))
    lines = [f"{seen.say(said)} {f'({change})' if change else ''}".strip(), *_worst(seen)]
    return Section("calls", title, lines, _COLUMNS, rows)


def _ranks(values: Sequence[int]) -> tuple[Cell, Cell]:
    return at_rank(values, _MEDIAN), at_rank(values, _P90)


def _worst(seen: Seen) -> list[str]:
    """The hours of the day in which most gave up."""
    clock, by_hour = Clock(seen.figures.now.period.zone), Counter[int]()
    for quarter, times in seen.figures.now.calls.abandoned_in.items():
        by_hour[clock.hour(quarter)[1]] += times
    most = sorted((one for one in by_hour.items() if one[1]), key=lambda one: (-one[1], one[0]))[:_WORST]
    if not most:
        return []
    named = ", ".join(f"{hour}:00 ({seen.words.number(count)})" for hour, count in most)
    return [seen.say(gettext("Most were abandoned at: %(hours)s.", hours=named))]
