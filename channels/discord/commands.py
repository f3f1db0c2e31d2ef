"""The app's commands, registered when they have changed, and the message with a button for each category."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from channels.base import CATEGORY, REQUEST, Form, pgettext
from channels.discord.api import Api
from channels.discord.forms import one_line
from channels.discord.intake import DESK, LINK, TICKET
from channels.discord.markdown import escaped
from channels.discord.memo import OPENS, Memo, memo_of
from channels.discord.render import BUTTONS, NOBODY, ROWS

Json = dict[str, Any]
Translated = Mapping[str, Mapping[str, str]]
"""English texts in other languages, by language and text."""

_CHAT: Final = 1
_TEXT: Final = 3
_LOOKED_AT: Final = 100
_LABEL: Final = 80
_NAMED: Final = 32
_DESCRIBED: Final = 100
_NAME: Final = re.compile(r"[-_'\w]{1,32}")
_MENU: Final = pgettext("command", "Open a ticket")
COMMANDS: Final[list[Json]] = [
    {
        "type": 1,
        "name": TICKET,
        "description": _MENU,
        "options": [
            {
                "type": _TEXT,
                "name": pgettext("command", "category"),
                "description": pgettext("command", "What is it about?"),
                "autocomplete": True,
            },
            {
                "type": _TEXT,
                "name": pgettext("command", "words"),
                "description": pgettext("command", "What do you need? Without it, a form opens."),
            },
        ],
    },
    {
        "type": 1,
        "name": DESK,
        "description": pgettext("command", "Tell the desk something, such as mine or show"),
        "options": [
            {
                "type": _TEXT,
                "name": pgettext("command", "verb"),
                "description": pgettext("command", "What is to be done?"),
                "autocomplete": True,
            },
            {
                "type": _TEXT,
                "name": pgettext("command", "ticket"),
                "description": pgettext("command", "The ticket's number"),
                "autocomplete": True,
            },
            {
                "type": _TEXT,
                "name": "words",
                "description": pgettext("command", "A name, a day, or the words that belong to it"),
                "autocomplete": True,
            },
        ],
    },
    {
        "type": 1,
        "name": LINK,
        "description": pgettext("command", "Say which mail address is yours"),
        "options": [
            {
                "type": _TEXT,
                "name": pgettext("command", "address"),
                "description": pgettext("command", "Your mail address"),
                "required": True,
            },
            {
                "type": _TEXT,
                "name": pgettext("command", "code"),
                "description": pgettext("command", "The code that we sent to it"),
            },
        ],
    },
    {"type": 2, "name": _MENU},
    {"type": 3, "name": _MENU},
]
"""Commands of chat, of a person's menu and of a message's menu, in English."""


def texts() -> set[str]:
    """What of them is said in other languages too: all but the commands' own names, by which notices call them."""
    found = {one["name"] for one in COMMANDS if one["type"] != _CHAT}
    found |= {one["description"] for one in COMMANDS if one["type"] == _CHAT}
    options = [option for one in COMMANDS for option in one.get("options", ())]
    return found | {option[said] for option in options for said in ("name", "description")}


def localised(translated: Translated) -> list[Json]:
    """The commands in all languages; what Discord would not take in one is left in English there."""
    return [_localised(one, translated, named=one["type"] != _CHAT) for one in COMMANDS]


def _localised(one: Json, translated: Translated, *, named: bool) -> Json:
    """One command or option; the names of some are translated too."""
    is_menu = "description" not in one
    made = dict(one)
    if named:
        names = _said(one["name"], translated, lambda name: is_menu or _is_name(name), _NAMED)
        made["name_localizations"] = names
    if not is_menu:
        made["description_localizations"] = _said(one["description"], translated, lambda _: True, _DESCRIBED)
    if "options" in one:
        made["options"] = [_localised(option, translated, named=True) for option in one["options"]]
    return made


def _is_name(name: str) -> bool:
    """Small letters without blanks: https://docs.discord.com/developers/interactions/application-commands#naming."""
    return name == name.lower() and _NAME.fullmatch(name) is not None


def _said(text: str, translated: Translated, fits: Callable[[str], bool], most: int) -> dict[str, str]:
    found = {language: known[text] for language, known in translated.items() if text in known}
    return {language: said for language, said in found.items() if 0 < len(said) <= most and fits(said)}


async def register(api: Api, translated: Translated) -> bool:
    """Tell Discord of the commands if it has others; True if so. Raises ChannelError."""
    await api.client()
    wanted = localised(translated)
    path, params = "/applications/{application_id}/commands", {"with_localizations": "true"}
    there = await api.call("GET", path, params=params, application_id=api.application)
    if sorted(map(_sketch, there)) == sorted(map(_sketch, wanted)):
        return False
    await api.call("PUT", path, wanted, application_id=api.application)
    return True


def _sketch(command: Json) -> tuple[Any, ...]:
    """What of a command is ours to say; Discord adds what it thinks of the rest."""
    options = tuple(
        (one["type"], *_words(one), bool(one.get("autocomplete")), bool(one.get("required")))
        for one in command.get("options") or ()
    )
    return (command.get("type", 1), *_words(command), options)


def _words(one: Json) -> tuple[Any, ...]:
    """What a command or an option is called and says, in each language."""
    others = (sorted((one.get(f"{said}_localizations") or {}).items()) for said in ("name", "description"))
    return (one["name"], one.get("description", ""), *others)


async def show_panel(api: Api, form: Form) -> None:
    """Have the panel's channel show one message with a button for each category. Raises ChannelError."""
    room = api.settings.panel
    await api.client()
    body = panel(form)
    said = await api.call("GET", "/channels/{channel_id}/messages", params={"limit": str(_LOOKED_AT)}, channel_id=room)
    ours = next((one for one in said if str((one.get("author") or {}).get("id")) == api.us and _is_panel(one)), None)
    if ours is None:
        await api.call("POST", "/channels/{channel_id}/messages", body, once=True, channel_id=room)
    elif ours.get("content") != body["content"] or _buttons(ours) != _buttons(body):
        path = "/channels/{channel_id}/messages/{message_id}"
        await api.call("PATCH", path, body, channel_id=room, message_id=str(ours["id"]))


def panel(form: Form) -> Json:
    """The message: what it is for, and a button for each category; one that opens the form where there are none."""
    about = next((one for one in form.inputs if one.name == CATEGORY), None)
    offered = [(one.value, one.label) for one in about.options] if about is not None else [("", form.title)]
    buttons = [
        {
            "type": 2,
            "style": 2,
            "label": one_line(label, _LABEL),
            "custom_id": Memo(kind=OPENS, value=REQUEST, number=number, category=value).written(),
        }
        for number, (value, label) in enumerate(offered[: BUTTONS * ROWS], 1)
    ]
    rows = [{"type": 1, "components": buttons[at : at + BUTTONS]} for at in range(0, len(buttons), BUTTONS)]
    said = "\n".join(filter(None, (f"**{escaped(form.title)}**", escaped(about.label) if about is not None else "")))
    return {"content": said, "components": rows, "allowed_mentions": NOBODY}


def _buttons(message: Json) -> list[tuple[str, str]]:
    rows = message.get("components") or ()
    return [(str(one.get("custom_id")), str(one.get("label"))) for row in rows for one in row.get("components") or ()]


def _is_panel(message: Json) -> bool:
    memos = [memo_of(custom_id) for custom_id, _ in _buttons(message)]
    return bool(memos) and all(one is not None and one.kind == OPENS and not one.token for one in memos)
