"""Verbs about who hears of a ticket: watch, unwatch."""

from bot.notice.wording import gettext
from bot.persons import people
from bot.persons.directory import Agent
from bot.persons.may import may
from bot.ticket import watchers
from bot.verbs import Apply, Call, Refusal, Reply, verb
from bot.verbs.contacts import address_in
from channels.base import Address


@verb(
    usage=gettext("#watch ADDRESS, or #watch alone"),
    help=gettext("Somebody gets a copy of what the requester is told; alone, or of a colleague: an agent follows it."),
)
def watch(call: Call) -> Apply:
    agent = _agent(call)
    if agent is not None:
        return _follow(call, agent)
    ticket, address = call.addressed, _address(call, "#watch")
    known = people.by_address(call.cause.tx, "email", address)
    if known is not None and known[0].id == ticket.requester_id:
        raise Refusal(gettext("%(address)s is the requester of #%(number)s", address=address, number=ticket.id))

    def apply() -> Reply:
        watchers.add(call.cause, ticket, people.meet(call.cause.tx, "email", Address(address)), address)
        return Reply(title=gettext("%(address)s is in copy on #%(number)s", address=address, number=ticket.id))

    return apply


@verb(
    usage=gettext("#unwatch ADDRESS, or #unwatch alone"),
    help=gettext("Nothing further about it goes to them, though mails still have them in copy."),
)
def unwatch(call: Call) -> Apply:
    agent = _agent(call)
    if agent is not None:
        return _unfollow(call, agent)
    ticket, address = call.addressed, _address(call, "#unwatch")
    known = people.by_address(call.cause.tx, "email", address)
    if known is None or not watchers.was_watching(call.cause, ticket, known[0]):
        raise Refusal(gettext("%(address)s is not in copy on #%(number)s", address=address, number=ticket.id))

    def apply() -> Reply:
        watchers.remove(call.cause, ticket, known[0], address)
        title = gettext("%(address)s is not in copy on #%(number)s any more", address=address, number=ticket.id)
        return Reply(title=title)

    return apply


def _follow(call: Call, agent: Agent) -> Apply:
    person, number = people.person(call.cause.tx, agent.person_id), call.subject.id
    if not may(call.cause, person, "watch", call.subject):
        raise Refusal(gettext("%(colleague)s may not work on #%(number)s", colleague=agent.name, number=number))

    def apply() -> Reply:
        watchers.add(call.cause, call.subject, person, agent.name)
        return Reply(title=gettext("%(colleague)s follows #%(number)s", colleague=agent.name, number=number))

    return apply


def _unfollow(call: Call, agent: Agent) -> Apply:
    person, number = people.person(call.cause.tx, agent.person_id), call.subject.id

    def apply() -> Reply:
        watchers.remove(call.cause, call.subject, person, agent.name)
        return Reply(title=gettext("%(colleague)s does not follow #%(number)s", colleague=agent.name, number=number))

    return apply


def _agent(call: Call) -> Agent | None:
    """The agent who is meant: by handle, by address, or who says it where nobody is named."""
    directory, written = call.cause.desk.directory, call.argument.strip()
    if not written:
        return directory.by_person.get(call.person.id)
    known = people.by_address(call.cause.tx, "email", written.strip("<>,;").removeprefix("mailto:"))
    by_address = directory.by_person.get(known[0].id) if known else None
    return by_address or directory.by_handle.get(written.lstrip("@"))


def _address(call: Call, name: str) -> str:
    why = gettext("%(verb)s needs a mail address: %(verb)s someone@example.org", verb=name)
    return address_in(call.cause, call.argument, why)
