"""Whether a source of a channel still brings something: what came in which hour, and when silence is too long.

A filter, a full mailbox or a changed address at the provider looks from here like a quiet day. So silence is compared
with the same hours of past weeks; that needs no setting and gives no alarm at night.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from bot import alarms
from bot.db.models import Arrival
from bot.db.tx import Tx, Unit
from channels.base import Source

WEEKS: Final = 4
"""How many past weeks are asked; with fewer known, nothing is expected."""
ENOUGH: Final = 10
"""So many messages must have come in the same hours of each of these weeks, for their absence to mean something."""

_HOUR: Final = timedelta(hours=1)
_WEEK: Final = timedelta(days=7)
_AWAY, _KEPT, _SILENT = "source {}", "left behind in {}", "silence of {}"


def brought(source: str, messages: int) -> Unit[None]:
    """A unit that notes that so many messages have come from a source."""

    def unit(tx: Tx) -> None:
        hour = _full_hour(tx.now)
        row = tx.session.get(Arrival, (source, hour), with_for_update=tx.dialect == "postgresql")
        if row is None:
            tx.session.execute(
                delete(Arrival).where(Arrival.source == source, Arrival.hour < hour - (WEEKS + 2) * _WEEK)
            )
            tx.add(Arrival(source=source, hour=hour, messages=messages, last_at=tx.now))
        else:
            row.messages, row.last_at = row.messages + messages, tx.now

    return unit


def silence(session: Session, source: Source, now: datetime, *, since: datetime) -> str:
    """Why it is silent for too long, in one line; empty if it is not. It is listened to since `since`."""
    last = session.scalar(select(func.max(Arrival.last_at)).where(Arrival.source == source.name))
    begin = max(since, last or since)
    if source.expect_every:
        late = (now - begin).total_seconds() > source.expect_every
        return f"nothing came since {begin:%Y-%m-%d %H:%M} UTC (expect_every)" if late else ""
    end = _full_hour(now)
    begin = max(_full_hour(begin) + _HOUR, end - _WEEK)
    least = min(_messages(session, source.name, begin - n * _WEEK, end - n * _WEEK) for n in range(1, WEEKS + 1))
    if least < ENOUGH:
        return ""
    hours = f"from {begin:%A %H:%M} to {end:%A %H:%M} UTC"
    return f"nothing came {hours}; in each of the last {WEEKS} weeks at least {least} messages came in these hours"


def report(source: Source, channel: str, silent: str) -> Unit[None]:
    """A unit that has the alarms of a source say how it is. They are told on another channel than `channel` too."""

    def unit(tx: Tx) -> None:
        for name, detail in ((_AWAY, source.trouble), (_KEPT, source.kept), (_SILENT, silent)):
            alarm = name.format(source.name)
            if detail:
                alarms.raise_alarm(tx, alarm, detail, about=channel)
            elif source.reached:
                alarms.clear_alarm(tx, alarm)

    return unit


def forget(sources: list[Source]) -> Unit[None]:
    """A unit that clears the alarms of sources that there are no more: nothing else ever would."""
    names = [alarm.format(source.name) for source in sources for alarm in (_AWAY, _KEPT, _SILENT)]

    def unit(tx: Tx) -> None:
        for alarm in alarms.raised_alarms(tx.session):
            if alarm.name.startswith(_prefixes()) and not any(alarms.is_named(name, alarm) for name in names):
                alarms.clear_alarm(tx, alarm.name)

    return unit


def _prefixes() -> tuple[str, ...]:
    return tuple(name.format("") for name in (_AWAY, _KEPT, _SILENT))


def _messages(session: Session, source: str, begin: datetime, end: datetime) -> int:
    query = select(func.sum(Arrival.messages)).where(
        Arrival.source == source, Arrival.hour >= begin, Arrival.hour < end
    )
    return int(session.scalar(query) or 0)


def _full_hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)
