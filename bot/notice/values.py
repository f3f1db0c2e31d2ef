"""What every notice may say: the desk, the ticket and the people on it, as plain values for templates."""

from typing import Any

from bot.cause import Cause
from bot.db.models import Person, Ticket
from bot.judging.events import tags_of
from bot.persons import people
from bot.ticket import conversations


def desk_values(cause: Cause) -> dict[str, Any]:
    """The desk and the moment."""
    desk = cause.desk
    return {
        "desk": {
            "name": desk.config.desk.name,
            "address": next(iter(desk.mailboxes.addresses), ""),
            "emergency_phone": desk.config.desk.emergency_phone,
        },
        "now": cause.now,
        "agent": agent_values(cause),
    }


def agent_values(cause: Cause) -> dict[str, str] | None:
    """The agent who acts, if one does."""
    return name_values(cause.actor.name) if cause.actor.role == "agent" else None


def ticket_values(cause: Cause, ticket: Ticket) -> dict[str, Any]:
    """The desk's values, the ticket's and its requester's."""
    requester = people.person(cause.tx, ticket.requester_id)
    channel = conversations.of_requester(cause, ticket).channel
    named_by = "email" if channel in cause.desk.rooms else channel  # nobody can read a platform's ids
    return desk_values(cause) | {
        "ticket": {
            "number": ticket.id,
            "subject": ticket.subject,
            "status": str(ticket.status),
            "priority": ticket.priority,
            "opened_at": ticket.created_at,
            "tier": ticket.tier,
            "tags": list(tags_of(cause, ticket.id)),
        },
        "requester": person_values(requester, people.written_address(cause.tx, requester.id, named_by)),
    }


def person_values(person: Person, address: str) -> dict[str, Any]:
    """Somebody, as a notice names them."""
    return name_values(person.name) | {"address": address, "department": person.department or ""}


def name_values(name: str) -> dict[str, str]:
    """A name, and the first name in it where one can tell (`Doe, Jane` and `Jane Doe`)."""
    last, comma, first = name.partition(",")
    given = (first if comma else name).split()
    is_name = len(name.split()) > 1 and "@" not in last
    return {"name": name, "first_name": given[0] if given and is_name else ""}
