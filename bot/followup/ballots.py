"""Questions as a page shows them to whom they were put, who comes there by a link of the mail that asked.

A link is signed for one person and for the message that asked: nobody answers another question with it, nor for
somebody else. What was asked lies with that delivery, word for word.
"""

from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import Struct
from sqlalchemy import select

from bot.cause import Cause
from bot.db.models import Delivery, Person, Question, Ticket
from bot.notice import notices
from bot.notice.wording import Text, gettext
from bot.outgoing import questions
from bot.outgoing.instead import MAIL
from bot.outgoing.tokens import TOKEN_LENGTH, Claim, Signer
from bot.persons import people
from bot.ticket import messages, tickets
from bot.ticket.messages import Said
from channels.base import Ballot, Choice, Incoming, Outgoing, Role, Standing

_THANKS: Final = gettext("Thank you. Your answer has arrived.")
_FAILED: Final = gettext("Your answer could not be kept just now. Please send it again in a minute.")
_LATER: Final = gettext("The desk cannot look at it now. Please try again in a minute.")
_UNKNOWN: Final = gettext("This link leads nowhere. Perhaps only a part of it was copied: please press it in the mail.")
_OVER: Final = gettext("This question is closed, and nothing has changed. To tell us something, just answer our mail.")
_PLAIN: Final[Mapping[str, Text]] = {
    "legend": gettext("Your answer"),
    "send": gettext("Send answer"),
    "thanks": _THANKS,
    "failed": _FAILED,
}
_COMMENTS: Final[Mapping[str, Text]] = {
    questions.SURVEY: gettext("What was good, what was not?"),
    questions.SOLVED: gettext("If something is still wrong: what is it?"),
}
"""What can be said beside a choice, by the kind of question; beside others nothing can."""
_read_outgoing = msgspec.json.Decoder(Outgoing).decode


class Vote(Struct, frozen=True, kw_only=True):
    """What somebody chose by a link: on which ticket, who, and what they said with it."""

    ticket: Ticket
    person: Person
    what: Said

    @property
    def name(self) -> str:
        """What the audit calls them."""
        return self.person.name or f"person {self.person.id}"


def is_genuine(signer: Signer, link: str) -> bool:
    """Whether the first part of a link is a token of ours: cheap, so that strangers cost no look into the database."""
    return _claim(signer, link) is not None


def unknown(language: str, desk: str) -> Ballot:
    """What a link shows that was never given to anybody: nothing."""
    said = notices.said(_UNKNOWN, language)
    return Ballot(standing=Standing.UNKNOWN, language=notices.language_of(language), title=desk, said=said)


def later(language: str, desk: str) -> Ballot:
    """What a link shows while the database cannot be read."""
    said, send = notices.said(_LATER, language), notices.said(gettext("Try again"), language)
    return Ballot(standing=Standing.LATER, language=notices.language_of(language), title=desk, said=said, send=send)


def ballot(cause: Cause, link: str, value: str) -> Ballot:
    """What the link shows now to who wants to choose `value`. It only looks, so the ticket is not locked."""
    desk = cause.desk.config.desk
    claim = _claim(cause.desk.signer, link)
    ticket = cause.tx.session.get(Ticket, claim.ticket) if claim is not None else None
    question = _asked_by(cause, claim, link) if claim is not None else None
    if question is None or ticket is None or value not in _labels(question):
        return unknown(desk.language, desk.name)
    person = people.person(cause.tx, question.person_id)
    delivery = cause.tx.session.scalar(select(Delivery).where(Delivery.key == question.delivery_key))
    outgoing = _read_outgoing(delivery.outgoing) if delivery is not None else Outgoing(body="")
    language = notices.language_of(outgoing.language)
    is_open = _is_open(cause, ticket, question, person)
    words = {name: notices.said(text, language) for name, text in _PLAIN.items()} if is_open else {}
    return Ballot(
        standing=Standing.OPEN if is_open else Standing.OVER,
        language=language,
        title=f"#{ticket.id} {ticket.subject}".strip(),
        asked=outgoing.body,
        choices=tuple(Choice(value, label) for value, label in _labels(question).items()) if is_open else (),
        chosen=question.answer or "",
        comment=_comment_on(question, language) if is_open else "",
        commented=question.comment,
        said=_how_it_stands(question, language, is_open=is_open),
        **words,
    )


def vote(cause: Cause, incoming: Incoming, inbox_id: int) -> Vote | None:
    """Whose choice it is, on the ticket that is locked now; None where the link counts no more."""
    claim = _claim(cause.desk.signer, incoming.about)
    ticket = tickets.get(cause, claim.ticket) if claim is not None else None
    question = _asked_by(cause, claim, incoming.about) if claim is not None else None
    if ticket is None or question is None:
        return None
    person = people.person(cause.tx, question.person_id)
    if not _may_answer(cause, ticket, person):
        return None
    label = _labels(question).get(incoming.choice or "", "")
    said = messages.from_incoming(incoming, inbox_id)
    what = msgspec.structs.replace(said, words=incoming.reply or label, text=label, asked_by=question.delivery_key)
    return Vote(ticket=ticket, person=person, what=what)


def _claim(signer: Signer, link: str) -> Claim | None:
    claim = signer.verify(link[:TOKEN_LENGTH])
    return claim if claim is not None and claim.role is Role.REQUESTER else None


def _asked_by(cause: Cause, claim: Claim, link: str) -> Question | None:
    """The question that this link is signed for, as it is asked now."""
    token = link[:TOKEN_LENGTH].lower()
    put = questions.put_to(cause, claim.ticket, claim.person)
    found = next((one for one in put if cause.desk.signer.is_link(link, token, one.delivery_key)), None)
    if found is None or found.answered_at is not None or not _is_repeated(cause, found):
        return found
    return next(one for one in put if one.kind == found.kind)


def _is_repeated(cause: Cause, question: Question) -> bool:
    """Whether a later question of its kind asks the same: a reminder does, and who answers the first has answered it.

    What was asked about a solution is not asked about the next; and consent is given to the one who asks for it.
    """
    if question.kind == questions.SOLVED:
        ticket = cause.tx.session.get_one(Ticket, question.ticket_id)
        return ticket.solved_at is None or question.asked_at >= ticket.solved_at
    return question.kind == questions.SURVEY


def _comment_on(question: Question, language: str) -> str:
    label = _COMMENTS.get(question.kind)
    return notices.said(label, language) if label is not None else ""


def _labels(question: Question) -> dict[str, str]:
    return {str(choice["value"]): str(choice["label"]) for choice in question.choices}


def _is_open(cause: Cause, ticket: Ticket, question: Question, person: Person) -> bool:
    return _may_answer(cause, ticket, person) and questions.is_open(cause, question)


def _may_answer(cause: Cause, ticket: Ticket, person: Person) -> bool:
    """Whether it is still theirs to answer: they are the requester, and nobody has blocked them."""
    identity = people.address_of(cause.tx, person.id, MAIL)
    return ticket.requester_id == person.id and (identity is None or identity.blocked_at is None)


def _how_it_stands(question: Question, language: str, *, is_open: bool) -> str:
    if question.answered_at is None:
        return "" if is_open else notices.said(_OVER, language)
    answer = _labels(question).get(question.answer or "", "")
    return notices.said(gettext("Thank you, we have your answer: %(answer)s.", answer=answer), language)
