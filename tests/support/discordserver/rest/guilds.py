"""https://discord.com/developers/docs/resources/guild."""

from tests.support.discordserver import channels, errors, permissions, shapes
from tests.support.discordserver.intents import Intent
from tests.support.discordserver.model import Channel, Guild, Kind
from tests.support.discordserver.permissions import Permission
from tests.support.discordserver.refused import Json
from tests.support.discordserver.rest.registry import Request, route
from tests.support.discordserver.validate import places


@route("GET /guilds/{guild}")
def get_guild(request: Request) -> Json:
    return shapes.guild_alone(request.state.guild(request.id("guild")))


@route("GET /guilds/{guild}/channels")
def guild_channels(request: Request) -> list[Json]:
    guild = request.state.guild(request.id("guild"))
    return [shapes.channel_of(each) for each in guild.channels.values() if not each.is_thread]


@route("POST /guilds/{guild}/channels")
def create_channel(request: Request) -> Json:
    guild = request.state.guild(request.id("guild"))
    _require(request, guild, Permission.MANAGE_CHANNELS)
    given = places.new_channel(request.fields)
    channel = Channel(request.state.ids.new(), Kind(given.get("type", 0)), given["name"], topic=given.get("topic"))
    channel.parent = int(given.get("parent_id") or 0)
    channels.create(request.state, guild, channel)
    return shapes.channel_of(channel)


@route("GET /guilds/{guild}/roles")
def guild_roles(request: Request) -> list[Json]:
    return [shapes.role_of(each) for each in request.state.guild(request.id("guild")).roles.values()]


@route("GET /guilds/{guild}/members/{user}")
def guild_member(request: Request) -> Json:
    guild = request.state.guild(request.id("guild"))
    if request.id("user") not in guild.members:
        raise errors.unknown_member() if request.id("user") in request.state.users else errors.unknown_user()
    return shapes.member_of(guild.members[request.id("user")])


@route("GET /guilds/{guild}/members")
def guild_members(request: Request) -> list[Json]:
    """A privileged intent is needed: https://discord.com/developers/docs/resources/guild#list-guild-members."""
    guild = request.state.guild(request.id("guild"))
    if not request.state.app.granted & Intent.GUILD_MEMBERS:
        raise errors.missing_access()
    limit = request.number("limit", 1, 1, 1000)
    after = request.snowflake("after") or 0
    return [shapes.member_of(guild.members[each]) for each in sorted(guild.members) if each > after][:limit]


@route("GET /guilds/{guild}/members/search")
def search_members(request: Request) -> list[Json]:
    guild = request.state.guild(request.id("guild"))
    start = request.query.get("query", "").lower()
    found = [each for each in guild.members.values() if (each.nick or each.user.name).lower().startswith(start)]
    return [shapes.member_of(each) for each in found[: request.number("limit", 1, 1, 1000)]]


@route("GET /guilds/{guild}/threads/active")
def active_threads(request: Request) -> Json:
    state = request.state
    guild = state.guild(request.id("guild"))
    found = [
        each for each in guild.threads if each.thread is not None and not each.thread.archived and state.may_see(each)
    ]
    return shapes.threads_of(found, state.app.bot.id)


def _require(request: Request, guild: Guild, wanted: Permission) -> None:
    if wanted not in permissions.in_guild(guild, request.state.app.bot.id):
        raise errors.missing_permissions()
