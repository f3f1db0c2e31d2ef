"""The desk: what is in force while causes are worked."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from bot.config import Config
from bot.db.tx import Tx
from bot.due.schedules import Schedules
from bot.outgoing.tokens import Signer
from bot.persons import roster
from bot.persons.directory import Directory
from bot.persons.roster import AgentRoles
from channels.base import Mailboxes
from rules.facts import Facts
from rules.hours import Calendar
from rules.kinds import Books
from rules.policies import Policy, completed, pick


class InForce:
    """The desk that took the place of another one, for all who hold that."""

    def __init__(self) -> None:
        self.desk: Desk | None = None
        self.by_role: tuple[tuple[Any, ...], Directory] | None = None


class Desk(Struct, frozen=True, kw_only=True):
    """Settings, people, books, calendars and promise. Frozen: when books change, another one takes its place.

    Whoever holds a desk for longer asks for the `latest`; a cause does, once, so nothing changes while it is worked.
    `calendars` are those with a name, beside the desk's own; `policy` is the promise for tickets of which no book says
    anything. `mailboxes` are the desk's own mail addresses, the first of which it writes from. `rooms` has an entry for
    each channel that is a platform of rooms and threads: where agents work, by team or tier (`bot/talk/rooms.py`).
    `agent_roles` are the roles of platforms that make agents (`bot/persons/roster.py`).
    `schedules` is what recurs (`bot/due/recurring.py`).
    """

    config: Config
    directory: Directory
    books: Books
    calendar: Calendar
    calendars: Mapping[str, Calendar] = {}
    policy: Policy
    signer: Signer
    mailboxes: Mailboxes
    rooms: Mapping[str, Mapping[str, str]] = {}
    agent_roles: AgentRoles = {}
    schedules: Schedules = {}
    in_force: InForce = field(default_factory=InForce)

    def latest(self) -> "Desk":
        """The desk as it is in force now in this process."""
        return self.in_force.desk or self

    def staffed(self, tx: Tx) -> "Desk":
        """The latest, with those who are agents by a role now; costs nothing where no role makes any."""
        desk = self.latest()
        if not desk.agent_roles:
            return desk
        rows = tuple(roster.present(tx))
        known = self.in_force.by_role
        if known is None or known[0] != rows:
            people = roster.with_them(desk.directory, desk.agent_roles, rows, desk.config.desk.language)
            known = self.in_force.by_role = (rows, people)
        return replace(desk, directory=known[1])

    def put_in_force(self, books: Books) -> None:
        """Let other books be in force from the next cause on."""
        self.in_force.desk = replace(self.latest(), books=books)

    def closed_until(self, now: datetime) -> datetime | None:
        """When the desk opens again, or None while it is open."""
        return None if self.calendar.is_open(now) else self.calendar.next_open(now)

    def policy_of(self, facts: Facts) -> Policy:
        """What is promised for a ticket of which these facts are true."""
        found = pick(self.books.policies, facts)
        return completed(found, self.policy) if found else self.policy

    def calendar_of(self, policy: Policy) -> Calendar:
        """The calendar in which a policy counts; the desk's own where there is none of that name any more."""
        return self.calendars.get(policy.calendar, self.calendar)
