"""What went wrong with the desk itself. Unlike all other figures, these say how it is now."""

from datetime import UTC, datetime

from sqlalchemy import ColumnElement, func, select

from bot.db.models import Alarm, Delivery, Inbox, is_one_of
from bot.figures.section import MOST, Column, Section, Seen
from bot.notice.wording import gettext


def trouble(seen: Seen) -> Section:
    """Dead letters and failed deliveries that wait, and the alarms that were raised last in the period."""
    period = seen.figures.now.period
    begin, end = (datetime.fromtimestamp(moment, UTC) for moment in (period.since, period.until))
    raised = select(Alarm).where(Alarm.last_at >= begin, Alarm.raised_at < end).order_by(Alarm.raised_at.desc())
    alarms = list(seen.session.scalars(raised.limit(MOST)))
    said = gettext(
        "Waiting now: %(dead)s dead letters, %(failed)s failed deliveries.",
        dead=seen.words.number(_count(seen, is_one_of(Inbox.state, "dead"))),
        failed=seen.words.number(_count(seen, is_one_of(Delivery.state, "failed"))),
    )
    rows = [
        (alarm.name, alarm.times, seen.say(gettext("over") if alarm.cleared_at else gettext("up"))) for alarm in alarms
    ]
    columns = (Column(gettext("alarm"), "text"), Column(gettext("times")), Column(gettext("state"), "text"))
    return Section("trouble", seen.say(gettext("Dead letters and alarms")), [seen.say(said)], columns, rows)


def _count(seen: Seen, condition: ColumnElement[bool]) -> int:
    return seen.session.scalar(select(func.count()).where(condition)) or 0
