"""https://discord.com/developers/docs/resources/message."""

from typing import Final

from tests.support.discordserver import errors, intents, messages, shapes
from tests.support.discordserver.ids import time_of
from tests.support.discordserver.model import ORDINARY, WITH_MESSAGES, Channel, Message
from tests.support.discordserver.permissions import Permission
from tests.support.discordserver.refused import Json, invalid
from tests.support.discordserver.rest import composing
from tests.support.discordserver.rest.archived import check_can_delete, check_can_edit, wake
from tests.support.discordserver.rest.registry import Request, route, snowflake

DAYS_TO_DELETE_IN_BULK: Final = 14


@route("GET /channels/{channel}/messages")
def history(request: Request) -> list[Json]:
    """The newest first; `before`, `after` or `around` an id. Who may not read it is told that there is none."""
    channel = _with_messages(request)
    limit = request.number("limit", 50, 1, 100)
    if not request.state.may(channel, Permission.READ_MESSAGE_HISTORY):
        return []
    found = _span(channel.messages, request, limit)
    return [_read(request, each) for each in reversed(found)]


def _span(kept: list[Message], request: Request, limit: int) -> list[Message]:
    before, after, around = (request.snowflake(name) for name in ("before", "after", "around"))
    if sum(each is not None for each in (before, after, around)) > 1:
        raise invalid(["before"], "MUTUALLY_EXCLUSIVE_FIELDS", "before, after and around are mutually exclusive.")
    if after is not None:
        return [each for each in kept if each.id > after][:limit]
    if before is not None:
        return [each for each in kept if each.id < before][-limit:]
    if around is not None:
        older = [each for each in kept if each.id < around][-(limit // 2) :]
        return older + [each for each in kept if each.id >= around][: limit - len(older)]
    return kept[-limit:]


@route("GET /channels/{channel}/messages/{message}")
def get_message(request: Request) -> Json:
    channel = _with_messages(request)
    request.state.require(channel, Permission.READ_MESSAGE_HISTORY)
    return _read(request, request.state.message(channel, request.id("message")))


@route("POST /channels/{channel}/messages")
def create_message(request: Request) -> Json:
    state = request.state
    channel = state.channel(request.id("channel"))
    _check_can_send(request, channel)
    draft = composing.read(request, channel)
    if (known := composing.known_nonce(request, channel, draft)) is not None:
        return shapes.message_of(state, known)
    if draft.is_empty and not request.fields.get("message_reference", {}).get("type"):
        raise errors.empty_message()
    message = composing.compose(request, channel, draft)
    wake(state, channel)
    messages.post(state, message)
    composing.remember_nonce(state, message, draft)
    return shapes.message_of(state, message) | ({"nonce": draft.nonce} if draft.nonce else {})


@route("PATCH /channels/{channel}/messages/{message}")
def edit_message(request: Request) -> Json:
    state = request.state
    channel = state.channel(request.id("channel"))
    message = state.message(channel, request.id("message"))
    check_can_edit(state, channel)
    if message.author is not state.app.bot or message.webhook_id:
        raise errors.not_your_message()
    draft = composing.read(request, channel)
    composing.revise(state, message, draft)
    messages.changed(state, message)
    return shapes.message_of(state, message)


@route("DELETE /channels/{channel}/messages/{message}")
def delete_message(request: Request) -> None:
    channel = request.state.channel(request.id("channel"))
    message = request.state.message(channel, request.id("message"))
    check_can_delete(request.state, channel)
    if message.author is not request.state.app.bot:
        if channel.guild is None:
            raise errors.not_on_a_direct_channel()
        request.state.require(channel, Permission.MANAGE_MESSAGES)
    if message.kind not in ORDINARY | messages.DELETABLE:
        raise errors.not_on_system_messages()
    messages.delete(request.state, message)


@route("POST /channels/{channel}/messages/bulk-delete")
def bulk_delete(request: Request) -> None:
    channel = request.state.channel(request.id("channel"))
    request.state.require(channel, Permission.MANAGE_MESSAGES)
    ids = [snowflake(each, ["messages"]) for each in request.fields.get("messages", [])]
    if not 2 <= len(ids) <= 100:
        raise invalid(["messages"], "BASE_TYPE_BAD_LENGTH", "Must be between 2 and 100 in length.")
    oldest = request.state.clock.now() - DAYS_TO_DELETE_IN_BULK * 86_400
    if any(time_of(each) < oldest for each in ids):
        raise errors.too_old_to_delete_in_bulk()
    messages.delete_in_bulk(request.state, channel, [channel.kept[each] for each in ids if each in channel.kept])


@route("PUT /channels/{channel}/messages/pins/{message}")
@route("PUT /channels/{channel}/pins/{message}")
def pin(request: Request) -> None:
    _set_pinned(request, pinned=True)


@route("DELETE /channels/{channel}/messages/pins/{message}")
@route("DELETE /channels/{channel}/pins/{message}")
def unpin(request: Request) -> None:
    _set_pinned(request, pinned=False)


def _set_pinned(request: Request, *, pinned: bool) -> None:
    channel = request.state.channel(request.id("channel"))
    message = request.state.message(channel, request.id("message"))
    if channel.guild is not None:
        request.state.require(channel, Permission.PIN_MESSAGES)
    message.pinned = pinned
    data: Json = {"last_pin_timestamp": None} | messages.place_of(channel)
    messages.tell(request.state, "CHANNEL_PINS_UPDATE", channel, data)
    messages.changed(request.state, message, by_author=False)


def _with_messages(request: Request) -> Channel:
    channel = request.state.channel(request.id("channel"))
    if channel.kind not in WITH_MESSAGES:
        raise errors.not_a_text_channel()
    return channel


def _read(request: Request, message: Message) -> Json:
    """As the app may read it: without MESSAGE_CONTENT the history is as empty as the events.

    A nonce is shown to who sends, and kept with no message: https://github.com/Rapptz/discord.py/issues/2451.
    """
    state = request.state
    shape = shapes.message_of(state, message)
    shape.pop("nonce", None)
    guild = message.channel.guild
    if guild is None:
        return shape
    read = intents.read_by(shape | {"guild_id": str(guild.id)}, state.app.bot.id, state.app.granted)
    return {name: value for name, value in read.items() if name != "guild_id"}


def _check_can_write_to(request: Request, direct: Channel) -> None:
    """They accept messages, and share a guild with the bot."""
    if not all(each.accepts_direct_messages for each in direct.recipients):
        raise errors.cannot_message_user()
    ids = {each.id for each in direct.recipients}
    if not any(ids <= set(guild.members) for guild in request.state.guilds.values()):
        raise errors.no_guild_in_common()


def _check_can_send(request: Request, channel: Channel) -> None:
    state = request.state
    if channel.kind not in WITH_MESSAGES:
        raise errors.not_a_text_channel()
    if channel.guild is None:
        _check_can_write_to(request, channel)
        return
    state.require(channel, Permission.SEND_MESSAGES_IN_THREADS if channel.is_thread else Permission.SEND_MESSAGES)
    if request.files or request.fields.get("attachments"):
        state.require(channel, Permission.ATTACH_FILES)
    if request.fields.get("embeds"):
        state.require(channel, Permission.EMBED_LINKS)
