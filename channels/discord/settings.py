"""`[discord]`: the bot's token, the channels the desk works in, and what it listens to."""

from collections.abc import Mapping
from typing import Annotated, Final

from msgspec import Meta, Struct

from channels.base import KEEP, REQUEST, STOP, AgentRole, PlaceKind

DISCORD_API: Final = "https://discord.com/api/v10"
MANY: Final = 25_000_000


class DiscordSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Channels and forums are ids such as "1002003004005006007".

    `desks` are the channels or forums in which agents work: by the name of a team, by "tier 2", or "default". In
    channels and forums that are `watched` every message, or post, is a request; in those of `offered` the desk asks
    whether it is one. In `panel` stands a message with a button for each category. Whoever reacts with `request` opens
    a ticket of that message; an agent's `note` keeps their words internal, and `stop` holds them back. `private` is the
    channel in which those who let no bot write to them get a private thread. Without `content` the desk does not ask
    for the text of messages in channels. Whoever has one of the roles of `agent_roles`, in a server of `desks`, is an
    agent. Files of over `max_file` bytes stay where they are. `api` and `gateway` are
    those of a proxy.
    """

    token: str
    desks: Mapping[str, str] = {}
    watched: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()
    panel: str = ""
    private: str = ""
    agent_roles: tuple[AgentRole, ...] = ()
    request: str = "🎫"
    note: str = "🔒"
    stop: str = "❌"
    content: bool = True
    max_file: Annotated[int, Meta(ge=0)] = MANY
    shards: Annotated[int, Meta(ge=1, le=1000)] = 1
    api: str = DISCORD_API
    gateway: str = ""

    def kind_of(self, room: str) -> PlaceKind:
        """What sort of place a channel or forum is."""
        return self.named.get(room, PlaceKind.ELSEWHERE)

    @property
    def named(self) -> Mapping[str, PlaceKind]:
        """The channels that the settings name, in which people write."""
        return {
            **dict.fromkeys(self.offered, PlaceKind.OFFERED),
            **dict.fromkeys(self.watched, PlaceKind.WATCHED),
            **dict.fromkeys(self.desks.values(), PlaceKind.DESK),
        }

    def meaning(self, emoji: str) -> str:
        """What a reaction means: that it is a request, or that words are to be stopped or kept internal."""
        return {self.note: KEEP, self.stop: STOP, self.request: REQUEST}.get(emoji, "")
