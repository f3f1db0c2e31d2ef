"""Why: what a rule says and does, and what its condition came to, as text that people read."""

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from bot.actions import actions
from rules.kinds import Automation, Books, Macro, Trigger

Rule = Trigger | Automation | Macro


def action_text(action: Struct) -> str:
    """An action as a rule writes it, shorter: `notify who requester, notice acknowledgement`."""
    name = next((name for name, known in actions().items() if type(action) is known), type(action).__name__)
    settings: dict[str, Any] = msgspec.to_builtins(action)
    given = ", ".join(f"{key} {_written(value)}" for key, value in settings.items() if value not in (None, "", [], ()))
    return f"{name} {given}".strip()


def _written(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def change_text(action: str, details: Mapping[str, Any]) -> str:
    """A line of the audit without its actor: `priority: medium → high`."""
    more = [f"{key} {_written(value)}" for key, value in details.items() if key not in {"before", "after", "why"}]
    known = [str(details[key]) for key in ("before", "after") if details.get(key) is not None]
    said = "; ".join([" → ".join(known), *more] if known else more)
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
    return f"so for {rule.after}" if isinstance(rule, Automation) else f"#macro {rule.name}"


def all_rules(books: Books) -> list[Rule]:
    """Every rule once, in the order in which the books say them."""
    triggers = {trigger.name: trigger for found in books.triggers.values() for trigger in found}
    known: dict[str, Rule] = {**triggers, **{rule.name: rule for rule in books.automations}, **books.macros}
    return [known[name] for name in _written_names(books) if name in known]


def _written_names(books: Books) -> Iterator[str]:
    for _, text in msgspec.json.decode(books.text, type=list[tuple[str, str]]):
        document = tomllib.loads(text)
        yield from (rule["name"] for kind in ("trigger", "automation", "macro") for rule in document.get(kind, []))
