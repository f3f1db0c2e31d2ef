"""Verbs that only look: show, mine, search."""

from collections.abc import Mapping
from datetime import datetime
from operator import itemgetter
from typing import Any, Final
from zoneinfo import ZoneInfo

from bot.cause import Cause
from bot.db.models import Person, Ticket
from bot.judging.events import tags_of
from bot.notice.markup import as_words
from bot.notice.values import person_values
from bot.notice.wording import STATUSES, TARGETS, Text, gettext
from bot.persons import people
from bot.persons.may import may, sees_internal
from bot.ticket import cards, fields, finding, history, tickets, watchers
from bot.timing import sla
from bot.verbs import Apply, Call, Refusal, Reply, Shown, verb
from rules.categories import Category, Field

_IN_FULL: Final = "full"
_ALL: Final = "all"
_NOTHING: Final[dict[str, Any]] = {"due_at": None, "overdue": False}
"""Where nothing is promised, or nothing that this reader is told of."""


@verb(
    usage=gettext("#show NUMBER, or #show NUMBER full"),
    help=gettext("A ticket with all that was said; “full” leaves in what was quoted, and signatures."),
    on_ticket=False,
)
def show(call: Call) -> Apply:
    number = " ".join(word for word in call.argument.split() if word.lower() != _IN_FULL).lstrip("#")
    ticket = tickets.named(call.cause, number) if number.isdigit() else call.ticket
    if ticket is None or not may(call.cause, call.person, "show", ticket):
        why = gettext("there is no ticket %(name)s that you may see: #show 42", name=call.argument or "…")
        raise Refusal(why)
    current = tickets.goes_on_in(call.cause, ticket)
    whole = sees_internal(call.cause, call.person, ticket) and sees_internal(call.cause, call.person, current)
    return lambda: _shown(call, current if whole else ticket)


@verb(
    usage=Text("#mine"),
    help=gettext("The open tickets you work on, own or asked for: overdue or due within a day first, then the oldest."),
    on_ticket=False,
)
def mine(call: Call) -> Apply:
    return lambda: _list(call, gettext("Your open tickets"), tickets.of_person(call.cause, call.person.id))


@verb(
    usage=gettext("#tickets, #tickets TEAM, or #tickets all"),
    help=gettext(
        "The open tickets of your teams, of one, or of all: overdue or due within a day first, then the oldest."
    ),
    on_ticket=False,
)
def tickets_(call: Call) -> Apply:
    known = [team.name for team in call.cause.desk.config.team]
    wanted = call.argument.strip()
    if wanted and wanted != _ALL and wanted not in known:
        names = ", ".join(known)
        raise Refusal(gettext("there is no team “%(name)s”; write one of: %(known)s", name=wanted, known=names))
    agent = call.cause.desk.directory.by_person[call.person.id]
    teams = None if wanted == _ALL else [wanted] if wanted else agent.teams

    def apply() -> Reply:
        found = tickets.of_teams(call.cause, teams)
        return _list(call, gettext("Open tickets"), [one for one in found if may(call.cause, call.person, "show", one)])

    return apply


@verb(usage=gettext("#search WORDS"), help=gettext("Tickets with all these words, the newest first."), on_ticket=False)
def search(call: Call) -> Apply:
    if not call.argument.strip():
        raise Refusal(gettext("#search needs words: #search printer basement"))
    if len(call.argument.split()) > finding.MOST_WORDS:
        most = finding.MOST_WORDS
        raise Refusal(gettext("#search takes %(most)s words at most: #search printer basement", most=most))

    def apply() -> Reply:
        agent = call.person.id in call.cause.desk.directory.by_person
        found = finding.find(call.cause, call.argument, party=None if agent else call.person.id)
        seen = [ticket for ticket in found if may(call.cause, call.person, "show", ticket)]
        return _list(call, gettext("Tickets with “%(words)s”", words=call.argument), seen)

    return apply


def _shown(call: Call, ticket: Ticket) -> Reply:
    internal = sees_internal(call.cause, call.person, ticket)
    if internal:
        said = _in_full(call.cause, ticket) if _is_full(call) else history.whole(call.cause, ticket)
    else:
        said = [entry for entry in history.entries(call.cause, ticket) if not entry["internal"]]
    promises = sla.promises_of(call.cause, [ticket.id])[ticket.id] if internal else []
    lines = [_line(call.cause, entry) for entry in said]
    if internal:
        head = (*_head(call.cause, ticket), *(_promise(call.cause, one) for one in promises))
        lines = [*head, *(part for line in lines for part in ("", line))]
    data = ticket_data(call, ticket) | ({"promises": _as_json(promises)} if internal else {})
    data |= {
        "messages": [
            {name: entry[name] for name in ("author", "at", "kind", "channel")} | {"words": as_words(entry["words"])}
            for entry in said
        ]
    }
    shown = (
        Shown(notice="ticket_show", values=_card(call.cause, ticket, said, promises), ticket=ticket)
        if internal
        else None
    )
    values = {"number": ticket.id, "subject": ticket.subject, "status": STATUSES[ticket.status]}
    return Reply(title=Text("#%(number)s %(subject)s (%(status)s)", values), lines=tuple(lines), data=data, shown=shown)


def _is_full(call: Call) -> bool:
    return _IN_FULL in call.argument.lower().split()


def _in_full(cause: Cause, ticket: Ticket) -> list[dict[str, Any]]:
    """All that was said, and what rules changed and why, in the order in which it was."""
    return sorted(history.in_full(cause, ticket) + history.changes(cause, ticket), key=itemgetter("at"))


def _line(cause: Cause, entry: dict[str, Any]) -> str:
    note = entry["internal"] and entry["kind"] != "change"
    author = f"{entry['author']} (internal)" if note else entry["author"]
    return f"{_moment(cause, entry['at'])} {author}: {as_words(entry['words'])}"


def _head(cause: Cause, ticket: Ticket) -> list[str]:
    """How it stands, who is on it and what is known, as lines of a ticket: for agents."""
    card, requester = _card(cause, ticket, [], []), people.person(cause.tx, ticket.requester_id)
    category, asset, tags = card["category"], card["asset"], tags_of(cause, ticket.id)
    critical = " (critical)" if asset and asset["critical"] else ""
    said = {
        "priority": f"{ticket.priority} (impact {ticket.impact}, urgency {ticket.urgency})",
        "requester": ", ".join(filter(None, (requester.name, _address(cause, requester), requester.department))),
        "owner": card["owner"],
        "works on it": card["assignee"] or "nobody",
        "tier": f"{ticket.tier} of {ticket.team}" if ticket.team else str(ticket.tier),
        "tags": ", ".join(tags),
        "category": _called(category) if category else "",
        "asset": f"{asset['number']} {asset['kind']}".strip() + critical if asset else "",
    }
    said |= {_called(entry["field"]): entry["value"] for entry in card["fields"]}
    said |= {"not known yet": ", ".join(_called(field) for field in card["missing"])}
    return [f"{name}: {value}" for name, value in said.items() if value]


def _called(named: Category | Field | str) -> str:
    return named if isinstance(named, str) else named.called("en")


def _promise(cause: Cause, promise: dict[str, Any]) -> str:
    """What is promised, as a line of a ticket."""
    return f"{TARGETS[promise['target']]}: {_due(cause, promise) or 'the time stands still'}"


def _due(cause: Cause, promise: dict[str, Any]) -> str:
    if promise["due_at"] is None:
        return ""
    return f"{'overdue since' if promise['overdue'] else 'due'} {_moment(cause, promise['due_at'])}"


def _moment(cause: Cause, at: datetime) -> str:
    return f"{at.astimezone(ZoneInfo(cause.desk.config.desk.zone)):%d %b %H:%M}"


def _as_json(promises: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one | {"due_at": one["due_at"].isoformat() if one["due_at"] else None} for one in promises]


def _card(cause: Cause, ticket: Ticket, said: list[dict[str, Any]], promises: list[dict[str, Any]]) -> dict[str, Any]:
    """What `ticket_show` says beside what every notice may."""
    return {
        "owner": people.person(cause.tx, ticket.owner_id).name,
        "assignee": people.person(cause.tx, ticket.assignee_id).name if ticket.assignee_id else None,
        "people": [person_values(person, _address(cause, person)) for person in watchers.everybody(cause, ticket)],
        "promises": promises,
        "history": said,
    } | cards.details(cause, ticket)


def _address(cause: Cause, person: Person) -> str:
    return people.written_address(cause.tx, person.id, "email")


def _list(call: Call, title: Text, found: list[Ticket]) -> Reply:
    seen = [ticket.id for ticket in found if sees_internal(call.cause, call.person, ticket)]
    promises = sla.promises_of(call.cause, seen)
    next_due = due_next(promises)
    rows = [
        ticket_data(call, ticket) | ({"promises": _as_json(promises[ticket.id])} if ticket.id in promises else {})
        for ticket in found
    ]
    lines = tuple(_row(call.cause, row, next_due.get(row["number"], _NOTHING)) for row in rows)
    listed = [list_row(call.cause, ticket) | next_due.get(ticket.id, _NOTHING) for ticket in found]
    shown = Shown(notice="ticket_list", values={"title": title, "tickets": listed})
    return Reply(title=title, lines=lines or ("none",), data=rows, shown=shown)


def due_next(promises: Mapping[int, list[dict[str, Any]]]) -> dict[int, dict[str, Any]]:
    """What is due next of what `sla.promises_of` found, by ticket."""
    return {number: next(iter(ones), _NOTHING) for number, ones in promises.items()}


def _row(cause: Cause, row: dict[str, Any], promise: dict[str, Any]) -> str:
    """A ticket as a line of a list."""
    said = [row["status"], row["priority"], _due(cause, promise)]
    return f"#{row['number']} {row['subject']} — {', '.join(word for word in said if word)}"


def list_row(cause: Cause, ticket: Ticket) -> dict[str, Any]:
    """What `ticket_list` says of one."""
    requester = people.person(cause.tx, ticket.requester_id)
    return {
        "number": ticket.id,
        "subject": ticket.subject,
        "priority": ticket.priority,
        "status": ticket.status,
        "requester": requester.name or _address(cause, requester),
        "age": cause.now - ticket.created_at,
    } | _NOTHING


def ticket_data(call: Call, ticket: Ticket) -> dict[str, Any]:
    """A ticket as JSON, with its tier, team and tags for those who may see what is internal."""
    cause = call.cause

    def name(person_id: int | None) -> str | None:
        return people.person(cause.tx, person_id).name if person_id else None

    def moment(at: datetime | None) -> str | None:
        return at.isoformat() if at else None

    asset = fields.asset_of(cause, ticket)
    data = {
        "number": ticket.id,
        "subject": ticket.subject,
        "status": str(ticket.status),
        "priority": ticket.priority,
        "category": ticket.category,
        "asset": asset.number if asset is not None else None,
        "fields": dict(ticket.fields),
        "missing": [field.name for field in fields.missing(cause, ticket)],
        "channel": ticket.channel,
        "requester": name(ticket.requester_id),
        "owner": name(ticket.owner_id),
        "assignee": name(ticket.assignee_id),
        "opened_at": moment(ticket.created_at),
        "answer_by": moment(ticket.answer_by),
        "solved_at": moment(ticket.solved_at),
    }
    if sees_internal(cause, call.person, ticket):
        data |= {"tier": ticket.tier, "team": ticket.team, "tags": list(tags_of(cause, ticket.id))}
    return data
