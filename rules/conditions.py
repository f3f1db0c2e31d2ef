r"""Conditions: one line, in a small safe subset of Python's expression syntax, over the facts of an event.

The language: `and or not`, comparisons (also chained), `in` and `not in` a list of literals or a fact that is a list,
`+ - * /` on numbers, `+ -` on times and durations, texts in quotes, numbers, `True` and `False`, the facts of
`rules.catalogue` and the functions of `rules.functions`. A text that stands beside a time or a duration is read as one
(`at - ticket.created_at > '2 hours'`). A backslash in a text is just a backslash. Texts compare exactly; only the
functions ignore case.

Unknown facts: a comparison with an unknown fact is false, `!=` and `not in` too, and an unknown yes/no fact counts as
no. `not` is plain negation of that, so `not category == 'vpn'` holds for a ticket without category and
`category != 'vpn'` does not. `known(category)` asks.
"""

from collections.abc import Iterator

from msgspec import Struct

from rules.expressions import Checker
from rules.facts import Facts
from rules.names import NO_NAMES, Names
from rules.parts import Part, Value
from rules.patterns import Patterns
from rules.source import Refused, Source


class ConditionError(Struct, frozen=True):
    """A condition that could not be worked out for these facts, and why. It counts as false."""

    message: str

    def __bool__(self) -> bool:
        return False


class Explained(Struct, frozen=True):
    """A part of a condition as written, and what it was worth. None is unknown."""

    source: str
    value: Value | ConditionError


class ConditionRefused(ValueError):
    """A condition that cannot be compiled; `problems` says all that is wrong with it, columns in characters from 0."""

    def __init__(self, problems: tuple[Refused, ...]) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems


class Condition(Struct, frozen=True):
    """A compiled condition."""

    source: str
    root: Part

    def holds(self, facts: Facts) -> bool | ConditionError:
        """Whether the condition holds, or why that cannot be said (a division by zero, a time out of range)."""
        try:
            return bool(self.root.evaluate(facts))
        except _NOT_WORKED_OUT as error:
            return _why_not(error)


def compile_condition(
    source: str, *, lasting: bool = False, names: Names = NO_NAMES, patterns: Patterns | None = None
) -> Condition:
    """Check a condition; a `lasting` one speaks only of what stays until something happens. Raises ConditionRefused.

    Texts that `names` does not have are refused where they are compared with a fact that names such things. The
    patterns join `patterns`, which the caller makes ready at the end; without, the condition is ready at once.
    """
    own, written = Patterns(), Source(source)
    checker = Checker(written, own if patterns is None else patterns, lasting=lasting, names=names)
    try:
        root = checker.condition(written.parse())
    except Refused as problem:
        raise ConditionRefused((*checker.problems, problem)) from None
    if checker.problems:
        raise ConditionRefused(tuple(checker.problems))
    own.ready()
    return Condition(source, root)


def explain(condition: Condition, facts: Facts) -> list[Explained]:
    """Every part of the condition with its value, the whole first, then from left to right; literals are left out."""
    parts = (part for part in parts_of(condition.root) if part.literal is None)
    return [Explained(part.source, worked_out(part, facts)) for part in parts]


def parts_of(part: Part) -> Iterator[Part]:
    """The part itself, then those that it is made of, from left to right."""
    yield part
    for child in part.children:
        yield from parts_of(child)


def worked_out(part: Part, facts: Facts) -> Value | ConditionError:
    """What a part is worth for these facts, or why that cannot be said."""
    try:
        value: Value = part.evaluate(facts)
    except _NOT_WORKED_OUT as error:
        return _why_not(error)
    return value


_NOT_WORKED_OUT = (ArithmeticError, TypeError, ValueError)


def _why_not(error: Exception) -> ConditionError:
    return ConditionError(f"{type(error).__name__}: {error}")
