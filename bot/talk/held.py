"""What agents tell a requester with a button, a form or a command is held for a moment too.

There is no message of theirs that they could edit or delete meanwhile: they alone are shown the words, with a button
that stops them.
"""

from datetime import timedelta
from typing import Final

import msgspec

from bot.cause import Cause
from bot.db.models import Draft, Ticket
from bot.intake import agents
from bot.notice import notices
from bot.notice.wording import gettext
from bot.outgoing import drafts, outbox
from bot.outgoing.outbox import Telling
from bot.persons.directory import Agent
from bot.talk import board
from bot.ticket.messages import Said
from bot.verbs import Refusal, Request
from channels.base import Choice

_SAY: Final = frozenset({"answer", "solve", "wait"})
"""The verbs whose words the requester reads."""
_HELD: Final = "words_held"


def use(cause: Cause, agent: Agent, ticket: Ticket | None, request: Request, what: Said) -> None:
    """Do what was pressed or commanded, and tell of it; what it says to the requester waits for a moment."""
    ((verb, argument),) = request.calls
    words = "\n".join(filter(None, (argument, request.words)))
    if ticket is None or verb not in _SAY or not words or not cause.desk.config.desk.hold_seconds:
        agents.press(cause, agent, ticket, request, what)
        return
    try:
        agents.check(cause, agent, ticket, request, what)
    except Refusal as refusal:
        agents.not_done(cause, agent, ticket, request.calls, refusal.text, words=request.words)
    else:
        _hold(cause, agent, ticket, verb, msgspec.structs.replace(what, words=words, text=words))


def _hold(cause: Cause, agent: Agent, ticket: Ticket, verb: str, what: Said) -> None:
    seconds = cause.desk.config.desk.hold_seconds
    draft = drafts.hold(
        cause,
        agent,
        ticket,
        what,
        f"{drafts.PRESSED}{verb}",
        request=Request(((verb, ""),), what.words, ()),
        release_after=timedelta(seconds=seconds),
    )
    language = agent.language or cause.desk.config.desk.language
    stop = Choice(board.do(ticket, "cancel", str(draft.id)), notices.said(gettext("Stop"), language))
    values = {"words": what.words, "seconds": seconds}
    outbox.tell(cause, Telling(agent=agent, ticket=ticket, notice=_HELD, values=values, choices=(stop,)))


def release(cause: Cause, agent: Agent, ticket: Ticket, draft: Draft, channel: str) -> None:
    """The moment is over: do it. Whoever pressed it hears of it where they did."""
    cause.channel = channel
    draft.state, draft.release_at = "released", None
    request = drafts.request_of(draft)
    agents.press(cause, agent, ticket, request, drafts.said(draft, request.words))
    cause.audit("draft_released", ticket.id)
