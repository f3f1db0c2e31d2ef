"""What somebody enters into an element, as `state.values` and `actions` show it; and what a client would not let pass.

https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload#view_submission
"""

import re
from collections.abc import Mapping
from typing import Any

from tests.support.slackserver import rich_text
from tests.support.slackserver.blockkit.blocks import interactive_elements
from tests.support.slackserver.blockkit.elements import all_options
from tests.support.slackserver.model import View
from tests.support.slackserver.refused import Json, NotPossible

SINGLE = {
    "users_select": "selected_user",
    "conversations_select": "selected_conversation",
    "channels_select": "selected_channel",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
}
MANY = {
    "multi_users_select": "selected_users",
    "multi_conversations_select": "selected_conversations",
    "multi_channels_select": "selected_channels",
    "file_input": "files",
}
TYPED = {"plain_text_input", "email_text_input", "url_text_input", "number_input"}
OF_OPTIONS = {"checkboxes", "multi_static_select", "multi_external_select"}
OF_ONE_OPTION = {"static_select", "external_select", "radio_buttons", "overflow"}

HOLDS = (
    SINGLE
    | MANY
    | dict.fromkeys(TYPED, "value")
    | dict.fromkeys(OF_ONE_OPTION - {"overflow"}, "selected_option")
    | dict.fromkeys(OF_OPTIONS, "selected_options")
    | {"rich_text_input": "rich_text_value"}
)
"""Under which name each element's value is."""
LISTS = {*MANY, *OF_OPTIONS}

Values = Mapping[str, Any]


def entry(element: Json, value: Any) -> Json:
    """One element's value; `value` is a text, an option's value, an id, a date, or a list of such."""
    kind = element["type"]
    if kind in TYPED:
        return {"type": kind, "value": _allowed(element, value)}
    if kind in OF_ONE_OPTION:
        return {"type": kind, "selected_option": None if value is None else _option(element, value)}
    if kind in OF_OPTIONS:
        return {"type": kind, "selected_options": [_option(element, each) for each in value or []]}
    if kind in SINGLE:
        return {"type": kind, SINGLE[kind]: value}
    if kind in MANY:
        return {"type": kind, MANY[kind]: list(value or [])}
    if kind == "rich_text_input":
        return {"type": kind, "rich_text_value": rich_text.typed(value)[0] if value else None}
    raise NotPossible(f"a {kind} takes no value")


def _allowed(element: Json, value: Any) -> str | None:
    if value is None or value == "":
        return None
    text = str(value)
    if len(text) > element.get("max_length", 3000) or len(text) < element.get("min_length", 0):
        raise NotPossible(f"the client refuses a text of {len(text)} characters in {element['action_id']}")
    if element["type"] == "email_text_input" and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text):
        raise NotPossible(f"the client refuses {text!r} as an e-mail address")
    if element["type"] == "number_input" and not re.fullmatch(r"-?\d+(\.\d+)?", text):
        raise NotPossible(f"the client refuses {text!r} as a number")
    return text


def _option(element: Json, value: Any) -> Json:
    """The option with this value; of an external menu, whatever the app offered is given whole."""
    if isinstance(value, dict):
        return value
    for each in all_options(element):
        if each["value"] == value:
            return each
    offered = ", ".join(each["value"] for each in all_options(element))
    raise NotPossible(f"{element['action_id']} offers no {value!r}, but {offered}")


def initial(element: Json) -> Json | None:
    """What an element shows before anybody touches it; None for what holds no value."""
    kind = element["type"]
    if kind not in HOLDS:
        return None
    name = HOLDS[kind]
    given = element.get(name.replace("selected", "initial") if name.startswith("selected") else "initial_value")
    return {"type": kind, name: [] if given is None and kind in LISTS else given}


def state_of(blocks: list[Json], entered: Json) -> Json:
    """`state.values` of all that can hold a value: what was entered, else what was there at first."""
    values: Json = {}
    for block in blocks:
        for element in interactive_elements(block):
            shown = entered.get(block["block_id"], {}).get(element["action_id"]) or initial(element)
            if shown is not None:
                values.setdefault(block["block_id"], {})[element["action_id"]] = shown
    return values


def find(blocks: list[Json], name: str) -> tuple[Json, Json]:
    """The block and the element that a name means: an action id, or a block id of one element."""
    for block in blocks:
        elements = interactive_elements(block)
        for element in elements:
            if name == element.get("action_id") or (name == block["block_id"] and len(elements) == 1):
                return block, element
    known = [each.get("action_id") for block in blocks for each in interactive_elements(block)]
    raise NotPossible(f"there is no {name!r} here, but {known}")


def fill(view: View, entered: Values) -> None:
    """Enter values by action id or block id; raises NotPossible for what the client would not take."""
    for name, value in entered.items():
        block, element = find(view.given["blocks"], name)
        view.values.setdefault(block["block_id"], {})[element["action_id"]] = entry(element, value)
    view.values = state_of(view.given["blocks"], view.values)


def check_complete(view: View) -> None:
    """What must not be empty is not, else the client does not send it."""
    for block in view.given["blocks"]:
        if block["type"] == "input" and not block.get("optional"):
            shown = view.values.get(block["block_id"], {}).get(block["element"]["action_id"], {})
            if not any(value for name, value in shown.items() if name != "type"):
                raise NotPossible(f"the client asks for {block['block_id']} before it submits")
