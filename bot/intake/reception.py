"""What the desk makes of a message that was received: one decision a function, in the order of the questions.

Nobody is believed to be an agent by their address alone: an agent's rights need a proven sender, or the signed token
of a notice that was given to that very agent; and never a failed check of the sender.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec

from bot import alarms, verbs
from bot.cause import Actor, Cause
from bot.db.models import Identity, Inbox, Person, Question, Ticket
from bot.db.tx import Tx
from bot.desk import Desk
from bot.followup import ballots, closing, survey, updates
from bot.intake import agents, forwarding, matching, parking, screening, seen, subjects, undelivered
from bot.intake.matching import Match
from bot.intake.received import NAMELESS, Outcome, Received, repeated
from bot.intake.seen import Seen
from bot.outgoing import outbox, questions
from bot.persons import identity, people, staffing
from bot.persons.directory import Agent
from bot.talk import chat
from bot.ticket import conversations, lifecycle, messages, remote, rewording, vendors, watchers
from bot.ticket.messages import Said
from channels.base import UNSUBSCRIBE, Act, Incoming, Kind, Place, Role


def take_in(cause: Cause, inbox_id: int, incoming: Incoming) -> Outcome:
    """Bring one message to its ticket. Returns what became of it; raises nothing of its own."""
    return _worked(cause, inbox_id, incoming, _by_sender)


def let_through(cause: Cause, inbox_id: int, incoming: Incoming) -> Outcome:
    """Bring a message that was parked, or in quarantine, and is released, to its ticket: as a requester's.

    One with an agent's address has no agent's rights and is flagged, and whoever's address it bears is told of it as
    everybody else is: it may not be theirs. Any other is answered as if it had just come; a person has looked at it.
    """
    return _worked(cause, inbox_id, incoming, _released)


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
    of_agents = (incoming for channel, incoming in batch if _is_agents(tx, desk, channel, incoming))
    seen.look_up(tx, map(seen.fingerprint_of, of_agents))


def _is_agents(tx: Tx, desk: Desk, channel: str, incoming: Incoming) -> bool:
    found = people.by_address(tx, channel, incoming.sender.address) if incoming.sender else None
    return found is not None and found[0].id in desk.directory.by_person


def _worked(
    cause: Cause, inbox_id: int, incoming: Incoming, by_sender: Callable[[Cause, Received], Outcome]
) -> Outcome:
    """What becomes of it for what it is, whoever sent it; of anything else `by_sender` decides."""
    if incoming.kind is Kind.LOOP or matching.is_ours(cause, incoming):
        return _stopped(cause, inbox_id, incoming)
    if incoming.act is Act.WITHDRAWN and incoming.sender is None:
        incoming = msgspec.structs.replace(incoming, sender=rewording.author_of(cause, incoming.about))
    if incoming.act is Act.PRESSED and incoming.sender is None:
        return _voted(cause, inbox_id, incoming)
    received = _received(cause, inbox_id, incoming)
    if received.findings.duplicate_of is not None:
        return repeated(cause, received, received.findings.duplicate_of)
    if incoming.kind is Kind.BOUNCE:
        return undelivered.receive(cause, received)
    return by_sender(cause, received) if received.address else NAMELESS


def _voted(cause: Cause, inbox_id: int, incoming: Incoming) -> Outcome:
    """Somebody chose by a link: it answers the question that the link was made for, or nothing."""
    vote = ballots.vote(cause, incoming, inbox_id)
    if vote is None:
        return Outcome("a link that counts no more")
    cause.actor = Actor(role="requester", name=vote.name, person_id=vote.person.id)
    match = Match(ticket=vote.ticket, role=Role.REQUESTER, by="token", person_id=vote.person.id)
    answered = _chose(cause, match, vote.what, vote.person)
    return Outcome("answered a question" if answered else "a choice that is over", vote.ticket.id)


def _stopped(cause: Cause, inbox_id: int, incoming: Incoming) -> Outcome:
    if matching.is_check(incoming):
        return Outcome("stopped: firstline check sent it to see whether it comes back")
    detail = f"inbox {inbox_id}: a message of ours came back; it was stopped"
    alarms.raise_alarm(cause.tx, f"{cause.channel} loop", detail, review=alarms.REVIEW)
    return Outcome("stopped: it is a message of ours that came back")


def _received(cause: Cause, inbox_id: int, incoming: Incoming) -> Received:
    if incoming.sender is not None and incoming.kind is Kind.HUMAN:
        staffing.follow(cause, cause.channel, incoming.sender, incoming.profile)
    sender = _known(cause, incoming)
    agent = _agent(cause, incoming, sender[0]) if sender else None
    if sender is not None and agent is None:
        cause.unproven = sender[0].id
    findings = matching.find(cause, incoming, sender[0] if sender else None)
    failed = ("failed_authentication",) if incoming.verified is False else ()
    return Received(
        inbox_id=inbox_id,
        incoming=incoming,
        sender=sender,
        agent=agent,
        findings=findings,
        flags=findings.flags + failed,
    )


def _agent(cause: Cause, incoming: Incoming, person: Person) -> Agent | None:
    """The agent who acts. Who takes something back is who had said it: a platform says nothing of them then."""
    if incoming.act is Act.WITHDRAWN:
        return cause.desk.directory.by_person.get(person.id)
    return identity.agent(cause.desk, person, incoming.profile)


def _known(cause: Cause, incoming: Incoming) -> tuple[Person, Identity] | None:
    """Who is known behind the sender's address; on a platform that vouches for their mail address, behind that."""
    if incoming.sender is None or not incoming.sender.address:
        return None
    return identity.known(cause.tx, cause.channel, incoming.sender, incoming.profile)


def _by_sender(cause: Cause, received: Received) -> Outcome:
    if received.incoming.too_large:
        return _too_large(cause, received)
    if received.incoming.place is not None or received.incoming.act is not Act.SAID:
        _stand(cause, received.incoming.place)
        if (outcome := chat.decide(cause, received)) is not None:
            return outcome
    if received.agent is not None:
        outcome = _from_agent(cause, received.agent, received)
    else:
        outcome = _answered_for(cause, received)
    return outcome or screening.screen(cause, received) or _from_outside(cause, received)


def _stand(cause: Cause, place: Place | None) -> None:
    """Remember where somebody acts. What is said to them alone stands beside what they did, where they see it."""
    if place is not None:
        cause.thread, cause.aside = place.thread, place.room if place.begins else place.thread


def _released(cause: Cause, received: Received) -> Outcome:
    earlier = seen.before(cause.tx, seen.fingerprint_of(received.incoming))
    if earlier is not None and earlier.believed:
        return repeated(cause, received, earlier.ticket_id)
    if received.agent is None:
        looked_at = msgspec.structs.replace(received.incoming, verified=None)
        return _from_outside(cause, msgspec.structs.replace(received, incoming=looked_at))
    outcome = _from_outside(cause, received.flagged("unverified_address"))
    cause.actor = msgspec.structs.replace(cause.actor, person_id=None)
    return outcome


def _too_large(cause: Cause, received: Received) -> Outcome:
    """E75: nothing is made of it; what was fetched is in its inbox row. A person who sent it is told, once in a while.

    The admins are told as well: of a machine's mail nobody else would ever hear.
    """
    incoming = received.incoming
    assert incoming.sender is not None
    cause.audit("too_large", None, inbox=received.inbox_id, external_id=incoming.external_id, address=received.address)
    suspect = incoming.suspicion is not None or incoming.verified is False
    if incoming.kind is Kind.HUMAN and not incoming.quiet and not suspect:
        limit = cause.desk.config.channels.get(cause.channel, {}).get("max_size", 25_000_000)
        values = {"words": incoming.subject, "limit": limit}
        outbox.tell_sender(cause, incoming.sender, cause.channel, "too_large", values, received.said())
    mailbox = cause.tx.session.get_one(Inbox, received.inbox_id).meta.get("mailbox", cause.channel)
    detail = f"inbox {received.inbox_id}: a mail from {received.address} is too large to be taken in; it is kept there"
    alarms.raise_alarm(cause.tx, f"too large in {mailbox}", detail, review=alarms.REVIEW)
    return Outcome("it is too large", state="dropped")


# ------------------------------------------------------------------------------------------ from outside


def _from_outside(cause: Cause, received: Received) -> Outcome:
    incoming, match = received.incoming, received.match
    assert incoming.sender is not None
    person = identity.met(cause.tx, cause.channel, incoming.sender, incoming.profile)
    cause.actor = Actor(role="requester", name=person.name or incoming.sender.address, person_id=person.id)
    if match is None:
        return _opened(cause, received, person)
    if match.role is Role.VENDOR and person.id != match.addressed.requester_id:
        return _from_vendor(cause, received, match, person)
    if _wants_out(received, match, person):
        watchers.remove(cause, match.addressed, person, received.address)
        return Outcome("taken out of copy", match.ticket.id)
    if lifecycle.closed_for_good(cause, match.ticket) and incoming.kind is Kind.HUMAN:
        return _begin_anew(cause, received.said(), person, match.ticket)
    return _added(cause, received, match, person)


def _opened(cause: Cause, received: Received, person: Person) -> Outcome:
    what, teams = _with_quotes(received), _teams_addressed(cause.desk, received.incoming)
    ticket = lifecycle.open_ticket(cause, person, what, channel=cause.channel, team=next(iter(teams), None))
    for team in teams[1:]:
        lifecycle.also_addressed(cause, ticket, team, what)
    watchers.join(cause, ticket, received.incoming)
    return Outcome("opened", ticket.id)


def _with_quotes(received: Received) -> Said:
    """E80: what is quoted in the first mail of a ticket is news to the desk, unless it is our own mail."""
    what, incoming = received.said(), received.incoming
    ours = received.findings.claims or not incoming.quoted
    return what if ours else msgspec.structs.replace(what, words=incoming.text)


def _wants_out(received: Received, match: Match, person: Person) -> bool:
    """Whether somebody in copy follows the List-Unsubscribe of a mail to them (RFC 2369 section 3.2)."""
    asked = received.incoming.subject.strip().casefold() == UNSUBSCRIBE
    return asked and match.role is Role.WATCHER and match.person_id == person.id != match.addressed.requester_id


def _added(cause: Cause, received: Received, match: Match, person: Person) -> Outcome:
    doubt = _doubt(cause, match, person)
    what = (received.flagged(doubt) if doubt else received).said()
    if not doubt and _chose(cause, match, what, person):
        return Outcome("answered a question", match.ticket.id)
    if not doubt and person.id == match.addressed.requester_id and updates.asks(what):
        updates.answer(cause, match.addressed, what, person)
        return Outcome("asked how it stands", match.ticket.id)
    if received.incoming.act is Act.PRESSED:
        return chat.choice_over(cause, received)
    if match.role is Role.DESK:
        conversation = conversations.of_desk(cause, match.ticket, cause.channel)
    elif doubt == "watcher":
        conversation = conversations.of_watchers(cause, match.addressed, cause.channel)
    else:
        conversation = conversations.of_requester(cause, match.addressed)
    lifecycle.receive(cause, match.ticket, conversation, what, author=person, address=received.address)
    if person.id == match.addressed.requester_id and not doubt:
        watchers.join(cause, match.addressed, received.incoming)
    return Outcome("added", match.ticket.id)


def _chose(cause: Cause, match: Match, what: Said, person: Person) -> bool:
    """Whether it is the answer to a question with choices, and nothing else."""
    if what.kind is not Kind.HUMAN or match.role is not Role.REQUESTER or not messages.DOUBTS.isdisjoint(what.flags):
        return False
    question = questions.take_answer(cause, match.addressed, what, person)
    if question is None:
        return False
    _FOLLOWS[question.kind](cause, match.addressed, question, what)
    return True


_FOLLOWS: Final[Mapping[str, Callable[[Cause, Ticket, Question, Said], None]]] = {
    questions.REMOTE: remote.answered,
    questions.SOLVED: closing.answered,
    questions.SURVEY: survey.answered,
}
"""What follows from the answer to a question of each kind."""


def _doubt(cause: Cause, match: Match, person: Person) -> str:
    """The reason for an agent to look twice at who wrote this; empty if there is none."""
    if match.person_id is not None and match.person_id != person.id:
        return "unverified_address"
    if watchers.only_watches(cause, match.addressed, person):
        return "watcher"
    return "" if matching.on_ticket(cause, match.addressed, person) else "not_on_ticket"


def _teams_addressed(desk: Desk, incoming: Incoming) -> list[str]:
    """The teams that a message is addressed to, in the order of To and then Cc; each once."""
    teams = {team.address.strip().lower(): team.name for team in desk.config.team if team.address}
    addressed = (desk.mailboxes.split(one.address)[0] for one in (*incoming.to, *incoming.cc) if teams)
    return list(dict.fromkeys(teams[address] for address in addressed if address in teams))


def _from_vendor(cause: Cause, received: Received, match: Match, person: Person) -> Outcome:
    """A vendor's answer is internal until an agent shares it."""
    asked = match.person_id or person.id
    if asked != person.id:
        received = received.flagged("unverified_address")
    elif conversations.of_vendor(cause, match.addressed.id, asked) is None:
        received = received.flagged("not_on_ticket")
    conversation = conversations.with_vendor(cause, match.addressed, asked)
    vendors.receive(cause, match.ticket, conversation, received.said(), author=person, address=received.address)
    return Outcome("a vendor's answer", match.ticket.id)


def _begin_anew(cause: Cause, what: Said, person: Person, old: Ticket) -> Outcome:
    """An answer to a ticket closed long ago, or a notice passed on, opens a new ticket that is linked to the old."""
    subject = subjects.without_tag(what.subject)
    ticket = lifecycle.open_ticket(cause, person, what, channel=cause.channel, subject=subject, team=old.team)
    ticket.confidential = old.confidential
    lifecycle.link(cause, ticket, old)
    return Outcome("opened", ticket.id)


# ------------------------------------------------------------------------------------------ from an agent


def _from_agent(cause: Cause, agent: Agent, received: Received) -> Outcome | None:
    """What an agent's message does; None if it is their own request as anybody's."""
    incoming, match = received.incoming, received.match
    working = match is not None and match.role is Role.DESK
    if incoming.kind is not Kind.HUMAN:
        return _auto_reply(cause, match.ticket) if match and working else None
    own = match is not None and match.addressed.requester_id == agent.person_id
    if not _is_proven(agent, received):
        return parking.park(cause, agent, match.ticket, received) if match and not own else None
    if match is None:
        return _outside_tickets(cause, agent, received)
    if working and subjects.is_passed_on(incoming.subject):
        person = people.person(cause.tx, agent.person_id)
        cause.actor = Actor(role="requester", name=agent.name, person_id=agent.person_id)
        return _begin_anew(cause, messages.from_incoming(incoming, received.inbox_id), person, match.ticket)
    return _once(cause, agent, received, _spoken) if working or not own else None


def _outside_tickets(cause: Cause, agent: Agent, received: Received) -> Outcome | None:
    if forwarding.is_customers(cause, cause.channel, received.incoming):
        return _once(cause, agent, received, _passed_on)
    if verbs.starts_with_verb(_command_in(received.incoming)):
        return _once(cause, agent, received, _commanded)
    return None


def _command_in(incoming: Incoming) -> str:
    """Where an agent writes verbs outside any ticket: in the text, or in the subject of a mail without one."""
    return incoming.reply if incoming.reply.strip() or incoming.attachments else incoming.subject


def _is_proven(agent: Agent, received: Received) -> bool:
    if received.incoming.verified is not None:
        return received.incoming.verified
    return any(claim.person == agent.person_id and claim.role is Role.DESK for claim in received.findings.claims)


def _once(cause: Cause, agent: Agent, received: Received, work: Callable[[Cause, Agent, Received], Outcome]) -> Outcome:
    """What an agent says is done once, however many copies of it come."""
    fingerprint = seen.fingerprint_of(received.incoming)
    earlier = seen.before(cause.tx, fingerprint)
    if earlier is not None and earlier.believed:
        return repeated(cause, received, earlier.ticket_id)
    cause.actor = agent.actor
    outcome = work(cause, agent, received)
    seen.remember(cause.tx, fingerprint, Seen(outcome.ticket_id, believed=True))
    return msgspec.structs.replace(outcome, fingerprint=fingerprint)


def _passed_on(cause: Cause, agent: Agent, received: Received) -> Outcome:
    """They hand over a customer's mail: it is for the team that they send it to, else for their own."""
    teams = _teams_addressed(cause.desk, received.incoming)
    team = next(iter(teams), None) or cause.desk.directory.only_team_of(agent.person_id)
    ticket = forwarding.take_on(cause, agent, received.incoming, received.inbox_id, cause.channel, team=team)
    return Outcome("opened", ticket.id) if ticket else Outcome("an agent's command")


def _spoken(cause: Cause, agent: Agent, received: Received) -> Outcome:
    """They speak on a ticket."""
    assert received.match is not None
    speak = chat.speak if received.incoming.place is not None else agents.speak
    speak(cause, agent, received.match, received.incoming, received.inbox_id)
    return Outcome("an agent's words", received.match.ticket.id)


def _commanded(cause: Cause, agent: Agent, received: Received) -> Outcome:
    """They use verbs outside any ticket."""
    agents.obey(cause, agent, _command_in(received.incoming))
    return Outcome("an agent's command")


def _answered_for(cause: Cause, received: Received) -> Outcome | None:
    """E58: somebody who is no agent answers an agent's notice: the agent from another address, or whoever has it."""
    match = received.match
    if match is None or match.role is not Role.DESK or match.person_id is None:
        return None
    agent = cause.desk.directory.by_person.get(match.person_id)
    if agent is None or received.incoming.kind is not Kind.HUMAN:
        return None
    return parking.park_answer(cause, agent, match.ticket, received)


def _auto_reply(cause: Cause, ticket: Ticket) -> Outcome:
    cause.audit("auto_reply_dropped", ticket.id)
    return Outcome("an agent's automatic reply", ticket.id)
