"""What was so when something happened: the frozen facts that rules judge and that every stored event keeps.

Facts are stored as JSON with their event and must decode again years later. So: a field is never renamed or removed, a
new field has a default, enumerations only grow, and unknown keys are ignored. A fact that is `None` is *unknown*.
The words after each field are the documentation of the fact; `rules.catalogue` reads them. What has no words is read
by a function of `rules.functions` only.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

MAX_TEXT = 20_000
"""Characters of a message that rules look at; whoever makes the facts cuts the rest off."""


class Event(StrEnum):
    """What can happen to a ticket, in the past tense."""

    TICKET_OPENED = "ticket.opened"
    TICKET_TAKEN = "ticket.taken"
    TICKET_ASSIGNED = "ticket.assigned"
    TICKET_SOLVED = "ticket.solved"
    TICKET_REOPENED = "ticket.reopened"
    TICKET_STATUS_CHANGED = "ticket.status_changed"
    TICKET_PRIORITY_CHANGED = "ticket.priority_changed"
    TICKET_IMPACT_CHANGED = "ticket.impact_changed"
    TICKET_URGENCY_CHANGED = "ticket.urgency_changed"
    TICKET_CATEGORY_CHANGED = "ticket.category_changed"
    TICKET_FIELDS_CHANGED = "ticket.fields_changed"
    TICKET_TEAM_CHANGED = "ticket.team_changed"
    TICKET_EXPECTED = "ticket.expected"
    TICKET_ESCALATED = "ticket.escalated"
    TICKET_HANDED_BACK = "ticket.handed_back"
    TICKET_CLOSED = "ticket.closed"
    MESSAGE_RECEIVED = "message.received"
    MESSAGE_BOUNCED = "message.bounced"
    AGENT_ANSWERED = "agent.answered"
    NOTE_ADDED = "note.added"
    DELIVERY_FAILED = "delivery.failed"
    SLA_WARNING = "sla.warning"
    SLA_BREACHED = "sla.breached"
    SOLUTION_CONFIRMED = "solution.confirmed"
    SOLUTION_REJECTED = "solution.rejected"
    SURVEY_ANSWERED = "survey.answered"
    MACRO_USED = "macro.used"
    TIME_PASSED = "time.passed"


class Status(StrEnum):
    """Where a ticket is in its life."""

    NEW = "new"
    OPEN = "open"
    WAITING_REQUESTER = "waiting_requester"
    WAITING_VENDOR = "waiting_vendor"
    ON_HOLD = "on_hold"
    SOLVED = "solved"
    CLOSED = "closed"


class Priority(StrEnum):
    """How soon a ticket must be worked on, the most pressing first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Level(StrEnum):
    """A degree of impact or urgency."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Speaker(StrEnum):
    """Of those who talk with each other on a ticket, one."""

    REQUESTER = "requester"
    AGENT = "agent"


class Weekday(StrEnum):
    """A day of the week."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


class Target(StrEnum):
    """What a policy promises a time for."""

    FIRST_RESPONSE = "first_response"
    NEXT_REPLY = "next_reply"
    RESOLUTION = "resolution"


class MessageKind(StrEnum):
    """What sort of sender stands behind a message."""

    HUMAN = "human"
    MACHINE = "machine"
    BOUNCE = "bounce"
    LOOP = "loop"


class ActorRole(StrEnum):
    """As what somebody acted."""

    REQUESTER = "requester"
    AGENT = "agent"
    DESK = "desk"
    OTHER = "other"


def _says(description: str, *, names: str = "") -> Meta:
    """The words of a fact, and the kind of what it names where rules may only compare it with such names."""
    return Meta(description=description, extra={"names": names} if names else None)


class TicketFacts(Struct, frozen=True, kw_only=True):
    """The ticket right after the event."""

    number: Annotated[int, _says("the ticket's number")]
    subject: Annotated[str, _says("the ticket's subject line")]
    status: Annotated[Status, _says("where the ticket is in its life")]
    priority: Annotated[Priority, _says("how soon it must be worked on")]
    impact: Annotated[Level, _says("how many people or how much work it stops")]
    urgency: Annotated[Level, _says("how soon the harm comes")]
    category: Annotated[
        str | None, _says("what it is about; unknown until somebody or a rule says", names="category")
    ] = None
    team: Annotated[str | None, _says("the team it is with", names="team")] = None
    tier: Annotated[int, _says("the support level it is at; 1 is the lowest")] = 1
    tags: Annotated[tuple[str, ...], _says("its tags")] = ()
    channel: Annotated[str, _says("where it was opened: email, console, phone, walk_in, slack, discord")]
    owner: Annotated[str | None, _says("handle of the agent who is accountable to the requester", names="agent")] = None
    assignee: Annotated[str | None, _says("handle of the agent who works on it now", names="agent")] = None
    created_at: Annotated[datetime, _says("when it was opened")]
    answered: Annotated[bool, _says("a human agent has answered the requester")] = False
    last_word: Annotated[
        Speaker | None, _says("who wrote last to the other: the requester, if it was more than thanks, or an agent")
    ] = None
    reopened: Annotated[int, _says("how often it was reopened")] = 0
    priority_by_hand: Annotated[bool, _says("an agent set its priority, which rules then leave alone")] = False
    priority_by_rule: Annotated[bool, _says("a rule set its priority, which the matrix then leaves alone")] = False
    matrix_priority: Annotated[Priority | None, _says("the priority of its impact and urgency in the matrix")] = None
    escalated: Annotated[int, _says("how often it was escalated")] = 0
    missing: Annotated[tuple[str, ...] | None, _says("the fields its category needs and nobody filled")] = None
    language: Annotated[str | None, _says("the language it is held in, such as 'de'")] = None
    fields: dict[str, str] = {}


class MessageFacts(Struct, frozen=True, kw_only=True):
    """The message that the event is about."""

    kind: Annotated[MessageKind, _says("what sort of sender stands behind it")]
    text: Annotated[str, _says("its new words, without quotation and signature; the first 20,000 characters")]
    subject: Annotated[str, _says("its own subject line")] = ""
    language: Annotated[str | None, _says("the language it is written in, such as 'de'")] = None
    quiet: Annotated[bool, _says("nothing automatic may answer it")] = False
    verified: Annotated[bool | None, _says("whether the channel vouches for its sender")] = None
    attachments: Annotated[int, _says("how many files came with it")] = 0
    first: Annotated[bool, _says("it opened the ticket")] = False
    internal: Annotated[bool, _says("it is a note, for agents only")] = False
    thanks: Annotated[bool, _says("it says nothing but thanks")] = False
    doubtful: Annotated[bool, _says("it may not be from whom it seems, or is from somebody not on the ticket")] = False


class PersonFacts(Struct, frozen=True, kw_only=True):
    """The requester."""

    name: Annotated[str, _says("the requester's name")]
    address: Annotated[str | None, _says("the address the requester is answered at")] = None
    department: Annotated[str | None, _says("the requester's department")] = None
    vip: Annotated[bool, _says("the requester is marked as VIP in the directory")] = False
    language: Annotated[str | None, _says("the language the requester prefers, such as 'de'")] = None
    known: Annotated[bool, _says("the requester was in the directory before this ticket")] = False
    undeliverable: Annotated[bool, _says("mail to the requester bounced for good")] = False


class AssetFacts(Struct, frozen=True, kw_only=True):
    """The machine or line that the ticket is about."""

    number: Annotated[str, _says("the asset's number")]
    kind: Annotated[str, _says("what sort of thing it is, as the list of assets says")] = ""
    critical: Annotated[bool, _says("much depends on it, as the list of assets says")] = False


class SlaFacts(Struct, frozen=True, kw_only=True):
    """The promise that an event of the kind `sla.…` is about."""

    target: Annotated[Target, _says("what was promised")]
    policy: Annotated[str, _says("the policy that promised it", names="policy")]
    due_at: Annotated[datetime, _says("when it is due")]
    share: Annotated[float, _says("how much of the time is used up: 0.8 is four fifths, 1 all of it")]
    retimed: Annotated[bool, _says("changed rules or calendars brought it about, maybe for many tickets at once")] = (
        False
    )


class TimerFacts(Struct, frozen=True, kw_only=True):
    """The clock that has run down, where time has passed."""

    rule: Annotated[str, _says("the automation whose time has come", names="automation")]
    since: Annotated[datetime, _says("since when its condition holds")]


class SurveyFacts(Struct, frozen=True, kw_only=True):
    """The mark that the requester gave, where a survey was answered."""

    mark: Annotated[int, _says("from 1, very bad, to 5, very good")]
    comment: Annotated[str, _says("what the requester wrote to it")] = ""
    first: Annotated[bool, _says("it was not given before, and changed")] = True


class ActorFacts(Struct, frozen=True, kw_only=True):
    """Who caused the event."""

    role: Annotated[ActorRole, _says("as what the actor acted")]
    handle: Annotated[str | None, _says("the actor's handle, if it is an agent", names="agent")] = None
    name: Annotated[str, _says("the actor's name")] = ""


class DeskFacts(Struct, frozen=True, kw_only=True):
    """The desk at the moment of the event."""

    open: Annotated[bool, _says("the event is within business hours")]
    name: Annotated[str, _says("the desk's name")]
    open_calendars: Annotated[tuple[str, ...] | None, _says("the named calendars that are open at that moment")] = None
    weekday: Annotated[Weekday | None, _says("the day of the week on the desk's clock")] = None
    hour: Annotated[int | None, _says("the hour on the desk's clock, from 0 to 23")] = None


class Opened(Struct, frozen=True, kw_only=True):
    """When tickets of one sort were opened, the one of the event among them: all since `since`, or the newest ones."""

    since: datetime
    at: tuple[datetime, ...]


class RecentFacts(Struct, frozen=True, kw_only=True):
    """Tickets opened lately by the same requester, about the same asset, or of the same category.

    What no rule in force asks for is not looked up, and is None.
    """

    requester: Opened | None = None
    asset: Opened | None = None
    category: Opened | None = None


class Facts(Struct, frozen=True, kw_only=True):
    """All that rules may know of one event. `at` is aware, in UTC.

    `message`, `asset`, `sla`, `timer` and `survey` are None where none is involved, `recent` where no rule asks for it.
    """

    event: Annotated[str, _says("what happened, such as 'ticket.opened'")]
    at: Annotated[datetime, _says("when it happened")]
    ticket: TicketFacts
    message: MessageFacts | None = None
    requester: PersonFacts
    asset: AssetFacts | None = None
    sla: SlaFacts | None = None
    timer: TimerFacts | None = None
    survey: SurveyFacts | None = None
    actor: ActorFacts
    desk: DeskFacts
    recent: RecentFacts | None = None
