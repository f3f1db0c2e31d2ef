"""Channels and direct conversations: https://docs.slack.dev/reference/methods?family=conversations."""

from tests.support.slackserver.api import lookup
from tests.support.slackserver.api.paging import page
from tests.support.slackserver.api.registry import Request, method
from tests.support.slackserver.model import INFO_SCOPE, Channel
from tests.support.slackserver.refused import Json, Refused
from tests.support.slackserver.shapes import channel_object

ANY_INFO = tuple(INFO_SCOPE.values())
TYPES = {"public_channel": "public", "private_channel": "private", "im": "im", "mpim": "mpim"}


@method("conversations.open", "im:write", "mpim:write")
def open_conversation(request: Request) -> Json:
    workspace = request.workspace
    users = [each.strip() for each in request.arguments.required("users").split(",")]
    if len(users) > 8:
        raise Refused("too_many_users")
    lookup.need(request.token, "im:write" if len(users) == 1 else "mpim:write")
    for each in users:
        if each not in workspace.users:
            raise Refused("user_not_found")
        lookup.reachable(workspace.users[each])
    before = len(workspace.channels)
    channel = workspace.direct(workspace.bot.id, *users)
    answer: Json = {"channel": {"id": channel.id}}
    if request.arguments.flag("return_im"):
        answer["channel"] = channel_object(channel, workspace.bot)
    return answer if len(workspace.channels) > before else answer | {"no_op": True, "already_open": True}


@method("conversations.info", *ANY_INFO)
def info(request: Request) -> Json:
    channel = lookup.channel(request)
    lookup.need(request.token, lookup.info_scope(channel))
    return {"channel": channel_object(channel, request.workspace.bot)}


@method("conversations.members", *ANY_INFO)
def members(request: Request) -> Json:
    channel = lookup.channel(request)
    lookup.need(request.token, lookup.info_scope(channel))
    shown, leads_on = page(request.arguments, channel.members)
    return {"members": list(shown), **leads_on}


@method("conversations.join", "channels:join")
def join(request: Request) -> Json:
    channel = lookup.channel(request)
    if channel.kind != "public":
        raise Refused("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise Refused("is_archived")
    request.workspace.join(channel, request.workspace.bot.id)
    return {"channel": channel_object(channel, request.workspace.bot)}


@method("conversations.list", *ANY_INFO)
def list_conversations(request: Request) -> Json:
    shown, leads_on = page(request.arguments, visible(request))
    return {"channels": [channel_object(each, request.workspace.bot) for each in shown], **leads_on}


@method("users.conversations", *ANY_INFO)
def of_user(request: Request) -> Json:
    bot = request.workspace.bot
    whose = request.arguments.text("user", bot.id)
    shown, leads_on = page(request.arguments, [each for each in visible(request) if whose in each.members])
    return {"channels": [channel_object(each, bot) for each in shown], **leads_on}


def visible(request: Request) -> list[Channel]:
    """The channels of the kinds asked for that the bot can know of."""
    bot = request.workspace.bot.id
    kinds = set()
    for name in request.arguments.text("types", "public_channel").split(","):
        if name.strip() not in TYPES:
            raise Refused("invalid_types")
        kinds.add(TYPES[name.strip()])
    for channel_kind, scope in INFO_SCOPE.items():
        if channel_kind in kinds:
            lookup.need(request.token, scope)
    without_archived = request.arguments.flag("exclude_archived")
    return [
        each
        for each in request.workspace.channels.values()
        if each.kind in kinds and (each.kind == "public" or bot in each.members)
        if not (without_archived and each.is_archived)
    ]
