"""What can stand in a book, checked and ready: triggers, automations, macros, policies; and all of it together."""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct, field

from rules.categories import Categories
from rules.conditions import Condition
from rules.durations import Duration
from rules.facts import Facts
from rules.policies import Policy
from rules.recent import Windows


class Example(Struct, frozen=True, kw_only=True):
    """Facts that stand beside a rule: whether it fires for them, and some of what it does then.

    `place` counts the examples of the rule from 0.
    """

    name: str
    place: int
    facts: Facts
    fires: bool
    then: tuple[Struct, ...] = ()


class Trigger(Struct, frozen=True, kw_only=True):
    """Something happened, and it was so: then do this. Without `when` it holds for every such event.

    `place` counts the triggers of its book from 0.
    """

    name: str
    book: str
    on: tuple[str, ...]
    when: Condition | None
    then: tuple[Struct, ...]
    place: int = 0
    examples: tuple[Example, ...] = ()


class Automation(Struct, frozen=True, kw_only=True):
    """It has been so for `after`, without a break: then do this, once until it was otherwise in between.

    With `repeat`, it is done again each time that it has been so for as long. `restart` are events after which the time
    counts from the beginning.
    `when` speaks of the ticket, its requester and its asset only: what does not change by time passing.
    """

    name: str
    book: str
    after: Duration
    when: Condition
    then: tuple[Struct, ...]
    repeat: bool = False
    restart: tuple[str, ...] = ()
    place: int = 0
    examples: tuple[Example, ...] = ()


class Macro(Struct, frozen=True, kw_only=True):
    """An agent says its name: then do this, if `when` holds. `help` is one line for who chooses among macros."""

    name: str
    book: str
    help: str
    when: Condition | None
    then: tuple[Struct, ...]
    place: int = 0
    examples: tuple[Example, ...] = ()


class Text(Struct, frozen=True, kw_only=True):
    """What a notice says in one language: `subject` is empty where the ticket's own stays; `file` is where it stands.

    `source` is the whole file; `uses` are the values that it names.
    """

    file: str
    source: str
    subject: str
    body: str
    uses: frozenset[str]


class Notice(Struct, frozen=True, kw_only=True):
    """A notice of one's own. Only one that is for `requesters` goes to them.

    `texts` are by language; the one without a name is for readers of all others.
    """

    name: str
    reader: Literal["requesters", "agents"]
    about: str
    texts: Mapping[str, Text]

    def text(self, language: str) -> Text | None:
        """What readers of a language are told; None where there is nothing for them."""
        return self.texts.get(language) or self.texts.get("")

    @property
    def uses(self) -> frozenset[str]:
        """The values that it names in any language."""
        return frozenset[str]().union(*(text.uses for text in self.texts.values()))


class Books(Struct, frozen=True, kw_only=True):
    """The rule books in force.

    `triggers` are the enabled ones by event, ordered by name of book, then by place in it; in which order the books
    were read makes no difference. Of `policies`, ordered so too but the shipped ones last, the first that holds for a
    ticket is the ticket's. `recent` says by event how far back tickets are looked up for what the rules count.
    `notices` are those of one's own, by name; who reads the books puts them in, for they are no part of this package.
    `hash` is the sha256 of what the books say (comments and spacing do not count);
    `text` is all of it as it was written, for `rules.loader.load_stored`.
    """

    triggers: Mapping[str, tuple[Trigger, ...]]
    automations: tuple[Automation, ...] = ()
    macros: Mapping[str, Macro] = {}
    policies: tuple[Policy, ...] = ()
    categories: Categories = field(default_factory=Categories)
    recent: Mapping[str, Windows] = {}
    notices: Mapping[str, Notice] = {}
    hash: str
    text: str

    def on(self, event: str) -> tuple[Trigger, ...]:
        """The triggers to look at when this happened, in order."""
        return self.triggers.get(event, ())
