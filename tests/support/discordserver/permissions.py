"""Who may do what: https://discord.com/developers/docs/topics/permissions."""

from enum import IntFlag

from tests.support.discordserver.model import Channel, Guild, Kind


class Permission(IntFlag):
    KICK_MEMBERS = 1 << 1
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    CHANGE_NICKNAME = 1 << 26
    MANAGE_ROLES = 1 << 28
    MANAGE_WEBHOOKS = 1 << 29
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    SEND_MESSAGES_IN_THREADS = 1 << 38
    SEND_VOICE_MESSAGES = 1 << 46
    SEND_POLLS = 1 << 49
    PIN_MESSAGES = 1 << 51


EVERYTHING = Permission((1 << 53) - 1)

EVERYONE = (
    Permission.ADD_REACTIONS
    | Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.USE_EXTERNAL_EMOJIS
    | Permission.CHANGE_NICKNAME
    | Permission.USE_APPLICATION_COMMANDS
    | Permission.CREATE_PUBLIC_THREADS
    | Permission.CREATE_PRIVATE_THREADS
    | Permission.SEND_MESSAGES_IN_THREADS
    | Permission.SEND_VOICE_MESSAGES
    | Permission.SEND_POLLS
)
"""What @everyone may do in a new guild."""

BOT = EVERYONE | Permission.MANAGE_THREADS | Permission.MANAGE_MESSAGES
"""What the bot was invited with, unless a test says otherwise."""

IN_DIRECT_MESSAGES = EVERYONE & ~(Permission.CREATE_PUBLIC_THREADS | Permission.CREATE_PRIVATE_THREADS)


def in_guild(guild: Guild, user_id: int) -> Permission:
    """What the roles of a member allow; nothing for who is no member."""
    member = guild.members.get(user_id)
    if member is None:
        return Permission(0)
    if user_id == guild.owner_id:
        return EVERYTHING
    allowed = Permission(guild.roles[guild.id].permissions)
    for role_id in member.roles:
        allowed |= guild.roles[role_id].permissions
    return EVERYTHING if Permission.ADMINISTRATOR in allowed else allowed


def in_channel(channel: Channel, user_id: int) -> Permission:
    """The same with the channel's overwrites; a thread has those of the channel it hangs in."""
    if channel.guild is None:
        return IN_DIRECT_MESSAGES if any(each.id == user_id for each in channel.recipients) else Permission(0)
    allowed = in_guild(channel.guild, user_id)
    if allowed == EVERYTHING or not allowed:
        return allowed
    allowed = _overwritten(allowed, channel.parent_channel or channel, user_id)
    if Permission.VIEW_CHANNEL not in allowed or not _may_enter(channel, user_id, allowed):
        return Permission(0)
    return allowed


def _overwritten(allowed: Permission, channel: Channel, user_id: int) -> Permission:
    guild = channel.guild
    assert guild is not None
    everyone = channel.overwrites.get(guild.id)
    if everyone is not None:
        allowed = (allowed & ~everyone.deny) | everyone.allow
    of_roles = [channel.overwrites[role] for role in guild.members[user_id].roles if role in channel.overwrites]
    for each in of_roles:
        allowed &= ~each.deny
    for each in of_roles:
        allowed |= each.allow
    own = channel.overwrites.get(user_id)
    return allowed if own is None else (allowed & ~own.deny) | own.allow


def _may_enter(channel: Channel, user_id: int, allowed: Permission) -> bool:
    """A private thread is for its members, and for who manages threads."""
    if channel.kind is not Kind.PRIVATE_THREAD:
        return True
    assert channel.thread is not None
    return user_id in channel.thread.members or Permission.MANAGE_THREADS in allowed
