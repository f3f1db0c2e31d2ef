"""What follows the first answer, by the interaction's token, for fifteen minutes.

https://discord.com/developers/docs/interactions/receiving-and-responding#followup-messages
"""

from tests.support.discordserver import errors, shapes
from tests.support.discordserver.interactions import TOKEN_SECONDS, Interaction
from tests.support.discordserver.model import Message
from tests.support.discordserver.refused import Json
from tests.support.discordserver.rest import composing, whispering
from tests.support.discordserver.rest.registry import Request, route
from tests.support.discordserver.rest.whispering import LOADING

HOOK = "/webhooks/{webhook}/{token}"


@route(f"POST {HOOK}", needs_bot=False)
def follow_up(request: Request) -> Json:
    """The first after a deferral is the answer that was deferred."""
    interaction = _found(request)
    draft = composing.read(request, interaction.channel)
    if draft.is_empty:
        raise errors.empty_message()
    original = interaction.original
    if original is not None and original.flags & LOADING:
        return _revised(request, original)
    message = whispering.say(request, interaction, draft)
    interaction.followups[message.id] = message
    return shapes.message_of(request.state, message)


@route(f"GET {HOOK}/messages/{{message}}", needs_bot=False)
def get_message(request: Request) -> Json:
    return shapes.message_of(request.state, _message(request))


@route(f"PATCH {HOOK}/messages/{{message}}", needs_bot=False)
def edit_message(request: Request) -> Json:
    return _revised(request, _message(request))


@route(f"DELETE {HOOK}/messages/{{message}}", needs_bot=False)
def delete_message(request: Request) -> None:
    whispering.delete(request.state, _message(request))


def _revised(request: Request, message: Message) -> Json:
    draft = composing.read(request, message.channel)
    composing.revise(request.state, message, draft)
    message.flags &= ~LOADING
    whispering.tell_changed(request.state, message)
    return shapes.message_of(request.state, message)


def _found(request: Request) -> Interaction:
    state = request.state
    if request.id("webhook") != state.app.id:
        raise errors.unknown_webhook()
    token = request.word("token")
    interaction = next((each for each in state.interactions.values() if each.token == token), None)
    if interaction is None:
        raise errors.invalid_webhook_token()
    if interaction.reply is None:
        raise errors.unknown_webhook()
    if state.clock.now() - interaction.at > TOKEN_SECONDS:
        raise errors.invalid_webhook_token()
    return interaction


def _message(request: Request) -> Message:
    """`@original`, or one that followed; of those that are still there."""
    interaction = _found(request)
    named = request.word("message")
    message = interaction.original if named == "@original" else interaction.messages.get(request.id("message"))
    if message is None or not _is_there(request, message):
        raise errors.unknown_message()
    return message


def _is_there(request: Request, message: Message) -> bool:
    return message in request.state.whispers if message.is_ephemeral else message.id in message.channel.kept
