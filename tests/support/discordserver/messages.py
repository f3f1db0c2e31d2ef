"""Messages: whatever is said, changed, taken back or reacted to goes through here, and the app is told of it."""

import re
from typing import Final

from tests.support.discordserver import channels, permissions, shapes
from tests.support.discordserver.model import ORDINARY, Channel, Message, MessageKind, User
from tests.support.discordserver.permissions import Permission
from tests.support.discordserver.refused import Json
from tests.support.discordserver.state import Dispatch, State

DELETABLE: Final = frozenset({MessageKind.PINNED, MessageKind.THREAD_CREATED, MessageKind.USER_JOIN, MessageKind.BOOST})
"""Lines of Discord's own that can be deleted."""
_USER: Final = re.compile(r"<@!?(\d+)>")
_ROLE: Final = re.compile(r"<@&(\d+)>")


def post(state: State, message: Message) -> Message:
    """Put a message into its channel."""
    channel = message.channel
    channel.kept[message.id] = message
    channel.last_message_id = message.id
    for attachment in message.attachments:
        state.cdn.keep(attachment, channel.id)
    if channel.thread is not None:
        channel.thread.sent += 1
    tell(state, "MESSAGE_CREATE", channel, shapes.event_of(state, message))
    _bring_in(state, message)
    return message


def _bring_in(state: State, message: Message) -> None:
    """Who is mentioned in a thread is added to it, if they see the channel that it hangs in."""
    parent = message.channel.parent_channel
    if parent is None or message.kind not in ORDINARY:
        return
    for user in message.mentions:
        if Permission.VIEW_CHANNEL in permissions.in_channel(parent, user.id):
            channels.enter(state, message.channel, user)


def changed(state: State, message: Message, *, by_author: bool = True) -> None:
    """Tell of a message that was changed, by its author or by Discord (an embed was added)."""
    if by_author:
        message.edited = state.clock.now()
    for attachment in message.attachments:
        state.cdn.keep(attachment, message.channel.id)
    tell(state, "MESSAGE_UPDATE", message.channel, shapes.event_of(state, message))


def delete(state: State, message: Message) -> None:
    del message.channel.kept[message.id]
    tell(state, "MESSAGE_DELETE", message.channel, {"id": str(message.id)} | place_of(message.channel))


def delete_in_bulk(state: State, channel: Channel, gone: list[Message]) -> None:
    for message in gone:
        del channel.kept[message.id]
    ids = [str(each.id) for each in gone]
    tell(state, "MESSAGE_DELETE_BULK", channel, {"ids": ids} | place_of(channel))


def react(state: State, message: Message, user: User, emoji: str) -> None:
    """Reacting twice changes nothing."""
    users = message.reactions.setdefault(emoji, [])
    if user.id not in users:
        users.append(user.id)
        tell(state, "MESSAGE_REACTION_ADD", message.channel, _reaction(state, message, user, emoji, added=True))


def unreact(state: State, message: Message, user: User, emoji: str) -> None:
    users = message.reactions.get(emoji, [])
    if user.id not in users:
        return
    users.remove(user.id)
    if not users:
        del message.reactions[emoji]
    tell(state, "MESSAGE_REACTION_REMOVE", message.channel, _reaction(state, message, user, emoji, added=False))


def clear_reactions(state: State, message: Message, emoji: str = "") -> None:
    """All, or those of one kind."""
    data: Json = {"message_id": str(message.id)} | place_of(message.channel)
    if emoji:
        message.reactions.pop(emoji, None)
        data["emoji"] = shapes.emoji_of(state, emoji)
        tell(state, "MESSAGE_REACTION_REMOVE_EMOJI", message.channel, data)
    else:
        message.reactions.clear()
        tell(state, "MESSAGE_REACTION_REMOVE_ALL", message.channel, data)


def _reaction(state: State, message: Message, user: User, emoji: str, *, added: bool) -> Json:
    data: Json = {
        "user_id": str(user.id),
        "message_id": str(message.id),
        "emoji": shapes.emoji_of(state, emoji),
        "burst": False,
        "type": 0,
    } | place_of(message.channel)
    guild = message.channel.guild
    if added:
        data["message_author_id"] = str(message.author.id)
        if guild is not None and user.id in guild.members:
            data["member"] = shapes.member_of(guild.members[user.id])
    return data


def place_of(channel: Channel) -> Json:
    place: Json = {"channel_id": str(channel.id)}
    return place | {"guild_id": str(channel.guild.id)} if channel.guild is not None else place


def tell(state: State, event: str, channel: Channel, data: Json) -> None:
    state.dispatch(Dispatch(event, data, guild=channel.guild, channel=channel))


# ------------------------------------------------------------------------------------------------ mentions


def find_mentions(state: State, message: Message, allowed: Json | None = None) -> None:
    """Who is mentioned in the content, of those that `allowed_mentions` lets ring."""
    parse = {"users", "roles", "everyone"} if allowed is None else set(allowed.get("parse", ()))
    users = [int(each) for each in _USER.findall(message.content)]
    roles = [int(each) for each in _ROLE.findall(message.content)]
    if "users" not in parse:
        users = [each for each in users if str(each) in {str(one) for one in (allowed or {}).get("users", ())}]
    if "roles" not in parse:
        roles = [each for each in roles if str(each) in {str(one) for one in (allowed or {}).get("roles", ())}]
    if message.kind is MessageKind.REPLY and message.referenced is not None and _rings(allowed):
        users.append(message.referenced.author.id)
    message.mentions = [state.users[each] for each in dict.fromkeys(users) if each in state.users]
    message.mention_roles = _ringing_roles(message, roles)
    everyone = "everyone" in parse and re.search(r"@(everyone|here)\b", message.content) is not None
    message.mention_everyone = everyone and _may_ring_all(message)


def _rings(allowed: Json | None) -> bool:
    """Whether a reply mentions whom it answers."""
    return allowed is None or bool(allowed.get("replied_user", False))


def _ringing_roles(message: Message, roles: list[int]) -> list[int]:
    guild = message.channel.guild
    if guild is None:
        return []
    known = [each for each in dict.fromkeys(roles) if each in guild.roles]
    return [each for each in known if guild.roles[each].mentionable or _may_ring_all(message)]


def _may_ring_all(message: Message) -> bool:
    return Permission.MENTION_EVERYONE in permissions.in_channel(message.channel, message.author.id)
