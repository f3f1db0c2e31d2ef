"""What the command line can ask of the desk, in this process or in the one that serves: JSON in, JSON out."""

import zlib
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import ColumnElement, func, select

from bot import alarms, verbs
from bot.cause import Actor, Cause
from bot.db.models import (
    OPEN,
    UNFINISHED,
    Alarm,
    Asset,
    Base,
    Blob,
    Delivery,
    File,
    Inbox,
    Message,
    Person,
    Ticket,
    is_one_of,
)
from bot.db.tx import Tx, Unit
from bot.desk import Desk
from bot.due import agenda
from bot.errors import NotDone, RolledBack
from bot.followup import announcing
from bot.ids import LARGEST_ID, new_id
from bot.intake import calls, inbox, oldmail
from bot.intake.screening import QUARANTINE
from bot.judging import trial, why
from bot.judging.react import react
from bot.persons import linking, people
from bot.persons.may import may, sees_internal
from bot.ticket import fields, files, lifecycle, messages, tickets
from bot.timing import promises
from bot.verbs import Refusal
from bot.verbs.details import field_and_value, named_category
from channels.base import Address, Incoming

Json = Any
Row = TypeVar("Row", bound=Base)
Arguments = Mapping[str, Json]
Operation = Callable[[Tx, Desk, Arguments], Json]


def unit(desk: Desk, name: str, arguments: Arguments) -> Unit[Json]:
    """The named operation as a unit of work. Raises NotDone when it runs, KeyError now for an unknown name."""
    operation = OPERATIONS[name]
    return lambda tx: operation(tx, desk, arguments)


def _verb(tx: Tx, desk: Desk, arguments: Arguments) -> Json:
    """`verb`, `as` (a handle or mail address), `ticket`, `argument`, `words` → `title`, `lines`, `data`."""
    person, actor = _acting(tx, desk, arguments["as"])
    cause = Cause(tx, desk, f"verb:{new_id()}", actor=actor)
    ticket = _ticket(cause, arguments["ticket"]) if arguments.get("ticket") else None
    try:
        reply = verbs.perform(
            cause, person, arguments["verb"], ticket, arguments.get("argument", ""), arguments.get("words", "")
        )
    except Refusal as refusal:
        raise NotDone(str(refusal)) from refusal
    react(cause)
    return {"title": str(reply.title), "lines": list(reply.lines), "data": reply.data}


def _log(tx: Tx, desk: Desk, arguments: Arguments) -> Json:
    """`as`, `for` (a mail address), `name`, `via`, `subject`, `words`, `solved`, `category`, `fields` → the number."""
    agent, actor = _acting(tx, desk, arguments["as"])
    cause = Cause(tx, desk, f"log:{new_id()}", actor=actor)
    if not may(cause, agent, "log"):
        raise NotDone(f"{arguments['as']} may not log a contact; agents may")
    requester = people.meet(tx, "email", Address(arguments["for"], arguments.get("name", "")))
    what = messages.words_only(arguments["words"])
    via = arguments["via"].replace("-", "_")
    ticket = lifecycle.open_ticket(
        cause,
        requester,
        what,
        channel="email",
        via=via,
        subject=arguments["subject"],
        team=desk.directory.only_team_of(agent.id),
    )
    _say_details(cause, ticket, arguments)
    if arguments.get("solved"):
        lifecycle.solve(cause, ticket, agent, messages.words_only(""))
    react(cause)
    return {"number": ticket.id}


def _say_details(cause: Cause, ticket: Ticket, arguments: Arguments) -> None:
    """What an agent who logs a contact says of its category and fields."""
    written = arguments.get("fields", ())
    try:
        if arguments.get("category"):
            chosen = named_category(cause.desk.books.categories.values(), arguments["category"])
            lifecycle.set_category(cause, ticket, chosen.name)
        elif written:
            raise NotDone("fields belong to a category; say which with --category")
        for one in written:
            known = cause.desk.books.categories[ticket.category or ""].fields
            fields.set_by_hand(cause, ticket, *field_and_value(known, one))
    except Refusal as refusal:
        raise NotDone(str(refusal)) from refusal


def _files_list(tx: Tx, desk: Desk, arguments: Arguments) -> Json:
    """`as`, `ticket` → `name`, `size` and `sha256` of each file that came with it, the oldest first."""
    ticket = _read_by(tx, desk, arguments)
    rows = tx.session.scalars(
        select(File)
        .join(Message, Message.id == File.message_id)
        .where(Message.ticket_id == ticket.id)
        .order_by(File.id)
    )
    return [{"name": row.name, "size": row.size, "sha256": row.sha256} for row in rows]


def _files_source(tx: Tx, desk: Desk, arguments: Arguments) -> Json:
    """`as`, `ticket`, `sha256` → the bytes of a file as `content`, or of what it came with as `payload`."""
    ticket, sha256 = _read_by(tx, desk, arguments), arguments["sha256"]
    held = files.HOLDING.where(Message.ticket_id == ticket.id).limit(1)
    row = tx.session.scalars(held, {"sha256": sha256}).first()
    if row is not None:
        raw = inbox.as_raw(row)
        return {"channel": raw.channel, "payload": b64encode(raw.payload).decode()}
    blob = tx.session.get(Blob, sha256)
    if blob is None:
        raise NotDone(f"no file of #{ticket.id} is kept under {sha256}")
    return {"content": b64encode(blob.content).decode()}


def _read_by(tx: Tx, desk: Desk, arguments: Arguments) -> Ticket:
    """The ticket, for somebody who may read all of it."""
    person, actor = _acting(tx, desk, arguments["as"])
    cause = Cause(tx, desk, f"files:{new_id()}", actor=actor)
    ticket = _ticket(cause, arguments["ticket"])
    if not sees_internal(cause, person, ticket):
        raise NotDone(f"{actor.name} may not have the files of #{ticket.id}; agents may")
    return ticket


def _inbox_list(tx: Tx, desk: Desk, arguments: Arguments) -> Json:
    state = arguments.get("state", "dead")
    rows = tx.session.scalars(select(Inbox).where(is_one_of(Inbox.state, state)).order_by(Inbox.id.desc()).limit(200))
    return [_inbox_row(row) for row in rows]


def _inbox_show(tx: Tx, desk: Desk, arguments: Arguments) -> Json:
    row = _found(tx, Inbox, "inbox row", arguments["id"])
    return _inbox_row(row) | {"meta": row.meta, "payload": inbox.as_raw(row).payload.decode("utf-8", "replace")}


def _inbox_find(tx: Tx, desk: Desk, arguments: Arguments) -> Json:
    """`lane`, `after` (an id) → how the newest message in that lane came and its header; null if there is none."""
    wanted = select(Inbox).where(Inbox.id > arguments["after"], Inbox.lane == arguments["lane"])
    row = tx.session.scalars(wanted.order_by(Inbox.id.desc()).limit(1)).first()
    if row is None:
        return None
    header = inbox.as_raw(row).payload.partition(b"\r\n\r\n")[0]
    return {"id": row.id, "meta": row.meta, "header": header.decode("utf-8", "replace")}


def _inbox_retry(tx: Tx, desk: Desk, arguments: Arguments) -> Json:
    if abs(arguments["id"]) > LARGEST_ID or not inbox.replay(tx, arguments["id"]):
        raise NotDone(f"there is no dead letter {arguments['id']} in the inbox; see: firstline inbox list")
    _see_to_alarm(tx)
    return {"id": arguments["id"], "state": "new"}


def _inbox_release(tx: Tx, desk: Desk, arguments: Arguments) -> Json:
    """`id`, `as` → the row: what was parked is taken in as a requester's, with no agent's rights."""
    person, actor = _acting(tx, desk, arguments["as"])
    cause = Cause(tx, desk, f"release:{new_id()}", actor=actor)
    if not may(cause, person, "release"):
        raise NotDone(f"{actor.name} may not release what was parked; an agent with the role admin may")
    row = _found(tx, Inbox, "inbox row", arguments["id"])
    if not inbox.release(tx, row.id):
        raise NotDone(f"inbox row {row.id} is {row.state}; only what is dead or dropped can be released")
    cause.audit("released", row.ticket_id, inbox=row.id)
    _see_to_alarm(tx)
    return {"id": row.id, "state": "new"}


def _inbox_drop(tx: Tx, desk: Desk, arguments: Arguments) -> Json:
    row = _found(tx, Inbox, "inbox row", arguments["id"])
    if row.state != "dead":
        raise NotDone(f"inbox row {row.id} is {row.state}; only dead letters can be dropped")
    row.state = "dropped"
    _see_to_alarm(tx)
    return _inbox_row(row)


def _quarantine_list(tx: Tx, desk: Desk, arguments: Arguments) -> Json:
    return _inbox_list(tx, desk, {"state": QUARANTINE})


def _quarantine_show(tx: Tx, desk: Desk, arguments: Arguments) -> Json:
    row = _in_quarantine(tx, arguments["id"])
    return _inbox_show(tx, desk, {"id": row.id})


def _quarantine_release(tx: Tx, desk: Desk, arguments: Arguments) -> Json:
    """`id`, `as` → the row: it is taken in as if it had just come."""
    cause = _deciding(tx, desk, arguments["as"])
    row = _in_quarantine(tx, arguments["id"])
    inbox.release_quarantined(tx, row.id)
    cause.audit("released", None, inbox=row.id)
    return {"id": row.id, "state": "new"}


def _quarantine_drop(tx: Tx, desk: Desk, arguments: Arguments) -> Json:
    """`id`, `as` → the row: it stays on record, and nothing is made of it."""
    cause = _deciding(tx, desk, arguments["as"])
    row = _in_quarantine(tx, arguments["id"])
    row.state = "dropped"
    cause.audit("dropped", None, inbox=row.id)
    return _inbox_row(row)


def _deciding(tx: Tx, desk: Desk, who: str) -> Cause:
    person, actor = _acting(tx, desk, who)
    cause = Cause(tx, desk, f"quarantine:{new_id()}", actor=actor)
    if not may(cause, person, "quarantine"):
        raise NotDone(f"{actor.name} may not decide about what is in quarantine; agents may")
    return cause


def _in_quarantine(tx: Tx, row_id: int) -> Inbox:
    row = _found(tx, Inbox, "inbox row", row_id)
    if row.state != QUARANTINE:
        raise NotDone(f"inbox row {row_id} is {row.state}, and not in quarantine; see: firstline quarantine list")
    return row


def _see_to_alarm(tx: Tx) -> None:
    """With the last dead letter the alarm is over, so that the next one is told again."""
    tx.flush()
    if tx.session.scalar(select(Inbox.id).where(is_one_of(Inbox.state, "dead")).limit(1)) is None:
        alarms.clear_alarm(tx, alarms.DEAD_LETTERS)


def _outbox_list(tx: Tx, desk: Desk, arguments: Arguments) -> Json:
    states = [arguments["state"]] if arguments.get("state") else [*UNFINISHED, "failed"]
    query = select(Delivery).where(is_one_of(Delivery.state, *states)).order_by(Delivery.id.desc()).limit(200)
    return [_outbox_row(row) for row in tx.session.scalars(query)]


def _outbox_show(tx: Tx, desk: Desk, arguments: Arguments) -> Json:
    row = _found(tx, Delivery, "outbox row", arguments["id"])
    return _outbox_row(row) | {
        "outgoing": row.outgoing.decode(),
        "rendered": zlib.decompress(row.rendered).decode("utf-8", "replace") if row.rendered else "",
    }


def _outbox_retry(tx: Tx, desk: Desk, arguments: Arguments) -> Json:
    row = _found(tx, Delivery, "outbox row", arguments["id"])
    state = "queued" if row.state == "failed" else row.state
    changes = {"state": state, "due_at": tx.now, "queued_at": tx.now, "attempts": 0, "late": False}
    return _move_delivery(tx, arguments["id"], ("failed", "queued", "unsure"), changes)


def _outbox_drop(tx: Tx, desk: Desk, arguments: Arguments) -> Json:
    return _move_delivery(tx, arguments["id"], ("failed", "queued", "unsure"), {"state": "dropped"})


def _import(tx: Tx, desk: Desk, arguments: Arguments) -> Json:
    """`mails`, `status` → how many of the old mails are new, and how many were here before."""
    if arguments["status"] not in oldmail.STATUSES:
        raise NotDone(f"old mail makes tickets that are {' or '.join(oldmail.STATUSES)}, not {arguments['status']}")
    return oldmail.hand_over(tx, arguments["mails"], arguments["status"])


def _people_import(tx: Tx, desk: Desk, arguments: Arguments) -> Json:
    """`rows`: dicts of e-mail, name, department, manager, language, zone, vip → counts. Managers may come later."""
    counts = {"new": 0, "changed": 0}
    for row in arguments["rows"]:
        known = people.by_address(tx, "email", row["email"]) is not None
        person = people.meet(tx, "email", Address(row["email"], row.get("name", "")))
        person.name = row.get("name") or person.name
        person.department = row.get("department") or person.department
        person.language = row.get("language") or person.language
        person.zone = row.get("zone") or person.zone
        person.vip = row.get("vip", person.vip)
        person.known = True
        counts["changed" if known else "new"] += 1
    managers = {row["email"]: row["manager"] for row in arguments["rows"] if row.get("manager")}
    for address in managers.values():
        people.meet(tx, "email", Address(address))
    tx.flush()
    for email, address in managers.items():
        people.meet(tx, "email", Address(email)).manager_id = people.meet(tx, "email", Address(address)).id
    return counts


def _people_link(tx: Tx, desk: Desk, arguments: Arguments) -> Json:
    """`channel`, `address` (on it), `mail` → `name`: the two are one person from now on."""
    cause = Cause(tx, desk, f"people:{new_id()}", actor=Actor(role="admin", name="command line"))
    present = people.meet(tx, arguments["channel"], Address(arguments["address"]))
    tx.flush()
    person = linking.join(cause, present, arguments["channel"], arguments["address"], arguments["mail"])
    return {"name": person.name}


def _assets_import(tx: Tx, desk: Desk, arguments: Arguments) -> Json:
    """`rows`: dicts of number, kind, description, critical, person (a mail address) → counts."""
    counts = {"new": 0, "changed": 0}
    for row in arguments["rows"]:
        asset = tx.session.scalar(select(Asset).where(Asset.number == row["number"]))
        counts["new" if asset is None else "changed"] += 1
        if asset is None:
            asset = Asset(id=new_id(), number=row["number"])
            tx.add(asset)
            tx.scratch.pop(fields.ANY_ASSETS, None)
        asset.kind = row.get("kind") or asset.kind or ""
        asset.description = row.get("description") or asset.description or ""
        asset.critical = row.get("critical", asset.critical)
        if row.get("person"):
            asset.person_id = people.meet(tx, "email", Address(row["person"])).id
        tx.flush()
    return counts


def _rules_explain(tx: Tx, desk: Desk, arguments: Arguments) -> Json:
    """`ticket`, and `event` (its place on the ticket) or `at` (a time) → the subject and the explained events."""
    ticket = tickets.get(Cause(tx, desk, f"explain:{new_id()}"), arguments["ticket"])
    if ticket is None:
        raise NotDone(f"there is no ticket #{arguments['ticket']}")
    at = _moment(desk, arguments["at"]) if arguments.get("at") else None
    events = why.of_ticket(tx.session, ticket.id, place=arguments.get("event"), at=at)
    if not events:
        raise NotDone(f"#{ticket.id} has no such event; firstline rules explain --ticket {ticket.id} shows all")
    return {"ticket": ticket.id, "subject": ticket.subject, "events": events}


def _moment(desk: Desk, written: str) -> datetime:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise NotDone(f"{written!r} is not a time; write it like 2026-11-30T08:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(desk.config.desk.zone))


def _rules_try(tx: Tx, desk: Desk, arguments: Arguments) -> Json:
    """`channel`, `incoming` (as JSON) → what would become of it, and the explained events; nothing of it stays."""
    incoming = msgspec.json.decode(arguments["incoming"], type=Incoming)
    raise RolledBack(trial.tried(tx, desk, arguments["channel"], incoming))


def _status(tx: Tx, desk: Desk, arguments: Arguments) -> Json:
    """How the desk is: what waits, the alarms that are up, and those that were cleared lately."""

    def count(condition: ColumnElement[bool]) -> int:
        return tx.session.scalar(select(func.count()).where(condition)) or 0

    return {
        "inbox_waiting": count(is_one_of(Inbox.state, "new", *inbox.BLOCKING)),
        "dead_letters": count(is_one_of(Inbox.state, "dead")),
        "in_quarantine": count(is_one_of(Inbox.state, QUARANTINE)),
        "outbox_waiting": count(is_one_of(Delivery.state, *UNFINISHED)),
        "outbox_failed": count(is_one_of(Delivery.state, "failed")),
        "open_tickets": count(is_one_of(Ticket.status, *OPEN)),
        "alarms": [_alarm_row(alarm) for alarm in alarms.raised_alarms(tx.session)],
        "cleared": [_alarm_row(alarm) for alarm in alarms.recently_cleared(tx.session, tx.now)],
    }


def _sla_explain(tx: Tx, desk: Desk, arguments: Arguments) -> Json:
    """`ticket`, `as` → what was promised for the ticket, with the arithmetic of each promise."""
    person, actor = _acting(tx, desk, arguments["as"])
    cause = Cause(tx, desk, f"explain:{new_id()}", actor=actor)
    ticket = _ticket(cause, arguments["ticket"])
    if not sees_internal(cause, person, ticket):
        raise NotDone(f"{actor.name} may not see what was promised for #{ticket.id}; agents may")
    return promises.explain(cause, ticket)


OPERATIONS: Final[Mapping[str, Operation]] = {
    "verb": _verb,
    "log": _log,
    "files.list": _files_list,
    "files.source": _files_source,
    "inbox.list": _inbox_list,
    "inbox.show": _inbox_show,
    "inbox.find": _inbox_find,
    "inbox.retry": _inbox_retry,
    "inbox.release": _inbox_release,
    "inbox.drop": _inbox_drop,
    "quarantine.list": _quarantine_list,
    "quarantine.show": _quarantine_show,
    "quarantine.release": _quarantine_release,
    "quarantine.drop": _quarantine_drop,
    "outbox.list": _outbox_list,
    "outbox.show": _outbox_show,
    "outbox.retry": _outbox_retry,
    "outbox.drop": _outbox_drop,
    **agenda.OPERATIONS,
    **announcing.OPERATIONS,
    "import": _import,
    "calls.import": calls.take,
    "people.import": _people_import,
    "people.link": _people_link,
    "assets.import": _assets_import,
    "rules.explain": _rules_explain,
    "rules.try": _rules_try,
    "sla.explain": _sla_explain,
    "status": _status,
}


def _acting(tx: Tx, desk: Desk, who: str) -> tuple[Person, Actor]:
    """The person who acts: an agent's handle, or anybody's mail address; empty for the first administrator."""
    if not who:
        admins = desk.directory.admins() or desk.directory.agents
        if not admins:
            raise NotDone("there are no agents in the configuration; say who acts with --as")
        who = admins[0].handle
    agent = desk.directory.by_handle.get(who)
    if agent is not None:
        return people.person(tx, agent.person_id), agent.actor
    found = people.by_address(tx, "email", who)
    if found is None:
        raise NotDone(f"there is nobody called {who!r}; give an agent's handle or a known mail address")
    person = found[0]
    agent = desk.directory.by_person.get(person.id)
    if agent is not None:
        return person, agent.actor
    return person, Actor(role="requester", name=person.name or who, person_id=person.id)


def _ticket(cause: Cause, number: int) -> Ticket:
    ticket = tickets.get(cause, number)
    if ticket is None:
        raise NotDone(f"there is no ticket #{number}")
    return ticket


def _found(tx: Tx, table: type[Row], what: str, row_id: int) -> Row:
    """The row, held until the end of the transaction: what is decided about it is decided once."""
    known = abs(row_id) <= LARGEST_ID
    row = tx.session.get(table, row_id, with_for_update=tx.dialect == "postgresql") if known else None
    if row is None:
        raise NotDone(f"there is no {what} {row_id}")
    return row


def _move_delivery(tx: Tx, row_id: int, states: tuple[str, ...], changes: dict[str, Any]) -> Json:
    row = _found(tx, Delivery, "outbox row", row_id)
    if row.state not in states:
        raise NotDone(f"outbox row {row_id} is {row.state}; only {', '.join(states)} ones can be moved")
    for name, value in changes.items():
        setattr(row, name, value)
    tx.wake("delivery")
    return _outbox_row(row)


def _inbox_row(row: Inbox) -> dict[str, Any]:
    return {
        "id": row.id,
        "channel": row.channel,
        "received_at": row.received_at.isoformat(),
        "state": row.state,
        "outcome": row.outcome,
        "ticket": row.ticket_id,
    }


def _outbox_row(row: Delivery) -> dict[str, Any]:
    return {
        "id": row.id,
        "channel": row.channel,
        "recipient": row.recipient,
        "notice": row.notice,
        "ticket": row.ticket_id,
        "state": row.state,
        "attempts": row.attempts,
        "due_at": row.due_at.isoformat(),
        "error": row.error,
    }


def _alarm_row(alarm: Alarm) -> dict[str, Any]:
    return {
        "name": alarm.name,
        "detail": alarm.detail,
        "since": alarm.raised_at.isoformat(),
        "times": alarm.times,
        "cleared": alarm.cleared_at.isoformat() if alarm.cleared_at else None,
    }
