"""Dialogues: https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-response-object-modal."""

from typing import Final

from tests.support.discordserver.refused import Json, Problems
from tests.support.discordserver.validate import components
from tests.support.discordserver.validate.components import ROW, SELECTS, TEXT_INPUT
from tests.support.discordserver.validate.fields import Form, Path

TEXT, LABEL, FILES = 10, 18, 19
MOST: Final = 5


def check(given: Json, path: Path) -> Json:
    problems = Problems()
    form = Form(problems, given, path)
    form.text("title", 1, 45, required=True)
    form.text("custom_id", 1, 100, required=True)
    if not given.get("components"):
        form.add("components", "BASE_TYPE_REQUIRED", "This field is required")
    seen: set[str] = set()
    for each in form.forms("components", 1, MOST):
        _part(each, seen)
    problems.check()
    return given | {"components": components.numbered(given["components"])}


def _part(part: Form, seen: set[str]) -> None:
    match part.given.get("type"):
        case 1:
            inputs = part.forms("components", 1, 1)
            for each in inputs:
                each.text("label", 1, 45, required=True)
                _input(each, seen)
        case 18:
            part.text("label", 1, 45, required=True)
            part.text("description", 0, 100)
            inner = part.form("component", required=True)
            if inner is not None:
                _labelled(inner, seen)
        case 10:
            part.text("content", 1, 4000, required=True)
        case _:
            part.add("type", "BASE_TYPE_CHOICES", f"Value must be one of ({ROW}, {TEXT}, {LABEL}).")


def _labelled(inner: Form, seen: set[str]) -> None:
    kind = inner.given.get("type")
    if kind == TEXT_INPUT:
        _input(inner, seen)
    elif kind in SELECTS:
        components.select(inner, seen)
    elif kind == FILES:
        components.custom_id(inner, seen)
        inner.number("min_values", 0, 10)
        inner.number("max_values", 1, 10)
    elif kind not in {21, 22, 23}:
        inner.add("type", "BASE_TYPE_CHOICES", "Value must be one of (3, 4, 5, 6, 7, 8, 19, 21, 22, 23).")


def _input(text: Form, seen: set[str]) -> None:
    if text.given.get("type") != TEXT_INPUT:
        text.add("type", "BASE_TYPE_CHOICES", "Value must be one of (4,).")
    components.custom_id(text, seen)
    text.one_of("style", (1, 2))
    if text.given.get("style") is None:
        text.add("style", "BASE_TYPE_REQUIRED", "This field is required")
    text.text("placeholder", 0, 100)
    text.text("value", 0, 4000)
    text.number("min_length", 0, 4000)
    text.number("max_length", 1, 4000)
