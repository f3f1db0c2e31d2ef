"""Histories are read whole and in order, whatever Slack does meanwhile; what cannot be read is said."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from channels.base import Known, PermanentFailure, Raw
from channels.slack.channel import SlackChannel
from channels.slack.settings import SlackSettings
from tests.support.slackserver import Channel, Person, SlackServer, TooMany, Workspace

EARLIER = timedelta(hours=1)


@dataclass
class Rig:
    server: SlackServer
    acme: Workspace
    ada: Person
    room: Channel
    channel: SlackChannel

    @property
    def since(self) -> datetime:
        return datetime.fromtimestamp(self.server.clock.now(), UTC) - EARLIER

    def place(self, ts: str = "") -> str:
        return ":".join(filter(None, (self.acme.id, self.room.id, ts)))


@pytest.fixture
def rig() -> Iterator[Rig]:
    with SlackServer() as server:
        acme = server.workspace("Acme")
        ada = acme.person("ada")
        room = acme.channel("it-help", ada)
        settings = SlackSettings(bot_tokens=(acme.token,), api=server.base_url, watched=(room.id,))
        yield Rig(server, acme, ada, room, SlackChannel(settings))


async def test_a_long_room_is_read_page_by_page_in_order_though_slack_wants_fewer_calls(rig: Rig) -> None:
    said = [rig.ada.post(rig.room, str(number)) for number in range(450)]
    rig.server.faults.add("conversations.history", TooMany(1))
    history = await rig.channel.read_back(rig.place(), rig.since, [])
    assert [found.said.key for found in history.found] == [rig.place(message.ts) for message in said]
    assert len(rig.server.calls("conversations.history", ok=True)) == 3


async def test_a_thread_has_its_messages_its_edits_and_what_is_gone(rig: Rig) -> None:
    first = rig.ada.post(rig.room, "The printer is broken")
    answer, slip = (rig.ada.post(rig.room, text, thread=first) for text in ("It smells", "hunter2"))
    rig.ada.edit(answer, "It smells of smoke")
    rig.ada.delete(slip)
    known = [Known(rig.place(message.ts), f"{rig.acme.id}:{rig.ada.id}") for message in (first, answer, slip)]
    history = await rig.channel.read_back(rig.place(first.ts), rig.since, known)
    assert [found.said.key for found in history.found] == [rig.place(first.ts), rig.place(answer.ts)]
    assert [found.change.key if found.change else "" for found in history.found] == [
        "",
        f"{rig.place(answer.ts)}:{answer.edited_ts}",
    ]
    assert [raw.key for raw in history.gone] == [f"{rig.place(slip.ts)}:deleted"]


async def test_a_room_names_the_threads_that_were_begun_in_it(rig: Rig) -> None:
    first = rig.ada.post(rig.room, "The printer is broken")
    rig.ada.post(rig.room, "It smells", thread=first)
    rig.ada.post(rig.room, "And nobody answers this")
    assert (await rig.channel.read_back(rig.place(), rig.since, [])).threads == (rig.place(first.ts),)


async def test_a_room_that_the_app_is_not_in_is_never_read(rig: Rig) -> None:
    elsewhere = rig.acme.channel("elsewhere", rig.ada, with_bot=False)
    with pytest.raises(PermanentFailure, match=r"conversations\.history: (not_in_channel|channel_not_found)"):
        await rig.channel.read_back(f"{rig.acme.id}:{elsewhere.id}", rig.since, [])


async def test_a_thread_whose_beginning_is_gone_has_nothing_but_that(rig: Rig) -> None:
    first = rig.ada.post(rig.room, "The printer is broken")
    rig.ada.delete(first)
    known = [Known(rig.place(first.ts), f"{rig.acme.id}:{rig.ada.id}")]
    history = await rig.channel.read_back(rig.place(first.ts), rig.since, known)
    assert history.found == ()
    assert [raw.key for raw in history.gone] == [f"{rig.place(first.ts)}:deleted"]


async def test_an_event_and_the_history_give_the_same_key(rig: Rig) -> None:
    kept: list[Raw] = []

    async def take(raw: Raw) -> bool:
        kept.append(raw)
        return True

    settings = SlackSettings(
        bot_tokens=(rig.acme.token,),
        app_token=rig.server.app.app_token.secret,
        api=rig.server.base_url,
        watched=(rig.room.id,),
    )
    channel = SlackChannel(settings)
    listening = asyncio.create_task(channel.listen(take))
    await rig.server.until(lambda: len(rig.server.sockets.open) == 2)
    message = rig.ada.post(rig.room, "The printer is broken")
    rig.ada.edit(message, "The printer on floor 3 is broken")
    await rig.server.until(lambda: len(kept) == 2)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    (found,) = (await rig.channel.read_back(rig.place(), rig.since, [])).found
    assert found.change is not None
    assert {raw.key for raw in kept} == {found.said.key, found.change.key}
