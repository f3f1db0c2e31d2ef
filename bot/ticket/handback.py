"""What was escalated comes back: to its owner, and to where it was before."""

from typing import Any

from sqlalchemy import select

from bot.cause import Cause
from bot.db.models import AuditEntry, Ticket
from bot.ticket import lifecycle
from bot.ticket.messages import Said, words_only


def hand_back(cause: Cause, ticket: Ticket, what: Said) -> None:
    """It returns to its owner, in the tier and team that it was first escalated from; the words say why."""
    passed = _escalations(cause, ticket)
    before: dict[str, Any] = passed[0]["before"] if passed else {"tier": ticket.tier, "team": ticket.team}
    lifecycle.hand_back(cause, ticket, what, tier=before["tier"], team=before["team"])


def vendor_answered(cause: Cause, ticket: Ticket, address: str) -> None:
    """The answer of a vendor to whom it was escalated hands it back; that of one who was only asked does not."""
    passed = _escalations(cause, ticket)
    team = cause.desk.directory.teams.get(passed[-1].get("vendor") or "") if passed else None
    if team is not None and team.vendor == address:
        lifecycle.hand_back(cause, ticket, words_only(""), tier=ticket.tier, team=ticket.team, vendor=team.name)


def is_escalated(cause: Cause, ticket: Ticket) -> bool:
    """Whether it was escalated and has not come back."""
    return bool(_escalations(cause, ticket))


def _escalations(cause: Cause, ticket: Ticket) -> list[dict[str, Any]]:
    """The details of its escalations since it was last handed back or moved to another team, the oldest first."""
    if not ticket.escalated:
        return []
    cause.tx.flush()
    moves = select(AuditEntry.action, AuditEntry.details).where(
        AuditEntry.ticket_id == ticket.id, AuditEntry.action.in_(("escalated", "handed_back", "transferred"))
    )
    open_ones: list[dict[str, Any]] = []
    for action, details in cause.tx.session.execute(moves.order_by(AuditEntry.id)):
        if action == "escalated":
            open_ones.append(details)
        elif details["vendor"] and open_ones:
            open_ones.pop()
        else:
            open_ones = []
    return open_ones
