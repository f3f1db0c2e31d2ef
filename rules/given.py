"""The examples that stand beside a rule: facts, and whether it fires for them. Here they are read and checked.

```toml
[[trigger.example]]                          # also [[automation.example]], [[macro.example]]
name  = "smoke on the shop floor"            # optional
facts = { text = "I see smoke", requester.department = "Production", ticket.fields.line = "3" }
recent = { requester = 4 }                   # optional: what count_recent() finds, whatever the time
fires = true
then  = [{ do = "set_priority", to = "critical" }]   # optional: what it does then, or some of it
```

Facts that are not given are those of a person's ordinary mail on a Monday morning, on a ticket that is new.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from rules.catalogue import Fact, find, names
from rules.entries import Entry
from rules.facts import Event, Facts
from rules.functions import LONGEST_RECENT, SUBJECTS
from rules.kinds import Example
from rules.names import wrong_name
from rules.suggest import did_you_mean
from rules.values import Sort

_MOMENT: Final = datetime(2026, 11, 23, 9, tzinfo=UTC)
_FIELDS: Final = ("ticket", "fields")
_TALKS: Final = frozenset(
    {Event.TICKET_OPENED, Event.MESSAGE_RECEIVED, Event.MESSAGE_BOUNCED, Event.AGENT_ANSWERED, Event.NOTE_ADDED}
)
_SORTS: Final[Mapping[Sort, type | tuple[type, ...]]] = {
    Sort.TEXT: str,
    Sort.NUMBER: (int, float),
    Sort.YES_NO: bool,
    Sort.TIME: datetime,
    Sort.LIST: list,
    Sort.CHOICE: str,
}
_LIKE: Final = {
    Sort.TEXT: "a text",
    Sort.NUMBER: "a number",
    Sort.YES_NO: "true or false",
    Sort.TIME: "a time with its zone, such as 2026-11-30T08:00:00+01:00",
    Sort.LIST: "a list of texts",
}


def read_examples(entry: Entry, event: str) -> tuple[Example, ...]:
    """The examples of a rule for which, where they do not say, `event` happened."""
    tables = entry.get("example")
    if tables is None:
        return ()
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        entry.refuse("example", "an example begins with double brackets, such as [[trigger.example]]")
        return ()
    read = (_example(entry.inner("example", place), event, place) for place in range(len(tables)))
    return tuple(example for example in read if example is not None)


def _example(entry: Entry, event: str, place: int) -> Example | None:
    if not entry.has("an example", ("fires",), ("name", "facts", "recent", "then")):
        return None
    fires = entry.get("fires")
    if not isinstance(fires, bool):
        entry.refuse("fires", "'fires' is true or false")
        return None
    then = entry.then() if entry.get("then") is not None else ()
    if then and not fires:
        entry.refuse("then", "a rule that does not fire does nothing; leave 'then' out")
    facts = _facts(entry, event)
    if facts is None:
        return None
    return Example(name=entry.line("name"), place=place, facts=facts, fires=fires, then=then)


def _facts(entry: Entry, event: str) -> Facts | None:
    table = entry.get("facts") or {}
    if not isinstance(table, dict):
        entry.refuse("facts", 'facts stand in braces, such as { text = "no sound", tier = 2 }')
        return None
    given = dict(_given(entry, table))
    moment = given.get(("at",), _MOMENT)
    made = _ordinary(str(given.get(("event",), event)), moment)
    for path, value in given.items():
        whole = made
        for step in path[:-1]:
            whole = whole.setdefault(step, _whole(step, moment))
        whole[path[-1]] = value
    made["recent"] = _recent(entry, moment)
    try:
        return msgspec.convert(made, Facts)
    except msgspec.ValidationError as error:
        entry.refuse("facts", f"these facts cannot be: {error}")
        return None


def _ordinary(event: str, at: datetime) -> dict[str, Any]:
    levels = {"priority": "medium", "impact": "medium", "urgency": "medium"}
    ticket = {
        "number": 1,
        "subject": "",
        "status": "new",
        "channel": "email",
        "last_word": "requester",
        "created_at": at,
        **levels,
    }
    made: dict[str, Any] = {
        "event": event,
        "at": at,
        "ticket": ticket,
        "requester": {"name": "Ada"},
        "actor": {"role": "requester", "name": "Ada"},
        "desk": {"open": True, "name": "IT Help", "weekday": "mon", "hour": 9},
    }
    return made | ({"message": dict(_WHOLE["message"])} if event in _TALKS else {})


_WHOLE: Final[Mapping[str, Mapping[str, Any]]] = {
    "message": {"kind": "human", "text": ""},
    "asset": {"number": "1"},
    "sla": {"target": "first_response", "policy": "", "share": 1},
    "timer": {"rule": ""},
    "survey": {"mark": 5},
}
"""What a message, an asset, a promise, a timer or a survey has at least, where something is said of it."""
_MOMENTS: Final = {"sla": "due_at", "timer": "since"}


def _whole(group: str, at: datetime) -> dict[str, Any]:
    return dict(_WHOLE.get(group, {})) | ({_MOMENTS[group]: at} if group in _MOMENTS else {})


def _given(
    entry: Entry, table: Mapping[str, Any], before: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The facts of a table and of those in it, each with the path at which it stands among all facts."""
    for key, value in table.items():
        written = (*before, key)
        fact = find(".".join(written))
        if fact is not None:
            if _fits(entry, written, fact, value):
                yield tuple(fact.name.split(".")), value
        elif written[:-1] == _FIELDS and isinstance(value, str):
            yield written, value
        elif isinstance(value, dict):
            yield from _given(entry, value, written)
        else:
            name = ".".join(written)
            entry.refuse("facts", f"there is no fact '{name}'{did_you_mean(name, names())}", *written)


def _fits(entry: Entry, written: tuple[str, ...], fact: Fact, value: object) -> bool:
    """Whether a value can be that fact's; it is said if not."""
    wrong = _wrong(fact, value) or (wrong_name(entry.names, fact.names, value) if isinstance(value, str) else "")
    if wrong:
        entry.refuse("facts", wrong, *written)
    return not wrong


def _wrong(fact: Fact, value: object) -> str:
    sort = fact.type.sort
    fits = isinstance(value, _SORTS[sort]) and (sort is Sort.YES_NO or not isinstance(value, bool))
    if fits and isinstance(value, datetime):
        fits = value.tzinfo is not None
    if fits and isinstance(value, list):
        fits = all(isinstance(one, str) for one in value)
    if fits and sort is Sort.CHOICE and value not in fact.type.choices:
        return f"'{value}' is not one of {', '.join(fact.type.choices)}{did_you_mean(str(value), fact.type.choices)}"
    return "" if fits else f"{fact.name} is {_LIKE.get(sort, 'one of ' + ', '.join(fact.type.choices))}"


def _recent(entry: Entry, at: datetime) -> dict[str, Any] | None:
    """So many tickets, all opened at that moment."""
    counts = entry.get("recent")
    if counts is None:
        return None
    if not isinstance(counts, dict) or not all(type(count) is int and 0 <= count <= 1_000 for count in counts.values()):
        entry.refuse("recent", "'recent' says how many, such as { requester = 3 }")
        return None
    for subject in counts:
        if subject not in SUBJECTS:
            entry.refuse("recent", f"'{subject}' is not one of {', '.join(SUBJECTS)}", subject)
    since = at - LONGEST_RECENT - timedelta(days=1)
    return {subject: {"since": since, "at": [at] * count} for subject, count in counts.items()}
