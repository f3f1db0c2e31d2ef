"""https://discord.com/developers/docs/resources/message#create-reaction."""

import re
from typing import Final

from tests.support.discordserver import errors, messages, shapes
from tests.support.discordserver.model import Message, User
from tests.support.discordserver.permissions import Permission
from tests.support.discordserver.refused import Json
from tests.support.discordserver.rest.archived import check_not_archived
from tests.support.discordserver.rest.registry import Request, route

ONE = "/channels/{channel}/messages/{message}/reactions"
KINDS: Final = 20


@route(f"PUT {ONE}/{{emoji}}/@me", bucket="reactions")
def add(request: Request) -> None:
    message, emoji = _found(request)
    check_not_archived(message.channel)
    if emoji not in message.reactions:
        request.state.require(message.channel, Permission.ADD_REACTIONS)
        if len(message.reactions) >= KINDS:
            raise errors.too_many_reactions()
    messages.react(request.state, message, request.state.app.bot, emoji)


@route(f"DELETE {ONE}/{{emoji}}/@me", bucket="reactions")
def take_back(request: Request) -> None:
    message, emoji = _found(request)
    check_not_archived(message.channel)
    messages.unreact(request.state, message, request.state.app.bot, emoji)


@route(f"DELETE {ONE}/{{emoji}}/{{user}}", bucket="reactions")
def remove(request: Request) -> None:
    message, emoji = _found(request)
    check_not_archived(message.channel)
    request.state.require(message.channel, Permission.MANAGE_MESSAGES)
    messages.unreact(request.state, message, request.state.user(request.id("user")), emoji)


@route(f"DELETE {ONE}")
@route(f"DELETE {ONE}/{{emoji}}")
def clear(request: Request) -> None:
    message = _message(request)
    check_not_archived(message.channel)
    request.state.require(message.channel, Permission.MANAGE_MESSAGES)
    messages.clear_reactions(request.state, message, _emoji(request) if "emoji" in request.path else "")


@route(f"GET {ONE}/{{emoji}}")
def who_reacted(request: Request) -> list[Json]:
    message, emoji = _found(request)
    after = request.snowflake("after") or 0
    users = sorted(each for each in message.reactions.get(emoji, []) if each > after)
    limit = request.number("limit", 25, 1, 100)
    return [shapes.user_of(_user(request, each)) for each in users[:limit]]


def _user(request: Request, user_id: int) -> User:
    return request.state.users[user_id]


def _found(request: Request) -> tuple[Message, str]:
    return _message(request), _emoji(request)


def _message(request: Request) -> Message:
    channel = request.state.channel(request.id("channel"))
    request.state.require(channel, Permission.READ_MESSAGE_HISTORY)
    return request.state.message(channel, request.id("message"))


def _emoji(request: Request) -> str:
    """A word that stands for an emoji, such as `:+1:`, is unknown, and so is one of no guild."""
    emoji = request.word("emoji")
    if re.fullmatch(r"\w+:\d+", emoji):
        if int(emoji.partition(":")[2]) not in request.state.app.emojis:
            raise errors.unknown_emoji()
    elif emoji.isascii():
        raise errors.unknown_emoji()
    return emoji
