"""Promises kept track of: their targets begin, move and end with what happens to a ticket, and a job warns in time.

All is worked out anew from the ticket's history (`rules.sla`) whenever something happened to it. A target that has
ended stays as it was; a ticket that is opened again gets another one. A ticket has one waiting job, at the next moment
at which somebody is to be told; whatever moves that moment moves the job. So what is not due costs nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from msgspec import Struct
from sqlalchemy import BindParameter, bindparam, select

from bot.cause import Cause
from bot.db.models import AuditEntry, Conversation, Delivery, Job, Message, SlaTarget, Span, Ticket
from bot.db.models import Event as EventRow
from bot.db.tx import Tx
from bot.due import jobs
from bot.ids import new_id
from bot.judging.events import facts_now, raise_event
from bot.ticket import tickets
from channels.base import Role
from rules.facts import Event, MessageKind, Priority, SlaFacts, Status, Target
from rules.policies import Policy
from rules.sla import Course, History, Reply, Stretch, Terms, courses, terms, used, used_up

KIND: Final = "sla"
"""The jobs that warn of promises and say that one is broken."""
ACCEPTED: Final = "sla_accepted"
"""The jobs that look again at a ticket when a medium accepted a human's message to its requester."""

_CHANGING: Final = frozenset({"running", "dropped"})
"""The states of a target that has not ended."""


class _Heard(Struct):
    kind: MessageKind
    thanks: bool = False
    doubtful: bool = False


class _Received(Struct):
    message: _Heard | None = None


_read_received = msgspec.json.Decoder(_Received).decode


class Standing(Struct, frozen=True, kw_only=True):
    """How a promise stands: its terms, when it is due (None while that cannot be said), and the time used."""

    course: Course
    terms: Terms
    due_at: datetime | None
    used: timedelta

    @property
    def state(self) -> str:
        """What a target in this standing is: running, met, missed or dropped."""
        if self.course.dropped:
            return "dropped"
        if self.course.ended_at is None:
            return "running"
        return "missed" if self.due_at is not None and self.due_at < self.course.ended_at else "met"

    def broken(self, now: datetime) -> bool:
        """Whether its time is over and nothing came of it yet."""
        return self.state == "running" and self.due_at is not None and self.due_at < now


class Case(Struct, frozen=True):
    """A ticket as its promises see it: the policy that holds for it, its history, its targets and its waiting job."""

    cause: Cause
    ticket: Ticket
    policy: Policy
    history: History
    targets: Sequence[SlaTarget] = ()
    job: Job | None = None

    def stands(self, course: Course) -> Standing | None:
        """How a promise stands now, or how it stood when it ended; None where nothing is promised."""
        calendar = self.cause.desk.calendar_of(self.policy)
        found = terms(self.policy, course.target, Priority(self.ticket.priority), calendar)
        return stands(found, course, self.history, self.cause.now) if found else None

    def passed(self, standing: Standing) -> float:
        """The largest share of the time at which somebody is to be warned and that is used up; 0 where none is."""
        moments = ((share, self._moment(standing, share)) for share in self.policy.warn_at)
        now = self.cause.now
        return max((share for share, moment in moments if moment is not None and moment <= now), default=0.0)

    def next_moment(self, running: Iterable[Kept]) -> datetime | None:
        """When somebody is to be told next, if nothing happens any more."""
        moments = []
        for target, standing in running:
            if target.breached_at is None:
                ahead = [share for share in self.policy.warn_at if share > target.warned]
                moments += [standing.due_at, *(self._moment(standing, share) for share in ahead[:1])]
        return min((moment for moment in moments if moment is not None), default=None)

    def first_moment(self, standings: Iterable[Standing]) -> datetime | None:
        """The same for a ticket that nobody was told anything of."""
        running = [standing for standing in standings if standing.state == "running"]
        moments = [self._moment(standing, share) for standing in running for share in (*self.policy.warn_at[:1], 1.0)]
        return min((moment for moment in moments if moment is not None), default=None)

    def _moment(self, standing: Standing, share: float) -> datetime | None:
        return used_up(standing.course, standing.terms, self.history, share)


class Outset(Struct, frozen=True):
    """What is promised to a new ticket, and when somebody is to be told first, if nothing happens any more."""

    standings: tuple[Standing, ...]
    moment: datetime | None


Kept = tuple[SlaTarget, Standing]


class Learned(Struct, frozen=True):
    """What the database says of the promises of a ticket."""

    targets: list[SlaTarget] = []
    stretches: list[Stretch] = []
    asked: list[datetime] = []
    replies: list[Reply] = []
    jobs: list[Job] = []


def case_of(cause: Cause, ticket: Ticket, learned: Learned) -> Case:
    """The ticket as it is now, with what was learned of it."""
    job = learned.jobs[0] if learned.jobs else None
    history = _history(cause, ticket, learned)
    return Case(cause, ticket, policy_of(cause, ticket), history, learned.targets, job)


def policy_of(cause: Cause, ticket: Ticket) -> Policy:
    """What the books in force promise for the ticket as it is now."""
    return cause.desk.policy_of(facts_now(cause, ticket))


def promise(cause: Cause, ticket: Ticket) -> None:
    """Say by when a ticket that was opened in this cause must have its first answer, as far as can be told yet."""
    if ticket.id in cause.opened:
        standings = _outset(Case(cause, ticket, policy_of(cause, ticket), _fresh(ticket))).standings
        first = (standing for standing in standings if standing.course.target is Target.FIRST_RESPONSE)
        ticket.answer_by = next((standing.due_at for standing in first), None)


def follow_all(cause: Cause) -> None:
    """Bring the promises of every ticket that this cause touched in line with how it is now."""
    for number in list(cause.touched):
        ticket = tickets.get(cause, number)
        if ticket is not None:
            follow(cause, ticket)


def follow(cause: Cause, ticket: Ticket) -> None:
    """Bring the targets of the ticket, and the job that warns of them, in line with how it is now.

    A ticket to which nothing was promised when it was opened, such as one made of old mail, stays without.
    """
    if ticket.id in cause.opened:
        _begin(Case(cause, ticket, policy_of(cause, ticket), _fresh(ticket)))
        cause.opened.discard(ticket.id)
        return
    learned = _learned(cause, ticket)
    if learned.targets:
        case = case_of(cause, ticket, learned)
        _plan(case, case.next_moment(_reconcile(case)))


def retime(cause: Cause, ticket: Ticket) -> None:
    """Books or calendars changed: what is still promised for an open ticket is promised by those in force.

    What is due by that already is an event in a moment, which says that it is `retimed`: many others may be so too.
    """
    learned = _learned(cause, ticket)
    if learned.targets:
        case = case_of(cause, ticket, learned)
        moment = case.next_moment(_reconcile(case))
        _plan(case, moment, retimed=moment is not None and moment <= cause.now)


def learn(cause: Cause, wanted: Sequence[Ticket]) -> None:
    """Ask at once what is to be known of these tickets, before each of them is timed anew."""
    for number, learned in _ask(cause, wanted).items():
        cause.tx.scratch["sla", number] = learned


def look(cause: Cause, arguments: Mapping[str, Any]) -> None:
    """The duty of a job: warn of promises, or say that they are broken, where that is still so.

    Of several shares that have passed meanwhile only the largest is told, and none of a promise that is broken.
    """
    ticket = tickets.get(cause, arguments["ticket"])
    if ticket is None:
        return
    cause.touched[ticket.id] = None
    retimed = arguments.get("retimed", False)
    case = case_of(cause, ticket, _learned(cause, ticket))
    for target, standing in _reconcile(case):
        passed = case.passed(standing)
        if standing.broken(cause.now):
            if target.breached_at is None:
                target.breached_at, target.warned = standing.due_at, max(target.warned, passed)
                _tell(case, Event.SLA_BREACHED, target, 1.0, retimed=retimed)
        elif passed > target.warned:
            target.warned = passed
            _tell(case, Event.SLA_WARNING, target, passed, retimed=retimed)


def look_again(cause: Cause, arguments: Mapping[str, Any]) -> None:
    """The duty of a job: a message was accepted, so targets of its ticket, or where that goes on, may have ended."""
    ticket = tickets.get(cause, arguments["ticket"])
    if ticket is not None:
        cause.touched |= {ticket.id: None, tickets.goes_on_in(cause, ticket).id: None}


def accepted(tx: Tx, row_id: int, number: int) -> None:
    """A medium accepted the outbox row, a human's message about the ticket to its requester."""
    root = f"delivery:{row_id}"
    jobs.put(tx, ACCEPTED, tx.now, {"ticket": number}, key=f"{root}:{new_id()}", root=root, depth=1, ticket_id=number)
    tx.wake("jobs")


def accepted_before(tx: Tx, rows: Collection[int]) -> None:
    """The same for outbox rows of a process that ended before it could say so."""
    spoken = _spoken().where(Delivery.id.in_(rows)).with_only_columns(Delivery.id, Delivery.ticket_id)
    for row_id, number in tx.session.execute(spoken).all():
        accepted(tx, row_id, number)


def targets_of(cause: Cause, ticket: Ticket) -> list[SlaTarget]:
    """All targets that the ticket ever had, the oldest first."""
    return _learned(cause, ticket).targets


def promises_of(cause: Cause, numbers: Collection[int]) -> dict[int, list[dict[str, Any]]]:
    """What is promised and not done yet, by the number of its ticket: `target`, `due_at`, `overdue`; soonest first."""
    found: dict[int, list[dict[str, Any]]] = {number: [] for number in numbers}
    running = select(SlaTarget).where(SlaTarget.ticket_id.in_(numbers), SlaTarget.state == "running")
    for target in cause.tx.session.scalars(running.order_by(SlaTarget.due_at.nulls_last(), SlaTarget.id)):
        overdue = target.due_at is not None and target.due_at < cause.now
        found[target.ticket_id].append({"target": target.kind, "due_at": target.due_at, "overdue": overdue})
    return found


def history_of(cause: Cause, ticket: Ticket) -> History:
    """What the promises to a ticket are worked out from."""
    return _history(cause, ticket, _learned(cause, ticket))


def stands(terms: Terms, course: Course, history: History, now: datetime) -> Standing:
    """How a promise stands now, or how it stood when it ended."""
    then = until(history, course.ended_at) if course.ended_at else history
    due_at = used_up(course, terms, then)
    return Standing(course=course, terms=terms, due_at=due_at, used=used(course, terms, history, now))


def until(history: History, end: datetime) -> History:
    """The history as it was at a moment: nobody knew yet when the status of that time would end."""
    known = [stretch for stretch in history.stretches if stretch.started_at < end] or list(history.stretches[:1])
    last = Stretch(known[-1].status, known[-1].started_at)
    return msgspec.structs.replace(history, stretches=(*known[:-1], last))


def _learned(cause: Cause, ticket: Ticket) -> Learned:
    """What was asked already, as long as nothing happened since; else it is asked now."""
    found: Learned | None = cause.tx.scratch.pop(("sla", ticket.id), None)
    return found or _ask(cause, [ticket])[ticket.id]


def _ask(cause: Cause, wanted: Sequence[Ticket]) -> dict[int, Learned]:
    """What the database says of these tickets, in a few questions however many there are."""
    cause.tx.flush()
    session, found = cause.tx.session, {ticket.id: Learned() for ticket in wanted}
    of_these = {"numbers": list(found)}
    goes_on_in = {number: {number} for number in found}
    for ticket in _with_merged(cause, wanted):
        for merged in tickets.merged_into(cause, ticket):
            goes_on_in.setdefault(merged.id, set()).add(ticket.id)
    for target in session.scalars(_TARGETS, of_these):
        found[target.ticket_id].targets.append(target)
    for job in session.scalars(_JOBS, of_these):
        found[job.ticket_id or 0].jobs.append(job)
    for span in cause.tx.execute(_SPANS, of_these):
        found[span.ticket_id].stretches.append(Stretch(Status(span.status), span.started_at, span.ended_at))
    for heard in cause.tx.execute(_RECEIVED, of_these):
        if _waits_for_an_answer(heard.facts):
            found[heard.ticket_id].asked.append(heard.at)
    for said in cause.tx.execute(_SAID_TO, {"numbers": list(goes_on_in)}):
        for number in goes_on_in[said.ticket_id]:
            found[number].replies.append(Reply(said.at, said.sent_at))
    return found


def _with_merged(cause: Cause, wanted: Sequence[Ticket]) -> list[Ticket]:
    """Those of the tickets into which others were merged."""
    into = set(cause.tx.execute(_MERGED, {"numbers": [ticket.id for ticket in wanted]}).scalars())
    return [ticket for ticket in wanted if ticket.id in into]


def _history(cause: Cause, ticket: Ticket, learned: Learned) -> History:
    return History(
        opened_at=ticket.created_at,
        stretches=tuple(learned.stretches),
        asked=tuple(learned.asked),
        replies=tuple(learned.replies),
        void=ticket.status == Status.CLOSED and _is_void(cause, ticket),
    )


def _fresh(ticket: Ticket) -> History:
    """The history of a ticket that was opened in this cause; nothing is asked of the database for it."""
    stretch = Stretch(Status(ticket.status), ticket.created_at)
    return History(opened_at=ticket.created_at, stretches=(stretch,), void=ticket.merged_into_id is not None)


def _begin(case: Case) -> None:
    """The targets of a ticket that was opened in this cause; here also what ended in the same breath counts."""
    outset = _outset(case)
    for standing in outset.standings:
        case.cause.tx.append(SlaTarget, **_new_target(case, standing))
    _note_answer_by(case.ticket, outset.standings)
    if outset.moment is not None:
        _schedule(case, outset.moment)


def _outset(case: Case) -> Outset:
    """The same for all tickets that are opened in one transaction with one policy and priority: worked out once."""
    ticket, books = case.ticket, case.cause.desk.books.hash
    key = ("outset", books, case.policy.name, ticket.priority, ticket.status, ticket.created_at, case.history.void)
    if key not in case.cause.tx.scratch:
        found = (case.stands(course) for course in courses(case.history) if not course.dropped)
        standings = tuple(standing for standing in found if standing)
        case.cause.tx.scratch[key] = Outset(standings, case.first_moment(standings))
    outset: Outset = case.cause.tx.scratch[key]
    return outset


def _reconcile(case: Case) -> list[Kept]:
    """Make the targets say what the history does; gives those that run. What has ended is left as it is."""
    newest = {(target.kind, target.started_at): target for target in case.targets}
    kept: list[Kept] = []
    for course in courses(case.history):
        target = newest.pop((str(course.target), course.started_at), None)
        standing = case.stands(course)
        if standing is None:
            _drop(target)
        elif target is not None and target.state in _CHANGING:
            _update(case, target, standing)
            kept.append((target, standing))
        elif standing.state == "running":
            kept.append((_added_target(case, standing, after=target), standing))
    for target in newest.values():
        _drop(target)
    _note_answer_by(case.ticket, (standing for _, standing in kept))
    return [one for one in kept if one[0].state == "running"]


def _drop(target: SlaTarget | None) -> None:
    if target is not None and target.state == "running":
        target.state, target.due_at = "dropped", None


def _update(case: Case, target: SlaTarget, standing: Standing) -> None:
    """Bring a target up to date. A change that moves its time back takes back warnings and a breach."""
    if target.state == standing.state == "dropped":
        return
    target.state, target.due_at = standing.state, standing.due_at
    target.policy, target.priority, target.book = case.policy.name, case.ticket.priority, case.cause.desk.books.hash
    if standing.state != "running":
        _end(target, standing)
        return
    target.warned = min(target.warned, case.passed(standing))
    if not standing.broken(case.cause.now):
        target.breached_at = None


def _end(target: SlaTarget, standing: Standing) -> None:
    for column, value in _ending(standing).items():
        setattr(target, column, value)


def _ending(standing: Standing) -> dict[str, Any]:
    """What a target says of its end, by column."""
    ended_at = standing.course.ended_at
    return {
        "ended_at": ended_at,
        "used_seconds": round(standing.used.total_seconds()) if ended_at else None,
        "breached_at": standing.due_at if standing.state == "missed" else None,
    }


def _new_target(case: Case, standing: Standing) -> dict[str, Any]:
    """The row of a target from now on."""
    return {
        "id": new_id(),
        "ticket_id": case.ticket.id,
        "kind": str(standing.course.target),
        "policy": case.policy.name,
        "priority": str(case.ticket.priority),
        "book": case.cause.desk.books.hash,
        "state": standing.state,
        "started_at": standing.course.started_at,
        "due_at": standing.due_at,
        "warned": 0.0,
        **_ending(standing),
    }


def _added_target(case: Case, standing: Standing, *, after: SlaTarget | None) -> SlaTarget:
    """A target that runs from now on; `after` one that had ended, whose warnings and breach are not told again."""
    target = SlaTarget(**_new_target(case, standing))
    if after is not None:
        target.warned, target.breached_at = after.warned, after.breached_at
    case.cause.tx.add(target)
    return target


def _note_answer_by(ticket: Ticket, standings: Iterable[Standing]) -> None:
    for standing in standings:
        if standing.course.target is Target.FIRST_RESPONSE and standing.due_at is not None:
            ticket.answer_by = standing.due_at


def _plan(case: Case, moment: datetime | None, *, retimed: bool = False) -> None:
    """Move the ticket's job to that moment; drop it where there is none."""
    job = case.job
    if job is None:
        if moment is not None:
            _schedule(case, moment, retimed=retimed)
    elif moment is None:
        job.state = "dropped"
    elif job.due_at != moment:
        job.due_at, job.arguments = moment, _arguments(case, retimed=retimed)
        jobs.wake_if_due(case.cause, moment)


def _schedule(case: Case, moment: datetime, *, retimed: bool = False) -> None:
    """Time passes by itself: one look at the clock does not cause the next, so the chain grows no deeper."""
    arguments, depth = _arguments(case, retimed=retimed), max(case.cause.depth, 1)
    jobs.schedule(case.cause, KIND, moment, arguments, ticket_id=case.ticket.id, depth=depth)


def _arguments(case: Case, *, retimed: bool) -> dict[str, Any]:
    return {"ticket": case.ticket.id, "retimed": retimed}


def _tell(case: Case, event: Event, target: SlaTarget, share: float, *, retimed: bool) -> None:
    due_at = target.due_at or case.cause.now
    facts = SlaFacts(target=Target(target.kind), policy=target.policy, due_at=due_at, share=share, retimed=retimed)
    case.cause.audit(
        event.value.replace(".", "_"), case.ticket.id, target=target.kind, policy=target.policy, share=share
    )
    raise_event(case.cause, event, case.ticket, involved=facts)


def _spoken() -> Any:  # noqa: ANN401  a select of three columns
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


def _waits_for_an_answer(facts: bytes) -> bool:
    heard = _read_received(facts).message
    return heard is not None and heard.kind is MessageKind.HUMAN and not heard.thanks and not heard.doubtful


def _is_void(cause: Cause, ticket: Ticket) -> bool:
    if ticket.merged_into_id is not None:
        return True
    said = select(AuditEntry.action).where(
        AuditEntry.ticket_id == ticket.id, AuditEntry.action.in_(("spam", "not_spam"))
    )
    return cause.tx.session.scalar(said.order_by(AuditEntry.id.desc()).limit(1)) == "spam"


_NUMBERS: Final[BindParameter[Any]] = bindparam("numbers", expanding=True)
_TARGETS: Final = select(SlaTarget).where(SlaTarget.ticket_id.in_(_NUMBERS)).order_by(SlaTarget.id)
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
    .where(EventRow.ticket_id.in_(_NUMBERS), EventRow.name == Event.MESSAGE_RECEIVED)
    .order_by(EventRow.id)
)
_SAID_TO: Final = _spoken().where(Delivery.ticket_id.in_(_NUMBERS), Delivery.sent_at.is_not(None))
_MERGED: Final = select(Ticket.merged_into_id).where(
    Ticket.merged_into_id.is_not(None), Ticket.merged_into_id.in_(_NUMBERS)
)
