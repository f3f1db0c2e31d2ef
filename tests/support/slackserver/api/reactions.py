"""Emoji on messages: https://docs.slack.dev/reference/methods/reactions.add and .remove."""

import re

from tests.support.slackserver import limits
from tests.support.slackserver.api import lookup
from tests.support.slackserver.api.registry import Request, method
from tests.support.slackserver.model import Channel, Message
from tests.support.slackserver.refused import Json, Refused

_NAME = re.compile(r"[a-z0-9_+'-]+(::skin-tone-[2-6])?")


@method("reactions.add", "reactions:write")
def add(request: Request) -> Json:
    channel, message, name = target(request)
    bot = request.workspace.bot.id
    if bot in message.reactions.get(name, []):
        raise Refused("already_reacted")
    if name not in message.reactions and len(message.reactions) >= limits.REACTIONS_ON_ONE:
        raise Refused("too_many_emoji")
    if sum(bot in users for users in message.reactions.values()) >= limits.REACTIONS_OF_ONE:
        raise Refused("too_many_reactions")
    request.workspace.react(channel, message, bot, name)
    return {}


@method("reactions.remove", "reactions:write")
def remove(request: Request) -> Json:
    channel, message, name = target(request)
    bot = request.workspace.bot.id
    if bot not in message.reactions.get(name, []):
        raise Refused("no_reaction")
    request.workspace.unreact(channel, message, bot, name)
    return {}


@method("reactions.get", "reactions:read")
def get(request: Request) -> Json:
    from tests.support.slackserver.shapes import message_object

    channel = lookup.channel(request)
    message = lookup.message(channel, request.arguments.required("timestamp"))
    return {
        "type": "message",
        "channel": channel.id,
        "message": message_object(request.workspace, channel, message),
    }


def target(request: Request) -> tuple[Channel, Message, str]:
    name = request.arguments.required("name").strip(":")
    if not _NAME.fullmatch(name):
        raise Refused("invalid_name")
    channel = lookup.channel(request)
    if request.workspace.bot.id not in channel.members:
        raise Refused("not_in_channel")
    if channel.is_archived:
        raise Refused("is_archived")
    return channel, lookup.message(channel, request.arguments.required("timestamp")), name
