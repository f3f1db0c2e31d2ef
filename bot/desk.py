"""The desk: what is in force while causes are worked."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from bot.config import Config
from bot.directory import Directory
from bot.tokens import Signer
from rules.hours import Calendar
from rules.sla import Policy
from rules.triggers import Books


class Desk(Struct, frozen=True, kw_only=True):
    """Settings, people, books, calendar and promise. Frozen: another one takes its place when they change.

    `mailboxes` is the desk's own address on each channel.
    """

    config: Config
    directory: Directory
    books: Books
    calendar: Calendar
    policy: Policy
    signer: Signer
    mailboxes: Mapping[str, str]

    def closed_until(self, now: datetime) -> datetime | None:
        """When the desk opens again, or None while it is open."""
        return None if self.calendar.is_open(now) else self.calendar.next_open(now)
