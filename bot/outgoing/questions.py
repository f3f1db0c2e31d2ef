"""Questions with choices: asked of somebody on their medium, answered by pressing one or by writing just its number.

A written answer counts only where all new words are the number or the label of a choice, in answer to the very message
that asked, from the person it was given to. Everything else is a message like any other, and the question stays open.
Where a kind of question has room for a comment, that may stand behind the number: `4: quick and friendly`.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from msgspec import Struct
from sqlalchemy import bindparam, select

from bot.cause import Cause
from bot.db.models import Delivery, Person, Question, Ticket
from bot.ids import new_id
from bot.outgoing import outbox
from bot.ticket import conversations, messages
from bot.ticket.messages import Said
from channels.base import Choice
from rules.words import folded


class Kind(Struct, frozen=True, kw_only=True):
    """How long an answer counts, how long it may be changed, and whether a comment may stand behind its number."""

    open_for: timedelta
    changes_for: timedelta = timedelta()
    has_comment: bool = False


REMOTE: Final = "remote"
SOLVED: Final = "solved"
SURVEY: Final = "survey"
KINDS: Final[Mapping[str, Kind]] = {
    REMOTE: Kind(open_for=timedelta(days=1)),
    SOLVED: Kind(open_for=timedelta(days=14)),
    SURVEY: Kind(open_for=timedelta(days=14), changes_for=timedelta(days=7), has_comment=True),
}
"""Who agrees to remote help agrees to it now; the others may think about it."""

_LONGEST: Final = 60
_AROUND: Final = " \t\n.,!)(\"'„“”"
_COMMENTED: Final = re.compile(r"\s*(\d)(?:\s*[:;,.)–—-]\s*|\s*\n\s*)(\S.*)", re.DOTALL)


def ask(cause: Cause, ticket: Ticket, kind: str, notice: str, choices: tuple[Choice, ...]) -> bool:
    """Ask the requester by a notice with these choices; False where they cannot be reached."""
    key = outbox.tell_at_request(cause, ticket, notice, {"person": {"name": cause.actor.name}}, choices=choices)
    if key is not None:
        note(cause, ticket, kind, key, choices)
    return key is not None


def note(cause: Cause, ticket: Ticket, kind: str, key: str, choices: tuple[Choice, ...]) -> Question:
    """The delivery of this key asks the requester. What was asked before of that kind counts no longer."""
    earlier = newest(cause, ticket, kind)
    if earlier is not None and earlier.ended_at is None and earlier.answered_at is None:
        earlier.ended_at = cause.now
    question = Question(
        id=new_id(),
        ticket_id=ticket.id,
        kind=kind,
        person_id=ticket.requester_id,
        agent_id=cause.actor.person_id,
        delivery_key=key,
        choices=[{"value": choice.value, "label": choice.label} for choice in choices],
        asked_at=cause.now,
        comment="",
    )
    cause.tx.add(question)
    cause.tx.note_fresh(("questions of", ticket.id))
    return question


def newest(cause: Cause, ticket: Ticket, kind: str) -> Question | None:
    """The newest question of a kind that was asked on a ticket."""
    cause.tx.settle(("questions of", ticket.id))
    query = select(Question).where(Question.ticket_id == ticket.id, Question.kind == kind)
    return cause.tx.session.scalars(query.order_by(Question.id.desc()).limit(1)).first()


def put_to(cause: Cause, number: int, person_id: int) -> list[Question]:
    """The questions that were put to somebody on a ticket, the newest first."""
    cause.tx.settle(("questions of", number))
    return list(cause.tx.session.scalars(_ASKED, {"number": number, "person": person_id}))


def asked_again(cause: Cause, ticket: Ticket, key: str, instead: str) -> None:
    """What was to be asked by one delivery is asked by another: whoever answers that has answered it."""
    cause.tx.settle(("questions of", ticket.id))
    for question in cause.tx.session.scalars(select(Question).where(Question.ticket_id == ticket.id)):
        if question.delivery_key == key:
            question.delivery_key = instead


def is_open(cause: Cause, question: Question) -> bool:
    """Whether an answer to it still counts."""
    kind = KINDS[question.kind]
    if question.ended_at is not None:
        return False
    if question.answered_at is None:
        return cause.now - question.asked_at < kind.open_for
    return cause.now - question.answered_at < kind.changes_for


def take_answer(cause: Cause, ticket: Ticket, what: Said, person: Person) -> Question | None:
    """The question that this message answers, with its answer noted and the message kept; None if it is none.

    Costs nothing for a message that is longer than an answer.
    """
    answer = _answer(what)
    if answer is None or what.files:
        return None
    for question in put_to(cause, ticket.id, person.id):
        value = _chosen(question, answer)
        if value is not None and _is_meant(cause, question, what) and is_open(cause, question):
            _take(cause, ticket, question, value, answer)
            conversation = conversations.of_requester(cause, ticket)
            messages.record(cause, ticket, conversation, what, author=person.id)
            conversations.follow(conversation, what.references)
            return question
    return None


def _is_meant(cause: Cause, question: Question, what: Said) -> bool:
    if what.choice is None:
        return _answers(cause, question, what)
    return what.asked_by in {"", question.delivery_key}


class _Answer(Struct, frozen=True):
    """What may be an answer: the value that was pressed, or the words that may name a choice; and a comment.

    On the page of a link the comment stands as it was before: `whole` is all that is to be left of it.
    """

    pressed: str | None
    words: str = ""
    comment: str = ""
    whole: bool = False


def _answer(what: Said) -> _Answer | None:
    if what.choice is not None:
        return _Answer(what.choice, comment=what.words.strip(), whole=bool(what.asked_by))
    words = folded(what.words).strip(_AROUND)
    commented = _COMMENTED.fullmatch(what.words) if words else None
    if commented is not None:
        return _Answer(None, commented[1], commented[2].strip())
    return _Answer(None, words) if 0 < len(words) <= _LONGEST else None


def _take(cause: Cause, ticket: Ticket, question: Question, value: str, answer: _Answer) -> None:
    """Note what was chosen; what stands on a button is no comment."""
    question.answer, question.answered_at = value, question.answered_at or cause.now
    comment = "" if answer.comment in {choice["label"] for choice in question.choices} else answer.comment
    if comment or answer.whole:
        question.comment = comment
    cause.audit("chosen", ticket.id, question=question.kind, answer=value)


def _answers(cause: Cause, question: Question, what: Said) -> bool:
    own = 1 if what.external_id else 0
    parent = what.references[-1 - own] if len(what.references) > own else ""
    sent_as = select(Delivery.external_id).where(Delivery.key == question.delivery_key)
    return bool(parent) and parent == cause.tx.session.scalar(sent_as)


def _chosen(question: Question, answer: _Answer) -> str | None:
    if answer.pressed is None and answer.comment and not KINDS[question.kind].has_comment:
        return None
    for number, choice in enumerate(question.choices, 1):
        written = answer.pressed is None and answer.words in {str(number), folded(choice["label"])}
        if written or answer.pressed == choice["value"]:
            return str(choice["value"])
    return None


_ASKED: Final = (
    select(Question)
    .where(Question.ticket_id == bindparam("number"), Question.person_id == bindparam("person"))
    .order_by(Question.id.desc())
)
