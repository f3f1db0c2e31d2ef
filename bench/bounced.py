"""What is read from the notices of mail systems that send no RFC 3464 report, beside flufl.bounce.

The set is `tests/channels/email/notices.toml`, written before the reader was tried on it.
"""

import logging
import time
import tomllib
from collections.abc import Callable, Iterable
from email import message_from_bytes
from pathlib import Path
from typing import NamedTuple

from bench.plan import Plan
from bench.report import Aim, Figure, Report
from channels.base import Bounce
from channels.email.parse import MailParser
from channels.email.settings import ParseSettings

NAME = "bounced"
NOTICES = Path(__file__).parent.parent / "tests" / "channels" / "email" / "notices.toml"
RECIPIENT = "joe@example.com"


class Notice(NamedTuple):
    """A notice as it came, and what it says."""

    payload: bytes
    bounce: Bounce


def measure(plan: Plan) -> Report:
    found = labelled()
    address = Figure(what="right address, %", aim=Aim(limit=1, at_least=True, to="flufl.bounce"))
    action = Figure(what="and failed or delayed, %", aim=Aim(limit=1, at_least=True, to="flufl.bounce"))
    status = Figure(what="and status, %", aim=Aim(limit=95, at_least=True))
    spent = Figure(what="time for a notice, ms")
    readers = {"flufl.bounce": library, "firstline": ours()}
    for number in range(1, plan.rounds + 1):
        for name, reader in readers.items():
            plan.say(f"{NAME}: round {number} of {plan.rounds}, {name}")
            begun = time.process_time()
            read = [reader(notice.payload) for notice in found]
            spent.note(name, (time.process_time() - begun) * 1e3 / len(found))
            pairs = list(zip(read, (notice.bounce for notice in found), strict=True))
            address.note(name, _percent([b.address for b in got] == [said.address] for got, said in pairs))
            action.note(
                name,
                _percent([(b.address, b.action) for b in got] == [(said.address, said.action)] for got, said in pairs),
            )
            status.note(name, _percent(got == [said] for got, said in pairs))
    return Report(
        name=NAME,
        about=f"{len(found)} notices in words: whom they are about, and what happened (flufl.bounce gives no status)",
        contestants=list(readers),
        figures=[address, action, status, spent],
        judged=True,
    )


def _percent(right: Iterable[bool]) -> float:
    verdicts = list(right)
    return 100 * sum(verdicts) / len(verdicts)


def labelled() -> list[Notice]:
    """The set as mails."""
    with NOTICES.open("rb") as file:
        rows = tomllib.load(file)["notice"]
    return [Notice(_mail(row), Bounce(address=RECIPIENT, action=row["action"], status=row["status"])) for row in rows]


def _mail(row: dict[str, str]) -> bytes:
    return (
        f"Return-Path: <>\nFrom: {row['from']}\nTo: help@example.org\nSubject: {row['subject']}\n"
        f"Content-Type: text/plain; charset=utf-8\n\n{row['text']}"
    ).encode()


def library(payload: bytes) -> list[Bounce]:
    from flufl.bounce import all_failures

    logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)
    delayed, failed = all_failures(message_from_bytes(payload))
    return [
        Bounce(address=address.decode("ascii", "replace"), action=action, status="")
        for action, addresses in (("failed", failed), ("delayed", delayed))
        for address in sorted(addresses)
    ]


def ours() -> Callable[[bytes], list[Bounce]]:
    parser = MailParser(ParseSettings(addresses=("help@example.org",)))
    return lambda payload: list(parser.mail(payload).bounces)
