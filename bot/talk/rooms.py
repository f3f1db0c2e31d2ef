"""The rooms in which agents work on platforms that have rooms: which one a ticket belongs in."""

from collections.abc import Mapping
from typing import Final

from bot.db.models import Ticket
from bot.desk import Desk

DEFAULT: Final = "default"


def room_of(desk: Desk, channel: str, ticket: Ticket) -> str:
    """The room of the ticket's team, of its tier, or of all; empty where there is none that may know of it."""
    rooms = desk.rooms.get(channel, {})
    return room_for(rooms, ticket.team, ticket.tier, confidential=ticket.confidential)


def may_know(desk: Desk, channel: str, ticket: Ticket, room: str) -> bool:
    """Whether a ticket may be shown in a room: a confidential one in that of its team alone."""
    return not ticket.confidential or room == room_of(desk, channel, ticket)


def room_for(rooms: Mapping[str, str], team: str | None, tier: int, *, confidential: bool) -> str:
    """The same of these rooms. What is confidential is for its team alone."""
    own = rooms.get(team or "", "")
    if own or confidential:
        return own
    return rooms.get(f"tier {tier}") or rooms.get(DEFAULT, "")
