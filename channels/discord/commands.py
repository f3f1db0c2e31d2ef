"""The app's commands, registered when they have changed, and the message with a button for each category."""

from typing import Any, Final

from channels.base import CATEGORY, REQUEST, Form
from channels.discord.api import Api
from channels.discord.forms import one_line
from channels.discord.intake import DESK, LINK, TICKET
from channels.discord.markdown import escaped
from channels.discord.memo import OPENS, Memo, memo_of
from channels.discord.render import BUTTONS, NOBODY, ROWS

Json = dict[str, Any]

_TEXT: Final = 3
_LOOKED_AT: Final = 100
_LABEL: Final = 80
COMMANDS: Final[list[Json]] = [
    {
        "type": 1,
        "name": TICKET,
        "description": "Open a ticket",
        "options": [
            {"type": _TEXT, "name": CATEGORY, "description": "What is it about?", "autocomplete": True},
            {"type": _TEXT, "name": "words", "description": "What do you need? Without it, a form opens."},
        ],
    },
    {
        "type": 1,
        "name": DESK,
        "description": "Tell the desk something, such as mine or show",
        "options": [
            {"type": _TEXT, "name": "verb", "description": "What is to be done?", "autocomplete": True},
            {"type": _TEXT, "name": "ticket", "description": "The ticket's number"},
            {"type": _TEXT, "name": "words", "description": "A name, a day, or the words that belong to it"},
        ],
    },
    {
        "type": 1,
        "name": LINK,
        "description": "Say which mail address is yours",
        "options": [
            {"type": _TEXT, "name": "address", "description": "Your mail address", "required": True},
            {"type": _TEXT, "name": "code", "description": "The code that we sent to it"},
        ],
    },
    {"type": 2, "name": "Open a ticket"},
    {"type": 3, "name": "Open a ticket"},
]
"""Commands of chat, of a person's menu and of a message's menu."""


async def register(api: Api) -> bool:
    """Tell Discord of the commands if it has others; True if so. Raises ChannelError."""
    await api.client()
    there = await api.call("GET", "/applications/{application_id}/commands", application_id=api.application)
    if sorted(map(_sketch, there)) == sorted(map(_sketch, COMMANDS)):
        return False
    await api.call("PUT", "/applications/{application_id}/commands", COMMANDS, application_id=api.application)
    return True


def _sketch(command: Json) -> tuple[Any, ...]:
    """What of a command is ours to say; Discord adds what it thinks of the rest."""
    options = tuple(
        (one["type"], one["name"], one.get("description", ""), bool(one.get("autocomplete")), bool(one.get("required")))
        for one in command.get("options") or ()
    )
    return (command.get("type", 1), command["name"], command.get("description", ""), options)


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
