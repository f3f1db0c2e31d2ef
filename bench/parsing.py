"""What it costs to read an ordinary mail of 5 KB, beside the email package of the standard library.

Firstline does the whole of it: headers, body, HTML made safe and into text, the new words, the language.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import Message

from bench.mails import mails
from bench.plan import Plan
from bench.report import Aim, Figure, Report
from channels.email.intake import raw_mail
from channels.email.parse import MailParser
from channels.email.settings import ParseSettings

NAME = "parsing"
_DESK = "help@example.org"
LEAST = 4_000
"""Bytes of a mail from which on it counts as ordinary: those of two parts, of about 5 KB."""


def measure(plan: Plan) -> Report:
    payloads = [mail.message for mail in mails(NAME, plan.mails) if len(mail.message) >= LEAST]
    spent = Figure(what="CPU a mail, ms", aim=Aim(limit=1))
    readers: dict[str, Callable[[bytes], object]] = {"compat32": _plain, "policy.default": _modern, "firstline": ours()}
    for reader in readers.values():
        for payload in payloads[: plan.warm_up]:
            reader(payload)
    for number in range(1, plan.rounds + 1):
        for name, reader in readers.items():
            plan.say(f"{NAME}: round {number} of {plan.rounds}, {name}")
            begun = time.process_time()
            for payload in payloads:
                reader(payload)
            spent.note(name, (time.process_time() - begun) * 1e3 / len(payloads))
    size = sum(map(len, payloads)) / len(payloads) / 1024
    return Report(
        name=NAME,
        about=f"{len(payloads)} mails of {size:.1f} KB; two policies of the email package take only the parts apart",
        contestants=list(readers),
        figures=[spent],
        judged=True,
    )


def ours() -> Callable[[bytes], object]:
    """`firstline`: as the desk reads what SMTP brought."""
    parser, now = MailParser(ParseSettings(addresses=(_DESK,))), datetime.now(UTC)

    def read(payload: bytes) -> object:
        return parser(raw_mail(payload, mail_from="somebody@people.example", rcpt_to=(_DESK,), received_at=now))

    return read


def _plain(payload: bytes) -> Message:
    return message_from_bytes(payload)


def _modern(payload: bytes) -> Message:
    message = message_from_bytes(payload, policy=policy.default)
    message.items()
    return message
