"""Records of the model as the wire shows them: messages, channels, users, files, views.

https://docs.slack.dev/reference/objects
"""

from typing import TYPE_CHECKING

from tests.support.slackserver.model import CHANNEL_TYPE, Channel, File, Message, User, View
from tests.support.slackserver.refused import Json

if TYPE_CHECKING:
    from tests.support.slackserver.workspace import Workspace

WITHOUT_TEAM = {"channel_join", "channel_topic", "tombstone", "bot_message"}
"""Subtypes that name no team."""


def user_object(user: User, *, with_email: bool, with_locale: bool = False) -> Json:
    profile: Json = {
        "title": user.title,
        "phone": "",
        "real_name": user.real_name,
        "real_name_normalized": user.real_name,
        "display_name": user.display_name,
        "display_name_normalized": user.display_name,
        "status_text": "",
        "status_emoji": "",
        "avatar_hash": "g0",
        "image_72": "https://avatars.slack-edge.example/72.png",
        "team": user.team_id,
    }
    if with_email and user.email and not user.is_stranger:
        profile["email"] = user.email
    if user.is_bot:
        profile |= {"bot_id": user.bot_id, "api_app_id": ""}
    shape: Json = {
        "id": user.id,
        "team_id": user.team_id,
        "name": user.name,
        "deleted": user.deleted,
        "real_name": user.real_name,
        "tz": user.tz,
        "tz_label": user.tz,
        "tz_offset": user.tz_offset,
        "profile": profile,
        "is_admin": False,
        "is_owner": False,
        "is_restricted": user.is_restricted,
        "is_ultra_restricted": user.is_ultra_restricted,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "is_email_confirmed": user.is_email_confirmed,
        "updated": 1700000000,
    }
    if user.is_stranger:
        shape["is_stranger"] = True
    if with_locale:
        shape["locale"] = user.locale
    return shape


def channel_object(channel: Channel, bot: User) -> Json:
    shape: Json = {
        "id": channel.id,
        "created": channel.created,
        "is_archived": channel.is_archived,
        "is_im": channel.kind == "im",
        "is_mpim": channel.kind == "mpim",
        "is_org_shared": False,
    }
    if channel.kind == "im":
        partner = next((each for each in channel.members if each != bot.id), bot.id)
        return shape | {"user": partner, "is_user_deleted": False, "priority": 0}
    return shape | {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": channel.kind == "public",
        "is_group": channel.kind == "private",
        "is_general": False,
        "is_private": channel.kind != "public",
        "is_member": bot.id in channel.members,
        "is_shared": channel.is_ext_shared,
        "is_ext_shared": channel.is_ext_shared,
        "is_pending_ext_shared": False,
        "creator": channel.creator,
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
        "purpose": {"value": channel.purpose, "creator": "", "last_set": 0},
        "num_members": len(channel.members),
    }


def file_object(file: File, base: str) -> Json:
    """A file; one shared over Slack Connect is a stub until `files.info` is asked."""
    if file.external_stub:
        return {"id": file.id, "created": file.created, "mode": "file_access", "file_access": "check_file_info"}
    return full_file_object(file, base)


def full_file_object(file: File, base: str) -> Json:
    address = f"{base}/files-pri/{file.team_id}-{file.id}"
    return {
        "id": file.id,
        "created": file.created,
        "timestamp": file.created,
        "name": file.name,
        "title": file.title,
        "mimetype": file.mimetype,
        **({"alt_txt": file.alt_txt} if file.alt_txt else {}),
        "filetype": file.name.rpartition(".")[2] if "." in file.name else "binary",
        "pretty_type": "File",
        "user": file.user,
        "user_team": file.team_id,
        "editable": False,
        "size": file.size,
        "mode": "hosted",
        "is_external": False,
        "external_type": "",
        "is_public": False,
        "public_url_shared": False,
        "display_as_bot": False,
        "username": "",
        "url_private": f"{address}/{file.name}",
        "url_private_download": f"{address}/download/{file.name}",
        "permalink": f"{base}/files/{file.user}/{file.id}/{file.name}",
        "has_rich_preview": False,
        "file_access": "visible",
    }


def bot_profile(workspace: "Workspace") -> Json:
    installation = workspace.installation
    return {
        "id": installation.bot_id,
        "deleted": False,
        "name": workspace.state.app.name,
        "updated": 1700000000,
        "app_id": workspace.state.app.id,
        "user_id": installation.user.id,
        "icons": {"image_36": "https://avatars.slack-edge.example/36.png"},
        "team_id": workspace.id,
    }


def message_object(workspace: "Workspace", channel: Channel, message: Message, *, with_metadata: bool = False) -> Json:
    """A message as history, answers and events show it."""
    shape: Json = {"type": "message", "text": message.text, "ts": message.ts}
    if message.subtype not in WITHOUT_TEAM:
        shape["team"] = message.team_id
    if message.by_bot:
        shape |= {
            "bot_id": workspace.installation.bot_id,
            "app_id": workspace.state.app.id,
            "bot_profile": bot_profile(workspace),
        }
    if message.files:
        shape |= {"files": [file_object(each, workspace.state.base) for each in message.files]}
        shape |= {"upload": False, "display_as_bot": False}
    if with_metadata and message.metadata is not None:
        shape["metadata"] = message.metadata
    if message.subtype == "thread_broadcast" and message.thread_ts in channel.messages:
        shape["root"] = message_object(workspace, channel, channel.messages[message.thread_ts])
    return shape | present(message) | message.more | thread_fields(channel, message)


def present(message: Message) -> Json:
    """The parts that are there only when there is something in them."""
    parts = {
        "user": message.user,
        "subtype": message.subtype,
        "client_msg_id": message.client_msg_id,
        "blocks": message.blocks,
        "attachments": message.attachments,
        "edited": {"user": message.edited_by, "ts": message.edited_ts} if message.edited_ts else None,
        "reactions": [{"name": name, "users": users, "count": len(users)} for name, users in message.reactions.items()],
    }
    return {name: part for name, part in parts.items() if part}


def thread_fields(channel: Channel, message: Message) -> Json:
    if not message.thread_ts:
        return {}
    if message.thread_ts == message.ts:
        replies = channel.replies(message.ts)
        if not replies:
            return {}
        users = list(dict.fromkeys(each.user for each in replies))
        return {
            "thread_ts": message.ts,
            "reply_count": len(replies),
            "reply_users_count": len(users),
            "latest_reply": replies[-1].ts,
            "reply_users": users,
            "is_locked": False,
            "subscribed": False,
        }
    parent = channel.messages.get(message.thread_ts)
    fields: Json = {"thread_ts": message.thread_ts}
    if parent is not None:
        fields["parent_user_id"] = parent.user
    return fields


def view_object(workspace: "Workspace", view: View) -> Json:
    given = view.given
    shape: Json = {
        "id": view.id,
        "team_id": view.team_id,
        "type": view.type,
        "blocks": given["blocks"],
        "private_metadata": given.get("private_metadata", ""),
        "callback_id": given.get("callback_id", ""),
        "state": {"values": view.values},
        "hash": view.hash,
        "title": given.get("title") or {"type": "plain_text", "text": "View Title", "emoji": True},
        "clear_on_close": bool(given.get("clear_on_close")),
        "notify_on_close": bool(given.get("notify_on_close")),
        "close": given.get("close"),
        "submit": given.get("submit"),
        "previous_view_id": view.previous_view_id,
        "root_view_id": view.root_view_id,
        "app_id": workspace.state.app.id,
        "external_id": given.get("external_id", ""),
        "app_installed_team_id": workspace.id,
        "bot_id": workspace.installation.bot_id,
    }
    if view.type == "modal":
        shape["submit_disabled"] = bool(given.get("submit_disabled"))
    return shape


def channel_type(channel: Channel) -> str:
    return CHANNEL_TYPE[channel.kind]
