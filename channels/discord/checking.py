"""`firstline check --online` for Discord: the token, the intents, and what the bot may do in each channel."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from channels.base import ChannelError, Check, PermanentFailure
from channels.discord.api import Api
from channels.discord.members import Members
from channels.discord.settings import DiscordSettings

NEEDED: Final[Mapping[str, int]] = {
    "View Channels": 1 << 10,
    "Send Messages": 1 << 11,
    "Embed Links": 1 << 14,
    "Attach Files": 1 << 15,
    "Read Message History": 1 << 16,
    "Add Reactions": 1 << 6,
    "Manage Threads": 1 << 34,
    "Create Public Threads": 1 << 35,
    "Create Private Threads": 1 << 36,
    "Send Messages in Threads": 1 << 38,
}
"""What the bot does, as Discord calls it; no more is asked for."""
_ADMINISTRATOR: Final = 1 << 3
_CONTENT: Final = (1 << 18) | (1 << 19)
Json = dict[str, Any]


def invite(application: str) -> str:
    """The link with which an administrator gives the bot what it needs."""
    may = sum(NEEDED.values())
    return (
        "https://discord.com/oauth2/authorize"
        f"?client_id={application}&scope=bot%20applications.commands&permissions={may}"
    )


async def checks(settings: DiscordSettings, api: Api) -> AsyncIterator[Check]:
    """Log in, look at what the app may have, and into every channel. Nothing is raised."""
    try:
        await api.client()
        about = await api.call("GET", "/applications/@me")
    except ChannelError as error:
        yield Check(name="discord token", state="bad", said=str(error))
        return
    yield Check(name="discord token", state="good", said=f"logged in as the user {api.us}")
    yield _content(settings, about)
    for room, setting in _named(settings).items():
        yield await _room(api, setting, room)
    if settings.agent_roles:
        yield await _agent_roles(settings, api)


def _content(settings: DiscordSettings, about: Json) -> Check:
    name = "discord message content"
    if not settings.content:
        said = "discord.content is off: what people write in channels without naming the bot is not read"
        return Check(name=name, state="note", said=said)
    if int(about.get("flags") or 0) & _CONTENT:
        return Check(name=name, state="good", said="the bot may read what is written in channels")
    said = (
        "discord.content: the Message Content Intent is off, so what people write in channels comes empty; "
        "turn it on under Bot, Privileged Gateway Intents, or set discord.content = false"
    )
    return Check(name=name, state="bad", said=said)


def _named(settings: DiscordSettings) -> Mapping[str, str]:
    """The settings that name a channel, by channel."""
    found = {
        **dict.fromkeys(settings.offered, "discord.offered"),
        **dict.fromkeys(settings.watched, "discord.watched"),
        **{room: f"discord.desks.{of}" for of, room in settings.desks.items()},
        settings.panel: "discord.panel",
        settings.private: "discord.private",
    }
    return {room: setting for room, setting in found.items() if room}


async def _room(api: Api, setting: str, room: str) -> Check:
    name = "discord channel"
    try:
        channel = await api.call("GET", "/channels/{channel_id}", channel_id=room)
        may = await _may(api, channel)
    except PermanentFailure:
        said = f"{setting}: there is no channel {room}, or the bot is not in its server: {invite(api.application)}"
        return Check(name=name, state="bad", said=said)
    except ChannelError as error:
        return Check(name=name, state="bad", said=f"{setting}: {room}: {error}; {invite(api.application)}")
    missing = [what for what, bit in NEEDED.items() if not may & (bit | _ADMINISTRATOR)]
    if missing:
        said = f"{setting}: in {room} the bot lacks {', '.join(missing)}; give its role that: {invite(api.application)}"
        return Check(name=name, state="bad", said=said)
    return Check(name=name, state="good", said=f"{setting}: the bot may do all it needs in {room}")


async def _agent_roles(settings: DiscordSettings, api: Api) -> Check:
    """Whether the roles that make agents are there, in a server in which agents work."""
    name = "discord agent roles"
    there: set[str] = set()
    try:
        for guild in await Members(settings, api, api.rooms).servers():
            roles = await api.call("GET", "/guilds/{guild_id}/roles", guild_id=guild)
            there |= {str(role["id"]) for role in roles} - {guild}
    except ChannelError as error:
        return Check(name=name, state="bad", said=f"discord.agent_roles: the roles cannot be looked at: {error}")
    missing = [role.id for role in settings.agent_roles if role.id not in there]
    if missing:
        said = (
            f"discord.agent_roles: no server of discord.desks has a role {', '.join(missing)}; copy the role's id there"
        )
        return Check(name=name, state="bad", said=said)
    return Check(name=name, state="good", said="discord.agent_roles: the roles are there")


async def _may(api: Api, channel: Json) -> int:
    """What the bot may do in a channel, as Discord works it out."""
    guild = str(channel.get("guild_id"))
    member = await api.call("GET", "/guilds/{guild_id}/members/{user_id}", guild_id=guild, user_id=api.us)
    roles = await api.call("GET", "/guilds/{guild_id}/roles", guild_id=guild)
    mine = {str(role) for role in member.get("roles") or ()}
    may = 0
    for role in roles:
        may |= int(role["permissions"]) if str(role["id"]) in {guild, *mine} else 0
    if may & _ADMINISTRATOR:
        return may
    rules = {str(one["id"]): one for one in channel.get("permission_overwrites") or ()}
    for ids in ([guild], [id_ for id_ in mine if id_ in rules], [api.us]):
        found = [rules[id_] for id_ in ids if id_ in rules]
        deny, allow = 0, 0
        for one in found:
            deny, allow = deny | int(one["deny"]), allow | int(one["allow"])
        may = (may & ~deny) | allow
    return may
