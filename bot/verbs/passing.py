"""Verbs that put a ticket into other hands: escalate, handback, transfer."""

import msgspec

from bot.notice.wording import Text, gettext
from bot.persons import absence, people
from bot.persons.directory import Agent, Team
from bot.persons.may import may_work_on
from bot.ticket import escalation, handback, lifecycle
from bot.ticket.messages import Said
from bot.verbs import Apply, Call, Refusal, Reply, verb
from bot.verbs.changes import has_status_already
from bot.verbs.words import joined


@verb(
    usage=gettext("#escalate tier 2|team NAME|HANDLE, then the reason"),
    help=gettext("The next tier, or whom you name, works on it; the reason stays internal. A vendor gets it by mail."),
    takes_words=True,
)
def escalate(call: Call) -> Apply:
    _require_open(call)
    first, _, rest = call.argument.partition(" ")
    if first.casefold() == "team":
        return _to_team(call, rest.strip())
    if first.casefold() == "tier":
        number, _, reason = rest.strip().partition(" ")
        if not number.isdecimal():
            raise Refusal(gettext("#escalate tier needs a number: #escalate tier 2"))
        return _to_tier(call, call.cause.desk.directory.tier_from(int(number[:9])), reason)
    if first.lstrip("@") in call.cause.desk.directory.by_handle:
        return _to_agent(call, first.lstrip("@"), rest)
    up = escalation.next_up(call.cause, call.subject)
    if isinstance(up, Agent):
        return _to_agent(call, up.handle, call.argument)
    return _to_tier(call, up, call.argument)


@verb(
    usage=gettext("#handback, then the reason"),
    help=gettext("Its owner works on it again; the reason stays internal."),
    takes_words=True,
)
def handback_(call: Call) -> Apply:
    _require_open(call)
    if not handback.is_escalated(call.cause, call.subject):
        raise Refusal(gettext("#%(number)s is not escalated", number=call.subject.id))
    what = _reason(call, call.argument, "handback")

    def apply() -> Reply:
        handback.hand_back(call.cause, call.subject, what)
        owner = people.person(call.cause.tx, call.subject.owner_id).name
        return Reply(title=gettext("#%(number)s is back with %(colleague)s", number=call.subject.id, colleague=owner))

    return apply


@verb(
    usage=gettext("#transfer TEAM, then the reason"),
    help=gettext("It is another team’s, who answer for it from now on; the reason stays internal."),
    takes_words=True,
)
def transfer(call: Call) -> Apply:
    _require_open(call)
    team, reason = _team(call, call.argument)
    if team.vendor:
        raise Refusal(gettext("%(team)s is a vendor: #escalate team %(team)s asks them", team=team.name))
    what = _reason(call, reason, "transfer")

    def apply() -> Reply:
        lifecycle.transfer(call.cause, call.subject, team.name, what)
        return Reply(title=gettext("#%(number)s is with %(team)s now", number=call.subject.id, team=team.name))

    return apply


def _to_tier(call: Call, found: int | None, reason: str) -> Apply:
    if found is None:
        why = gettext("there is no tier above %(tier)s; name a team or an agent", tier=call.subject.tier)
        raise Refusal(why)
    if found <= call.subject.tier:
        why = gettext("#%(number)s is in tier %(tier)s already", number=call.subject.id, tier=call.subject.tier)
        raise Refusal(why)
    what = _reason(call, reason, "escalate")

    def apply() -> Reply:
        escalation.to_tier(call.cause, call.subject, found, what)
        return _escalated(call, gettext("tier %(tier)s", tier=found))

    return apply


def _to_team(call: Call, written: str) -> Apply:
    team, reason = _team(call, written)
    what = _reason(call, reason, "escalate")

    def apply() -> Reply:
        escalation.to_team(call.cause, call.subject, team, what, agent=call.person)
        return _escalated(call, Text(team.name))

    return apply


def _to_agent(call: Call, handle: str, reason: str) -> Apply:
    agent = call.cause.desk.directory.by_handle[handle]
    if not may_work_on(agent, call.subject):
        number = call.subject.id
        raise Refusal(gettext("%(colleague)s may not work on #%(number)s", colleague=agent.name, number=number))
    if agent.person_id == call.subject.assignee_id:
        why = gettext("%(colleague)s works on #%(number)s already", colleague=agent.name, number=call.subject.id)
        raise Refusal(why)
    if agent.person_id in absence.of(call.cause):
        raise Refusal(gettext("%(colleague)s is away: `#away` lists who is, and until when", colleague=agent.name))
    what = _reason(call, reason, "escalate")

    def apply() -> Reply:
        escalation.to_agent(call.cause, call.subject, agent, what)
        return _escalated(call, Text(agent.name))

    return apply


def _team(call: Call, written: str) -> tuple[Team, str]:
    """The team whose name stands first, which may be of several words, and the reason behind it."""
    teams = call.cause.desk.directory.teams
    plain = written.strip()
    for name in sorted(teams, key=len, reverse=True):
        behind = plain[len(name) :]
        if plain.casefold().startswith(name.casefold()) and (not behind or not behind[0].isalnum()):
            if name == call.subject.team:
                raise Refusal(gettext("#%(number)s is with %(team)s already", number=call.subject.id, team=name))
            return teams[name], behind.lstrip(" :,")
    known = ", ".join(teams)
    raise Refusal(gettext("there is no team “%(name)s”; write one of: %(known)s", name=written, known=known))


def _escalated(call: Call, to: Text) -> Reply:
    return Reply(title=gettext("#%(number)s is escalated to %(target)s", number=call.subject.id, target=to))


def _reason(call: Call, written: str, name: str) -> Said:
    what = joined(msgspec.structs.replace(call, argument=written.strip()))
    if not what.words:
        raise Refusal(gettext("%(verb)s needs a reason: write it behind it, or below", verb=f"#{name}"))
    return what


def _require_open(call: Call) -> None:
    if call.subject.status in {"solved", "closed"}:
        raise Refusal(has_status_already(call))
