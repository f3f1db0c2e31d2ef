"""Impact and urgency make a priority."""

import pytest

from rules.facts import Level, Priority
from rules.priority import LevelChange, Matrix, PriorityChange, Row, changed_level, changed_priority


@pytest.mark.covers("H8")
def test_the_matrix_falls_with_impact_and_with_urgency() -> None:
    matrix, order = Matrix(), list(Priority)
    assert matrix.weigh(Level.HIGH, Level.HIGH) is Priority.CRITICAL
    assert matrix.weigh(Level.MEDIUM, Level.MEDIUM) is Priority.MEDIUM
    assert matrix.weigh(Level.LOW, Level.LOW) is Priority.LOW
    for one in Level:
        down = [order.index(matrix.weigh(impact, one)) for impact in Level]
        across = [order.index(matrix.weigh(one, urgency)) for urgency in Level]
        assert down == sorted(down)
        assert across == sorted(across)


def test_a_matrix_of_ones_own_counts() -> None:
    calm = Row(high=Priority.HIGH, medium=Priority.LOW, low=Priority.LOW)
    assert Matrix(impact_medium=calm).weigh(Level.MEDIUM, Level.MEDIUM) is Priority.LOW


@pytest.mark.parametrize(
    ("now", "change", "then"),
    [
        ("medium", "higher", "high"),
        ("high", "higher", "high"),
        ("medium", "lower", "low"),
        ("low", "lower", "low"),
        ("low", "high", "high"),
    ],
)
def test_a_level_moves_by_a_step_and_not_beyond_its_ends(now: str, change: str, then: str) -> None:
    assert changed_level(Level(now), LevelChange(change)) == then


@pytest.mark.parametrize(
    ("now", "change", "then"),
    [
        ("medium", "matrix", "high"),
        ("high", "higher", "critical"),
        ("critical", "higher", "critical"),
        ("low", "lower", "low"),
        ("critical", "low", "low"),
    ],
)
def test_a_priority_moves_by_a_step_or_to_what_the_matrix_says(now: str, change: str, then: str) -> None:
    assert changed_priority(Priority(now), PriorityChange(change), Priority.HIGH) == then
