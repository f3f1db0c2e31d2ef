"""A desk that is killed again and again, and the world around it: senders that retry, and a sink that counts."""

import signal
import smtplib
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Self

import psycopg
from sqlalchemy import NullPool, create_engine, text

from bot.demo.stage import free_port
from bot.outgoing.receipts import read_receipts
from tests.support import databases
from tests.support.crashing import Board, Order, Zygote
from tests.support.house import AGENTS, CONFIG, HELP, mail, reply
from tests.support.sink import Sink
from tests.support.waiting import PATIENCE, until

LEASE_AND_MORE = 6 * 60.0
"""Seconds that the clock moves at every restart on a server, whose rows another process might still be sending."""

ANNA = "Anna Weber <anna@example.org>"


@dataclass(frozen=True, kw_only=True)
class Kill:
    """Where a life ends: at its n-th commit, just before it or just after it (Board.BEFORE, Board.AFTER)."""

    at: int
    when: int


class Frail:
    """The service under `plan`: each life ends as the next Kill says, None being one that is left to live.

    A mail with the words `poison` in it ends whatever process parses it. `on_forward` is told by how many seconds its
    clock was moved.
    """

    def __init__(
        self,
        zygote: Zygote,
        folder: Path,
        url: str,
        plan: Iterable[Kill | None] = (),
        *,
        changes: Mapping[str, str] | None = None,
        poison: str = "",
        on_forward: Callable[[float], None] = lambda _: None,
    ) -> None:
        self.folder = folder
        self.url = url
        self.sink = Sink()
        self.lives = 0
        self.deaths = 0
        self.sending_at_deaths = 0
        self.excused: Counter[int] = Counter()
        self.exit_codes: list[int] = []
        self.log = folder / "log"
        self._zygote = zygote
        self._changes = dict(changes or {})
        self._poison = poison
        self._on_forward = on_forward
        self._engine = create_engine(url, poolclass=NullPool)
        self._reading = threading.Lock()
        self._read = 0
        self._mails: dict[str, dict[str, tuple[str, EmailMessage]]] = {}
        self._plan: Iterator[Kill | None] = iter(plan)
        self._forward = 0.0
        self._leaving = False
        self._ended = threading.Event()
        self._error: BaseException | None = None

    @property
    def embedded(self) -> bool:
        return self.url.startswith("sqlite")

    @property
    def pid(self) -> int:
        """The running process."""
        return self._zygote.pid

    def __enter__(self) -> Self:
        self.sink.__enter__()
        self.port = free_port()
        config = CONFIG.format(folder=self.folder / "var", url=self.url, relay_port=self.sink.port) + AGENTS
        path = self.folder / "config.toml"
        for old, new in {**self._changes, "port = 0": f"port = {self.port}"}.items():
            config = config.replace(old, new)
        path.write_text(config, encoding="utf-8")
        databases.make_ready(self.url)
        self.board = Board(self.folder / "board")
        self._zygote.on_death = self._died
        self._begin()
        return self

    def __exit__(self, *_: object) -> None:
        self._leaving = True
        end = time.monotonic() + PATIENCE
        while not self._ended.wait(0.05):  # the next life may have been ordered, and not be there to be killed
            self.kill()
            assert time.monotonic() < end, "the service did not end"
        self.sink.__exit__()

    def kill(self) -> None:
        """SIGKILL, now."""
        self._zygote.end(signal.SIGKILL)

    def arrived(self, address: str, subject: str = "") -> list[EmailMessage]:
        """The different mails that the sink has for an address under a subject that contains these words."""
        with self._reading:
            for received in self.sink.messages[self._read :]:
                self._read += 1
                mails = self._mails.setdefault(received.recipients[0], {})
                mails.setdefault(received.message_id, (received.subject, received.message))
            return [mail for whole, mail in self._mails.get(address, {}).values() if subject in whole]

    def kill_at(self, nth: int, when: int) -> None:
        """SIGKILL at the n-th commit or receipt from now, once the desk has nothing to do any more."""
        before = -1

        def still() -> bool:
            nonlocal before
            was, before = before, self.board.commits
            time.sleep(0.03)
            return was == self.board.commits > 0

        until(still, "the desk to stand still")
        self.board.kill_at(nth, when)

    def stop(self) -> int:
        """SIGTERM, and the exit code that follows."""
        self._leaving = True
        until(lambda: self._zygote.pid, "a process to end")
        self._zygote.end(signal.SIGTERM)
        assert self._ended.wait(40), "the service did not end"
        return self.exit_codes[-1]

    def query(self, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        """Ask the database, from outside."""
        with self._engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(sql), values)]

    def rest(self, seconds: float = PATIENCE) -> None:
        """Wait until nothing is left to do."""
        left: list[tuple[Any, ...]] = []

        def at_rest() -> bool:
            nonlocal left
            self.require_alive()
            left = self._left()
            return not left

        try:
            until(at_rest, "the desk to come to rest", seconds)
        except TimeoutError:
            raise AssertionError((left, self.log.read_text("utf-8")[-5000:])) from None
        self.require_alive()

    def _left(self) -> list[tuple[Any, ...]]:
        """What is left to do."""
        inbox = self.query("select id, outcome, attempts from inbox where state = 'new'")
        unfinished = "state in ('queued', 'sending', 'unsure')"
        return inbox + self.query(f"select id, notice, state, due_at, attempts, error from delivery where {unfinished}")  # noqa: S608

    def _begin(self) -> None:
        kill = next(self._plan, None) or Kill(at=0, when=Board.BEFORE)
        self.board.begin(kill.at, kill.when)
        self.lives += 1
        config, log, board = str(self.folder / "config.toml"), str(self.log), str(self.folder / "board")
        order = Order(config=config, log=log, board=board, forward=self._forward, poison=self._poison)
        self._zygote.order(order)

    def _died(self, code: int) -> None:
        """In the zygote's thread: count what was under way, and begin again at once."""
        try:
            self.exit_codes.append(code)
            self.deaths += code == -signal.SIGKILL
            if not self._leaving:
                sending = self._sending()
                self.sending_at_deaths += len(sending)
                self.excused.update(sending - self._noted())
        except BaseException as error:  # noqa: BLE001  raised where the test looks
            self._error = error
            self._leaving = True
        if self._leaving:
            self._ended.set()
            return
        if not self.embedded:
            self._forward += LEASE_AND_MORE
            self._on_forward(LEASE_AND_MORE)
        self._begin()

    def _noted(self) -> set[int]:
        """The rows that the dead process knew to be accepted."""
        journals = (self.folder / "var").glob("receipts-*")
        left = [receipt for journal in journals for receipt in read_receipts(journal.read_bytes())]
        return {receipt.id for receipt in left}

    def _sending(self) -> set[int]:
        """The rows that were under way as far as the database knows."""
        if self.embedded:
            with sqlite3.connect(self.folder / "firstline.db") as connection:
                return {row[0] for row in connection.execute("select id from delivery where state = 'sending'")}
        with psycopg.connect(self.url.replace("+psycopg", ""), autocommit=True) as server:
            others = (
                "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
            )
            until(lambda: server.execute(others).fetchall() == [(0,)], "the dead process's sessions to end")
            return {row[0] for row in server.execute("select id from delivery where state = 'sending'")}

    def require_alive(self) -> None:
        """Raise what went wrong in the watching thread; a service that ended by itself is a failure too."""
        if self._error is not None:
            raise self._error
        assert set(self.exit_codes) <= {-signal.SIGKILL}, self.log.read_text("utf-8")[-5000:]


class Sender:
    """A mail server that has mail for us: it tries again, with the same bytes, until it gets its 250."""

    def __init__(self, frail: Frail) -> None:
        self.frail = frail
        self.tries = 0
        self._connection: smtplib.SMTP | None = None

    def send(self, message: EmailMessage, to: str = HELP) -> None:
        data = message.as_bytes(policy=policy.SMTP)
        sender = message["From"].addresses[0].addr_spec
        end = time.monotonic() + 4 * PATIENCE  # it may meet one death after the other
        while not self._attempt(sender, to, data):
            self.frail.require_alive()
            assert time.monotonic() < end, "the desk never took the mail"
            time.sleep(0.01)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _attempt(self, sender: str, to: str, data: bytes) -> bool:
        self.tries += 1
        try:
            if self._connection is None:
                self._connection = smtplib.SMTP("127.0.0.1", self.frail.port, timeout=PATIENCE)
            self._connection.sendmail(sender, [to], data)
        except (smtplib.SMTPResponseException, smtplib.SMTPServerDisconnected, OSError) as error:
            self.close()
            if 500 <= getattr(error, "smtp_code", 421) < 600:
                raise
            return False
        return True


class Story:
    """One request: acknowledged, shown to the tier, answered, and answered back; five mails of ours in all."""

    def __init__(self, frail: Frail, number: int) -> None:
        self.frail = frail
        self.requester = f"ada{number}@example.com"
        self.ids = [f"<{number}.{turn}@example.com>" for turn in ("request", "answer", "thanks")]
        self._number = number
        self._subject = f"Printer {number:04} is broken"

    def play(self) -> None:
        sender = Sender(self.frail)
        try:
            request = mail(f"Ada {self._number} <{self.requester}>", self._subject, Message_ID=self.ids[0])
            sender.send(request)
            (card,) = self._waited("anna@example.org", 1)
            answer = reply(card, "Have you switched it on?", sender=ANNA)
            self._send_as(sender, answer, self.ids[1], str(answer["To"]))
            _, said = self._waited(self.requester, 2)
            again = reply(said, "Yes, I have, and it is still broken.", sender=f"Ada <{self.requester}>")
            self._send_as(sender, again, self.ids[2], str(again["To"]))
        finally:
            sender.close()

    def _send_as(self, sender: Sender, message: EmailMessage, message_id: str, to: str) -> None:
        del message["Message-ID"]
        message["Message-ID"] = message_id
        sender.send(message, to.rpartition("<")[2].rstrip(">"))

    def _waited(self, address: str, count: int) -> list[EmailMessage]:
        """What of this story has arrived at an address, as soon as there are so many."""

        def enough() -> list[EmailMessage]:
            self.frail.require_alive()
            mails = self.frail.arrived(address, self._subject)
            return mails if len(mails) >= count else []

        return until(enough, f"{count} mails to {address} of {self._subject!r}")


def play_all(frail: Frail, stories: Iterable[Story], *, at_once: int) -> None:
    """Play stories in so many threads; raises the first error."""
    waiting = iter(stories)
    lock = threading.Lock()
    errors: list[BaseException] = []

    def work() -> None:
        try:
            while not errors:
                with lock:
                    story = next(waiting, None)
                if story is None:
                    return
                story.play()
        except BaseException as error:  # noqa: BLE001  raised below
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(at_once)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    frail.rest()


def check(frail: Frail, stories: Iterable[Story], shape: "Shape | None" = None) -> int:
    """Nothing is missing, nothing is doubled and nothing broke; returns how many mails arrived twice."""
    log = frail.log.read_text("utf-8")
    assert " ERROR " not in log, log[-5000:]
    for story in stories:
        found = Shape.of(frail, story)
        assert shape is None or found == shape, f"{found} is not as undisturbed: {shape}"
    rows = frail.query("select recipient, external_id, state, id from delivery")
    assert {row[2] for row in rows} == {"sent"}
    wanted = Counter((recipient, external_id.strip("<>")) for recipient, external_id, *_ in rows)
    assert max(wanted.values()) == 1, "two deliveries of one message to one recipient"
    arrived = Counter((received.recipients[0], received.message_id) for received in frail.sink.messages)
    assert set(arrived) == set(wanted)
    assert len({received.content for received in frail.sink.messages}) == len(wanted), "a repeat differs"
    repeats = arrived - wanted
    excused = Counter(
        {(recipient, external_id.strip("<>")): frail.excused[row_id] for recipient, external_id, _, row_id in rows}
    )
    assert repeats <= excused, "a repeat of what was known to be accepted"
    return repeats.total()


@dataclass(frozen=True)
class Shape:
    """All that a story leaves behind, without what differs between two of them: numbers, times and names."""

    inbox: tuple[tuple[Any, ...], ...]
    messages: tuple[tuple[Any, ...], ...]
    ticket: tuple[tuple[Any, ...], ...]
    events: tuple[tuple[Any, ...], ...]
    audit: tuple[tuple[Any, ...], ...]
    spans: tuple[tuple[Any, ...], ...]
    deliveries: tuple[tuple[Any, ...], ...]

    @classmethod
    def of(cls, frail: Frail, story: Story) -> "Shape":
        ids = [message_id.strip("<>") for message_id in story.ids]
        found = frail.query(
            "select m.external_id, m.ticket_id, m.inbox_id from message m"
            " where trim(m.external_id, '<>') in (:a, :b, :c) order by m.id",
            a=ids[0], b=ids[1], c=ids[2],
        )  # fmt: skip
        assert [row[0].strip("<>") for row in found] == ids, "each accepted mail is one message"
        (ticket,) = {row[1] for row in found}
        assert len({row[2] for row in found}) == len(ids), "each has its own inbox row"

        def ask(sql: str) -> tuple[tuple[Any, ...], ...]:
            return tuple(frail.query(sql, ticket=ticket))

        recipient = f"case when recipient = '{story.requester}' then 'requester' else recipient end"
        return cls(
            inbox=ask("select state, outcome from inbox where ticket_id = :ticket order by id"),
            messages=ask("select kind, role from message where ticket_id = :ticket order by id"),
            ticket=ask("select status, priority, tier from ticket where id = :ticket"),
            events=ask("select name, depth from event where ticket_id = :ticket order by id"),
            audit=ask("select action from audit_entry where ticket_id = :ticket order by id"),
            spans=ask("select status, ended_at is null from span where ticket_id = :ticket order by id"),
            deliveries=ask(f"select {recipient} as recipient, notice, state from delivery where ticket_id = :ticket"  # noqa: S608
                           " order by recipient, notice"),
        )  # fmt: skip
