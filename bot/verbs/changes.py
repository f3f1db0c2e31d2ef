"""Verbs that change a ticket: take, assign, reopen, status, priority, tag, link."""

from datetime import date, datetime, time
from enum import StrEnum
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from bot import lifecycle, people, tickets
from bot.may import may
from bot.verbs import Apply, Call, Refusal, Reply, verb
from rules.facts import Priority

E = TypeVar("E", bound=StrEnum)


class _Move(StrEnum):
    OPEN = "open"
    ON_HOLD = "on_hold"
    VENDOR = "waiting_vendor"
    CLOSED = "closed"


_HAPPENINGS: Final = {_Move.OPEN: "wake", _Move.VENDOR: "wait_vendor", _Move.CLOSED: "close"}


@verb(usage="#take")
def take(call: Call) -> Apply:
    """You work on it from now on."""
    holder = call.subject.assignee_id
    if holder == call.person.id:
        msg = f"#{call.subject.id} is yours already"
        raise Refusal(msg)
    if holder is not None and call.argument != "over":
        colleague = people.person(call.cause.tx, holder).name
        msg = f"{colleague} works on #{call.subject.id}; write `#take over` to take it all the same"
        raise Refusal(msg)

    def apply() -> Reply:
        lifecycle.take(call.cause, call.subject, call.person)
        return Reply(title=f"#{call.subject.id} is yours")

    return apply


@verb(usage="#assign HANDLE")
def assign(call: Call) -> Apply:
    """Somebody else works on it from now on."""
    agent = call.cause.desk.directory.by_handle.get(call.argument.lstrip("@"))
    if agent is None:
        known = ", ".join(call.cause.desk.directory.by_handle) or "none"
        msg = f"there is no agent {call.argument!r}; the agents are: {known}"
        raise Refusal(msg)
    person = people.person(call.cause.tx, agent.person_id)
    if not may(call.cause, person, "take", call.subject):
        msg = f"{agent.name} may not work on #{call.subject.id}"
        raise Refusal(msg)

    def apply() -> Reply:
        lifecycle.assign(call.cause, call.subject, person)
        return Reply(title=f"#{call.subject.id} is assigned to {agent.name}")

    return apply


@verb(usage="#reopen")
def reopen(call: Call) -> Apply:
    """It is not done after all."""
    if call.subject.status in {"new", "open"}:
        msg = f"#{call.subject.id} is {call.subject.status} already"
        raise Refusal(msg)

    def apply() -> Reply:
        lifecycle.reopen(call.cause, call.subject, why=call.argument)
        return Reply(title=f"#{call.subject.id} is open again")

    return apply


@verb(usage="#status open|waiting_vendor|closed, or #status on_hold 2026-12-31")
def status(call: Call) -> Apply:
    """Put it into another status; for solving and for waiting on the requester there are #solve and #wait."""
    wanted, _, rest = call.argument.partition(" ")
    move = _one_of(wanted, _Move, "status")
    until = _morning_of(call, rest) if move is _Move.ON_HOLD else None

    def apply() -> Reply:
        if until is not None:
            lifecycle.hold(call.cause, call.subject, until)
        else:
            lifecycle.set_status(call.cause, call.subject, _HAPPENINGS[move])
        return Reply(title=f"#{call.subject.id} is {call.subject.status}")

    return apply


def _morning_of(call: Call, written: str) -> datetime:
    """The begin of a day to come, in the desk's zone."""
    try:
        day = date.fromisoformat(written.strip())
    except ValueError:
        msg = "a ticket on hold needs the day to go on: #status on_hold 2026-12-31"
        raise Refusal(msg) from None
    morning = datetime.combine(day, time(), tzinfo=ZoneInfo(call.cause.desk.config.desk.zone))
    if morning <= call.cause.now:
        msg = f"{written} is not in the future"
        raise Refusal(msg)
    return morning


@verb(usage="#priority critical|high|medium|low")
def priority(call: Call) -> Apply:
    """How urgent it is."""
    level = _one_of(call.argument, Priority, "priority")

    def apply() -> Reply:
        lifecycle.set_priority(call.cause, call.subject, level)
        return Reply(title=f"#{call.subject.id} has priority {level}")

    return apply


@verb(usage="#tag WORD …")
def tag(call: Call) -> Apply:
    """Put words on it."""
    tags = [word.strip("#,").casefold() for word in call.argument.split()]
    if not tags:
        msg = "#tag needs at least one word: #tag printer"
        raise Refusal(msg)

    def apply() -> Reply:
        for word in tags:
            lifecycle.add_tag(call.cause, call.subject, word)
        return Reply(title=f"#{call.subject.id} is tagged {', '.join(tags)}")

    return apply


@verb(usage="#link NUMBER")
def link(call: Call) -> Apply:
    """It has to do with another ticket."""
    number = call.argument.lstrip("#")
    other = tickets.get(call.cause, int(number)) if number.isascii() and number.isdigit() else None
    if other is None or other.id == call.subject.id or not may(call.cause, call.person, "link", other):
        msg = f"there is no other ticket {call.argument!r} to link to: #link 41"
        raise Refusal(msg)

    def apply() -> Reply:
        lifecycle.link(call.cause, call.subject, other)
        return Reply(title=f"#{call.subject.id} is linked with #{other.id}")

    return apply


def _one_of(argument: str, choices: type[E], what: str) -> E:
    try:
        return choices(argument.strip().casefold())
    except ValueError:
        known = ", ".join(choices)
        msg = f"there is no {what} {argument!r}; write one of: {known}"
        raise Refusal(msg) from None
