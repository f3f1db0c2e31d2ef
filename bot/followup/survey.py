"""Surveys: how good was it, from 1 to 5, and why.

Nobody is asked twice in a while, nor more people than the settings want. A mark can be changed for some days, and who
says nothing is reminded once. Marks are the answers of questions of the kind `survey`, with their comments.
"""

import zlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import select

from bot.cause import Cause
from bot.db.models import Question, Ticket
from bot.due import jobs
from bot.judging.events import raise_event
from bot.notice.notices import said
from bot.notice.wording import gettext
from bot.outgoing import outbox, questions
from bot.persons import people
from bot.ticket import conversations, tickets
from bot.ticket.messages import Said
from channels.base import Choice
from rules.facts import Event, SurveyFacts

NUDGE: Final = "nudge_survey"
"""The kind of job that reminds once."""
MARKS: Final = {
    1: gettext("Very bad"),
    2: gettext("Bad"),
    3: gettext("All right"),
    4: gettext("Good"),
    5: gettext("Very good"),
}
"""The marks, and what each says."""
_HUNDREDTHS: Final = 100


def ask(cause: Cause, ticket: Ticket) -> None:
    """Ask the requester, unless it is somebody else's turn."""
    if not _is_drawn(cause, ticket) or _was_asked(cause, ticket):
        return
    if not _send(cause, ticket, "survey"):
        return
    days = cause.desk.config.survey.nudge_after_days
    if days:
        jobs.schedule(cause, NUDGE, cause.now + timedelta(days=days), {"ticket": ticket.id}, ticket_id=ticket.id)


def nudge(cause: Cause, arguments: Mapping[str, Any]) -> None:
    """Remind who has not answered yet."""
    ticket = tickets.get(cause, arguments["ticket"])
    question = questions.newest(cause, ticket, questions.SURVEY) if ticket is not None else None
    if ticket is None or question is None or question.answered_at is not None or not questions.is_open(cause, question):
        return
    _send(cause, ticket, "survey_nudge")


def answered(cause: Cause, ticket: Ticket, question: Question, what: Said) -> None:
    """Tell the rules of the mark; on a platform of rooms, thank for the first one and ask for a word."""
    mark = int(question.answer or 0)
    first = question.answered_at == cause.now
    facts = SurveyFacts(mark=mark, comment=question.comment, first=first)
    raise_event(cause, Event.SURVEY_ANSWERED, ticket, said=what, involved=facts)
    if first and not question.comment and conversations.of_requester(cause, ticket).channel in cause.desk.rooms:
        language = _language(cause, ticket)
        why = said(gettext("What was good, what was not?"), language)
        word = Choice(str(mark), said(gettext("Say why"), language), asks=why)
        outbox.tell_at_request(cause, ticket, "survey_thanks", {}, choices=(word,))


def _send(cause: Cause, ticket: Ticket, notice: str) -> bool:
    """Queue it; how often that is, the settings limit. False where they cannot be reached."""
    language = _language(cause, ticket)
    choices = tuple(Choice(str(mark), said(label, language)) for mark, label in MARKS.items())
    key = outbox.tell_at_request(cause, ticket, notice, {}, choices=choices)
    if key is not None:
        questions.note(cause, ticket, questions.SURVEY, key, choices)
    return key is not None


def _language(cause: Cause, ticket: Ticket) -> str:
    return people.person(cause.tx, ticket.requester_id).language or ticket.language


def _is_drawn(cause: Cause, ticket: Ticket) -> bool:
    """Whether this ticket is among the share that is asked about; always the same for one ticket."""
    return zlib.crc32(str(ticket.id).encode()) % _HUNDREDTHS < cause.desk.config.survey.share * _HUNDREDTHS


def _was_asked(cause: Cause, ticket: Ticket) -> bool:
    """Whether this person was asked lately, on any ticket."""
    cause.tx.flush()
    since = cause.now - timedelta(days=cause.desk.config.survey.every_days)
    lately = select(Question.id).where(
        Question.person_id == ticket.requester_id, Question.kind == questions.SURVEY, Question.asked_at > since
    )
    return cause.tx.session.scalar(lately.limit(1)) is not None
