"""Objects as they are on the wire: https://discord.com/developers/docs/resources."""

from datetime import UTC, datetime
from typing import Any

from tests.support.discordserver.model import (
    Attachment,
    Channel,
    Command,
    Guild,
    Kind,
    Member,
    Message,
    MessageKind,
    Role,
    User,
)
from tests.support.discordserver.refused import Json
from tests.support.discordserver.state import State


def moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def user_of(user: User) -> Json:
    shape: Json = {
        "id": str(user.id),
        "username": user.name,
        "discriminator": "0",
        "global_name": user.global_name,
        "avatar": None,
        "public_flags": 0,
    }
    if user.is_bot:
        shape |= {"bot": True, "discriminator": "0001"}
    return shape | {"system": True} if user.is_system else shape


def own_user_of(user: User) -> Json:
    return user_of(user) | {"verified": True, "mfa_enabled": False, "email": None, "flags": 0, "locale": "en-US"}


def member_of(member: Member, *, with_user: bool = True) -> Json:
    shape: Json = {
        "roles": [str(each) for each in sorted(member.roles)],
        "nick": member.nick,
        "avatar": None,
        "joined_at": moment(member.joined_at),
        "premium_since": None,
        "deaf": False,
        "mute": False,
        "pending": False,
        "flags": 0,
        "communication_disabled_until": None,
    }
    return shape | {"user": user_of(member.user)} if with_user else shape


def role_of(role: Role) -> Json:
    return {
        "id": str(role.id),
        "name": role.name,
        "permissions": str(int(role.permissions)),
        "position": role.position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": bool(role.managed_by),
        "mentionable": role.mentionable,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    } | ({"tags": {"bot_id": str(role.managed_by)}} if role.managed_by else {})


def channel_of(channel: Channel) -> Json:
    if channel.kind is Kind.DIRECT:
        return _direct_of(channel)
    if channel.is_thread:
        return thread_of(channel)
    assert channel.guild is not None
    shape: Json = {
        "id": str(channel.id),
        "type": channel.kind.value,
        "guild_id": str(channel.guild.id),
        "name": channel.name,
        "position": channel.position,
        "permission_overwrites": [
            {
                "id": str(each.id),
                "type": int(each.is_member),
                "allow": str(int(each.allow)),
                "deny": str(int(each.deny)),
            }
            for each in channel.overwrites.values()
        ],
        "parent_id": str(channel.parent) if channel.parent else None,
        "topic": channel.topic,
        "nsfw": False,
        "rate_limit_per_user": 0,
        "last_message_id": str(channel.last_message_id) if channel.last_message_id else None,
        "flags": (1 << 4) * channel.requires_tag,
    }
    return shape | _forum_part(channel) if channel.kind is Kind.FORUM else shape


def _direct_of(channel: Channel) -> Json:
    return {
        "id": str(channel.id),
        "type": channel.kind.value,
        "last_message_id": str(channel.last_message_id) if channel.last_message_id else None,
        "recipients": [user_of(each) for each in channel.recipients if not each.is_bot],
        "flags": 0,
    }


def _forum_part(channel: Channel) -> Json:
    return {
        "available_tags": [
            {
                "id": str(each.id),
                "name": each.name,
                "moderated": each.moderated,
                "emoji_id": None,
                "emoji_name": each.emoji,
            }
            for each in channel.tags
        ],
        "default_reaction_emoji": None,
        "default_sort_order": None,
        "default_forum_layout": 0,
    }


def thread_of(channel: Channel, *, newly_created: bool = False, member_id: int = 0) -> Json:
    """With the member object of one user, where that is wanted and they joined."""
    thread = channel.thread
    assert thread is not None
    assert channel.guild is not None
    shape: Json = {
        "id": str(channel.id),
        "type": channel.kind.value,
        "guild_id": str(channel.guild.id),
        "parent_id": str(channel.parent),
        "owner_id": str(channel.owner_id),
        "name": channel.name,
        "last_message_id": str(channel.last_message_id) if channel.last_message_id else None,
        "rate_limit_per_user": 0,
        "message_count": len(channel.kept),
        "total_message_sent": thread.sent,
        "member_count": min(len(thread.members), 50),
        "flags": (1 << 1) * channel.pinned,
        "thread_metadata": {
            "archived": thread.archived,
            "auto_archive_duration": thread.auto_archive_minutes,
            "archive_timestamp": moment(thread.changed_at),
            "create_timestamp": moment(thread.created_at),
            "locked": thread.locked,
        },
    }
    if channel.kind is Kind.PRIVATE_THREAD:
        shape["thread_metadata"]["invitable"] = thread.invitable
    parent = channel.parent_channel
    if parent is not None and parent.kind is Kind.FORUM:
        shape["applied_tags"] = [str(each) for each in channel.applied_tags]
    if newly_created:
        shape["newly_created"] = True
    return shape | {"member": thread_member_of(channel, member_id)} if member_id in thread.members else shape


def thread_member_of(channel: Channel, user_id: int) -> Json:
    assert channel.thread is not None
    joined = channel.thread.members[user_id]
    return {"id": str(channel.id), "user_id": str(user_id), "join_timestamp": moment(joined), "flags": 0}


def guild_of(state: State, guild: Guild, *, members: list[Member]) -> Json:
    """As GUILD_CREATE tells of it."""
    bot = state.app.bot.id
    return guild_alone(guild) | {
        "joined_at": moment(guild.members[bot].joined_at),
        "large": False,
        "unavailable": False,
        "member_count": len(guild.members),
        "voice_states": [],
        "members": [member_of(each) for each in members],
        "channels": [channel_of(each) for each in guild.channels.values() if not each.is_thread],
        "threads": [
            thread_of(each, member_id=bot)
            for each in guild.threads
            if each.thread is not None and not each.thread.archived and state.may_see(each)
        ],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def guild_alone(guild: Guild) -> Json:
    return {
        "id": str(guild.id),
        "name": guild.name,
        "icon": None,
        "splash": None,
        "discovery_splash": None,
        "owner_id": str(guild.owner_id),
        "afk_channel_id": None,
        "afk_timeout": 300,
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "roles": [role_of(each) for each in guild.roles.values()],
        "emojis": [],
        "features": ["COMMUNITY"],
        "mfa_level": 0,
        "application_id": None,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "rules_channel_id": None,
        "vanity_url_code": None,
        "description": None,
        "banner": None,
        "premium_tier": _tier(guild),
        "premium_subscription_count": 0,
        "preferred_locale": guild.locale,
        "public_updates_channel_id": None,
        "nsfw_level": 0,
        "premium_progress_bar_enabled": False,
        "stickers": [],
        "safety_alerts_channel_id": None,
    }


def _tier(guild: Guild) -> int:
    """What a guild may upload comes with its level of boosts."""
    megabytes = guild.upload_bytes // (1024 * 1024)
    return 3 if megabytes >= 100 else 2 if megabytes >= 50 else 0


def attachment_of(state: State, attachment: Attachment) -> Json:
    url = state.cdn.url_of(attachment)
    shape: Json = {
        "id": str(attachment.id),
        "filename": attachment.filename,
        "size": len(attachment.content),
        "url": url,
        "proxy_url": url,
    }
    if attachment.content_type:
        shape["content_type"] = attachment.content_type
    if attachment.description:
        shape["description"] = attachment.description
    return shape | attachment.more


def emoji_of(state: State, emoji: str) -> Json:
    """Of what stands in a path or a reaction: itself, or `name:id`."""
    name, _, number = emoji.partition(":")
    return {"id": number, "name": name} if number else {"id": None, "name": emoji}


def message_of(state: State, message: Message, *, with_reply: bool = True) -> Json:
    shape: Json = {
        "id": str(message.id),
        "channel_id": str(message.channel.id),
        "author": user_of(message.author),
        "content": message.content,
        "timestamp": moment(message.timestamp),
        "edited_timestamp": moment(message.edited) if message.edited else None,
        "tts": False,
        "mention_everyone": message.mention_everyone,
        "mentions": [user_of(each) for each in message.mentions],
        "mention_roles": [str(each) for each in message.mention_roles],
        "attachments": [attachment_of(state, each) for each in message.attachments],
        "embeds": message.embeds,
        "components": message.components,
        "pinned": message.pinned,
        "type": message.kind.value,
        "flags": message.flags,
    }
    return shape | _sometimes(state, message) | (_reply_part(state, message) if with_reply else {})


def _sometimes(state: State, message: Message) -> Json:
    """The fields that are there only where they say something."""
    bot = state.app.bot.id
    maybe: dict[str, Any] = {
        "nonce": message.nonce,
        "reactions": [
            {
                "emoji": emoji_of(state, emoji),
                "count": len(users),
                "count_details": {"normal": len(users), "burst": 0},
                "me": bot in users,
                "me_burst": False,
                "burst_colors": [],
            }
            for emoji, users in message.reactions.items()
        ],
        "webhook_id": str(message.webhook_id) if message.webhook_id else None,
        "application_id": str(message.application_id) if message.application_id else None,
        "interaction_metadata": message.interaction,
        "message_snapshots": message.snapshots,
        "sticker_items": message.stickers,
        "poll": message.poll,
        "thread": thread_of(message.thread) if message.thread is not None else None,
    }
    return {name: value for name, value in maybe.items() if value}


def _reply_part(state: State, message: Message) -> Json:
    """A reply to a message that is gone says so with null."""
    if message.reference is None:
        return {}
    shape: Json = {"message_reference": message.reference}
    if message.kind in {MessageKind.REPLY, MessageKind.THREAD_STARTER}:
        original = message.referenced
        gone = original is None or original.id not in original.channel.kept
        shape["referenced_message"] = None if gone else message_of(state, original, with_reply=False)  # type: ignore[arg-type]
    return shape


def event_of(state: State, message: Message) -> Json:
    """A message as MESSAGE_CREATE and MESSAGE_UPDATE tell it: with the guild, and the author as a member there."""
    shape = message_of(state, message)
    guild = message.channel.guild
    if guild is None:
        return shape | {"channel_type": message.channel.kind.value}
    shape |= {"guild_id": str(guild.id), "channel_type": message.channel.kind.value}
    member = guild.members.get(message.author.id)
    if member is not None and not message.webhook_id:
        shape["member"] = member_of(member, with_user=False)
    for mentioned in shape["mentions"]:
        who = guild.members.get(int(mentioned["id"]))
        if who is not None:
            mentioned["member"] = member_of(who, with_user=False)
    return shape


def command_of(state: State, command: Command) -> Json:
    shape: Json = {
        "id": str(command.id),
        "application_id": str(state.app.id),
        "version": str(command.version),
        "default_member_permissions": None,
        "type": 1,
        "name_localizations": None,
        "description": "",
        "description_localizations": None,
        "dm_permission": True,
        "contexts": None,
        "integration_types": [0],
        "nsfw": False,
    } | command.given
    return shape | {"guild_id": str(command.guild_id)} if command.guild_id else shape


def in_english(command: Json) -> Json:
    """A command without its other languages, which are shown where they are asked for."""
    nothing = {f"{what}_localizations": None for what in ("name", "description") if f"{what}_localizations" in command}
    options = {"options": [in_english(each) for each in command["options"]]} if "options" in command else {}
    return command | nothing | options


def application_of(state: State) -> Json:
    app = state.app
    return {
        "id": str(app.id),
        "name": app.name,
        "icon": None,
        "description": "",
        "summary": "",
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": app.verify_key,
        "flags": state.application_flags,
        "bot": user_of(app.bot),
        "owner": user_of(state.owner),
        "team": None,
        "install_params": None,
        "approximate_guild_count": sum(app.bot.id in each.members for each in state.guilds.values()),
    }


def threads_of(threads: list[Channel], member_id: int) -> Json:
    """A list of threads, and where in them a user is a member."""
    return {
        "threads": [thread_of(each) for each in threads],
        "members": [
            thread_member_of(each, member_id)
            for each in threads
            if each.thread is not None and member_id in each.thread.members
        ],
    }
