"""Verbs about whose request it is: for, call."""

import re
from typing import Final

import msgspec
from sqlalchemy import select

from bot.cause import Cause
from bot.db.models import AuditEntry, Person, Ticket
from bot.notice.wording import Text, gettext
from bot.persons import people
from bot.persons.may import may
from bot.ticket import lifecycle, messages, tickets
from bot.ticket.messages import Said
from bot.ticket.watchers import is_ours
from bot.verbs import Apply, Call, Refusal, Reply, verb
from channels.base import Address

_FOR: Final = re.compile(r"(?:(?P<number>[0-9]{1,9})\s+)?(?P<address>\S+)\s*(?P<rest>(?s:.*))")
_CALL: Final = re.compile(r"(?P<solved>solved\s+)?for\s+(?P<address>\S+)\s*(?P<rest>(?s:.*))", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"[^\s@<>(),;:\"\[\]]+@[^\s@<>(),;:\"\[\].]+(?:\.[^\s@<>(),;:\"\[\].]+)+")


@verb(
    usage=gettext("#for ADDRESS"),
    help=gettext("The request is somebody else's; outside a ticket, the words below open one for them."),
    on_ticket=False,
)
def for_(call: Call) -> Apply:
    found = _FOR.fullmatch(call.argument)
    address = address_in(call.cause, found["address"] if found else "", gettext("#for needs a mail address"))
    assert found is not None
    ticket = _named(call, found["number"])
    if ticket is None:
        return _opening(call, address, _words(call, "for", found["rest"]), via="")

    def apply() -> Reply:
        lifecycle.set_requester(call.cause, ticket, _person(call, address))
        return Reply(title=gettext("#%(number)s is %(address)s’s request", number=ticket.id, address=address))

    return apply


@verb(
    usage=gettext("#call for ADDRESS, then the words"),
    help=gettext("Record a phone call as a ticket; with “solved for” it was settled at once."),
    on_ticket=False,
    takes_words=True,
)
def call(call: Call) -> Apply:
    found = _CALL.fullmatch(call.argument)
    address = address_in(
        call.cause, found["address"] if found else "", gettext("write who called: #call for someone@example.org")
    )
    assert found is not None
    return _opening(call, address, _words(call, "call", found["rest"]), via="phone", solved=bool(found["solved"]))


def address_in(cause: Cause, written: str, why: Text) -> str:
    """A mail address as it was written, in brackets perhaps. Raises Refusal with `why`, also for the desk's own."""
    address = people.canonical(written.strip("<>,;").removeprefix("mailto:"))
    if _ADDRESS.fullmatch(address) is None:
        raise Refusal(why)
    if is_ours(cause.desk, address):
        raise Refusal(gettext("%(address)s is the desk’s own address", address=address))
    return address


def _named(call: Call, number: str | None) -> Ticket | None:
    """The ticket that is meant, by its number or as the one that the mail is about; None outside any."""
    ticket = tickets.get(call.cause, int(number)) if number else call.ticket
    ticket = tickets.goes_on_in(call.cause, ticket) if ticket else None
    if (number and ticket is None) or (ticket is not None and not _may_name(call, ticket)):
        raise Refusal(gettext("you may not use %(verb)s here", verb="#for"))
    return ticket


def _may_name(call: Call, ticket: Ticket) -> bool:
    """Whether they may say whose request it is: also an agent whose own it is because they passed on a mail."""
    if may(call.cause, call.person, "for", ticket):
        return True
    agent = call.cause.desk.directory.by_person.get(call.person.id)
    if agent is None or ticket.requester_id != agent.person_id or not may(call.cause, call.person, "for"):
        return False
    call.cause.tx.flush()
    passed_on = select(AuditEntry.id).where(AuditEntry.ticket_id == ticket.id, AuditEntry.action == "passed_on")
    return call.cause.tx.session.scalar(passed_on.limit(1)) is not None


def _opening(call: Call, address: str, what: Said, *, via: str, solved: bool = False) -> Apply:
    def apply() -> Reply:
        requester = _person(call, address)
        team = call.cause.desk.directory.only_team_of(call.person.id)
        ticket = lifecycle.open_ticket(call.cause, requester, what, channel="email", via=via, team=team)
        if solved:
            lifecycle.solve(call.cause, ticket, call.person, messages.words_only(""))
        title = gettext("#%(number)s is recorded for %(address)s", number=ticket.id, address=address)
        return Reply(title=title, data={"number": ticket.id})

    return apply


def _person(call: Call, address: str) -> Person:
    return people.meet(call.cause.tx, "email", Address(address))


def _words(call: Call, name: str, rest: str) -> Said:
    words = "\n".join(part for part in (rest.strip(), call.words.words) if part)
    if not words:
        raise Refusal(gettext("%(verb)s needs words: write them below it", verb=f"#{name}"))
    return msgspec.structs.replace(call.words, words=words, text=words)
