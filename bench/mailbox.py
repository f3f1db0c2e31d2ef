"""How many mails a second are taken in from a mailbox, beside the same mails by SMTP."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

from bench.load import DESK
from bench.mails import mails
from bench.plan import Plan
from bench.report import Aim, Figure, Report
from bench.rig import Rig, rig
from bench.subjects import FIRSTLINE, BenchError, Place, Subject, firstline
from bench.throughput import CONNECTIONS
from tests.support import dovecot
from tests.support.dovecot import PASSWORD, Dovecot

NAME = "mailbox"
SMTP, MAILBOX = "by SMTP", "by IMAP"
USER = DESK.decode()
STOCK = "Stock"
LIMIT = 180.0
LOOK_SECONDS = 0.005
CONFIG = """
[[email.mailbox]]
host = "127.0.0.1"
port = {port}
tls = "none"
username = "{user}"
password = "{password}"
"""


def measure(plan: Plan) -> Report:
    if dovecot.program() is None:
        raise BenchError("Dovecot is not installed")
    taken = Figure(what="mails taken in a second", aim=Aim(limit=0.9, at_least=True, to=SMTP))
    cpu = Figure(what="CPU a mail, answer delivered, ms")
    for number in range(1, plan.rounds + 1):
        plan.say(f"{NAME}: round {number} of {plan.rounds}, {SMTP}")
        with rig(FIRSTLINE, plan.folder) as running:
            running.warm_up(plan.warm_up)
            passage = running.load("burst", plan.mails, connections=CONNECTIONS)
        taken.note(SMTP, passage.accepted_per_second)
        cpu.note(SMTP, passage.cpu_per_mail * 1000)
        plan.say(f"{NAME}: round {number} of {plan.rounds}, {MAILBOX}")
        with _server() as server, rig(_reading(server), plan.folder) as running:
            _bring(server, "warm", plan.warm_up)
            running.wait_for_answers("warm", plan.warm_up)
            taken_per_second, seconds = _take(running, server, plan.mails)
        taken.note(MAILBOX, taken_per_second)
        cpu.note(MAILBOX, seconds / plan.mails * 1000)
    return Report(
        name=NAME,
        about=f"{plan.mails} mails at once, over {CONNECTIONS} connections or in one mailbox of Dovecot",
        contestants=[SMTP, MAILBOX],
        figures=[taken, cpu],
        judged=plan.judged,
    )


@contextmanager
def _server() -> Iterator[Dovecot]:
    with dovecot.running() as server:
        with server.session(USER) as client:
            client.create(STOCK)
        yield server


def _reading(server: Dovecot) -> Subject:
    box = CONFIG.format(port=server.port, user=USER, password=PASSWORD)

    def command(place: Place) -> list[str]:
        return firstline(place, "serve", more=box)

    return Subject(name="firstline", command=command)


def _bring(server: Dovecot, run: str, count: int) -> None:
    """Have the mails of a run in the inbox all at once: they are put into another folder first."""
    server.put(USER, *(mail.message for mail in mails(run, count)), folder=STOCK)
    with server.session(USER, STOCK) as client:
        client.uid("MOVE", "1:*", "INBOX")


def _take(running: Rig, server: Dovecot, count: int) -> tuple[float, float]:
    """Mails taken in a second, and the CPU seconds of all until each is answered.

    The time goes from the first that is in the desk's inbox to the last: how long the mail server waits before it tells
    of new mail is not ours.
    """
    cpu = running.settled_cpu()
    with closing(sqlite3.connect(f"file:{running.place.folder}/firstline.db?mode=ro", uri=True)) as database:
        before = _received(database)
        _bring(server, "burst", count)
        first, begun = _wait_for(database, before + 1)
        last, ended = _wait_for(database, before + count)
    running.wait_for_answers("burst", count)
    if left := server.count(USER):
        raise BenchError(f"{left} mails were not put away")
    return (last - first) / (ended - begun), running.settled_cpu() - cpu


def _wait_for(database: sqlite3.Connection, count: int) -> tuple[int, float]:
    """How many mails there are once there are at least so many, and when that was seen."""
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        if (found := _received(database)) >= count:
            return found, time.monotonic()
        time.sleep(LOOK_SECONDS)
    raise BenchError(f"{count} mails were not taken in within {LIMIT:g} s")


def _received(database: sqlite3.Connection) -> int:
    count: int = database.execute("SELECT count(*) FROM inbox").fetchone()[0]
    return count
