"""The decision: which rules fire for an event, and what they want done. Doing it is somebody else's."""

from collections.abc import Sequence

from msgspec import Struct

from rules.conditions import ConditionError
from rules.facts import Facts
from rules.kinds import Automation, Books, Trigger


class Firing(Struct, frozen=True):
    """A rule that fired, and its actions in order."""

    rule: str
    actions: tuple[Struct, ...]


class RuleError(Struct, frozen=True):
    """A rule that was skipped because its condition could not be worked out, and why."""

    rule: str
    message: str


class Decision(Struct, frozen=True):
    """What the rules say to an event, in the order of the books."""

    firings: tuple[Firing, ...] = ()
    errors: tuple[RuleError, ...] = ()


def decide(books: Books, facts: Facts, fired: frozenset[str]) -> Decision:
    """Look at the rules for what happened, except those in `fired`: they have had their turn for this cause.

    They are the triggers for `facts.event`; where time has passed, before them the automation whose time has come.
    """
    firings: list[Firing] = []
    errors: list[RuleError] = []
    for rule in _asked(books, facts):
        if rule.name in fired:
            continue
        holds = True if rule.when is None else rule.when.holds(facts)
        if isinstance(holds, ConditionError):
            errors.append(RuleError(rule.name, holds.message))
        elif holds:
            firings.append(Firing(rule.name, rule.then))
    return Decision(tuple(firings), tuple(errors))


def _asked(books: Books, facts: Facts) -> Sequence[Trigger | Automation]:
    triggers = books.on(facts.event)
    if facts.timer is None:
        return triggers
    due = [rule for rule in books.automations if rule.name == facts.timer.rule]
    return [*due, *triggers]
