"""Verbs about who is there: away, back."""

import re
from datetime import datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from bot.db.models import Ticket
from bot.notice import dates
from bot.notice.wording import Text, gettext
from bot.outgoing import outbox
from bot.persons import absence, standin
from bot.persons.directory import Agent
from bot.verbs import Apply, Call, Refusal, Reply, verb
from bot.verbs.queries import list_row

_UNTIL: Final = re.compile(r"(?:until\s+)?(.+?)(?:\s+(\d\d:\d\d))?", re.IGNORECASE)
_MOST_YEARS: Final = 5


@verb(
    usage=gettext("#away until 2026-12-31, or #away alone"),
    help=gettext(
        "You get no ticket mail until that day begins, or that time; your tickets have other owners. "
        "Alone: who is away."
    ),
    on_ticket=False,
)
def away(call: Call) -> Apply:
    if not call.argument:
        return lambda: _list(call)
    until = _moment(call)

    def apply() -> Reply:
        me = call.cause.desk.directory.by_person[call.person.id]
        written = _written(call, until)
        for agent, owned in standin.begin(call.cause, me, until).items():
            _tell(call, agent, owned, until=written)
        return Reply(title=gettext("you get no ticket mail until %(moment)s", moment=written), data={"until": written})

    return apply


@verb(usage=Text("#back"), help=gettext("You get ticket mail again."), on_ticket=False)
def back(call: Call) -> Apply:
    if call.person.id not in absence.of(call.cause):
        raise Refusal(gettext("you are not away"))

    def apply() -> Reply:
        standin.end(call.cause, call.person)
        return Reply(title=gettext("you get ticket mail again"))

    return apply


def _tell(call: Call, agent: Agent, owned: list[Ticket], *, until: str) -> None:
    """Tell who stands in which tickets they own now."""
    name = call.cause.desk.directory.by_person[call.person.id].name
    title = gettext("%(name)s is away until %(moment)s; these tickets are yours meanwhile", name=name, moment=until)
    rows = [list_row(call.cause, ticket) for ticket in owned]
    outbox.tell_agent(call.cause, agent, None, "ticket_list", {"title": title, "tickets": rows})


def _moment(call: Call) -> datetime:
    """The begin of a day, or a time on it, in the agent's zone."""
    found = _UNTIL.fullmatch(call.argument.strip())
    try:
        if found is None:
            raise ValueError
        day = dates.read_day(found[1], today=call.cause.now.astimezone(_zone(call)).date())
        clock = time.fromisoformat(found[2]) if found[2] else time()
        if day.year > call.cause.now.year + _MOST_YEARS:
            raise ValueError
    except ValueError:
        raise Refusal(gettext("#away needs the day, and may have a time: #away until 2026-12-31 14:00")) from None
    moment = datetime.combine(day, clock, tzinfo=_zone(call))
    if moment <= call.cause.now:
        raise Refusal(gettext("%(day)s is not in the future", day=call.argument))
    return moment


def _list(call: Call) -> Reply:
    by_person = call.cause.desk.directory.by_person
    found = sorted(absence.of(call.cause).items(), key=lambda one: one[1])
    rows = [{"agent": by_person[person].name, "until": _written(call, until)} for person, until in found]
    title = gettext("away are") if rows else gettext("nobody is away")
    return Reply(title=title, lines=tuple(f"{row['agent']}: {row['until']}" for row in rows), data=rows)


def _written(call: Call, moment: datetime) -> str:
    return f"{moment.astimezone(_zone(call)):%Y-%m-%d %H:%M}"


def _zone(call: Call) -> ZoneInfo:
    agent = call.cause.desk.directory.by_person[call.person.id]
    return ZoneInfo(agent.zone or call.cause.desk.config.desk.zone)
