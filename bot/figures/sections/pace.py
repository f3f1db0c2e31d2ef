"""How fast people are helped: times, promises, and what is left open."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from bot.figures.backlog import AGES
from bot.figures.month import at_rank
from bot.figures.section import Cell, Chart, Column, Section, Seen
from bot.notice.wording import PRIORITIES, TARGETS, gettext
from rules.facts import Priority, Target

_MEDIAN: Final = 0.5
_P90: Final = 0.9


def times(seen: Seen) -> Section:
    """First answers and resolutions in business time: the median and what nine of ten do not exceed."""
    now, before = seen.figures.now, seen.figures.before
    rows = [
        _time(seen.say(gettext("first answer")), now.kept.first_answers, before.kept.first_answers),
        _time(seen.say(gettext("resolution")), now.tally.worked, before.tally.worked),
    ]
    columns = (
        Column(gettext("time until"), "text"),
        Column(gettext("tickets")),
        Column(gettext("median"), "span"),
        Column(gettext("before"), "span"),
        Column(gettext("nine of ten within"), "span"),
    )
    lines = [seen.say(gettext("In business time, as it is promised."))]
    return Section("times", seen.say(gettext("First answer and resolution")), lines, columns, rows)


def sla(seen: Seen) -> Section:
    """The share of the promises that ended in the period and were kept, by what was promised and by priority."""
    now, before = seen.figures.now.kept, seen.figures.before.kept
    rows = []
    for target in Target:
        for priority in ("", *Priority):
            met, all_ = now.met(target, priority)
            if all_:
                then = share(*before.met(target, priority))
                named = seen.say(PRIORITIES[priority]) if priority else seen.say(gettext("all"))
                rows.append((seen.say(TARGETS[target]), named, all_, share(met, all_), then))
    columns = (
        Column(gettext("promise"), "text"),
        Column(gettext("priority"), "text"),
        Column(gettext("tickets")),
        Column(gettext("kept"), "share"),
        Column(gettext("before"), "share"),
    )
    lines = [] if rows else [seen.say(gettext("No promise ended."))]
    return Section("sla", seen.say(gettext("Promises kept")), lines, columns, rows)


def backlog(seen: Seen) -> Section:
    """What was open at the end, and how old it was."""
    now, before = seen.figures.now.backlog, seen.figures.before.backlog
    days = [seen.words.number(age) for age in AGES]
    labels = [
        f"< {days[0]}",
        *(f"{young} – {old}" for young, old in pairwise(days)),
        f"> {days[-1]}",
    ]
    rows = list(zip(labels, now.by_age, before.by_age, strict=True))
    number = seen.words.number
    said = gettext(
        "Open at the end: %(now)s; at the end of the period before: %(before)s.",
        now=number(now.open),
        before=number(before.open),
    )
    lines = [seen.say(said)]
    if now.open:
        parts = ", ".join(
            f"{seen.say(PRIORITIES[priority])} {number(now.priorities[priority])}"
            for priority in Priority
            if now.priorities[priority]
        )
        lines.append(f"{seen.say(gettext('By priority'))}: {parts}")
    columns = (Column(gettext("age in days"), "text"), Column(gettext("open")), Column(gettext("before")))
    series = {seen.say(gettext("now")): now.by_age, seen.say(gettext("before")): before.by_age}
    chart = Chart("bars", labels, series) if now.open else None
    return Section("backlog", seen.say(gettext("Open tickets")), lines, columns, rows if now.open else (), chart)


def share(part: int, whole: int) -> float | None:
    """The part of a whole; None of nothing."""
    return part / whole if whole else None


def _time(what: str, now: Sequence[int], before: Sequence[int]) -> tuple[Cell, ...]:
    return (what, len(now), at_rank(now, _MEDIAN), at_rank(before, _MEDIAN), at_rank(now, _P90))
