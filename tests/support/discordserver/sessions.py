"""Gateway sessions: what each app connection asked for, and the events it can have again when it resumes."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.support.discordserver import intents
from tests.support.discordserver.ids import new_secret
from tests.support.discordserver.intents import Intent
from tests.support.discordserver.model import Member
from tests.support.discordserver.refused import Json
from tests.support.discordserver.shapes import guild_of, own_user_of
from tests.support.discordserver.state import Dispatch, State

CARRIES_MESSAGE = frozenset({"MESSAGE_CREATE", "MESSAGE_UPDATE"})
OF_MEMBERS = frozenset({"THREAD_MEMBERS_UPDATE", "GUILD_MEMBER_UPDATE"})


@dataclass(eq=False)
class Session:
    """Outlives its connection, so that a cut one can be taken up again."""

    state: State
    intents: int
    shard: int
    shards: int
    id: str = field(default_factory=new_secret)
    sent: list[Json] = field(default_factory=list)
    """Every dispatch so far; its number is its place, from 1."""
    received: int = 0
    """The number of the last dispatch that the app has received, as its heartbeats say."""
    left_at: float | None = None
    """When it lost its connection, on the server's clock."""
    connection: object = None
    on_frame: Callable[[Json], object] | None = None
    """Where frames go now; None while there is no connection."""

    def send(self, event: str, data: Json) -> None:
        """Number an event, keep it, and put it on the wire if there is one. The state's lock is held."""
        frame = {"op": 0, "t": event, "s": len(self.sent) + 1, "d": data}
        self.sent.append(frame)
        if self.on_frame is not None:
            self.on_frame(frame)

    def wants(self, dispatch: Dispatch) -> bool:
        return self._is_of_shard(dispatch) and self._has_intent(dispatch) and self._may_know(dispatch)

    def _is_of_shard(self, dispatch: Dispatch) -> bool:
        """https://discord.com/developers/docs/events/gateway#sharding; direct messages go to the first."""
        guild = dispatch.guild
        return self.shard == (0 if guild is None else (guild.id >> 22) % self.shards)

    def _has_intent(self, dispatch: Dispatch) -> bool:
        if dispatch.event in OF_MEMBERS and not self.intents & Intent.GUILD_MEMBERS:
            return self._is_of_the_bot(dispatch.data)
        wanted = intents.needed(dispatch.event, in_guild=dispatch.guild is not None)
        return not wanted or bool(self.intents & wanted)

    def _is_of_the_bot(self, data: Json) -> bool:
        """What changes with the bot itself is told without the intent for members, too."""
        bot = str(self.state.app.bot.id)
        concerned = [data.get("user", {}).get("id"), *data.get("removed_member_ids", ())]
        return bot in concerned or any(each["user_id"] == bot for each in data.get("added_members", ()))

    def _may_know(self, dispatch: Dispatch) -> bool:
        guild = dispatch.guild
        if dispatch.whatever or guild is None:
            return True
        if self.state.app.bot.id not in guild.members:
            return False
        return dispatch.channel is None or self.state.may_see(dispatch.channel)

    def shaped(self, dispatch: Dispatch) -> Json:
        """What of it this session may read: content needs its intent asked for here, too."""
        if dispatch.event not in CARRIES_MESSAGE:
            return dispatch.data
        return intents.read_by(dispatch.data, self.state.app.bot.id, self.intents)

    def offer(self, dispatch: Dispatch) -> None:
        if self.wants(dispatch):
            self.send(dispatch.event, self.shaped(dispatch))

    def begin(self, gateway: str) -> None:
        """READY, and then every guild of the shard."""
        guilds = [
            each
            for each in self.state.guilds.values()
            if self.state.app.bot.id in each.members and (each.id >> 22) % self.shards == self.shard
        ]
        self.send("READY", self._ready(gateway, [str(each.id) for each in guilds]))
        if not self.intents & Intent.GUILDS:
            return
        for guild in guilds:
            if guild.available:
                self.send("GUILD_CREATE", guild_of(self.state, guild, members=self.known_members(guild.members)))

    def known_members(self, members: dict[int, Member]) -> list[Member]:
        """With presences, all; else the app asks for them, and is told of itself only."""
        if self.intents & Intent.GUILD_PRESENCES:
            return list(members.values())
        return [members[self.state.app.bot.id]]

    def _ready(self, gateway: str, guild_ids: list[str]) -> Json:
        app = self.state.app
        return {
            "v": 10,
            "user": own_user_of(app.bot),
            "guilds": [{"id": each, "unavailable": True} for each in guild_ids],
            "private_channels": [],
            "relationships": [],
            "session_id": self.id,
            "session_type": "normal",
            "resume_gateway_url": gateway,
            "shard": [self.shard, self.shards],
            "application": {"id": str(app.id), "flags": self.state.application_flags},
            "_trace": ["local"],
        }
