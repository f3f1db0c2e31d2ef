"""The few functions that change a ticket. Each writes the audit and raises its event; nothing else changes one."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct
from sqlalchemy import delete, func, select, text, update

from bot.cause import DESK, SPAM, Cause
from bot.db.models import Asset, AuditEntry, Conversation, Person, Span, Ticket, TicketLink, TicketTag
from bot.due import jobs
from bot.followup import closing
from bot.ids import new_id
from bot.judging.events import raise_event, tags_of
from bot.notice import notices
from bot.notice.wording import gettext
from bot.outgoing import outbox, withdrawal
from bot.persons import absence, people
from bot.talk import marks
from bot.ticket import conversations, messages, tickets
from bot.ticket.messages import Said
from bot.ticket.status import after
from bot.timing import sla
from channels.base import Bounce, Kind, Role
from rules.facts import Event, Level, Priority, Speaker, Status

_HIGHEST_NUMBER: Final = select(func.max(Ticket.id))
_NEXT_NUMBER: Final = text("select nextval('ticket_number')")


def open_ticket(
    cause: Cause,
    requester: Person,
    what: Said,
    *,
    channel: str,
    via: str = "",
    subject: str = "",
    team: str | None = None,
) -> Ticket:
    """A new ticket for `requester`; `channel` is where they are answered, `via` how they came if otherwise.

    `team` is whose it is, where that is known.
    """
    desk = cause.desk
    tier = desk.directory.lowest_tier(team)
    ticket = Ticket(
        id=_next_number(cause),
        subject=subject or what.subject or _first_line(what.words),
        status=Status.NEW,
        priority="medium",
        impact="medium",
        urgency="medium",
        tier=tier,
        channel=via or channel,
        language=requester.language or what.language or desk.config.desk.language,
        requester_id=requester.id,
        team=team,
        owner_id=_duty_owner(cause, team, requester.id),
        confidential=False,
        last_word=Speaker.REQUESTER,
        reopened=0,
        priority_by_hand=False,
        priority_by_rule=False,
        escalated=0,
        fields={},
        resolution="",
        created_at=cause.now,
        changed_at=cause.now,
    )
    cause.tx.add(ticket)
    cause.tx.scratch["tags", ticket.id] = []
    cause.tx.scratch["ticket", ticket.id] = ticket
    cause.tx.scratch["timers", ticket.id] = {}
    cause.tx.scratch["opened", ticket.id] = True
    answers = what.references[-conversations.REFERENCES_KEPT :]
    if not answers and channel == "email":
        answers = (conversations.root(cause, ticket, requester.id),)
    conversation = conversations.start(cause, ticket, Role.REQUESTER, channel, thread=what.thread, references=answers)
    conversation.room = what.room
    cause.tx.scratch["requester conversation", ticket.id] = conversation
    _begin_span(cause, ticket)
    messages.record(cause, ticket, conversation, what, author=requester.id)
    cause.opened.add(ticket.id)
    cause.audit("opened", ticket.id, channel=ticket.channel, subject=ticket.subject)
    raise_event(cause, Event.TICKET_OPENED, ticket, said=what, first=True)
    sla.promise(cause, ticket)
    return ticket


def receive(
    cause: Cause, ticket: Ticket, conversation: Conversation, what: Said, *, author: Person, address: str
) -> None:
    """A further message from outside the desk, written by `author` from `address`."""
    messages.record(cause, ticket, conversation, what, author=author.id)
    conversations.follow(conversation, what.references)
    if messages.waits_for_answer(what):
        ticket.last_word = Speaker.REQUESTER
    ticket.changed_at = cause.now
    cause.audit("received", conversation.ticket_id, author=author.name, machine=what.kind is not Kind.HUMAN)
    written_to = str(conversation.ticket_id) if conversation.ticket_id != ticket.id else ""
    raise_event(cause, Event.MESSAGE_RECEIVED, ticket, said=what, address=address, written_to=written_to)


def bounced(cause: Cause, ticket: Ticket, what: Said, bounce: Bounce) -> None:
    """A message of ours did not arrive, or is late: the report is on the ticket, its status stays."""
    reason = bounce.action or "failed"
    raise_event(
        cause, Event.MESSAGE_BOUNCED, ticket, said=what, address=bounce.address, reason=reason, status=bounce.status
    )


def answer(
    cause: Cause, ticket: Ticket, agent: Person, what: Said, *, question: bool = False, to: Ticket | None = None
) -> None:
    """An agent's words to the requester. Answering an untaken ticket takes it; `question` waits for the requester.

    `to` is the merged ticket whose requester they are for, where it is not `ticket` itself.
    """
    to = to or ticket
    if ticket.assignee_id is None:
        take(cause, ticket, agent)
    conversation = conversations.of_requester(cause, to)
    message_id = messages.record(cause, ticket, conversation, what, author=agent.id)
    set_status(cause, ticket, "wait_requester" if question else "answer")
    _answered(cause, ticket)
    cause.audit("answered", ticket.id, to=to.id)
    said = outbox.say_words(cause, to, "question" if question else "answer", what, message_id)
    raise_event(cause, Event.AGENT_ANSWERED, ticket, said=what)
    if not said:
        _could_not_be_said(cause, to, agent, message_id)


def _could_not_be_said(cause: Cause, ticket: Ticket, speaker: Person, message_id: int) -> None:
    """There is no address to send an agent's words to: they are marked, and whoever wrote them is told."""
    marks.mark_words(cause.tx, message_id, cause.desk.rooms, marks.NOT_DELIVERED)
    agent = cause.desk.directory.by_person.get(speaker.id)
    if agent is not None:
        name = people.person(cause.tx, ticket.requester_id).name
        outbox.tell_agent(cause, agent, ticket, "not_delivered", {"address": name, "reason": "no_address"})


def _answered(cause: Cause, ticket: Ticket) -> None:
    ticket.answered_at = ticket.answered_at or cause.now
    ticket.last_word = Speaker.AGENT


def answered_there(cause: Cause, ticket: Ticket, agent: Person, what: Said, *, to: Ticket | None = None) -> None:
    """An agent's words in the requester's own thread, who has read them: they are kept, and nothing is sent."""
    to = to or ticket
    if ticket.assignee_id is None:
        take(cause, ticket, agent)
    messages.record(cause, ticket, conversations.of_requester(cause, to), what, author=agent.id)
    set_status(cause, ticket, "answer")
    _answered(cause, ticket)
    cause.audit("answered", ticket.id, to=to.id, there=True)
    raise_event(cause, Event.AGENT_ANSWERED, ticket, said=what)


def add_note(cause: Cause, ticket: Ticket, author: Person, what: Said) -> None:
    """Internal words: they are kept on the ticket and reach agents only."""
    medium = (
        cause.desk.directory.by_person[author.id].medium if author.id in cause.desk.directory.by_person else "email"
    )
    conversation = conversations.of_desk(cause, ticket, medium)
    messages.record(cause, ticket, conversation, what, author=author.id, kind="note")
    cause.audit("noted", ticket.id)
    raise_event(cause, Event.NOTE_ADDED, ticket, said=what)


def note_by_rule(cause: Cause, ticket: Ticket, words: str) -> None:
    """Words that a rule keeps on the ticket, for agents only; it is the desk that says them."""
    what = messages.words_only(words)
    conversation = conversations.of_desk(cause, ticket, "email")
    messages.record(cause, ticket, conversation, what, author=None, kind="note")
    cause.audit("noted", ticket.id)
    actor, cause.actor = cause.actor, DESK
    raise_event(cause, Event.NOTE_ADDED, ticket, said=what)
    cause.actor = actor


def also_addressed(cause: Cause, ticket: Ticket, team: str, what: Said) -> None:
    """A message to several teams is one ticket: `team`, which does not have it, is told so, and the ticket says it."""
    note = notices.said(gettext("This was sent to %(team)s too.", team=team), cause.desk.config.desk.language)
    conversation = conversations.of_desk(cause, ticket, ticket.channel)
    messages.record(cause, ticket, conversation, messages.words_only(note), author=None, kind="note")
    cause.audit("also_addressed", ticket.id, team=team)
    values = {"team": ticket.team, "other": team, "words": messages.shortened(what.words)}
    for agent in cause.desk.directory.of_team(team):
        if agent.person_id != ticket.requester_id and ticket.team not in agent.teams:
            outbox.tell_agent(cause, agent, ticket, "also_addressed", values)


def take(cause: Cause, ticket: Ticket, agent: Person) -> None:
    """The agent works on it from now on; the first taker becomes its owner too."""
    first = ticket.assignee_id is None and ticket.status == Status.NEW
    before, ticket.assignee_id = ticket.assignee_id, agent.id
    if first:
        ticket.owner_id = agent.id
    set_status(cause, ticket, "take")
    cause.audit("taken", ticket.id, before=_name(cause, before), after=agent.name)
    raise_event(cause, Event.TICKET_TAKEN, ticket)


def assign(cause: Cause, ticket: Ticket, agent: Person, *, why: str = "") -> None:
    """Somebody else decides who works on it."""
    before, ticket.assignee_id = ticket.assignee_id, agent.id
    set_status(cause, ticket, "take")
    cause.audit("assigned", ticket.id, before=_name(cause, before), after=agent.name, why=why)
    raise_event(cause, Event.TICKET_ASSIGNED, ticket)


def unassign(cause: Cause, ticket: Ticket, *, why: str) -> None:
    """Nobody works on it any more; its owner stays."""
    before, ticket.assignee_id, ticket.changed_at = ticket.assignee_id, None, cause.now
    cause.audit("unassigned", ticket.id, before=_name(cause, before), why=why)


class Place(Struct, frozen=True, kw_only=True):
    """Where a ticket is: its tier and team, and who works on it."""

    tier: int
    team: str | None
    assignee_id: int | None


def escalate(cause: Cause, ticket: Ticket, what: Said, place: Place, *, vendor: str = "") -> None:
    """It goes up to a tier, or over to a team, to an assignee there or nobody yet; the owner stays.

    The words are the reason. `vendor` is the team of an outside vendor who was asked, and it stays where it is.
    """
    team_before = ticket.team
    ticket.escalated += 1
    former = _pass_on(cause, ticket, "escalated", what, place, vendor=vendor)
    if place.team is not None and place.team != team_before:
        raise_event(cause, Event.TICKET_TEAM_CHANGED, ticket, reason=what.words, former=former, team=place.team)
    raise_event(cause, Event.TICKET_ESCALATED, ticket, reason=what.words, former=former, vendor=vendor)


def hand_back(cause: Cause, ticket: Ticket, what: Said, *, tier: int, team: str | None, vendor: str = "") -> None:
    """It returns to its owner, in the tier and team that it was escalated from; from a `vendor`, to its assignee."""
    owner = ticket.owner_id if ticket.owner_id in cause.desk.directory.by_person else None
    place = Place(tier=tier, team=team, assignee_id=(vendor and ticket.assignee_id) or owner)
    former = _pass_on(cause, ticket, "handed_back", what, place, vendor=vendor)
    raise_event(cause, Event.TICKET_HANDED_BACK, ticket, reason=what.words, former=former)


def transfer(cause: Cause, ticket: Ticket, team: str, what: Said, *, opened_by: Said | None = None) -> None:
    """It is another team's from now on, who begin in their lowest tier and answer for it; the words say why.

    `opened_by` is what was said where that is opening the ticket just now.
    """
    directory = cause.desk.directory
    owner, assignee = directory.by_person.get(ticket.owner_id), directory.by_person.get(ticket.assignee_id or 0)
    if owner is None or team not in owner.teams:
        set_owner(cause, ticket, _duty_owner(cause, team, ticket.requester_id), why=f"it is with {team}")
    stays = assignee.person_id if assignee and team in assignee.teams else None
    place = Place(tier=directory.lowest_tier(team), team=team, assignee_id=stays)
    former = _pass_on(cause, ticket, "transferred", what, place)
    raise_event(
        cause,
        Event.TICKET_TEAM_CHANGED,
        ticket,
        said=opened_by,
        first=opened_by is not None,
        reason=what.words,
        former=former,
        team=team,
    )


def _pass_on(cause: Cause, ticket: Ticket, action: str, what: Said, place: Place, *, vendor: str = "") -> str:
    """Put it into other hands, with the reason as a note; returns the id of who worked on it, or nothing."""
    before = {"tier": ticket.tier, "team": ticket.team, "assignee": _name(cause, ticket.assignee_id)}
    former, ticket.changed_at = ticket.assignee_id, cause.now
    ticket.tier, ticket.team, ticket.assignee_id = place.tier, place.team, place.assignee_id
    if place.assignee_id is not None:
        set_status(cause, ticket, "take")
    if (what.words or what.files) and not vendor:
        conversation = conversations.of_desk(cause, ticket, cause.channel or "email")
        author = cause.actor.person_id if cause.actor.role == "agent" and cause.rule is None else None
        messages.record(cause, ticket, conversation, what, author=author, kind="note")
    after = {"tier": place.tier, "team": place.team, "assignee": _name(cause, place.assignee_id)}
    cause.audit(action, ticket.id, before=before, after=after, why=what.words, vendor=vendor)
    return str(former or "")


def set_owner(cause: Cause, ticket: Ticket, person_id: int, *, why: str) -> None:
    """Somebody else answers for it to the requester; who works on it stays."""
    before, ticket.owner_id, ticket.changed_at = ticket.owner_id, person_id, cause.now
    cause.audit("owner", ticket.id, before=_name(cause, before), after=_name(cause, person_id), why=why)


def solve(cause: Cause, ticket: Ticket, agent: Person, what: Said, *, to: Ticket | None = None) -> None:
    """It is done, as far as the desk can tell; the words say how, and go to the requester (of `to`) as an answer does.

    Others whose tickets were merged into this one are told that it is done, and not the words: those are not for them.
    """
    to = to or ticket
    if ticket.assignee_id is None:
        take(cause, ticket, agent)
    ticket.resolution = what.words or ticket.resolution
    ticket.solved_at = cause.now
    set_status(cause, ticket, "solve")
    spoken = bool(what.words or what.files)
    if spoken:
        conversation = conversations.of_requester(cause, to)
        message_id = messages.record(cause, ticket, conversation, what, author=agent.id)
        _answered(cause, ticket)
        asks = closing.choices(cause, to)
        key = outbox.say_words(cause, to, "solved", what, message_id, choices=asks)
        closing.asked(cause, to, key, asks)
        if key is None:
            _could_not_be_said(cause, to, agent, message_id)
    _tell_the_others(cause, ticket, to if spoken else ticket)
    raise_event(cause, Event.TICKET_SOLVED, ticket, said=what)


def solve_by_rule(cause: Cause, ticket: Ticket, *, why: str) -> None:
    """It is done because a rule says so, in nobody's words; not again if it is done already."""
    if after("solve", ticket.status) == ticket.status:
        return
    ticket.solved_at = cause.now
    set_status(cause, ticket, "solve", why=why)
    _tell_the_others(cause, ticket, ticket)
    raise_event(cause, Event.TICKET_SOLVED, ticket, said=messages.words_only(""))


def _tell_the_others(cause: Cause, ticket: Ticket, told: Ticket) -> None:
    """Everybody with a ticket in this one hears once that it is done; whose ticket is `told` hears it otherwise."""
    know = {told.requester_id}
    for other in (ticket, *tickets.merged_into(cause, ticket)):
        if other.requester_id not in know:
            closing.tell(cause, other, "solved", {"words": ""})
            know.add(other.requester_id)


def merge(cause: Cause, ticket: Ticket, target: Ticket) -> None:
    """From now on `ticket` goes on in `target`: it is closed with a link, and what is said to it is said there.

    Both keep their conversations, and each message stays with its own.
    """
    ticket.before_merge = {
        "status": str(ticket.status),
        "wake_at": ticket.wake_at.isoformat() if ticket.wake_at else None,
        "linked": link(cause, ticket, target),
        "target": target.id,
    }
    ticket.merged_into_id = target.id
    cause.tx.note_fresh(("merged", target.id), ("merged", ticket.id))
    set_status(cause, ticket, "close")
    cause.audit("merged", ticket.id, after=target.id)
    cause.audit("merged", target.id, before=ticket.id)


def unmerge(cause: Cause, ticket: Ticket) -> None:
    """A merged ticket goes on by itself, in the status it had; on hold only if its date is still to come."""
    before = ticket.before_merge or {"status": Status.OPEN, "linked": False, "target": ticket.merged_into_id}
    ticket.merged_into_id, ticket.before_merge = None, None
    status = Status(before["status"])
    missed = ticket.wake_at is None or ticket.wake_at <= cause.now
    _move(cause, ticket, Status.OPEN if status is Status.ON_HOLD and missed else status)
    if before["linked"]:
        first, second = sorted((ticket.id, before["target"]))
        cause.tx.flush()
        linked = cause.tx.session.get(TicketLink, (first, second))
        if linked is not None:
            cause.tx.session.delete(linked)
    cause.tx.flush()
    cause.audit("unmerged", ticket.id, before=before["target"])
    cause.audit("unmerged", before["target"], after=ticket.id)


def set_requester(cause: Cause, ticket: Ticket, person: Person) -> None:
    """It is somebody else's request: they are answered from now on, by mail, in a thread of their own."""
    before, ticket.requester_id, ticket.changed_at = ticket.requester_id, person.id, cause.now
    ticket.language = person.language or ticket.language
    if ticket.owner_id == person.id:
        ticket.owner_id = _duty_owner(cause, ticket.team, person.id)
    conversation = conversations.of_requester(cause, ticket)
    conversation.channel, conversation.thread, conversation.link = "email", "", ""
    conversation.references = [conversations.root(cause, ticket, person.id)]
    cause.audit("requester", ticket.id, before=_name(cause, before), after=person.name)


def _duty_owner(cause: Cause, team: str | None, requester_id: int) -> int:
    return cause.desk.directory.duty_owner(team, requester_id, away=absence.of(cause))


def reopen(cause: Cause, ticket: Ticket, *, why: str = "") -> None:
    """It was not done after all."""
    if ticket.status not in {Status.SOLVED, Status.CLOSED}:
        set_status(cause, ticket, "wake", why=why)
        return
    ticket.reopened += 1
    ticket.solved_at = None
    set_status(cause, ticket, "reopen", why=why)
    raise_event(cause, Event.TICKET_REOPENED, ticket)


def set_status(cause: Cause, ticket: Ticket, happening: str, *, why: str = "") -> None:
    """Move the ticket as the transition table says; the time in the status before ends now."""
    _move(cause, ticket, after(happening, ticket.status), why=why)


def _move(cause: Cause, ticket: Ticket, status: Status, *, why: str = "") -> None:
    if status == ticket.status:
        return
    before, ticket.status, ticket.changed_at = ticket.status, status, cause.now
    cause.tx.settle(("span", ticket.id))
    cause.tx.session.execute(
        update(Span).where(Span.ticket_id == ticket.id, Span.ended_at.is_(None)).values(ended_at=cause.now)
    )
    _begin_span(cause, ticket)
    cause.audit("status", ticket.id, before=before, after=str(status), why=why)
    raise_event(cause, Event.TICKET_STATUS_CHANGED, ticket)
    if status is Status.CLOSED:
        raise_event(cause, Event.TICKET_CLOSED, ticket)


def close_as_spam(cause: Cause, ticket: Ticket, sender: Person) -> None:
    """Nobody is told, and what waits for its sender is not sent; nothing more is taken from any address of theirs."""
    addresses = []
    for identity in people.identities_of(cause.tx, sender.id):
        people.block(cause.tx, identity)
        addresses.append(identity.address)
    theirs = [one for one in tickets.merged_into(cause, ticket) if one.requester_id == sender.id]
    withdrawal.of_blocked(cause, [ticket, *theirs], addresses, outbox.automatic_for_requesters(cause))
    cause.audit("spam", ticket.id, addresses=addresses)
    cause.happened[ticket.id].add(SPAM)
    set_status(cause, ticket, "close", why="spam")


def no_spam(cause: Cause, ticket: Ticket, sender: Person) -> None:
    """It was no spam: mail from its sender is taken again, from each of their addresses, and it is open."""
    identities = people.identities_of(cause.tx, sender.id)
    for identity in identities:
        people.unblock(identity)
    cause.audit("not_spam", ticket.id, addresses=[identity.address for identity in identities])
    set_status(cause, ticket, "reopen", why="not spam")


def hold(cause: Cause, ticket: Ticket, until: datetime, *, why: str = "") -> None:
    """Put aside until a date, when a job wakes it."""
    ticket.wake_at = until
    jobs.schedule(cause, "wake_ticket", until, {"ticket": ticket.id}, ticket_id=ticket.id)
    set_status(cause, ticket, "hold", why=why)


def set_priority(cause: Cause, ticket: Ticket, priority: str, *, why: str = "") -> None:
    """Change how soon the ticket must be worked on. What an agent set stays: a rule's wish is only noted, once."""
    if ticket.priority_by_hand and cause.rule:
        _keep_priority(cause, ticket, priority)
        return
    if priority == ticket.priority:
        return
    before, ticket.priority, ticket.changed_at = ticket.priority, priority, cause.now
    cause.audit("priority", ticket.id, before=before, after=str(priority), why=why)
    raise_event(cause, Event.TICKET_PRIORITY_CHANGED, ticket)
    sla.promise(cause, ticket)


def set_priority_by_hand(cause: Cause, ticket: Ticket, priority: str) -> None:
    """An agent says how soon the ticket must be worked on; rules leave that alone until `free_priority`."""
    if not ticket.priority_by_hand:
        ticket.priority_by_hand = True
        cause.audit("priority_by_hand", ticket.id, after=str(priority))
    set_priority(cause, ticket, priority)


def free_priority(cause: Cause, ticket: Ticket) -> None:
    """The priority follows impact and urgency again, and rules may change it."""
    if ticket.priority_by_hand:
        ticket.priority_by_hand = False
        cause.audit("priority_auto", ticket.id)
    ticket.priority_by_rule = False
    set_priority(cause, ticket, priority_by_matrix(cause, ticket))


def priority_by_matrix(cause: Cause, ticket: Ticket) -> Priority:
    """The priority of the ticket's impact and urgency in the matrix of the configuration."""
    return cause.desk.config.priority.weigh(Level(ticket.impact), Level(ticket.urgency))


def _keep_priority(cause: Cause, ticket: Ticket, wanted: str) -> None:
    if wanted == ticket.priority:
        return
    cause.tx.flush()
    noted = select(AuditEntry.action).where(
        AuditEntry.ticket_id == ticket.id, AuditEntry.action.in_(("priority_by_hand", "priority_kept"))
    )
    if cause.tx.session.scalar(noted.order_by(AuditEntry.id.desc()).limit(1)) != "priority_kept":
        cause.audit("priority_kept", ticket.id, before=ticket.priority, after=str(wanted), why="set by hand")


def set_impact(cause: Cause, ticket: Ticket, impact: str, *, why: str = "") -> None:
    """Change how many people or how much work it stops."""
    _weigh_anew(cause, ticket, "impact", impact, Event.TICKET_IMPACT_CHANGED, why=why)


def set_urgency(cause: Cause, ticket: Ticket, urgency: str, *, why: str = "") -> None:
    """Change how soon the harm comes."""
    _weigh_anew(cause, ticket, "urgency", urgency, Event.TICKET_URGENCY_CHANGED, why=why)


def _weigh_anew(cause: Cause, ticket: Ticket, side: str, level: str, event: Event, *, why: str) -> None:
    """One side of the matrix changes. What an agent says of it goes before the priority that a rule set."""
    before = getattr(ticket, side)
    if level == before:
        return
    setattr(ticket, side, str(level))
    ticket.changed_at = cause.now
    if not cause.rule:
        ticket.priority_by_rule = False
    cause.audit(side, ticket.id, before=before, after=str(level), why=why)
    raise_event(cause, event, ticket)


def set_category(cause: Cause, ticket: Ticket, category: str, *, why: str = "") -> None:
    """Say what it is about. A new ticket without a team goes to the category's, and so does its owner."""
    if category == ticket.category:
        return
    before, ticket.category, ticket.changed_at = ticket.category, category, cause.now
    known = cause.desk.books.categories.get(category)
    cause.audit("category", ticket.id, before=before, after=category, why=why)
    if known is not None and known.team and ticket.team is None and ticket.assignee_id is None:
        ticket.team, ticket.tier = known.team, cause.desk.directory.lowest_tier(known.team)
        ticket.owner_id = _duty_owner(cause, known.team, ticket.requester_id)
        cause.audit("team", ticket.id, before=None, after=known.team, why=category)
    raise_event(cause, Event.TICKET_CATEGORY_CHANGED, ticket)


def set_fields(cause: Cause, ticket: Ticket, values: Mapping[str, str], asset: Asset | None) -> None:
    """Keep what is known of a request, by field; an empty one is taken away. `asset` is what it is about."""
    changed = {name: value for name, value in values.items() if value != ticket.fields.get(name, "")}
    same_asset = ticket.asset_id == (asset.id if asset is not None else None)
    if not changed and same_asset:
        return
    before = {name: ticket.fields[name] for name in changed if name in ticket.fields}
    kept = {name: value for name, value in (ticket.fields | changed).items() if value}
    ticket.fields, ticket.changed_at = kept, cause.now
    if not same_asset:
        ticket.asset_id = asset.id if asset is not None else None
        cause.audit("asset", ticket.id, after=asset.number if asset is not None else None)
    cause.audit("fields", ticket.id, before=before, after=changed)
    raise_event(cause, Event.TICKET_FIELDS_CHANGED, ticket)


def add_tag(cause: Cause, ticket: Ticket, tag: str) -> None:
    """Put a word on the ticket, once."""
    tags = tags_of(cause, ticket.id)
    if tag not in tags:
        tags.append(tag)
        cause.tx.append(TicketTag, ticket_id=ticket.id, tag=tag)
        cause.tx.note_fresh(("tags", ticket.id))
        cause.audit("tagged", ticket.id, after=tag)


def remove_tag(cause: Cause, ticket: Ticket, tag: str) -> None:
    """Take a word off the ticket, if it is on it."""
    tags = tags_of(cause, ticket.id)
    if tag in tags:
        tags.remove(tag)
        cause.tx.settle(("tags", ticket.id))
        cause.tx.execute(delete(TicketTag).where(TicketTag.ticket_id == ticket.id, TicketTag.tag == tag))
        cause.audit("untagged", ticket.id, before=tag)


def link(cause: Cause, ticket: Ticket, other: Ticket) -> bool:
    """Say that two tickets have to do with each other, once; False if that is known."""
    first, second = sorted((ticket.id, other.id))
    if cause.tx.session.get(TicketLink, (first, second)) is not None:
        return False
    cause.tx.add(TicketLink(ticket_id=first, other_id=second))
    cause.tx.flush()
    cause.audit("linked", ticket.id, after=other.id)
    cause.audit("linked", other.id, after=ticket.id)
    return True


def _begin_span(cause: Cause, ticket: Ticket) -> None:
    cause.tx.append(
        Span, id=new_id(), ticket_id=ticket.id, status=str(ticket.status), started_at=cause.now, ended_at=None
    )
    cause.tx.note_fresh(("span", ticket.id))


def _next_number(cause: Cause) -> int:
    tx = cause.tx
    if "ticket number" not in tx.scratch:
        if tx.dialect == "postgresql":
            return int(tx.execute(_NEXT_NUMBER).scalar_one())
        tx.scratch["ticket number"] = tx.execute(_HIGHEST_NUMBER).scalar() or 0
    tx.scratch["ticket number"] += 1
    number: int = tx.scratch["ticket number"]
    return number


def _first_line(words: str) -> str:
    line = next((line.strip() for line in words.splitlines() if line.strip()), "")
    return line[:80] or "(no subject)"


def _name(cause: Cause, person_id: int | None) -> str | None:
    return people.person(cause.tx, person_id).name if person_id else None


def closed_for_good(cause: Cause, ticket: Ticket) -> bool:
    """Whether an answer comes too late to reopen this ticket and opens a new one instead."""
    return ticket.status == Status.CLOSED and cause.now - ticket.changed_at > _reopens_for(cause, ticket)


def _reopens_for(cause: Cause, ticket: Ticket) -> timedelta:
    """How long after closing an answer reopens it: as its team wants it, else as the desk does (E39)."""
    config = cause.desk.config
    theirs = (team.reopen_days for team in config.team if team.name == ticket.team)
    days = next((days for days in theirs if days is not None), config.desk.reopen_days)
    return timedelta(days=days)
