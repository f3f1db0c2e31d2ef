"""Why a condition holds or does not: the parts that say yes or no by themselves, and which of them decided."""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from rules.conditions import Condition, ConditionError, parts_of, worked_out
from rules.facts import Facts
from rules.parts import Part, Value
from rules.values import YES_NO
from rules.words import folded, words

_SHOWN, _LONG = 60, 90


class Reason(Struct, frozen=True, kw_only=True):
    """A part of a condition without a yes/no in it: as written, its value, and the facts in it with theirs.

    `short` is the same, at most 90 characters long; of many words that were looked for it has those that were found.
    `decides` says that the whole would be otherwise without it, as far as the other parts let one say so.
    """

    source: str
    short: str
    value: Value | ConditionError
    facts: tuple[tuple[str, Value | ConditionError], ...]
    decides: bool


def reasons(condition: Condition, facts: Facts) -> list[Reason]:
    """All such parts, from left to right."""
    return list(_reasons(condition.root, facts, decides=True))


def because(condition: Condition | None, facts: Facts) -> str:
    """What decided, in one line: `requester.vip; ticket.urgency is medium`; empty where there was nothing to decide."""
    decisive = [reason for reason in reasons(condition, facts) if reason.decides] if condition else []
    return "; ".join(dict.fromkeys(_in_words(reason) for reason in decisive))


def written(value: Value | ConditionError) -> str:
    """A value as people read it, at most 60 characters long."""
    if value is None:
        return "unknown"
    if isinstance(value, ConditionError):
        return value.message
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    text = ", ".join(value) if isinstance(value, tuple) else str(value)
    return shortened(" ".join(text.split()) or "empty")


def shortened(text: str, most: int = _SHOWN) -> str:
    """The text, cut with … where it is longer."""
    return text if len(text) <= most else text[: most - 1] + "…"


def _reasons(part: Part, facts: Facts, *, decides: bool) -> Iterator[Reason]:
    inner = [child for child in part.children if child.type == YES_NO and child.literal is None]
    if not inner or len(inner) != len(part.children) or part.function:
        named = tuple((one.source, worked_out(one, facts)) for one in _facts(part))
        value = worked_out(part, facts)
        yield Reason(source=part.source, short=_short(part, facts), value=value, facts=named, decides=decides)
        return
    truth = [bool(worked_out(child, facts)) for child in inner]
    wanted = bool(worked_out(part, facts))
    telling = wanted if wanted in truth else not wanted
    for child, true in zip(inner, truth, strict=True):
        yield from _reasons(child, facts, decides=decides and true is telling)


def _short(part: Part, facts: Facts) -> str:
    found = [child.source for child in part.children[1:] if _is_found(child, part.children[0], facts)]
    few = found and len(found) < len(part.children) - 1 and part.function == "any_word"
    return f"any_word({part.children[0].source}, {', '.join(found)}, …)" if few else shortened(part.source, _LONG)


def _is_found(literal: Part, text: Part, facts: Facts) -> bool:
    read = worked_out(text, facts)
    return isinstance(literal.literal, str) and isinstance(read, str) and folded(literal.literal) in words(read)


def _is_call(source: str) -> bool:
    return source.endswith(")") and source.partition("(")[0].isidentifier()


def _facts(part: Part) -> Iterator[Part]:
    return (one for one in parts_of(part) if one.fact is not None)


def _in_words(reason: Reason) -> str:
    if isinstance(reason.value, ConditionError):
        return f"{shortened(reason.source)} cannot be worked out: {reason.value.message}"
    if reason.facts and reason.facts[0][0] == reason.source:
        return reason.source if reason.value else f"{reason.source} is {written(reason.value)}"
    if _is_call(reason.source):
        return reason.short if reason.value else f"not {shortened(reason.source)}"
    return ", ".join(f"{name} is {written(value)}" for name, value in reason.facts) or shortened(reason.source)
