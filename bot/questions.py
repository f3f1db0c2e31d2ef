"""Questions with choices: asked of somebody on their medium, answered by pressing one or by writing just its number.

A written answer counts only where all new words are the number or the label of a choice, in answer to the very message
that asked, from the person it was given to. Everything else is a message like any other, and the question stays open.
"""

from datetime import timedelta
from typing import Final

from sqlalchemy import bindparam, select

from bot import conversations, messages, outbox
from bot.cause import Cause
from bot.db.models import Delivery, Person, Question, Ticket
from bot.ids import new_id
from bot.messages import Said
from channels.base import Choice
from rules.words import folded

OPEN_FOR: Final = timedelta(days=1)
"""How long an answer counts: who agrees to something agrees to it now."""

_LONGEST: Final = 60
_AROUND: Final = " \t\n.,!)(\"'„“”"


def ask(cause: Cause, ticket: Ticket, kind: str, notice: str, choices: tuple[Choice, ...]) -> bool:
    """Ask the requester by a notice with these choices; False where they cannot be reached."""
    key = outbox.tell_at_request(cause, ticket, notice, {"person": {"name": cause.actor.name}}, choices=choices)
    if key is None:
        return False
    question = Question(
        id=new_id(),
        ticket_id=ticket.id,
        kind=kind,
        person_id=ticket.requester_id,
        agent_id=cause.actor.person_id,
        delivery_key=key,
        choices=[{"value": choice.value, "label": choice.label} for choice in choices],
        asked_at=cause.now,
    )
    cause.tx.add(question)
    cause.tx.note_fresh(("questions of", ticket.id))
    return True


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
    return question.answered_at is None and question.ended_at is None and cause.now - question.asked_at < OPEN_FOR


def take_answer(cause: Cause, ticket: Ticket, what: Said, person: Person) -> Question | None:
    """The question that this message answers, with its answer noted and the message kept; None if it is none.

    Costs nothing for a message that is longer than an answer.
    """
    words = folded(what.words).strip(_AROUND)
    if (what.choice is None and (not words or len(words) > _LONGEST)) or what.files:
        return None
    question = _asked(cause, ticket, what, person)
    value = _chosen(question, words, what.choice) if question is not None else None
    if question is None or value is None:
        return None
    question.answer, question.answered_at = value, cause.now
    conversation = conversations.of_requester(cause, ticket)
    messages.record(cause, ticket, conversation, what, author=person.id)
    conversations.follow(conversation, what.references)
    cause.audit("chosen", ticket.id, question=question.kind, answer=value)
    return question


def _asked(cause: Cause, ticket: Ticket, what: Said, person: Person) -> Question | None:
    """The open question that was put to this person by the message that this one answers."""
    for question in put_to(cause, ticket.id, person.id):
        if is_open(cause, question) and _is_meant(cause, question, what):
            return question
    return None


def _is_meant(cause: Cause, question: Question, what: Said) -> bool:
    if what.choice is None:
        return _answers(cause, question, what)
    return what.asked_by in {"", question.delivery_key}


def _answers(cause: Cause, question: Question, what: Said) -> bool:
    own = 1 if what.external_id else 0
    parent = what.references[-1 - own] if len(what.references) > own else ""
    sent_as = select(Delivery.external_id).where(Delivery.key == question.delivery_key)
    return bool(parent) and parent == cause.tx.session.scalar(sent_as)


def _chosen(question: Question, words: str, pressed: str | None) -> str | None:
    for number, choice in enumerate(question.choices, 1):
        if pressed == choice["value"] or (pressed is None and words in {str(number), folded(choice["label"])}):
            return str(choice["value"])
    return None


_ASKED: Final = (
    select(Question)
    .where(Question.ticket_id == bindparam("number"), Question.person_id == bindparam("person"))
    .order_by(Question.id.desc())
)
