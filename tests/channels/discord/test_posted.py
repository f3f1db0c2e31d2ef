"""What may have been posted is looked for by what it says: Discord shows nobody its nonce afterwards."""

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from channels.base import Address, Attachment, Envelope, NoAnswer, Outgoing, PermanentFailure, Receipt, Role, TooLarge
from channels.discord.channel import DiscordChannel
from channels.discord.ids import Where
from channels.discord.settings import DiscordSettings
from tests.support.discordserver import Broken, Channel, DiscordServer, Drop, Guild, Person

POST = "POST /channels/{channel}/messages"
LONG_AFTER = 3_600.0
"""Seconds after which Discord has forgotten a nonce."""


@dataclass(kw_only=True)
class Desk:
    """A channel that posts, to `ada` alone, and into a channel and a forum of agents."""

    server: DiscordServer
    guild: Guild
    ada: Person
    room: Channel
    forum: Channel
    channel: DiscordChannel

    def to_ada(self, key: str, after: str = "") -> Envelope:
        """To her alone."""
        place = str(Where(f"@{self.ada.dm.id}"))
        return envelope(key, str(self.ada.id), role=Role.REQUESTER, thread=place, after=after)

    async def again(self, outgoing: Outgoing, wanted: Envelope) -> Receipt:
        """Deliver what may have been delivered, long after nobody answered."""
        self.server.clock.advance(LONG_AFTER)
        await self.channel.find(wanted)
        return await self.send(outgoing, wanted)

    async def send(self, outgoing: Outgoing, wanted: Envelope) -> Receipt:
        return await self.channel.deliver(self.channel.render(outgoing, wanted), wanted)


def envelope(key: str, to: str, role: Role = Role.DESK, thread: str = "", ticket: int = 0, after: str = "") -> Envelope:
    now = datetime.now(UTC)
    return Envelope(key=key, to=Address(to), role=role, sent_at=now, thread=thread, ticket=ticket, after=after)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    with DiscordServer() as server:
        guild = server.guild("Acme")
        room, forum = guild.channel("desk"), guild.forum("posts", "new")
        settings = DiscordSettings(
            token=server.token, api=server.api, desks={"default": str(room.id), "tier 2": str(forum.id)}
        )
        channel = DiscordChannel(settings)
        yield Desk(server=server, guild=guild, ada=guild.person("ada"), room=room, forum=forum, channel=channel)
        await channel.close()


FILE = Attachment(name="a.txt", type="text/plain", size=2, sha256="", content=b"hi")
LONG = "\n\n".join(f"Paragraph {number} " + "word " * 250 for number in range(3))


@pytest.mark.covers("must:discord-once")
@pytest.mark.parametrize("outgoing", [Outgoing(body="It is **on** now"), Outgoing(body="See", files=(FILE,))])
async def test_what_was_posted_long_ago_is_found_and_not_posted_again(desk: Desk, outgoing: Outgoing) -> None:
    wanted = desk.to_ada("k1")
    desk.server.faults.add(POST, Drop.AFTER)
    with pytest.raises(NoAnswer):
        await desk.send(outgoing, wanted)
    receipt = await desk.again(outgoing, wanted)
    (said,) = desk.ada.dm.messages
    assert receipt.external_id.endswith(f":{said.id}")


@pytest.mark.covers("must:discord-once")
async def test_what_was_posted_in_part_is_posted_whole_and_once(desk: Desk) -> None:
    wanted, outgoing = desk.to_ada("k1"), Outgoing(body=LONG)
    desk.server.faults.add(POST, Drop.AFTER)
    with suppress(NoAnswer):
        await desk.send(outgoing, wanted)
    await desk.again(outgoing, wanted)
    said = [one.content[:11] for one in desk.ada.dm.messages]
    assert said == ["Paragraph 0", "Paragraph 1", "Paragraph 2"]


@pytest.mark.covers("must:discord-once")
async def test_the_same_words_of_before_are_not_taken_for_it(desk: Desk) -> None:
    first = await desk.send(Outgoing(body="OK"), desk.to_ada("k1"))
    wanted = desk.to_ada("k2", after=first.external_id)
    desk.server.faults.add(POST, Drop.BEFORE)
    with pytest.raises(NoAnswer):
        await desk.send(Outgoing(body="OK"), wanted)
    await desk.again(Outgoing(body="OK"), wanted)
    assert [one.content for one in desk.ada.dm.messages] == ["OK", "OK"]


@pytest.mark.covers("must:discord-once")
@pytest.mark.parametrize("ticket", [0, 7])
@pytest.mark.parametrize("files", [(), (FILE,)])
async def test_a_post_of_a_forum_is_begun_once(desk: Desk, ticket: int, files: tuple[Attachment, ...]) -> None:
    outgoing = Outgoing(subject="The list", body="Two are overdue", files=files)
    wanted = envelope("k1", str(desk.forum.id), ticket=ticket)
    desk.server.faults.add("POST /channels/{channel}/threads", Broken(502, after=True))
    with pytest.raises(NoAnswer):
        await desk.send(outgoing, wanted)
    receipt = await desk.again(outgoing, wanted)
    (post,) = desk.guild.record.threads
    assert [one.content for one in post.messages] == ["Two are overdue"]
    assert receipt.thread == f"{desk.forum.id}:{post.id}"


@pytest.mark.covers("must:discord-once")
async def test_a_card_is_posted_once_and_gets_its_thread(desk: Desk) -> None:
    outgoing = Outgoing(subject="Printer", body="It burns")
    wanted = envelope("k1", str(desk.room.id), ticket=7)
    desk.server.faults.add(POST, Drop.AFTER)
    with pytest.raises(NoAnswer):
        await desk.send(outgoing, wanted)
    await desk.again(outgoing, wanted)
    (card,) = [one for one in desk.room.messages if one.content]
    assert card.thread is not None
    assert card.thread.name == "#7 Printer"


MEGABYTE = 1024 * 1024


def film(megabytes: int) -> Outgoing:
    content = b"\0" * (megabytes * MEGABYTE)
    return Outgoing(
        body="See", files=(Attachment(name="f.mp4", type="", size=len(content), sha256="", content=content),)
    )


async def test_a_file_is_as_large_as_the_boosts_of_the_server_allow(desk: Desk) -> None:
    desk.guild.record.upload_bytes = 50 * MEGABYTE
    thread = desk.guild.person("eve").open_thread(desk.room, "#7 A film")
    there = envelope("k1", str(desk.room.id), thread=f"{desk.room.id}:{thread.id}", ticket=7)
    await desk.send(film(12), there)
    assert [len(file.content) for file in thread.messages[-1].attachments] == [12 * MEGABYTE]
    with pytest.raises(TooLarge) as alone:
        await desk.send(film(12), desk.to_ada("k2"))
    assert alone.value.most == 10 * MEGABYTE
    assert desk.ada.dm.messages == []


async def test_a_request_that_is_too_large_all_the_same_says_so(desk: Desk) -> None:
    desk.guild.record.upload_bytes = 100 * MEGABYTE
    thread = desk.guild.person("eve").open_thread(desk.room, "#7 A film")
    there = envelope("k1", str(desk.room.id), thread=f"{desk.room.id}:{thread.id}", ticket=7)
    with pytest.raises(TooLarge) as refused:
        await desk.send(film(30), there)
    assert refused.value.most == 10 * MEGABYTE


async def test_what_somebody_deleted_meanwhile_is_not_posted_again(desk: Desk) -> None:
    wanted = desk.to_ada("k1")
    desk.server.faults.add(POST, Drop.AFTER)
    with pytest.raises(NoAnswer):
        await desk.send(Outgoing(body="It is on"), wanted)
    desk.guild.delete_message(desk.ada.dm.messages[0])
    await desk.channel.find(wanted)
    with pytest.raises(PermanentFailure, match="somebody deleted it"):
        await desk.send(Outgoing(body="It is on"), wanted)
    assert desk.ada.dm.messages == []


async def test_a_server_with_all_its_threads_open_has_no_room_for_a_card(desk: Desk) -> None:
    desk.guild.record.active_threads = 0
    wanted = envelope("k1", str(desk.room.id), ticket=7)
    with pytest.raises(NoAnswer, match="active threads"):
        await desk.send(Outgoing(subject="Printer", body="It burns"), wanted)
    desk.guild.record.active_threads = 1
    await desk.again(Outgoing(subject="Printer", body="It burns"), wanted)
    (card,) = [one for one in desk.room.messages if one.content]
    assert card.thread is not None
