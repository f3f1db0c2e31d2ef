"""What is shown in place somewhere (a desk card, a mark): one row per target, the latest version wins."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

import msgspec
from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.db import models
from bot.db.tx import Tx, Unit
from channels.base import ChannelError, Outgoing, PermanentFailure, Projection

CARD_OF: Final = "card_of"
"""What the target of the card is called that heads a conversation."""
CLEARED_OF: Final = "cleared_of"
"""What the target is called that is the thread below it, emptied."""
_RETRY: Final = timedelta(seconds=30)
_read_outgoing = msgspec.json.Decoder(Outgoing).decode


class Stale(Struct, frozen=True):
    """A target whose platform does not show the latest version; `projection` says where that is."""

    channel: str
    target: str
    projection: Projection

    @property
    def is_card(self) -> bool:
        """Whether it heads a conversation."""
        return self.target.startswith(f"{CARD_OF}:")


def show(tx: Tx, channel: str, target: str, outgoing: Outgoing) -> bool:
    """Have `outgoing` shown at `target`, in place of whatever was to be shown there before; False if it is that.

    A target `card_of:7` is the first message of the thread that conversation 7 is held in, as soon as there is one;
    `cleared_of:7` is that thread without what the desk said below that message, once nothing is sent there any more.
    """
    encoded = msgspec.json.encode(outgoing)
    row = _row(tx, target)
    if row is None:
        row = models.Projection(target=target, channel=channel, version=0, shown=0, place={}, error="")
        _add(tx, row)
    elif row.outgoing == encoded:
        return False
    row.version += 1
    row.outgoing, row.due_at = encoded, tx.now
    tx.flush()
    tx.wake("projections")
    return True


def is_shown(tx: Tx, channel: str, target: str, outgoing: Outgoing) -> None:
    """Remember that `outgoing` is what is shown at `target`: it was sent there."""
    encoded = msgspec.json.encode(outgoing)
    row = models.Projection(target=target, channel=channel, version=1, shown=1, place={}, error="")
    row.outgoing, row.due_at = encoded, tx.now
    _add(tx, row)


def _row(tx: Tx, target: str) -> models.Projection | None:
    found: models.Projection | None = tx.scratch.get(("projection", target)) or tx.session.get(
        models.Projection, target
    )
    return found


def _add(tx: Tx, row: models.Projection) -> None:
    tx.scratch["projection", row.target] = row
    tx.add(row)


def stale(session: Session, channels: Collection[str], now: datetime, *, limit: int, cards: int) -> list[Stale]:
    """The targets on these channels to bring up to date now: so many `cards` at most, behind all others.

    Somebody waits for a mark or a page, and platforms bear only so many cards that change at a time.
    """
    table = models.Projection
    behind = select(table).where(table.shown < table.version, table.channel.in_(channels), table.due_at <= now)
    is_card = table.target.startswith(f"{CARD_OF}:", autoescape=True)
    others = session.scalars(behind.where(~is_card).order_by(table.due_at).limit(limit)).all()
    due = session.scalars(behind.where(is_card).order_by(table.due_at).limit(cards)).all() if cards else ()
    return [
        Stale(row.channel, row.target, _projection(row, place))
        for row in (*others, *due)
        if (place := _place(session, row.target))
    ]


def _projection(row: models.Projection, place: str) -> Projection:
    return Projection(target=place, version=row.version, outgoing=_read_outgoing(row.outgoing), state=row.place)


def _place(session: Session, target: str) -> str:
    """Where a target is on its platform; empty as long as it is nowhere."""
    kind, _, rest = target.partition(":")
    if kind not in {CARD_OF, CLEARED_OF}:
        return target
    thread = session.scalar(select(models.Conversation.thread).where(models.Conversation.id == int(rest)))
    if not thread or (kind == CLEARED_OF and _is_sending(session, int(rest))):
        return ""
    return f"{'post' if kind == CARD_OF else 'cleared'}:{thread}"


def _is_sending(session: Session, conversation_id: int) -> bool:
    unfinished = select(models.Delivery.id).where(
        models.Delivery.conversation_id == conversation_id, models.is_one_of(models.Delivery.state, *models.UNFINISHED)
    )
    return session.scalar(unfinished.limit(1)) is not None


def shown(stale: Stale, place: dict[str, str]) -> Unit[None]:
    """A unit that records which version the platform shows, and where."""

    def unit(tx: Tx) -> None:
        row = tx.session.get_one(models.Projection, stale.target)
        row.shown, row.place, row.error = max(row.shown, stale.projection.version), place, ""

    return unit


def not_shown(stale: Stale, error: ChannelError) -> Unit[None]:
    """A unit that puts the target off for a while; what can never be shown is left as it is."""

    def unit(tx: Tx) -> None:
        row = tx.session.get_one(models.Projection, stale.target)
        row.error, row.due_at = str(error), tx.now + _RETRY
        if isinstance(error, PermanentFailure):
            row.shown = max(row.shown, stale.projection.version)

    return unit
