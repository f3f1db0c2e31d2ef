"""What people ask for: how much, what of, when, and where they ask."""

from collections import Counter
from typing import Final

from bot.figures.clock import Clock
from bot.figures.month import at_rank
from bot.figures.section import MOST, Cell, Chart, Column, Section, Seen
from bot.figures.sections.pace import share
from bot.notice.wording import Text, gettext

GROWN_BY: Final = 5
"""So many more tickets are growth …"""
GROWN_TO: Final = 1.2
"""… if they are so many times as many as before."""
_HOURS: Final = 24
_BUSIEST: Final = 3

CATEGORY: Final = Column(gettext("category"), "text")
TICKETS: Final = Column(gettext("tickets"))
BEFORE: Final = Column(gettext("before"))
CHANGE: Final = Column(gettext("change"), "change")


def volume(seen: Seen) -> Section:
    """How many tickets were opened, by category, beside the period before; by priority, team and department."""
    now, before = seen.figures.now.tally, seen.figures.before.tally
    of, were = now.opened_as["category"], before.opened_as["category"]
    rows = [(seen.named(name), count, were[name], count - were[name]) for name, count in most(of)]
    number, change = seen.words.number, seen.words.change(now.opened, before.opened)
    said = gettext(
        "Tickets opened: %(now)s; in the period before: %(before)s.",
        now=number(now.opened),
        before=number(before.opened),
    )
    lines = [f"{seen.say(said)} {f'({change})' if change else ''}".strip()]
    for title, what in (
        (gettext("By priority"), "priority"),
        (gettext("By team"), "team"),
        (gettext("By department"), "department"),
    ):
        if now.opened_as[what]:
            parts = ", ".join(f"{seen.named(name)} {number(count)}" for name, count in most(now.opened_as[what]))
            lines.append(f"{seen.say(title)}: {parts}")
    series = {seen.say(gettext("now")): [row[1] for row in rows], seen.say(BEFORE.title): [row[2] for row in rows]}
    chart = Chart("bars", [row[0] for row in rows], series) if rows else None
    columns = (CATEGORY, TICKETS, BEFORE, CHANGE)
    return Section("volume", seen.say(gettext("Tickets opened")), lines, columns, rows, chart)


def growth(seen: Seen) -> Section:
    """The categories of which many more tickets were opened than in the period before."""
    of, were = (figures.tally.opened_as["category"] for figures in (seen.figures.now, seen.figures.before))
    grown = [
        (seen.named(name), count, were[name], count - were[name])
        for name, count in of.items()
        if count - were[name] >= GROWN_BY and count >= GROWN_TO * were[name]
    ]
    grown.sort(key=lambda row: (-row[3], row[0]))
    lines = [] if grown else [seen.say(gettext("No category grew much."))]
    columns = (CATEGORY, TICKETS, BEFORE, CHANGE)
    return Section("growth", seen.say(gettext("Categories that grow")), lines, columns, grown[:MOST])


def hours(seen: Seen) -> Section:
    """When tickets are opened: weekday by hour, on the desk's clock."""
    found = seen.figures.now.tally.hours
    lines = [seen.say(gettext("No tickets were opened."))]
    if found:
        busiest = sorted(found.items(), key=lambda one: (-one[1], one[0]))[:_BUSIEST]
        named = ", ".join(
            f"{seen.words.weekday(day)} {hour}:00 ({seen.words.number(count)})" for (day, hour), count in busiest
        )
        lines = [seen.say(gettext("The busiest hours: %(hours)s.", hours=named)), *_quiet(seen, found)]
    columns = (Column(gettext("hour"), "text"), *(Column(Text(seen.words.weekday(day))) for day in range(7)))
    rows: list[tuple[Cell, ...]] = [(f"{hour}:00", *(found[day, hour] for day in range(7))) for hour in range(_HOURS)]
    days = [seen.words.weekday(day) for day in range(7)]
    series = {label: [found[day, hour] for hour in range(_HOURS)] for day, label in enumerate(days)}
    chart = Chart("hours", [str(hour) for hour in range(_HOURS)], series) if found else None
    title = seen.say(gettext("When tickets are opened"))
    return Section("hours", title, lines, columns, rows if found else (), chart)


def traffic(seen: Seen) -> Section:
    """How often people turned to the desk, by channel and hour; and whom no human answered."""
    tally, clock = seen.figures.now.tally, Clock(seen.figures.now.period.zone)
    by_channel, by_hour = Counter[str](), Counter[tuple[str, int]]()
    for (channel, quarter), count in seen.figures.now.contacts().items():
        by_channel[channel] += count
        by_hour[channel, clock.hour(quarter)[1]] += count
    number = seen.words.number
    parts = ", ".join(f"{seen.channel(channel)} {number(count)}" for channel, count in most(by_channel))
    unanswered = gettext(
        "Without a human answer: %(open)s still open, %(done)s done.",
        open=number(tally.unanswered_open),
        done=number(tally.unanswered_done),
    )
    lines = [
        seen.say(gettext("Contacts: %(parts)s.", parts=parts or number(0))),
        seen.say(unanswered),
        *_given_up(seen),
    ]
    channels = [channel for channel, _ in most(by_channel)]
    columns = (Column(gettext("hour"), "text"), *(Column(Text(seen.channel(channel))) for channel in channels))
    busy = sorted({hour for _, hour in by_hour})
    rows: list[tuple[Cell, ...]] = [(f"{hour}:00", *(by_hour[channel, hour] for channel in channels)) for hour in busy]
    return Section("traffic", seen.say(gettext("Traffic")), lines, columns, rows)


def _given_up(seen: Seen) -> list[str]:
    """How many calls were abandoned, and how long people waited, where the telephone's log is known."""
    now, before = seen.figures.now.calls, seen.figures.before.calls
    if not now.all:
        return []
    given_up = gettext(
        "Abandoned calls: %(count)s of %(calls)s (%(share)s; before: %(before)s).",
        count=seen.words.number(len(now.abandoned)),
        calls=seen.words.number(now.all),
        share=seen.words.share(share(len(now.abandoned), now.all)),
        before=seen.words.share(share(len(before.abandoned), before.all)),
    )
    waited = gettext(
        "Wait until a call was answered: median %(median)s, nine of ten within %(most)s.",
        median=seen.words.wait(at_rank(now.answered, 0.5)),
        most=seen.words.wait(at_rank(now.answered, 0.9)),
    )
    return [seen.say(given_up), seen.say(waited)]


def most(counts: Counter[str]) -> list[tuple[str, int]]:
    """What there is most of, at most so many rows, of the same number by name."""
    return sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:MOST]


def _quiet(seen: Seen, found: Counter[tuple[int, int]]) -> list[str]:
    """The hours in which fewest were opened, of those in which some were."""
    by_hour = Counter[int]()
    for (_, hour), count in found.items():
        by_hour[hour] += count
    quietest = sorted(by_hour.items(), key=lambda one: (one[1], one[0]))[:_BUSIEST]
    named = ", ".join(f"{hour}:00 ({seen.words.number(count)})" for hour, count in quietest)
    return [seen.say(gettext("The quietest: %(hours)s.", hours=named))]
