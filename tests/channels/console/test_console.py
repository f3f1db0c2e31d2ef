"""The console over a real socket."""

import asyncio
import json
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from channels.base import Address, Channel, Envelope, IntakeUnavailable, Outgoing, Raw, Role, TemporaryFailure
from channels.console import ConsoleChannel, ConsoleSettings

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


class Desk:
    """What is on the other side: takes everything, or cannot."""

    def __init__(self) -> None:
        self.taken: list[Raw] = []
        self.trouble = ""
        self.gate = asyncio.Event()
        self.gate.set()

    async def take(self, raw: Raw) -> bool:
        await self.gate.wait()
        if self.trouble:
            raise IntakeUnavailable(self.trouble)
        self.taken.append(raw)
        return True


class Client:
    """Somebody at a terminal."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def tell(self, line: Any) -> None:
        self._writer.write((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n")
        await self._writer.drain()

    async def hear(self) -> Any:
        async with asyncio.timeout(5):
            line = await self._reader.readline()
        return json.loads(line) if line else None

    async def silent(self) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(0.1):
                await self._reader.readline()
                return False
        return True

    async def leave(self) -> None:
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()


@pytest.fixture
def settings(tmp_path: Path) -> ConsoleSettings:
    return ConsoleSettings(socket=str(tmp_path / "c.sock"), mailbox=str(tmp_path / "boxes"))


@asynccontextmanager
async def listening(settings: ConsoleSettings, desk: Desk) -> AsyncIterator[ConsoleChannel]:
    channel = ConsoleChannel(settings)
    task = asyncio.create_task(channel.listen(desk.take))
    async with asyncio.timeout(5):
        done, _ = await asyncio.wait(
            [task, waiting := asyncio.create_task(channel.ready.wait())], return_when=asyncio.FIRST_COMPLETED
        )
    if task in done:
        waiting.cancel()
        task.result()
    try:
        yield channel
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        assert not channel.ready.is_set()
        assert not exists(settings.socket)


@asynccontextmanager
async def client(channel: ConsoleChannel, identity: str = "ada@example.com") -> AsyncIterator[Client]:
    somebody = Client(*await channel.connect(identity))
    try:
        yield somebody
    finally:
        await somebody.leave()


def envelope(key: str, to: str = "ada@example.com", ticket: int = 42) -> Envelope:
    return Envelope(key=key, to=Address(to), role=Role.REQUESTER, sent_at=NOW, ticket=ticket, token=f"token {key}")


def exists(path: str) -> bool:
    return Path(path).exists()


def block(path: str) -> None:
    Path(path).write_text("in the way")


def mode_of(path: str) -> int:
    return stat.S_IMODE(Path(path).stat().st_mode)


def move(path: str, to: str) -> None:
    Path(path).rename(to)


async def deliver(channel: ConsoleChannel, key: str, body: str = "hello", to: str = "ada@example.com") -> None:
    where = envelope(key, to)
    await channel.deliver(channel.render(Outgoing(body=body), where), where)


def test_it_is_a_channel(settings: ConsoleSettings) -> None:
    channel: Channel = ConsoleChannel(settings)
    assert settings.socket in channel.places()[0]
    assert not Path(settings.mailbox).exists()


@pytest.mark.covers("H2")
async def test_what_is_said_is_taken_before_it_is_acknowledged(settings: ConsoleSettings) -> None:
    desk = Desk()
    async with listening(settings, desk) as channel, client(channel) as ada:
        assert await ada.hear() == {"welcome": "ada@example.com", "tokens": {}}
        desk.gate.clear()
        await ada.tell({"say": "My mouse is dead", "key": "k1"})
        await asyncio.sleep(0.1)
        assert not desk.taken
        desk.gate.set()
        assert await ada.hear() == {"taken": "k1"}
    (raw,) = desk.taken
    assert (raw.channel, raw.key, raw.lane) == ("console", "k1", "console:ada@example.com")
    incoming = channel.parse(raw)
    assert incoming.text == "My mouse is dead"
    assert incoming.sender == Address("ada@example.com")


async def test_the_answer_names_the_key(settings: ConsoleSettings) -> None:
    desk = Desk()
    async with listening(settings, desk) as channel, client(channel) as ada:
        await ada.hear()
        await ada.tell({"say": "one", "key": "k1"})
        assert await ada.hear() == {"taken": "k1"}
        await ada.tell({"say": "two"})
        assert (await ada.hear())["taken"] == desk.taken[1].key
        desk.trouble = "the disk is full"
        await ada.tell({"say": "three", "key": "k3"})
        assert await ada.hear() == {"refused": "the disk is full", "key": "k3"}


async def test_nobody_speaks_for_somebody_else(settings: ConsoleSettings) -> None:
    desk = Desk()
    async with listening(settings, desk) as channel, client(channel) as ada:
        await ada.tell({"as": "anna", "say": "let me in", "key": "k1"})
        await ada.hear()
        assert await ada.hear() == {"taken": "k1"}
        sender = channel.parse(desk.taken[0]).sender
        assert sender == Address("ada@example.com")


async def test_nonsense_is_answered_and_survived(settings: ConsoleSettings) -> None:
    desk = Desk()
    async with listening(settings, desk) as channel, client(channel) as ada:
        await ada.hear()
        for nonsense in (b"hello", b"[]", b"\xff", b'{"say": 7}', b'{"seen": "far"}', b"[" * 50_000):
            await ada.tell(nonsense)
            assert "not understood" in (await ada.hear())["error"]
        await ada.tell({"say": "but this is fine", "key": "k"})
        assert await ada.hear() == {"taken": "k"}


@pytest.mark.parametrize("hello", ["", " ", "a\nb", "x" * 300])
async def test_who_does_not_say_who_they_are_is_told_to(settings: ConsoleSettings, hello: str) -> None:
    async with listening(settings, Desk()) as channel, client(channel, hello) as somebody:
        assert "say who you are" in (await somebody.hear())["error"]
        assert await somebody.hear() is None


async def test_a_delivery_reaches_every_screen_of_its_recipient(settings: ConsoleSettings) -> None:
    async with (
        listening(settings, Desk()) as channel,
        client(channel) as one,
        client(channel, "ADA@example.com") as two,
        client(channel, "ben") as other,
    ):
        for somebody in (one, two, other):
            await somebody.hear()
        await deliver(channel, "d1", "On my way")
        assert (await one.hear())["delivery"]["body"] == "On my way"
        assert (await two.hear())["delivery"]["key"] == "d1"
        assert await other.silent()


@pytest.mark.covers("H2")
async def test_what_was_not_seen_is_shown_at_the_next_visit(settings: ConsoleSettings) -> None:
    async with listening(settings, Desk()) as channel:
        await deliver(channel, "d1")
        await deliver(channel, "d2")
        async with client(channel) as ada:
            assert (await ada.hear())["tokens"] == {"42": "token d2"}
            first = await ada.hear()
            await ada.hear()
            await ada.tell({"seen": first["end"]})
            await ada.tell({"say": "x"})
            await ada.hear()
    async with listening(settings, Desk()) as channel, client(channel) as ada:
        await ada.hear()
        assert (await ada.hear())["delivery"]["key"] == "d2"


@pytest.mark.covers("H2")
async def test_a_repeated_delivery_changes_nothing(settings: ConsoleSettings) -> None:
    channel = ConsoleChannel(settings)
    assert await channel.find(envelope("d1")) is None
    rendered = channel.render(Outgoing(body="hello"), envelope("d1"))
    first = await channel.deliver(rendered, envelope("d1"))
    assert await channel.deliver(rendered, envelope("d1")) == first
    assert await ConsoleChannel(settings).find(envelope("d1")) == first
    assert await channel.find(envelope("d1", "ben")) is None
    assert len((Path(settings.mailbox) / "ada@example.com.jsonl").read_bytes().splitlines()) == 1


async def test_a_mailbox_that_cannot_be_written_is_tried_again(settings: ConsoleSettings) -> None:
    block(settings.mailbox)
    with pytest.raises(TemporaryFailure, match=r"console\.mailbox"):
        await deliver(ConsoleChannel(settings), "d1")


async def test_only_this_user_may_open_the_socket(settings: ConsoleSettings) -> None:
    async with listening(settings, Desk()):
        assert mode_of(settings.socket) == 0o600


async def test_a_path_of_any_length(tmp_path: Path) -> None:
    socket = tmp_path / ("d" * 120) / "console.sock"
    settings = ConsoleSettings(socket=str(socket), mailbox=str(tmp_path / "boxes"))
    async with listening(settings, Desk()) as channel, client(channel) as ada:
        assert socket.is_socket()
        assert "welcome" in await ada.hear()


async def test_a_socket_that_was_left_behind_is_replaced(settings: ConsoleSettings) -> None:
    async with listening(settings, Desk()):
        move(settings.socket, f"{settings.socket}.left")
    move(f"{settings.socket}.left", settings.socket)
    async with listening(settings, Desk()) as channel, client(channel) as ada:
        assert "welcome" in await ada.hear()


async def test_two_desks_cannot_have_one_socket(settings: ConsoleSettings) -> None:
    async with listening(settings, Desk()) as first:
        with pytest.raises(OSError, match=r"console\.socket: .*in use"):
            await ConsoleChannel(settings).listen(Desk().take)
        async with client(first) as ada:
            assert "welcome" in await ada.hear()


def a_file(path: Path) -> ConsoleSettings:
    (path / "file").write_text("precious")
    return ConsoleSettings(socket=str(path / "file"), mailbox=str(path / "boxes"))


def below_a_file(path: Path) -> ConsoleSettings:
    (path / "file").write_text("precious")
    return ConsoleSettings(socket=str(path / "file" / "c.sock"), mailbox=str(path / "boxes"))


def a_mailbox_below_a_file(path: Path) -> ConsoleSettings:
    (path / "file").write_text("precious")
    return ConsoleSettings(socket=str(path / "c.sock"), mailbox=str(path / "file" / "boxes"))


@pytest.mark.parametrize(
    ("spoil", "setting"),
    [(a_file, "socket"), (below_a_file, "socket"), (a_mailbox_below_a_file, "mailbox")],
)
async def test_a_path_that_cannot_be_used_names_its_setting(
    tmp_path: Path, spoil: Callable[[Path], ConsoleSettings], setting: str
) -> None:
    with pytest.raises(OSError, match=rf"console\.{setting}: .*another path"):
        await ConsoleChannel(spoil(tmp_path)).listen(Desk().take)
    assert (tmp_path / "file").read_text() == "precious"


async def test_the_end_lets_what_is_being_said_be_taken(settings: ConsoleSettings) -> None:
    desk = Desk()
    channel = ConsoleChannel(settings)
    task = asyncio.create_task(channel.listen(desk.take))
    await channel.ready.wait()
    async with client(channel) as ada:
        await ada.hear()
        desk.gate.clear()
        await ada.tell({"say": "last words", "key": "k1"})
        await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.sleep(0.05)
        assert not task.done()
        desk.gate.set()
        assert await ada.hear() == {"taken": "k1"}
        assert await ada.hear() is None
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("name", ["socket", "mailbox"])
def test_an_empty_path_names_its_setting(name: str) -> None:
    with pytest.raises(ValueError, match=rf"console\.{name}"):
        ConsoleSettings(**{name: ""})
