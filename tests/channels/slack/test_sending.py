"""Posting: each part and each file once, whatever goes wrong on the way; and no faster than Slack takes it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from channels.base import (
    Address,
    Envelope,
    NoAnswer,
    NotYet,
    Outgoing,
    PermanentFailure,
    Receipt,
    Role,
    TemporaryFailure,
)
from channels.slack.channel import SlackChannel
from channels.slack.settings import SlackSettings
from tests.support.media import attachment
from tests.support.slackserver import Drop, Person, Refusal, SlackServer, Slow, TooMany, Workspace

LONG = "\n\n".join(f"Paragraph {number} " + "word " * 500 for number in range(12))


@dataclass
class Rig:
    server: SlackServer
    acme: Workspace
    ada: Person

    def channel(self) -> SlackChannel:
        """A process that has just begun, and remembers nothing."""
        return SlackChannel(SlackSettings(bot_tokens=(self.acme.token,), api=self.server.base_url))

    def envelope(self, key: str = "k1", *, speaker: str = "Anna", thread: str = "", private: bool = False) -> Envelope:
        to = Address(f"{self.acme.id}:{self.ada.id}")
        sent_at = self.server_time()
        return Envelope(
            key=key, to=to, role=Role.REQUESTER, sent_at=sent_at, speaker=speaker, thread=thread, private=private
        )

    def server_time(self) -> datetime:
        return datetime.fromtimestamp(self.server.clock.now(), UTC)

    def parts(self) -> list[tuple[str, int]]:
        """The key and part of everything that stands in the direct room, in order."""
        marks = [message.metadata["event_payload"] for message in self.ada.dm.messages.values() if message.metadata]
        return [(mark["key"], mark["part"]) for mark in marks]

    def files(self) -> list[str]:
        return [file.name for message in self.ada.dm.messages.values() for file in message.files]


@pytest.fixture
def rig() -> Iterator[Rig]:
    with SlackServer() as server:
        acme = server.workspace("Acme")
        yield Rig(server, acme, acme.person("ada"))


async def again(rig: Rig, outgoing: Outgoing, envelope: Envelope) -> Receipt:
    """What another process does with what may have been sent: look, and send what is missing."""
    channel = rig.channel()
    found = await channel.find(envelope)
    return found or await channel.deliver(channel.render(outgoing, envelope), envelope)


@pytest.mark.covers("must:slack-once")
@pytest.mark.parametrize("lost", [Drop.BEFORE, Drop.AFTER])
async def test_of_a_message_in_parts_each_is_posted_once(rig: Rig, lost: Drop) -> None:
    outgoing, envelope, channel = Outgoing(body=LONG), rig.envelope(), rig.channel()
    rendered = channel.render(outgoing, envelope)
    await rig.channel().deliver(channel.render(Outgoing(body="before"), rig.envelope("k0")), rig.envelope("k0"))
    rig.server.faults.add("chat.postMessage", Slow(0))
    rig.server.faults.add("chat.postMessage", lost)
    with pytest.raises(NoAnswer):
        await channel.deliver(rendered, envelope)
    receipt = await again(rig, outgoing, envelope)
    parts = [part for key, part in rig.parts() if key == "k1"]
    assert len(parts) > 2
    assert parts == [*range(1, len(parts) + 1)]
    assert await again(rig, outgoing, envelope) == receipt
    assert len([part for key, part in rig.parts() if key == "k1"]) == len(parts)


@pytest.mark.covers("must:slack-once")
@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal"])
@pytest.mark.parametrize("lost", [Drop.BEFORE, Drop.AFTER])
async def test_files_that_are_missing_below_the_words_are_sent_and_no_other(rig: Rig, method: str, lost: Drop) -> None:
    files = (attachment("a.txt", b"one"), attachment("b.txt", b"two"), attachment("b.txt", b"two"))
    outgoing, envelope, channel = Outgoing(body="See these.", files=files), rig.envelope(), rig.channel()
    rig.server.faults.add(method, Slow(0))
    rig.server.faults.add(method, lost)
    with pytest.raises(NoAnswer):
        await channel.deliver(channel.render(outgoing, envelope), envelope)
    await again(rig, outgoing, envelope)
    assert rig.parts() == [("k1", 1)]
    assert sorted(rig.files()) == ["a.txt", "b.txt", "b.txt"]


async def test_a_file_that_slack_refuses_is_told_as_what_is_missing(rig: Rig) -> None:
    outgoing = Outgoing(body="See this.", files=(attachment("a.txt", b"one"),))
    rig.server.faults.add("files.completeUploadExternal", Refusal("file_not_found"))
    channel, envelope = rig.channel(), rig.envelope()
    with pytest.raises(PermanentFailure, match="its words are posted, and not all files"):
        await channel.deliver(channel.render(outgoing, envelope), envelope)


async def test_while_slack_wants_fewer_calls_of_a_method_it_is_not_called_and_others_are(rig: Rig) -> None:
    channel, envelope = rig.channel(), rig.envelope()
    rendered = channel.render(Outgoing(body="Hello"), envelope)
    rig.server.faults.add("chat.postMessage", TooMany(30))
    for _ in range(3):
        with pytest.raises(NotYet) as refused:
            await channel.deliver(rendered, envelope)
        assert 25 < (refused.value.retry_after or 0) <= 30
    assert len(rig.server.calls("chat.postMessage")) == 1
    assert await channel.find(envelope) is None, "other methods go on"


async def test_a_revoked_token_is_trouble_until_it_works_again(rig: Rig) -> None:
    channel, envelope = rig.channel(), rig.envelope()
    rendered = channel.render(Outgoing(body="Hello"), envelope)
    await channel.deliver(rendered, envelope)
    rig.acme.revoke_token()
    with pytest.raises(TemporaryFailure, match=r"slack\.bot_tokens: .*token_revoked"):
        await channel.deliver(rendered, rig.envelope("k2"))
    assert "token_revoked" in channel.sources()[0].trouble
    rig.acme.installation.token.revoked = False
    await channel.deliver(rendered, rig.envelope("k3"))
    assert channel.sources()[0].trouble == ""
