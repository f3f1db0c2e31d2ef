"""Rule books: TOML in, checked triggers, automations, macros and policies out, or everything that is wrong with them.

```toml
[[trigger]]                                   # something happened
name = "Acknowledge a new ticket"             # unique over all books
on   = ["ticket.opened"]                      # one or more of rules.facts.Event
when = "message.kind == 'human' and desk.open"   # optional: rules.conditions
then = [{ do = "notify", who = "requester", notice = "acknowledgement" }]
enabled = true                                # optional

[[automation]]                                # it has been so for some time
name  = "Close what is solved"
after = "5 business days"                     # rules.durations
when  = "status == 'solved'"
then  = [{ do = "set_status", to = "closed" }]

[[macro]]                                     # an agent says so: #macro vpn-reset
name = "vpn-reset"
help = "Send the steps, and wait for the requester"   # optional
then = [{ do = "set_status", to = "waiting_requester" }]

[[policy]]                                    # a service level: rules.policies
name = "Standard"
first_response = { critical = "1 hour", high = "4 business hours" }
```

Categories and their fields are described in `rules.categories`. Beside each rule may stand examples (`rules.given`),
which `rules.examples` tries.

The loader knows no action: it is given a struct type for each name that may stand after `do`, and the other keys of the
table are that struct's fields. A struct may check more in `__post_init__` by raising ValueError.
"""

import hashlib
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

import msgspec
from msgspec import Struct

from rules.categories import Categories, Category, Common, read_category, read_field
from rules.durations import Duration
from rules.entries import Actions, Entry
from rules.facts import Event
from rules.given import read_examples
from rules.kinds import Automation, Books, Macro, Trigger
from rules.names import NO_NAMES, Names
from rules.patterns import Patterns
from rules.policies import Policy, read_policy
from rules.problems import Report, RuleBookError
from rules.recent import windows
from rules.shipped import shipped_names
from rules.suggest import did_you_mean

_REPEATED_AFTER: Final = timedelta(hours=1)
_MACRO_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")


def load(sources: Sequence[tuple[str, str]], actions: Actions, names: Names = NO_NAMES) -> Books:
    """Check and compile books, given as (name, text); the name is what problems are reported under.

    `names` are the agents, teams … that there are; with them, what the books themselves define may be named. Without,
    no names are checked. Raises RuleBookError with every problem of every book.
    """
    ordered = sorted(sources)
    readers = [_Reader(name, text, actions) for name, text in ordered]
    if names:
        names = {**names, **_defined([reader.document for reader in readers])}
    patterns = Patterns()
    for reader in readers:
        reader.names, reader.patterns = names, patterns
    taken: dict[str, str] = {}
    rules = [rule for reader in readers for rule in reader.read(taken)]
    problems = [problem for reader in readers for problem in reader.report.problems]
    if problems:
        raise RuleBookError(problems)
    patterns.ready()
    content = msgspec.json.encode([(reader.name, reader.document) for reader in readers], order="deterministic")
    triggers = [rule for rule in rules if isinstance(rule, Trigger)]
    by_event = {event.value: tuple(one for one in triggers if event in one.on) for event in Event}
    macros = {rule.name: rule for rule in rules if isinstance(rule, Macro)}
    judged: dict[str, Iterable[Trigger | Macro]] = {
        **by_event,
        Event.MACRO_USED.value: (*by_event[Event.MACRO_USED], *macros.values()),
    }
    counted = {event: windows(rule.when for rule in found) for event, found in judged.items()}
    return Books(
        triggers=by_event,
        automations=tuple(rule for rule in rules if isinstance(rule, Automation)),
        macros=macros,
        policies=_own_first(rule for rule in rules if isinstance(rule, Policy)),
        recent={event: found for event, found in counted.items() if found},
        categories=Categories(
            (rule for rule in rules if isinstance(rule, Category)), (rule for rule in rules if isinstance(rule, Common))
        ),
        hash=hashlib.sha256(content).hexdigest(),
        text=text_of(ordered),
    )


def text_of(sources: Sequence[tuple[str, str]]) -> str:
    """`Books.text` of books that are given as (name, text)."""
    return msgspec.json.encode(sorted(sources)).decode()


def load_stored(text: str, actions: Actions, names: Names = NO_NAMES) -> Books:
    """The books of `Books.text`. Raises RuleBookError, for example where an action is no longer there.

    Agents and teams are best left out of `names`: who is named may have left since.
    """
    return load(msgspec.json.decode(text, type=list[tuple[str, str]]), actions, names)


def _defined(documents: Sequence[Mapping[str, Any]]) -> dict[str, frozenset[str]]:
    """The names of the tables that rules may name, by kind; of those kinds only that the books have."""
    found: dict[str, set[str]] = {}
    for document in documents:
        tables = [(kind, table) for kind in _NAMED for table in _tables(document, kind)]
        inner = [
            ("field", table) for category in _tables(document, "category") for table in _tables(category, "fields")
        ]
        for kind, table in tables + inner:
            if isinstance(table.get("name"), str):
                found.setdefault(kind, set()).add(table["name"])
    return {kind: frozenset(names) for kind, names in found.items()}


def _tables(table: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """The tables at a key, as far as these are tables."""
    found = table.get(key)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _own_first(policies: Iterable[Policy]) -> tuple[Policy, ...]:
    """Those of the desk's own books before the shipped ones, or one of these would hold for every ticket first."""
    return tuple(sorted(policies, key=lambda policy: policy.book in shipped_names()))


class _Reader:
    """Reads one book. What is wrong goes into `report`; the rest is read all the same."""

    def __init__(self, name: str, text: str, actions: Actions) -> None:
        self.name = name
        self.report = Report(name, text)
        self.names = NO_NAMES
        self.patterns = Patterns()
        self._actions = actions
        self.document = self._parse(text)

    def _parse(self, text: str) -> dict[str, Any]:
        try:
            return tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            self.report.unreadable(str(error))
        except RecursionError:
            self.report.unreadable("it is nested too deeply")
        return {}

    def read(self, taken: dict[str, str]) -> list[Struct]:
        """The enabled rules, kind by kind. `taken` holds the rule names so far, with their book, and is added to."""
        for key in self.document:
            if key not in _KINDS:
                self.report.at_key((key,), f"'{key}' is not part of a rule book{did_you_mean(key, _KINDS)}")
        return [rule for kind in _KINDS for rule in self._rules(kind, taken)]

    def _rules(self, kind: str, taken: dict[str, str]) -> list[Struct]:
        tables = self.document.get(kind, [])
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            self.report.at_key((kind,), f"{_A[kind]} begins with [[{kind}]]")
            return []
        read = []
        for place, table in enumerate(tables):
            entry = Entry(self.name, (kind, place), table, self.report, self._actions, self.names, self.patterns)
            rule = _KINDS[kind](entry, taken)
            if rule is not None and entry.enabled():
                read.append(rule)
        return read


def _trigger(entry: Entry, taken: dict[str, str]) -> Trigger | None:
    if not entry.has("a trigger", ("name", "on", "then"), ("when", "enabled", "example")):
        return None
    on = _events(entry, "on")
    return Trigger(
        name=entry.name(taken),
        book=entry.book,
        on=on,
        when=entry.condition(),
        then=entry.then(),
        place=entry.place,
        examples=read_examples(entry, next(iter(on), Event.TICKET_OPENED.value)),
    )


def _events(entry: Entry, key: str) -> tuple[str, ...]:
    events, known = entry.get(key), [event.value for event in Event]
    if not isinstance(events, list) or not events:
        entry.refuse(key, f"'{key}' is a list of one or more events, such as [\"ticket.opened\"]")
        return ()
    for place, event in enumerate(events):
        if event not in known:
            entry.refuse(key, f"there is no event '{event}'{did_you_mean(str(event), known)}", place)
    return tuple(dict.fromkeys(event for event in events if event in known))


def _automation(entry: Entry, taken: dict[str, str]) -> Automation | None:
    optional = ("repeat", "restart", "enabled", "example")
    if not entry.has("an automation", ("name", "after", "when", "then"), optional):
        return None
    name, after, when, then = entry.name(taken), entry.duration("after"), entry.condition(lasting=True), entry.then()
    if after is None or when is None:
        return None
    return Automation(
        name=name,
        book=entry.book,
        after=after,
        when=when,
        then=then,
        repeat=_repeats(entry, after),
        restart=_events(entry, "restart") if entry.get("restart") is not None else (),
        place=entry.place,
        examples=read_examples(entry, Event.TIME_PASSED.value),
    )


def _repeats(entry: Entry, after: Duration) -> bool:
    repeat = entry.get("repeat") or False
    if not isinstance(repeat, bool):
        entry.refuse("repeat", "'repeat' is true or false")
    elif repeat and after.elapsed() < _REPEATED_AFTER:
        entry.refuse("repeat", "what repeats does so each hour at most")
    return repeat is True


def _macro(entry: Entry, taken: dict[str, str]) -> Macro | None:
    if not entry.has("a macro", ("name", "then"), ("help", "when", "enabled", "example")):
        return None
    name = entry.name(taken)
    if name and _MACRO_NAME.fullmatch(name) is None:
        entry.refuse("name", f"'{name}' cannot be written behind #macro; use small letters, digits, - and _")
    return Macro(
        name=name,
        book=entry.book,
        help=entry.line("help"),
        when=entry.condition(),
        then=entry.then(),
        place=entry.place,
        examples=read_examples(entry, Event.MACRO_USED.value),
    )


_KINDS: Final[Mapping[str, Callable[[Entry, dict[str, str]], Struct | None]]] = {
    "trigger": _trigger,
    "automation": _automation,
    "macro": _macro,
    "policy": read_policy,
    "field": read_field,
    "category": read_category,
}
_NAMED: Final = ("category", "field", "policy", "automation", "macro")
_A: Final = {
    "trigger": "a trigger",
    "automation": "an automation",
    "macro": "a macro",
    "policy": "a policy",
    "field": "a field",
    "category": "a category",
}
