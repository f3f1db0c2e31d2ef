"""The desk is killed while it talks with Discord: what it had posted is found again, and what it held is said once."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.scenarios.discord.conftest import Side, a_side, on_discord
from tests.support import killed
from tests.support.crashing import Zygote
from tests.support.discordserver import Channel, DiscordServer, Intent, Message
from tests.support.frail import Frail
from tests.support.house import AGENTS
from tests.support.killed import answer, title
from tests.support.waiting import until

pytestmark = pytest.mark.timeout(240)


@dataclass
class Talk:
    """A request in the watched channel, and the threads that are made for it."""

    frail: Frail
    side: Side

    def asked(self, number: int) -> Channel:
        self.side.guild.person(f"ada{number}").say(self.side.watched, title(number))
        below = self.thread(self.side.desk, number)
        its_receipt = "select id from conversation where thread like :t"
        until(lambda: self.frail.query(its_receipt, t=f"%:{below.id}"), "its receipt")
        return below

    def answered(self, number: int, asked: Channel) -> None:
        self.side.anna.say(asked, answer(number))
        theirs = self.thread(self.side.watched, number)
        until(lambda: self.said(theirs, answer(number)), "the answer")

    def marks(self) -> list[str]:
        begun = [one for parent in (self.side.desk, self.side.watched) for one in self.threads(parent)]
        return [one.nonce for channel in (self.side.desk, *begun) for one in self.said(channel) if one.nonce]

    def check_story(self, number: int) -> None:
        assert len(self.said(self.side.desk, title(number))) == 1
        assert len(self.threads(self.side.desk, title(number))) == 1
        (theirs,) = self.threads(self.side.watched, title(number))
        assert len(self.said(theirs, answer(number))) == 1

    def threads(self, parent: Channel, begins: str = "") -> list[Channel]:
        """The threads of a channel, with these words in their names."""
        return [one for one in self.side.guild.record.threads if one.parent == parent.id and begins in one.name]

    def said(self, channel: Channel, text: str = "") -> list[Message]:
        """What the desk has said there with this in it."""
        ours = [one for one in channel.messages if one.author is self.side.server.app.bot]
        return [one for one in ours if text in f"{one.content} {one.embeds}"]

    def thread(self, parent: Channel, number: int) -> Channel:
        """The thread of a request in a channel, once something of the desk's stands in it."""

        def found() -> list[Channel]:
            self.frail.require_alive()
            begun = self.threads(parent, title(number))
            return [one for one in begun if self.said(one) or parent is self.side.desk]

        return until(found, f"the thread of “{title(number)}” in {parent.name}")[0]


@contextmanager
def a_talk(zygote: Zygote, folder: Path, url: str) -> Iterator[Talk]:
    """With a desk with Discord that can be killed, and holds answers for a second."""
    with DiscordServer() as server:
        server.grant(Intent.MESSAGE_CONTENT)
        side = a_side(server)
        changes = {AGENTS: on_discord(AGENTS, side.anna) + side.toml, "[desk]\n": "[desk]\nhold_seconds = 1\n"}
        with Frail(zygote, folder, url, changes=changes, on_forward=server.clock.advance) as frail:
            until(lambda: frail.query("select place from cursor"), "the first cursor")
            yield Talk(frail, side)


@pytest.mark.covers("must:discord-once", "must:crash")
def test_killed_between_each_post_and_its_receipt(zygote: Zygote, database_url: str, tmp_path: Path) -> None:
    with a_talk(zygote, tmp_path, database_url) as talk:
        killed.between_each_post_and_its_receipt(talk)


@pytest.mark.covers("must:discord-once", "must:crash")
@killed.WHEN
def test_killed_during_the_hold(zygote: Zygote, database_url: str, tmp_path: Path, when: int) -> None:
    """At some of the commits from the moment in which words are held until they are said; `make soak` takes all."""
    with a_talk(zygote, tmp_path, database_url) as talk:
        assert killed.during_the_hold(talk, when, step=5 if talk.frail.embedded else 8) >= 1


@pytest.mark.soak
@pytest.mark.timeout(0)
@pytest.mark.covers("must:discord-once", "must:crash")
@killed.WHEN
def test_killed_at_every_commit_of_the_hold(zygote: Zygote, database_url: str, tmp_path: Path, when: int) -> None:
    with a_talk(zygote, tmp_path, database_url) as talk:
        assert killed.during_the_hold(talk, when, step=1) >= 5
