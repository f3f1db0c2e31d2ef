"""Mail meant to hurt, through the running service: refused or taken, while other mail passes and memory is bounded."""

import io
import json
import re
import subprocess
import sys
import threading
import time
import zipfile
from base64 import encodebytes
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.intake.parsing import Parsing
from tests.support.crashing import Zygote
from tests.support.frail import Frail, Sender
from tests.support.house import House, mail, running
from tests.support.mta import answer_to, connect, hand_over, listens
from tests.support.parsers import KillsItself, NeverEnds
from tests.support.waiting import until

MAX_SIZE = 35_000_000
LONGEST_WAIT = 5.0
"""Seconds that an ordinary mail may wait for its 250 meanwhile, on a machine with two busy cores; most wait a tenth."""
MOST_MEMORY = 400_000
"""Kilobytes that the service may have held at any time, the parsing process not counted."""

HEAD = "From: {}@example.com\r\nSubject: {}\r\nMessage-ID: <{}@hostile.example.com>\r\n"


def head(name: str) -> bytes:
    return HEAD.format(name, name, name).encode()


def many_headers() -> bytes:
    return head("headers") + b"".join(b"X-Header-%d: value\r\n" % n for n in range(10_000)) + b"\r\nHello.\r\n"


def nested() -> bytes:
    opening = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(900))
    return head("nested") + b"MIME-Version: 1.0\r\n" + opening + b"Content-Type: text/plain\r\n\r\nHello.\r\n"


def zip_bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(20):
            archive.writestr(f"zeros{n}", bytes(20_000_000))
    return (
        head("bomb") + b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/plain\r\n\r\nSee the attachment.\r\n"
        b'--b\r\nContent-Type: application/zip; name="report.zip"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
        + encodebytes(packed.getvalue()).replace(b"\n", b"\r\n") + b"--b--\r\n"
    )  # fmt: skip


def long_line() -> bytes:
    return head("line") + b"\r\n" + b"x" * 30_000_000 + b"\r\n"


def nuls() -> bytes:
    return head("nuls") + b"X-Nul: \0\0\r\n\r\nHel\0lo, \0 the printer is broken.\r\n"


def no_sender() -> bytes:
    return b"Subject: nobody\r\nMessage-ID: <nobody@hostile.example.com>\r\n\r\nHello.\r\n"


HOSTILE = [many_headers, nested, zip_bomb, long_line, nuls, no_sender, bytes]


@pytest.fixture
def frail(zygote: Zygote, tmp_path: Path) -> Iterator[Frail]:
    """A desk in a process of its own that takes mails of up to 35 MB."""
    sizes = {
        "max_size = 2_000_000": f"max_size = {MAX_SIZE}",
        "bytes_in_flight = 8_000_000": "bytes_in_flight = 90_000_000",
    }
    with Frail(zygote, tmp_path, f"sqlite:///{tmp_path}/firstline.db", changes=sizes) as started:
        yield started


@pytest.mark.covers("bad:many-headers", "bad:deep-nesting", "bad:zip-bomb", "bad:huge-line")
def test_hostile_mail_hurts_nobody(frail: Frail) -> None:
    until(lambda: listens(frail.port), "the service")
    mails = {make.__name__: make() for make in HOSTILE}
    over = threading.Event()
    waits: list[float] = []
    ordinary = threading.Thread(target=send_ordinary, args=(frail.port, over, waits))
    ordinary.start()
    try:
        codes = {name: answer_to(frail.port, data, sender="eve@example.com") for name, data in mails.items()}
        codes["bounce"] = answer_to(frail.port, mails["nuls"] + b"bounce\r\n", sender="")
        frail.rest(seconds=40)
    finally:
        over.set()
        ordinary.join()
    assert all(code == 250 or 500 <= code < 600 for code in codes.values()), codes
    frail.require_alive()
    assert frail.exit_codes == []
    assert max(waits) < LONGEST_WAIT, sorted(waits)[-5:]
    assert sorted(waits)[len(waits) * 9 // 10] < LONGEST_WAIT / 10
    assert len(waits) > 10
    until(lambda: len(frail.arrived("eve@example.com")) >= 1, "the ordinary mails' acknowledgements")
    assert most_memory(frail.pid) < MOST_MEMORY
    ordinary_lane = "lane like '%ordinary%'"
    outcomes = frail.query(f"select lane, state, outcome from inbox where not {ordinary_lane} order by lane")  # noqa: S608
    assert len(outcomes) == len(codes), "each of them was taken, and each has an end"
    assert {state for _, state, _ in outcomes} <= {"done", "dead"}
    print(codes, outcomes, f"{max(waits):.3f} s at most, {most_memory(frail.pid)} kB")  # noqa: T201


@pytest.mark.covers("bad:over-size")
def test_a_mail_over_the_limit_gets_one_polite_refusal(frail: Frail) -> None:
    until(lambda: listens(frail.port), "the service")
    with connect(frail.port) as connection:
        code, words = connection.docmd(f"MAIL FROM:<eve@example.com> SIZE={MAX_SIZE + 1}")
        assert (code, words[:5]) == (552, b"5.3.4")
        assert b"Thank you" in words
        for command in ("MAIL FROM:<eve@example.com>", "RCPT TO:<help@example.org>", "DATA"):
            assert connection.docmd(command)[0] < 400
        connection.send(head("large"))
        for _ in range(37):
            connection.send(b"x" * 1_000_000)
        connection.send(b"\r\n.\r\n")
        assert connection.getreply()[0] == 552, "one answer, after all of it was read"
        assert hand_over(connection, mail("eve@example.com").as_bytes(), sender="eve@example.com") == 250, "and no more"
    frail.rest()
    assert frail.query("select count(*) from inbox") == [(1,)]
    assert most_memory(frail.pid) < MOST_MEMORY


@pytest.mark.covers("E82", "bad:parser-stuck")
@pytest.mark.parametrize(
    ("harm", "reason"),
    [(NeverEnds, "reading it took more than 3 seconds"), (KillsItself, "reading it ended the process")],
)
def test_a_mail_that_cannot_be_parsed_is_a_dead_letter_and_can_be_worked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harm: type[NeverEnds | KillsItself], reason: str
) -> None:
    monkeypatch.setattr("bot.loops.desk.Parsing", lambda: Parsing(large=2000, seconds=3))
    with running(House(tmp_path, f"sqlite:///{tmp_path}/firstline.db")) as house:
        channel = house.service.channels["email"]
        parse, channel.parse = channel.parse, harm(channel.parse, b"And then it went on.")
        house.send(mail("slow@example.com", "A long story", "And then it went on.\n" * 200))
        house.send(mail("eve@example.com"))
        house.mails_to("eve@example.com")
        house.settle()
        (letter,) = firstline(house, "inbox", "list", "--json")
        assert (letter["state"], letter["outcome"]) == ("dead", reason)
        shown = firstline(house, "inbox", "show", str(letter["id"]), "--json")
        assert "And then it went on." in shown["payload"], "nothing is lost"
        (alarm,) = firstline(house, "status", "--json", code=1)["alarms"]
        assert alarm["name"] == "dead letters"

        channel.parse = parse
        firstline(house, "inbox", "retry", str(letter["id"]))
        house.mails_to("slow@example.com")
        house.settle()
        assert firstline(house, "inbox", "list", "--json") == []


@pytest.mark.covers("bad:parser-stuck", "must:crash")
def test_a_mail_that_ends_the_whole_process_does_so_once(zygote: Zygote, tmp_path: Path) -> None:
    with Frail(zygote, tmp_path, f"sqlite:///{tmp_path}/firstline.db", poison="And then it went on.") as frail:
        sender = Sender(frail)
        sender.send(mail("slow@example.com", "A long story", "And then it went on.\n"))
        until(lambda: frail.lives == 2, "the next life")
        sender.send(mail("eve@example.com"))
        sender.close()
        until(lambda: len(frail.arrived("eve@example.com")) == 1, "the ordinary mail's acknowledgement")
        frail.rest()
        assert frail.deaths == 1
        dead = frail.query("select state, outcome from inbox where state <> 'done'")
        assert dead == [("dead", "reading it ended the process")]
        frail.require_alive()


def send_ordinary(port: int, over: threading.Event, waits: list[float]) -> None:
    """Ordinary mails, one after the other, and how long each took."""
    number = 0
    while not over.is_set():
        number += 1
        letter = mail("eve@example.com", f"Request {number}", Message_ID=f"<{number}.ordinary@example.com>").as_bytes()
        began = time.monotonic()
        assert answer_to(port, letter, sender="eve@example.com") == 250
        waits.append(time.monotonic() - began)
        over.wait(0.02)


def firstline(house: House, *arguments: str, code: int = 0) -> Any:
    """What the command prints, as JSON where it was asked for."""
    command = [str(Path(sys.executable).with_name("firstline")), "--config", str(house.folder / "config.toml")]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout) if "--json" in arguments else None


def most_memory(pid: int) -> int:
    """The peak of a process's memory, in kilobytes."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text("ascii"))
    assert found is not None
    return int(found[1])
