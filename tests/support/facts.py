"""Facts to judge: those of a mail that opened a ticket."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rules.facts import (
    ActorFacts,
    ActorRole,
    DeskFacts,
    Event,
    Facts,
    Level,
    MessageFacts,
    MessageKind,
    PersonFacts,
    Priority,
    Status,
    TicketFacts,
)

_NEW = {
    "number": 1,
    "subject": "The printer is broken",
    "status": Status.NEW,
    "priority": Priority.MEDIUM,
    "impact": Level.MEDIUM,
    "urgency": Level.MEDIUM,
    "channel": "email",
}


def opened_by_mail(
    at: datetime, text: str, *, ticket: Mapping[str, Any], message: Mapping[str, Any], requester: Mapping[str, Any]
) -> Facts:
    """What is so right after Ada's mail opened a ticket; the mappings say what is otherwise, or known besides."""
    person = PersonFacts(**{"name": "Ada", **requester})
    return Facts(
        event=Event.TICKET_OPENED,
        at=at,
        ticket=TicketFacts(**{"created_at": at, **_NEW, **ticket}),
        message=MessageFacts(kind=MessageKind.HUMAN, text=text, **message),
        requester=person,
        actor=ActorFacts(role=ActorRole.REQUESTER, name=person.name),
        desk=DeskFacts(open=True, name="IT Service"),
    )
