"""What Discord is made of. Plain records; what may be done with them is said elsewhere."""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

from tests.support.discordserver.refused import Json

if TYPE_CHECKING:
    from tests.support.discordserver.permissions import Permission


class Kind(IntEnum):
    """https://discord.com/developers/docs/resources/channel#channel-object-channel-types."""

    TEXT = 0
    DIRECT = 1
    VOICE = 2
    CATEGORY = 4
    ANNOUNCEMENT = 5
    ANNOUNCEMENT_THREAD = 10
    PUBLIC_THREAD = 11
    PRIVATE_THREAD = 12
    FORUM = 15


THREADS = frozenset({Kind.ANNOUNCEMENT_THREAD, Kind.PUBLIC_THREAD, Kind.PRIVATE_THREAD})
WITH_MESSAGES = frozenset({Kind.TEXT, Kind.DIRECT, Kind.VOICE, Kind.ANNOUNCEMENT}) | THREADS


class MessageKind(IntEnum):
    """https://discord.com/developers/docs/resources/message#message-object-message-types."""

    DEFAULT = 0
    RECIPIENT_ADD = 1
    RECIPIENT_REMOVE = 2
    CHANNEL_NAME_CHANGE = 4
    PINNED = 6
    USER_JOIN = 7
    BOOST = 8
    THREAD_CREATED = 18
    REPLY = 19
    CHAT_INPUT_COMMAND = 20
    THREAD_STARTER = 21
    CONTEXT_MENU_COMMAND = 23
    POLL_RESULT = 46


ORDINARY = frozenset(
    {MessageKind.DEFAULT, MessageKind.REPLY, MessageKind.CHAT_INPUT_COMMAND, MessageKind.CONTEXT_MENU_COMMAND}
)
"""What somebody wrote; all others are Discord's own lines."""

EPHEMERAL = 1 << 6
VOICE_MESSAGE = 1 << 13
HAS_SNAPSHOT = 1 << 14
COMPONENTS_V2 = 1 << 15


@dataclass(eq=False)
class User:
    id: int
    name: str
    global_name: str | None = None
    is_bot: bool = False
    is_system: bool = False
    accepts_direct_messages: bool = True
    locale: str = "en-US"


@dataclass(eq=False)
class Role:
    id: int
    name: str
    permissions: "Permission"
    position: int = 1
    mentionable: bool = False
    managed_by: int = 0
    """The bot that this role came with."""


@dataclass(eq=False)
class Member:
    user: User
    joined_at: float
    roles: set[int] = field(default_factory=set)
    nick: str | None = None


@dataclass(frozen=True)
class Overwrite:
    id: int
    is_member: bool
    allow: "Permission"
    deny: "Permission"


@dataclass(eq=False)
class Tag:
    """Of a forum."""

    id: int
    name: str
    moderated: bool = False
    emoji: str | None = None


@dataclass(eq=False)
class ThreadState:
    created_at: float
    changed_at: float
    """When it was archived, or brought back."""
    archived: bool = False
    locked: bool = False
    invitable: bool = True
    auto_archive_minutes: int = 1440
    members: dict[int, float] = field(default_factory=dict)
    """Who joined, and when."""
    sent: int = 0
    """Messages ever sent."""


@dataclass(eq=False)
class Channel:
    """Of a guild, a thread in one, or a direct conversation."""

    id: int
    kind: Kind
    name: str = ""
    guild: "Guild | None" = None
    parent: int = 0
    topic: str | None = None
    position: int = 0
    overwrites: dict[int, Overwrite] = field(default_factory=dict)
    recipients: list[User] = field(default_factory=list)
    kept: "dict[int, Message]" = field(default_factory=dict)
    last_message_id: int = 0
    owner_id: int = 0
    thread: ThreadState | None = None
    tags: list[Tag] = field(default_factory=list)
    applied_tags: list[int] = field(default_factory=list)
    requires_tag: bool = False
    renamed: list[float] = field(default_factory=list)
    """When the app changed its name or topic."""
    pinned: bool = False

    @property
    def messages(self) -> "list[Message]":
        """What stands in it now, the oldest first."""
        return list(self.kept.values())

    @property
    def is_thread(self) -> bool:
        return self.thread is not None

    @property
    def parent_channel(self) -> "Channel | None":
        """Of a thread: the channel that it hangs in."""
        return self.guild.channels.get(self.parent) if self.guild is not None and self.is_thread else None

    @property
    def mention(self) -> str:
        return f"<#{self.id}>"


@dataclass(eq=False)
class Attachment:
    id: int
    filename: str
    content: bytes
    content_type: str | None
    description: str | None = None
    channel_id: int = 0
    more: Json = field(default_factory=dict)
    """A voice message's `duration_secs` and `waveform`."""


@dataclass(eq=False)
class Message:
    id: int
    channel: Channel
    author: User
    content: str = ""
    kind: MessageKind = MessageKind.DEFAULT
    timestamp: float = 0.0
    edited: float | None = None
    flags: int = 0
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    mentions: list[User] = field(default_factory=list)
    mention_roles: list[int] = field(default_factory=list)
    mention_everyone: bool = False
    reactions: dict[str, list[int]] = field(default_factory=dict)
    """Who reacted, by emoji: itself, or `name:id` for one of a guild's own."""
    nonce: str | None = None
    reference: Json | None = None
    referenced: "Message | None" = None
    snapshots: list[Json] = field(default_factory=list)
    stickers: list[Json] = field(default_factory=list)
    poll: Json | None = None
    webhook_id: int = 0
    application_id: int = 0
    interaction: Json | None = None
    thread: Channel | None = None
    pinned: bool = False
    whispered_to: int = 0
    """Of an ephemeral one: the only one who sees it."""

    @property
    def is_ephemeral(self) -> bool:
        return bool(self.flags & EPHEMERAL)

    @property
    def url(self) -> str:
        place = self.channel.guild.id if self.channel.guild else "@me"
        return f"https://discord.com/channels/{place}/{self.channel.id}/{self.id}"


@dataclass(eq=False)
class Guild:
    id: int
    name: str
    owner_id: int
    roles: dict[int, Role] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    """Its threads among them."""
    upload_bytes: int = 10 * 1024 * 1024
    active_threads: int = 1_000
    """So many may be open at once."""
    locale: str = "en-US"
    available: bool = True

    @property
    def threads(self) -> list[Channel]:
        return [each for each in self.channels.values() if each.is_thread]


@dataclass(eq=False)
class Command:
    """An application command as it was registered."""

    id: int
    given: Json
    guild_id: int = 0
    version: int = 0

    @property
    def name(self) -> str:
        return str(self.given["name"])

    @property
    def type(self) -> int:
        return int(self.given.get("type", 1))


@dataclass(eq=False)
class Application:
    """The app and its bot user; `granted` are the privileged intents that its owner switched on."""

    id: int
    name: str
    token: str
    bot: User
    granted: int
    verify_key: str = "0" * 64
    commands: dict[int, Command] = field(default_factory=dict)
    emojis: dict[int, str] = field(default_factory=dict)
