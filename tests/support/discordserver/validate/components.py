"""Components of a message: https://discord.com/developers/docs/components/reference."""

import itertools
from collections.abc import Iterable, Iterator
from typing import Final

from tests.support.discordserver.refused import Json
from tests.support.discordserver.validate.fields import Form

ROW, BUTTON, TEXT_SELECT, TEXT_INPUT = 1, 2, 3, 4
SELECTS: Final = frozenset({3, 5, 6, 7, 8})
"""Of text, users, roles, either, channels."""
LINK, PREMIUM = 5, 6
ROWS: Final = 5
OPTIONS: Final = 25


def check(form: Form) -> list[Json]:
    """The rows of a message."""
    rows = form.forms("components", 0, ROWS)
    seen: set[str] = set()
    for each in rows:
        if each.given.get("type") != ROW:
            each.add("type", "BASE_TYPE_CHOICES", "Value must be one of (1,).")
        else:
            row(each, seen)
    return [each.given for each in rows]


def numbered(given: list[Json]) -> list[Json]:
    """Every component has a number in its message; where the app gave none, Discord does."""
    taken = {each["id"] for each in components_in(given) if each.get("id")}
    free = (number for number in itertools.count(1) if number not in taken)
    return [_numbered(each, free) for each in given]


def _numbered(component: Json, free: Iterator[int]) -> Json:
    made = component | {"id": component.get("id") or next(free)}
    if "components" in component:
        made["components"] = [_numbered(each, free) for each in component["components"]]
    for name in ("component", "accessory"):
        if name in component:
            made[name] = _numbered(component[name], free)
    return made


def components_in(given: Iterable[Json]) -> list[Json]:
    """Every component of a layout, however deep."""
    found: list[Json] = []
    for each in given:
        single = [each[name] for name in ("component", "accessory") if name in each]
        found += [each, *components_in([*each.get("components", ()), *single])]
    return found


def row(form: Form, seen: set[str]) -> None:
    elements = form.forms("components", 1, 5)
    if any(each.given.get("type") in SELECTS for each in elements) and len(elements) > 1:
        message = "The specified component exceeds the maximum width"
        form.add("components", "COMPONENT_LAYOUT_WIDTH_EXCEEDED", message)
    for element in elements:
        kind = element.given.get("type")
        if kind == BUTTON:
            button(element, seen)
        elif kind in SELECTS:
            select(element, seen)
        else:
            element.add("type", "BASE_TYPE_CHOICES", "Value must be one of (2, 3, 5, 6, 7, 8).")


def button(element: Form, seen: set[str]) -> None:
    style = element.one_of("style", range(1, 7))
    if style is None:
        element.add("style", "BASE_TYPE_REQUIRED", "This field is required")
    element.text("label", 0, 80)
    if style == LINK:
        element.url("url", ("http", "https", "discord"))
        element.text("url", 1, 512, required=True)
        if element.given.get("custom_id") is not None:
            element.add(
                "custom_id", "BUTTON_COMPONENT_CUSTOM_ID_URL_EXCLUSIVE", "A custom id and url cannot both be specified"
            )
    elif style != PREMIUM:
        custom_id(element, seen)
    if style != PREMIUM and not element.given.get("label") and not element.given.get("emoji"):
        element.add("label", "BUTTON_COMPONENT_INVALID_LABEL_EMOJI", "A label or emoji must be specified")


def select(element: Form, seen: set[str]) -> None:
    custom_id(element, seen)
    element.text("placeholder", 0, 150)
    least = element.number("min_values", 0, OPTIONS)
    most = element.number("max_values", 1, OPTIONS)
    if least is not None and most is not None and least > most:
        element.add("min_values", "NUMBER_TYPE_MAX", f"int value should be less than or equal to {most}.")
    if element.given.get("type") == TEXT_SELECT:
        _options(element)


def _options(element: Form) -> None:
    if element.given.get("options") is None:
        element.add("options", "BASE_TYPE_REQUIRED", "This field is required")
    values: set[str] = set()
    for option in element.forms("options", 1, OPTIONS):
        option.text("label", 1, 100, required=True)
        option.text("description", 0, 100)
        value = option.text("value", 1, 100, required=True)
        if value in values:
            message = "The specified option value is already used"
            option.problems.add(option.path, "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", message)
        values.add(value)


def custom_id(element: Form, seen: set[str]) -> None:
    value = element.text("custom_id", 1, 100, required=True)
    if value and value in seen:
        message = "Component custom id cannot be duplicated"
        element.add("custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED", message)
    seen.add(value)
