"""The desk is killed while it talks with Discord: what it had posted is found again, and what it held is said once."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from tests.scenarios.discord.conftest import Side, a_side, on_discord
from tests.support.crashing import Board, Zygote
from tests.support.discordserver import Channel, DiscordServer, Intent, Message
from tests.support.frail import Frail
from tests.support.house import AGENTS
from tests.support.waiting import until

pytestmark = pytest.mark.timeout(240)


@contextmanager
def a_frail_office(zygote: Zygote, folder: Path, url: str) -> Iterator[tuple[Frail, Side]]:
    """A desk with Discord that can be killed, and holds answers for a second."""
    with DiscordServer() as server:
        server.grant(Intent.MESSAGE_CONTENT)
        side = a_side(server)
        changes = {AGENTS: on_discord(AGENTS, side.anna) + side.toml, "[desk]\n": "[desk]\nhold_seconds = 1\n"}
        with Frail(zygote, folder, url, changes=changes, on_forward=server.clock.advance) as frail:
            until(lambda: frail.query("select place from cursor"), "the first cursor")
            yield frail, side


def threads(side: Side, parent: Channel, begins: str = "") -> list[Channel]:
    """The threads of a channel, with these words in their names."""
    return [one for one in side.guild.record.threads if one.parent == parent.id and begins in one.name]


def said(side: Side, channel: Channel, text: str = "") -> list[Message]:
    """What the desk has said there with this in it."""
    ours = [one for one in channel.messages if one.author is side.server.app.bot]
    return [one for one in ours if text in f"{one.content} {one.embeds}"]


def title(number: int) -> str:
    """What a request is about."""
    return f"Printer {number:03} is broken"


def thread(frail: Frail, side: Side, parent: Channel, number: int) -> Channel:
    """The thread of a request in a channel, once something of the desk's stands in it."""

    def found() -> list[Channel]:
        frail.require_alive()
        return [one for one in threads(side, parent, title(number)) if said(side, one) or parent is side.desk]

    return until(found, f"the thread of “{title(number)}” in {parent.name}")[0]


def asked(frail: Frail, side: Side, number: int) -> Channel:
    """A request in the watched channel; the thread below its card, once the desk knows it."""
    side.guild.person(f"ada{number}").say(side.watched, title(number))
    below = thread(frail, side, side.desk, number)
    until(lambda: frail.query("select id from conversation where thread like :t", t=f"%:{below.id}"), "its receipt")
    return below


def answered(frail: Frail, side: Side, number: int, below: Channel) -> None:
    """An agent's answer below a card, as it arrives."""
    side.anna.say(below, f"Is printer {number:03} switched on?")
    theirs = thread(frail, side, side.watched, number)
    until(lambda: said(side, theirs, f"Is printer {number:03} switched on?"), "the answer")


def check(frail: Frail, side: Side, stories: int) -> None:
    """Nothing is missing, nothing is there twice, nothing broke."""
    frail.rest()
    begun = [one for parent in (side.desk, side.watched) for one in threads(side, parent)]
    nonces = [one.nonce for channel in (side.desk, *begun) for one in said(side, channel) if one.nonce]
    assert max(Counter(nonces).values()) == 1
    for number in range(stories):
        assert len(said(side, side.desk, title(number))) == 1
        assert len(threads(side, side.desk, title(number))) == 1
        (theirs,) = threads(side, side.watched, title(number))
        assert len(said(side, theirs, f"Is printer {number:03} switched on?")) == 1
    assert frail.query("select count(*) from ticket") == [(stories,)]
    assert " ERROR " not in frail.log.read_text("utf-8")


@pytest.mark.covers("must:discord-once", "must:crash")
def test_killed_between_each_post_and_its_receipt(zygote: Zygote, database_url: str, tmp_path: Path) -> None:
    with a_frail_office(zygote, tmp_path, database_url) as (frail, side):
        for number in count():
            frail.kill_at(number + 1, Board.ANSWERED)
            answered(frail, side, number, asked(frail, side, number))
            frail.rest()
            if frail.deaths <= number:
                break
        check(frail, side, number + 1)
        assert frail.deaths >= 3


@pytest.mark.covers("must:discord-once", "must:crash")
@pytest.mark.parametrize("when", [Board.BEFORE, Board.AFTER], ids=["before", "after"])
def test_killed_during_the_hold(zygote: Zygote, database_url: str, tmp_path: Path, when: int) -> None:
    """At some of the commits from the moment in which words are held until they are said; `make soak` takes all."""
    with a_frail_office(zygote, tmp_path, database_url) as (frail, side):
        assert kill_during_the_hold(frail, side, when, step=5 if frail.embedded else 8) >= 1


@pytest.mark.soak
@pytest.mark.timeout(0)
@pytest.mark.covers("must:discord-once", "must:crash")
@pytest.mark.parametrize("when", [Board.BEFORE, Board.AFTER], ids=["before", "after"])
def test_killed_at_every_commit_of_the_hold(zygote: Zygote, database_url: str, tmp_path: Path, when: int) -> None:
    with a_frail_office(zygote, tmp_path, database_url) as (frail, side):
        assert kill_during_the_hold(frail, side, when, step=1) >= 5


def kill_during_the_hold(frail: Frail, side: Side, when: int, *, step: int) -> int:
    """A story for each `step`th commit in which the desk dies there; returns how often it died."""
    for number in count():
        below = asked(frail, side, number)
        frail.kill_at(1 + number * step, when)
        answered(frail, side, number, below)
        frail.rest()
        if frail.deaths <= number:
            break
    check(frail, side, number + 1)
    return frail.deaths
