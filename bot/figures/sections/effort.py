"""What the work costs: who carries how much, how much goes around, and where knowledge is missing."""

from typing import Final

from bot.figures.month import at_rank
from bot.figures.section import MOST, Cell, Column, Section, Seen
from bot.figures.sections.pace import share
from bot.notice.wording import gettext

FEW: Final = 5
"""So many done tickets say something about a category."""
RARELY: Final = 0.2
"""A category in which macros come with a smaller share of the done tickets has no ready answers."""
_MEDIAN: Final = 0.5


def load(seen: Seen) -> Section:
    """The load of tiers and agents, by name: how much they carry is no measure of how good they are."""
    tally, backlog = seen.figures.now.tally, seen.figures.now.backlog
    rows: list[tuple[Cell, ...]] = [
        (seen.say(gettext("tier %(tier)s", tier=tier)), None, count, None, None)
        for tier, count in sorted(tally.done_in_tier.items())
    ]
    phone = seen.figures.now.calls.answered_by
    agents = {*tally.done_by, *tally.answers_by, *phone, *(agent for agent in backlog.assignees if agent is not None)}
    people: list[tuple[Cell, ...]] = [
        (seen.person(agent), tally.answers_by[agent], tally.done_by[agent], backlog.assignees[agent], phone[agent])
        for agent in agents
    ]
    rows += sorted(people, key=lambda row: str(row[0]).casefold())
    unassigned = seen.words.number(backlog.assignees[None])
    lines = [seen.say(gettext("Open and with nobody: %(count)s.", count=unassigned))]
    columns: tuple[Column, ...] = (
        Column(gettext("who"), "text"),
        Column(gettext("answers")),
        Column(gettext("done")),
        Column(gettext("open at the end")),
        Column(gettext("calls answered")),
    )
    if not phone:
        columns, rows = columns[:-1], [row[:-1] for row in rows]
    return Section("load", seen.say(gettext("Load")), lines, columns, rows)


def rates(seen: Seen) -> Section:
    """How many of the done tickets had been escalated, and how many were reopened for each that was done."""
    now, before = seen.figures.now.tally, seen.figures.before.tally
    rows = [
        (
            seen.say(gettext("escalated before they were done")),
            now.done_escalated,
            share(now.done_escalated, now.done),
            share(before.done_escalated, before.done),
        ),
        (
            seen.say(gettext("reopened")),
            now.reopened,
            share(now.reopened, now.done),
            share(before.reopened, before.done),
        ),
    ]
    said = gettext(
        "Tickets done: %(done)s; escalated: %(escalated)s; handed back: %(back)s.",
        done=seen.words.number(now.done),
        escalated=seen.words.number(now.escalated),
        back=seen.words.number(now.handed_back),
    )
    columns = (
        Column(gettext("of the done tickets"), "text"),
        Column(gettext("tickets")),
        Column(gettext("share"), "share"),
        Column(gettext("before"), "share"),
    )
    return Section("rates", seen.say(gettext("Escalated and reopened")), [seen.say(said)], columns, rows)


def gaps(seen: Seen) -> Section:
    """Categories that take longer than the middle of all tickets, and in which macros are rarely used."""
    tally = seen.figures.now.tally
    middle = at_rank(tally.worked, _MEDIAN) or 0
    found = []
    for name, times in tally.worked_on.items():
        median, done = at_rank(times, _MEDIAN) or 0, tally.done_as[name]
        if done >= FEW and median > middle and tally.macros[name] < RARELY * done:
            found.append((seen.named(name), done, tally.macros[name], median, sum(times)))
    found.sort(key=lambda row: (-row[4], row[0]))
    lines = [] if found else [seen.say(gettext("None stands out."))]
    columns = (
        Column(gettext("category"), "text"),
        Column(gettext("done")),
        Column(gettext("macros used")),
        Column(gettext("median"), "span"),
        Column(gettext("altogether"), "span"),
    )
    return Section("gaps", seen.say(gettext("Where ready answers are missing")), lines, columns, found[:MOST])
