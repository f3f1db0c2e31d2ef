"""Rule books: TOML in, checked triggers, automations and macros out, or everything that is wrong with them.

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
```

Categories and their fields are described in `rules.categories`.

The loader knows no action: it is given a struct type for each name that may stand after `do`, and the other keys of the
table are that struct's fields. A struct may check more in `__post_init__` by raising ValueError.
"""

import hashlib
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from rules.categories import Categories, Category, Common, read_category, read_field
from rules.entries import Actions, Entry
from rules.facts import Event
from rules.kinds import Automation, Books, Macro, Trigger
from rules.problems import Report, RuleBookError
from rules.suggest import did_you_mean

_MACRO_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")


def load(sources: Sequence[tuple[str, str]], actions: Actions) -> Books:
    """Check and compile books, given as (name, text); the name is what problems are reported under.

    Raises RuleBookError with every problem of every book.
    """
    ordered = sorted(sources)
    readers = [_Reader(name, text, actions) for name, text in ordered]
    taken: dict[str, str] = {}
    rules = [rule for reader in readers for rule in reader.read(taken)]
    problems = [problem for reader in readers for problem in reader.report.problems]
    if problems:
        raise RuleBookError(problems)
    content = msgspec.json.encode([(reader.name, reader.document) for reader in readers], order="deterministic")
    triggers = [rule for rule in rules if isinstance(rule, Trigger)]
    return Books(
        triggers={event.value: tuple(one for one in triggers if event in one.on) for event in Event},
        automations=tuple(rule for rule in rules if isinstance(rule, Automation)),
        macros={rule.name: rule for rule in rules if isinstance(rule, Macro)},
        categories=Categories(
            (rule for rule in rules if isinstance(rule, Category)), (rule for rule in rules if isinstance(rule, Common))
        ),
        hash=hashlib.sha256(content).hexdigest(),
        text=msgspec.json.encode(ordered).decode(),
    )


def load_stored(text: str, actions: Actions) -> Books:
    """The books of `Books.text`. Raises RuleBookError, for example where an action is no longer there."""
    return load(msgspec.json.decode(text, type=list[tuple[str, str]]), actions)


class _Reader:
    """Reads one book. What is wrong goes into `report`; the rest is read all the same."""

    def __init__(self, name: str, text: str, actions: Actions) -> None:
        self.name = name
        self.report = Report(name, text)
        self.document: dict[str, Any] = {}
        self._text = text
        self._actions = actions

    def read(self, taken: dict[str, str]) -> list[Struct]:
        """The enabled rules, kind by kind. `taken` holds the rule names so far, with their book, and is added to."""
        try:
            self.document = tomllib.loads(self._text)
        except tomllib.TOMLDecodeError as error:
            self.report.unreadable(str(error))
        except RecursionError:
            self.report.unreadable("it is nested too deeply")
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
            entry = Entry(self.name, (kind, place), table, self.report, self._actions)
            rule = _KINDS[kind](entry, taken)
            if rule is not None and entry.enabled():
                read.append(rule)
        return read


def _trigger(entry: Entry, taken: dict[str, str]) -> Trigger | None:
    if not entry.has("a trigger", ("name", "on", "then"), ("when", "enabled")):
        return None
    return Trigger(
        name=entry.name(taken), book=entry.book, on=_events(entry), when=entry.condition(), then=entry.then()
    )


def _events(entry: Entry) -> tuple[str, ...]:
    events, known = entry.get("on"), [event.value for event in Event]
    if not isinstance(events, list) or not events:
        entry.refuse("on", "'on' is a list of one or more events, such as [\"ticket.opened\"]")
        return ()
    for place, event in enumerate(events):
        if event not in known:
            entry.refuse("on", f"there is no event '{event}'{did_you_mean(str(event), known)}", place)
    return tuple(dict.fromkeys(event for event in events if event in known))


def _automation(entry: Entry, taken: dict[str, str]) -> Automation | None:
    if not entry.has("an automation", ("name", "after", "when", "then"), ("enabled",)):
        return None
    name, after, when, then = entry.name(taken), entry.duration("after"), entry.condition(lasting=True), entry.then()
    if after is None or when is None:
        return None
    return Automation(name=name, book=entry.book, after=after, when=when, then=then)


def _macro(entry: Entry, taken: dict[str, str]) -> Macro | None:
    if not entry.has("a macro", ("name", "then"), ("help", "when", "enabled")):
        return None
    name = entry.name(taken)
    if name and _MACRO_NAME.fullmatch(name) is None:
        entry.refuse("name", f"'{name}' cannot be written behind #macro; use small letters, digits, - and _")
    return Macro(name=name, book=entry.book, help=entry.line("help"), when=entry.condition(), then=entry.then())


_KINDS: Final[Mapping[str, Callable[[Entry, dict[str, str]], Struct | None]]] = {
    "trigger": _trigger,
    "automation": _automation,
    "macro": _macro,
    "field": read_field,
    "category": read_category,
}
_A: Final = {
    "trigger": "a trigger",
    "automation": "an automation",
    "macro": "a macro",
    "field": "a field",
    "category": "a category",
}
