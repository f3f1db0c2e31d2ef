"""Verbs that change a ticket: take, assign, reopen, status, tag, link."""

from datetime import datetime, time
from enum import StrEnum
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from bot.notice import dates
from bot.notice.wording import STATUSES, Text, gettext
from bot.persons import absence, people
from bot.persons.may import may
from bot.ticket import lifecycle, tickets
from bot.verbs import Apply, Call, Refusal, Reply, verb

E = TypeVar("E", bound=StrEnum)


class _Move(StrEnum):
    OPEN = "open"
    ON_HOLD = "on_hold"
    VENDOR = "waiting_vendor"
    CLOSED = "closed"


_HAPPENINGS: Final = {_Move.OPEN: "wake", _Move.VENDOR: "wait_vendor", _Move.CLOSED: "close"}


@verb(usage=Text("#take"), help=gettext("You work on it from now on."))
def take(call: Call) -> Apply:
    holder = call.subject.assignee_id
    if holder == call.person.id:
        raise Refusal(gettext("#%(number)s is yours already", number=call.subject.id))
    if holder is not None and call.argument != "over":
        colleague = people.person(call.cause.tx, holder).name
        why = gettext(
            "%(colleague)s works on #%(number)s; write `#take over` to take it all the same",
            colleague=colleague,
            number=call.subject.id,
        )
        raise Refusal(why)

    def apply() -> Reply:
        lifecycle.take(call.cause, call.subject, call.person)
        return Reply(title=gettext("#%(number)s is yours", number=call.subject.id))

    return apply


@verb(usage=gettext("#assign HANDLE"), help=gettext("Somebody else works on it from now on."))
def assign(call: Call) -> Apply:
    agent = call.cause.desk.directory.by_handle.get(call.argument.lstrip("@"))
    if agent is None:
        known = ", ".join(call.cause.desk.directory.by_handle)
        raise Refusal(gettext("there is no agent “%(name)s”; write one of: %(known)s", name=call.argument, known=known))
    person = people.person(call.cause.tx, agent.person_id)
    if not may(call.cause, person, "take", call.subject):
        number = call.subject.id
        raise Refusal(gettext("%(colleague)s may not work on #%(number)s", colleague=agent.name, number=number))
    if agent.person_id in absence.of(call.cause):
        raise Refusal(gettext("%(colleague)s is away: `#away` lists who is, and until when", colleague=agent.name))

    def apply() -> Reply:
        lifecycle.assign(call.cause, call.subject, person)
        number = call.subject.id
        return Reply(title=gettext("#%(number)s is assigned to %(colleague)s", number=number, colleague=agent.name))

    return apply


@verb(usage=Text("#reopen"), help=gettext("It is not done after all."))
def reopen(call: Call) -> Apply:
    if call.subject.status in {"new", "open"}:
        raise Refusal(has_status_already(call))

    def apply() -> Reply:
        lifecycle.reopen(call.cause, call.subject, why=call.argument)
        return Reply(title=gettext("#%(number)s is open again", number=call.subject.id))

    return apply


@verb(
    usage=gettext("#status open|waiting_vendor|closed, or #status on_hold 2026-12-31"),
    help=gettext(
        "Put it into another status; for solving and for waiting on the requester there are #solve and #wait."
    ),
)
def status(call: Call) -> Apply:
    wanted, _, rest = call.argument.partition(" ")
    move = one_of(wanted, _Move)
    until = _morning_of(call, rest) if move is _Move.ON_HOLD else None

    def apply() -> Reply:
        if until is not None:
            lifecycle.hold(call.cause, call.subject, until)
        else:
            lifecycle.set_status(call.cause, call.subject, _HAPPENINGS[move])
        now = STATUSES[call.subject.status]
        return Reply(title=gettext("#%(number)s has a new status: %(status)s", number=call.subject.id, status=now))

    return apply


def _morning_of(call: Call, written: str) -> datetime:
    """The begin of a day to come, in the desk's zone."""
    zone = ZoneInfo(call.cause.desk.config.desk.zone)
    try:
        day = dates.read_day(written, today=call.cause.now.astimezone(zone).date())
    except ValueError:
        why = gettext("a ticket on hold needs the day to go on: #status on_hold 2026-12-31")
        raise Refusal(why) from None
    morning = datetime.combine(day, time(), tzinfo=zone)
    if morning <= call.cause.now:
        raise Refusal(gettext("%(day)s is not in the future", day=written))
    return morning


@verb(usage=gettext("#tag WORD …"), help=gettext("Put words on it."))
def tag(call: Call) -> Apply:
    tags = [word.strip("#,").casefold() for word in call.argument.split()]
    if not tags:
        raise Refusal(gettext("#tag needs at least one word: #tag printer"))

    def apply() -> Reply:
        for word in tags:
            lifecycle.add_tag(call.cause, call.subject, word)
        return Reply(title=gettext("#%(number)s is tagged %(tags)s", number=call.subject.id, tags=", ".join(tags)))

    return apply


@verb(usage=gettext("#link NUMBER"), help=gettext("It has to do with another ticket."))
def link(call: Call) -> Apply:
    other = tickets.named(call.cause, call.argument)
    if other is None or other.id == call.subject.id or not may(call.cause, call.person, "link", other):
        raise Refusal(gettext("there is no other ticket “%(name)s” to link to: #link 41", name=call.argument))

    def apply() -> Reply:
        lifecycle.link(call.cause, call.subject, other)
        return Reply(title=gettext("#%(number)s is linked with #%(other)s", number=call.subject.id, other=other.id))

    return apply


def has_status_already(call: Call) -> Text:
    """Why it cannot be given the status that it has."""
    status = STATUSES[call.subject.status]
    return gettext("#%(number)s has this status already: %(status)s", number=call.subject.id, status=status)


def one_of(argument: str, choices: type[E]) -> E:
    """The word of a list that was written. Raises Refusal, which names them all."""
    try:
        return choices(argument.strip().casefold())
    except ValueError:
        known = ", ".join(choices)
        why = gettext("“%(name)s” cannot be used here; write one of: %(known)s", name=argument, known=known)
        raise Refusal(why) from None
