"""What other books would have done: stored events folded through `decide`, in memory, against what did happen.

A cause is folded from the events that it raised itself. What rules of then made happen besides is asked again of the
other books: where they do the same about an event, what followed from it is taken as it was; where they do not, what
would follow is worked out for actions that change facts (`bot.judging.effects`). A ticket goes on with what would be
different until somebody or something else changes the same thing.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final

import msgspec
from msgspec import Struct

from bot.judging import effects, explain
from bot.judging.replay import Chain
from bot.judging.why import KeptBooks, Stored
from bot.timing.breaches import Broken, Judged
from rules.conditions import parts_of
from rules.engine import decide
from rules.facts import Event, Facts, TicketFacts
from rules.functions import recent_of
from rules.kinds import Books
from rules.parts import Part
from rules.priority import Matrix

COMPARED: Final = ("priority", "impact", "urgency", "status", "category", "team", "tier", "tags")
_EXAMPLES: Final = 5
_DEPTH: Final = 8
_TAGS: Final = "tags"
_NOTICE: Final = "notify"
_decoder: Final = msgspec.json.Decoder(Facts)
Fired = tuple[str, tuple[Struct, ...]]
"""The name of a rule that fired, and its actions."""


class Change(Struct):
    """Something that came so often then, and would come so often now; `tickets` are examples where it differs."""

    then: int = 0
    now: int = 0
    tickets: list[int] = []

    def note(self, then: int, now: int, ticket: int) -> None:
        self.then += then
        self.now += now
        if then != now and ticket not in self.tickets and len(self.tickets) < _EXAMPLES:
            self.tickets.append(ticket)


class Backtest:
    """Folds chain after chain; `report` is what came of it. `books` are the other ones, `matrix` that of today."""

    def __init__(self, books: Books, kept: KeptBooks, matrix: Matrix) -> None:
        self._books = books
        self._kept = kept
        self._matrix = matrix
        self._needs = {event: _needs(books, event) for event in books.triggers}
        self._said: dict[int, str] = {}
        self._overlay: dict[int, dict[str, tuple[Any, Any]]] = {}
        self._last: dict[int, Judged] = {}
        self._diverged: dict[tuple[int, str], tuple[Any, Any]] = {}
        self._tickets: set[int] = set()
        self._counts = Counter[str]()
        self._unknown = Counter[str]()
        self._firings: defaultdict[str, Change] = defaultdict(Change)
        self._notices: defaultdict[str, Change] = defaultdict(Change)
        self._actions: defaultdict[str, Change] = defaultdict(Change)
        self._breaches: defaultdict[str, Change] = defaultdict(Change)

    def fold(self, chain: Chain) -> None:
        """Ask the other books about what one cause made happen."""
        self._counts["events"] += len(chain.events)
        if any(self._kept.get(event.books) is None for event in chain.events):
            self._counts["events of books that are not kept"] += len(chain.events)
            return
        by_ticket: defaultdict[int, list[Stored]] = defaultdict(list)
        for event in chain.events:
            by_ticket[event.ticket_id].append(event)
        for ticket, events in by_ticket.items():
            self._tickets.add(ticket)
            self._fold(ticket, events, chain.fired)

    def judged(self) -> list[Judged]:
        """Every ticket as it was last, and as it would have been."""
        return list(self._last.values())

    def note_broken(self, broken: Broken) -> None:
        """Count the promises to a ticket that were broken, and those that would have been."""
        for target in broken.then.keys() | broken.now.keys():
            self._breaches[target].note(broken.then[target], broken.now[target], broken.ticket)

    def report(self) -> dict[str, Any]:
        """The differences, as JSON: see docs/rules.md."""
        values: defaultdict[tuple[str, str, str], list[int]] = defaultdict(list)
        for (ticket, field), (then, now) in sorted(self._diverged.items()):
            values[field, _said(then), _said(now)].append(ticket)
        return {
            "events": self._counts["events"],
            "messages": self._counts["messages"],
            "tickets": len(self._tickets),
            "values": [
                {"what": field, "then": then, "now": now, "count": len(tickets), "tickets": tickets[:_EXAMPLES]}
                for (field, then, now), tickets in values.items()
            ],
            "breaches": _changes("target", self._breaches),
            "notices": _changes("notice", self._notices),
            "actions": _changes("action", self._actions),
            "rules": _changes("rule", self._firings),
            "unknown": [{"fact": name, "events": count} for name, count in self._unknown.most_common()],
            "stopped": self._counts["stopped"],
            "left_out": self._counts["events of books that are not kept"],
        }

    def _fold(self, ticket: int, events: Sequence[Stored], fired: Mapping[int, list[str]]) -> None:
        own = {event.id for event in events}
        own -= {event.id for event in events if event.name == Event.MACRO_USED}
        roots = [event for event in events if event.parent not in own]
        facts = {event.id: _decoder.decode(event.facts) for event in events}
        self._count(roots, facts)
        then = {event.id: self._fired_then(event, fired.get(event.id, ())) for event in events}
        children: defaultdict[int, list[Stored]] = defaultdict(list)
        for event in events:
            if event.parent in own and event.parent is not None:
                children[event.parent].append(event)
        base = facts[roots[-1].id].ticket
        before = _state_after(base, [fired for event in events for fired in then[event.id]], self._matrix)
        asked = [_Asked(self._as_now(ticket, facts[root.id]), root, 0) for root in roots]
        now, after = self._ask(asked, facts, then, children)
        self._note(ticket, [one for event in events for one in then[event.id]], now)
        self._compare(ticket, before, after)
        self._remember(ticket, events[-1], facts[events[-1].id], before, after)

    def _ask(
        self,
        asked: "Sequence[_Asked]",
        facts: Mapping[int, Facts],
        then: Mapping[int, list[Fired]],
        children: Mapping[int, list[Stored]],
    ) -> tuple[list[Fired], TicketFacts]:
        """What the other books do about a ticket in one cause, and what the ticket is after it."""
        waiting, done, had = deque(asked), list[Fired](), set[str]()
        state = asked[-1].facts.ticket
        as_it_was = all(one.stored is not None and one.facts is facts[one.stored.id] for one in asked)
        while waiting:
            one = waiting.popleft()
            if one.depth > _DEPTH:
                self._counts["stopped"] += 1
                break
            self._count_unknown(one)
            firings = self._fired_now(one, had)
            had |= {name for name, _ in firings}
            done += firings
            raised: list[str] = []
            for action in (action for _, actions in firings for action in actions):
                state, more = effects.after(action, state, self._matrix)
                raised += more
            known_firings = then[one.stored.id] if one.stored is not None else []
            followed = children.get(one.stored.id, []) if one.stored is not None else []
            if one.stored is None or firings != known_firings:
                as_it_was = False
                waiting.extend(_Asked(_of(one.facts, name, state), None, one.depth + 1) for name in raised)
                followed = _not_worked_out(followed, known_firings, firings)
            for event in followed:
                known = facts[event.id]
                waiting.append(_Asked(known if as_it_was else self._in_state(known, state), event, one.depth + 1))
        return done, state

    def _in_state(self, facts: Facts, state: TicketFacts) -> Facts:
        """What was recorded of an event, with the ticket as it would be."""
        changed = {field: getattr(state, field) for field in COMPARED}
        return msgspec.structs.replace(facts, ticket=effects.with_fields(facts.ticket, changed, self._matrix))

    def _fired_then(self, event: Stored, names: Sequence[str]) -> list[Fired]:
        rules = self._kept.rules(event.books)
        return [(name, rules[name].then) for name in names if name in rules]

    def _fired_now(self, one: "_Asked", had: set[str]) -> list[Fired]:
        decision = decide(self._books, one.facts, frozenset(had))
        return [(firing.rule, firing.actions) for firing in decision.firings]

    def _as_now(self, ticket: int, facts: Facts) -> Facts:
        """The facts with what would be different by now, unless it was changed since."""
        overlay = self._overlay.get(ticket)
        if not overlay:
            return facts
        for field, (then, _) in list(overlay.items()):
            if field != _TAGS and getattr(facts.ticket, field) != then:
                del overlay[field]
        changed = {field: now for field, (_, now) in overlay.items()}
        if _TAGS in overlay:
            changed[_TAGS] = _retagged(facts.ticket.tags, *overlay[_TAGS])
        return msgspec.structs.replace(facts, ticket=effects.with_fields(facts.ticket, changed, self._matrix))

    def _compare(self, ticket: int, before: TicketFacts, after: TicketFacts) -> None:
        overlay: dict[str, tuple[Any, Any]] = {
            field: (getattr(before, field), getattr(after, field))
            for field in COMPARED
            if getattr(before, field) != getattr(after, field)
        }
        if _TAGS in overlay:
            then, now = map(set, overlay[_TAGS])
            overlay[_TAGS] = tuple(sorted(then - now)), tuple(sorted(now - then))
            if then == now:
                del overlay[_TAGS]
        self._diverged.update({(ticket, field): values for field, values in overlay.items()})
        if overlay:
            self._overlay[ticket] = overlay
        else:
            self._overlay.pop(ticket, None)

    def _remember(self, ticket: int, event: Stored, facts: Facts, before: TicketFacts, after: TicketFacts) -> None:
        books = self._kept.get(event.books)
        if books is not None and (books.policies or self._books.policies):
            then = msgspec.structs.replace(facts, message=None, ticket=before)
            self._last[ticket] = Judged(then=then, now=msgspec.structs.replace(then, ticket=after), books=books)

    def _note(self, ticket: int, then: Sequence[Fired], now: Sequence[Fired]) -> None:
        _tally(self._firings, [name for name, _ in then], [name for name, _ in now], ticket)
        for book, notices in ((self._notices, True), (self._actions, False)):
            _tally(book, self._texts(then, notices=notices), self._texts(now, notices=notices), ticket)

    def _texts(self, fired: Sequence[Fired], *, notices: bool) -> list[str]:
        """The actions as texts: those that send a notice, or those that do not."""
        texts = [self._text(action) for _, actions in fired for action in actions]
        return [text for text in texts if text.startswith(_NOTICE) is notices]

    def _text(self, action: Struct) -> str:
        """The action as a text. Books keep their actions for as long as they are asked, so they are known by id."""
        if id(action) not in self._said:
            self._said[id(action)] = explain.action_text(action)
        return self._said[id(action)]

    def _count(self, roots: Sequence[Stored], facts: Mapping[int, Facts]) -> None:
        for root in roots:
            self._counts[root.name] += 1
            self._counts["messages"] += facts[root.id].message is not None

    def _count_unknown(self, one: "_Asked") -> None:
        if one.stored is not None:
            self._unknown.update(name for name, missing in self._needs.get(one.stored.name, ()) if missing(one))


class _Asked(Struct, frozen=True):
    """An event to ask the other books about, with the row it was stored in, if it did happen."""

    facts: Facts
    stored: Stored | None
    depth: int


Missing = Callable[[_Asked], bool]
"""Tells whether something was not recorded with an event."""


def _needs(books: Books, event: str) -> list[tuple[str, Missing]]:
    """What triggers for an event speak of, with how one sees that it was not recorded."""
    parts = [part for trigger in books.on(event) if trigger.when for part in parts_of(trigger.when.root)]
    named = {part.fact.name: _without(part.fact.name) for part in parts if part.fact is not None}
    counted = {part.source: _uncounted(part) for part in parts if part.function == "count_recent"}
    return sorted({**named, **counted}.items(), key=itemgetter(0))


def _without(name: str) -> Missing:
    """Whether the name of a fact does not stand in what was stored, and its group is not empty."""
    group, _, key = name.rpartition(".")
    empty, written = f'"{group}":null'.encode(), f'"{key}":'.encode()

    def missing(one: _Asked) -> bool:
        stored = one.stored.facts if one.stored is not None else b""
        return written not in stored and empty not in stored

    return missing


def _uncounted(part: Part) -> Missing:
    """Whether recent tickets were not looked up, or not as far back as a rule wants."""
    subject, _ = recent_of(part.children)

    def missing(one: _Asked) -> bool:
        there = {"asset": one.facts.asset, "category": one.facts.ticket.category}.get(subject, subject)
        return there is not None and part.evaluate(one.facts) is None

    return missing


def _of(facts: Facts, event: str, ticket: TicketFacts) -> Facts:
    """The facts of an event that follows from another: the message stays with the one it came with."""
    kept = facts.message if facts.event == event else None
    return msgspec.structs.replace(facts, event=event, ticket=ticket, message=kept)


def _not_worked_out(events: list[Stored], then: list[Fired], now: list[Fired]) -> list[Stored]:
    """What followed then from actions whose outcome cannot be worked out, if the other books want them too."""
    wanted, still = (
        [one for _, all_ in side for one in all_ if not effects.is_worked_out(one)] for side in (then, now)
    )
    return (
        [event for event in events if event.name not in effects.WORKED_OUT]
        if all(action in still for action in wanted)
        else []
    )


def _state_after(ticket: TicketFacts, fired: Sequence[Fired], matrix: Matrix) -> TicketFacts:
    for _, actions in fired:
        for action in actions:
            ticket, _ = effects.after(action, ticket, matrix)
    return ticket


def _tally(book: Mapping[str, Change], then: Sequence[str], now: Sequence[str], ticket: int) -> None:
    before, after = Counter(then), Counter(now)
    for name in before.keys() | after.keys():
        book[name].note(before[name], after[name], ticket)


def _changes(what: str, book: Mapping[str, Change]) -> list[dict[str, Any]]:
    """What came more or less often, the largest difference first."""
    different = [(name, change) for name, change in book.items() if change.tickets]
    different.sort(key=lambda pair: (-abs(pair[1].now - pair[1].then), pair[0]))
    return [
        {what: name, "then": change.then, "now": change.now, "tickets": change.tickets} for name, change in different
    ]


def _retagged(tags: Sequence[str], gone: Sequence[str], come: Sequence[str]) -> tuple[str, ...]:
    """The tags without those that would be gone, and with those that would have come."""
    return tuple(dict.fromkeys((*(tag for tag in tags if tag not in gone), *come)))


def _said(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else "" if value is None else str(value)
