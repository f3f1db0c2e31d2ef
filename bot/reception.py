"""What the desk makes of a message that was received: one decision a function, in the order of the questions.

Nobody is believed to be an agent by their address alone: an agent's rights need a proven sender, or the signed token
of a notice that was given to that very agent; and never a failed check of the sender.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Struct

from bot import (
    agents,
    alarms,
    conversations,
    forwarding,
    lifecycle,
    matching,
    messages,
    outbox,
    parking,
    people,
    screening,
    seen,
    undelivered,
    vendors,
    verbs,
    watchers,
)
from bot.cause import Actor, Cause
from bot.db.models import Identity, Person, Ticket
from bot.db.tx import Tx
from bot.desk import Desk
from bot.directory import Agent
from bot.matching import Findings, Match
from bot.messages import Said
from bot.seen import Seen
from channels.base import Bounce, Incoming, Kind, Role

_UNDELIVERABLE_DAYS: Final = 60


class Outcome(Struct, frozen=True):
    """What became of a message: a word for the record, the ticket it landed on, and the state of its inbox row.

    `fingerprint` is given where an agent's message was worked, so that a second copy of it is recognised.
    """

    what: str
    ticket_id: int | None = None
    state: str = "done"
    fingerprint: str | None = None


_NAMELESS: Final = Outcome("it names no sender", state="dead")


def take_in(cause: Cause, inbox_id: int, channel: str, incoming: Incoming) -> Outcome:
    """Bring one message to its ticket. Returns what became of it; raises nothing of its own."""
    cause.channel = channel
    if incoming.kind is Kind.LOOP or matching.is_ours(cause, incoming):
        return _stopped(cause, inbox_id, channel, incoming)
    sender = _sender(cause.tx, channel, incoming)
    findings = matching.find(cause, incoming, sender)
    if findings.duplicate_of is not None:
        return _repeated(cause, inbox_id, incoming, findings.duplicate_of)
    if incoming.kind is Kind.BOUNCE:
        return _bounced(cause, inbox_id, channel, incoming, findings)
    if _names_nobody(incoming):
        return _NAMELESS
    agent = None if incoming.too_large else _agent(cause.desk, sender)
    if agent is not None:
        spoken = _from_agent(cause, inbox_id, channel, agent, incoming, findings)
        if spoken is not None:
            return spoken
    return _screened(cause, inbox_id, channel, incoming, findings)


def _stopped(cause: Cause, inbox_id: int, channel: str, incoming: Incoming) -> Outcome:
    if matching.is_check(incoming):
        return Outcome("stopped: firstline check sent it to see whether it comes back")
    detail = f"inbox {inbox_id}: a message of ours came back; it was stopped"
    alarms.raise_alarm(cause.tx, f"{channel} loop", detail, review=alarms.REVIEW)
    return Outcome("stopped: it is a message of ours that came back")


def let_through(cause: Cause, inbox_id: int, channel: str, incoming: Incoming) -> Outcome:
    """Bring a message that was parked, or in quarantine, and is released, to its ticket: as a requester's.

    One with an agent's address has no agent's rights and is flagged, and whoever's address it bears is told of it as
    everybody else is: it may not be theirs. Any other is answered as if it had just come; a person has looked at it.
    """
    cause.channel = channel
    if _names_nobody(incoming):
        return _NAMELESS
    sender = _sender(cause.tx, channel, incoming)
    findings = matching.find(cause, incoming, sender)
    earlier = seen.before(cause.tx, seen.fingerprint_of(incoming))
    if findings.duplicate_of is not None or (earlier is not None and earlier.believed):
        ticket_id = findings.duplicate_of or (earlier.ticket_id if earlier else None)
        return _repeated(cause, inbox_id, incoming, ticket_id)
    if _agent(cause.desk, sender) is None:
        failed = ("failed_authentication",) if incoming.verified is False else ()
        looked_at = msgspec.structs.replace(findings, flags=findings.flags + failed)
        answered = msgspec.structs.replace(incoming, verified=None) if failed else incoming
        return _from_outside(cause, inbox_id, channel, answered, looked_at)
    doubted = msgspec.structs.replace(findings, flags=(*findings.flags, "unverified_address"))
    outcome = _from_outside(cause, inbox_id, channel, incoming, doubted)
    cause.actor = msgspec.structs.replace(cause.actor, person_id=None)
    return outcome


def look_up(tx: Tx, desk: Desk, batch: Sequence[tuple[str, Incoming]]) -> None:
    """Ask the database once for what `take_in` will want to know of each message of a batch."""
    senders: defaultdict[str, list[str]] = defaultdict(list)
    ids: set[str] = set()
    for channel, incoming in batch:
        ids |= matching.ids_of(incoming)
        if incoming.sender is not None:
            senders[channel].append(incoming.sender.address)
    messages.known_by_id(tx, ids)
    for channel, addresses in senders.items():
        people.look_up(tx, channel, addresses)
    of_agents = (incoming for channel, incoming in batch if _agent(desk, _sender(tx, channel, incoming)) is not None)
    seen.look_up(tx, map(seen.fingerprint_of, of_agents))


def _names_nobody(incoming: Incoming) -> bool:
    return incoming.sender is None or not incoming.sender.address


def _sender(tx: Tx, channel: str, incoming: Incoming) -> Person | None:
    found = _behind(tx, channel, incoming)
    return found[0] if found else None


def _behind(tx: Tx, channel: str, incoming: Incoming) -> tuple[Person, Identity] | None:
    if incoming.sender is None or not incoming.sender.address:
        return None
    return people.by_address(tx, channel, incoming.sender.address)


def _agent(desk: Desk, sender: Person | None) -> Agent | None:
    return desk.directory.by_person.get(sender.id) if sender else None


def _repeated(cause: Cause, inbox_id: int, incoming: Incoming, ticket_id: int | None) -> Outcome:
    cause.audit("duplicate", ticket_id, inbox=inbox_id, external_id=incoming.external_id)
    return Outcome("duplicate", ticket_id)


def _screened(cause: Cause, inbox_id: int, channel: str, incoming: Incoming, findings: Findings) -> Outcome:
    sender = _behind(cause.tx, channel, incoming)
    if incoming.too_large:
        return _too_large(cause, inbox_id, channel, incoming)
    holder = _holder(cause.desk, incoming, findings)
    if holder is not None and _agent(cause.desk, sender[0] if sender else None) is None:
        return _answered_for(cause, inbox_id, holder, incoming, findings)
    verdict = screening.screen(cause, inbox_id, incoming, sender, findings)
    if verdict is not None:
        return Outcome(screening.told(verdict, incoming), state=verdict.state)
    return _from_outside(cause, inbox_id, channel, incoming, findings)


def _too_large(cause: Cause, inbox_id: int, channel: str, incoming: Incoming) -> Outcome:
    """E75: nothing is made of it, and its inbox row keeps it. A person who sent it is told so, once in a while."""
    assert incoming.sender is not None
    cause.audit("too_large", None, inbox=inbox_id, external_id=incoming.external_id, address=incoming.sender.address)
    suspect = incoming.suspicion is not None or incoming.verified is False
    if incoming.kind is Kind.HUMAN and not incoming.quiet and not suspect:
        limit = cause.desk.config.channels.get(channel, {}).get("max_size", 25_000_000)
        what = messages.from_incoming(incoming, inbox_id)
        outbox.tell_sender(
            cause, incoming.sender, channel, "too_large", {"words": incoming.subject, "limit": limit}, what
        )
    return Outcome("it is too large", state="dropped")


def _from_outside(cause: Cause, inbox_id: int, channel: str, incoming: Incoming, findings: Findings) -> Outcome:
    assert incoming.sender is not None
    person = people.meet(cause.tx, channel, incoming.sender)
    failed = ("failed_authentication",) if incoming.verified is False else ()
    cause.actor = Actor(role="requester", name=person.name or incoming.sender.address, person_id=person.id)
    flags, match = findings.flags + failed, findings.match
    if match is None:
        what = messages.from_incoming(incoming, inbox_id, flags=flags)
        teams = _teams_addressed(cause.desk, incoming)
        ticket = lifecycle.open_ticket(cause, person, what, channel=channel, team=next(iter(teams), None))
        for team in teams[1:]:
            lifecycle.also_addressed(cause, ticket, team, what)
        watchers.join(cause, ticket, incoming)
        return Outcome("opened", ticket.id)
    if match.role is Role.VENDOR and person.id != match.addressed.requester_id:
        return _from_vendor(cause, inbox_id, incoming, match, person, flags)
    if lifecycle.closed_for_good(cause, match.ticket) and incoming.kind is Kind.HUMAN:
        what = messages.from_incoming(incoming, inbox_id, flags=flags)
        return _begin_anew(cause, channel, what, person, match.ticket)
    doubts = tuple(doubt for doubt in _doubts(cause, match, person) if doubt not in flags)
    what = messages.from_incoming(incoming, inbox_id, flags=flags + doubts)
    if match.role is Role.DESK:
        conversation = conversations.of_desk(cause, match.ticket, channel)
    elif "watcher" in doubts:
        conversation = conversations.of_watchers(cause, match.addressed, channel)
    else:
        conversation = conversations.of_requester(cause, match.addressed)
    lifecycle.receive(cause, match.ticket, conversation, what, author=person, address=incoming.sender.address)
    if person.id == match.addressed.requester_id and not doubts:
        watchers.join(cause, match.addressed, incoming)
    return Outcome("added", match.ticket.id)


def _teams_addressed(desk: Desk, incoming: Incoming) -> list[str]:
    """The teams that a message is addressed to, in the order of To and then Cc; each once."""
    teams = {team.address.strip().lower(): team.name for team in desk.config.team if team.address}
    plus = str(desk.config.channels.get("email", {}).get("plus", "+"))
    found: dict[str, None] = {}
    for recipient in (*incoming.to, *incoming.cc) if teams else ():
        local, _, domain = recipient.address.lower().rpartition("@")
        bare = f"{local.partition(plus)[0]}@{domain}" if plus else recipient.address.lower()
        team = teams.get(recipient.address.lower()) or teams.get(bare)
        if team is not None:
            found[team] = None
    return list(found)


def _from_vendor(
    cause: Cause, inbox_id: int, incoming: Incoming, match: Match, person: Person, flags: tuple[str, ...]
) -> Outcome:
    """A vendor's answer is internal until an agent shares it."""
    assert incoming.sender is not None
    asked = match.person_id or person.id
    doubts = () if asked == person.id else ("unverified_address",)
    what = messages.from_incoming(incoming, inbox_id, flags=flags + doubts)
    conversation = conversations.with_vendor(cause, match.addressed, asked)
    vendors.receive(cause, match.ticket, conversation, what, author=person, address=incoming.sender.address)
    return Outcome("a vendor's answer", match.ticket.id)


def _doubts(cause: Cause, match: Match, person: Person) -> tuple[str, ...]:
    """Reasons for an agent to look twice at who wrote this."""
    if match.person_id is not None and match.person_id != person.id:
        return ("unverified_address",)
    if watchers.only_watches(cause, match.addressed, person):
        return ("watcher",)
    return () if matching.on_ticket(cause, match.addressed, person) else ("not_on_ticket",)


def _begin_anew(cause: Cause, channel: str, what: Said, person: Person, old: Ticket) -> Outcome:
    """An answer to a ticket closed long ago, or a notice passed on, opens a new ticket that is linked to the old."""
    subject = matching.without_tag(what.subject)
    ticket = lifecycle.open_ticket(cause, person, what, channel=channel, subject=subject)
    lifecycle.link(cause, ticket, old)
    return Outcome("opened", ticket.id)


def _bounced(cause: Cause, inbox_id: int, channel: str, incoming: Incoming, findings: Findings) -> Outcome:
    """A delivery report: the address is marked, and it lands on the ticket whose message did not arrive.

    A report about nothing that we sent is believed in nothing: anybody can write one. And whoever was sent something
    can write one about somebody else, so only the address of those whose token it shows is marked.
    """
    if findings.match is None and not findings.claims:
        return Outcome("a delivery report for nothing we know")
    for bounce in incoming.bounces:
        known = people.by_address(cause.tx, channel, bounce.address)
        was_sent = known is not None and known[0].id in _recipients(findings)
        if known is not None and was_sent and bounce.action == "failed" and bounce.status.startswith("5"):
            people.mark_undeliverable(cause.tx, known[1], days=_UNDELIVERABLE_DAYS)
    if findings.match is None:
        return Outcome("a delivery report")
    ticket = findings.match.ticket
    cause.actor = Actor(role="other", name=incoming.sender.address if incoming.sender else "mail system")
    what = messages.from_incoming(incoming, inbox_id)
    conversation = conversations.of_desk(cause, ticket, channel)
    messages.record(cause, ticket, conversation, what, author=None, kind="note")
    bounce = incoming.bounces[0] if incoming.bounces else _unnamed(cause, channel, findings.match)
    cause.audit("bounced", ticket.id, address=bounce.address, report=bounce.action, status=bounce.status)
    undelivered.watch(cause, channel)
    found = people.by_address(cause.tx, channel, bounce.address)
    agent = _agent(cause.desk, found[0] if found else None)
    if agent is None:
        lifecycle.bounced(cause, ticket, msgspec.structs.replace(what, files=()), bounce)
    else:  # to tell agents of it by mail could go round for ever
        detail = f"a mail to {bounce.address} on #{ticket.id} came back"
        alarms.raise_alarm(cause.tx, f"mail to {agent.handle}", detail, review=alarms.REVIEW)
    return Outcome("a delivery report", ticket.id)


def _recipients(findings: Findings) -> set[int]:
    """Whom the mail that a report is about went to: those whose tokens it shows."""
    return {claim.person for claim in findings.claims}


def _unnamed(cause: Cause, channel: str, match: Match) -> Bounce:
    """The report names nobody: it is about whom the token was given to, else about the requester."""
    identity = people.address_of(cause.tx, match.person_id or match.ticket.requester_id, channel)
    return Bounce(address=identity.address if identity else "")


def _from_agent(
    cause: Cause, inbox_id: int, channel: str, agent: Agent, incoming: Incoming, findings: Findings
) -> Outcome | None:
    """What an agent's message does; None if it is their own request as anybody's."""
    match = findings.match
    working = match is not None and match.role is Role.DESK
    claimed = any(claim.person == agent.person_id and claim.role is Role.DESK for claim in findings.claims)
    proven = incoming.verified is True or (claimed and incoming.verified is not False)
    if incoming.kind is not Kind.HUMAN:
        return _auto_reply(cause, match.ticket) if match and working else None
    own = match is not None and match.addressed.requester_id == agent.person_id
    if not proven:
        return _parked(cause, inbox_id, agent, incoming, match.ticket) if match and not own else None
    if match is not None and working and matching.is_passed_on(incoming):
        person = people.person(cause.tx, agent.person_id)
        cause.actor = Actor(role="requester", name=agent.name, person_id=agent.person_id)
        what = messages.from_incoming(incoming, inbox_id)
        return _begin_anew(cause, channel, what, person, match.ticket)
    if match is None and forwarding.is_customers(cause, channel, incoming):
        return _passed_on(cause, inbox_id, channel, agent, incoming)
    speaks = match is not None and (working or not own)
    if speaks or (match is None and verbs.starts_with_verb(incoming.reply)):
        return _spoken(cause, inbox_id, agent, incoming, match)
    return None


def _spoken(cause: Cause, inbox_id: int, agent: Agent, incoming: Incoming, match: Match | None) -> Outcome:
    """An agent speaks on a ticket, or commands outside any; once, however many copies of it come."""
    fingerprint = seen.fingerprint_of(incoming)
    earlier = seen.before(cause.tx, fingerprint)
    if earlier is not None and earlier.believed:
        return _repeated(cause, inbox_id, incoming, earlier.ticket_id)
    cause.actor = Actor(role="agent", name=agent.name, person_id=agent.person_id, handle=agent.handle)
    ticket_id = match.ticket.id if match else None
    seen.remember(cause.tx, fingerprint, Seen(ticket_id, believed=True))
    if match is not None:
        agents.speak(cause, agent, match, incoming, inbox_id)
        return Outcome("an agent's words", ticket_id, fingerprint=fingerprint)
    agents.obey(cause, agent, incoming.reply)
    return Outcome("an agent's command", fingerprint=fingerprint)


def _holder(desk: Desk, incoming: Incoming, findings: Findings) -> Agent | None:
    """The agent whose notice somebody answers who is no agent."""
    match = findings.match
    if match is None or match.role is not Role.DESK or match.person_id is None or incoming.kind is not Kind.HUMAN:
        return None
    return desk.directory.by_person.get(match.person_id)


def _answered_for(cause: Cause, inbox_id: int, agent: Agent, incoming: Incoming, findings: Findings) -> Outcome:
    """E58: the agent from an address that nobody knows, or somebody who has their notice: the agent is told."""
    assert findings.match is not None
    assert incoming.sender is not None
    ticket, fingerprint = findings.match.ticket, seen.fingerprint_of(incoming)
    if seen.before(cause.tx, fingerprint) is not None:
        return _repeated(cause, inbox_id, incoming, ticket.id)
    seen.remember(cause.tx, fingerprint, Seen(ticket.id, believed=False))
    state, what = parking.park_answer(cause, agent, ticket, inbox_id, incoming.sender.address)
    return Outcome(what, ticket.id, state, fingerprint)


def _passed_on(cause: Cause, inbox_id: int, channel: str, agent: Agent, incoming: Incoming) -> Outcome:
    """An agent hands over a customer's mail; once, however many copies of it come."""
    fingerprint = seen.fingerprint_of(incoming)
    earlier = seen.before(cause.tx, fingerprint)
    if earlier is not None and earlier.believed:
        return _repeated(cause, inbox_id, incoming, earlier.ticket_id)
    cause.actor = Actor(role="agent", name=agent.name, person_id=agent.person_id, handle=agent.handle)
    ticket = forwarding.take_on(cause, agent, incoming, inbox_id, channel)
    ticket_id = ticket.id if ticket else None
    seen.remember(cause.tx, fingerprint, Seen(ticket_id, believed=True))
    return Outcome("opened" if ticket else "an agent's command", ticket_id, fingerprint=fingerprint)


def _auto_reply(cause: Cause, ticket: Ticket) -> Outcome:
    cause.audit("auto_reply_dropped", ticket.id)
    return Outcome("an agent's automatic reply", ticket.id)


def _parked(cause: Cause, inbox_id: int, agent: Agent, incoming: Incoming, ticket: Ticket) -> Outcome:
    """It may be the agent, it may be somebody who has their notice: it reaches nobody until a person decides."""
    fingerprint = seen.fingerprint_of(incoming)
    if seen.before(cause.tx, fingerprint) is not None:
        return _repeated(cause, inbox_id, incoming, ticket.id)
    seen.remember(cause.tx, fingerprint, Seen(ticket.id, believed=False))
    state, what = parking.park(cause, agent, ticket, inbox_id)
    return Outcome(what, ticket.id, state, fingerprint)
