"""One table of a book, such as a `[[trigger]]`, while it is read: each value is checked where it is asked for."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from rules.actions import convert_action
from rules.conditions import Condition, ConditionRefused, compile_condition
from rules.durations import Duration, DurationError, parse_duration
from rules.names import NO_NAMES, Names, wrong_name
from rules.patterns import Patterns
from rules.positions import Path
from rules.problems import Report
from rules.suggest import did_you_mean

Actions = Mapping[str, type[Struct]]
"""The struct type of each action, by the name that stands after `do`."""

_MAX_NAME: Final = 200


class Entry:
    """A table at a path of a book. What is wrong goes into the report of the book; the rest is read all the same."""

    def __init__(
        self,
        book: str,
        path: Path,
        table: dict[str, Any],
        report: Report,
        actions: Actions,
        names: Names = NO_NAMES,
        patterns: Patterns | None = None,
    ) -> None:
        self.book = book
        self.report = report
        self.names = names
        self._patterns = patterns
        self._path = path
        self._table = table
        self._actions = actions

    def has(self, kind: str, needed: Sequence[str], optional: Sequence[str]) -> bool:
        """Whether it has all it needs; keys that mean nothing are reported too."""
        known = (*needed, *optional)
        for key in self._table:
            if key not in known:
                message = f"'{key}' is not part of {kind}{did_you_mean(key, known)}"
                self.report.at_key((*self._path, key), message)
        missing = [key for key in needed if key not in self._table]
        if missing:
            why = f"{kind.partition(' ')[2]} has no {' and no '.join(repr(key) for key in missing)}"
            self.report.at_key(self._path, f"the {why}")
        return not missing

    def get(self, key: str) -> Any:  # noqa: ANN401  whatever TOML held
        """The value as it stands there, or None."""
        return self._table.get(key)

    @property
    def place(self) -> int:
        """Which table of its kind it is in its book, or in the table that it is in, from 0."""
        place = self._path[-1]
        return place if isinstance(place, int) else 0

    def refuse(self, key: str, message: str, *places: int | str) -> None:
        """Say what is wrong with a value, or with one of those in a list or table."""
        self.report.at_value((*self._path, key, *places), message)

    def refuse_key(self, key: str, inner: str, message: str) -> None:
        """Say what is wrong with a key of a table in this one."""
        self.report.at_key((*self._path, key, inner), message)

    def inner(self, key: str, place: int) -> "Entry":
        """The table at this place of a list of tables."""
        path, table = (*self._path, key, place), self._table[key][place]
        return Entry(self.book, path, table, self.report, self._actions, self.names, self._patterns)

    def name(self, taken: dict[str, str]) -> str:
        """Its name, which no other rule of all books has; `taken` holds those so far, with their book."""
        name = self._table["name"]
        if not isinstance(name, str) or not 0 < len(name) <= _MAX_NAME or not name.isprintable():
            self.refuse("name", f"a rule's name is one line of 1 to {_MAX_NAME} characters")
            return ""
        if name in taken:
            self.refuse("name", f"there is a rule with the name '{name}' already, in {taken[name]}")
        taken.setdefault(name, self.book)
        return name

    def naming(self, kind: str, key: str, *places: int) -> str:
        """The name of an agent, a team, a category … at `key` (or at a place in a list there); empty if left out."""
        found = self._table.get(key, "")
        for place in places:
            found = found[place]
        if not isinstance(found, str):
            self.refuse(key, f"'{key}' is the name of one {kind}", *places)
            return ""
        wrong = wrong_name(self.names, kind, found) if found else ""
        if wrong:
            self.refuse(key, wrong, *places)
        return found

    def line(self, key: str) -> str:
        """One line of text; empty where it is left out."""
        text = self._table.get(key, "")
        if isinstance(text, str) and (not text or text.isprintable()):
            return text
        self.refuse(key, f"'{key}' is one line of text")
        return ""

    def enabled(self) -> bool:
        """Whether it is switched on, as it is where nothing is said."""
        enabled = self._table.get("enabled", True)
        if not isinstance(enabled, bool):
            self.refuse("enabled", "'enabled' is true or false")
        return enabled is True

    def condition(self, key: str = "when", *, lasting: bool = False) -> Condition | None:
        """The condition, or None where there is none. A `lasting` one speaks of nothing that time alone changes."""
        when = self._table.get(key)
        if when is None:
            return None
        if not isinstance(when, str):
            self.refuse(key, f"'{key}' is a text")
            return None
        try:
            return compile_condition(when, lasting=lasting, names=self.names, patterns=self._patterns)
        except ConditionRefused as error:
            for problem in error.problems:
                self.report.at_character((*self._path, key), problem.column, problem.message)
        return None

    def duration(self, key: str) -> Duration | None:
        """A length of time, or None after having said why it is none."""
        written = self._table[key]
        if not isinstance(written, str):
            self.refuse(key, f"'{key}' is a text, such as \"2 business days\"")
            return None
        try:
            return parse_duration(written)
        except DurationError as error:
            self.refuse(key, str(error))
            return None

    def then(self) -> tuple[Struct, ...]:
        """The actions."""
        then = self._table["then"]
        if not isinstance(then, list) or not then or not all(isinstance(table, dict) for table in then):
            self.refuse("then", "'then' is a list of one or more actions, such as [{ do = \"…\" }]")
            return ()
        done = [self._action(("then", place), table) for place, table in enumerate(then)]
        return tuple(action for action in done if action is not None)

    def _action(self, path: Path, table: dict[str, Any]) -> Struct | None:
        say: Callable[[str, str], None] = lambda key, message: self.report.at_key(  # noqa: E731
            (*self._path, *path, key), message
        )
        return convert_action(table, self._actions, say, self.names)
