"""How much of a mail's new words is found, on a set of our own, beside three libraries that do the same.

The set is `tests/channels/email/replies/clients`: written from what mail programs produce, before the cut was tried on
it. A mail counts as exact if its new words are found, all of them and nothing else; blanks do not count. HTML-only
mails are given to everybody as the text that Firstline makes of them, for two of the libraries read text only.
"""

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from bench.plan import Plan
from bench.report import Aim, Figure, Report
from channels.email import html, quoting

NAME = "reading"
MAILS = Path(__file__).parent.parent / "tests" / "channels" / "email" / "replies"
AUTHOR = "Ada Byron"


class Labelled(NamedTuple):
    """A mail as text, and the lines of it that are new words."""

    text: str
    wanted: list[str]


def measure(plan: Plan) -> Report:
    found = labelled()
    exact = Figure(what="exact reply, %", aim=Aim(limit=1.5, at_least=True, to="mail-parser-reply"))
    kept = Figure(what="no wanted line lost, %", aim=Aim(limit=95, at_least=True))
    spent = Figure(what="time for a mail, µs", aim=Aim(limit=1, to="mail-parser-reply"))
    readers = contestants()
    for number in range(1, plan.rounds + 1):
        for name, reader in readers.items():
            plan.say(f"{NAME}: round {number} of {plan.rounds}, {name}")
            begun = time.process_time()
            replies = [solid(reader(mail.text)) for mail in found]
            spent.note(name, (time.process_time() - begun) * 1e6 / len(found))
            right = sum(reply == mail.wanted for reply, mail in zip(replies, found, strict=True))
            whole = sum(not Counter(mail.wanted) - Counter(reply) for reply, mail in zip(replies, found, strict=True))
            exact.note(name, 100 * right / len(found))
            kept.note(name, 100 * whole / len(found))
    return Report(
        name=NAME,
        about=f"the new words of {len(found)} mails",
        contestants=list(readers),
        figures=[exact, kept, spent],
        judged=True,
    )


def labelled() -> list[Labelled]:
    """The set, plain texts first."""
    plain = _titled("clients.txt")
    rich = [mail.partition("\n=== reply\n") for mail in _titled("clients.html")]
    return [
        *(Labelled("\n".join(line[2:] for line in mail.split("\n")), _marked(mail, "r")) for mail in plain),
        *(Labelled(html.to_text(source), solid(reply)) for source, _, reply in rich),
    ]


def _titled(name: str) -> list[str]:
    text = (MAILS / name).read_text(encoding="utf-8")
    return [mail.partition("\n")[2].rstrip("\n") for mail in text.split("### ")[1:]]


def _marked(mail: str, letter: str) -> list[str]:
    return [line[2:].strip() for line in mail.split("\n") if line[:1] == letter and line[2:].strip()]


def solid(text: str) -> list[str]:
    """The lines that show something, without their outer blanks."""
    return [line.strip(" \t\xa0\ufeff\u200b") for line in text.split("\n") if line.strip(" \t\xa0\ufeff\u200b")]


def contestants() -> dict[str, Callable[[str], str]]:
    """Who reads; Firstline last. The libraries are installed for this only."""
    import quotequail
    from email_reply_parser import EmailReplyParser as Github
    from mailparser_reply import EmailReplyParser

    many = EmailReplyParser(languages=["en", "de", "fr", "it", "pl", "da", "es", "nl", "sv", "cs", "ja", "ko", "zh"])
    return {
        "email-reply-parser": lambda text: str(Github.parse_reply(text)),
        "quotequail": lambda text: "\n".join(
            part for shown, part in quotequail.quote(text, quote_intro_line=True) if shown
        ),
        "mail-parser-reply": lambda text: str(many.parse_reply(text) or ""),
        "firstline": lambda text: quoting.split(text, author=AUTHOR).reply,
    }
