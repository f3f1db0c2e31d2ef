"""The examples that stand beside the rules of some books, tried: a book carries its own tests."""

from collections.abc import Iterator

import msgspec
from msgspec import Struct

from rules.conditions import ConditionError
from rules.kinds import Automation, Books, Example, Macro, Trigger
from rules.positions import Positions

Rule = Trigger | Automation | Macro


class Outcome(Struct, frozen=True, kw_only=True):
    """What came of an example. `said` is what is wrong, empty where it passed; line and column count from 1.

    `kind` is trigger, automation or macro; `example` is its name, or its number among those of the rule, from 1.
    """

    book: str
    line: int
    column: int
    kind: str
    rule: str
    example: str
    said: str

    @property
    def passed(self) -> bool:
        """Whether it came as the example says."""
        return not self.said

    def __str__(self) -> str:
        where = f"{self.book}:{self.line}:{self.column}: {self.rule}, example {self.example}"
        return f"{where}: {self.said or 'as expected'}"


def run(books: Books) -> list[Outcome]:
    """Try every example, each on its own rule, in the order of the books."""
    places = {name: Positions(text) for name, text in msgspec.json.decode(books.text, type=list[tuple[str, str]])}
    tried = [_outcome(rule, example, places[rule.book]) for rule in _rules(books) for example in rule.examples]
    return sorted(tried, key=lambda outcome: (outcome.book, outcome.line))


def _rules(books: Books) -> Iterator[Rule]:
    yield from {trigger.name: trigger for found in books.triggers.values() for trigger in found}.values()
    yield from books.automations
    yield from books.macros.values()


def _outcome(rule: Rule, example: Example, places: Positions) -> Outcome:
    kind = type(rule).__name__.lower()
    place = places.key((kind, rule.place, "example", example.place))
    return Outcome(
        book=rule.book,
        line=place.line,
        column=place.column,
        kind=kind,
        rule=rule.name,
        example=f"'{example.name}'" if example.name else str(example.place + 1),
        said=_wrong(rule, example),
    )


def _wrong(rule: Rule, example: Example) -> str:
    if isinstance(rule, Trigger) and example.facts.event not in rule.on:
        fires: bool | ConditionError = False
    else:
        fires = True if rule.when is None else rule.when.holds(example.facts)
    if isinstance(fires, ConditionError):
        return f"its condition cannot be worked out: {fires.message}"
    if fires != example.fires:
        return "it fires, and should not" if fires else "it does not fire, and should"
    missing = [action for action in example.then if action not in rule.then]
    return "; ".join(f"it does not {_shown(action)}" for action in missing)


def _shown(action: Struct) -> str:
    settings = ", ".join(
        f"{key} {value}" for key, value in msgspec.to_builtins(action).items() if value not in (None, "")
    )
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in type(action).__name__).strip()
    return f"{words} ({settings})" if settings else words
