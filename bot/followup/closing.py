"""Is it solved? The requester is asked in the message that says so, and answers by a button, a link or a number."""

from collections.abc import Mapping
from typing import Any, Final

from bot.cause import Cause
from bot.db.models import Question, Ticket
from bot.judging.events import raise_event
from bot.notice.notices import said
from bot.notice.wording import gettext, pgettext
from bot.outgoing import outbox, questions
from bot.persons import people
from bot.ticket.messages import Said
from channels.base import Choice
from rules.facts import Event

NOTICES: Final = frozenset({"solved", "solved_nudge"})
"""The notices that ask it."""
YES, NO = "solved", "not_solved"


def choices(cause: Cause, ticket: Ticket) -> tuple[Choice, ...]:
    """What may be answered; who says no is asked for a word where the medium can."""
    language = people.person(cause.tx, ticket.requester_id).language or ticket.language
    return (
        Choice(YES, said(pgettext("answer", "Yes"), language)),
        Choice(NO, said(pgettext("answer", "No"), language), asks=said(gettext("What is still wrong?"), language)),
    )


def tell(cause: Cause, ticket: Ticket, notice: str, values: Mapping[str, Any]) -> bool:
    """Send one of the notices that ask it; False where they cannot or must not be sent one now."""
    asks = choices(cause, ticket)
    key = outbox.tell_requester(cause, ticket, notice, values, choices=asks)
    asked(cause, ticket, key, asks)
    return key is not None


def asked(cause: Cause, ticket: Ticket, key: str | None, choices: tuple[Choice, ...]) -> None:
    """The delivery of this key asks it; None: the requester cannot be reached."""
    if key is not None:
        questions.note(cause, ticket, questions.SOLVED, key, choices)


def answered(cause: Cause, ticket: Ticket, question: Question, what: Said) -> None:
    """What follows from it is for the rules to say."""
    yes = question.answer == YES
    raise_event(cause, Event.SOLUTION_CONFIRMED if yes else Event.SOLUTION_REJECTED, ticket, said=what)
