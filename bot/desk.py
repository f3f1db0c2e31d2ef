"""The desk: what is in force while causes are worked."""

from datetime import datetime

from msgspec import Struct

from bot.config import Config
from bot.directory import Directory
from bot.tokens import Signer
from channels.base import Mailboxes
from rules.hours import Calendar
from rules.kinds import Books
from rules.sla import Policy


class Desk(Struct, frozen=True, kw_only=True):
    """Settings, people, books, calendar and promise. Frozen: another one takes its place when they change.

    `mailboxes` are the desk's own mail addresses, the first of which it writes from.
    """

    config: Config
    directory: Directory
    books: Books
    calendar: Calendar
    policy: Policy
    signer: Signer
    mailboxes: Mailboxes

    def closed_until(self, now: datetime) -> datetime | None:
        """When the desk opens again, or None while it is open."""
        return None if self.calendar.is_open(now) else self.calendar.next_open(now)
