"""One process of the desk: listeners, loops, and an orderly end."""

import asyncio
import logging
import signal
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from bot import control
from bot.config import Config, ConfigError
from bot.db.lock import Held, control_socket
from bot.db.store import Clock, Store, StoreUnavailable
from bot.desk import Desk
from bot.intake import inbox
from bot.intake.pace import Pace
from bot.intake.sharing import sharing
from bot.loops.books import BooksLoop
from bot.loops.catchup import CatchUpLoop
from bot.loops.delivery import DeliveryLoop
from bot.loops.desk import DeskLoop
from bot.loops.estate import EstateLoop
from bot.loops.fetching import FetchingLoop
from bot.loops.heartbeat import HeartbeatLoop
from bot.loops.indexing import IndexingLoop
from bot.loops.jobs import JobLoop
from bot.loops.process import DeskProcess
from bot.loops.projections import ProjectionLoop
from bot.loops.roster import RosterLoop
from bot.outgoing import delivery
from bot.outgoing.receipts import Journal
from bot.runtime import tune
from bot.talk.answers import DeskAnswers
from bot.wiring import build_channels, build_desk, open_store
from channels.base import Answering, Channel, Dividable, IntakeUnavailable, Raw, Take

log = logging.getLogger("firstline")
_LARGE: Final = 1_000_000  # bytes from which on compressing a payload would keep everybody else waiting
_DRAIN_SECONDS: Final = 20.0


class Service:
    """The running desk. With two `processes` a second one works the inbox while much comes in."""

    def __init__(self, config: Config, *, clock: Clock | None = None, processes: int = 1) -> None:
        self.config = config
        self._processes = processes
        self.channels: Mapping[str, Channel] = build_channels(config)
        self._clock = clock
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Begin an orderly end."""
        self._stopping.set()

    async def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """Serve until `stop`; `ready` is called once every listener is open. Raises ConfigError if it cannot start."""
        database = control.database_file(self.config)
        try:
            with control.writing(self.config):
                await self._run(database, ready)
        except Held as error:
            what = f"another process uses {database}; stop it first, or use another database"
            raise ConfigError(f"{self.config.path}: database.url: {what}") from error

    async def _run(self, database: Path | None, ready: Callable[[], None]) -> None:
        store = open_store(self.config, upgrade=database is not None, clock=self._clock)
        try:
            desk = await store.arun(lambda tx: build_desk(self.config, tx))
            with closing(_open_journal(self.config)) as journal:
                await EstateLoop(store, journal).settle()
                if database is not None:
                    await store.arun(delivery.recover)
                await self._serve(store, desk, journal, ready)
        finally:
            store.close()

    async def _serve(self, store: Store, desk: Desk, journal: Journal, ready: Callable[[], None]) -> None:
        """Work, and obey commands meanwhile where no other process can."""
        database = control.database_file(self.config)
        server = await control.serve_control(control_socket(database), store, desk) if database else None
        try:
            await self._work(store, desk, journal, ready)
        finally:
            if server is not None and database is not None:
                server.close()
                control.remove_socket(control_socket(database))

    async def _work(self, store: Store, desk: Desk, journal: Journal, ready: Callable[[], None]) -> None:
        pace = Pace()
        desk_loop, job_loop = DeskLoop(store, desk, self.channels, pace.rushing), JobLoop(store, desk)
        process = DeskProcess(self.config, store, desk_loop, pace.rushing) if self._processes > 1 else None
        books_loop = BooksLoop(store, desk)
        delivery_loop = DeliveryLoop(store, desk, self.channels, journal)
        sources = sharing(store)
        for channel in self.channels.values():
            if isinstance(channel, Dividable):
                channel.divide(sources.is_ours)
            if isinstance(channel, Answering):
                channel.answer_with(DeskAnswers(store, desk))
        catch_up_loop = CatchUpLoop(store, desk, self.channels)
        await catch_up_loop.begin()
        listeners = [
            asyncio.create_task(channel.listen(taking(store, pace)), name=f"listen {name}")
            for name, channel in self.channels.items()
        ]
        delivering = asyncio.create_task(delivery_loop.run(), name="delivery")
        showing = asyncio.create_task(ProjectionLoop(store, self.channels).run(), name="projections")
        fetching = asyncio.create_task(FetchingLoop(store, self.channels).run(), name="fetching")
        catching_up = asyncio.create_task(catch_up_loop.run(), name="catch-up")
        settling = asyncio.create_task(EstateLoop(store, journal).run(), name="estate")
        rostering = asyncio.create_task(RosterLoop(store, desk, self.channels).run(), name="roster")
        watching = asyncio.create_task(HeartbeatLoop(store, self.channels).run(), name="heartbeat")
        putting_in = asyncio.create_task(IndexingLoop(store).run(), name="indexing")
        desk_loop.start()
        job_loop.start()
        books_loop.start()
        try:
            await self._listening(listeners)
            ready()
            stopping = asyncio.create_task(self._stopping.wait())
            await asyncio.wait([stopping, *listeners], return_when=asyncio.FIRST_COMPLETED)
            _raise_first(listeners)
        finally:
            await _end(listeners)
            await asyncio.to_thread(sources.close)
            if process is not None:
                await asyncio.to_thread(process.close)
            await asyncio.to_thread(desk_loop.stop)
            await asyncio.to_thread(job_loop.stop)
            await asyncio.to_thread(books_loop.stop)
            delivery_loop.stop()
            with suppress(TimeoutError):
                async with asyncio.timeout(_DRAIN_SECONDS):
                    await asyncio.wait([delivering])
                    await delivery_loop.drain()
            await _end([delivering, showing, fetching, catching_up, settling, rostering, watching, putting_in])
            for channel in self.channels.values():
                await channel.close()

    async def _listening(self, listeners: list[asyncio.Task[None]]) -> None:
        """Wait until every listener is open; raise what kept one from it."""
        for channel in self.channels.values():
            opening = asyncio.create_task(channel.ready.wait())
            await asyncio.wait([opening, *listeners], return_when=asyncio.FIRST_COMPLETED)
            opening.cancel()
            _raise_first(listeners)


def taking(store: Store, pace: Pace) -> Take:
    """What channels hand received things to: it returns after the commit."""

    async def take(raw: Raw) -> bool:
        pace.note()
        try:
            unit = await asyncio.to_thread(inbox.put, raw) if len(raw.payload) > _LARGE else inbox.put(raw)
            return await store.arun(unit)
        except StoreUnavailable as error:
            log.warning("nothing can be taken in: %s", error)
            raise IntakeUnavailable(str(error)) from error

    return take


def run(config: Config, ready: Callable[[Service], None]) -> None:
    """Serve until SIGTERM or SIGINT. Raises ConfigError."""

    async def main() -> None:
        service = Service(config, processes=2)
        tune()
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, service.stop)
        await service.run(lambda: ready(service))

    asyncio.run(main())


def _open_journal(config: Config) -> Journal:
    folder = Path(config.desk.data)
    try:
        return Journal(folder)
    except OSError as error:
        msg = f"{config.path}: desk.data: {folder} cannot be written ({error.strerror}); make the folder writable"
        raise ConfigError(msg) from error


def _raise_first(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        if task.done() and not task.cancelled() and (error := task.exception()) is not None:
            if isinstance(error, OSError):
                raise ConfigError(str(error)) from error
            raise error


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
