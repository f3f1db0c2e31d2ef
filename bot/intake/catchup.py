"""What was said while nobody listened: until when everything is in the inbox, and the stretches still to be read.

A platform hands over what is said as long as somebody listens, and some minutes after. A cursor says until when nothing
is missing. It moves while the channel hears without a break. After one, each place that may have news gets a cursor of
its own, which goes away in the transaction that stores what is found there.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct
from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.orm import Session

from bot.db.models import OPEN, Conversation, Cursor, Draft, Identity, Inbox, Message, Ticket, is_one_of
from bot.db.tx import Tx, Unit
from bot.intake import inbox
from channels.base import Heard, History, Known, Role

OVERLAP: Final = timedelta(hours=1)
"""How much earlier than its cursor a place is read: what was edited or taken back meanwhile may be older."""

PATIENCE: Final = timedelta(minutes=10)
"""How long what somebody may have thought better of waits for a channel that nothing is heard from."""

EVERYWHERE: Final = ""
_NOT_YET: Final = timedelta(seconds=30)


class Stretch(Struct, frozen=True):
    """A place to be read, and since when."""

    channel: str
    place: str
    since: datetime


def has_gap(session: Session, channel: str, heard: Heard) -> bool:
    """Whether something may have been said between what is known and since when it hears without a break."""
    until = session.scalar(select(Cursor.until).where(Cursor.channel == channel, Cursor.place == EVERYWHERE))
    return until is not None and until < heard.since


def deaf(channel: str) -> Unit[None]:
    """A unit for as long as nothing is heard, which is so at the start: second thoughts may be on their way.

    At the very first start nothing that was said before it is asked for.
    """

    def unit(tx: Tx) -> None:
        _note(tx, channel, EVERYWHERE, tx.now, due_at=tx.now)
        row = update(Cursor).where(Cursor.channel == channel, Cursor.place == EVERYWHERE)
        tx.session.execute(row.values(due_at=tx.now + PATIENCE))

    return unit


def may_have_second_thoughts(tx: Tx, inbox_id: int) -> bool:
    """Whether what was said after that message in its lane may not be known yet, or is not worked."""
    tx.flush()
    channel, lane = tx.session.execute(select(Inbox.channel, Inbox.lane).where(Inbox.id == inbox_id)).one()
    later = [
        select(Inbox.id).where(Inbox.lane == lane, Inbox.id > inbox_id, is_one_of(Inbox.state, *states)).limit(1)
        for states in (("new",), inbox.BLOCKING)
    ]
    nowhere = and_(Cursor.place == EVERYWHERE, Cursor.due_at > tx.now)
    unread = select(Cursor.place).where(Cursor.channel == channel, or_(nowhere, Cursor.place == lane)).limit(1)
    return any(tx.session.scalar(query) is not None for query in (*later, unread))


def hears(channel: str, heard: Heard) -> Unit[None]:
    """A unit that moves the cursor of a channel on. It does not jump over a gap: see `begin`."""

    def unit(tx: Tx) -> None:
        if not has_gap(tx.session, channel, heard):
            _move(tx, channel, heard.until)

    return unit


def begin(channel: str, heard: Heard, rooms: Collection[str]) -> Unit[int]:
    """A unit that notes what is to be read, for there was a gap; its result says how many places that are.

    These are `rooms`, those in which people speak with the desk, and the threads of open tickets, newest first.
    """

    def unit(tx: Tx) -> int:
        if not has_gap(tx.session, channel, heard):
            return 0
        until = tx.session.get_one(Cursor, (channel, EVERYWHERE)).until
        places = list(dict.fromkeys([*rooms, *_rooms(tx.session, channel), *_threads(tx.session, channel)]))
        for number, place in enumerate(places):
            _note(tx, channel, place, until, due_at=tx.now + timedelta(milliseconds=number))
        _move(tx, channel, heard.until)
        return len(places)

    return unit


def due(session: Session, channels: Collection[str], now: datetime) -> Stretch | None:
    """The next place to be read."""
    query = select(Cursor).where(Cursor.channel.in_(channels), Cursor.place != EVERYWHERE, Cursor.due_at <= now)
    row = session.scalars(query.order_by(Cursor.due_at).limit(1)).first()
    return Stretch(row.channel, row.place, row.until) if row is not None else None


def known(session: Session, stretch: Stretch) -> list[Known]:
    """What people said in a thread since then, as far as the desk has it; and in a room, what began one.

    What is held of it, too: it may have been taken back.
    """
    began = and_(Conversation.room == stretch.place, Conversation.thread == Message.external_id)
    query = (
        select(Message.external_id, Identity.address)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(Identity, Identity.person_id == Message.author_id)
        .where(
            Conversation.channel == stretch.channel,
            or_(Conversation.thread == stretch.place, began),
            Message.channel == stretch.channel,
            Message.inbox_id.is_not(None),
            Message.external_id.is_not(None),
            Message.sent_at >= stretch.since - OVERLAP,
            Identity.channel == stretch.channel,
        )
    )
    held = (
        select(Draft.external_id, Identity.address)
        .join(Identity, Identity.person_id == Draft.agent_id)
        .join(Inbox, Inbox.id == Draft.inbox_id)
        .where(
            is_one_of(Draft.state, "waiting"),
            Draft.external_id.is_not(None),
            Inbox.channel == stretch.channel,
            Inbox.lane == stretch.place,
            Identity.channel == stretch.channel,
        )
    )
    rows = [*session.execute(query), *session.execute(held)]
    return [Known(external_id or "", address) for external_id, address in rows]


def read(stretch: Stretch, history: History) -> Unit[int]:
    """A unit that keeps what was found in a place, which is done then; its result says how much of it is new."""

    def unit(tx: Tx) -> int:
        new = 0
        for found in history.found:
            is_new = inbox.put(found.said)(tx)
            if not is_new and found.change is not None:
                is_new = inbox.put(found.change)(tx)
            new += is_new
        new += sum(inbox.put(raw)(tx) for raw in history.gone)
        for thread in history.threads:
            _note(tx, stretch.channel, thread, stretch.since, due_at=tx.now)
        _done(tx, stretch)
        return new

    return unit


def never(stretch: Stretch) -> Unit[None]:
    """A unit that gives a place up: it cannot be read."""
    return lambda tx: _done(tx, stretch)


def later(stretch: Stretch, seconds: float | None) -> Unit[None]:
    """A unit that puts a place off, for it cannot be read now."""

    def unit(tx: Tx) -> None:
        wait = max(timedelta(seconds=seconds or 0.0), _NOT_YET)
        row = update(Cursor).where(Cursor.channel == stretch.channel, Cursor.place == stretch.place)
        tx.session.execute(row.values(due_at=tx.now + wait))

    return unit


def _rooms(session: Session, channel: str) -> Iterable[str]:
    rooms = select(Conversation.room).where(
        Conversation.room != "", Conversation.role == Role.REQUESTER, Conversation.channel == channel
    )
    return session.scalars(rooms.distinct())


def _threads(session: Session, channel: str) -> Iterable[str]:
    threads = (
        select(Conversation.thread)
        .join(Ticket, Ticket.id == Conversation.ticket_id)
        .where(Conversation.channel == channel, Conversation.thread != "", is_one_of(Ticket.status, *OPEN))
    )
    return session.scalars(threads.order_by(Ticket.changed_at.desc(), Conversation.id))


def _note(tx: Tx, channel: str, place: str, until: datetime, *, due_at: datetime) -> None:
    """An earlier stretch that is not read yet stands."""
    row = {"channel": channel, "place": place, "until": until, "due_at": due_at}
    tx.insert_new(Cursor, row, unique="channel, place")


def _move(tx: Tx, channel: str, until: datetime) -> None:
    _note(tx, channel, EVERYWHERE, until, due_at=until)
    row = update(Cursor).where(Cursor.channel == channel, Cursor.place == EVERYWHERE, Cursor.until < until)
    tx.session.execute(row.values(until=until, due_at=until))


def _done(tx: Tx, stretch: Stretch) -> None:
    tx.session.execute(delete(Cursor).where(Cursor.channel == stretch.channel, Cursor.place == stretch.place))
