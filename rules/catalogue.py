"""The catalogue of facts: every name a condition may use, with its type and what it means.

It is read off the structs in `rules.facts`, so a fact that exists is a fact that is documented.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from operator import attrgetter
from types import MappingProxyType, NoneType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from msgspec import Struct

from rules.facts import Event, Facts
from rules.names import kind_of
from rules.values import LIST, NUMBER, TEXT, TIME, YES_NO, Sort, Type

_LASTING = frozenset({"ticket", "requester", "asset"})
_PLAIN = {str: TEXT, int: NUMBER, float: NUMBER, bool: YES_NO, datetime: TIME, tuple[str, ...]: LIST}


class Fact(Struct, frozen=True, kw_only=True):
    """One fact. `optional` facts can be unknown; `short` is a second name without the dot, or empty.

    `names` is the kind of what it names (an agent, a team), or empty.
    """

    name: str
    type: Type
    description: str
    optional: bool
    short: str = ""
    names: str = ""

    @property
    def lasting(self) -> bool:
        """Whether it stays as it is until something happens to the ticket."""
        return self.name.partition(".")[0] in _LASTING


SHORT_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "status": "ticket.status",
        "priority": "ticket.priority",
        "subject": "ticket.subject",
        "channel": "ticket.channel",
        "tier": "ticket.tier",
        "category": "ticket.category",
        "text": "message.text",
    }
)
"""The common facts under the name that people use for them, and the full name of each."""


def _facts() -> Iterator[Fact]:
    for name, hint in get_type_hints(Facts, include_extras=True).items():
        group, optional = _without_none(hint)
        if isinstance(group, type) and issubclass(group, Struct):
            for field, inner in get_type_hints(group, include_extras=True).items():
                if get_origin(inner) is Annotated:
                    yield _fact(f"{name}.{field}", inner, optional=optional)
        else:
            yield _fact(name, hint, optional=optional)


def _fact(name: str, hint: object, *, optional: bool) -> Fact:
    annotated, meta = get_args(hint)
    plain, nullable = _without_none(annotated)
    short = next((short for short, full in SHORT_NAMES.items() if full == name), "")
    return Fact(
        name=name,
        type=_choices(Event) if name == "event" else _type(plain),
        description=meta.description,
        optional=optional or nullable,
        short=short,
        names=kind_of(meta),
    )


def _without_none(hint: object) -> tuple[Any, bool]:
    members = get_args(hint)
    if NoneType not in members:
        return hint, False
    return next(member for member in members if member is not NoneType), True


def _type(plain: type) -> Type:
    return _PLAIN.get(plain) or _choices(plain)


def _choices(enumeration: type[StrEnum]) -> Type:
    return Type(Sort.CHOICE, tuple(member.value for member in enumeration))


_MAY_BE_MISSING = frozenset(name for name, hint in get_type_hints(Facts).items() if _without_none(hint)[1])
CATALOGUE: Mapping[str, Fact] = MappingProxyType({fact.name: fact for fact in _facts()})
"""Every fact by its full name."""


def find(name: str) -> Fact | None:
    """The fact of that full or short name."""
    return CATALOGUE.get(SHORT_NAMES.get(name, name))


def names() -> tuple[str, ...]:
    """All names a condition may use for a fact, the short ones first."""
    return (*SHORT_NAMES, *CATALOGUE)


def reader(fact: Fact) -> Callable[[Facts], Any]:
    """The function that reads this fact; it gives None where the fact is unknown."""
    group, _, field = fact.name.rpartition(".")
    if group not in _MAY_BE_MISSING:
        return attrgetter(fact.name)
    whole = attrgetter(group)

    def read(facts: Facts) -> object:
        found = whole(facts)
        return None if found is None else getattr(found, field)

    return read
