"""Forms as modals, and what was entered into one: pure. Discord takes five inputs, and no form in place of another."""

from collections.abc import Mapping
from typing import Any, Final

from channels.base import CATEGORY, Choice, Form, Input, InputKind
from channels.discord.memo import Memo
from channels.rich.cutting import shortened
from channels.rich.inline import clean

Json = dict[str, Any]

INPUTS: Final = 5
TITLE: Final = 45
LABEL: Final = 45
HINT: Final = 100
OPTIONS: Final = 25
OPTION: Final = 100
TYPED: Final = 4_000
_LINE: Final = 1_000
_INPUT: Final = "fl|in|"
_LABELLED, _TYPED, _LIST, _PEOPLE, _SHOWN = 18, 4, 3, 5, 10


def one_line(text: str, most: int) -> str:
    """Words on one line; never empty."""
    return shortened(" ".join(clean(text).split()), most) or "…"


def modal(form: Form, memo: Memo) -> Json:
    """A form as a modal; of one that asks too much, the first that is needed."""
    inputs = [entry for entry in form.inputs if not (entry.name == CATEGORY and memo.category)]
    most_needed = sorted(inputs, key=lambda entry: not entry.needed)[:INPUTS]
    kept = [entry for entry in inputs if entry in most_needed]
    return {
        "custom_id": memo.written(),
        "title": one_line(form.title, TITLE),
        "components": [_input(entry) for entry in kept],
    }


def _input(entry: Input) -> Json:
    hint = {"description": one_line(entry.hint, HINT)} if entry.hint else {}
    return {"type": _LABELLED, "label": one_line(entry.label, LABEL), **hint, "component": _element(entry)}


def _element(entry: Input) -> Json:
    named = {"custom_id": f"{_INPUT}{entry.name}"[:OPTION], "required": entry.needed}
    if entry.kind is InputKind.PERSON:
        chosen = [{"id": entry.value, "type": "user"}] if entry.value.isdigit() else []
        return {"type": _PEOPLE, **named, "max_values": 1, **({"default_values": chosen} if chosen else {})}
    if entry.kind is InputKind.OPTION and entry.options:
        offered = [option(one, chosen=entry.value) for one in entry.options[:OPTIONS]]
        return {"type": _LIST, **named, "min_values": int(entry.needed), "max_values": 1, "options": offered}
    words = entry.kind is InputKind.WORDS
    typed = clean(entry.value)[: TYPED if words else _LINE]
    return {
        "type": _TYPED,
        **named,
        "style": 2 if words else 1,
        "max_length": TYPED if words else _LINE,
        **({"value": typed} if typed else {}),
    }


def option(choice: Choice, *, chosen: str = "") -> Json:
    """One line of a list."""
    made = {"label": one_line(choice.label, OPTION), "value": clean(choice.value)[:OPTION]}
    return {**made, "default": True} if chosen and choice.value == chosen else made


def entered(data: Mapping[str, Any]) -> dict[str, str]:
    """What stands in a modal, by the name of the input."""
    found: dict[str, str] = {}
    for row in data.get("components") or ():
        for one in [row["component"]] if row.get("component") else row.get("components") or ():
            name = str(one.get("custom_id") or "")
            if name.startswith(_INPUT):
                values = one.get("values") or ()
                found[name.removeprefix(_INPUT)] = str(values[0]) if values else str(one.get("value") or "")
    return found
