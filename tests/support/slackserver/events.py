"""Events in the documented shapes, and which of them the app gets.

https://docs.slack.dev/reference/events
"""

from typing import TYPE_CHECKING, Final

from tests.support.slackserver.ids import new_id
from tests.support.slackserver.model import HISTORY_SCOPE, INFO_SCOPE, Channel, Message, Token
from tests.support.slackserver.refused import Json
from tests.support.slackserver.shapes import channel_type, message_object

if TYPE_CHECKING:
    from tests.support.slackserver.workspace import Workspace

SUBSCRIPTION = {"public": "channels", "private": "groups", "im": "im", "mpim": "mpim"}
SCOPES: Final = {
    "app_mention": "app_mentions:read",
    "reaction_added": "reactions:read",
    "reaction_removed": "reactions:read",
    "user_change": "users:read",
}
OF_CHANNELS = {"member_joined_channel", "member_left_channel", "channel_archive", "channel_unarchive"}


def subscription(event: Json, channel: Channel | None) -> str:
    """The name under which the app subscribes to it: `message` events have one for each kind of conversation."""
    if event["type"] == "message" and channel is not None:
        return f"message.{SUBSCRIPTION[channel.kind]}"
    return str(event["type"])


def scope(event: Json, channel: Channel | None) -> str:
    if channel is not None and event["type"] == "message":
        return HISTORY_SCOPE[channel.kind]
    if channel is not None and event["type"] in OF_CHANNELS:
        return INFO_SCOPE[channel.kind]
    return SCOPES.get(event["type"], "")


def may_see(workspace: "Workspace", event: Json, channel: Channel | None) -> bool:
    subscribed = workspace.state.app.events
    if subscribed is not None and subscription(event, channel) not in subscribed:
        return False
    if channel is not None and workspace.bot.id not in channel.members and event["type"] != "app_mention":
        return False
    if channel is not None and event["type"] == "app_mention" and workspace.bot.id not in channel.members:
        return False
    needed = scope(event, channel)
    return not needed or has_scope(workspace.installation.token, needed)


def has_scope(token: Token, needed: str) -> bool:
    return needed in token.scopes


def envelope(workspace: "Workspace", event: Json, channel: Channel | None) -> Json:
    """What is around each event: https://docs.slack.dev/apis/events-api/#callback-field."""
    event_ts = event.get("event_ts") or workspace.state.clock.ts()
    if event["type"] not in {"app_uninstalled", "tokens_revoked"}:
        event = event | {"event_ts": event_ts}
    return {
        "token": workspace.state.app.verification_token,
        "team_id": _where_it_was_done(workspace, event),
        "context_team_id": workspace.id,
        "context_enterprise_id": None,
        "api_app_id": workspace.state.app.id,
        "event": event,
        "type": "event_callback",
        "event_id": new_id("Ev"),
        "event_time": int(float(event_ts)),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": workspace.id,
                "user_id": workspace.bot.id,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": bool(channel and channel.is_ext_shared),
        "event_context": f"4-{new_id('')}",
    }


def _where_it_was_done(workspace: "Workspace", event: Json) -> str:
    """The workspace of whoever did it: another one for who is here by Slack Connect."""
    inner = event.get("message") or event.get("previous_message") or event
    user = workspace.users.get(str(inner.get("user") or ""))
    return user.team_id if user is not None else workspace.id


def inner_message(workspace: "Workspace", channel: Channel, message: Message) -> Json:
    """A message inside another event: who wrote it from another organisation is marked."""
    return message_object(workspace, channel, message) | foreign(workspace, message)


def foreign(workspace: "Workspace", message: Message) -> Json:
    user = workspace.users.get(message.user)
    if user is None or user.team_id == workspace.id:
        return {}
    return {"user_team": user.team_id, "source_team": user.team_id, "user_profile": {"team": user.team_id}}


def teams(message: Message) -> Json:
    """What Slack adds to the new text of a message that somebody wrote."""
    return {} if message.by_bot or message.deleted else {"source_team": message.team_id, "user_team": message.team_id}


def message_posted(workspace: "Workspace", channel: Channel, message: Message) -> Json:
    return inner_message(workspace, channel, message) | {
        "channel": channel.id,
        "event_ts": message.ts,
        "channel_type": channel_type(channel),
    }


def app_mention(workspace: "Workspace", channel: Channel, message: Message) -> Json:
    shape = message_object(workspace, channel, message) | foreign(workspace, message)
    return shape | {"type": "app_mention", "channel": channel.id, "event_ts": message.ts}


def message_changed(workspace: "Workspace", channel: Channel, message: Message, before: Json) -> Json:
    ts = workspace.state.clock.ts()
    return {
        "type": "message",
        "subtype": "message_changed",
        "message": inner_message(workspace, channel, message) | teams(message),
        "previous_message": before,
        "channel": channel.id,
        "hidden": True,
        "ts": ts,
        "event_ts": ts,
        "channel_type": channel_type(channel),
    }


def message_deleted(workspace: "Workspace", channel: Channel, message: Message, before: Json) -> Json:
    ts = workspace.state.clock.ts()
    return {
        "type": "message",
        "subtype": "message_deleted",
        "previous_message": before,
        "channel": channel.id,
        "hidden": True,
        "deleted_ts": message.ts,
        "ts": ts,
        "event_ts": ts,
        "channel_type": channel_type(channel),
    }


def reaction(workspace: "Workspace", kind: str, channel: Channel, message: Message, user: str, name: str) -> Json:
    return {
        "type": kind,
        "user": user,
        "reaction": name,
        "item": {"type": "message", "channel": channel.id, "ts": message.ts},
        "item_user": message.user,
        "event_ts": workspace.state.clock.ts(),
    }


def member_joined(workspace: "Workspace", channel: Channel, user: str, inviter: str) -> Json:
    shape: Json = {
        "type": "member_joined_channel",
        "user": user,
        "channel": channel.id,
        "channel_type": channel.id[0],
        "team": workspace.id,
    }
    return shape | {"inviter": inviter} if inviter else shape


def member_left(workspace: "Workspace", channel: Channel, user: str) -> Json:
    return {
        "type": "member_left_channel",
        "user": user,
        "channel": channel.id,
        "channel_type": channel.id[0],
        "team": workspace.id,
    }


def app_home_opened(workspace: "Workspace", user: str, channel: Channel, tab: str, view: Json | None) -> Json:
    shape: Json = {
        "type": "app_home_opened",
        "user": user,
        "channel": channel.id,
        "tab": tab,
        "event_ts": workspace.state.clock.ts(),
    }
    return shape | {"view": view} if view is not None and tab == "home" else shape
