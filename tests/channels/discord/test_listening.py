"""The real client against our own Discord: what is not durable is not received, and sessions are not wasted."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress

import msgspec
import pytest

from channels.base import AgentRole, IntakeUnavailable, Raw, Take
from channels.discord.channel import DiscordChannel
from channels.discord.listening import pause_after
from channels.discord.settings import DiscordSettings
from tests.support.discordserver import DiscordServer, Guild, Intent, Permission, Person


@pytest.fixture
def server() -> Iterator[DiscordServer]:
    with DiscordServer() as made:
        made.grant(Intent.MESSAGE_CONTENT)
        yield made


@pytest.fixture
def ada(server: DiscordServer) -> Person:
    return server.guild("Acme").person("ada")


class Inbox:
    """What was kept. `away` makes it refuse so many."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.raws: list[Raw] = []
        self.refused = 0
        self.away = 0

    async def take(self, raw: Raw) -> bool:
        if self.away:
            self.away -= 1
            self.refused += 1
            raise IntakeUnavailable("the disk is full")
        self.raws.append(raw)
        self.keys.append(raw.key)
        return True

    @property
    def words(self) -> list[str]:
        return [msgspec.json.decode(raw.payload)["body"]["content"] for raw in self.raws]


def settings(server: DiscordServer, token: str = "", *, content: bool = True) -> DiscordSettings:
    return DiscordSettings(token=token or server.token, api=server.api, gateway=server.gateway, content=content)


@asynccontextmanager
async def listening(server: DiscordServer, inbox: Inbox, take: Take | None = None) -> AsyncIterator[DiscordChannel]:
    channel = DiscordChannel(settings(server))
    task = asyncio.create_task(channel.listen(take or inbox.take))
    try:
        await server.until(lambda: channel.heard() is not None)
        yield channel
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await channel.close()


@pytest.mark.covers("must:discord-cut")
async def test_what_could_not_be_kept_is_handed_over_again_in_the_same_session(
    server: DiscordServer, ada: Person
) -> None:
    inbox = Inbox()
    async with listening(server, inbox):
        inbox.away = 2
        for number in range(5):
            ada.send_dm(str(number))
        await server.until(lambda: len(inbox.raws) == 5)
        assert inbox.words == ["0", "1", "2", "3", "4"]
        assert inbox.refused == 2
        assert server.sockets.identified == 1
        assert server.sockets.resumed == 2


@pytest.mark.covers("must:discord-quick")
async def test_a_command_is_answered_while_what_was_said_before_is_still_being_kept(
    server: DiscordServer, ada: Person
) -> None:
    inbox, durable = Inbox(), asyncio.Event()

    async def take(raw: Raw) -> bool:
        if not raw.key.startswith("interaction:"):
            await durable.wait()
        return await inbox.take(raw)

    async with listening(server, inbox, take):
        await server.until(lambda: server.app.commands)
        ada.send_dm("The printer is broken")
        assert (await ada.command("ticket", words="It smells")).acknowledged
        assert len(inbox.keys) == 1
        durable.set()
        await server.until(lambda: len(inbox.keys) == 2)
        assert inbox.keys[0].startswith("interaction:")


async def test_it_hears_without_a_break_through_a_cut_and_with_one_in_a_new_session(
    server: DiscordServer, ada: Person
) -> None:
    inbox = Inbox()
    async with listening(server, inbox) as channel:
        before = channel.heard()
        server.cut_sockets()
        ada.send_dm("0")
        await server.until(lambda: inbox.words == ["0"] and channel.heard() is not None)
        after = channel.heard()
        assert before is not None
        assert after is not None
        assert after.since == before.since
        server.invalidate()
        await server.until(lambda: server.sockets.identified == 2 and channel.heard() is not None)
        anew = channel.heard()
        assert anew is not None
        assert anew.since > after.since


async def test_without_the_intent_it_goes_on_without_the_words(server: DiscordServer, ada: Person) -> None:
    server.grant()
    inbox = Inbox()
    async with listening(server, inbox):
        ada.send_dm("The printer is broken")
        await server.until(lambda: inbox.words == ["The printer is broken"])
        assert server.sockets.identified == 1, "no session was wasted"


async def test_while_the_token_is_wrong_nothing_comes_and_that_is_told(server: DiscordServer) -> None:
    channel = DiscordChannel(settings(server, token="nonsense"))
    task = asyncio.create_task(channel.listen(Inbox().take))
    await server.until(lambda: "discord.token" in channel.sources()[0].trouble)
    assert not channel.sources()[0].reached
    assert server.sockets.identified == 0
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    await channel.close()


async def checked(server: DiscordServer, made: DiscordSettings) -> list[tuple[str, str]]:
    channel = DiscordChannel(made)
    try:
        return [(check.state, check.said) for check in await channel.check()]
    finally:
        await channel.close()


async def test_the_check_names_what_is_wrong_with_the_link_that_mends_it(server: DiscordServer) -> None:
    acme: Guild = server.guild("Acme")
    good, bad = acme.channel("desk"), acme.channel("secret")
    acme.allow_bot(bad, deny=Permission.SEND_MESSAGES)
    made = msgspec.structs.replace(settings(server), desks={"default": str(good.id)}, watched=(str(bad.id), "1"))
    found = await checked(server, made)
    assert [state for state, _ in found] == ["good", "good", "bad", "bad", "good"]
    said = " ".join(what for _, what in found)
    assert f"discord.watched: in {bad.id} the bot lacks Send Messages" in said
    assert "discord.watched: there is no channel 1" in said
    assert f"client_id={server.app.id}&scope=bot%20applications.commands&permissions=" in said


async def test_the_check_names_a_role_that_is_not_there(server: DiscordServer) -> None:
    acme = server.guild("Acme")
    there, elsewhere = acme.role("helpers"), server.guild("Elsewhere").role("helpers")
    desks = {"default": str(acme.channel("desk").id)}
    roles = tuple(AgentRole(id=str(role.id)) for role in (there, elsewhere))
    found = await checked(server, msgspec.structs.replace(settings(server), desks=desks, agent_roles=roles))
    assert found[-1] == (
        "bad",
        f"discord.agent_roles: no server of discord.desks has a role {elsewhere.id}; copy the role's id there",
    )
    found = await checked(server, msgspec.structs.replace(settings(server), desks=desks, agent_roles=roles[:1]))
    assert found[-1][0] == "good"


async def test_the_check_names_a_wrong_token_and_the_intent_that_is_off(server: DiscordServer) -> None:
    ((state, said),) = await checked(server, settings(server, token="nonsense"))
    assert state == "bad"
    assert "discord.token" in said
    server.grant()
    found = await checked(server, settings(server))
    assert [state for state, _ in found] == ["good", "bad"]
    assert "Message Content Intent" in found[1][1]
    assert [state for state, _ in await checked(server, settings(server, content=False))] == ["good", "note"]


def test_connections_that_do_not_last_are_opened_ever_more_seldom() -> None:
    assert [pause_after(short, resumes=True) for short in (0, 1, 2, 3, 4, 99)] == [0, 0, 1, 2, 4, 60]
    assert pause_after(1, resumes=False) == 1, "a day has 1,000 sessions"


async def test_with_few_sessions_left_today_it_waits(server: DiscordServer) -> None:
    server.sockets.sessions_left = 5
    channel = DiscordChannel(settings(server))
    task = asyncio.create_task(channel.listen(Inbox().take))
    await server.until(lambda: "sessions are left" in channel.sources()[0].trouble)
    assert server.sockets.identified == 0
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    await channel.close()


async def test_two_shards_share_what_comes_and_hear_only_together(server: DiscordServer) -> None:
    inbox = Inbox()
    guilds = [server.guild(name) for name in ("Acme", "Bolts", "Cogs", "Dyes")]
    people = [guild.person("ada") for guild in guilds]
    rooms = [guild.channel("help") for guild in guilds]
    watched = tuple(str(room.id) for room in rooms)
    channel = DiscordChannel(msgspec.structs.replace(settings(server), shards=2, watched=watched))
    task = asyncio.create_task(channel.listen(inbox.take))
    await server.until(lambda: server.sockets.identified == 1)
    assert channel.heard() is None, "half of it is not heard yet"
    await server.until(lambda: channel.heard() is not None, timeout=20)
    assert server.sockets.identified == 2
    for person, room in zip(people, rooms, strict=True):
        person.say(room, f"Hello from {room.id}")
    await server.until(lambda: len(inbox.raws) == len(rooms))
    assert len(set(inbox.keys)) == len(rooms)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    await channel.close()
