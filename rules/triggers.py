"""Triggers and the books they stand in, checked and ready to be decided with."""

from collections.abc import Mapping

from msgspec import Struct

from rules.conditions import Condition


class Trigger(Struct, frozen=True, kw_only=True):
    """Something happened, and it was so: then do this. Without `when` it holds for every such event."""

    name: str
    book: str
    on: tuple[str, ...]
    when: Condition | None
    then: tuple[Struct, ...]


class Books(Struct, frozen=True, kw_only=True):
    """The rule books in force.

    `triggers` are the enabled ones by event, ordered by name of book, then by place in it; in which order the books
    were read makes no difference. `hash` is the sha256 of what the books say (comments and spacing do not count);
    `text` is all of it as it was written, for `rules.loader.load_stored`.
    """

    triggers: Mapping[str, tuple[Trigger, ...]]
    hash: str
    text: str

    def on(self, event: str) -> tuple[Trigger, ...]:
        """The triggers to look at when this happened, in order."""
        return self.triggers.get(event, ())
