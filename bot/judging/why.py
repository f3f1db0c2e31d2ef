"""Why: the stored events of a ticket, the rules that were looked at for each, and what those changed.

Facts, audit and the books of then are all there is to it, so the past explains itself also after books have changed.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from bot.actions import actions
from bot.db.models import AuditEntry, Book, Event
from bot.judging import explain
from bot.judging.explain import Rule
from rules.conditions import ConditionError
from rules.facts import Facts
from rules.kinds import Books
from rules.loader import load_stored
from rules.problems import RuleBookError
from rules.reasons import because, reasons, written

FIRED: Final = "rule_fired"
RULE: Final = "rule "
_MACRO: Final = "#macro "
COLUMNS: Final = (
    Event.id,
    Event.ticket_id,
    Event.name,
    Event.at,
    Event.facts,
    Event.books,
    Event.cause,
    Event.depth,
    Event.parent_id,
)
_decoder: Final = msgspec.json.Decoder(Facts)


class Stored(Struct, frozen=True):
    """An event as its row holds it."""

    id: int
    ticket_id: int
    name: str
    at: datetime
    facts: bytes
    books: str
    cause: str
    depth: int
    parent: int | None


class KeptBooks:
    """The books that were once in force, by hash; each is read once."""

    def __init__(self) -> None:
        self._read: dict[str, Books | None] = {}
        self._rules: dict[str, dict[str, Rule]] = {}

    def learn(self, session: Session, hashes: Iterable[str]) -> None:
        """Read those that are not known yet."""
        for hash_ in set(hashes) - self._read.keys():
            content = session.scalar(select(Book.content).where(Book.hash == hash_))
            books = self._read[hash_] = _books(content) if content else None
            self._rules[hash_] = {rule.name: rule for rule in explain.all_rules(books)} if books else {}

    def get(self, hash_: str) -> Books | None:
        """The books, or None where they are not kept or say what this version does not know any more."""
        return self._read[hash_]

    def rules(self, hash_: str) -> Mapping[str, Rule]:
        """Their rules by name."""
        return self._rules[hash_]


def _books(content: str) -> Books | None:
    try:
        return load_stored(msgspec.json.decode(content)["books"], actions())
    except RuleBookError:
        return None


def of_ticket(
    session: Session, ticket_id: int, *, place: int | None = None, at: datetime | None = None
) -> list[dict[str, Any]]:
    """The events of a ticket, explained: all, the one at a place (from 1), or those of the last cause up to `at`."""
    rows = _stored(session, Event.ticket_id == ticket_id)
    numbered = list(enumerate(rows, start=1))
    if place is not None:
        numbered = [(number, row) for number, row in numbered if number == place]
    elif at is not None:
        causes = [row.cause for row in rows if row.at <= at]
        numbered = [(number, row) for number, row in numbered if row.cause in causes[-1:]]
    return _explained(session, numbered)


def of_cause(session: Session, cause: str, *, since: int) -> list[dict[str, Any]]:
    """What one cause made happen, explained; `since` is an id that is older than all of it."""
    rows = _stored(session, Event.id > since, Event.cause == cause)
    return _explained(session, list(enumerate(rows, start=1)))


def _stored(session: Session, *where: ColumnElement[bool]) -> list[Stored]:
    return [Stored(*row) for row in session.execute(select(*COLUMNS).where(*where).order_by(Event.id))]


def of_changes(session: Session, entries: Sequence[AuditEntry]) -> dict[int, str]:
    """What decided each rule that made these audit entries, by the id of the entry; empty where it is not known."""
    kept, wanted = KeptBooks(), {entry.event_id for entry in entries if entry.event_id is not None}
    events = {event.id: event for event in _stored(session, Event.id.in_(wanted))}
    kept.learn(session, (event.books for event in events.values()))
    return {entry.id: _because(kept, events.get(entry.event_id or 0), entry.actor) for entry in entries}


def _because(kept: KeptBooks, event: Stored | None, actor: str) -> str:
    rule = kept.rules(event.books).get(actor.removeprefix(RULE)) if event is not None else None
    return because(rule.when, _decoder.decode(event.facts)) if event is not None and rule is not None else ""


def _explained(session: Session, numbered: Sequence[tuple[int, Stored]]) -> list[dict[str, Any]]:
    kept, done = KeptBooks(), _done(session, [row for _, row in numbered])
    kept.learn(session, (row.books for _, row in numbered))
    turns: defaultdict[tuple[str, int], set[str]] = defaultdict(set)
    found = []
    for number, row in numbered:
        facts, books = _decoder.decode(row.facts), kept.get(row.books)
        rules = _looked_at(books, kept.rules(row.books), row.name, done[row.id]) if books else []
        had = turns[row.cause, row.ticket_id]
        explained = [_rule(rule, facts, done[row.id].get(rule.name, ()), had) for rule in rules]
        had.update(rule["rule"] for rule in explained if rule["result"] == "fired")
        found.append(_event(number, row, facts) | {"books_known": books is not None, "rules": explained})
    return found


def _done(session: Session, events: Sequence[Stored]) -> defaultdict[int, dict[str, list[AuditEntry]]]:
    """What rules did about each event, by the rule's name."""
    on_tickets = AuditEntry.ticket_id.in_({event.ticket_id for event in events})
    query = select(AuditEntry).where(on_tickets, AuditEntry.event_id.in_({event.id for event in events}))
    found: defaultdict[int, dict[str, list[AuditEntry]]] = defaultdict(dict)
    for entry in session.scalars(query.order_by(AuditEntry.id)):
        if entry.event_id is not None:
            found[entry.event_id].setdefault(_done_by(entry), []).append(entry)
    return found


def _done_by(entry: AuditEntry) -> str:
    """The name of the rule, or of the macro that an agent used."""
    if entry.actor.startswith(RULE):
        return entry.actor.removeprefix(RULE)
    return str(entry.details.get("why", "")).removeprefix(_MACRO)


def _looked_at(books: Books, rules: Mapping[str, Rule], event: str, done: Mapping[str, object]) -> list[Rule]:
    """The triggers for an event, and what else fired for it: an automation whose time had come, a macro."""
    others = [rule for name, rule in rules.items() if name in done and explain.kind_of(rule) != "trigger"]
    return [*books.on(event), *others]


def _event(number: int, row: Stored, facts: Facts) -> dict[str, Any]:
    return {
        "number": number,
        "event": row.name,
        "ticket": row.ticket_id,
        "at": row.at.isoformat(),
        "actor": f"{facts.actor.role} {facts.actor.name}".strip(),
        "cause": row.cause,
        "depth": row.depth,
        "books": row.books,
    }


def _rule(rule: Rule, facts: Facts, entries: Iterable[AuditEntry], had_turn: set[str]) -> dict[str, Any]:
    fired = any(entry.action == FIRED or entry.details.get("why") == f"{_MACRO}{rule.name}" for entry in entries)
    parts = reasons(rule.when, facts) if rule.when else []
    return {
        "rule": rule.name,
        "kind": explain.kind_of(rule),
        "book": rule.book,
        "result": "fired" if fired else _why_not(rule, facts, had_turn),
        "because": because(rule.when, facts),
        "when": rule.when.source if rule.when else None,
        "parts": [
            {
                "source": part.source,
                "short": part.short,
                "value": written(part.value),
                "decides": part.decides,
                "facts": {name: written(value) for name, value in part.facts},
            }
            for part in parts
        ],
        "does": [explain.action_text(action) for action in rule.then] if fired else [],
        "changed": [explain.change_text(entry.action, entry.details) for entry in entries if entry.action != FIRED],
    }


def _why_not(rule: Rule, facts: Facts, had_turn: set[str]) -> str:
    """`no` where the condition did not hold, else what kept the rule from firing."""
    holds = True if rule.when is None else rule.when.holds(facts)
    if isinstance(holds, ConditionError):
        return "failed"
    if not holds:
        return "no"
    return "had its turn" if rule.name in had_turn else "not asked"
