"""A relay that takes everything and then returns it: no delivery fails, and nobody gets anything. That is an alarm."""

from typing import Final

from sqlalchemy import func, select

from bot import alarms
from bot.cause import Cause
from bot.db.models import AuditEntry, Delivery

LOOKED_AT: Final = 20
"""So many of the newest messages that were sent are looked at."""
FEWEST: Final = 5
"""Fewer that come back are addresses that are wrong."""


def watch(cause: Cause, channel: str) -> None:
    """Raise the alarm if half of what was sent last, and at least `FEWEST`, has come back."""
    cause.tx.flush()
    session = cause.tx.session
    newest = select(Delivery.id).where(Delivery.channel == channel, Delivery.state == "sent")
    sent = list(session.scalars(newest.order_by(Delivery.id.desc()).limit(LOOKED_AT)))
    if not sent:
        return
    reports = select(func.count()).where(AuditEntry.action == "bounced", AuditEntry.id > sent[-1])
    returned = session.scalar(reports) or 0
    if returned < FEWEST or returned * 2 < len(sent):
        return
    what = f"of the last {len(sent)} messages {returned} came back, although the relay had taken them"
    detail = f"{what}; look at a report (firstline ticket show) and at the relay and the desk's own address"
    alarms.raise_alarm(cause.tx, f"{channel} comes back", detail, review=alarms.REVIEW)
