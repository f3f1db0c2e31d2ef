"""What is shown in place somewhere (a desk card, a mark): one row per target, the latest version wins."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

import msgspec
from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.cause import Cause
from bot.db import models
from bot.db.tx import Tx, Unit
from channels.base import Outgoing, Projection

_RETRY: Final = timedelta(seconds=30)
_read_outgoing = msgspec.json.Decoder(Outgoing).decode


class Stale(Struct, frozen=True):
    """A target whose platform does not show the latest version."""

    channel: str
    projection: Projection


def show(cause: Cause, channel: str, target: str, outgoing: Outgoing) -> None:
    """Have `outgoing` shown at `target`, in place of whatever was to be shown there before."""
    row = cause.tx.session.get(models.Projection, target)
    if row is None:
        row = models.Projection(target=target, channel=channel, version=0, shown=0, place={}, error="")
        cause.tx.add(row)
    row.version += 1
    row.outgoing, row.due_at = msgspec.json.encode(outgoing), cause.now
    cause.tx.flush()
    cause.tx.wake("projections")


def stale(session: Session, channels: Collection[str], now: datetime, limit: int) -> list[Stale]:
    """The targets on these channels to bring up to date now."""
    table = models.Projection
    behind = select(table).where(table.shown < table.version, table.channel.in_(channels), table.due_at <= now)
    due = behind.order_by(table.due_at).limit(limit)
    return [
        Stale(
            row.channel,
            Projection(target=row.target, version=row.version, outgoing=_read_outgoing(row.outgoing), state=row.place),
        )
        for row in session.scalars(due)
    ]


def shown(projection: Projection, place: dict[str, str]) -> Unit[None]:
    """A unit that records which version the platform shows, and where."""

    def unit(tx: Tx) -> None:
        row = tx.session.get_one(models.Projection, projection.target)
        row.shown, row.place, row.error = max(row.shown, projection.version), place, ""

    return unit


def not_shown(projection: Projection, error: str) -> Unit[None]:
    """A unit that puts the target off for a while."""

    def unit(tx: Tx) -> None:
        row = tx.session.get_one(models.Projection, projection.target)
        row.error, row.due_at = error, tx.now + _RETRY

    return unit
