"""The second process, which works the inbox while much comes in: it is there in time, can die, and outlives nobody."""

import logging
import os
import resource
import signal
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from bot.config import Config, DatabaseSettings, DeskSettings
from bot.loops.desk import DeskLoop
from bot.loops.process import DeskProcess
from bot.wiring import build_desk, open_store
from tests.support.crashing import Zygote
from tests.support.frail import Frail
from tests.support.house import mail
from tests.support.mta import connect, hand_over, listens
from tests.support.waiting import until

MAILS = 120
LATER = 48
CONNECTIONS = 12


@pytest.mark.covers("must:crash")
def test_a_busy_desk_is_worked_by_a_second_process(zygote: Zygote, tmp_path: Path) -> None:
    with Frail(zygote, tmp_path, f"sqlite:///{tmp_path}/firstline.db") as frail:
        second = busy(frail)
        pour(frail, "late", LATER)
        every_mail_is_answered_once(frail)
        assert frail.stop() == 0
        assert not alive(second)
        assert "Traceback" not in frail.log.read_text("utf-8")


@pytest.mark.covers("must:crash")
def test_its_death_is_noted_and_stops_nothing(zygote: Zygote, tmp_path: Path) -> None:
    with Frail(zygote, tmp_path, f"sqlite:///{tmp_path}/firstline.db") as frail:
        os.kill(busy(frail), signal.SIGKILL)
        pour(frail, "late", LATER)
        every_mail_is_answered_once(frail)
        assert "the second process ended with -9" in frail.log.read_text("utf-8")
        assert frail.stop() == 0


@pytest.mark.covers("must:crash")
def test_it_ends_with_the_first_and_what_it_left_is_worked_after_the_next_start(zygote: Zygote, tmp_path: Path) -> None:
    with Frail(zygote, tmp_path, f"sqlite:///{tmp_path}/firstline.db") as frail:
        second = busy(frail)
        pour(frail, "late", LATER)
        frail.kill()
        until(lambda: not alive(second), "the second process to end")
        until(lambda: frail.lives > 1 and frail.pid, "the next start")
        every_mail_is_answered_once(frail, at_least=True)
        assert frail.stop() == 0


TAG = '[[trigger]]\nname = "Tag"\non = ["ticket.opened"]\nthen = [{{ do = "add_tag", tag = "{}" }}]\n'


@pytest.mark.covers("must:books-change")
def test_it_works_by_books_that_changed_meanwhile(zygote: Zygote, tmp_path: Path) -> None:
    book = tmp_path / "own.toml"
    book.write_text(TAG.format("old"), encoding="utf-8")
    own = {"[database]": f'[rules]\nbooks = ["{book}"]\n\n[database]'}
    with Frail(zygote, tmp_path, f"sqlite:///{tmp_path}/firstline.db", changes=own) as frail:
        busy(frail)
        book.write_text(TAG.format("new"), encoding="utf-8")
        until(lambda: frail.log.read_text("utf-8").count("the books have changed") == 2, "both processes to see it")
        pour(frail, "late", LATER)
        every_mail_is_answered_once(frail)
        assert frail.query("select tag, count(*) from ticket_tag group by tag order by tag") == [
            ("new", LATER),
            ("old", MAILS),
        ]
        assert frail.stop() == 0


def test_a_system_without_room_for_it_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    database = DatabaseSettings(url=f"sqlite:///{tmp_path}/firstline.db")
    config = Config(desk=DeskSettings(data=str(tmp_path)), database=database)
    store = open_store(config, upgrade=True)
    try:
        desk = store.run(lambda tx: build_desk(config, tx))
        process = DeskProcess(config, store, DeskLoop(store, desk, {}), lambda: False)
        with caplog.at_level(logging.WARNING), no_more_files():
            process.want()
            process.want()
        assert [record.message for record in caplog.records if "no second process" in record.message] == [
            "much comes in, and no second process can be started: [Errno 24] Too many open files"
        ], "it is not tried again at once"
        assert not process.active
        process.close()
    finally:
        store.close()


@contextmanager
def no_more_files() -> Iterator[None]:
    """This process can open no more files."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest_free = os.dup(0)
    os.close(lowest_free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def busy(frail: Frail) -> int:
    """The process that a first lot of mails calls for, once it is up."""
    until(lambda: frail.pid, "the service")
    pour(frail, "early", MAILS)
    until(lambda: "worked by a second process" in frail.log.read_text("utf-8"), "the second process")
    return next(pid for pid in children(frail.pid) if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes())


def pour(frail: Frail, name: str, mails: int) -> None:
    """Many mails over many connections."""
    until(lambda: listens(frail.port), "the service")
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(partial(pour_one, frail.port, name, mails), range(CONNECTIONS)))


def pour_one(port: int, name: str, mails: int, first: int) -> None:
    with connect(port) as connection:
        for number in range(first, mails, CONNECTIONS):
            sender = f"{name}{number}@example.com"
            letter = mail(sender, Message_ID=f"<{name}.{number}@example.com>").as_bytes()
            assert hand_over(connection, letter, sender=sender) == 250


def every_mail_is_answered_once(frail: Frail, *, at_least: bool = False) -> None:
    poured = (("early", MAILS), ("late", LATER))
    senders = [f"{name}{number}@example.com" for name, mails in poured for number in range(mails)]
    until(lambda: all(frail.arrived(sender) for sender in senders), "every answer")
    assert frail.query("select count(*) from ticket") == [(len(senders),)]
    assert all(len(frail.arrived(sender)) == 1 for sender in senders)
    if not at_least:
        sent = Counter(received.recipients[0] for received in frail.sink.messages)
        assert [sent[sender] for sender in senders] == [1] * len(senders)


def children(pid: int) -> list[int]:
    return [
        int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()
    ]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
