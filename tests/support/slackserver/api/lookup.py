"""Finding what an argument names, or refusing as Slack does."""

from collections.abc import Mapping

from tests.support.slackserver.api.registry import Request
from tests.support.slackserver.model import INFO_SCOPE, Channel, Kind, Message, Token, User
from tests.support.slackserver.refused import Refused


def need(token: Token, scope: str) -> None:
    if scope not in token.scopes:
        raise missing_scope(token, [scope])


def missing_scope(token: Token, needed: list[str]) -> Refused:
    return Refused("missing_scope", needed=",".join(needed), provided=",".join(sorted(token.scopes)))


def channel(request: Request, name: str = "channel") -> Channel:
    """A channel that the bot can know of: private ones only as a member."""
    found = request.workspace.channels.get(request.arguments.required(name))
    if found is None or (found.kind != "public" and request.workspace.bot.id not in found.members):
        raise Refused("channel_not_found")
    return found


def readable(request: Request, scopes: Mapping[Kind, str]) -> Channel:
    found = channel(request)
    need(request.token, scopes[found.kind])
    if request.workspace.bot.id not in found.members:
        raise Refused("not_in_channel")
    return found


def writable(request: Request, name: str = "channel") -> Channel:
    """Where the bot posts: a channel that it is in, or the direct conversation with a user."""
    user = request.workspace.users.get(request.arguments.required(name))
    if user is not None:
        return request.workspace.direct(request.workspace.bot.id, reachable(user).id)
    found = channel(request, name)
    if request.workspace.bot.id not in found.members:
        raise Refused("not_in_channel")
    if found.is_archived:
        raise Refused("is_archived")
    return found


def reachable(user: User) -> User:
    if user.is_bot:
        raise Refused("cannot_dm_bot")
    if user.deleted:
        raise Refused("user_disabled")
    return user


def user(request: Request, name: str = "user") -> User:
    found = request.workspace.users.get(request.arguments.required(name))
    if found is None:
        raise Refused("user_not_found")
    return found


def message(found: Channel, ts: str, error: str = "message_not_found") -> Message:
    try:
        return found.messages[ts]
    except KeyError:
        raise Refused(error) from None


def info_scope(found: Channel) -> str:
    return INFO_SCOPE[found.kind]
