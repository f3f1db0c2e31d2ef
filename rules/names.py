"""Names that a book may use of what stands elsewhere: agents, teams, categories. They are checked when it is read.

A setting of an action says what it names with its type:

```python
class SetTeam(Action, frozen=True, kw_only=True, forbid_unknown_fields=True):
    to: TeamName                                          # or TeamName | None, or tuple[TeamName, ...]
    by: Annotated[str, named("agent", "least_busy")]      # an agent, or this word
```
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Annotated, Any, Protocol, get_args, get_type_hints, runtime_checkable

import msgspec
from msgspec import Meta, Struct

from rules.suggest import did_you_mean

Names = Mapping[str, Collection[str]]
"""What can be named, by its kind (agent, team, category, policy, calendar, automation, macro, notice for requesters,
notice for agents); no other is checked."""

NO_NAMES: Names = {}


def named(kind: str, *besides: str) -> Meta:
    """Says of a text that it names one of a kind, or is one of the words `besides`."""
    return Meta(extra={"names": kind, "besides": besides})


AgentName = Annotated[str, named("agent")]
TeamName = Annotated[str, named("team")]
CategoryName = Annotated[str, named("category")]
PolicyName = Annotated[str, named("policy")]
CalendarName = Annotated[str, named("calendar")]


@runtime_checkable
class NamesMore(Protocol):
    """An action that names what its types cannot say, such as a notice whose kind depends on another setting."""

    def wrong_names(self, names: Names) -> Iterable[tuple[str, str]]:
        """Key and message of each setting that names what is not there."""
        ...


def wrong_name(names: Names, kind: str, word: str) -> str:
    """What is wrong with a name, or nothing."""
    known = names.get(kind)
    if known is None or word in known:
        return ""
    return f"there is no {kind} '{word}'{did_you_mean(word, sorted(known))}"


def wrong_settings(names: Names, settings: Struct) -> Iterator[tuple[str, str]]:
    """Key and message of each setting that names what is not there."""
    hints = get_type_hints(type(settings), include_extras=True)
    for setting in msgspec.structs.fields(settings):
        key, value = setting.encode_name, getattr(settings, setting.name)
        for kind, besides in _kinds(hints[setting.name]):
            words = [word for word in (value if isinstance(value, tuple | list) else [value]) if isinstance(word, str)]
            wrong = [wrong_name(names, kind, word) for word in words if word and word not in besides]
            yield from ((key, message) for message in wrong if message)
    if isinstance(settings, NamesMore):
        yield from settings.wrong_names(names)


def kind_of(meta: Meta) -> str:
    """The kind that a text of this meta names; empty where it names nothing."""
    return str((meta.extra or {}).get("names", ""))


def _kinds(hint: Any) -> Iterator[tuple[str, tuple[str, ...]]]:  # noqa: ANN401  any type
    for part in get_args(hint):
        if isinstance(part, Meta):
            if kind_of(part):
                yield kind_of(part), (part.extra or {}).get("besides", ())
        else:
            yield from _kinds(part)
