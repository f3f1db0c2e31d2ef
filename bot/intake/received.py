"""A message that was received, with what the desk knows of it, and what became of it."""

from typing import Final

import msgspec
from msgspec import Struct

from bot.cause import Cause
from bot.db.models import Identity, Person
from bot.intake.matching import Findings, Match
from bot.persons.directory import Agent
from bot.ticket import messages
from bot.ticket.messages import Said
from channels.base import Incoming


class Outcome(Struct, frozen=True):
    """What became of a message: a word for the record, the ticket it landed on, and the state of its inbox row.

    `fingerprint` is given where an agent's message was worked, so that a second copy of it is recognised. What is to be
    `forgotten` was not meant for the desk: only that it came is kept.
    """

    what: str
    ticket_id: int | None = None
    state: str = "done"
    fingerprint: str | None = None
    forgotten: bool = False


NAMELESS: Final = Outcome("it names no sender", state="dead")
"""What becomes of a message of which nobody knows who wrote it."""


class Received(Struct, frozen=True, kw_only=True):
    """A message from the inbox row `inbox_id`: who is known behind its sender's address, and what it answers.

    `agent` is set where the address is an agent's, which proves nothing. `flags` are reasons to look twice at it.
    """

    inbox_id: int
    incoming: Incoming
    sender: tuple[Person, Identity] | None
    agent: Agent | None
    findings: Findings
    flags: tuple[str, ...] = ()

    @property
    def match(self) -> Match | None:
        """The conversation that it belongs to, if one."""
        return self.findings.match

    @property
    def address(self) -> str:
        """Its sender's; empty where it names none."""
        return self.incoming.sender.address if self.incoming.sender else ""

    def flagged(self, *flags: str) -> "Received":
        """The same, with more reasons to look twice; each once."""
        return msgspec.structs.replace(self, flags=tuple(dict.fromkeys(self.flags + flags)))

    def said(self) -> Said:
        """What it says, with its flags."""
        return messages.from_incoming(self.incoming, self.inbox_id, flags=self.flags)


def repeated(cause: Cause, received: Received, ticket_id: int | None) -> Outcome:
    """It was taken before, and changes nothing."""
    cause.audit("duplicate", ticket_id, inbox=received.inbox_id, external_id=received.incoming.external_id)
    return Outcome("duplicate", ticket_id)
