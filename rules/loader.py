"""Rule books: TOML in, checked triggers out, or everything that is wrong with them.

```toml
[[trigger]]
name = "Acknowledge a new ticket"             # unique over all books
on   = ["ticket.opened"]                      # one or more of rules.facts.Event
when = "message.kind == 'human' and desk.open"   # optional: rules.conditions
then = [{ do = "notify", who = "requester", notice = "acknowledgement" }]
enabled = true                                # optional
```

The loader knows no action: it is given a struct type for each name that may stand after `do`, and the other keys of the
table are that struct's fields. A struct may check more in `__post_init__` by raising ValueError.
"""

import hashlib
import tomllib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from rules.actions import convert_action
from rules.conditions import Condition, ConditionRefused, compile_condition
from rules.facts import Event
from rules.positions import Path
from rules.problems import Report, RuleBookError
from rules.suggest import did_you_mean
from rules.triggers import Books, Trigger

_TRIGGER_KEYS = ("name", "on", "when", "then", "enabled")
_MAX_NAME = 200

Actions = Mapping[str, type[Struct]]
"""The struct type of each action, by the name that stands after `do`."""


def load(sources: Sequence[tuple[str, str]], actions: Actions) -> Books:
    """Check and compile books, given as (name, text); the name is what problems are reported under.

    Raises RuleBookError with every problem of every book.
    """
    ordered = sorted(sources)
    readers = [_Reader(name, text, actions) for name, text in ordered]
    taken: dict[str, str] = {}
    triggers = [trigger for reader in readers for trigger in reader.read(taken)]
    problems = [problem for reader in readers for problem in reader.report.problems]
    if problems:
        raise RuleBookError(problems)
    content = msgspec.json.encode([(reader.name, reader.document) for reader in readers], order="deterministic")
    return Books(
        triggers={event.value: tuple(one for one in triggers if event in one.on) for event in Event},
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

    def read(self, taken: dict[str, str]) -> list[Trigger]:
        """The enabled triggers. `taken` holds the rule names so far, with their book, and is added to."""
        try:
            self.document = tomllib.loads(self._text)
        except tomllib.TOMLDecodeError as error:
            self.report.unreadable(str(error))
        except RecursionError:
            self.report.unreadable("it is nested too deeply")
        for key in self.document:
            if key != "trigger":
                self.report.at_key((key,), f"'{key}' is not part of a rule book{did_you_mean(key, ['trigger'])}")
        tables = self.document.get("trigger", [])
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            self.report.at_key(("trigger",), "a trigger begins with [[trigger]]")
            return []
        read = [self._trigger(("trigger", place), table, taken) for place, table in enumerate(tables)]
        return [trigger for trigger in read if trigger is not None]

    def _trigger(self, path: Path, table: dict[str, Any], taken: dict[str, str]) -> Trigger | None:
        for key in table:
            if key not in _TRIGGER_KEYS:
                message = f"'{key}' is not part of a trigger{did_you_mean(key, _TRIGGER_KEYS)}"
                self.report.at_key((*path, key), message)
        missing = [key for key in ("name", "on", "then") if key not in table]
        if missing:
            self.report.at_key(path, f"the trigger has no {' and no '.join(repr(key) for key in missing)}")
            return None
        trigger = Trigger(
            name=self._rule_name((*path, "name"), table["name"], taken),
            book=self.name,
            on=self._events((*path, "on"), table["on"]),
            when=self._condition((*path, "when"), table["when"]) if "when" in table else None,
            then=self._then((*path, "then"), table["then"]),
        )
        return trigger if self._enabled((*path, "enabled"), table.get("enabled", True)) else None

    def _enabled(self, path: Path, enabled: object) -> bool:
        if not isinstance(enabled, bool):
            self.report.at_value(path, "'enabled' is true or false")
        return enabled is True

    def _rule_name(self, path: Path, name: object, taken: dict[str, str]) -> str:
        if not isinstance(name, str) or not 0 < len(name) <= _MAX_NAME or not name.isprintable():
            self.report.at_value(path, f"a rule's name is one line of 1 to {_MAX_NAME} characters")
            return ""
        if name in taken:
            self.report.at_value(path, f"there is a rule with the name '{name}' already, in {taken[name]}")
        taken.setdefault(name, self.name)
        return name

    def _events(self, path: Path, events: object) -> tuple[str, ...]:
        known = [event.value for event in Event]
        if not isinstance(events, list) or not events:
            self.report.at_value(path, "'on' is a list of one or more events, such as [\"ticket.opened\"]")
            return ()
        for place, event in enumerate(events):
            if event not in known:
                message = f"there is no event '{event}'{did_you_mean(str(event), known)}"
                self.report.at_value((*path, place), message)
        return tuple(dict.fromkeys(event for event in events if event in known))

    def _condition(self, path: Path, when: object) -> Condition | None:
        if not isinstance(when, str):
            self.report.at_value(path, "'when' is a text")
            return None
        try:
            return compile_condition(when)
        except ConditionRefused as error:
            for problem in error.problems:
                self.report.at_character(path, problem.column, problem.message)
        return None

    def _then(self, path: Path, then: object) -> tuple[Struct, ...]:
        if not isinstance(then, list) or not then or not all(isinstance(table, dict) for table in then):
            self.report.at_value(path, "'then' is a list of one or more actions, such as [{ do = \"…\" }]")
            return ()
        done = [self._action((*path, place), table) for place, table in enumerate(then)]
        return tuple(action for action in done if action is not None)

    def _action(self, path: Path, table: dict[str, Any]) -> Struct | None:
        say: Callable[[str, str], None] = lambda key, message: self.report.at_key((*path, key), message)  # noqa: E731
        return convert_action(table, self._actions, say)
