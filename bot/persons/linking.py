"""Somebody on a platform that shows no mail address says which one is theirs, and proves it with a code from a mail.

From then on they are one person: what they asked for by mail and there belongs together. An agent's address is not
joined so: the configuration says who works here.
"""

from typing import Final

from sqlalchemy import select, update

from bot.cause import Cause
from bot.db.models import Identity, Message, Person, Ticket
from bot.intake.received import Outcome, Received
from bot.notice.wording import Text, gettext
from bot.outgoing import outbox
from bot.persons import identity, people
from bot.ticket.messages import words_only
from bot.verbs import Refusal
from bot.verbs.contacts import address_in
from channels.base import Address

LINK: Final = "link"
"""The command."""
_MAIL: Final = "email"
_HOURS: Final = 3600
_LIVES: Final = 2
"""Hours that have begun since, in which a code counts."""


def told(cause: Cause, received: Received) -> Outcome:
    """`/link ADDRESS` sends a code there; `/link ADDRESS CODE` joins the two."""
    written, _, code = received.incoming.reply.strip().partition(" ")
    try:
        address = address_in(cause, written, gettext("write your mail address, such as ada@example.org"))
    except Refusal as refusal:
        return _answer(cause, received, refusal.text, "no address")
    if _is_agents(cause, address) or received.agent is not None:
        return _answer(cause, received, gettext("Agents are joined by an administrator, in the settings."), "an agent")
    if _MAIL not in cause.desk.config.channels:
        text = gettext("This desk sends no mail. Ask an administrator to join the two.")
        return _answer(cause, received, text, "no mail")
    if not code.strip():
        return _send(cause, received, address)
    if code.strip().lower() not in _codes(cause, received.address, address):
        text = gettext("This code is not the one that we sent, or it is too old. Write /link with your address again.")
        return _answer(cause, received, text, "a wrong code")
    return _join(cause, received, address)


def _send(cause: Cause, received: Received, address: str) -> Outcome:
    """The same is said whether a mail goes out or not: nobody learns whom the desk knows."""
    code = next(iter(_codes(cause, received.address, address)))
    assert received.incoming.sender is not None
    values: dict[str, object] = {"code": code, "address": address, "name": received.incoming.sender.name}
    values |= {"platform": cause.channel.title(), "agent": None}
    outbox.tell_sender(cause, Address(address), _MAIL, "link_code", values, words_only(""))
    text = gettext("A code is on its way to %(address)s. Write /link with that address and the code.", address=address)
    return _answer(cause, received, text, "a code was sent")


def _join(cause: Cause, received: Received, address: str) -> Outcome:
    """The identity, and what was asked for with it, is the person's who has that address."""
    sender = received.incoming.sender
    assert sender is not None
    present = identity.met(cause.tx, cause.channel, sender, received.incoming.profile)
    person = join(cause, present, cause.channel, sender.address, address)
    text = gettext("You are known as %(address)s here now.", address=address)
    return _answer(cause, received, text, f"joined with {person.id}")


def join(cause: Cause, present: Person, channel: str, written: str, mail: str) -> Person:
    """Make an address on a platform one of the person's who has the mail address, with what was asked for by it."""
    person = people.meet(cause.tx, _MAIL, Address(mail, present.name))
    cause.tx.flush()
    if person.id == present.id:
        return person
    found = people.by_address(cause.tx, channel, written)
    assert found is not None
    found[1].person_id = person.id
    cause.tx.flush()
    if cause.tx.session.scalar(select(Identity.id).where(Identity.person_id == present.id).limit(1)) is None:
        session = cause.tx.session
        session.execute(update(Ticket).where(Ticket.requester_id == present.id).values(requester_id=person.id))
        session.execute(update(Message).where(Message.author_id == present.id).values(author_id=person.id))
    people.learn(person, language=present.language, zone=present.zone)
    cause.audit("linked", None, channel=channel, address=written, mail=mail)
    return person


def _is_agents(cause: Cause, address: str) -> bool:
    found = people.by_address(cause.tx, _MAIL, address)
    return found is not None and found[0].id in cause.desk.directory.by_person


def _codes(cause: Cause, who: str, mail: str) -> list[str]:
    """The codes that count now, the newest first: made anew from our secret, so none is kept."""
    hour = int(cause.now.timestamp()) // _HOURS
    return [cause.desk.signer.code(f"link {who} {mail} {hour - ago}") for ago in range(_LIVES)]


def _answer(cause: Cause, received: Received, text: Text, what: str) -> Outcome:
    outbox.whisper(cause, received, "command_result", {"title": text, "lines": (), "tickets": None})
    return Outcome(f"/link: {what}")
