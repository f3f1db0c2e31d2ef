"""Interactive elements: buttons, menus, pickers and inputs.

https://docs.slack.dev/reference/block-kit/block-elements
"""

from typing import Any

from tests.support.slackserver.blockkit import complaints as c
from tests.support.slackserver.blockkit.complaints import Complaints, at
from tests.support.slackserver.refused import Json

SELECTS = ("static_select", "external_select", "users_select", "conversations_select", "channels_select")
MULTI_SELECTS = tuple(f"multi_{each}" for each in SELECTS)
INPUTS = (
    "plain_text_input", "email_text_input", "url_text_input", "number_input", "datepicker", "timepicker",
    "datetimepicker", "checkboxes", "radio_buttons", "rich_text_input", "file_input", *SELECTS, *MULTI_SELECTS,
)  # fmt: skip
IN_ACTIONS = (
    "button", "checkboxes", "datepicker", "datetimepicker", "overflow", "radio_buttons", "timepicker",
    "workflow_button", *SELECTS,
)  # fmt: skip
IN_SECTION = (
    "button", "checkboxes", "datepicker", "image", "overflow", "radio_buttons", "timepicker", "workflow_button",
    *SELECTS, *MULTI_SELECTS,
)  # fmt: skip

OPTIONS = {"checkboxes": 10, "radio_buttons": 10, "overflow": 5}
"""How many options; every menu else may have 100."""

_CHOICE = ("placeholder", "initial_option", "confirm", "focus_on_load")
_MULTI = ("placeholder", "initial_options", "confirm", "max_selected_items", "focus_on_load")
_TYPED = ("placeholder", "initial_value", "dispatch_action_config", "focus_on_load")
_DATE = ("confirm", "focus_on_load", "placeholder", "timezone")
_CONVERSATION = ("default_to_current_conversation", "response_url_enabled", "filter")

FIELDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "button": (("text",), ("url", "value", "style", "confirm", "accessibility_label")),
    "workflow_button": (("text", "workflow"), ("style", "accessibility_label")),
    "overflow": (("options",), ("confirm",)),
    "checkboxes": (("options",), ("initial_options", "confirm", "focus_on_load")),
    "radio_buttons": (("options",), ("initial_option", "confirm", "focus_on_load")),
    "datepicker": ((), (*_DATE, "initial_date")),
    "timepicker": ((), (*_DATE, "initial_time")),
    "datetimepicker": ((), ("initial_date_time", "confirm", "focus_on_load")),
    "plain_text_input": ((), (*_TYPED, "multiline", "min_length", "max_length")),
    "email_text_input": ((), _TYPED),
    "url_text_input": ((), _TYPED),
    "number_input": (("is_decimal_allowed",), (*_TYPED, "min_value", "max_value")),
    "rich_text_input": ((), _TYPED),
    "file_input": ((), ("filetypes", "max_files")),
    "static_select": ((), (*_CHOICE, "options", "option_groups")),
    "external_select": ((), (*_CHOICE, "min_query_length")),
    "users_select": ((), (*_CHOICE, "initial_user")),
    "conversations_select": ((), (*_CHOICE, *_CONVERSATION, "initial_conversation")),
    "channels_select": ((), (*_CHOICE, "initial_channel", "response_url_enabled")),
    "multi_static_select": ((), (*_MULTI, "options", "option_groups")),
    "multi_external_select": ((), (*_MULTI, "min_query_length")),
    "multi_users_select": ((), (*_MULTI, "initial_users")),
    "multi_conversations_select": ((), (*_MULTI, *_CONVERSATION, "initial_conversations")),
    "multi_channels_select": ((), (*_MULTI, "initial_channels")),
}


def element(shape: Any, pointer: str, allowed: tuple[str, ...]) -> Complaints:
    """One element; what may stand here depends on the block around it."""
    if not isinstance(shape, dict):
        yield at("must be an object", pointer)
        return
    kind = shape.get("type")
    if kind not in allowed:
        yield at(f"unsupported type: {kind}", f"{pointer}/type")
    elif kind == "image":
        yield from image(shape, pointer)
    else:
        yield from interactive(shape, pointer)


def interactive(shape: Json, pointer: str) -> Complaints:
    kind = shape["type"]
    required, optional = FIELDS[kind]
    yield from c.fields(shape, pointer, required, ("action_id", *optional))
    yield from c.string(shape.get("action_id"), f"{pointer}/action_id", 255, 1)
    yield from c.text(shape.get("placeholder"), f"{pointer}/placeholder", 150)
    yield from confirm(shape.get("confirm"), f"{pointer}/confirm")
    if kind in {"button", "workflow_button"}:
        yield from button(shape, pointer)
    yield from typed(shape, pointer)
    yield from menu(shape, pointer)


def button(shape: Json, pointer: str) -> Complaints:
    yield from c.text(shape.get("text"), f"{pointer}/text", 75)
    yield from c.string(shape.get("value"), f"{pointer}/value", 2000, 1)
    yield from c.string(shape.get("accessibility_label"), f"{pointer}/accessibility_label", 75)
    yield from c.url(shape.get("url"), f"{pointer}/url")
    if shape.get("style") not in {None, "primary", "danger"}:
        yield at("must be one of: primary, danger", f"{pointer}/style")


def confirm(shape: Any, pointer: str) -> Complaints:
    if shape is None:
        return
    yield from c.fields(shape, pointer, ["title", "text", "confirm", "deny"], ["style"])
    yield from c.text(shape.get("title"), f"{pointer}/title", 100)
    yield from c.text(shape.get("text"), f"{pointer}/text", 300, c.PLAIN_OR_MARKDOWN)
    yield from c.text(shape.get("confirm"), f"{pointer}/confirm", 30)
    yield from c.text(shape.get("deny"), f"{pointer}/deny", 30)


def typed(shape: Json, pointer: str) -> Complaints:
    if shape["type"] == "plain_text_input":
        yield from c.string(shape.get("initial_value"), f"{pointer}/initial_value", 3000)
    for name in ("min_length", "max_length"):
        value = shape.get(name)
        if value is not None and not 0 <= int(value) <= 3000:
            yield at("must be between 0 and 3000", f"{pointer}/{name}")
    if not 1 <= int(shape.get("max_files", 1)) <= 10:
        yield at("must be between 1 and 10", f"{pointer}/max_files")


def menu(shape: Json, pointer: str) -> Complaints:
    kind, options, groups = shape["type"], shape.get("options"), shape.get("option_groups")
    if kind.endswith("static_select") and (options is None) == (groups is None):
        yield at("must define either `options` or `option_groups`", pointer)
    long = kind in {"checkboxes", "radio_buttons"}
    yield from c.items(options, f"{pointer}/options", OPTIONS.get(kind, 100))
    for number, each in enumerate(c.listed(options)):
        yield from option(each, f"{pointer}/options/{number}", markdown=long)
    yield from c.items(groups, f"{pointer}/option_groups", 100)
    for number, each in enumerate(c.listed(groups)):
        yield from option_group(each, f"{pointer}/option_groups/{number}")
    yield from initial(shape, pointer)


def option(shape: Any, pointer: str, *, markdown: bool = False) -> Complaints:
    if not isinstance(shape, dict):
        yield at("must be an object", pointer)
        return
    yield from c.fields(shape, pointer, ["text", "value"], ["description", "url"])
    types = c.PLAIN_OR_MARKDOWN if markdown else c.PLAIN
    yield from c.text(shape.get("text"), f"{pointer}/text", 75, types)
    yield from c.string(shape.get("value"), f"{pointer}/value", 150, 1)
    yield from c.text(shape.get("description"), f"{pointer}/description", 75, types)
    yield from c.url(shape.get("url"), f"{pointer}/url")


def option_group(shape: Any, pointer: str) -> Complaints:
    if not isinstance(shape, dict):
        yield at("must be an object", pointer)
        return
    yield from c.fields(shape, pointer, ["label", "options"], [])
    yield from c.text(shape.get("label"), f"{pointer}/label", 75)
    yield from c.items(shape.get("options"), f"{pointer}/options", 100)
    for number, each in enumerate(c.listed(shape.get("options"))):
        yield from option(each, f"{pointer}/options/{number}")


def initial(shape: Json, pointer: str) -> Complaints:
    """What is chosen at first must be among the options, to the letter."""
    offered = all_options(shape)
    if not offered:
        return
    chosen = c.listed(shape.get("initial_options")) + ([shape["initial_option"]] if "initial_option" in shape else [])
    for each in chosen:
        if each not in offered:
            yield at("initial option must exactly match one of the options", pointer)


def all_options(shape: Json) -> list[Json]:
    """The options of a menu, those in groups as well."""
    groups = c.listed(shape.get("option_groups"))
    return c.listed(shape.get("options")) + [each for group in groups for each in c.listed(group.get("options"))]


def image(shape: Json, pointer: str) -> Complaints:
    yield from c.fields(shape, pointer, ["alt_text"], ["image_url", "slack_file", "block_id", "title"])
    yield from c.string(shape.get("alt_text"), f"{pointer}/alt_text", 2000)
    yield from c.string(shape.get("image_url"), f"{pointer}/image_url", 3000, 1)
    yield from c.https(shape.get("image_url"), f"{pointer}/image_url")
    yield from c.text(shape.get("title"), f"{pointer}/title", 2000)
    if (shape.get("image_url") is None) == (shape.get("slack_file") is None):
        yield at("must define either `image_url` or `slack_file`", pointer)
