"""What is wrong with a rule book, and where."""

import re
from collections.abc import Sequence
from functools import cached_property

from msgspec import Struct

from rules.positions import Path, Place, Positions

_TOML_PLACE = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)


class Problem(Struct, frozen=True, order=True):
    """One thing that is wrong; line and column count from 1."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class RuleBookError(ValueError):
    """Books that do not load. `problems` holds everything that is wrong, and the message has one line for each."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class Report:
    """Collects the problems of one book. Places are only looked for once something is wrong."""

    def __init__(self, file: str, text: str) -> None:
        self.problems: list[Problem] = []
        self._file = file
        self._text = text

    def at_key(self, path: Path, message: str) -> None:
        self._add(self._positions.key(path), message)

    def at_value(self, path: Path, message: str) -> None:
        self._add(self._positions.value(path), message)

    def at_character(self, path: Path, character: int, message: str) -> None:
        self._add(self._positions.character(path, character), message)

    def unreadable(self, reason: str) -> None:
        """The text is not TOML; `reason` is the parser's, with its place at the end."""
        found = _TOML_PLACE.fullmatch(reason)
        if found is None or found[2] is None:
            lines = self._text.split("\n")
            self._add(Place(len(lines), len(lines[-1]) + 1), f"this is not TOML: {found[1] if found else reason}")
        else:
            self._add(Place(int(found[2]), int(found[3])), f"this is not TOML: {found[1]}")

    def _add(self, place: Place, message: str) -> None:
        self.problems.append(Problem(self._file, place.line, place.column, message))

    @cached_property
    def _positions(self) -> Positions:
        return Positions(self._text)
