"""Which tickets opened lately some rules want counted, so that nothing is looked up that nobody asks for."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from rules.conditions import Condition, parts_of
from rules.functions import recent_of

Windows = Mapping[str, timedelta]
"""How far back to look, for each of requester, asset and category that is asked for."""


def windows(conditions: Iterable[Condition | None]) -> Windows:
    """The longest time for which the conditions count the tickets of each."""
    found: dict[str, timedelta] = {}
    for condition in conditions:
        for part in parts_of(condition.root) if condition else ():
            if part.function == "count_recent":
                subject, window = recent_of(part.children)
                found[subject] = max(window, found.get(subject, window))
    return found
