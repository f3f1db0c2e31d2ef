"""The loops that keep the desk going. They are the only places that catch everything: they record it and go on."""

import asyncio
import logging
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from datetime import timedelta
from typing import Final, TypeVar

import msgspec

from bot import alarms, delivery, files, inbox, jobs
from bot.cause import Cause
from bot.db.store import Store, StoreUnavailable
from bot.db.tx import Tx, Unit
from bot.delivery import Claimed
from bot.desk import Desk
from bot.duties import DUTIES
from bot.inbox import Waiting
from bot.parsing import Parsing
from bot.react import react
from bot.reception import look_up, take_in
from channels.base import Channel, ChannelError, Incoming, Outgoing, Receipt, TemporaryFailure, Unparseable

T = TypeVar("T")
Parsed = tuple[Waiting, Incoming | str]
log = logging.getLogger("firstline")
POLL_SECONDS: Final = 1.0
_DESK_BATCH: Final = 16
_JOB_BATCH: Final = 50
_SENDING_LIMIT: Final = 32
_COALESCE_SECONDS: Final = 0.02
_RENEW_SECONDS: Final = 60.0
_UNAVAILABLE_SECONDS: Final = 2.0


class Worker:
    """A thread that works until nothing is left, then sleeps until it is woken or a second has passed."""

    name = "worker"

    def __init__(self, store: Store) -> None:
        self.store = store
        self._awake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
        store.on_wake(self.name, self._awake.set)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self) -> None:
        """Finish what is claimed and end."""
        self._stopping = True
        self._awake.set()
        self._thread.join()

    def work(self) -> bool:
        """Do what is there to do; True if there may be more at once."""
        raise NotImplementedError

    def _run(self) -> None:
        while not self._stopping:
            self._awake.clear()
            try:
                if self.work():
                    continue
            except StoreUnavailable as error:
                log.warning("%s: the database is not available: %s", self.name, error)
                self._awake.wait(_UNAVAILABLE_SECONDS)
            except Exception:
                log.exception("%s: unexpected error", self.name)
            self._awake.wait(POLL_SECONDS)


class DeskLoop(Worker):
    """Inbox rows to tickets. While one batch is written, the next is read and parsed."""

    name = "desk"

    def __init__(self, store: Store, desk: Desk, channels: Mapping[str, Channel]) -> None:
        super().__init__(store)
        self.desk = desk
        self.channels = channels
        self.parsing = Parsing()
        self._written: tuple[list[Parsed], Future[None]] | None = None

    def stop(self) -> None:
        """Finish the claimed rows, and end the parsing process."""
        super().stop()
        self.parsing.close()

    def work(self) -> bool:
        """Read and parse a batch of rows, of each lane the oldest; then see to the batch before."""
        with self.store.read() as session:
            rows = inbox.waiting(session, _DESK_BATCH, without=self._being_written())
        parsed = self._parse_all(rows)
        freed = self._written is not None
        self._see_to_written()
        if parsed:
            self._written = parsed, self.store.submit(_take_in_all(self.desk, parsed))
        return bool(parsed) or freed

    def _being_written(self) -> list[int]:
        return [row.id for row, _ in self._written[0]] if self._written else []

    def _see_to_written(self) -> None:
        if self._written is None:
            return
        (parsed, future), self._written = self._written, None
        try:
            future.result()
        except StoreUnavailable:
            raise
        except Exception:
            log.warning("a batch broke; its rows are worked one by one", exc_info=True)
            self._one_by_one(parsed)

    def _one_by_one(self, parsed: list[Parsed]) -> None:
        """One of a batch broke it: find out which, and bury it."""
        for row, incoming in parsed:
            try:
                self.store.run(_take_in_all(self.desk, [(row, incoming)]))
            except StoreUnavailable:
                raise
            except Exception as error:
                log.exception("inbox %s could not be taken in", row.id)
                why = f"{type(error).__name__}: {error}"
                self.store.run(lambda tx, row=row, why=why: _bury(tx, row, why))  # type: ignore[misc]

    def _parse_all(self, rows: list[Waiting]) -> list[Parsed]:
        """Each row with its message, or with the reason why there is none."""
        known = [row for row in rows if row.raw.channel in self.channels]
        answers = self.parsing.parse_all([(self.channels[row.raw.channel].parse, row.raw) for row in known])
        parsed: dict[int, Incoming | str] = {}
        for row, answer in zip(known, answers, strict=True):
            parsed[row.id] = answer if isinstance(answer, Incoming) else _why_not(row, answer)
        return [(row, parsed.get(row.id, f"there is no channel {row.raw.channel!r}")) for row in rows]


def _why_not(row: Waiting, error: Exception) -> str:
    if isinstance(error, Unparseable):
        return str(error)
    log.error("inbox %s could not be parsed", row.id, exc_info=error)
    return f"{type(error).__name__}: {error}"


def _take_in_all(desk: Desk, parsed: list[Parsed]) -> Unit[None]:
    """A unit that works a batch of rows, in their order."""

    def unit(tx: Tx) -> None:
        held = inbox.claim(tx, [row.id for row, _ in parsed])
        look_up(tx, [(row.raw.channel, incoming) for row, incoming in parsed if isinstance(incoming, Incoming)])
        for row, incoming in parsed:
            if row.id not in held:
                continue
            if isinstance(incoming, str):
                _bury(tx, row, incoming)
                continue
            cause = Cause(tx, desk, row.cause)
            outcome = take_in(cause, row.id, row.raw.channel, incoming)
            react(cause)
            inbox.finish(tx, row.id, "dead" if outcome.dead else "done", outcome.what, outcome.ticket_id)

    return unit


def _bury(tx: Tx, row: Waiting, why: str) -> None:
    inbox.finish(tx, row.id, "dead", why)
    alarms.raise_alarm(tx, "dead letters", f"inbox {row.id} ({row.raw.channel}) could not be taken in: {why}")


class JobLoop(Worker):
    """Due jobs."""

    name = "jobs"

    def __init__(self, store: Store, desk: Desk) -> None:
        super().__init__(store)
        self.desk = desk

    def work(self) -> bool:
        """Do the jobs that are due, the oldest first."""
        with self.store.read() as session:
            due = jobs.due(session, self.store.clock(), _JOB_BATCH)
        for job in due:
            try:
                self.store.run(self._unit(job))
            except StoreUnavailable:
                raise
            except Exception as error:
                log.exception("job %s (%s) failed", job.id, job.kind)
                self.store.run(self._failed(job, f"{type(error).__name__}: {error}"))
        return bool(due)

    def _unit(self, job: jobs.Due) -> Unit[None]:
        def unit(tx: Tx) -> None:
            if jobs.claim(tx, job.id):
                cause = Cause(tx, self.desk, f"job:{job.id}", root=job.root, depth=job.depth)
                DUTIES[job.kind](cause, job.arguments)
                react(cause)

        return unit

    def _failed(self, job: jobs.Due, why: str) -> Unit[None]:
        def unit(tx: Tx) -> None:
            if jobs.failed(tx, job.id, why, tx.now + timedelta(minutes=1)):
                alarms.raise_alarm(tx, f"job {job.kind}", f"job {job.id} was given up: {why}")

        return unit


class DeliveryLoop:
    """Outbox rows to their channels: many at once, of each conversation one at a time."""

    def __init__(self, store: Store, desk: Desk, channels: Mapping[str, Channel]) -> None:
        self.store = store
        self.desk = desk
        self.channels = channels
        self._awake = asyncio.Event()
        self._sending: dict[asyncio.Task[None], int] = {}
        self._well: dict[str, bool] = {}
        self._stopping = False
        self._loop = loop = asyncio.get_running_loop()
        self._renew_at = loop.time() + _RENEW_SECONDS
        self._looking_soon = False
        store.on_wake("delivery", lambda: _wake(loop, self._awake))

    async def run(self) -> None:
        """Deliver until stopped."""
        while not self._stopping:
            self._awake.clear()
            try:
                if not await self.deliver_some():
                    await self._sleep()
            except StoreUnavailable as error:
                log.warning("delivery: the database is not available: %s", error)
                await asyncio.sleep(_UNAVAILABLE_SECONDS)
            except Exception:
                log.exception("delivery: unexpected error")
                await asyncio.sleep(POLL_SECONDS)

    async def deliver_some(self) -> bool:
        """Claim what there is room for and begin to send it; False if nothing was due."""
        if self._sending and self._loop.time() >= self._renew_at:
            self._renew_at = self._loop.time() + _RENEW_SECONDS
            await self._run(delivery.renew(list(self._sending.values())))
        room = _SENDING_LIMIT - len(self._sending)
        if room < _SENDING_LIMIT // 2:
            await asyncio.wait(self._sending, timeout=POLL_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            return True
        rows = await self._run(delivery.claim(room, list(self._sending.values())))
        for row in rows:
            task = asyncio.create_task(self._deliver(row))
            self._sending[task] = row.id
            task.add_done_callback(self._done)
        return bool(rows)

    def stop(self) -> None:
        """Claim no more; `run` returns."""
        self._stopping = True
        self._awake.set()

    async def drain(self) -> None:
        """Wait for what is being sent."""
        if self._sending:
            await asyncio.wait(self._sending)

    def _done(self, task: asyncio.Task[None]) -> None:
        row_id = self._sending.pop(task)
        if not self._looking_soon:
            self._looking_soon = True
            self._loop.call_later(_COALESCE_SECONDS, self._look_again)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("delivery %s: what came of it could not be recorded", row_id, exc_info=error)

    def _look_again(self) -> None:
        """What waited behind the deliveries that are done now may be due."""
        self._looking_soon = False
        self._awake.set()

    async def _sleep(self) -> None:
        while True:
            try:
                await asyncio.wait_for(self._awake.wait(), POLL_SECONDS)
            except TimeoutError:
                if self._loop.time() >= self._renew_at or await asyncio.to_thread(self._anything_due):
                    return
            else:
                return

    def _anything_due(self) -> bool:
        with self.store.read() as session:
            return delivery.waits(session, self.store.clock())

    async def _deliver(self, row: Claimed) -> None:
        try:
            rendered, receipt = await self._send(row)
        except ChannelError as error:
            await self._failed(row, error)
        except Exception as error:
            log.exception("delivery %s: unexpected error", row.id)
            await self._failed(row, TemporaryFailure(f"{type(error).__name__}: {error}"))
        else:
            await self._record(delivery.accepted(row, rendered, receipt))
            if not self._well.get(row.channel):
                self._well[row.channel] = True
                await self._record(lambda tx: alarms.clear_alarm(tx, f"delivery {row.channel}"))

    async def _send(self, row: Claimed) -> tuple[bytes, Receipt]:
        channel = self.channels.get(row.channel)
        if channel is None:
            msg = f"there is no channel {row.channel!r}; add it to the configuration"
            raise TemporaryFailure(msg)
        if row.unsure:
            found = await channel.find(row.envelope)
            if found is not None:
                return b"", found
        outgoing = await asyncio.to_thread(self._with_files, row) if row.outgoing.files else row.outgoing
        rendered = channel.render(outgoing, row.envelope)
        return rendered, await channel.deliver(rendered, row.envelope)

    def _with_files(self, row: Claimed) -> Outgoing:
        with self.store.read() as session:
            loaded = tuple(files.with_content(session, self.channels, file) for file in row.outgoing.files)
        return msgspec.structs.replace(row.outgoing, files=loaded)

    async def _failed(self, row: Claimed, error: ChannelError) -> None:
        step = delivery.next_step(row, error, self.store.clock(), jitter=delivery.spread())
        log.warning("delivery %s to %s: %s (%s)", row.id, row.envelope.to.address, step.error, step.state)
        await self._record(delivery.refused(self.desk, row, step))
        well, self._well[row.channel] = self._well.get(row.channel), False
        if step.state != "failed" and well is not False:
            await self._record(lambda tx: alarms.raise_alarm(tx, f"delivery {row.channel}", step.error))

    async def _record(self, unit: Unit[object]) -> None:
        """Write what came of a delivery, however long the database is away: forgetting it would send it twice."""
        while True:
            try:
                await self._run(unit)
            except StoreUnavailable as error:
                log.warning("delivery: what was sent cannot be recorded yet: %s", error)
                await asyncio.sleep(_UNAVAILABLE_SECONDS)
            else:
                return

    async def _run(self, unit: Unit[T]) -> T:
        return await self.store.arun(unit)


def _wake(loop: asyncio.AbstractEventLoop, event: asyncio.Event) -> None:
    loop.call_soon_threadsafe(event.set)
