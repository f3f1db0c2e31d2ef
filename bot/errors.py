"""Errors that a person at the command line can mend, and the end of what was only tried."""

from typing import Any


class NotDone(Exception):
    """The request cannot be carried out; the text is one line for the person who asked: why, and what to do."""


class RolledBack(Exception):
    """It was only tried: the transaction must leave nothing behind. `result` is what it would have come to."""

    def __init__(self, result: Any) -> None:  # noqa: ANN401  JSON
        super().__init__("it was only tried")
        self.result = result
