"""Forms as modals, and what was entered into one: pure."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct

from channels.base import REQUEST, Choice, Form, Input, InputKind
from channels.rich.cutting import shortened
from channels.rich.inline import Element, clean
from channels.rich.limits import TEXT
from channels.slack.ids import where
from channels.slack.limits import HINT, LABEL, MENU, MENU_VALUE, TITLE, TYPED
from channels.slack.menus import menu, option, plain

CALLBACK: Final = "fl:form"
"""The `callback_id` of our modals."""
MOST_FILES: Final = 10
_BLOCK: Final = "fl:input:"
_NAME: Final = 80


class Memo(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a modal is about: the value and the label of what opened it.

    Of a message it has the room, its id, its thread, whose it is, and the names of its files; of a button the token
    of the message below which it stands.
    """

    opens: str = REQUEST
    label: str = ""
    room: str = ""
    ts: str = ""
    thread: str = ""
    author: str = ""
    files: tuple[str, ...] = ()
    words: str = ""
    token: str = ""

    def kept(self) -> str:
        """It, as a modal keeps it: within what Slack takes."""
        names = tuple(shortened(name, _NAME) for name in self.files[:MOST_FILES])
        small = msgspec.structs.replace(self, files=names, label=shortened(self.label, LABEL), words="")
        return msgspec.json.encode(small).decode()


def memo_of(view: Mapping[str, Any]) -> Memo:
    """What a modal of ours is about. Raises ValueError where it is none of ours."""
    try:
        return msgspec.json.decode(str(view.get("private_metadata", "")), type=Memo)
    except msgspec.MsgspecError as error:
        raise ValueError(f"no modal of ours: {error}") from error


def loading(memo: Memo) -> Element:
    """What opens at once; the form takes its place as soon as it is known."""
    wait = {"type": "section", "text": plain("…", LABEL)}
    return _modal(memo, title="…", blocks=[wait])


def modal(form: Form, memo: Memo) -> Element:
    """A form as a modal."""
    said = [{"type": "section", "text": plain(form.said, TEXT, lines=True)}] if form.said else []
    view = _modal(memo, title=form.title, blocks=[*said, *map(_input, form.inputs)] or loading(memo)["blocks"])
    return view | ({"submit": plain(form.send, TITLE)} if form.inputs else {})


def _modal(memo: Memo, *, title: str, blocks: list[Element]) -> Element:
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": memo.kept(),
        "title": plain(title, TITLE),
        "blocks": blocks,
    }


def _input(entry: Input) -> Element:
    return {
        "type": "input",
        "block_id": f"{_BLOCK}{entry.name}",
        "label": plain(entry.label, HINT),
        "optional": not entry.needed,
        "dispatch_action": entry.leads,
        "element": _element(entry) | {"action_id": entry.name},
        **({"hint": plain(entry.hint, HINT)} if entry.hint else {}),
    }


def _element(entry: Input) -> Element:
    match entry.kind:
        case InputKind.PERSON:
            return {"type": "users_select"} | ({"initial_user": where(entry.value).room} if entry.value else {})
        case InputKind.OPTION if entry.options:
            return menu(entry.options, chosen=entry.value)
        case InputKind.OPTION:
            first = {"initial_option": option(Choice(entry.value, entry.value))} if entry.value else {}
            return {"type": "external_select", "min_query_length": 0, **first}
        case _:
            typed = clean(entry.value)[:TYPED]
            return {
                "type": "plain_text_input",
                "multiline": entry.kind is InputKind.WORDS,
                "max_length": TYPED,
                **({"initial_value": typed} if typed else {}),
            }


def entered(view: Mapping[str, Any], team: str) -> dict[str, str]:
    """What stands in a modal, by the name of the input; somebody is their address."""
    values = (view.get("state") or {}).get("values") or {}
    found: dict[str, str] = {}
    for block_id, actions in values.items():
        for entry in actions.values() if str(block_id).startswith(_BLOCK) else ():
            user = entry.get("selected_user")
            chosen = entry.get("selected_option") or {}
            value = f"{team}:{user}" if user else str(chosen.get("value") or entry.get("value") or "")
            found[str(block_id).removeprefix(_BLOCK)] = value
    return found


def errors(wrong: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with the inputs, as Slack takes it."""
    return {f"{_BLOCK}{name}": shortened(clean(why), HINT) for name, why in wrong.items()}


def options(choices: tuple[Choice, ...]) -> list[Element]:
    """What a menu that is completed offers."""
    return [option(choice) for choice in choices if choice.value and len(choice.value) <= MENU_VALUE][:MENU]
