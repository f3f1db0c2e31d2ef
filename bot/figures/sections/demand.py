"""What people ask for: how much, what of, when, and where they ask."""

from collections import Counter
from typing import Final

from bot.figures.section import MOST, Cell, Chart, Column, Section, Seen
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
    tally = seen.figures.now.tally
    by_channel = Counter[str]()
    for (channel, _), count in tally.contacts.items():
        by_channel[channel] += count
    number = seen.words.number
    parts = ", ".join(f"{channel} {number(count)}" for channel, count in most(by_channel))
    unanswered = gettext(
        "Without a human answer: %(open)s still open, %(done)s done.",
        open=number(tally.unanswered_open),
        done=number(tally.unanswered_done),
    )
    lines = [
        seen.say(gettext("Contacts: %(parts)s.", parts=parts or number(0))),
        seen.say(unanswered),
    ]
    channels = [channel for channel, _ in most(by_channel)]
    columns = (Column(gettext("hour"), "text"), *(Column(Text(channel)) for channel in channels))
    busy = sorted({hour for _, hour in tally.contacts})
    rows: list[tuple[Cell, ...]] = [
        (f"{hour}:00", *(tally.contacts[channel, hour] for channel in channels)) for hour in busy
    ]
    return Section("traffic", seen.say(gettext("Traffic")), lines, columns, rows)


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
