"""What is kept side by side counts in the order in which it came."""

import asyncio
from collections.abc import Awaitable, Callable

from channels.base import IntakeUnavailable
from channels.discord.keeping import MOST, Keeping, Kept


class Commits:
    """Commits that end when the test says so."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.ends: dict[str, asyncio.Future[None]] = {}

    def of(self, name: str) -> Callable[[], Awaitable[None]]:
        self.ends[name] = asyncio.get_running_loop().create_future()

        async def keep() -> None:
            self.begun.append(name)
            await self.ends[name]

        return keep

    async def end(self, name: str) -> None:
        self.ends[name].set_result(None)
        await some_turns()

    async def fail(self, name: str) -> None:
        self.ends[name].set_exception(IntakeUnavailable("the disk is full"))
        await some_turns()


async def some_turns() -> None:
    """Let all go on that can."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_the_number_moves_on_only_over_what_is_durable() -> None:
    commits, keeping = Commits(), Keeping(None)
    await keeping.begin(1, None)
    assert keeping.sequence == 1
    await keeping.begin(2, Kept("said", commits.of("a")))
    await keeping.begin(3, Kept("button", commits.of("b")))
    await keeping.begin(4, None)
    await some_turns()
    await commits.end("b")
    assert keeping.sequence == 1
    await commits.end("a")
    assert keeping.sequence == 4
    await keeping.settled()


async def test_in_one_line_nothing_overtakes_and_another_line_does_not_wait() -> None:
    commits, keeping = Commits(), Keeping(7)
    for number, (line, name) in enumerate((("said", "a"), ("said", "b"), ("button", "c")), 8):
        await keeping.begin(number, Kept(line, commits.of(name)))
    await some_turns()
    assert commits.begun == ["a", "c"]
    await commits.end("a")
    assert commits.begun == ["a", "c", "b"]
    assert keeping.sequence == 8
    await commits.end("c")
    await commits.end("b")
    assert keeping.sequence == 10


async def test_what_comes_behind_what_could_not_be_kept_is_not_kept_either() -> None:
    told: list[str] = []
    commits, keeping = Commits(), Keeping(7)
    keeping.failed = lambda: told.append("failed")
    for number, (line, name) in enumerate((("said", "a"), ("said", "b"), ("button", "c")), 8):
        await keeping.begin(number, Kept(line, commits.of(name)))
    await some_turns()
    await commits.fail("a")
    await commits.end("c")
    await keeping.begin(11, Kept("said", commits.of("d")))
    await keeping.settled()
    assert commits.begun == ["a", "c"]
    assert keeping.sequence == 7
    assert told == ["failed"]
    assert str(keeping.error) == "the disk is full"


async def test_reading_waits_when_very_much_is_on_its_way() -> None:
    commits, keeping = Commits(), Keeping(None)
    for number in range(1, MOST):
        await keeping.begin(number, Kept(f"button {number}", commits.of(str(number))))
    last = asyncio.create_task(keeping.begin(MOST, Kept("said", commits.of("last"))))
    await some_turns()
    assert not last.done()
    await commits.end("1")
    await last
    for number in range(2, MOST):
        commits.ends[str(number)].set_result(None)
    await commits.end("last")
    await keeping.settled()
    assert keeping.sequence == MOST
