"""Which events an app gets for which intents: https://discord.com/developers/docs/events/gateway#gateway-intents."""

from enum import IntFlag

from tests.support.discordserver.refused import Json


class Intent(IntFlag):
    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_MODERATION = 1 << 2
    GUILD_EXPRESSIONS = 1 << 3
    GUILD_INTEGRATIONS = 1 << 4
    GUILD_WEBHOOKS = 1 << 5
    GUILD_INVITES = 1 << 6
    GUILD_VOICE_STATES = 1 << 7
    GUILD_PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    GUILD_MESSAGE_REACTIONS = 1 << 10
    GUILD_MESSAGE_TYPING = 1 << 11
    DIRECT_MESSAGES = 1 << 12
    DIRECT_MESSAGE_REACTIONS = 1 << 13
    DIRECT_MESSAGE_TYPING = 1 << 14
    MESSAGE_CONTENT = 1 << 15
    GUILD_SCHEDULED_EVENTS = 1 << 16
    AUTO_MODERATION_CONFIGURATION = 1 << 20
    AUTO_MODERATION_EXECUTION = 1 << 21
    GUILD_MESSAGE_POLLS = 1 << 24
    DIRECT_MESSAGE_POLLS = 1 << 25


ALL = Intent(sum(each.value for each in Intent))
PRIVILEGED = Intent.GUILD_MEMBERS | Intent.GUILD_PRESENCES | Intent.MESSAGE_CONTENT

APPLICATION_FLAGS = {Intent.GUILD_PRESENCES: 1 << 13, Intent.GUILD_MEMBERS: 1 << 15, Intent.MESSAGE_CONTENT: 1 << 19}
"""What an application's `flags` say of the privileged intents, for apps in fewer than a hundred guilds."""

_BY_PREFIX: tuple[tuple[str, Intent, Intent], ...] = (
    ("MESSAGE_REACTION_", Intent.GUILD_MESSAGE_REACTIONS, Intent.DIRECT_MESSAGE_REACTIONS),
    ("MESSAGE_POLL_", Intent.GUILD_MESSAGE_POLLS, Intent.DIRECT_MESSAGE_POLLS),
    ("MESSAGE_", Intent.GUILD_MESSAGES, Intent.DIRECT_MESSAGES),
    ("TYPING_", Intent.GUILD_MESSAGE_TYPING, Intent.DIRECT_MESSAGE_TYPING),
    ("GUILD_MEMBERS_CHUNK", Intent(0), Intent(0)),
    ("GUILD_MEMBER_", Intent.GUILD_MEMBERS, Intent(0)),
    ("WEBHOOKS_", Intent.GUILD_WEBHOOKS, Intent(0)),
    ("GUILD_", Intent.GUILDS, Intent(0)),
    ("CHANNEL_PINS_", Intent.GUILDS, Intent.DIRECT_MESSAGES),
    ("CHANNEL_", Intent.GUILDS, Intent(0)),
    ("THREAD_", Intent.GUILDS, Intent(0)),
)
"""The beginning of an event's name, and the intent for it in a guild and in a direct message; zero is none needed."""


def needed(event: str, *, in_guild: bool) -> Intent:
    """The intent without which an event is not sent; zero for one that everybody gets."""
    for prefix, guild, direct in _BY_PREFIX:
        if event.startswith(prefix):
            return guild if in_guild else direct
    return Intent(0)


def without_content(shape: Json) -> Json:
    """A message as an app sees it that may not read what is in messages."""
    emptied = shape | {"content": "", "embeds": [], "attachments": [], "components": []}
    emptied.pop("poll", None)
    if "message_snapshots" in emptied:
        emptied["message_snapshots"] = [
            each | {"message": without_content(each["message"])} for each in emptied["message_snapshots"]
        ]
    return emptied


def may_read(shape: Json, bot_id: int) -> bool:
    """Whether an app without MESSAGE_CONTENT sees the content: its own, a direct message's, one that mentions it."""
    own = int(shape["author"]["id"]) == bot_id
    return own or "guild_id" not in shape or any(int(each["id"]) == bot_id for each in shape["mentions"])


def read_by(shape: Json, bot_id: int, granted: int) -> Json:
    """A message as the bot may read it, and what it replies to likewise."""
    if granted & Intent.MESSAGE_CONTENT:
        return shape
    read = shape if may_read(shape, bot_id) else without_content(shape)
    original = shape.get("referenced_message")
    if original is not None and "guild_id" in shape:
        original = {"guild_id": shape["guild_id"]} | original
        read = read | {"referenced_message": read_by(original, bot_id, granted)}
    return read
