"""Outbox rows to their channels."""

import asyncio
from collections.abc import Mapping
from typing import Final

import msgspec

from bot import alarms
from bot.db.store import Store, StoreUnavailable
from bot.db.tx import Unit
from bot.desk import Desk
from bot.loops.worker import POLL_SECONDS, UNAVAILABLE_SECONDS, event_of, log, repeat, rest
from bot.outgoing import delivery
from bot.outgoing.delivery import Claimed
from bot.outgoing.receipts import Accepted, Journal
from bot.ticket import files
from channels.base import Channel, ChannelError, Outgoing, PermanentFailure, Receipt, Role, TemporaryFailure, TooLarge

_SENDING_LIMIT: Final = 64
_COALESCE_SECONDS: Final = 0.02
_RENEW_SECONDS: Final = 60.0


class DeliveryLoop:
    """Outbox rows to their channels: many at once, of each conversation one at a time."""

    def __init__(self, store: Store, desk: Desk, channels: Mapping[str, Channel], journal: Journal) -> None:
        self.store = store
        self.desk = desk
        self.channels = channels
        self.journal = journal
        self._awake = event_of(store, "delivery")
        self._sending: dict[asyncio.Task[None], int] = {}
        self._well: dict[str, bool] = {}
        self._stopping = False
        self._loop = asyncio.get_running_loop()
        self._renew_at = self._loop.time() + _RENEW_SECONDS
        self._looking_soon = False

    async def run(self) -> None:
        """Deliver until stopped."""
        await repeat("delivery", self._turn, until=lambda: self._stopping)

    async def _turn(self) -> None:
        self._awake.clear()
        if not await self.deliver_some():
            await self._sleep()

    async def deliver_some(self) -> bool:
        """Claim what there is room for and begin to send it; False if nothing was due."""
        if self._sending and self._loop.time() >= self._renew_at:
            self._renew_at = self._loop.time() + _RENEW_SECONDS
            await self.store.arun(delivery.renew(list(self._sending.values())))
        room = _SENDING_LIMIT - len(self._sending)
        if room <= 0:
            await asyncio.wait(self._sending, timeout=POLL_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            return True
        rows = await self.store.arun(delivery.claim(self.journal.name, room, list(self._sending.values())))
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
        while not await rest(self._awake):
            must_renew = self._sending and self._loop.time() >= self._renew_at
            if must_renew or await asyncio.to_thread(self._anything_due):
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
            unit = delivery.accepted(row, rendered, receipt, marking=self.desk.rooms)
            await self._record(unit, else_=delivery.ended(row, "sent", ""))
            self.journal.recorded(row.id)
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
        try:
            receipt = await channel.deliver(rendered, row.envelope)
        except TooLarge:
            if row.envelope.role is not Role.DESK or not outgoing.files:
                raise
            rendered = channel.render(files.left_out(outgoing), row.envelope)
            receipt = await channel.deliver(rendered, row.envelope)
        begun = receipt.thread if receipt.thread != row.envelope.thread else ""
        self.journal.accepted(Accepted(row.id, receipt.external_id, self.store.clock(), begun, receipt.link))
        return rendered, receipt

    def _with_files(self, row: Claimed) -> Outgoing:
        with self.store.read() as session:
            try:
                loaded = files.with_content(session, self.channels, row.outgoing.files)
            except LookupError as error:
                raise PermanentFailure(str(error)) from error
        return msgspec.structs.replace(row.outgoing, files=loaded)

    async def _failed(self, row: Claimed, error: ChannelError) -> None:
        step = delivery.next_step(row, error, self.store.clock(), jitter=delivery.spread())
        if step.tried:
            log.warning("delivery %s to %s: %s (%s)", row.id, row.envelope.to.address, step.error, step.state)
        await self._record(delivery.refused(self.desk, row, step), else_=delivery.ended(row, step.state, step.error))
        self.journal.recorded(row.id)
        if not step.tried:
            return
        well, self._well[row.channel] = self._well.get(row.channel), False
        if step.state != "failed" and well is not False:
            await self._record(lambda tx: alarms.raise_alarm(tx, f"delivery {row.channel}", step.error))

    async def _record(self, unit: Unit[object], *, else_: Unit[object] | None = None) -> None:
        """Write what came of a delivery, however long the database is away: forgetting it would send it twice.

        If the unit itself breaks (a rule that reacts to the failure, say), `else_` keeps at least the bare outcome.
        """
        while True:
            try:
                await self.store.arun(unit)
            except StoreUnavailable as error:
                log.warning("delivery: what was sent cannot be recorded yet: %s", error)
                await asyncio.sleep(UNAVAILABLE_SECONDS)
            except Exception:
                if else_ is None:
                    raise
                log.exception("delivery: what came of it cannot be recorded in full")
                unit, else_ = else_, None
            else:
                return
