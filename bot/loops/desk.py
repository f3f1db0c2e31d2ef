"""Inbox rows to tickets."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import Final

from bot import alarms, inbox
from bot.cause import Cause
from bot.db.store import Store, StoreUnavailable
from bot.db.tx import Tx, Unit
from bot.desk import Desk
from bot.inbox import Waiting
from bot.loops.worker import Worker, log
from bot.parsing import Answer, Parsing, Question
from bot.react import react
from bot.reception import let_through, look_up, take_in
from channels.base import Channel, Incoming, Unparseable

Parsed = tuple[Waiting, Incoming | str]
_BATCH: Final = 32
_PAUSE_SECONDS: Final = 0.02


class DeskLoop(Worker):
    """Inbox rows to tickets. While one batch is written, the next is read and parsed.

    A payload may have ended the process that parsed it. So what waited when this one started, and dead letters that
    are worked again, are parsed apart; that needs no note in the database before each parse.
    """

    name = "desk"

    def __init__(
        self, store: Store, desk: Desk, channels: Mapping[str, Channel], rushing: Callable[[], bool] = lambda: False
    ) -> None:
        super().__init__(store)
        self.rushing = rushing
        self.desk = desk
        self.channels = channels
        self.parsing = Parsing()
        self._written: tuple[list[Parsed], Future[int]] | None = None
        self._left_over = 0

    def start(self) -> None:
        """Begin to work. Raises StoreUnavailable."""
        with self.store.read() as session:
            self._left_over = inbox.newest_waiting(session)
        super().start()

    def stop(self) -> None:
        """Finish the claimed rows, and end the parsing process."""
        super().stop()
        self.parsing.close()

    def work(self) -> bool:
        """Read and parse a batch of rows, of each lane the oldest; then see to the batch before."""
        if self.rushing():
            time.sleep(_PAUSE_SECONDS)
            return True
        with self.store.read() as session:
            rows = inbox.waiting(session, _BATCH, without=self._being_written())
        parsed = self._parse_all(rows)
        done = self._see_to_written()
        if parsed:
            self._written = parsed, self.store.submit(_take_in_all(self.desk, parsed))
        elif done is None:
            self.parsing.rest()
        return bool(parsed) if done is None else done > 0

    def _being_written(self) -> list[int]:
        return [row.id for row, _ in self._written[0]] if self._written else []

    def _see_to_written(self) -> int | None:
        """How many rows of the batch before were done here, not in another process; None if there was no batch."""
        if self._written is None:
            return None
        (parsed, future), self._written = self._written, None
        try:
            return future.result()
        except StoreUnavailable:
            raise
        except Exception:
            log.warning("a batch broke; its rows are worked one by one", exc_info=True)
            self._one_by_one(parsed)
            return len(parsed)

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
        suspects = [row for row in rows if self._is_suspect(row)]
        others = [row for row in rows if not self._is_suspect(row)]
        parsed = self._parse(suspects, self.parsing.parse_apart) | self._parse(others, self.parsing.parse_all)
        return [(row, parsed.get(row.id, f"there is no channel {row.raw.channel!r}")) for row in rows]

    def _is_suspect(self, row: Waiting) -> bool:
        return row.id <= self._left_over or row.attempts > 0

    def _parse(
        self, rows: list[Waiting], parse: Callable[[Sequence[Question]], list[Answer]]
    ) -> dict[int, Incoming | str]:
        known = [row for row in rows if row.raw.channel in self.channels]
        answers = parse([(self.channels[row.raw.channel].parse, row.raw) for row in known])
        return {
            row.id: answer if isinstance(answer, Incoming) else _why_not(row, answer)
            for row, answer in zip(known, answers, strict=True)
        }


def _why_not(row: Waiting, error: Exception) -> str:
    if isinstance(error, Unparseable):
        return str(error)
    log.error("inbox %s could not be parsed", row.id, exc_info=error)
    return f"{type(error).__name__}: {error}"


def _take_in_all(desk: Desk, parsed: list[Parsed]) -> Unit[int]:
    """A unit that works a batch of rows, in their order; its result is how many of them it had hold of."""

    def unit(tx: Tx) -> int:
        held = inbox.claim(tx, [row.id for row, _ in parsed])
        look_up(tx, desk, [(row.raw.channel, incoming) for row, incoming in parsed if isinstance(incoming, Incoming)])
        for row, incoming in parsed:
            if row.id not in held:
                continue
            if isinstance(incoming, str):
                _bury(tx, row, incoming)
                continue
            cause = Cause(tx, desk, row.cause)
            outcome = (let_through if row.released else take_in)(cause, row.id, row.raw.channel, incoming)
            react(cause)
            inbox.finish(tx, row.id, outcome.state, outcome.what, outcome.ticket_id, outcome.fingerprint)
        return len(held)

    return unit


def _bury(tx: Tx, row: Waiting, why: str) -> None:
    inbox.finish(tx, row.id, "dead", why)
    alarms.raise_alarm(tx, alarms.DEAD_LETTERS, f"inbox {row.id} ({row.raw.channel}) could not be taken in: {why}")
