"""Two real processes on one database: each mail is worked once, both work, and when one dies the other goes on."""

import smtplib
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from bot.config import load_config
from bot.outgoing.receipts import read_receipts
from bot.wiring import open_store
from tests.support.dovecot import Dovecot
from tests.support.house import mail
from tests.support.mta import connect, hand_over
from tests.support.process import Process, with_mailbox
from tests.support.sink import Sink
from tests.support.waiting import until
from tests.support.wire import Wire

pytestmark = [pytest.mark.timeout(150), pytest.mark.postgres]
NAMES = ("North", "South")
MAILS = 120


class Pair:
    """Both of them, the database they share, and the sink behind."""

    def __init__(self, url: str, sink: Sink, processes: list[Process], folder: Path) -> None:
        self.sink = sink
        self.processes = processes
        self.folder = folder
        self.database = psycopg.connect(url.replace("+psycopg", ""), autocommit=True)

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        return self.database.execute(sql.encode()).fetchall()

    def at_rest(self) -> bool:
        waiting = "select 1 from inbox where state = 'new'"
        under_way = "select 1 from delivery where state in ('queued', 'sending', 'unsure')"
        return not self.rows(f"{waiting} union all {under_way}")

    def send_all(self, number: int = MAILS) -> list[threading.Thread]:
        """Hand mails to both, from four senders that take the other where one does not answer."""
        senders = [threading.Thread(target=self._send, args=(range(n, number, 4), n)) for n in range(4)]
        for sender in senders:
            sender.start()
        return senders

    def _send(self, numbers: range, first: int) -> None:
        for number in numbers:
            letter = mail(f"ada{number}@example.com", f"Request {number}", Message_ID=f"<{number}@example.com>")
            turn = first + number

            def taken(data: bytes = letter.as_bytes()) -> bool:
                nonlocal turn
                turn += 1
                try:
                    with connect(self.processes[turn % 2].port) as connection:
                        return hand_over(connection, data, sender=f"ada{number}@example.com") == 250  # noqa: B023
                except (smtplib.SMTPException, OSError):
                    return False

            until(taken, "a mail to be taken", seconds=30)

    def who_worked(self) -> Counter[str]:
        """How many of the requests each process took in: it signs the acknowledgement with its desk's name."""
        said = self.rows("select convert_from(outgoing, 'UTF8') from delivery where notice = 'acknowledgement'")
        return Counter(name for (outgoing,) in said for name in NAMES if name in str(outgoing))

    def check(self) -> Counter[tuple[str, str]]:
        """Nothing is missing and nothing was worked twice; returns what arrived more than once."""
        assert self.rows("select count(*), count(distinct requester_id) from ticket") == [(MAILS, MAILS)]
        assert self.rows("select state, count(*) from inbox group by state") == [("done", MAILS)]
        wanted = {
            (str(recipient), str(external_id).strip("<>"))
            for recipient, external_id in self.rows("select recipient, external_id from delivery where state = 'sent'")
        }
        assert len(wanted) == 3 * MAILS
        arrived = Counter((received.recipients[0], received.message_id) for received in self.sink.messages)
        assert set(arrived) == wanted
        return arrived - Counter(wanted)


@pytest.fixture
def pair(postgres_database: str, tmp_path: Path) -> Iterator[Pair]:
    with Sink() as sink:
        processes = [Process(tmp_path, postgres_database, sink, name) for name in NAMES]
        open_store(load_config(processes[0].path), upgrade=True).close()
        with processes[0], processes[1]:
            both = Pair(postgres_database, sink, processes, tmp_path)
            yield both
            both.database.close()


@pytest.mark.covers("must:crash")
def test_a_mailbox_is_read_by_one_and_by_the_other_when_that_is_killed(
    postgres_database: str, tmp_path: Path, dovecot: Dovecot
) -> None:
    user = f"help-{uuid4().hex[:12]}"
    letters = [mail("Ada <ada@example.com>", f"Request {number}").as_bytes() for number in range(2)]
    dovecot.put(user, letters[0])
    with Sink() as sink, Wire(dovecot.port) as north, Wire(dovecot.port) as south, ExitStack() as stack:
        wires = (north, south)
        boxes = [with_mailbox(wire.port, user) for wire in wires]
        processes = [
            Process(tmp_path, postgres_database, sink, name, more=box) for name, box in zip(NAMES, boxes, strict=True)
        ]
        open_store(load_config(processes[0].path), upgrade=True).close()
        for process in processes:
            stack.enter_context(process)
        both = Pair(postgres_database, sink, processes, tmp_path)
        stack.callback(both.database.close)
        until(lambda: both.rows("select count(*) from ticket") == [(1,)], "the first mail to be a ticket", seconds=30)
        reader = next(number for number, wire in enumerate(wires) if user.encode() in wire.heard)
        assert user.encode() not in wires[1 - reader].heard
        processes[reader].kill()
        killed = time.monotonic()
        dovecot.put(user, letters[1])
        until(lambda: user.encode() in wires[1 - reader].heard, "the other to read", seconds=30)
        assert time.monotonic() - killed < 10
        until(lambda: both.rows("select count(*) from ticket") == [(2,)], "the second to be a ticket", seconds=30)
        until(lambda: dovecot.count(user) == 0, "both to be put away", seconds=30)


@pytest.mark.covers("must:crash")
def test_both_work_and_each_mail_is_worked_once(pair: Pair) -> None:
    for sender in pair.send_all():
        sender.join()
    until(pair.at_rest, "both to come to rest", seconds=60)
    assert not pair.check()
    worked = pair.who_worked()
    assert worked.total() == MAILS
    assert min(worked[name] for name in NAMES) >= MAILS / 10, worked
    assert " ERROR " not in "".join(process.log() for process in pair.processes)


@pytest.mark.covers("must:crash")
def test_when_one_is_killed_the_other_takes_over_what_it_had(pair: Pair) -> None:
    north, south = pair.processes
    senders = pair.send_all()
    until(lambda: pair.who_worked()["North"] >= 10, "both to be at work", seconds=60)
    north.kill()
    noted = {
        receipt.external_id.strip("<>")
        for journal in (pair.folder / "var").glob("receipts-*")
        for receipt in read_receipts(journal.read_bytes())
    }
    for sender in senders:
        sender.join()
    began = time.monotonic()
    until(pair.at_rest, "the other to take over", seconds=60)
    print(f"all was done {time.monotonic() - began:.1f} s after the last mail")  # noqa: T201
    repeats = pair.check()
    assert not noted & {message_id for _, message_id in repeats}, "what was accepted is not sent again"
    assert pair.who_worked().total() == MAILS
    assert " ERROR " not in south.log()
