"""A compiled part of a condition: what it says, its type, and the function that works out its value."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from rules.catalogue import Fact
from rules.durations import DurationError, parse_clock
from rules.facts import Facts
from rules.source import Refused
from rules.suggest import did_you_mean
from rules.values import DURATION, TEXT, TIME, Sort, Type

Value = str | int | float | bool | datetime | timedelta | tuple[str, ...] | None
"""What a part can be worth; None is unknown."""

Evaluate = Callable[[Facts], Any]
"""Gives a Value of the part's type. Not typed closer: the checker has seen to it that operands fit."""


class Part(Struct, frozen=True, kw_only=True):
    """One part. `fact` is set if it is a fact; `literal` is the value if it is written out, and None otherwise.

    `function` is the name of the function whose call it is, or empty.
    """

    source: str
    column: int
    type: Type
    evaluate: Evaluate
    children: tuple["Part", ...] = ()
    fact: Fact | None = None
    literal: Value = None
    function: str = ""

    def refuse(self, message: str) -> Refused:
        """The error that says what is wrong with this part."""
        return Refused(self.column, message)


def constant(value: Value, type_: Type, *, source: str, column: int) -> Part:
    """A literal."""
    return Part(source=source, column=column, type=type_, evaluate=lambda _: value, literal=value)


def read_as(part: Part, wanted: Type) -> Part:
    """A text literal read as what it is compared with: a choice, a duration, a time. Other parts are given back.

    Raises Refused if the literal is not one.
    """
    text = part.literal
    if part.type != TEXT or not isinstance(text, str):
        return part
    if wanted.sort is Sort.CHOICE:
        if text not in wanted.choices:
            raise part.refuse(f"'{text}' is not one of {', '.join(wanted.choices)}{did_you_mean(text, wanted.choices)}")
        return constant(text, wanted, source=part.source, column=part.column)
    if wanted == DURATION:
        return constant(_duration(part, text), DURATION, source=part.source, column=part.column)
    if wanted == TIME:
        return constant(_time(part, text), TIME, source=part.source, column=part.column)
    return part


def _duration(part: Part, text: str) -> timedelta:
    try:
        return parse_clock(text)
    except DurationError as error:
        raise part.refuse(str(error)) from None


def _time(part: Part, text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise part.refuse(f"'{text}' is not a time; write it like '2026-11-30T08:00+01:00'") from None
    if moment.tzinfo is None:
        raise part.refuse(f"'{text}' says no zone; write it like '2026-11-30T08:00+01:00'")
    return moment
