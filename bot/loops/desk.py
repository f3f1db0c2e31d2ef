"""Inbox rows to tickets."""

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from bot import alarms
from bot.cause import Cause
from bot.db.store import Store, StoreUnavailable
from bot.db.tx import Tx, Unit
from bot.desk import Desk
from bot.intake import inbox, oldmail
from bot.intake.inbox import Waiting
from bot.intake.lanes import lanes
from bot.intake.parsing import Answer, Parsing, Question
from bot.intake.received import NAMELESS, Outcome
from bot.intake.reception import let_through, look_up, take_in
from bot.judging.react import react
from bot.loops.worker import Worker, log
from channels.base import Channel, Incoming, Unparseable

Parsed = tuple[Waiting, Incoming | str]
_BATCH: Final = 24
_BUSY: Final = 4
_PAUSE_SECONDS: Final = 0.02
_AHEAD_BYTES: Final = 16_000_000


class DeskLoop(Worker):
    """Inbox rows to tickets, a batch at a time.

    `rushing` asks it to write nothing now; it may then read and parse up to `ahead` rows, fewer if they are large.
    `elsewhere` says that another process does all this, and `busy` is called when several rows wait.

    A payload may have ended the process that parsed it. So what waited when this one started (`left_over` is the newest
    of that), or when the second one ended, and dead letters that are worked again, are parsed apart; that needs no note
    in the database before each parse.
    """

    name = "desk"

    def __init__(
        self,
        store: Store,
        desk: Desk,
        channels: Mapping[str, Channel],
        rushing: Callable[[], bool] = lambda: False,
        *,
        ahead: int = 0,
        left_over: int = -1,
    ) -> None:
        super().__init__(store)
        self.rushing = rushing
        self.elsewhere: Callable[[], bool] = lambda: False
        self.busy: Callable[[], None] = lambda: None
        self.desk = desk
        self.channels = channels
        self.parsing = Parsing()
        self.lanes = lanes(store)
        self.left_over = left_over
        self._ahead = ahead
        self._parsed: deque[Parsed] = deque()

    def start(self) -> None:
        """Begin to work. Raises StoreUnavailable."""
        if self.left_over < 0:
            self.suspect()
        super().start()

    def suspect(self) -> None:
        """What waits now may have ended a process: parse it apart."""
        with self.store.read() as session:
            self.left_over = inbox.newest_waiting(session)

    def stop(self) -> None:
        """Finish the claimed rows, and end the parsing process."""
        super().stop()
        self.parsing.close()
        self.lanes.let_go_all()

    def work(self) -> bool:
        """Take in some rows, of each lane the oldest; in a rush only read and parse what comes next."""
        if self.elsewhere():
            self._forget()
            return False
        try:
            return self._work()
        except BaseException:
            self._forget()
            raise

    def _forget(self) -> None:
        """What was read and cannot be worked now is left to whoever looks next."""
        self._parsed.clear()
        self.lanes.let_go_all()

    def _work(self) -> bool:
        if self.rushing():
            self.busy()
            if not self._read(self._ahead):
                time.sleep(_PAUSE_SECONDS)
            return True
        self._read(_BATCH)
        batch = [self._parsed.popleft() for _ in range(min(_BATCH, len(self._parsed)))]
        if not batch:
            self.parsing.rest()
            return False
        return self._take_in(batch)

    def _read(self, most: int) -> int:
        """Read and parse a batch of the oldest rows that are not here yet, while there are fewer than `most`."""
        if len(self._parsed) >= most or sum(len(row.raw.payload) for row, _ in self._parsed) > _AHEAD_BYTES:
            return 0
        rows = self.lanes.waiting(_BATCH, [row.id for row, _ in self._parsed])
        if len(rows) >= _BUSY:
            self.busy()
        self._parsed.extend(self._parse_all(rows))
        return len(rows)

    def _take_in(self, batch: list[Parsed]) -> bool:
        """Work a batch, or as much of it as others let us; whether any row was done here, and not elsewhere."""
        left: list[Parsed] = []
        try:
            worked = self.store.run(_take_in_all(self.desk, batch))
            left = batch[worked.looked_at :]
            self._parsed.extendleft(reversed(left))
        except StoreUnavailable:
            raise
        except Exception:
            log.warning("a batch broke; its rows are worked one by one", exc_info=True)
            self._one_by_one(batch)
            return True
        finally:
            self.lanes.let_go(row for row, _ in batch[: len(batch) - len(left)])
        return worked.held > 0

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
                self.store.run(_bury_waiting(row, why))

    def _parse_all(self, rows: list[Waiting]) -> list[Parsed]:
        """Each row with its message, or with the reason why there is none."""
        suspects = [row for row in rows if self._is_suspect(row)]
        others = [row for row in rows if not self._is_suspect(row)]
        parsed = self._parse(suspects, self.parsing.parse_apart) | self._parse(others, self.parsing.parse_all)
        return [(row, parsed.get(row.id, f"there is no channel {row.raw.channel!r}")) for row in rows]

    def _is_suspect(self, row: Waiting) -> bool:
        return row.id <= self.left_over or row.attempts > 0

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


class _Worked(NamedTuple):
    """How many rows of a batch a unit came to, and how many of those it had hold of."""

    looked_at: int
    held: int


def _take_in_all(desk: Desk, parsed: list[Parsed]) -> Unit[_Worked]:
    """A unit that works a batch of rows, in their order; those that are left when others wait stay."""

    def unit(tx: Tx) -> _Worked:
        held = inbox.claim(tx, [row.id for row, _ in parsed])
        look_up(tx, desk, [(row.raw.channel, incoming) for row, incoming in parsed if isinstance(incoming, Incoming)])
        held_up: set[str] = set()
        for number, (row, incoming) in enumerate(parsed, 1):
            if row.id in held and row.raw.lane not in held_up and _finish(tx, desk, row, incoming) == inbox.EARLY:
                held_up.add(row.raw.lane)
            if tx.awaited():
                return _Worked(number, sum(one.id in held for one, _ in parsed[:number]))
        return _Worked(len(parsed), len(held))

    return unit


def _finish(tx: Tx, desk: Desk, row: Waiting, incoming: Incoming | str) -> str:
    """Work a row and record what became of it. Returns its state."""
    if isinstance(incoming, str):
        return _bury(tx, row, incoming)
    outcome = _worked(tx, desk, row, incoming)
    if outcome is NAMELESS:
        return _bury(tx, row, outcome.what)
    inbox.finish(tx, row.id, outcome.state, outcome.what, outcome.ticket_id, outcome.fingerprint)
    if outcome.forgotten:
        inbox.forget(tx, row.id)
    return outcome.state


def _worked(tx: Tx, desk: Desk, row: Waiting, incoming: Incoming) -> Outcome:
    if oldmail.is_old(row):
        return oldmail.take_over(oldmail.cause_of(tx, desk, row), row, incoming)
    cause = Cause(tx, desk, row.cause)
    cause.channel = row.raw.channel
    outcome = (let_through if row.released else take_in)(cause, row.id, incoming)
    react(cause)
    return outcome


def _bury_waiting(row: Waiting, why: str) -> Unit[None]:
    """A unit that buries a row, unless another process could work it meanwhile."""

    def unit(tx: Tx) -> None:
        if inbox.claim(tx, [row.id]):
            _bury(tx, row, why)

    return unit


def _bury(tx: Tx, row: Waiting, why: str) -> str:
    inbox.finish(tx, row.id, "dead", why)
    alarms.raise_alarm(tx, alarms.DEAD_LETTERS, f"inbox {row.id} ({row.raw.channel}) could not be taken in: {why}")
    return "dead"
