"""`firstline check`: whether the desk can work as it is configured, and with whom it talks, whether they let it."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final

from bot import control, operations
from bot.config import Config, ConfigError
from bot.db import trigrams
from bot.db.lock import Held
from bot.db.store import Store, StoreUnavailable
from bot.desk import Desk
from bot.errors import NotDone
from bot.ids import id_before
from bot.intake.pace import Pace
from bot.judging.books import build_books, last_good
from bot.serve import taking
from bot.wiring import build_channels, build_desk, build_hours, open_store
from channels.base import Channel, ChannelError, Check, Checker, Raw

_LOOK_EVERY: Final = 0.2
Find = Callable[[str, int], Any]
"""Asks for the newest message in a lane with an id beyond that number: `inbox.find`."""


def offline(config: Config) -> list[Check]:
    """The configuration, its rule books, the database; nothing is made or changed, and nobody is called."""
    return [
        _tried("configuration", lambda: build_channels(config), f"{config.path} can be used"),
        _books(config),
        _database(config),
    ]


async def online(config: Config, seconds: float) -> list[Check]:
    """Log in everywhere, send a message to ourselves on each channel and wait so many seconds until it is back."""
    found: list[Check] = []
    async with _intake(config, found) as (channels, find):
        for channel in channels:
            if isinstance(channel, Checker):
                logins = await channel.check()
                found += logins
                if all(login.state != "bad" for login in logins):
                    found += await _probe(channel, find, seconds)
    return found


def _tried(name: str, does: Callable[[], object], said: str) -> Check:
    try:
        does()
    except ConfigError as error:
        return Check(name=name, state="bad", said=str(error))
    return Check(name=name, state="good", said=said)


def _books(config: Config) -> Check:
    found = _tried("books", lambda: (build_hours(config), build_books(config)), "rules, hours and promises can be used")
    if found.state == "bad" and _has_last_good(config):
        meanwhile = "until that is put right, the books run that were in force last"
        return Check(name=found.name, state="bad", said=f"{found.said}\n{meanwhile}")
    return found


def _has_last_good(config: Config) -> bool:
    """Whether the desk can start, though its books do not load."""
    file = control.database_file(config)
    if file is not None and not file.exists():
        return False
    try:
        store = open_store(config, upgrade=False)
    except ConfigError:
        return False
    try:
        with store.read() as session:
            return last_good(session, config) is not None
    except StoreUnavailable:
        return False
    finally:
        store.close()


def _database(config: Config) -> Check:
    file = control.database_file(config)
    if file is not None and not file.exists():
        said = f"{file} does not exist yet; the first start makes it"
        return Check(name="database", state="note", said=said)
    said = "it has the schema of this version"
    try:
        store = open_store(config, upgrade=False)
    except ConfigError as error:
        return Check(name="database", state="bad", said=str(error))
    try:
        with store.read() as session:
            if trigrams.missing(session):
                return Check(name="database", state="note", said=f"{said}; {trigrams.MISSING}")
    except StoreUnavailable as error:
        return Check(name="database", state="bad", said=str(error))
    finally:
        store.close()
    return Check(name="database", state="good", said=said)


async def _probe(channel: Checker, find: Find, seconds: float) -> list[Check]:
    name = f"check{secrets.token_hex(6)}"
    after = id_before(60_000)  # a minute: the other process may have another clock
    try:
        lane = await channel.send_probe(name)
    except ChannelError as error:
        return [Check(name="way out", state="bad", said=str(error))]
    if not lane:
        return []
    try:
        async with asyncio.timeout(seconds):
            row = await _wait_for(find, lane, after)
    except TimeoutError:
        what = f"a mail to ourselves was sent and not back within {seconds:g} seconds"
        said = f"{what}; look into the mailbox, its junk folder, and whether the mail server takes plus-addresses"
        return [Check(name="way back", state="bad", said=said)]
    except (NotDone, StoreUnavailable) as error:
        return [Check(name="way back", state="bad", said=str(error))]
    header = (row["header"] + "\r\n\r\n").encode()
    raw = Raw(channel="", key="", lane=lane, payload=header, received_at=datetime.now(UTC), meta=row["meta"])
    return channel.look_at_probe(raw, name)


async def _wait_for(find: Find, lane: str, after: int) -> Any:  # noqa: ANN401  JSON
    while True:
        row = await asyncio.to_thread(find, lane, after)
        if row is not None:
            return row
        await asyncio.sleep(_LOOK_EVERY)


@asynccontextmanager
async def _intake(config: Config, found: list[Check]) -> AsyncIterator[tuple[list[Channel], Find]]:
    """The channels, and what is taken in meanwhile: by the process that serves, or by us into its database.

    What we take in for others while we listen stays in the inbox, and the next start works it.
    """
    channels = list(build_channels(config).values())
    async with AsyncExitStack() as stack:
        for channel in channels:
            stack.push_async_callback(channel.close)
        try:
            stack.enter_context(control.writing(config))
        except Held:
            yield channels, lambda lane, after: control.call_serving(config, "inbox.find", lane=lane, after=after)
        else:
            yield channels, await stack.enter_async_context(_listening(config, channels, found))


@asynccontextmanager
async def _listening(config: Config, channels: list[Channel], found: list[Check]) -> AsyncIterator[Find]:
    alone = control.database_file(config) is not None
    store = open_store(config, upgrade=alone)
    try:
        desk = await store.arun(lambda tx: build_desk(config, tx))
        listeners = [await _listener(channel, store, found, alone=alone) for channel in channels]
        try:
            yield lambda lane, after: store.run(_find(desk, lane, after))
        finally:
            for listener in listeners:
                listener.cancel()
            await asyncio.gather(*listeners, return_exceptions=True)
    finally:
        store.close()


def _find(desk: Desk, lane: str, after: int) -> Any:  # noqa: ANN401  a unit of JSON
    return operations.unit(desk, "inbox.find", {"lane": lane, "after": after})


async def _listener(channel: Channel, store: Store, found: list[Check], *, alone: bool) -> asyncio.Task[None]:
    """Listen once it can. Where others serve the same database, they may have the address already."""
    task = asyncio.create_task(channel.listen(taking(store, Pace())))
    ready = asyncio.create_task(channel.ready.wait())
    await asyncio.wait([task, ready], return_when=asyncio.FIRST_COMPLETED)
    ready.cancel()
    if task.done() and isinstance(error := task.exception(), OSError) and alone:
        found.append(Check(name="way in", state="bad", said=str(error)))
    return task
