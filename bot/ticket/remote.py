"""Remote help: the requester is asked, and only who agrees gets the link of the tool."""

from typing import Final

from bot.cause import Cause
from bot.db.models import Question, Ticket
from bot.notice.markup import Md
from bot.notice.notices import said
from bot.notice.wording import pgettext
from bot.outgoing import outbox, questions
from bot.ticket.messages import Said
from channels.base import Choice

KIND: Final = questions.REMOTE
YES, NO = "yes", "no"
_LABELS: Final = {YES: pgettext("answer", "Yes"), NO: pgettext("answer", "No")}


def ask(cause: Cause, ticket: Ticket, language: str) -> bool:
    """Ask the requester whether an agent may see and use their computer; False where they cannot be reached."""
    choices = tuple(Choice(value, said(label, language)) for value, label in _LABELS.items())
    if not questions.ask(cause, ticket, KIND, "remote_asked", choices):
        return False
    cause.audit("remote_asked", ticket.id)
    return True


def answered(cause: Cause, ticket: Ticket, question: Question, _what: Said) -> None:
    """Send the link to who agreed, and tell the agent either way."""
    agreed = question.answer == YES
    if agreed:
        link = cause.desk.config.desk.remote_url.replace("{ticket}", str(ticket.id))
        outbox.tell_at_request(cause, ticket, "remote_link", {"link": Md(f"<{link}>")})
    cause.audit("remote_started" if agreed else "remote_declined", ticket.id)
    agent = cause.desk.directory.by_person.get(question.agent_id or 0)
    if agent is not None:
        outbox.tell_agent(cause, agent, ticket, "remote_agreed" if agreed else "remote_declined", {})


def end(cause: Cause, ticket: Ticket, question: Question) -> None:
    """It is over, or not wanted any more: what was agreed to holds no longer."""
    question.ended_at = cause.now
    cause.audit("remote_ended", ticket.id)
