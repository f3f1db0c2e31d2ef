"""The tables. Rows that change are mapped here as entities; append-only rows go out through `Tx.append`."""

from datetime import datetime
from typing import Any, ClassVar, Final

from sqlalchemy import (
    ColumnElement,
    Float,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    bindparam,
)
from sqlalchemy import text as sql
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Mapped, mapped_column

from bot.db.types import ForeignId, Id, Json, UtcDateTime

UNFINISHED: Final = ("queued", "sending", "unsure")
"""The states of an outbox row that still has to be delivered."""

OPEN: Final = ("new", "open", "waiting_requester", "waiting_vendor", "on_hold")
"""The statuses of a ticket that is not done."""


SOLVED_WITH_WORDS: Final = sql("status IN ('solved', 'closed') AND resolution <> '' AND NOT confidential")
"""Which tickets say how they were solved, to whoever works here. It is the condition of an index, word for word."""


PLANS: Final = sql("kind = 'scheduled' AND state = 'waiting'")
"""Which jobs are the plans of what recurs. It is the condition of an index, word for word."""


def is_one_of(column: ColumnElement[str] | InstrumentedAttribute[str], *values: str) -> ColumnElement[bool]:
    """`column in values`, the values written out: only so does SQLite see that a partial index covers the question."""
    return column.in_(bindparam(None, list(values), expanding=True, literal_execute=True))


def _partial_index(name: str, *columns: str, where: str, among: tuple[str, ...]) -> Index:
    """An index of the rows whose column `where` has one of the values `among`; asked for with `is_one_of`."""
    predicate = sql(f"{where} IN ({', '.join(repr(value) for value in among)})")
    return Index(name, *columns, sqlite_where=predicate, postgresql_where=predicate)


class Base(DeclarativeBase):
    """What every table shares: column types by annotation, and constraint names that migrations can rely on."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime,
        int: Id,
        str: Text,
        float: Float,
        bytes: LargeBinary,
        dict[str, Any]: Json,
        list[str]: Json,
        list[dict[str, Any]]: Json,
    }

    def __init__(self, **values: Any) -> None:  # noqa: ANN401  values of any column
        """A new entity with these columns. It has no history yet, so nobody need be told of each value."""
        self.__dict__.update(values)


def _key() -> Mapped[int]:
    return mapped_column(Id, primary_key=True, autoincrement=False)


def _ref(target: str) -> Any:  # noqa: ANN401  an argument of mapped_column
    """A foreign key; a `Tx` writes parents before children."""
    return ForeignKey(target)


class Inbox(Base):
    """What a source handed over, before anything was made of it.

    `state`: fetching (it is durable, and what it refers to is being fetched), new, early (looked at again in a moment),
    done, dead, quarantine, dropped. `fingerprint` is what a second copy of an agent's message is recognised by;
    `released` is a message, parked or in quarantine, that somebody lets through. The payload stands last: SQLite reads
    a large row only as far as the columns it is asked for.
    """

    __tablename__ = "inbox"
    id: Mapped[int] = _key()
    channel: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(200))
    lane: Mapped[str] = mapped_column(String(200))
    received_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10))
    outcome: Mapped[str] = mapped_column(default="")
    attempts: Mapped[int] = mapped_column(default=0)
    ticket_id: Mapped[int | None]
    fingerprint: Mapped[str | None] = mapped_column(String(64))
    released: Mapped[bool] = mapped_column(default=False)
    meta: Mapped[dict[str, Any]]
    payload: Mapped[bytes]
    __table_args__ = (
        UniqueConstraint("channel", "key"),
        Index(
            "ix_inbox_fingerprint",
            "fingerprint",
            sqlite_where=sql("fingerprint is not null"),
            postgresql_where=sql("fingerprint is not null"),
        ),
        _partial_index("ix_inbox_new", "id", where="state", among=("new",)),
        _partial_index("ix_inbox_lane", "lane", "id", where="state", among=("new",)),
        _partial_index("ix_inbox_blocking", "lane", "id", where="state", among=("fetching", "early")),
        _partial_index("ix_inbox_dead", "id", where="state", among=("dead",)),
        _partial_index("ix_inbox_quarantine", "id", where="state", among=("quarantine",)),
    )


class Person(Base):
    """Somebody: an employee, an outsider, an agent.

    `away_until` is when an agent gets ticket mail again; `assigned_at` when the desk last gave them a ticket by itself.
    """

    __tablename__ = "person"
    id: Mapped[int] = _key()
    name: Mapped[str] = mapped_column(default="")
    department: Mapped[str | None]
    manager_id: Mapped[int | None] = mapped_column(_ref("person.id"))
    language: Mapped[str | None] = mapped_column(String(10))
    zone: Mapped[str | None] = mapped_column(String(60))
    vip: Mapped[bool] = mapped_column(default=False)
    known: Mapped[bool] = mapped_column(default=False)
    handle: Mapped[str | None] = mapped_column(String(60), unique=True)
    created_at: Mapped[datetime]
    away_until: Mapped[datetime | None]
    assigned_at: Mapped[datetime | None]


class Identity(Base):
    """A person's address on a channel. `undeliverable_until` is set by a permanent bounce, `blocked_at` by `#spam`.

    `declined_at` is when they last said, on a platform, that what they wrote was no request. `agent_role` is the role
    of that platform by which they are an agent.
    """

    __tablename__ = "identity"
    id: Mapped[int] = _key()
    person_id: Mapped[int] = mapped_column(_ref("person.id"), index=True)
    channel: Mapped[str] = mapped_column(String(40))
    address: Mapped[str]
    undeliverable_until: Mapped[datetime | None]
    blocked_at: Mapped[datetime | None]
    declined_at: Mapped[datetime | None]
    agent_role: Mapped[str | None] = mapped_column(String(40))
    __table_args__ = (
        UniqueConstraint("channel", "address"),
        Index(
            "ix_identity_by_role",
            "id",
            sqlite_where=sql("agent_role is not null"),
            postgresql_where=sql("agent_role is not null"),
        ),
    )


class Asset(Base):
    """A machine or a line, known by its number; much depends on a `critical` one."""

    __tablename__ = "asset"
    id: Mapped[int] = _key()
    number: Mapped[str] = mapped_column(String(80), unique=True)
    kind: Mapped[str] = mapped_column(default="")
    description: Mapped[str] = mapped_column(default="")
    critical: Mapped[bool] = mapped_column(default=False)
    person_id: Mapped[int | None] = mapped_column(_ref("person.id"))


class Ticket(Base):
    """One request. The id is the number people see.

    `merged_into_id` is the ticket in which a merged one goes on; `before_merge` is what unmerging gives back to it.
    `fields` are what its category asks for, by name; `answer_by` is when its first response is due;
    `last_word` says who wrote last to the other: requester or agent.
    """

    __tablename__ = "ticket"
    id: Mapped[int] = _key()
    subject: Mapped[str]
    status: Mapped[str] = mapped_column(String(20))
    priority: Mapped[str] = mapped_column(String(10))
    impact: Mapped[str] = mapped_column(String(10), default="medium")
    urgency: Mapped[str] = mapped_column(String(10), default="medium")
    category: Mapped[str | None]
    team: Mapped[str | None]
    tier: Mapped[int] = mapped_column(default=1)
    channel: Mapped[str] = mapped_column(String(40))
    language: Mapped[str] = mapped_column(String(10))
    requester_id: Mapped[int] = mapped_column(_ref("person.id"))
    owner_id: Mapped[int] = mapped_column(_ref("person.id"))
    assignee_id: Mapped[int | None] = mapped_column(_ref("person.id"))
    confidential: Mapped[bool] = mapped_column(default=False)
    last_word: Mapped[str] = mapped_column(String(10), default="requester")
    reopened: Mapped[int] = mapped_column(default=0)
    priority_by_hand: Mapped[bool] = mapped_column(default=False)
    priority_by_rule: Mapped[bool] = mapped_column(default=False)
    escalated: Mapped[int] = mapped_column(default=0)
    asset_id: Mapped[int | None] = mapped_column(_ref("asset.id"))
    fields: Mapped[dict[str, Any]] = mapped_column(default=dict)
    fields_asked_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    answer_by: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    solved_at: Mapped[datetime | None]
    wake_at: Mapped[datetime | None]
    resolution: Mapped[str] = mapped_column(default="")
    merged_into_id: Mapped[int | None] = mapped_column(_ref("ticket.id"))
    before_merge: Mapped[dict[str, Any] | None]
    __table_args__ = (
        Index("ix_ticket_requester", "requester_id", "id"),
        Index("ix_ticket_created_at", "created_at"),
        Index(
            "ix_ticket_merged",
            "merged_into_id",
            sqlite_where=sql("merged_into_id is not null"),
            postgresql_where=sql("merged_into_id is not null"),
        ),
        Index("ix_ticket_resolved", "id", sqlite_where=SOLVED_WITH_WORDS, postgresql_where=SOLVED_WITH_WORDS),
        _partial_index("ix_ticket_assignee", "assignee_id", "id", where="status", among=OPEN),
        _partial_index("ix_ticket_owner", "owner_id", "id", where="status", among=OPEN),
        _partial_index("ix_ticket_team", "team", "id", where="status", among=OPEN),
        _partial_index("ix_ticket_open", "id", where="status", among=OPEN),
        _partial_index("ix_ticket_solved", "id", where="status", among=("solved",)),
    )


class TicketTag(Base):
    """A word an agent or a rule put on a ticket."""

    __tablename__ = "ticket_tag"
    ticket_id: Mapped[int] = mapped_column(_ref("ticket.id"), primary_key=True)
    tag: Mapped[str] = mapped_column(primary_key=True)


class TicketLink(Base):
    """Two tickets that have to do with each other; the lower number stands first."""

    __tablename__ = "ticket_link"
    ticket_id: Mapped[int] = mapped_column(_ref("ticket.id"), primary_key=True)
    other_id: Mapped[int] = mapped_column(_ref("ticket.id"), primary_key=True)


class Watcher(Base):
    """Somebody who hears what the requester hears; an agent, who hears also what is internal.

    `removed_at` is when an agent took them off: a further mail that has them in copy does not bring them back.
    """

    __tablename__ = "watcher"
    ticket_id: Mapped[int] = mapped_column(_ref("ticket.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(_ref("person.id"), primary_key=True)
    removed_at: Mapped[datetime | None]


class Conversation(Base):
    """A ticket's presence in one place. `references` are the ids the next message answers, oldest first.

    `person_id` is the vendor, or the one agent, with whom it is held; who the others are with, the ticket says. On a
    platform of rooms, `room` is where its thread is, or will be, and `link` opens that; `rang_at` is when somebody was
    last called there by name.
    """

    __tablename__ = "conversation"
    id: Mapped[int] = _key()
    ticket_id: Mapped[int] = mapped_column(_ref("ticket.id"), index=True)
    channel: Mapped[str] = mapped_column(String(40))
    role: Mapped[str] = mapped_column(String(10))
    speaks: Mapped[bool] = mapped_column(default=False)
    thread: Mapped[str] = mapped_column(default="")
    link: Mapped[str] = mapped_column(default="")
    references: Mapped[list[str]] = mapped_column(default=list)
    person_id: Mapped[int | None] = mapped_column(_ref("person.id"))
    room: Mapped[str] = mapped_column(default="")
    rang_at: Mapped[datetime | None]
    __table_args__ = (
        Index(
            "ix_conversation_thread",
            "thread",
            sqlite_where=sql("thread <> ''"),
            postgresql_where=sql("thread <> ''"),
        ),
        Index(
            "ix_conversation_room",
            "room",
            "role",
            "id",
            sqlite_where=sql("room <> ''"),
            postgresql_where=sql("room <> ''"),
        ),
    )


class Message(Base):
    """Something said. `kind`: message (a person's words), notice (the desk's own), note (internal)."""

    __tablename__ = "message"
    id: Mapped[int] = _key()
    ticket_id: Mapped[int] = mapped_column(_ref("ticket.id"), index=True)
    conversation_id: Mapped[int] = mapped_column(_ref("conversation.id"))
    author_id: Mapped[int | None] = mapped_column(_ref("person.id"))
    kind: Mapped[str] = mapped_column(String(10))
    role: Mapped[str] = mapped_column(String(10))
    channel: Mapped[str] = mapped_column(String(40))
    external_id: Mapped[str | None] = mapped_column(ForeignId)
    subject: Mapped[str]
    words: Mapped[str]
    text: Mapped[str]
    html: Mapped[str | None]
    flags: Mapped[list[str]]
    at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    inbox_id: Mapped[int | None] = mapped_column(_ref("inbox.id"))
    __table_args__ = (
        Index(
            "ix_message_external",
            "external_id",
            sqlite_where=sql("external_id is not null"),
            postgresql_where=sql("external_id is not null"),
        ),
    )


class File(Base):
    """An attachment of a message: found again in the raw inbox row by its content, else in a blob."""

    __tablename__ = "file"
    id: Mapped[int] = _key()
    message_id: Mapped[int] = mapped_column(_ref("message.id"), index=True)
    name: Mapped[str]
    type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    inline: Mapped[bool]


class Blob(Base):
    """Bytes that no inbox row holds, once each. `uses` counts the files that point here."""

    __tablename__ = "blob"
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    content: Mapped[bytes]
    uses: Mapped[int]


class Span(Base):
    """A time that a ticket spent in one status; the open one has no `ended_at`."""

    __tablename__ = "span"
    id: Mapped[int] = _key()
    ticket_id: Mapped[int] = mapped_column(_ref("ticket.id"), index=True)
    status: Mapped[str] = mapped_column(String(20))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Bulletin(Base):
    """One text to many people. `state`: sending, done, stopped.

    `texts` has subject and body by language. `after` is the person who was served last; `passed_over` are those who
    could not be reached.
    """

    __tablename__ = "bulletin"
    id: Mapped[int] = _key()
    texts: Mapped[dict[str, Any]]
    department: Mapped[str]
    agent_id: Mapped[int | None] = mapped_column(_ref("person.id"))
    state: Mapped[str] = mapped_column(String(10))
    total: Mapped[int]
    sent: Mapped[int] = mapped_column(default=0)
    passed_over: Mapped[int] = mapped_column(default=0)
    after: Mapped[int] = mapped_column(default=0)
    begun_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class SlaTarget(Base):
    """A promise that was made for a ticket, and what became of it. `state`: running, met, missed, dropped.

    `kind` is first_response, next_reply or resolution; a ticket has one running target of each kind at most. `policy`,
    `priority` and `book`, the hash of what was in force, are those by which it was last timed. `warned` is the largest
    share of the time at which somebody was warned; `used_seconds` the business time that was used when it ended. What
    has ended (met, missed) never changes; a promise that runs on after that is a target of its own.
    """

    __tablename__ = "sla_target"
    id: Mapped[int] = _key()
    ticket_id: Mapped[int] = mapped_column(_ref("ticket.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    policy: Mapped[str]
    priority: Mapped[str] = mapped_column(String(10))
    book: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(10))
    started_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    warned: Mapped[float] = mapped_column(default=0.0)
    breached_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    used_seconds: Mapped[int | None]
    __table_args__ = (
        _partial_index("ix_sla_target_due", "due_at", "id", where="state", among=("running",)),
        Index(
            "ix_sla_target_ended",
            "ended_at",
            sqlite_where=sql("ended_at is not null"),
            postgresql_where=sql("ended_at is not null"),
        ),
    )


class Event(Base):
    """Something that happened to a ticket, with the facts as they were and the books in force."""

    __tablename__ = "event"
    id: Mapped[int] = _key()
    ticket_id: Mapped[int] = mapped_column(_ref("ticket.id"), index=True)
    name: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime]
    facts: Mapped[bytes]
    books: Mapped[str] = mapped_column(String(64))
    cause: Mapped[str] = mapped_column(String(80))
    parent_id: Mapped[int | None]
    root: Mapped[str] = mapped_column(String(80))
    depth: Mapped[int]


class Milestone(Base):
    """What reports count: what a cause made happen to a ticket, and what was so from then until the next one.

    `happened` is a sum of `bot.figures.milestones.Happened`; moments are seconds since 1970, for months of them are
    read at once. `until` is set when the next one is written, and nothing else ever changes. `agent_id` is the agent
    who did it. Of what was done, `seconds` is the business time since it was opened; a `void` ticket was merged or is
    spam.
    """

    __tablename__ = "milestone"
    id: Mapped[int] = _key()
    ticket_id: Mapped[int] = mapped_column(_ref("ticket.id"))
    at: Mapped[int]
    until: Mapped[int]
    happened: Mapped[int]
    status: Mapped[str] = mapped_column(String(20))
    priority: Mapped[str] = mapped_column(String(10))
    category: Mapped[str | None]
    team: Mapped[str | None]
    tier: Mapped[int]
    department: Mapped[str | None]
    channel: Mapped[str] = mapped_column(String(40))
    requester_id: Mapped[int]
    assignee_id: Mapped[int | None]
    agent_id: Mapped[int | None]
    asset_id: Mapped[int | None]
    opened_at: Mapped[int]
    answered: Mapped[bool]
    escalated: Mapped[int]
    confidential: Mapped[bool]
    void: Mapped[bool]
    seconds: Mapped[int | None]
    __table_args__ = (
        Index("ix_milestone_at", "at"),
        Index("ix_milestone_ticket", "ticket_id", "id"),
        _partial_index("ix_milestone_open", "until", where="status", among=OPEN),
    )


class PhoneCall(Base):
    """A call that the telephone system has logged: when it began, how long who called waited, and whether in vain.

    `key` is a keyed hash of what tells it from others; whose number it was is not kept. `at` is in seconds since 1970,
    `wait` and `talk` are in seconds; `agent_id` is who answered, where the log names an agent of the desk.
    """

    __tablename__ = "phone_call"
    id: Mapped[int] = _key()
    key: Mapped[str] = mapped_column(String(64), unique=True)
    at: Mapped[int] = mapped_column(index=True)
    answered: Mapped[bool]
    wait: Mapped[int]
    talk: Mapped[int | None]
    team: Mapped[str | None]
    agent_id: Mapped[int | None]


class AuditEntry(Base):
    """Who or which rule changed what, when and why. Append-only."""

    __tablename__ = "audit_entry"
    id: Mapped[int] = _key()
    ticket_id: Mapped[int | None] = mapped_column(_ref("ticket.id"), index=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str] = mapped_column(String(40))
    details: Mapped[dict[str, Any]]
    event_id: Mapped[int | None]


class Book(Base):
    """The rule books, calendars and promises that were once in force, by their hash.

    `in_force_at` is when they last began to be; `planned_at` when open tickets were last gone through for them.
    """

    __tablename__ = "book"
    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    content: Mapped[str]
    first_used_at: Mapped[datetime]
    in_force_at: Mapped[datetime]
    planned_at: Mapped[datetime | None]


class Delivery(Base):
    """An outbox row: one message to one recipient. `state`: queued, sending, unsure, sent, failed, dropped.

    What is `automatic`, the desk's own, waits for what people have to say.
    """

    __tablename__ = "delivery"
    id: Mapped[int] = _key()
    key: Mapped[str] = mapped_column(String(120), unique=True)
    ticket_id: Mapped[int | None] = mapped_column(_ref("ticket.id"), index=True)
    conversation_id: Mapped[int | None] = mapped_column(_ref("conversation.id"))
    message_id: Mapped[int | None] = mapped_column(_ref("message.id"))
    channel: Mapped[str] = mapped_column(String(40))
    recipient: Mapped[str]
    notice: Mapped[str] = mapped_column(String(40))
    outgoing: Mapped[bytes]
    envelope: Mapped[bytes]
    state: Mapped[str] = mapped_column(String(10))
    late: Mapped[bool] = mapped_column(default=False)
    automatic: Mapped[bool] = mapped_column(default=False)
    queued_at: Mapped[datetime]
    due_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    leased_by: Mapped[str | None] = mapped_column(String(40))
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(default="")
    external_id: Mapped[str | None] = mapped_column(String(300))
    rendered: Mapped[bytes | None]
    sent_at: Mapped[datetime | None]
    root: Mapped[str] = mapped_column(String(80))
    depth: Mapped[int]
    __table_args__ = (
        _partial_index("ix_delivery_due", "automatic", "due_at", "id", where="state", among=UNFINISHED),
        _partial_index("ix_delivery_waiting", "conversation_id", "id", where="state", among=UNFINISHED),
        Index("ix_delivery_recipient", "recipient", "queued_at"),
        _partial_index("ix_delivery_failed", "id", where="state", among=("failed",)),
    )


class Job(Base):
    """Work for later. `state`: waiting, done, dead, dropped. The key makes the same work exist once."""

    __tablename__ = "job"
    id: Mapped[int] = _key()
    key: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[str] = mapped_column(String(40))
    arguments: Mapped[dict[str, Any]]
    ticket_id: Mapped[int | None] = mapped_column(_ref("ticket.id"))
    due_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10))
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(default="")
    root: Mapped[str] = mapped_column(String(80))
    depth: Mapped[int]
    __table_args__ = (
        _partial_index("ix_job_due", "due_at", "id", where="state", among=("waiting",)),
        _partial_index("ix_job_dead", "id", where="state", among=("dead",)),
        Index("ix_job_plans", "key", sqlite_where=PLANS, postgresql_where=PLANS),
        Index(
            "ix_job_ticket",
            "ticket_id",
            "kind",
            sqlite_where=sql("ticket_id is not null"),
            postgresql_where=sql("ticket_id is not null"),
        ),
    )


class Draft(Base):
    """An agent's words that are not said yet. `state`: waiting, released, cancelled.

    `external_id` is the message they were written in, on a platform where one can change or take back such words.
    """

    __tablename__ = "draft"
    id: Mapped[int] = _key()
    ticket_id: Mapped[int] = mapped_column(_ref("ticket.id"), index=True)
    conversation_id: Mapped[int] = mapped_column(_ref("conversation.id"))
    agent_id: Mapped[int] = mapped_column(_ref("person.id"))
    words: Mapped[str]
    reason: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[datetime]
    release_at: Mapped[datetime | None]
    inbox_id: Mapped[int | None] = mapped_column(_ref("inbox.id"))
    files: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    external_id: Mapped[str | None] = mapped_column(ForeignId)
    __table_args__ = (_partial_index("ix_draft_waiting", "conversation_id", "id", where="state", among=("waiting",)),)


class Question(Base):
    """A question with choices that was put to somebody by the delivery of that key, and the value they chose.

    `answered_at` is when they first answered; `ended_at` when what they agreed to was over, or the question was taken
    back or asked anew.
    """

    __tablename__ = "question"
    id: Mapped[int] = _key()
    ticket_id: Mapped[int] = mapped_column(_ref("ticket.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    person_id: Mapped[int] = mapped_column(_ref("person.id"), index=True)
    agent_id: Mapped[int | None] = mapped_column(_ref("person.id"))
    delivery_key: Mapped[str] = mapped_column(String(120))
    choices: Mapped[list[dict[str, Any]]]
    asked_at: Mapped[datetime]
    answer: Mapped[str | None] = mapped_column(String(40))
    comment: Mapped[str]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    __table_args__ = (_partial_index("ix_question_survey", "answered_at", where="kind", among=("survey",)),)


class Projection(Base):
    """What is shown in place somewhere: the latest version wins, `shown` is the one the platform has."""

    __tablename__ = "projection"
    target: Mapped[str] = mapped_column(String(200), primary_key=True)
    channel: Mapped[str] = mapped_column(String(40))
    version: Mapped[int]
    shown: Mapped[int] = mapped_column(default=0)
    outgoing: Mapped[bytes]
    place: Mapped[dict[str, Any]]
    due_at: Mapped[datetime]
    error: Mapped[str] = mapped_column(default="")


class Alarm(Base):
    """Trouble with a name. Raised once however often it happens; cleared when it is over."""

    __tablename__ = "alarm"
    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    detail: Mapped[str]
    raised_at: Mapped[datetime]
    last_at: Mapped[datetime]
    times: Mapped[int]
    cleared_at: Mapped[datetime | None]


class Arrival(Base):
    """How many messages a source of a channel brought in an hour, and when the last of them."""

    __tablename__ = "arrival"
    source: Mapped[str] = mapped_column(String(300), primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    messages: Mapped[int]
    last_at: Mapped[datetime]


class Cursor(Base):
    """Until when all that was said is in the inbox; on a channel that can be asked for what it could not hand over.

    The one without a place is for everywhere. One for a place is for a stretch that is still to be read there.
    """

    __tablename__ = "cursor"
    channel: Mapped[str] = mapped_column(String(40), primary_key=True)
    place: Mapped[str] = mapped_column(String(200), primary_key=True)
    until: Mapped[datetime]
    due_at: Mapped[datetime]
