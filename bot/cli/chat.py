"""`firstline chat`: talk with the desk at a terminal, as a requester or as an agent."""

import asyncio
import codecs
import contextlib
import os
import sys
import threading
from collections.abc import Iterator
from typing import Annotated, Protocol, runtime_checkable

import msgspec
import typer

from bot.cli.app import config_of
from bot.cli.talk import Desk, Quit, Screen, Talk, help_text
from bot.config import Config
from bot.errors import NotDone

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@runtime_checkable
class _Connects(Protocol):
    """A channel that a terminal can be a client of."""

    async def connect(self, identity: str) -> Streams: ...


def chat(
    context: typer.Context,
    who: Annotated[str, typer.Option("--as", help="Who you are: a mail address, or an agent's handle.")],
    wait: Annotated[float, typer.Option(help="Seconds of silence to wait for after piped input has ended.")] = 1.5,
) -> None:
    """Talk with the desk: an empty line sends what you wrote; /help says more."""
    config = config_of(context)
    try:
        done = asyncio.run(_chat(config, who, wait))
    except KeyboardInterrupt:
        return
    if not done:
        raise typer.Exit(1)


async def _chat(config: Config, who: str, wait: float) -> bool:
    reader, writer = await _connect(config, who)
    screen = Screen(interactive=sys.stdin.isatty() and sys.stdout.isatty())
    desk = Desk(reader, writer)
    talk = Talk(desk, screen)
    if screen.interactive:
        screen.say(help_text(who))
    hearing = asyncio.create_task(talk.listen())
    speaking = asyncio.create_task(_speak(talk, wait))
    await asyncio.wait([hearing, speaking], return_when=asyncio.FIRST_COMPLETED)
    ended_first = not speaking.done()
    for task in (hearing, speaking):
        task.cancel()
    results = await asyncio.gather(hearing, speaking, return_exceptions=True)
    writer.close()
    for result in results:
        if isinstance(result, Exception) and not isinstance(result, ConnectionError):
            raise result
    if ended_first:
        raise NotDone("the desk has ended the conversation; is it still running?")
    return not talk.refused


async def _connect(config: Config, who: str) -> Streams:
    """A connection as `who`. Raises NotDone where there is no console, or nobody serves it."""
    from bot.wiring import build_channels

    if "console" not in config.channels:
        raise NotDone(f"{config.path} has no [console] table: this desk has no console")
    only = msgspec.structs.replace(config, agent=(), channels={"console": config.channels["console"]})
    console = build_channels(only)["console"]
    assert isinstance(console, _Connects)
    try:
        return await console.connect(who)
    except OSError as error:
        raise NotDone("nobody serves this console; start the desk with `make run`") from error


async def _speak(talk: Talk, wait: float) -> None:
    """Read lines to the end, or until /quit; then wait for what is still to come."""
    lines = _typed_lines()
    with contextlib.suppress(Quit):
        while True:
            talk.screen.prompt(talk.writing)
            line = await lines.get()
            if line is None:
                await talk.end_of_input()
                break
            await talk.hear_line(line)
        await talk.quiet(wait)


def _typed_lines() -> asyncio.Queue[str | None]:
    """What is typed, line by line, and None at the end; a thread reads, since a terminal cannot be waited for."""
    lines: asyncio.Queue[str | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def read() -> None:
        # The loop may have ended before the terminal did.
        with contextlib.suppress(RuntimeError, OSError):
            for line in _lines_of(sys.stdin.fileno()):
                loop.call_soon_threadsafe(lines.put_nowait, line)
            loop.call_soon_threadsafe(lines.put_nowait, None)

    threading.Thread(target=read, daemon=True).start()
    return lines


def _lines_of(descriptor: int) -> Iterator[str]:
    """The lines of a file, read without a buffer: Python waits for the lock of one when it ends."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    rest = ""
    while data := os.read(descriptor, 65536):
        *lines, rest = (rest + decoder.decode(data)).split("\n")
        for line in lines:
            yield line.removesuffix("\r")
    if rest:
        yield rest
