"""`{ do = "notify", who = "requester", notice = "acknowledgement" }`."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final, Literal

import msgspec

from bot.actions.base import Action
from bot.cause import Cause, Raised
from bot.db.models import Ticket
from bot.followup import closing, updates
from bot.notice import notices
from bot.notice.sendable import wrong_notice
from bot.outgoing import gathered, outbox
from bot.outgoing.outbox import Telling
from bot.persons import absence, people
from bot.persons.directory import Agent
from bot.persons.may import may_read, sees_internal
from bot.ticket import cards, fields, files, history, tickets, watchers
from bot.ticket.cards import CARDS
from bot.ticket.messages import DOUBTS, shortened
from channels.base import ENCRYPTED, Attachment
from rules.facts import ActorRole, Status
from rules.names import Names

_LISTED: Final = frozenset({"sla_warning", "sla_breached", "overdue", "ticket_stale"})
"""The notices that a list of tickets can stand in for."""
Audience = Literal[
    "requester",
    "assignee",
    "former",
    "owner",
    "tier",
    "team",
    "workers",
    "followers",
    "on_call",
    "lead",
    "manager",
    "admins",
]


class Notify(Action, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Send the notice `notice` to `who`.

    `tier` is every agent of the ticket's tier; `workers` the assignee, or the tier while nobody took the ticket or the
    assignee is away; `former` who worked on it before it was passed on; `team` every agent of its team; `followers` the
    agents who said `#watch`; `on_call`, `lead` and `manager` one person, of the ticket's team, else of the assignee's,
    else the first there is. Who is away is sent nothing, unless all whom it could go to are. Agents are not told of
    what they did themselves, nor what they may not read, nor the same twice; nor is the tier called to a ticket that
    somebody took, settled or passed on in the same breath as it was opened. With `once`, nobody is sent this notice who
    had it about this ticket before. With `listed`, agents are sent one list of all such tickets on the next morning on
    which the desk opens, instead of the notice; what changed rules or calendars broke, for many tickets at once, they
    are always sent as one list.
    """

    who: Audience
    notice: str
    once: bool = False
    listed: bool = False

    def __post_init__(self) -> None:
        """Refuse, when the book is read, a list of what no list says."""
        if self.listed and self.notice not in _LISTED:
            raise ValueError(f"listed is for {', '.join(sorted(_LISTED))}; no list says what {self.notice} does")

    def wrong_names(self, names: Names) -> Iterator[tuple[str, str]]:
        """Refuse, when the book is read, a notice that does not exist or is not for its reader."""
        if wrong := wrong_notice(names, self.notice, "requesters" if self.who == "requester" else "agents"):
            yield "notice", wrong

    def apply(self, cause: Cause, raised: Raised, ticket: Ticket) -> None:
        """Queue the notice, once the rules are done: it shows what they made of the ticket."""
        cause.postpone(raised, lambda: self._tell(cause, raised, ticket))

    def _tell(self, cause: Cause, raised: Raised, ticket: Ticket) -> None:
        had = outbox.had(cause, ticket, self.notice) if self.once else frozenset()
        if self.who != "requester":
            self._tell_agents(cause, raised, ticket, had)
        elif not had:
            self._tell_requester(cause, raised, ticket)

    def _tell_requester(self, cause: Cause, raised: Raised, ticket: Ticket) -> None:
        values = _values(cause, raised, ticket)
        form = fields.to_ask(cause, ticket) if _asks(cause, ticket, self.notice) else []
        values["form"] = form
        if self.notice == "nudge":
            values["words"] = history.last_question(cause, ticket)
        if raised.facts.message is not None and raised.facts.message.internal:
            values |= {"words": "", "summary": ""}
        if self._say(cause, ticket, values) and form:
            fields.asked(cause, ticket, form)

    def _say(self, cause: Cause, ticket: Ticket, values: dict[str, Any]) -> bool:
        """What an agent has said by a macro goes out at once; status updates may have to wait."""
        if cause.macro:
            return outbox.tell_at_request(cause, ticket, self.notice, values) is not None
        if self.notice in closing.NOTICES:
            return closing.tell(cause, ticket, self.notice, values)
        if self.notice in updates.UPDATES:
            return updates.tell(cause, ticket, self.notice, values)
        return outbox.tell_requester(cause, ticket, self.notice, values) is not None

    def _tell_agents(self, cause: Cause, raised: Raised, ticket: Ticket, had: frozenset[str]) -> None:
        if self.who == "tier" and _is_settled(raised, ticket):
            return
        agents = _agents(cause, raised, ticket, self.who)
        if not agents:
            return
        values = _values(cause, raised, ticket)
        values["words"] = shortened(values["words"])
        same = ("told", cause.id, ticket.id, self.notice, str(values["words"]), str(values["reason"]))
        told: set[int] = cause.tx.scratch.setdefault(same, set())
        about = _written_to(cause, raised) or ticket
        own = cause.desk.books.notices.get(self.notice)
        note = own is not None and raised.facts.message is not None and raised.facts.message.internal
        if own is not None:
            values |= cards.of(cause, ticket, own.uses)
        elif self.notice in CARDS:
            values |= CARDS[self.notice](cause, ticket)
            values["history"] = _without_reason(values.get("history", []), values["reason"])
        for agent in agents:
            cleared = sees_internal(cause, people.person(cause.tx, agent.person_id), ticket)
            knows = agent.person_id in told or agent.address_on(agent.medium).address in had
            if cleared and agent.person_id != cause.actor.person_id and not knows:
                told.add(agent.person_id)
                if self.listed or gathered.retimed(raised.facts):
                    gathered.gather(cause, agent, raised, ticket)
                    continue
                place = {"passed_on": self.who in {"former", "owner"}, "owns": agent.person_id == ticket.owner_id}
                what = Telling(
                    agent=agent,
                    ticket=about,
                    notice=self.notice,
                    values=values | place,
                    files=_files(raised),
                    note=note,
                )
                outbox.tell(cause, what)


def _without_reason(story: list[dict[str, Any]], reason: str) -> list[dict[str, Any]]:
    """What was said, without the note that holds the reason, which the notice says by itself."""
    words = shortened(reason)
    same = (entry for entry in reversed(story) if words and entry["kind"] == "note" and entry["words"] == words)
    newest = next(same, None)
    return [entry for entry in story if entry is not newest]


def _written_to(cause: Cause, raised: Raised) -> Ticket | None:
    """The merged ticket of somebody else, on which they wrote: an agent's answer to the notice is then for them."""
    number = raised.details.get("written_to")
    merged = tickets.get(cause, int(number)) if number else None
    return merged if merged is not None and merged.requester_id != raised.ticket.requester_id else None


def _asks(cause: Cause, ticket: Ticket, notice: str) -> bool:
    """Whether this notice, in the requester's language, shows the form of what is missing."""
    language = people.person(cause.tx, ticket.requester_id).language or ticket.language
    own = cause.desk.books.notices.get(notice)
    text = own.text(notices.language_of(language)) if own is not None else None
    return "form" in text.uses if text is not None else "form" in notices.notice(notice).may_use


def _is_settled(raised: Raised, ticket: Ticket) -> bool:
    """Whether a new ticket was taken or settled since the event, or has gone to another tier, who hear of that."""
    facts = raised.facts.ticket
    return facts.status is Status.NEW and (ticket.status != Status.NEW or ticket.tier != facts.tier)


def _agents(cause: Cause, raised: Raised, ticket: Ticket, who: Audience) -> Sequence[Agent]:
    directory = cause.desk.directory
    former = int(raised.details.get("former") or 0)
    people_of = {"assignee": ticket.assignee_id, "owner": ticket.owner_id, "workers": ticket.assignee_id}
    agent = directory.by_person.get((people_of | {"former": former}).get(who) or 0)
    if agent is not None and agent.person_id not in absence.of(cause):
        return (agent,)
    if who in {"tier", "workers"}:
        return absence.present(cause, directory.of_tier(ticket.tier, ticket.team))
    if who == "team":
        return absence.present(cause, directory.of_team(ticket.team or ""))
    if who == "followers":
        away = absence.of(cause)
        return [agent for agent in watchers.followers(cause, ticket) if agent.person_id not in away]
    if who in {"on_call", "lead", "manager"}:
        return _in_charge(cause, ticket, who)
    return directory.admins() if who == "admins" else ()


def _in_charge(cause: Cause, ticket: Ticket, who: Audience) -> Sequence[Agent]:
    """The one who is on call, leads or manages; the next to ask where they are away or may not read it."""
    directory = cause.desk.directory
    assignee = directory.by_person.get(ticket.assignee_id or 0)
    teams = [team for team in (ticket.team, *(assignee.teams if assignee else ())) if team]
    found = directory.managers(teams) if who == "manager" else directory.leads(teams)
    if who == "on_call":
        found = [*directory.on_call(teams, cause.now), *found]
    return absence.present(cause, [agent for agent in found if may_read(agent, ticket)])[:1]


def _files(raised: Raised) -> tuple[Attachment, ...]:
    """The files that came with what was said; only their names where they are too large to send around."""
    return files.to_send_around(raised.said.files) if raised.said else ()


def _named(cause: Cause, person_id: int | None) -> str:
    agent = cause.desk.directory.by_person.get(person_id or 0)
    return agent.name if agent else ""


def _opens_at(cause: Cause, ticket: Ticket) -> datetime | None:
    """When the desk opens again, unless it is open or has promised to answer before."""
    opens = cause.desk.closed_until(cause.now)
    return None if opens and ticket.answer_by and ticket.answer_by < opens else opens


def _values(cause: Cause, raised: Raised, ticket: Ticket) -> dict[str, Any]:
    said, actor = raised.said, raised.facts.actor
    name = cause.desk.config.desk.name if actor.role is ActorRole.DESK else actor.name
    values: dict[str, Any] = {
        "answer_by": ticket.answer_by,
        "opens_at": _opens_at(cause, ticket),
        "words": said.words if said else ticket.resolution,
        "summary": said.words if said else ticket.subject,
        "attachments": [file.name for file in said.files] if said else [],
        "refused": list(said.refused_files) if said else [],
        "uncopied": files.uncopied(said.uncopied_files) if said else [],
        "author": {"name": name, "address": raised.details.get("address", "")},
        "actor": {"name": actor.name},
        "address": "",
        "reason": "",
        "mark": raised.facts.survey.mark if raised.facts.survey else 0,
        "comment": raised.facts.survey.comment if raised.facts.survey else "",
        "owner": _named(cause, ticket.owner_id),
        "assignee": _named(cause, ticket.assignee_id),
        "flags": [flag for flag in said.flags if flag in DOUBTS] if said else [],
        "via": ticket.channel,
        "solved": ticket.solved_at is not None,
        "sla": msgspec.to_builtins(raised.facts.sla, builtin_types=(datetime,)),
        "encrypted": said is not None and said.text == ENCRYPTED,
    }
    return values | dict(raised.details)
