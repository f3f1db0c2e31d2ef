"""What is different on a platform of rooms and threads: what is meant for the desk, and what agents write below a card.

A message there is meant for the desk if it is said to it alone, names it, stands in a room that the desk watches, or
goes on the thread of a ticket. Everything else is other people's talk: it is dropped, with its words.
"""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

import msgspec
from sqlalchemy import select

from bot import verbs
from bot.cause import Actor, Cause
from bot.db.models import Conversation, Draft, Inbox, Message, Ticket
from bot.intake import agents, inbox, later
from bot.intake.matching import Match
from bot.intake.received import Outcome, Received
from bot.outgoing import drafts, outbox
from bot.persons import identity, people
from bot.persons.directory import Agent
from bot.talk import doors, homes, marks, offers, threads, which
from bot.ticket import conversations, files, lifecycle, messages, rewording, tickets
from bot.ticket.messages import Said, from_incoming
from channels.base import KEEP, REQUEST, STOP, Act, Incoming, PlaceKind, Role

TALK: Final = Outcome("other people's talk", state="dropped", forgotten=True)
"""What becomes of what is not meant for the desk."""

HELD_FOR_SECOND_THOUGHTS: Final = "second_thoughts"
_SOON: Final = "moment"
_UNANSWERED: Final = ((offers.OFFERED.state, offers.OFFERED.what), (which.ASKED, ""), (inbox.EARLY, ""))
"""The states, with their outcomes, of what waits in the inbox until it is known what it is about."""
_NOTE: Final = re.compile(r"\s*//\s?")
_ANSWER: Final = re.compile(r"\s*>>\s?")


def decide(cause: Cause, received: Received) -> Outcome | None:
    """What becomes of what somebody did on such a platform; None where it is worked as everybody's message is."""
    act = _ACTS.get(received.incoming.act)
    return act(cause, received) if act is not None else TALK


# ------------------------------------------------------------------------------------------ what is said


def _said(cause: Cause, received: Received) -> Outcome | None:
    place, match = received.incoming.place, received.match
    assert place is not None
    is_verb = verbs.starts_with_verb(received.incoming.reply)
    if match is not None and match.by == _SOON and received.agent is not None and is_verb:
        match = None
    if match is not None:
        return _in_a_thread(cause, received, match)
    if place.kind is PlaceKind.DIRECT:
        asks = place.begins and not place.meant and not is_verb
        return which.ask(cause, received) if asks else None
    early = None if place.begins else later.wait(cause, received)
    if early is not None:
        return early
    if received.agent is not None and place.kind is PlaceKind.DESK:
        return None if is_verb else TALK
    if place.called or (place.kind is PlaceKind.WATCHED and place.begins) or place.meant == offers.WANTED:
        return None
    asks = place.kind is PlaceKind.OFFERED and place.begins
    return (offers.ask(cause, received) if asks else None) or TALK


def _in_a_thread(cause: Cause, received: Received, match: Match) -> Outcome | None:
    """The thread of a ticket: agents speak in the desk's; whoever else writes there, and agents elsewhere."""
    if match.role is Role.DESK and received.agent is None:
        return _bystander(cause, received, match)
    own = match.addressed.requester_id == (received.agent.person_id if received.agent else None)
    if match.role is Role.REQUESTER and received.agent is not None and not own:
        return _in_public(cause, received.agent, received, match)
    return None


def _bystander(cause: Cause, received: Received, match: Match) -> Outcome:
    """Somebody who is no agent writes in a thread of agents: a note, in their name."""
    assert received.incoming.sender is not None
    person = identity.met(cause.tx, cause.channel, received.incoming.sender, received.incoming.profile)
    cause.actor = msgspec.structs.replace(cause.actor, role="other", name=person.name, person_id=person.id)
    lifecycle.add_note(cause, match.ticket, person, received.said())
    return Outcome("a bystander's note", match.ticket.id)


def _in_public(cause: Cause, agent: Agent, received: Received, match: Match) -> Outcome:
    """An agent writes in the requester's own thread: everybody has read it, so it is an answer and nothing is sent."""
    cause.actor = agent.actor
    request = verbs.read(received.incoming.reply)
    if request.unknown:
        agents.refuse_unclear(cause, agent, match.addressed, request)
        return Outcome("an agent's words, in public", match.ticket.id)
    spoken = "\n".join([*(said for name, said in request.calls if name == "answer"), request.words]).strip()
    what = msgspec.structs.replace(received.said(), words=spoken)
    person = people.person(cause.tx, agent.person_id)
    others = tuple(call for call in request.calls if call[0] != "answer")
    if others:
        agents.carry_out(cause, agent, match.addressed, verbs.Request(others, "", ()), messages.words_only(""))
    if spoken or what.files:
        lifecycle.answered_there(cause, match.ticket, person, what, to=match.addressed)
    return Outcome("an agent's words, in public", match.ticket.id)


# ------------------------------------------------------------------------------------------ below the card


def speak(cause: Cause, agent: Agent, match: Match, incoming: Incoming, inbox_id: int) -> None:
    """An agent's message below a card: verbs at once; words for the requester after a moment for second thoughts.

    The assignee's and the owner's words are meant for the requester, and anybody's where nobody has taken it. Others'
    are notes, and they are asked whether they meant to send them.
    """
    ticket, text = match.addressed, incoming.reply
    noted, said = _NOTE.match(text), _ANSWER.match(text)
    text = text[(noted or said).end() :] if (noted or said) else text  # type: ignore[union-attr]
    request = verbs.read(text)
    if request.unknown or len(request.takers) > 1:
        agents.refuse_unclear(cause, agent, ticket, request)
        return
    what = msgspec.structs.replace(from_incoming(incoming, inbox_id), words=text, text=text)
    if what.uncopied_files:
        outbox.tell_agent(cause, agent, ticket, threads.MISSING, {"uncopied": files.uncopied(what.uncopied_files)})
    by_default = cause.desk.config.desk.room_words == "note" and not said
    internal = bool(noted) or (by_default and not request.takers)
    if not (request.words or what.files or request.on_the_line) or request.internal:
        _at_once(cause, agent, ticket, request, what, internal=request.internal)
    elif internal:
        _note(cause, agent, ticket, request, what)
    elif not _speaks(cause, agent, match, incoming):
        _note(cause, agent, ticket, request, what)
        _ask_whether_to_send(cause, agent, ticket, request, what)
    else:
        _hold(cause, agent, ticket, request, what)


def _at_once(
    cause: Cause, agent: Agent, ticket: Ticket, request: verbs.Request, what: Said, *, internal: bool = False
) -> None:
    if agents.carry_out(cause, agent, ticket, request, what) and internal:
        marks.mark(cause.tx, cause.channel, what.external_id, marks.NOTE)


def _note(cause: Cause, agent: Agent, ticket: Ticket, request: verbs.Request, what: Said) -> None:
    noted = msgspec.structs.replace(request, calls=(*request.calls, ("note", "")))
    _at_once(cause, agent, ticket, noted, what, internal=True)


def _speaks(cause: Cause, agent: Agent, match: Match, incoming: Incoming) -> bool:
    """Whether this agent's words in this thread, or in one with them alone, are meant for the requester."""
    conversation = _conversation(cause, incoming)
    if conversation is not None and not conversation.speaks:
        return False
    colleagues = cause.desk.directory.by_person
    for named in incoming.to:
        found = people.by_address(cause.tx, cause.channel, named.address)
        if found is not None and found[0].id in colleagues:
            return False
    return _works_on(match.ticket, agent)


def _conversation(cause: Cause, incoming: Incoming) -> Conversation | None:
    place = incoming.place
    return conversations.in_thread(cause, cause.channel, place.thread) if place is not None else None


def _hold(cause: Cause, agent: Agent, ticket: Ticket, request: verbs.Request, what: Said) -> None:
    seconds = cause.desk.config.desk.hold_seconds
    drafts.hold(
        cause,
        agent,
        ticket,
        what,
        HELD_FOR_SECOND_THOUGHTS,
        request=request,
        release_after=timedelta(seconds=seconds),
    )
    marks.mark(cause.tx, cause.channel, what.external_id, marks.WAITS)


def _ask_whether_to_send(cause: Cause, agent: Agent, ticket: Ticket, request: verbs.Request, what: Said) -> None:
    """Keep the words as a draft that waits for the agent, who alone sees the question."""
    drafts.hold(cause, agent, ticket, what, drafts.NOT_YOURS, request=request)


def release(cause: Cause, agent: Agent, ticket: Ticket, draft: Draft) -> None:
    """The moment for second thoughts is over: say it, unless a colleague has taken the ticket meanwhile.

    Then the words are a note, and the agent is asked whether to send them all the same.
    """
    channel = cause.tx.session.scalar(select(Inbox.channel).where(Inbox.id == draft.inbox_id))
    thread = conversations.find(cause, ticket.id, Role.DESK, channel or "")
    cause.thread = thread.thread if thread is not None else ""
    if channel is None or channel not in cause.desk.rooms or _works_on(ticket, agent):
        agents.release(cause, agent, ticket, draft)
        return
    request = verbs.read(draft.words)
    lifecycle.add_note(cause, ticket, people.person(cause.tx, agent.person_id), drafts.said(draft, request.words))
    marks.mark(cause.tx, channel, draft.external_id, marks.NOTE)
    drafts.ask(cause, agent, ticket, draft, drafts.NOT_YOURS, request=request)


def _works_on(ticket: Ticket, agent: Agent) -> bool:
    return ticket.assignee_id is None or agent.person_id in {ticket.assignee_id, ticket.owner_id}


# ------------------------------------------------------------------------------------------ second thoughts


def _edited(cause: Cause, received: Received) -> Outcome | None:
    """Words that are held are read anew: they may be a note now. What was said already is changed where it can be."""
    draft = _own_draft(cause, received)
    if draft is not None and draft.reason == HELD_FOR_SECOND_THOUGHTS and received.match is not None:
        assert received.agent is not None
        drafts.cancel(cause, draft)
        cause.actor = received.agent.actor
        speak(cause, received.agent, received.match, received.incoming, received.inbox_id)
        return Outcome("a draft, changed", draft.ticket_id)
    if draft is not None and _NOTE.match(received.incoming.reply):
        drafts.cancel(cause, draft)
    elif draft is not None:
        drafts.reword(cause, draft, received.incoming.reply)
    message, ticket = _own_message(cause, received)
    if message is None or ticket is None:
        return _edited_early(cause, received)
    everywhere = rewording.edit(cause, message, ticket, received.incoming.reply)
    if not everywhere and received.agent is not None:
        outbox.whisper(cause, received, "edit_too_late", {})
    return Outcome("changed", ticket.id)


def _edited_early(cause: Cause, received: Received) -> Outcome:
    """What waits until its author has said what it is about is worked in its newest words."""
    row = inbox.unanswered(cause.tx, cause.channel, received.incoming.about, _UNANSWERED)
    if row is None:
        return TALK
    inbox.reword(row, received.incoming.reply)
    return Outcome("newer words of what waits for an answer")


def _withdrawn(cause: Cause, received: Received) -> Outcome | None:
    """Words that are held are not said; what was said is taken back, and what waits is not worked."""
    draft = _own_draft(cause, received)
    if draft is not None:
        drafts.cancel(cause, draft)
    message, ticket = _own_message(cause, received)
    if message is None or ticket is None:
        row = inbox.unanswered(cause.tx, cause.channel, received.incoming.about, _UNANSWERED)
        if row is not None:
            inbox.take_back(row)
        return Outcome("a draft, taken back", draft.ticket_id) if draft is not None else TALK
    rewording.withdraw(cause, message, ticket)
    return Outcome("taken back", ticket.id)


def _reacted(cause: Cause, received: Received) -> Outcome | None:
    """The sign of a request opens a ticket; below words that are held, others take them back or keep them internal."""
    means = received.incoming.choice
    if means == REQUEST:
        return doors.reacted(cause, received) or TALK
    draft = _own_draft(cause, received) if means in {STOP, KEEP} else None
    if draft is None or received.agent is None:
        return TALK
    drafts.cancel(cause, draft)
    ticket = tickets.get(cause, draft.ticket_id)
    if means == KEEP and draft.reason == HELD_FOR_SECOND_THOUGHTS and ticket is not None:
        _keep(cause, received.agent, ticket, draft)
        return Outcome("a draft, kept as a note", draft.ticket_id)
    marks.mark(cause.tx, cause.channel, draft.external_id, marks.STOPPED)
    return Outcome("a draft, taken back", draft.ticket_id)


def _keep(cause: Cause, agent: Agent, ticket: Ticket, draft: Draft) -> None:
    """What was held for the requester stays among agents."""
    cause.actor = agent.actor
    what = drafts.said(draft, verbs.read(draft.words).words)
    lifecycle.add_note(cause, ticket, people.person(cause.tx, agent.person_id), what)
    marks.mark(cause.tx, cause.channel, draft.external_id, marks.NOTE)


def keep_of_former(cause: Cause, ticket: Ticket, draft: Draft) -> None:
    """Who wrote it is no agent any more: their words are not said, and stay among agents."""
    author = people.person(cause.tx, draft.agent_id)
    cause.actor = Actor(role="other", name=author.name, person_id=author.id)
    drafts.cancel(cause, draft)
    lifecycle.add_note(cause, ticket, author, drafts.said(draft, verbs.read(draft.words).words))
    marks.mark_words_of(cause.tx, draft, cause.desk.rooms, marks.NOTE)


def _own_draft(cause: Cause, received: Received) -> Draft | None:
    """What this agent wrote in that message, if it is still held."""
    draft = drafts.of_message(cause, received.incoming.about)
    mine = draft is not None and received.agent is not None and draft.agent_id == received.agent.person_id
    return draft if mine else None


def _own_message(cause: Cause, received: Received) -> tuple[Message | None, Ticket | None]:
    """That message on its ticket, if whoever acts has written it; on a platform nobody else can change it."""
    message = rewording.known(cause, received.incoming.about)
    if message is None or received.sender is None or message.author_id != received.sender[0].id:
        return None, None
    cause.actor = (
        received.agent.actor
        if received.agent
        else Actor(role="requester", name=received.sender[0].name, person_id=received.sender[0].id)
    )
    return message, tickets.get(cause, message.ticket_id)


# ------------------------------------------------------------------------------------------ buttons


def _pressed(cause: Cause, received: Received) -> Outcome | None:
    for answered in (doors.pressed, offers.answered, which.answered):
        outcome = answered(cause, received)
        if outcome is not None:
            return outcome
    return None if received.match is not None else choice_over(cause, received)  # a question's, as in a mail


def choice_over(cause: Cause, received: Received) -> Outcome:
    """They pressed something that nobody waits for any more; they alone are told."""
    outbox.whisper(cause, received, "choice_over", {})
    return Outcome("a choice that is over")


_ACTS: Final[Mapping[Act, Callable[[Cause, Received], Outcome | None]]] = {
    Act.SAID: _said,
    Act.EDITED: _edited,
    Act.WITHDRAWN: _withdrawn,
    Act.REACTED: _reacted,
    Act.PRESSED: _pressed,
    Act.COMMANDED: doors.commanded,
    Act.FILLED_IN: doors.filled_in,
    Act.LOOKED: homes.looked,
}
