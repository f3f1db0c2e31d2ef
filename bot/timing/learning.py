"""What the database says of the promises to a ticket: its targets, and what they are worked out from.

What has ended never changes. So of a long conversation only that is read which a promise that runs, or may begin, can
still depend on: what was said since the last question that is open or was answered. All of it gives the same promises.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from msgspec import Struct
from sqlalchemy import BindParameter, and_, bindparam, func, not_, select

from bot.cause import Cause
from bot.db.models import Conversation, Delivery, Job, Message, SlaTarget, Span, Ticket
from bot.db.models import Event as EventRow
from bot.ticket import tickets
from channels.base import Role
from rules.facts import Event, MessageKind, Status, Target
from rules.sla import Reply, Stretch, accepted_first

KIND: Final = "sla"
"""The jobs that warn of promises and say that one is broken."""
_EVER: Final = datetime.min.replace(tzinfo=UTC)


class _Heard(Struct):
    kind: MessageKind
    thanks: bool = False
    doubtful: bool = False


class _Received(Struct):
    message: _Heard | None = None


_read_received = msgspec.json.Decoder(_Received).decode


class Learned(Struct, frozen=True):
    """What the database says of the promises of a ticket."""

    targets: list[SlaTarget] = []
    stretches: list[Stretch] = []
    asked: list[datetime] = []
    replies: list[Reply] = []
    jobs: list[Job] = []


def learn(cause: Cause, wanted: Sequence[Ticket]) -> dict[int, Learned]:
    """What the promises to these tickets still depend on, by number; a few questions however many there are."""
    found = {ticket.id: Learned() for ticket in wanted}
    of_these = {"numbers": list(found)}
    cause.tx.flush()
    for target in cause.tx.session.scalars(_TARGETS, of_these):
        found[target.ticket_id].targets.append(target)
    for job in cause.tx.session.scalars(_JOBS, of_these):
        found[job.ticket_id or 0].jobs.append(job)
    answered: dict[int, datetime] = {row.ticket_id: row.latest for row in cause.tx.execute(_ANSWERED, of_these)}
    since = {number: _since(one.targets, answered.get(number)) for number, one in found.items()}
    _read_stretches(cause, found)
    _read_replies(cause, wanted, found, since)
    _read_asked(
        cause, found, {ticket.id: begin for ticket in wanted if (begin := _uncovered(ticket, found[ticket.id]))}
    )
    return found


def learn_all(cause: Cause, ticket: Ticket) -> Learned:
    """All that the promises to a ticket were ever worked out from, and every target that it had, the oldest first."""
    cause.tx.flush()
    found = {ticket.id: Learned(list(cause.tx.session.scalars(_ALL_TARGETS, {"numbers": [ticket.id]})))}
    ever = {ticket.id: _EVER}
    _read_stretches(cause, found)
    _read_replies(cause, [ticket], found, ever)
    _read_asked(cause, found, ever)
    return found[ticket.id]


def spoken() -> Any:  # noqa: ANN401  a select of three columns
    """What humans of the desk said to requesters: its ticket, and when it was said and accepted."""
    return (
        select(Delivery.ticket_id, Message.at, Delivery.sent_at)
        .select_from(Delivery)
        .join(Message, Message.id == Delivery.message_id)
        .join(Conversation, Conversation.id == Delivery.conversation_id)
        .where(
            Delivery.state == "sent",
            Conversation.role == Role.REQUESTER,
            Message.kind == "message",
            Message.author_id.is_not(None),
        )
        .order_by(Delivery.id)
    )


def _since(targets: Sequence[SlaTarget], answered: datetime | None) -> datetime:
    """Since when replies may matter: since the question that is open, else since the last that was answered.

    Where there was none yet, or a promise was dropped and may run again, all of them do.
    """
    dropped = any(target.state == "dropped" and target.kind != Target.RESOLUTION for target in targets)
    return _EVER if dropped else _open_since(targets) or answered or _EVER


def _open_since(targets: Sequence[SlaTarget]) -> datetime | None:
    """Since when the requester waits for the next reply, if that is promised."""
    waits = (target.started_at for target in targets if (target.kind, target.state) == (Target.NEXT_REPLY, "running"))
    return min(waits, default=None)


def _uncovered(ticket: Ticket, learned: Learned) -> datetime | None:
    """Since when questions may wait for an answer; None if none does but the one that is known to.

    That one stays, and that there was a first response before it, for else none would wait for the next.
    """
    open_since = _open_since(learned.targets)
    if open_since is not None and all(reply.said_at >= open_since for reply in learned.replies):
        answered = bool(learned.replies)
        learned.replies.insert(0, Reply(ticket.created_at, ticket.created_at))
        if not answered:
            learned.asked.append(open_since)
        return open_since if answered else None
    first = accepted_first(learned.replies)
    return first.said_at if first else None


def _read_stretches(cause: Cause, found: Mapping[int, Learned]) -> None:
    for span in cause.tx.execute(_SPANS, {"numbers": list(found)}):
        found[span.ticket_id].stretches.append(Stretch(Status(span.status), span.started_at, span.ended_at))


def _read_replies(
    cause: Cause, wanted: Sequence[Ticket], found: Mapping[int, Learned], since: Mapping[int, datetime]
) -> None:
    """What was said since then to the requesters of the tickets, and of those that were merged into them."""
    goes_on_in = {number: {number} for number in found}
    for ticket in _with_merged(cause, wanted):
        for merged in tickets.merged_into(cause, ticket):
            goes_on_in.setdefault(merged.id, set()).add(ticket.id)
    asked = {"numbers": list(goes_on_in), "since": min(since.values(), default=_EVER)}
    for said in cause.tx.execute(_SAID_TO, asked):
        for number in goes_on_in[said.ticket_id]:
            if said.at >= since[number]:
                found[number].replies.append(Reply(said.at, said.sent_at))


def _with_merged(cause: Cause, wanted: Sequence[Ticket]) -> list[Ticket]:
    """Those of the tickets into which others were merged."""
    into = set(cause.tx.execute(_MERGED, {"numbers": [ticket.id for ticket in wanted]}).scalars())
    return [ticket for ticket in wanted if ticket.id in into]


def _read_asked(cause: Cause, found: Mapping[int, Learned], since: Mapping[int, datetime]) -> None:
    """The messages since then that wait for an answer, of the tickets that have such a time."""
    if not since:
        return
    for heard in cause.tx.execute(_RECEIVED, {"numbers": list(since), "since": min(since.values())}):
        if heard.at >= since[heard.ticket_id] and _waits_for_an_answer(heard.facts):
            found[heard.ticket_id].asked.append(heard.at)


def _waits_for_an_answer(facts: bytes) -> bool:
    heard = _read_received(facts).message
    return heard is not None and heard.kind is MessageKind.HUMAN and not heard.thanks and not heard.doubtful


_NUMBERS: Final[BindParameter[Any]] = bindparam("numbers", expanding=True)
_WAS_ANSWERED: Final = and_(SlaTarget.kind == Target.NEXT_REPLY, SlaTarget.state.in_(("met", "missed")))
_ALL_TARGETS: Final = select(SlaTarget).where(SlaTarget.ticket_id.in_(_NUMBERS)).order_by(SlaTarget.id)
_TARGETS: Final = _ALL_TARGETS.where(not_(_WAS_ANSWERED))
_ANSWERED: Final = (
    select(SlaTarget.ticket_id, func.max(SlaTarget.started_at).label("latest"))
    .where(SlaTarget.ticket_id.in_(_NUMBERS), _WAS_ANSWERED)
    .group_by(SlaTarget.ticket_id)
)
_JOBS: Final = (  # a plain comparison of the state, or SQLite goes through all that wait
    select(Job).where(Job.ticket_id.in_(_NUMBERS), Job.kind == KIND, Job.state == "waiting").order_by(Job.id)
)
_SPANS: Final = (
    select(Span.ticket_id, Span.status, Span.started_at, Span.ended_at)
    .where(Span.ticket_id.in_(_NUMBERS))
    .order_by(Span.id)
)
_RECEIVED: Final = (
    select(EventRow.ticket_id, EventRow.at, EventRow.facts)
    .where(
        EventRow.ticket_id.in_(_NUMBERS),
        EventRow.name == Event.MESSAGE_RECEIVED,
        EventRow.at >= bindparam("since"),
    )
    .order_by(EventRow.id)
)
_SAID_TO: Final = spoken().where(
    Delivery.ticket_id.in_(_NUMBERS), Delivery.sent_at.is_not(None), Message.at >= bindparam("since")
)
_MERGED: Final = select(Ticket.merged_into_id).where(
    Ticket.merged_into_id.is_not(None), Ticket.merged_into_id.in_(_NUMBERS)
)
