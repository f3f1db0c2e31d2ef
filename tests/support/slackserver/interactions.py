"""Payloads of what people do with buttons, menus, modals, shortcuts and commands.

https://docs.slack.dev/reference/interaction-payloads
"""

from typing import TYPE_CHECKING

from tests.support.slackserver.model import Channel, Message, User, View
from tests.support.slackserver.refused import Json
from tests.support.slackserver.shapes import message_object, view_object

if TYPE_CHECKING:
    from tests.support.slackserver.workspace import Workspace


def user_of(user: User, *, with_name: bool = True) -> Json:
    shape: Json = {"id": user.id, "username": user.name, "team_id": user.team_id}
    return shape | {"name": user.name} if with_name else shape


def around(workspace: "Workspace", kind: str, user: User, *, with_name: bool = True) -> Json:
    """What all of them have; who is here by Slack Connect acts from a workspace of their own."""
    is_guest = user.team_id != workspace.id
    return {
        "type": kind,
        "user": user_of(user, with_name=with_name),
        "team": {"id": user.team_id, "domain": "elsewhere" if is_guest else workspace.domain},
        "token": workspace.state.app.verification_token,
        "enterprise": None,
        "is_enterprise_install": False,
    }


def channel_of(channel: Channel) -> Json:
    names = {"im": "directmessage", "private": "privategroup", "mpim": channel.name, "public": channel.name}
    return {"id": channel.id, "name": names[channel.kind]}


def in_message(
    workspace: "Workspace", kind: str, user: User, channel: Channel, message: Message, *, ephemeral: bool
) -> Json:
    """`block_actions` or `block_suggestion` in a message; of an ephemeral one the app only gets the ts."""
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": ephemeral,
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    shape = around(workspace, kind, user) | {
        "api_app_id": workspace.state.app.id,
        "container": container,
        "channel": channel_of(channel),
    }
    return shape if ephemeral else shape | {"message": message_object(workspace, channel, message)}


def in_view(workspace: "Workspace", kind: str, user: User, view: View) -> Json:
    return around(workspace, kind, user) | {
        "api_app_id": workspace.state.app.id,
        "container": {"type": "view", "view_id": view.id},
        "view": view_object(workspace, view),
    }


def actions(workspace: "Workspace", user: User, values: Json, action: Json, parent_view: str = "") -> Json:
    """What `block_actions` has besides."""
    return {
        "trigger_id": workspace.state.triggers.issue(workspace.id, user.id, parent_view),
        "state": {"values": values},
        "actions": [action | {"action_ts": workspace.state.clock.ts()}],
    }


def submission(workspace: "Workspace", user: User, view: View) -> Json:
    return around(workspace, "view_submission", user) | {
        "api_app_id": workspace.state.app.id,
        "trigger_id": workspace.state.triggers.issue(workspace.id, user.id, view.id),
        "view": view_object(workspace, view),
        "response_urls": [],
    }


def closed(workspace: "Workspace", user: User, view: View, *, cleared: bool) -> Json:
    return around(workspace, "view_closed", user) | {
        "api_app_id": workspace.state.app.id,
        "view": view_object(workspace, view),
        "is_cleared": cleared,
    }


def shortcut(workspace: "Workspace", user: User, callback_id: str) -> Json:
    return around(workspace, "shortcut", user, with_name=False) | {
        "action_ts": workspace.state.clock.ts(),
        "callback_id": callback_id,
        "trigger_id": workspace.state.triggers.issue(workspace.id, user.id),
    }


def message_action(workspace: "Workspace", user: User, channel: Channel, message: Message, callback_id: str) -> Json:
    return around(workspace, "message_action", user) | {
        "action_ts": workspace.state.clock.ts(),
        "channel": channel_of(channel),
        "callback_id": callback_id,
        "trigger_id": workspace.state.triggers.issue(workspace.id, user.id),
        "response_url": response_url(workspace, user, channel, message),
        "message_ts": message.ts,
        "message": message_object(workspace, channel, message),
    }


def slash_command(workspace: "Workspace", user: User, channel: Channel, command: str, text: str) -> Json:
    """https://docs.slack.dev/interactivity/implementing-slash-commands: a form, so all values are strings."""
    return {
        "token": workspace.state.app.verification_token,
        "team_id": workspace.id,
        "team_domain": workspace.domain,
        "channel_id": channel.id,
        "channel_name": channel_of(channel)["name"],
        "user_id": user.id,
        "user_name": user.name,
        "command": command,
        "text": text,
        "api_app_id": workspace.state.app.id,
        "is_enterprise_install": "false",
        "response_url": response_url(workspace, user, channel),
        "trigger_id": workspace.state.triggers.issue(workspace.id, user.id),
    }


def response_url(
    workspace: "Workspace", user: User, channel: Channel, message: Message | None = None, *, ephemeral: bool = False
) -> str:
    path = workspace.state.response_urls.issue(
        workspace.id,
        user.id,
        channel.id,
        message_ts=message.ts if message else "",
        thread_ts=message.thread_ts if message else "",
        ephemeral=ephemeral,
    )
    return f"{workspace.state.base}/actions/{path}"
