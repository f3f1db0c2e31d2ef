"""The decision: which rules fire for an event, and what they want done. Doing it is somebody else's."""

from msgspec import Struct

from rules.conditions import ConditionError
from rules.facts import Facts
from rules.kinds import Books


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
    """Look at the triggers for `facts.event`, except those in `fired`: they have had their turn for this cause."""
    firings: list[Firing] = []
    errors: list[RuleError] = []
    for trigger in books.on(facts.event):
        if trigger.name in fired:
            continue
        holds = True if trigger.when is None else trigger.when.holds(facts)
        if isinstance(holds, ConditionError):
            errors.append(RuleError(trigger.name, holds.message))
        elif holds:
            firings.append(Firing(trigger.name, trigger.then))
    return Decision(tuple(firings), tuple(errors))
