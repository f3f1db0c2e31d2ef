"""What the app says in answer to an interaction: to all, or to one person alone."""

from typing import Final

from tests.support.discordserver import messages, shapes
from tests.support.discordserver.interactions import Asked, Interaction
from tests.support.discordserver.model import EPHEMERAL, Message, MessageKind
from tests.support.discordserver.refused import Json
from tests.support.discordserver.rest import composing
from tests.support.discordserver.rest.archived import wake
from tests.support.discordserver.rest.registry import Request
from tests.support.discordserver.state import State
from tests.support.discordserver.validate.content import Draft

LOADING: Final = 1 << 7
"""'Thinking', until the answer is edited in."""


def say(request: Request, interaction: Interaction, draft: Draft) -> Message:
    """A message of the bot's, in the place where it was asked."""
    state = request.state
    message = composing.compose(request, interaction.channel, draft)
    message.application_id = message.webhook_id = state.app.id
    message.interaction = _metadata(interaction)
    message.kind = _kind(interaction)
    if interaction.kind is Asked.COMPONENT and interaction.original is None and interaction.message is not None:
        message.kind, message.referenced = MessageKind.REPLY, interaction.message
        message.reference = {"type": 0, "message_id": str(interaction.message.id)}
        message.reference |= messages.place_of(interaction.channel)
    if draft.flags & EPHEMERAL:
        message.whispered_to = interaction.user.id
        for attachment in message.attachments:
            state.cdn.keep(attachment, message.channel.id)
        state.whispers.append(message)
        return message
    wake(state, interaction.channel)
    return messages.post(state, message)


def _metadata(interaction: Interaction) -> Json:
    """https://discord.com/developers/docs/resources/message#message-interaction-metadata-object."""
    about: Json = {
        "id": str(interaction.id),
        "type": interaction.kind.value,
        "user": shapes.user_of(interaction.user),
        "authorizing_integration_owners": {},
    }
    if interaction.original is not None:
        about["original_response_message_id"] = str(interaction.original.id)
    if interaction.kind is Asked.COMPONENT and interaction.message is not None:
        about["interacted_message_id"] = str(interaction.message.id)
    if interaction.opened_from is not None:
        about["triggering_interaction_metadata"] = _metadata(interaction.opened_from)
    return about


def _kind(interaction: Interaction) -> MessageKind:
    if interaction.original is not None or interaction.kind is not Asked.COMMAND:
        return MessageKind.DEFAULT
    by_typing = interaction.data.get("type") == 1
    return MessageKind.CHAT_INPUT_COMMAND if by_typing else MessageKind.CONTEXT_MENU_COMMAND


def tell_changed(state: State, message: Message) -> None:
    """Nobody is told of a change to what only one person sees."""
    if message.is_ephemeral:
        message.edited = state.clock.now()
    else:
        messages.changed(state, message)


def delete(state: State, message: Message) -> None:
    if message.is_ephemeral:
        state.whispers.remove(message)
    else:
        messages.delete(state, message)
