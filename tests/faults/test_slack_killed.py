"""The desk is killed while it talks with Slack: what it had posted is found again, and what it held is said once."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.scenarios.slack.conftest import Side, a_side
from tests.scenarios.slack.looking import words
from tests.support import killed
from tests.support.crashing import Zygote
from tests.support.frail import Frail
from tests.support.house import AGENTS
from tests.support.killed import answer, title
from tests.support.slackserver import Channel, Message, SlackServer
from tests.support.waiting import until

pytestmark = pytest.mark.timeout(240)


@dataclass
class Talk:
    """A request in the watched room with its card, and what is said below the two."""

    frail: Frail
    side: Side

    def asked(self, number: int) -> tuple[Message, Message]:
        side = self.side
        somebody = side.workspace.person(f"ada{number}")
        side.workspace.join(side.watched, somebody.id)
        question = somebody.post(side.watched, title(number))
        card = self.there(side.desk, title(number))
        self.there(side.watched, "", question.ts)
        return question, card

    def answered(self, number: int, asked: tuple[Message, Message]) -> None:
        question, card = asked
        self.side.anna.post(self.side.desk, answer(number), thread=card)
        self.there(self.side.watched, answer(number), question.ts)

    def marks(self) -> list[tuple[str, int]]:
        return [
            (payload["key"], payload["part"])
            for channel in self.side.workspace.channels.values()
            for message in channel.messages.values()
            if message.metadata and (payload := message.metadata["event_payload"])
        ]

    def check_story(self, number: int) -> None:
        heads = [one for one in said_there(self.side.desk, title(number)) if not one.thread_ts]
        assert len(heads) <= 1
        assert len(said_there(self.side.watched, answer(number))) == 1

    def there(self, room: Channel, text: str, thread: str = "") -> Message:
        """What the desk says there; what was not acknowledged comes again as soon as somebody listens."""

        def found() -> list[Message]:
            self.frail.require_alive()
            if self.side.server.sockets.open:
                self.side.server.redeliver_now()
            return said_there(room, text, thread)

        return until(found, f"“{text}”")[0]


def said_there(room: Channel, text: str, thread: str = "") -> list[Message]:
    """What the desk has said in a room with this in it, in a thread or anywhere."""
    with_it = [one for one in list(room.messages.values()) if one.by_bot and text in words(one)]
    return [one for one in with_it if thread in {"", one.thread_ts}]


@contextmanager
def a_talk(zygote: Zygote, folder: Path, url: str) -> Iterator[Talk]:
    """With a desk with Slack that can be killed, and holds answers for a second."""
    with SlackServer() as server:
        side = a_side(server)
        changes = {AGENTS: side.toml, "[desk]\n": "[desk]\nhold_seconds = 1\n"}
        with Frail(zygote, folder, url, changes=changes, on_forward=server.clock.advance) as frail:
            until(lambda: frail.query("select place from cursor"), "the first cursor")
            yield Talk(frail, side)


@pytest.mark.covers("must:slack-once", "must:crash")
def test_killed_between_each_post_and_its_receipt(zygote: Zygote, database_url: str, tmp_path: Path) -> None:
    with a_talk(zygote, tmp_path, database_url) as talk:
        killed.between_each_post_and_its_receipt(talk)


@pytest.mark.covers("must:slack-held", "must:crash")
@killed.WHEN
def test_killed_during_the_hold(zygote: Zygote, database_url: str, tmp_path: Path, when: int) -> None:
    """At some of the commits from the moment in which words are held until they are said; `make soak` takes all."""
    with a_talk(zygote, tmp_path, database_url) as talk:
        assert killed.during_the_hold(talk, when, step=5 if talk.frail.embedded else 8) >= 1


@pytest.mark.soak
@pytest.mark.timeout(0)
@pytest.mark.covers("must:slack-held", "must:crash")
@killed.WHEN
def test_killed_at_every_commit_of_the_hold(zygote: Zygote, database_url: str, tmp_path: Path, when: int) -> None:
    with a_talk(zygote, tmp_path, database_url) as talk:
        assert killed.during_the_hold(talk, when, step=1) >= 5
