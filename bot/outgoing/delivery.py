"""Outbox rows on their way: claimed, rendered, sent with no transaction open, and marked with what came of it.

The decision what a failure means is `next_step`, a pure function; the loop that acts on it is `bot.loops`.
"""

import random
import zlib
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final, cast

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Table, and_, bindparam, or_, select, update
from sqlalchemy.orm import Session, aliased

from bot import alarms
from bot.cause import Cause
from bot.db.models import UNFINISHED, Conversation, Delivery, Draft, Ticket, is_one_of
from bot.db.tx import Tx, Unit
from bot.desk import Desk
from bot.judging.events import raise_event
from bot.judging.react import react
from bot.outgoing import instead, projections
from bot.outgoing.receipts import Accepted
from bot.talk import marks
from bot.timing import sla
from channels.base import ChannelError, Envelope, NoAnswer, NotYet, Outgoing, Receipt, Role, TemporaryFailure
from rules.facts import Event

LEASE: Final = timedelta(minutes=5)
LATE_AFTER: Final = timedelta(minutes=15)
GIVE_UP_AFTER: Final = timedelta(days=4)
_FIRST_DELAY: Final = 4.0
_LONGEST_DELAY: Final = 3600.0
_read_outgoing = msgspec.json.Decoder(Outgoing).decode
_read_envelope = msgspec.json.Decoder(Envelope).decode


class Claimed(Struct, frozen=True, kw_only=True):
    """An outbox row that the process `by` sends now. `unsure`: it may have been sent before."""

    id: int
    channel: str
    outgoing: Outgoing
    envelope: Envelope
    unsure: bool
    attempts: int
    queued_at: datetime
    by: str


class Step(Struct, frozen=True):
    """What happens to a row that was not accepted: its next state, when it is tried again, and why.

    It was `tried`, unless others are in front of it.
    """

    state: str
    due_at: datetime
    error: str
    tried: bool = True


def next_step(row: Claimed, error: ChannelError, now: datetime, *, jitter: float) -> Step:
    """Decide what an error means. `jitter` (0.5 to 1.5) spreads the retries of many rows."""
    reason = (str(error) or type(error).__name__).replace("\0", "")  # no database keeps it in a text
    given_up = now - row.queued_at > GIVE_UP_AFTER
    if isinstance(error, NotYet) and not given_up:
        turn = now + timedelta(seconds=error.retry_after or _FIRST_DELAY)
        return Step("unsure" if row.unsure else "queued", turn, reason, tried=False)
    if isinstance(error, TemporaryFailure | NoAnswer) and not given_up:
        delay = min(_LONGEST_DELAY, _FIRST_DELAY * 2 ** min(row.attempts, 20)) * jitter
        wait = max(delay, getattr(error, "retry_after", None) or 0.0)
        unsure = row.unsure or isinstance(error, NoAnswer)
        return Step("unsure" if unsure else "queued", now + timedelta(seconds=wait), reason)
    return Step("failed", now, f"given up after {GIVE_UP_AFTER.days} days: {reason}" if given_up else reason)


def waits(session: Session, now: datetime) -> bool:
    """Whether any row is due."""
    return session.scalar(_ANY_DUE, {"now": now, "mine": []}) is not None


def claim(by: str, limit: int, mine: Collection[int] = ()) -> Unit[list[Claimed]]:
    """A unit that takes up to `limit` due rows, of each conversation and recipient only the oldest unfinished one.

    What people have to say goes first: a notice to all must not delay an answer.

    `by` is the name of this process, and `mine` are the rows that it is sending; a row whose lease ran out belonged to
    one that has ended.
    """

    def unit(tx: Tx) -> list[Claimed]:
        tx.flush()
        rows = tx.execute(_DUE, {"now": tx.now, "mine": list(mine), "most": limit}).all()
        if rows:
            tx.execute(_CLAIM, {"ids": [row.id for row in rows], "until": tx.now + LEASE, "by": by})
        return [
            Claimed(
                id=row.id,
                channel=row.channel,
                outgoing=_read_outgoing(row.outgoing),
                envelope=_in_thread(_read_envelope(row.envelope), row.thread),
                unsure=row.state != "queued",
                attempts=row.attempts,
                queued_at=row.queued_at,
                by=by,
            )
            for row in rows
        ]

    return unit


def _in_thread(envelope: Envelope, thread: str | None) -> Envelope:
    """What was queued before its conversation had a thread goes into the one that it has now."""
    return replace(envelope, thread=thread) if thread and not envelope.thread else envelope


def renew(mine: Collection[int]) -> Unit[None]:
    """A unit that keeps the rows which this process is sending from looking abandoned."""

    def unit(tx: Tx) -> None:
        held = update(Delivery).where(Delivery.id.in_(mine), Delivery.state == "sending")
        tx.session.execute(held.values(leased_until=tx.now + LEASE))

    return unit


def accepted(row: Claimed, rendered: bytes, receipt: Receipt, *, marking: Collection[str] = ()) -> Unit[None]:
    """A unit that records what the medium said when it took the message.

    Agents' words that were said on a channel of `marking` are marked there as sent.
    """

    def unit(tx: Tx) -> None:
        tx.later(
            _ACCEPTED,
            row_id=row.id,
            sent_at=tx.now,
            external_id=receipt.external_id,
            rendered=zlib.compress(rendered, 1),
        )
        if receipt.thread and receipt.thread != row.envelope.thread:
            tx.later(_THREAD_BEGUN, row_id=row.id, begun=receipt.thread, opened_by=receipt.link)
        if row.channel in marking:
            _show_changed(tx, row, receipt.external_id)
        if row.envelope.role is Role.REQUESTER and row.envelope.speaker and row.envelope.ticket:
            sla.accepted(tx, row.id, row.envelope.ticket)
            if marking:
                _mark_words(tx, row.id, marking, marks.SENT)

    return unit


def _show_changed(tx: Tx, row: Claimed, external_id: str) -> None:
    """What was changed while it was being sent was posted as it was before."""
    tx.flush()
    now = tx.session.scalar(select(Delivery.outgoing).where(Delivery.id == row.id).with_for_update())
    outgoing = _read_outgoing(now) if now is not None else row.outgoing
    if outgoing != row.outgoing:
        projections.show(tx, row.channel, f"post:{external_id}", outgoing)


def _mark_words(tx: Tx, row_id: int, channels: Collection[str], sign: str) -> None:
    """Mark the message of a room whose words this delivery carries, if there is one."""
    carried = select(Delivery.message_id).where(Delivery.id == row_id).scalar_subquery()
    marks.mark_words(tx, carried, channels, sign)


def refused(desk: Desk, row: Claimed, step: Step) -> Unit[None]:
    """A unit that records a failure; a final one raises `delivery.failed`, except for a notice about a failure."""

    def unit(tx: Tx) -> None:
        delivery = tx.session.get_one(Delivery, row.id, with_for_update=tx.dialect == "postgresql")
        if delivery.leased_by != row.by:
            return  # its lease ran out, and somebody else sees to it
        delivery.state, delivery.due_at, delivery.error = step.state, step.due_at, step.error
        delivery.attempts += step.tried
        delivery.leased_by = delivery.leased_until = None
        delivery.late = tx.now - delivery.queued_at > LATE_AFTER
        if step.state != "failed":
            return
        if desk.rooms and row.envelope.speaker:
            _mark_words(tx, row.id, desk.rooms, marks.NOT_DELIVERED)
        what = "the digest for" if delivery.notice == "digest" else "a message to"
        alarms.raise_alarm(tx, f"delivery {row.channel}", f"{what} {delivery.recipient} failed: {step.error}")
        ticket = tx.session.get(Ticket, delivery.ticket_id) if delivery.ticket_id else None
        if ticket is None or delivery.notice == "not_delivered":
            return
        cause = Cause(tx, desk, f"delivery:{row.id}", root=delivery.root, depth=delivery.depth + 1)
        mailed_to = instead.by_mail(cause, ticket, delivery, row)
        why = f"{step.error}; it goes by mail to {mailed_to}" if mailed_to else step.error
        cause.audit("not_delivered", ticket.id, address=delivery.recipient, why=why)
        raise_event(cause, Event.DELIVERY_FAILED, ticket, address=delivery.recipient, reason=why, status="")
        react(cause)

    return unit


def ended(row: Claimed, state: str, error: str) -> Unit[None]:
    """A unit that records the bare outcome and nothing that follows from it, with an alarm."""

    def unit(tx: Tx) -> None:
        tx.session.execute(
            update(Delivery)
            .where(Delivery.id == row.id, Delivery.leased_by == row.by)
            .values(
                state=state, error=error, leased_by=None, leased_until=None, sent_at=tx.now if state == "sent" else None
            )
        )
        detail = f"delivery {row.id} is {state}, but what follows broke"
        alarms.raise_alarm(tx, f"outcome {row.channel}", detail, review=alarms.REVIEW)

    return unit


def settle(process: str, receipts: Collection[Accepted]) -> Unit[None]:
    """A unit that brings in what an ended process left: what was accepted is sent, what it was sending is unsure."""

    def unit(tx: Tx) -> None:
        for receipt in receipts:
            tx.execute(_SETTLED, {"row_id": receipt.id, "at": receipt.at, "given_id": receipt.external_id})
            if receipt.thread:
                begun = {"row_id": receipt.id, "begun": receipt.thread, "opened_by": receipt.link}
                tx.execute(_THREAD_BEGUN, begun)
        sla.accepted_before(tx, [receipt.id for receipt in receipts])
        unfinished = is_one_of(Delivery.state, *UNFINISHED)
        lost = update(Delivery).where(unfinished, Delivery.state == "sending", Delivery.leased_by == process)
        tx.session.execute(lost.values(state="unsure", leased_by=None, leased_until=None, due_at=tx.now))
        tx.wake("delivery")

    return unit


def recover(tx: Tx) -> None:
    """At the start of the only process: rows that it was sending when it ended may have been sent, and are unsure.

    Where there are several processes, `claim` takes over the rows of one that ended when their lease is over.
    """
    lost = update(Delivery).where(is_one_of(Delivery.state, *UNFINISHED), Delivery.state == "sending")
    tx.session.execute(lost.values(state="unsure", leased_by=None, leased_until=None, due_at=tx.now))


def spread() -> float:
    """A jitter for `next_step`."""
    return random.uniform(0.5, 1.5)  # noqa: S311  no secret


_older = aliased(Delivery)
_BEHIND: Final = (
    select(_older.id)
    .where(
        _older.conversation_id == Delivery.conversation_id,
        _older.recipient == Delivery.recipient,
        _older.id < Delivery.id,
        is_one_of(_older.state, *UNFINISHED),
        ~_older.late,
    )
    .exists()
)
_HELD: Final = (
    select(Draft.id)
    .where(
        Draft.conversation_id == Delivery.conversation_id,
        Draft.id < Delivery.id,
        is_one_of(Draft.state, "waiting"),
        Draft.release_at.is_not(None),
    )
    .exists()
)
_ABANDONED: Final = and_(
    Delivery.state == "sending",
    Delivery.leased_until < bindparam("now"),
    Delivery.id.not_in(bindparam("mine", expanding=True)),
)
_IS_DUE: Final = and_(
    is_one_of(Delivery.state, *UNFINISHED),
    Delivery.due_at <= bindparam("now"),
    or_(Delivery.state != "sending", _ABANDONED),
)
_ANY_DUE: Final = select(Delivery.id).where(_IS_DUE).limit(1)
_DUE: Final = (
    select(
        Delivery.id,
        Delivery.channel,
        Delivery.outgoing,
        Delivery.envelope,
        Delivery.state,
        Delivery.attempts,
        Delivery.queued_at,
        select(Conversation.thread)
        .where(Conversation.id == Delivery.conversation_id)
        .scalar_subquery()
        .label("thread"),
    )
    .where(_IS_DUE, or_(Delivery.conversation_id.is_(None), and_(~_BEHIND, ~_HELD)))
    .order_by(Delivery.automatic, Delivery.due_at, Delivery.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True, of=Delivery)
)
_CLAIM: Final = (
    update(cast("Table", Delivery.__table__))
    .where(Delivery.id.in_(bindparam("ids", expanding=True)))
    .values(state="sending", leased_until=bindparam("until"), leased_by=bindparam("by"))
)
_ACCEPTED: Final = (
    update(cast("Table", Delivery.__table__))
    .where(Delivery.id == bindparam("row_id"))
    .values(
        state="sent",
        sent_at=bindparam("sent_at"),
        external_id=bindparam("external_id"),
        rendered=bindparam("rendered"),
        leased_by=None,
        leased_until=None,
        error="",
    )
)
_THREAD_BEGUN: Final = (
    update(cast("Table", Conversation.__table__))
    .where(
        Conversation.id == select(Delivery.conversation_id).where(Delivery.id == bindparam("row_id")).scalar_subquery(),
        Conversation.thread != bindparam("begun"),
    )
    .values(thread=bindparam("begun"), link=bindparam("opened_by"))
)
_SETTLED: Final = (
    update(cast("Table", Delivery.__table__))
    .where(Delivery.id == bindparam("row_id"), is_one_of(Delivery.state, *UNFINISHED))
    .values(
        state="sent",
        sent_at=bindparam("at"),
        external_id=bindparam("given_id"),
        leased_by=None,
        leased_until=None,
        error="",
    )
)
