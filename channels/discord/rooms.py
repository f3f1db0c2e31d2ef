"""Which channels there are, as the gateway tells: a message in a thread does not say which channel that belongs to."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from msgspec import Struct

from channels.discord.ids import DIRECT, Where

FORUMS: Final = frozenset({15, 16})
"""Channels that hold posts and no messages (GUILD_FORUM, GUILD_MEDIA)."""
THREADS: Final = frozenset({10, 11, 12})
_MEGABYTE: Final = 1024 * 1024
LARGEST: Final = 10 * _MEGABYTE
"""Bytes of a file, where nobody pays for more."""
_BOOSTED: Final[Mapping[int, int]] = {2: 50 * _MEGABYTE, 3: 100 * _MEGABYTE}
"""The same by the level of boosts of a server: https://docs.discord.com/developers/reference#uploading-files."""


class Room(Struct, frozen=True, kw_only=True):
    """A channel or thread; `parent` is the channel that a thread belongs to, `tags` are a forum's, by name."""

    id: str
    kind: int = 0
    name: str = ""
    parent: str = ""
    guild: str = ""
    tags: Mapping[str, str] = {}


def room_of(channel: Mapping[str, Any], guild: str = "") -> Room:
    """A channel as Discord describes it."""
    kind = int(channel.get("type") or 0)
    return Room(
        id=str(channel.get("id")),
        kind=kind,
        name=str(channel.get("name") or ""),
        parent=str(channel.get("parent_id") or "") if kind in THREADS else "",
        guild=str(channel.get("guild_id") or guild),
        tags={str(tag.get("name", "")).casefold(): str(tag.get("id")) for tag in channel.get("available_tags") or ()},
    )


class Rooms:
    """The channels of the guilds that we are in, and the names of their roles. What is gone is forgotten."""

    def __init__(self) -> None:
        self._known: dict[str, Room] = {}
        self._roles: dict[str, str] = {}
        self._levels: dict[str, int] = {}

    def hear(self, event: str, data: Mapping[str, Any]) -> None:
        """Learn from an event, if it says something of channels."""
        guild = str(data.get("guild_id") or "")
        if event in {"GUILD_CREATE", "GUILD_UPDATE"}:
            self.has_level(str(data.get("id")), data.get("premium_tier"))
        match event:
            case "GUILD_CREATE":
                self._learn([*(data.get("channels") or ()), *(data.get("threads") or ())], str(data.get("id")))
                self._roles |= {str(role.get("id")): str(role.get("name")) for role in data.get("roles") or ()}
            case "THREAD_LIST_SYNC":
                self._learn(data.get("threads") or (), guild)
            case "CHANNEL_CREATE" | "CHANNEL_UPDATE" | "THREAD_CREATE" | "THREAD_UPDATE":
                self._learn([data], guild)
            case "CHANNEL_DELETE" | "THREAD_DELETE":
                self._known.pop(str(data.get("id")), None)

    def _learn(self, channels: Iterable[Mapping[str, Any]], guild: str) -> None:
        for channel in channels:
            self.note(room_of(channel, guild))

    def note(self, room: Room) -> None:
        """There is this one."""
        self._known[room.id] = room

    def has_level(self, guild: str, level: Any) -> None:  # noqa: ANN401  JSON
        """A server has so many boosts."""
        self._levels[guild] = int(level or 0)

    def most(self, guild: str) -> int | None:
        """How many bytes a file may have in a server; None where that is not known."""
        return _BOOSTED.get(self._levels[guild], LARGEST) if guild in self._levels else None

    def get(self, channel: str) -> Room | None:
        """What is known of a channel."""
        return self._known.get(channel)

    def is_forum(self, channel: str) -> bool:
        """Whether it holds posts."""
        known = self._known.get(channel)
        return known is not None and known.kind in FORUMS

    def place(self, channel: str, guild: str, described: Mapping[str, Any] | None = None) -> Where:
        """Where something lies that Discord says is in a channel; of what is `described`, that counts too."""
        if not guild:
            return Where(f"{DIRECT}{channel}")
        known = room_of(described, guild) if described and described.get("parent_id") else self._known.get(channel)
        return Where(known.parent, channel) if known is not None and known.parent else Where(channel)

    def name(self, id_: str) -> str:
        """The name of a channel or role; empty where it is not known."""
        known = self._known.get(id_)
        return known.name if known is not None else self._roles.get(id_, "")
