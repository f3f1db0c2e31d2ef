"""What comes again and again: machines that fail, and people and departments who ask the same."""

from typing import Final

from bot.figures.section import MOST, Column, Section, Seen
from bot.notice.wording import gettext

AGAIN: Final = 2
"""A machine with so many tickets fails again and again."""
SAME_PERSON: Final = 3
SAME_DEPARTMENT: Final = 10
"""So often one person, or one department, asked about the same category."""


def assets(seen: Seen) -> Section:
    """The machines about which several tickets were opened."""
    now, before = seen.figures.now.tally.assets, seen.figures.before.tally.assets
    often = sorted(
        ((count, number) for number, count in now.items() if count >= AGAIN), key=lambda one: (-one[0], one[1])
    )
    rows = [(seen.asset(number), count, before[number]) for count, number in often[:MOST]]
    lines = [] if rows else [seen.say(gettext("No machine had several tickets."))]
    columns = (Column(gettext("machine"), "text"), Column(gettext("tickets")), Column(gettext("before")))
    return Section("assets", seen.say(gettext("Machines that keep failing")), lines, columns, rows)


def repeats(seen: Seen) -> Section:
    """Who asked about the same category several times: training may help."""
    tally = seen.figures.now.tally
    people = [(count, who, what) for (who, what), count in tally.askers.items() if count >= SAME_PERSON and what]
    groups = [
        (count, where, what)
        for (where, what), count in tally.departments.items()
        if count >= SAME_DEPARTMENT and where and what
    ]
    rows = [
        (seen.person(who), seen.named(what), count)
        for count, who, what in sorted(people, key=lambda one: (-one[0], one[1:]))[:MOST]
    ]
    rows += [(where, what, count) for count, where, what in sorted(groups, key=lambda one: (-one[0], one[1:]))[:MOST]]
    lines = [] if rows else [seen.say(gettext("Nobody asked about the same thing often."))]
    columns = (Column(gettext("who"), "text"), Column(gettext("category"), "text"), Column(gettext("tickets")))
    return Section("repeats", seen.say(gettext("Who asks the same again")), lines, columns, rows)
