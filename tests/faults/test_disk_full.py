"""The disk fills up in the middle of a group of mails: what is not stored is not acknowledged, and it goes on later."""

import logging
import os
import secrets
import shutil
import subprocess
import threading
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator
from email import policy
from pathlib import Path

import pytest
from sqlalchemy import event

from bot import control
from tests.support.house import House, mail, running
from tests.support.mta import connect, hand_over

MAILS = 40


class Disk(ABC):
    """Where the database is, and how it fills up."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @abstractmethod
    def fill(self, house: House) -> None:
        """Leave room for a few mails only."""

    @abstractmethod
    def empty(self) -> None:
        """Make room."""


class PageLimit(Disk):
    """SQLite's own limit: the writer gets a real SQLITE_FULL from the next page on, wherever in a group that is."""

    _ROOM = 150
    _full = False
    _limit = 0

    def fill(self, house: House) -> None:
        self._full = True
        event.listen(house.store.engine, "checkout", self._set_limit)

    def empty(self) -> None:
        self._full = False

    def _set_limit(self, connection: object, *_: object) -> None:
        execute = connection.execute  # type: ignore[attr-defined]
        self._limit = self._limit or execute("PRAGMA page_count").fetchone()[0] + self._ROOM
        execute(f"PRAGMA max_page_count = {self._limit if self._full else 2**30}")


class SmallDisk(Disk):
    """A file system of 24 MB with a large file on it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        subprocess.run(["/bin/mount", "-t", "tmpfs", "-o", "size=24m", "firstline-test", folder], check=True)

    def fill(self, _: House) -> None:
        free = shutil.disk_usage(self.folder).free
        (self.folder / "filler").write_bytes(bytes(free - 600_000))

    def empty(self) -> None:
        (self.folder / "filler").unlink()

    def unmount(self) -> None:
        subprocess.run(["/bin/umount", "--lazy", self.folder], check=True)


def can_mount() -> bool:
    """Whether this container lets us have a small disk; SQLite's own limit is tried everywhere."""
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        return False
    inside = ["unshare", "--mount", "mount", "-t", "tmpfs", "firstline-test", "/mnt"]
    return subprocess.run(inside, check=False, capture_output=True).returncode == 0


@pytest.fixture(params=["page limit", *(["small disk"] if can_mount() else [])])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    """A disk that can be filled."""
    if request.param == "page limit":
        yield PageLimit(tmp_path)
        return
    small = SmallDisk(tmp_path)
    yield small
    small.unmount()


@pytest.mark.covers("must:disk-full")
def test_what_is_not_stored_is_not_acknowledged(disk: Disk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "firstline")
    with running(House(disk.folder, f"sqlite:///{disk.folder}/firstline.db")) as house:
        house.send(mail("first@example.com"))
        house.mails_to("first@example.com")
        house.settle()
        mails = {f"ada{n}@example.com": letter(n) for n in range(MAILS)}
        disk.fill(house)
        answers = send_all(house, mails)
        assert set(answers.values()) == {250, 451}, Counter(answers.values())
        assert "nothing can be taken in: database or disk is full" in caplog.text

        def refused() -> dict[str, bytes]:
            return {address: data for address, data in mails.items() if answers[address] != 250}

        def alarms() -> list[dict[str, str]]:
            """A write that still finds room ends the alarm, until the next one finds none."""
            answers.update(send_all(house, refused()))
            found: list[dict[str, str]] = control.call(house.config(), "status")["alarms"]
            return found

        (alarm,) = house.wait_until(alarms, "the alarm")
        assert (alarm["name"], alarm["detail"]) == ("database", "database or disk is full")

        disk.empty()
        late = send_all(house, refused())
        assert set(late.values()) == {250}, "work goes on without a restart"
        for address in mails:
            house.mails_to(address)
        house.settle()
        assert control.call(house.config(), "status")["alarms"] == []
        tickets = house.ask("status")["open_tickets"]
        assert tickets == 1 + MAILS, "every accepted mail is one ticket"
        arrived = Counter((received.recipients[0], received.message_id) for received in house.sink.messages)
        assert set(arrived.values()) == {1}
        assert len(arrived) == 3 * (1 + MAILS), "an acknowledgement, and a card for each agent of the tier"


def letter(number: int) -> bytes:
    """A mail of 60 KB that does not shrink."""
    return mail(f"ada{number}@example.com", f"Request {number}", "Hello.\n" + secrets.token_hex(30_000)).as_bytes(
        policy=policy.SMTP
    )


def send_all(house: House, mails: dict[str, bytes]) -> dict[str, int]:
    """Send mails over several connections at once; returns the answers by sender."""
    answers: dict[str, int] = {}
    waiting = iter(mails.items())
    lock = threading.Lock()

    def work() -> None:
        with connect(house.smtp_port) as connection:
            while True:
                with lock:
                    sender, data = next(waiting, ("", b""))
                if not sender:
                    return
                answers[sender] = hand_over(connection, data, sender=sender)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
