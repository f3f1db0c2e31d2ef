"""Priority: from impact and urgency by a matrix, and what a rule may say in place of one of its levels."""

from enum import StrEnum
from typing import TypeVar

from msgspec import Struct

from rules.facts import Level, Priority

E = TypeVar("E", bound=StrEnum)


class Row(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The priorities of one impact, by urgency."""

    high: Priority
    medium: Priority
    low: Priority


class Matrix(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[priority]`: the priority of each impact (a row) and urgency (a place in the row)."""

    impact_high: Row = Row(high=Priority.CRITICAL, medium=Priority.HIGH, low=Priority.MEDIUM)
    impact_medium: Row = Row(high=Priority.HIGH, medium=Priority.MEDIUM, low=Priority.LOW)
    impact_low: Row = Row(high=Priority.MEDIUM, medium=Priority.LOW, low=Priority.LOW)

    def weigh(self, impact: Level, urgency: Level) -> Priority:
        """The priority of that impact and urgency."""
        row: Row = getattr(self, f"impact_{impact.value}")
        found: Priority = getattr(row, urgency.value)
        return found


class LevelChange(StrEnum):
    """What a rule may set impact or urgency to: a level, or one step up or down."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    HIGHER = "higher"
    LOWER = "lower"


class PriorityChange(StrEnum):
    """What a rule may set the priority to: a priority, what the matrix says, or one step up or down."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    MATRIX = "matrix"
    HIGHER = "higher"
    LOWER = "lower"


def changed_level(now: Level, change: LevelChange) -> Level:
    """The level after the change; the highest is not raised, nor the lowest lowered."""
    if change in {LevelChange.HIGHER, LevelChange.LOWER}:
        return _step(list(Level), now, up=change is LevelChange.HIGHER)
    return Level(change.value)


def changed_priority(now: Priority, change: PriorityChange, by_matrix: Priority) -> Priority:
    """The priority after the change, where the matrix says `by_matrix`."""
    if change is PriorityChange.MATRIX:
        return by_matrix
    if change in {PriorityChange.HIGHER, PriorityChange.LOWER}:
        return _step(list(Priority), now, up=change is PriorityChange.HIGHER)
    return Priority(change.value)


def _step(order: list[E], now: E, *, up: bool) -> E:
    """The neighbour in an order that begins with the highest."""
    place = order.index(now) + (-1 if up else 1)
    return order[min(max(place, 0), len(order) - 1)]
