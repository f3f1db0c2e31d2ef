"""Raising events: the facts are taken as they are now, stored, and wait for the rules."""

from typing import Final

import msgspec
from sqlalchemy import bindparam, select

from bot.cause import Cause, Raised
from bot.db import models
from bot.db.models import Asset, Ticket, TicketTag
from bot.ids import new_id
from bot.persons import people
from bot.ticket.messages import Said, facts_of
from bot.ticket.recent import recent_facts
from rules.facts import (
    ActorFacts,
    ActorRole,
    AssetFacts,
    DeskFacts,
    Event,
    Facts,
    Level,
    MessageFacts,
    PersonFacts,
    Priority,
    SlaFacts,
    Speaker,
    Status,
    SurveyFacts,
    TicketFacts,
    TimerFacts,
    Weekday,
)

_encoder = msgspec.json.Encoder()
Involved = SlaFacts | TimerFacts | SurveyFacts
"""What an event can be about beside the ticket, and what was said."""
_WEEKDAYS: Final = tuple(Weekday)
_TAGS: Final = select(TicketTag.tag).where(TicketTag.ticket_id == bindparam("number"))


def raise_event(
    cause: Cause,
    name: Event,
    ticket: Ticket,
    *,
    said: Said | None = None,
    first: bool = False,
    involved: Involved | None = None,
    **details: str,
) -> None:
    """Store the event `name` of `ticket` with its facts, and queue it for `react`.

    `said` is what was said, if that is what happened, and `first` whether it opened the ticket; `involved` is the
    promise that it is about, the clock that has run down or the mark that was given.
    """
    message = facts_of(said, first=first, internal=name is Event.NOTE_ADDED) if said else None
    facts = take_facts(cause, name, ticket, message, involved)
    raised = Raised(new_id(), ticket, facts, cause.event_depth, said, details)
    cause.tx.append(
        models.Event,
        id=raised.id,
        ticket_id=ticket.id,
        name=str(name),
        at=cause.now,
        facts=_encoder.encode(raised.facts),
        books=cause.desk.books.hash,
        cause=cause.id,
        parent_id=cause.parent.id if cause.parent else None,
        root=cause.root,
        depth=raised.depth,
    )
    cause.touch(ticket.id)
    cause.happened[ticket.id].add(name)
    cause.standing[ticket.id] = facts
    cause.raised.append(raised)


def facts_now(cause: Cause, ticket: Ticket) -> Facts:
    """What lasts of the ticket as it is now; of an event, the facts of the last one while nothing changed since."""
    if ticket.id not in cause.standing:
        cause.standing[ticket.id] = take_facts(cause, Event.TIME_PASSED, ticket)
    return cause.standing[ticket.id]


def take_facts(
    cause: Cause,
    name: Event,
    ticket: Ticket,
    message: MessageFacts | None = None,
    involved: Involved | None = None,
) -> Facts:
    """What a rule may know at this moment."""
    actor = cause.actor
    return Facts(
        event=name,
        at=cause.now,
        ticket=_ticket_facts(cause, ticket),
        message=message,
        requester=_person_facts(cause, ticket),
        asset=_asset_facts(cause, ticket),
        actor=ActorFacts(role=ActorRole(actor.role), handle=actor.handle, name=actor.name),
        desk=_desk_facts(cause),
        recent=recent_facts(cause, name, ticket),
        sla=involved if isinstance(involved, SlaFacts) else None,
        timer=involved if isinstance(involved, TimerFacts) else None,
        survey=involved if isinstance(involved, SurveyFacts) else None,
    )


def _desk_facts(cause: Cause) -> DeskFacts:
    desk = cause.desk
    here = cause.now.astimezone(desk.calendar.zone)
    return DeskFacts(
        open=desk.calendar.is_open(cause.now),
        name=desk.config.desk.name,
        weekday=_WEEKDAYS[here.weekday()],
        hour=here.hour,
        open_calendars=tuple(name for name, calendar in desk.calendars.items() if calendar.is_open(cause.now)),
    )


def tags_of(cause: Cause, ticket_id: int) -> list[str]:
    """The ticket's tags; the list is the transaction's own, and whoever tags the ticket changes it too."""
    key = ("tags", ticket_id)
    if key not in cause.tx.scratch:
        cause.tx.scratch[key] = sorted(cause.tx.execute(_TAGS, {"number": ticket_id}).scalars())
    tags: list[str] = cause.tx.scratch[key]
    return tags


def facts_channel(ticket: Ticket) -> str:
    """The channel whose address of the requester is a fact: a call or a visit has none of its own."""
    return "email" if ticket.channel in {"phone", "walk_in"} else ticket.channel


def _ticket_facts(cause: Cause, ticket: Ticket) -> TicketFacts:
    agents = cause.desk.directory.by_person
    owner, assignee = agents.get(ticket.owner_id), agents.get(ticket.assignee_id or 0)
    return TicketFacts(
        number=ticket.id,
        subject=ticket.subject,
        status=Status(ticket.status),
        priority=Priority(ticket.priority),
        impact=Level(ticket.impact),
        urgency=Level(ticket.urgency),
        category=ticket.category,
        team=ticket.team,
        tier=ticket.tier,
        tags=tuple(tags_of(cause, ticket.id)),
        channel=ticket.channel,
        owner=owner.handle if owner else None,
        assignee=assignee.handle if assignee else None,
        created_at=ticket.created_at,
        answered=ticket.answered_at is not None,
        last_word=Speaker(ticket.last_word),
        reopened=ticket.reopened,
        priority_by_hand=ticket.priority_by_hand,
        priority_by_rule=ticket.priority_by_rule,
        matrix_priority=cause.desk.config.priority.weigh(Level(ticket.impact), Level(ticket.urgency)),
        escalated=ticket.escalated,
        missing=cause.desk.books.categories.missing(ticket.category, ticket.fields),
        language=ticket.language,
        fields=ticket.fields,
    )


def _asset_facts(cause: Cause, ticket: Ticket) -> AssetFacts | None:
    if ticket.asset_id is None:
        return None
    asset = cause.tx.session.get_one(Asset, ticket.asset_id)
    return AssetFacts(number=asset.number, kind=asset.kind, critical=asset.critical)


def _person_facts(cause: Cause, ticket: Ticket) -> PersonFacts:
    person = people.person(cause.tx, ticket.requester_id)
    identity = people.address_of(cause.tx, person.id, facts_channel(ticket))
    return PersonFacts(
        name=person.name,
        address=identity.address if identity else None,
        department=person.department,
        vip=person.vip,
        language=person.language,
        known=person.known,
        undeliverable=people.undeliverable(identity, cause.now),
    )
