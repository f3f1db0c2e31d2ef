"""All that the server knows, in one place, and the lock that guards it."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import RLock
from typing import TYPE_CHECKING

from tests.support.discordserver import errors, permissions
from tests.support.discordserver.cdn import Cdn
from tests.support.discordserver.faults import Faults
from tests.support.discordserver.ids import Snowflakes, new_secret
from tests.support.discordserver.intents import APPLICATION_FLAGS, PRIVILEGED
from tests.support.discordserver.model import Application, Channel, Guild, Kind, Message, User
from tests.support.discordserver.permissions import Permission
from tests.support.discordserver.refused import Json
from tests.support.slackserver.clock import Clock

if TYPE_CHECKING:
    from tests.support.discordserver.gateway import Gateway
    from tests.support.discordserver.interactions import Interaction, Modal
    from tests.support.discordserver.rates import Rates


@dataclass(frozen=True)
class Call:
    """One request: what was asked, and what was answered."""

    method: str
    path: str
    route: str
    """Such as `POST /channels/{channel}/messages`."""
    body: Json
    query: Json
    status: int
    response: object
    at: float

    def __getitem__(self, name: str) -> object:
        return self.body[name]


@dataclass(frozen=True)
class Dispatch:
    """One event on its way to the app."""

    event: str
    data: Json
    guild: Guild | None = None
    channel: Channel | None = None
    whatever: bool = False
    """Sent to the app even where it may not see the channel."""


class State:
    """Everything. Whoever reads or writes more than one thing holds `lock`."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.lock = RLock()
        self.ids = Snowflakes(self.clock)
        self.cdn = Cdn(self.clock)
        self.faults = Faults()
        self.gateway: Gateway
        self.rates: Rates
        self.base = ""
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.direct: dict[int, Channel] = {}
        """Direct conversations with the bot, by their ids."""
        self.interactions: dict[int, Interaction] = {}
        self.modals: dict[int, Modal] = {}
        """Dialogues, by whose screen they are on."""
        self.answer_seconds = 3.0
        """How long the app has for its first answer to an interaction."""
        self.commands_created = 0
        self.whispers: list[Message] = []
        """Ephemeral messages, which no channel keeps."""
        self.calls: list[Call] = []
        self.mistakes: list[Exception] = []
        """Of this server itself; it raises them when it stops."""
        self.nonces: dict[tuple[int, str], tuple[int, float]] = {}
        self.dispatch: Callable[[Dispatch], None] = lambda _dispatch: None
        self.later: Callable[[float, Callable[[], None]], None] = lambda _seconds, _do: None
        self.owner = self.new_user("owner")
        bot = self.new_user("desk", is_bot=True)
        self.app = Application(bot.id, bot.name, f"Bot.{new_secret()}", bot, int(PRIVILEGED))

    # --------------------------------------------------------------------------------------------- users

    def new_user(self, name: str, *, is_bot: bool = False, is_system: bool = False) -> User:
        user = User(self.ids.new(), name, None if is_bot else name.title(), is_bot, is_system)
        self.users[user.id] = user
        return user

    @property
    def application_flags(self) -> int:
        return sum(flag for intent, flag in APPLICATION_FLAGS.items() if self.app.granted & intent)

    # ------------------------------------------------------------------------------------------ look-ups

    def find_channel(self, channel_id: int) -> Channel | None:
        if channel_id in self.direct:
            return self.direct[channel_id]
        for guild in self.guilds.values():
            if channel_id in guild.channels:
                return guild.channels[channel_id]
        return None

    def channel(self, channel_id: int) -> Channel:
        """A channel that the bot can see; raises Refused."""
        channel = self.find_channel(channel_id)
        if channel is None:
            raise errors.unknown_channel()
        if not self.may_see(channel):
            raise errors.missing_access()
        return channel

    def message(self, channel: Channel, message_id: int) -> Message:
        if message_id not in channel.kept:
            raise errors.unknown_message()
        return channel.kept[message_id]

    def guild(self, guild_id: int) -> Guild:
        """A guild that the bot is in; raises Refused."""
        guild = self.guilds.get(guild_id)
        if guild is None or self.app.bot.id not in guild.members:
            raise errors.unknown_guild()
        return guild

    def user(self, user_id: int) -> User:
        if user_id not in self.users:
            raise errors.unknown_user()
        return self.users[user_id]

    def forget_place(self, channel: Channel) -> None:
        """What a channel leaves behind when it is deleted goes, too."""
        self.whispers = [each for each in self.whispers if each.channel is not channel]

    # --------------------------------------------------------------------------------------- permissions

    def may_see(self, channel: Channel) -> bool:
        return self.may(channel, Permission.VIEW_CHANNEL)

    def may(self, channel: Channel, wanted: Permission) -> bool:
        """Whether the bot is allowed something in a channel."""
        return wanted in permissions.in_channel(channel, self.app.bot.id)

    def require(self, channel: Channel, wanted: Permission) -> None:
        """What the bot must be allowed in a channel; raises Refused."""
        if not self.may(channel, wanted):
            raise errors.missing_permissions()

    def direct_with(self, user: User) -> Channel:
        """The direct conversation of the bot and somebody; made when it is first wanted."""
        for channel in self.direct.values():
            if user in channel.recipients:
                return channel
        channel = Channel(self.ids.new(), Kind.DIRECT, recipients=[user, self.app.bot])
        self.direct[channel.id] = channel
        return channel
