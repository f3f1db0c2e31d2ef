"""Why: what a rule says and does, and what its condition came to, as text that people read."""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct

from bot.actions import actions
from rules.facts import Target
from rules.kinds import Automation, Books, Macro, Trigger
from rules.policies import Policy

Rule = Trigger | Automation | Macro
_SHOWN_APART = frozenset({"before", "after", "why"})


def action_text(action: Struct) -> str:
    """An action as a rule writes it, shorter: `notify who requester, notice acknowledgement`."""
    name, usual = _known(type(action))
    settings: dict[str, Any] = msgspec.to_builtins(action)
    given = ", ".join(f"{key} {_written(value)}" for key, value in settings.items() if value != usual[key])
    return f"{name} {given}".strip()


@cache
def _known(action: type[Struct]) -> tuple[str, dict[str, object]]:
    """The name of an action, and what its settings are where a rule does not say."""
    name = next((name for name, known in actions().items() if action is known), action.__name__)
    return name, {field.encode_name: field.default for field in msgspec.structs.fields(action)}


def _between(before: object, after: object) -> Iterator[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys()):
            if before.get(key) != after.get(key):
                yield f"{key} {_or_none(before.get(key))} → {_or_none(after.get(key))}"
    elif before is not None and after is not None:
        yield f"{before} → {after}"
    elif before is not None or after is not None:
        yield str(after if before is None else before)


def _or_none(value: object) -> str:
    return "–" if value is None else str(value)


def _written(value: object) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_written(one)}" for key, one in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def change_text(action: str, details: Mapping[str, Any]) -> str:
    """A line of the audit without its actor: `priority: medium → high`."""
    more = [f"{key} {_written(value)}" for key, value in details.items() if key not in _SHOWN_APART and value]
    said = "; ".join([*_between(details.get("before"), details.get("after")), *more])
    return f"{action.replace('_', ' ')}: {said}" if said else action.replace("_", " ")


def reasoned(change: str, because: str) -> str:
    """What a rule changed and why, in one line."""
    return f"{change} (because {because})" if because else change


def kind_of(rule: Rule) -> str:
    """`trigger`, `automation` or `macro`."""
    return type(rule).__name__.lower()


def sets_off(rule: Rule) -> str:
    """What sets a rule off: its events, the time that passes, or the words of an agent."""
    if isinstance(rule, Trigger):
        return " or ".join(rule.on)
    return f"so for {rule.after}{_again(rule)}" if isinstance(rule, Automation) else f"#macro {rule.name}"


def _again(rule: Automation) -> str:
    """Whether it does so again, and what it counts from."""
    since = f", counted from each {' or '.join(rule.restart)}" if rule.restart else ""
    return (", again and again" if rule.repeat else "") + since


def promises(policy: Policy) -> list[str]:
    """What a policy promises, a line for each target: `resolution: critical 8 hours, high 2 business days`."""
    return [
        f"{target}: {', '.join(f'{priority} {duration}' for priority, duration in getattr(policy, target).items())}"
        for target in Target
        if getattr(policy, target)
    ]


def all_rules(books: Books) -> list[Rule]:
    """Every rule once, in the order in which the books say them."""
    triggers = {trigger.name: trigger for found in books.triggers.values() for trigger in found}
    known: dict[str, Rule] = {**triggers, **{rule.name: rule for rule in books.automations}, **books.macros}
    return [known[name] for name in _written_names(books) if name in known]


def _written_names(books: Books) -> Iterator[str]:
    for _, text in msgspec.json.decode(books.text, type=list[tuple[str, str]]):
        document = tomllib.loads(text)
        yield from (rule["name"] for kind in ("trigger", "automation", "macro") for rule in document.get(kind, []))
