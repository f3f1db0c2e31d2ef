"""What an agent writes is a draft first; it is said when it is released, by a due job or by the agent.

A draft without a release time waits for the agent's `#send`. While a draft with one waits, later messages to the same
conversation wait behind it.
"""

from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import func, select

from bot.cause import Cause
from bot.db.models import Draft, Message, Ticket, is_one_of
from bot.due import jobs
from bot.ids import new_id
from bot.notice import notices
from bot.notice.wording import gettext
from bot.outgoing import outbox
from bot.outgoing.outbox import Telling
from bot.persons import people
from bot.persons.directory import Agent
from bot.talk import board
from bot.ticket import conversations, tickets
from bot.ticket.files import without_content
from bot.ticket.messages import Said
from bot.verbs import Request
from channels.base import Attachment, Choice

NOT_YOURS: Final = "not_yours"
"""Held because a colleague works on the ticket: the words are on it as a note already."""


def hold(
    cause: Cause,
    agent: Agent,
    ticket: Ticket,
    what: Said,
    reason: str,
    *,
    request: Request,
    release_after: timedelta | None = None,
) -> Draft:
    """Keep words, read as `request`, unsaid. With `release_after` a job says them then; without, the agent is asked.

    The agent is shown what would be said, with which files, and to whom.
    """
    draft = Draft(
        id=new_id(),
        ticket_id=ticket.id,
        conversation_id=conversations.of_requester(cause, ticket).id,
        agent_id=agent.person_id,
        words=what.words,
        files=[msgspec.to_builtins(without_content(file)) for file in what.files],
        reason=reason,
        state="waiting",
        created_at=cause.now,
        release_at=cause.now + release_after if release_after is not None else None,
        inbox_id=what.inbox_id,
        external_id=what.external_id,
    )
    cause.tx.add(draft)
    cause.audit("held", ticket.id, reason=reason)
    if draft.release_at is not None:
        jobs.schedule(cause, "release_draft", draft.release_at, {"draft": draft.id}, ticket_id=ticket.id)
    else:
        _ask(cause, agent, ticket, draft, request)
    return draft


def ask(cause: Cause, agent: Agent, ticket: Ticket, draft: Draft, reason: str, *, request: Request) -> None:
    """What was to be said by itself waits for the agent after all, who is asked."""
    draft.release_at, draft.reason = None, reason
    cause.audit("held", ticket.id, reason=reason)
    _ask(cause, agent, ticket, draft, request)


def _ask(cause: Cause, agent: Agent, ticket: Ticket, draft: Draft, request: Request) -> None:
    values = {
        "words": request.words,
        "reason": draft.reason,
        "files": [{"name": file["name"], "size": file["size"]} for file in draft.files],
        "commands": [f"#{name} {argument}".strip() for name, argument in request.calls],
    }
    values |= _colleague(cause, ticket) | _somebody_else(request)
    choices = _choices(cause, agent, ticket, draft)
    outbox.tell(cause, Telling(agent=agent, ticket=ticket, notice="draft_held", values=values, choices=choices))


def _choices(cause: Cause, agent: Agent, ticket: Ticket, draft: Draft) -> tuple[Choice, ...]:
    """The two verbs that decide about it, as buttons: about this draft, whatever else of theirs waits."""
    drop = gettext("Leave it a note") if draft.reason == NOT_YOURS else gettext("Drop it")
    language = agent.language or cause.desk.config.desk.language
    offered = (("send", gettext("Send it")), ("cancel", drop))
    return tuple(Choice(board.do(ticket, verb, str(draft.id)), notices.said(text, language)) for verb, text in offered)


def waiting(cause: Cause, ticket: Ticket, agent: Agent, number: int | None = None) -> Draft | None:
    """The draft of that number of this agent on this ticket, if it waits; without a number their newest that does."""
    cause.tx.flush()
    theirs = select(Draft).where(
        Draft.ticket_id == ticket.id, Draft.agent_id == agent.person_id, is_one_of(Draft.state, "waiting")
    )
    asked_for = theirs.where(Draft.id == number) if number is not None else theirs
    return cause.tx.session.scalar(asked_for.order_by(Draft.id.desc()).limit(1))


def is_behind(cause: Cause, draft: Draft, *, late: timedelta) -> bool:
    """Whether older words are still to be said: who wrote first is heard first, but for what is this `late`."""
    cause.tx.flush()
    older = select(Draft.id).where(
        Draft.conversation_id == draft.conversation_id,
        Draft.id < draft.id,
        is_one_of(Draft.state, "waiting"),
        Draft.release_at > cause.now - late,
    )
    return cause.tx.session.scalar(older.limit(1)) is not None


def of_message(cause: Cause, external_id: str) -> Draft | None:
    """The draft of the words in that message, if it still waits."""
    cause.tx.flush()
    held = select(Draft).where(Draft.external_id == external_id, is_one_of(Draft.state, "waiting"))
    return cause.tx.session.scalar(held)


def reword(cause: Cause, draft: Draft, words: str) -> None:
    """It is said in other words than it was first written in."""
    cause.audit("draft_changed", draft.ticket_id)
    draft.words = words


def cancel(cause: Cause, draft: Draft) -> None:
    """It is not said; the audit keeps that it was written."""
    draft.state = "cancelled"
    cause.audit("draft_cancelled", draft.ticket_id)


def said(draft: Draft, words: str) -> Said:
    """What the draft says, with its files, as `words` stand now."""
    files = tuple(msgspec.convert(file, Attachment) for file in draft.files)
    return Said(words=words, text=words, files=files, inbox_id=draft.inbox_id, external_id=draft.external_id)


def _somebody_else(request: Request) -> dict[str, Any]:
    """Whom the words are for, where a verb names another address than the requester's."""
    named = " ".join(argument for name, argument in request.calls if name in {"call", "for", "vendor"}).split()
    address = next((word for word in named if "@" in word), "")
    return {"requester": {"name": "", "address": address}} if address else {}


def _answered_at(cause: Cause, ticket: Ticket) -> datetime | None:
    """When the assignee last said something to the requester."""
    cause.tx.settle(("messages of", ticket.id))
    said = select(func.max(Message.at)).where(
        Message.ticket_id == ticket.id, Message.author_id == ticket.assignee_id, Message.kind == "message"
    )
    return cause.tx.session.scalar(said)


def _colleague(cause: Cause, ticket: Ticket) -> dict[str, Any]:
    ticket = tickets.goes_on_in(cause, ticket)
    if ticket.assignee_id is None:
        return {}
    return {
        "colleague": people.person(cause.tx, ticket.assignee_id).name,
        "at": _answered_at(cause, ticket),
    }
