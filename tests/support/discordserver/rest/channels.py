"""https://discord.com/developers/docs/resources/channel."""

from tests.support.discordserver import channels, errors, messages, shapes
from tests.support.discordserver.model import Tag
from tests.support.discordserver.permissions import Permission
from tests.support.discordserver.refused import Json
from tests.support.discordserver.rest import threads
from tests.support.discordserver.rest.pacing import pace
from tests.support.discordserver.rest.registry import Request, route
from tests.support.discordserver.validate import places


@route("GET /channels/{channel}")
def get_channel(request: Request) -> Json:
    return shapes.channel_of(request.state.channel(request.id("channel")))


@route("DELETE /channels/{channel}")
def delete_channel(request: Request) -> Json:
    channel = request.state.channel(request.id("channel"))
    if channel.guild is None:
        return shapes.channel_of(channel)
    request.state.require(channel, Permission.MANAGE_THREADS if channel.is_thread else Permission.MANAGE_CHANNELS)
    shape = shapes.channel_of(channel)
    channels.delete(request.state, channel)
    return shape


@route("POST /channels/{channel}/typing")
def type_something(request: Request) -> None:
    channel = request.state.channel(request.id("channel"))
    request.state.require(channel, Permission.SEND_MESSAGES)
    data: Json = {"user_id": str(request.state.app.bot.id), "timestamp": int(request.state.clock.now())}
    messages.tell(request.state, "TYPING_START", channel, data | messages.place_of(channel))


@route("PATCH /channels/{channel}")
def change_channel(request: Request) -> Json:
    state = request.state
    channel = state.channel(request.id("channel"))
    if channel.is_thread:
        return threads.change(request, channel)
    if channel.guild is None:
        raise errors.not_on_a_direct_channel()
    state.require(channel, Permission.MANAGE_CHANNELS)
    given = places.changed_channel(request.fields)
    pace(state, channel, given)
    channel.name = given.get("name", channel.name)
    channel.topic = given.get("topic", channel.topic)
    channel.parent = int(given.get("parent_id", channel.parent) or 0)
    if "available_tags" in given:
        channel.tags = [_tag(request, each) for each in given["available_tags"]]
    channels.changed(state, channel)
    return shapes.channel_of(channel)


def _tag(request: Request, given: Json) -> Tag:
    """One that comes with its id stays the same tag."""
    number = int(given.get("id") or request.state.ids.new())
    return Tag(number, given["name"], bool(given.get("moderated")), given.get("emoji_name"))
