"""Who has a role that makes agents: as Discord says with what they do, else as it answers."""

from collections.abc import AsyncIterator, Iterator

import pytest

from channels.base import AgentRole, ChannelError
from channels.discord.api import Api
from channels.discord.members import Members
from channels.discord.rooms import Rooms
from channels.discord.settings import DiscordSettings
from tests.support.discordserver import DiscordServer, Guild, Person, Role

pytestmark = pytest.mark.covers("must:discord-role")


@pytest.fixture
def server() -> Iterator[DiscordServer]:
    with DiscordServer() as there:
        yield there


@pytest.fixture
def acme(server: DiscordServer) -> Guild:
    return server.guild("Acme")


@pytest.fixture
def helpers(acme: Guild) -> Role:
    return acme.role("helpers")


@pytest.fixture
def zoe(acme: Guild, helpers: Role) -> Person:
    person = acme.person("zoe")
    acme.give(person, helpers)
    return person


@pytest.fixture
async def members(server: DiscordServer, acme: Guild, helpers: Role) -> AsyncIterator[Members]:
    """As it asks in the guild of the desk's channel."""
    settings = DiscordSettings(
        token=server.token,
        api=server.api,
        desks={"default": str(acme.channel("desk").id)},
        agent_roles=(AgentRole(id=str(helpers.id)),),
    )
    rooms = Rooms()
    api = Api(settings, rooms)
    made = Members(settings, api, rooms)
    await made.servers()
    yield made
    await api.close()


async def test_it_is_asked_of_the_desks_server(members: Members, acme: Guild, helpers: Role, zoe: Person) -> None:
    assert await members.ask(str(zoe.id)) == (str(helpers.id),)
    assert await members.ask(str(acme.person("eve").id)) == ()
    acme.remove(zoe)
    assert await members.of(str(zoe.id)) == (str(helpers.id),), "within a minute, for what a history tells"
    assert await members.ask(str(zoe.id)) == ()


async def test_while_the_bot_is_out_of_the_server_nothing_is_known(members: Members, acme: Guild, zoe: Person) -> None:
    acme.remove_bot()
    with pytest.raises(ChannelError):
        await members.ask(str(zoe.id))


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({}, True),
        ({"guild_id": "7"}, None),
        ({"guild_id": ""}, None),
        ({"member": None}, None),
        ({"member": {"roles": []}}, False),
        ({"author": {"id": "1", "bot": True}}, False),
        ({"webhook_id": "9"}, False),
    ],
)
async def test_of_what_discord_says_only_that_of_the_desks_server_counts(
    members: Members, acme: Guild, helpers: Role, said: dict[str, object], *, found: bool | None
) -> None:
    role = str(helpers.id)
    data = {"guild_id": str(acme.id), "author": {"id": "1"}, "member": {"roles": ["5", role]}, **said}
    assert members.said(data) == (None if found is None else (role,) if found else ())
