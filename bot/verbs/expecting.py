"""The verb that says by when it will be done: expect."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from bot.notice import dates
from bot.notice.moments import read_moment
from bot.notice.wording import gettext
from bot.ticket import lifecycle
from bot.verbs import Apply, Call, Refusal, Reply, verb
from bot.verbs.changes import has_status_already

_UNKNOWN: Final = "none"


@verb(
    usage=gettext("#expect tomorrow 14:00, or #expect none"),
    help=gettext("By when it is expected to be done; the requester is told. “none”: nobody can say any more."),
)
def expect(call: Call) -> Apply:
    if call.subject.status in {"solved", "closed"}:
        raise Refusal(has_status_already(call))
    at = None if call.argument.strip().casefold() == _UNKNOWN else _moment(call)

    def apply() -> Reply:
        lifecycle.expect(call.cause, call.subject, at)
        number = call.subject.id
        if at is None:
            return Reply(title=gettext("#%(number)s: nobody can say by when it is done", number=number))
        title = gettext("#%(number)s is expected to be done by %(moment)s", number=number, moment=_shown(call, at))
        return Reply(title=title, data={"expected_at": at.isoformat()})

    return apply


def _zone(call: Call) -> str:
    """Where the agent lives, else where the desk is."""
    agent = call.cause.desk.directory.by_person.get(call.person.id)
    return (agent.zone if agent else "") or call.cause.desk.config.desk.zone


def _moment(call: Call) -> datetime:
    """What they wrote, as it is where they live. Raises Refusal."""
    cause, written = call.cause, call.argument.strip()
    try:
        at = read_moment(written, now=cause.now, zone=ZoneInfo(_zone(call)), calendar=cause.desk.calendar)
    except (ValueError, OverflowError):
        raise Refusal(
            gettext("“%(written)s” is no time to come: #expect tomorrow 14:00, Friday or 2026-12-31", written=written)
        ) from None
    if at <= cause.now:
        raise Refusal(gettext("%(day)s is not in the future", day=written))
    return at


def _shown(call: Call, at: datetime) -> str:
    zone = _zone(call)
    local = at.astimezone(dates.zone_of(zone))
    return f"{local:%Y-%m-%d %H:%M} {dates.zone_name(at, language='en', zone=zone)}"
