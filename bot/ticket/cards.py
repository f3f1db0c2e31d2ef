"""What an agent needs to decide about a new request, and to go on with one: beside who asks and what they wrote."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from bot.cause import Cause
from bot.db.models import Ticket
from bot.persons import people
from bot.ticket import fields, history, similar


def triage(cause: Cause, ticket: Ticket) -> dict[str, Any]:
    """What it is about, what is known and what is missing, and what helped others."""
    requester = people.person(cause.tx, ticket.requester_id)
    return details(cause, ticket) | {"vip": requester.vip, "similar": similar.of(cause, ticket)}


def handover(cause: Cause, ticket: Ticket) -> dict[str, Any]:
    """What it is about, and all that was said."""
    return details(cause, ticket) | {"history": history.whole(cause, ticket)}


def details(cause: Cause, ticket: Ticket) -> dict[str, Any]:
    """What it is about, its fields, those that are missing, and its asset."""
    asset = fields.asset_of(cause, ticket)
    return {
        "category": cause.desk.books.categories.get(ticket.category or "") or ticket.category,
        "fields": [entry for entry in fields.filled(cause, ticket) if asset is None or entry["value"] != asset.number],
        "missing": fields.missing(cause, ticket),
        "asset": {"number": asset.number, "kind": asset.kind, "critical": asset.critical} if asset else None,
    }


def of(cause: Cause, ticket: Ticket, uses: Collection[str]) -> dict[str, Any]:
    """Those of all these values that a notice of one's own uses; what it does not is not looked up."""
    found: dict[str, Any] = {}
    if not _TRIAGE.isdisjoint(uses):
        found |= triage(cause, ticket)
    elif not _DETAILS.isdisjoint(uses):
        found |= details(cause, ticket)
    if "history" in uses:
        found |= {"history": history.whole(cause, ticket)}
    return found


_DETAILS: Final = frozenset({"category", "fields", "missing", "asset"})
_TRIAGE: Final = frozenset({"vip", "similar"})
CARDS: Final[Mapping[str, Callable[[Cause, Ticket], dict[str, Any]]]] = {
    "ticket_opened": triage,
    "ticket_assigned": handover,
    "escalated": handover,
    "handed_back": handover,
}
"""What further values a notice for agents has."""
