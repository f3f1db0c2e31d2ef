"""The desk is killed while it talks with Slack: what it had posted is found again, and what it held is said once."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from tests.scenarios.slack.conftest import Side, a_side
from tests.scenarios.slack.looking import words
from tests.support.crashing import Board, Zygote
from tests.support.frail import Frail
from tests.support.house import AGENTS
from tests.support.slackserver import Channel, Message, SlackServer
from tests.support.waiting import until

pytestmark = pytest.mark.timeout(240)


@contextmanager
def a_frail_office(zygote: Zygote, folder: Path, url: str) -> Iterator[tuple[Frail, Side]]:
    """A desk with Slack that can be killed, and holds answers for a second."""
    with SlackServer() as server:
        side = a_side(server)
        changes = {AGENTS: side.toml, "[desk]\n": "[desk]\nhold_seconds = 1\n"}
        with Frail(zygote, folder, url, changes=changes, on_forward=server.clock.advance) as frail:
            until(lambda: frail.query("select place from cursor"), "the first cursor")
            yield frail, side


def said_there(room: Channel, text: str, thread: str = "") -> list[Message]:
    """What the desk has said in a room with this in it, in a thread or anywhere."""
    with_it = [one for one in list(room.messages.values()) if one.by_bot and text in words(one)]
    return [one for one in with_it if thread in {"", one.thread_ts}]


def there(frail: Frail, side: Side, room: Channel, text: str, thread: str = "") -> Message:
    """The same, once it is there; what was not acknowledged comes again as soon as somebody listens."""

    def found() -> list[Message]:
        frail.require_alive()
        if side.server.sockets.open:
            side.server.redeliver_now()
        return said_there(room, text, thread)

    return until(found, f"“{text}”")[0]


def asked(frail: Frail, side: Side, number: int) -> tuple[Message, Message]:
    """A request in the watched room; what was written there, and its card."""
    somebody = side.workspace.person(f"ada{number}")
    side.workspace.join(side.watched, somebody.id)
    question = somebody.post(side.watched, f"Printer {number:03} is broken")
    card = there(frail, side, side.desk, f"Printer {number:03} is broken")
    there(frail, side, side.watched, "", question.ts)
    return question, card


def answered(frail: Frail, side: Side, number: int, question: Message, card: Message) -> None:
    """An agent's answer below a card, as it arrives."""
    side.anna.post(side.desk, f"Is printer {number:03} switched on?", thread=card)
    there(frail, side, side.watched, f"Is printer {number:03} switched on?", question.ts)


def check(frail: Frail, side: Side, stories: int) -> None:
    """Nothing is missing, nothing is there twice, nothing broke."""
    frail.rest()
    marks = [
        (payload["key"], payload["part"])
        for channel in side.workspace.channels.values()
        for message in channel.messages.values()
        if message.metadata and (payload := message.metadata["event_payload"])
    ]
    assert max(Counter(marks).values()) == 1
    for number in range(stories):
        heads = [one for one in said_there(side.desk, f"Printer {number:03} is broken") if not one.thread_ts]
        assert len(heads) <= 1
        assert len(said_there(side.watched, f"Is printer {number:03} switched on?")) == 1
    assert frail.query("select count(*) from ticket") == [(stories,)]
    assert " ERROR " not in frail.log.read_text("utf-8")


@pytest.mark.covers("must:slack-once", "must:crash")
def test_killed_between_each_post_and_its_receipt(zygote: Zygote, database_url: str, tmp_path: Path) -> None:
    with a_frail_office(zygote, tmp_path, database_url) as (frail, side):
        for number in count():
            frail.kill_at(number + 1, Board.ANSWERED)
            answered(frail, side, number, *asked(frail, side, number))
            frail.rest()
            if frail.deaths <= number:
                break
        check(frail, side, number + 1)
        assert frail.deaths >= 3


@pytest.mark.covers("must:slack-held", "must:crash")
@pytest.mark.parametrize("when", [Board.BEFORE, Board.AFTER], ids=["before", "after"])
def test_killed_during_the_hold(zygote: Zygote, database_url: str, tmp_path: Path, when: int) -> None:
    """At some of the commits from the moment in which words are held until they are said; `make soak` takes all."""
    with a_frail_office(zygote, tmp_path, database_url) as (frail, side):
        assert kill_during_the_hold(frail, side, when, step=5 if frail.embedded else 8) >= 1


@pytest.mark.soak
@pytest.mark.timeout(0)
@pytest.mark.covers("must:slack-held", "must:crash")
@pytest.mark.parametrize("when", [Board.BEFORE, Board.AFTER], ids=["before", "after"])
def test_killed_at_every_commit_of_the_hold(zygote: Zygote, database_url: str, tmp_path: Path, when: int) -> None:
    with a_frail_office(zygote, tmp_path, database_url) as (frail, side):
        assert kill_during_the_hold(frail, side, when, step=1) >= 5


def kill_during_the_hold(frail: Frail, side: Side, when: int, *, step: int) -> int:
    """A story for each `step`th commit in which the desk dies there; returns how often it died."""
    for number in count():
        question, card = asked(frail, side, number)
        frail.kill_at(1 + number * step, when)
        answered(frail, side, number, question, card)
        frail.rest()
        if frail.deaths <= number:
            break
    check(frail, side, number + 1)
    return frail.deaths
