"""The first answer: https://discord.com/developers/docs/interactions/receiving-and-responding#create-interaction-response."""

from collections.abc import Callable
from typing import Final

from tests.support.discordserver import errors, shapes
from tests.support.discordserver.interactions import Answer, Asked, Interaction, Modal, Reply
from tests.support.discordserver.model import EPHEMERAL, Message
from tests.support.discordserver.refused import Json, Problems, invalid
from tests.support.discordserver.rest import composing, whispering
from tests.support.discordserver.rest.registry import Request, route
from tests.support.discordserver.rest.whispering import LOADING
from tests.support.discordserver.validate import modals
from tests.support.discordserver.validate.fields import Form

DATA: Final = ("data",)
"""Where the message, dialogue or choices stand in the body."""
ALLOWED: Final = {
    Asked.COMMAND: {Reply.MESSAGE, Reply.DEFERRED_MESSAGE, Reply.MODAL},
    Asked.COMPONENT: {
        Reply.MESSAGE,
        Reply.DEFERRED_MESSAGE,
        Reply.DEFERRED_UPDATE,
        Reply.UPDATE,
        Reply.MODAL,
    },
    Asked.AUTOCOMPLETE: {Reply.CHOICES},
    Asked.MODAL: {Reply.MESSAGE, Reply.DEFERRED_MESSAGE, Reply.DEFERRED_UPDATE, Reply.UPDATE},
}


@route("POST /interactions/{interaction}/{token}/callback", needs_bot=False)
def answer(request: Request) -> Json | None:
    interaction = _found(request)
    reply = _kind(request, interaction)
    data = request.fields.get("data") or {}
    DO[reply](request, interaction, data)
    interaction.reply = reply
    interaction.settle(Answer(acknowledged=True, kind=reply, data=data))
    wants_response = request.query.get("with_response", "").lower() in {"1", "true"}
    return _response(request, interaction) if wants_response else None


def _found(request: Request) -> Interaction:
    interaction = request.state.interactions.get(request.id("interaction"))
    if interaction is None or interaction.token != request.word("token"):
        raise errors.unknown_interaction()
    if interaction.reply is not None:
        raise errors.already_acknowledged()
    return interaction


def _kind(request: Request, interaction: Interaction) -> Reply:
    given = request.fields.get("type")
    allowed = ALLOWED[interaction.kind]
    if given not in {each.value for each in Reply}:
        raise invalid(["type"], "BASE_TYPE_CHOICES", "Value must be one of {1, 4, 5, 6, 7, 8, 9, 10, 12}.")
    needs_message = given in {Reply.UPDATE, Reply.DEFERRED_UPDATE}
    if given not in allowed or (needs_message and interaction.message is None):
        raise invalid(["type"], "INTERACTION_CALLBACK_TYPE_INVALID", "Invalid type for this kind of interaction.")
    return Reply(given)


def _message(request: Request, interaction: Interaction, data: Json) -> None:
    draft = composing.read(request, interaction.channel, data, DATA)
    if draft.is_empty:
        raise errors.empty_message()
    interaction.original = whispering.say(request, interaction, draft)


def _deferred_message(request: Request, interaction: Interaction, data: Json) -> None:
    draft = composing.read(request, interaction.channel, {"flags": (data.get("flags") or 0) & EPHEMERAL})
    draft.flags |= LOADING
    interaction.original = whispering.say(request, interaction, draft)


def _deferred_update(_request: Request, interaction: Interaction, _data: Json) -> None:
    interaction.original = interaction.message


def _update(request: Request, interaction: Interaction, data: Json) -> None:
    message = interaction.message
    assert message is not None
    interaction.original = message
    draft = composing.read(request, interaction.channel, data, DATA)
    composing.revise(request.state, message, draft)
    whispering.tell_changed(request.state, message)


def _modal(request: Request, interaction: Interaction, data: Json) -> None:
    request.state.modals[interaction.user.id] = Modal(modals.check(data, DATA), interaction)


def _choices(_request: Request, _interaction: Interaction, data: Json) -> None:
    problems = Problems()
    form = Form(problems, data, DATA)
    if data.get("choices") is None:
        form.add("choices", "BASE_TYPE_REQUIRED", "This field is required")
    for each in form.forms("choices", 0, 25):
        each.text("name", 1, 100, required=True)
        if isinstance(each.given.get("value"), str):
            each.text("value", 1, 100)
    problems.check()


def _pong(_request: Request, _interaction: Interaction, _data: Json) -> None:
    pass


DO: Final[dict[Reply, Callable[[Request, Interaction, Json], None]]] = {
    Reply.PONG: _pong,
    Reply.MESSAGE: _message,
    Reply.DEFERRED_MESSAGE: _deferred_message,
    Reply.DEFERRED_UPDATE: _deferred_update,
    Reply.UPDATE: _update,
    Reply.MODAL: _modal,
    Reply.CHOICES: _choices,
}


def _response(request: Request, interaction: Interaction) -> Json:
    about: Json = {"id": str(interaction.id), "type": interaction.kind.value}
    reply, message = interaction.reply, interaction.original
    assert reply is not None
    if message is None or reply not in {Reply.MESSAGE, Reply.DEFERRED_MESSAGE, Reply.UPDATE}:
        return {"interaction": about}
    about |= {
        "response_message_id": str(message.id),
        "response_message_loading": bool(message.flags & LOADING),
        "response_message_ephemeral": message.is_ephemeral,
    }
    return {"interaction": about, "resource": {"type": reply.value, "message": _shape(request, message)}}


def _shape(request: Request, message: Message) -> Json:
    return shapes.message_of(request.state, message)
