"""How the demo looks: each mail that comes and goes, and what the desk made of it."""

from collections.abc import Sequence
from email.message import EmailMessage
from typing import Any, Final

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from bot.demo.mails import files_of, text_of

_WIDEST: Final = 100
_IN, _OUT = "cyan", "green"
_HEADERS: Final = (
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Auto-Submitted",
    "Content-Language",
)
_LONGEST_ID: Final = 44


class Show:
    """The terminal."""

    def __init__(self) -> None:
        self._console = Console(highlight=False)
        self._console.width = min(self._console.width, _WIDEST)

    def begin(self, title: str, lines: Sequence[str]) -> None:
        """A headline with what to know first."""
        self._console.print(Text(title, style="bold"))
        for line in lines:
            self._console.print(Text(line, style="dim"))

    def step(self, number: int, title: str) -> None:
        """A part of the story begins."""
        self._console.print()
        self._console.print(Rule(Text(f"{number}. {title}", style="bold"), align="left", style="dim"))

    def received(self, mail: EmailMessage, answer: str) -> None:
        """A mail that the desk took in, and what it said to that."""
        self._mail("received", mail, _IN)
        self._console.print(Text.assemble(("  SMTP ", "dim"), (answer, _IN)))

    def sent(self, mails: Sequence[EmailMessage]) -> None:
        """The mails that the desk sent, if any."""
        for mail in mails:
            self._mail("sent", mail, _OUT)
        if not mails:
            self._console.print(Text("  nothing was sent", style="dim"))

    def ticket(self, ticket: dict[str, Any]) -> None:
        """The state of a ticket in a line or two."""
        data = ticket["data"]
        state = f"{data['status'].replace('_', ' ')}, priority {data['priority']}"
        people = f"owner {data['owner']}, assigned to {data['assignee'] or 'nobody yet'}"
        name = Text(f"#{data['number']} {data['subject']}", style="bold")
        self._console.print(Padding(Group(name, Text(f"{state} · {people}")), (0, 0, 0, 2), expand=False))

    def good(self, words: str) -> None:
        """An expectation that was met."""
        self._console.print(Text.assemble(("  ✓ ", _OUT), words))

    def history(self, ticket: dict[str, Any]) -> None:
        """All that was said on a ticket."""
        self._console.print(Text(ticket["title"], style="bold"))
        table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
        for message in ticket["data"]["messages"]:
            words = " ".join(message["words"].split())
            table.add_row(Text(message["kind"], style="dim"), Text(message["author"] or ""), Text(_cut(words, 160)))
        self._console.print(table)

    def all_sent(self, mails: Sequence[EmailMessage]) -> None:
        """Every mail in a line."""
        table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
        for column in ("", "to", "subject", "automatic"):
            table.add_column(column)
        for number, mail in enumerate(mails, 1):
            automatic = "yes" if mail["Auto-Submitted"] else "no"
            table.add_row(str(number), Text(_address(mail["To"])), Text(mail["Subject"]), automatic)
        self._console.print(table)

    def absent(self, words: str) -> None:
        """What did not happen, and must not."""
        self._console.print(Text.assemble(("  ✗ ", "yellow"), words))

    def end(self, words: str) -> None:
        """The last word."""
        self._console.print()
        self._console.print(Text(words, style=f"bold {_OUT}"))

    def _mail(self, what: str, mail: EmailMessage, style: str) -> None:
        parts: list[RenderableType] = [_headers(mail), Text()]
        words, quoted = _parted(text_of(mail))
        parts.append(Text(words))
        if quoted:
            parts.append(Text(f"> … and {quoted} quoted lines", style="dim"))
        if names := files_of(mail):
            parts.append(Text(f"Attached: {', '.join(names)}", style="dim"))
        self._console.print(Panel(Group(*parts), title=what, title_align="left", border_style=style))


def _headers(mail: EmailMessage) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1, 0, 0))
    for name in _HEADERS:
        if mail[name] and not (name == "References" and mail[name].split() == mail["In-Reply-To"].split()):
            table.add_row(Text(f"{name}:", style="dim"), Text(_value(name, str(mail[name]))))
    return table


def _parted(text: str) -> tuple[str, int]:
    """The words of a mail without the quoted lines that it ends with, and how many those are."""
    lines = text.splitlines()
    kept = len(lines)
    while kept and lines[kept - 1].startswith(">"):
        kept -= 1
    quoted = len(lines) - kept
    return ("\n".join(lines[:kept]), quoted) if quoted else (text, 0)


def _value(name: str, value: str) -> str:
    """The header's value, with the middle of long ids and addresses left out."""
    if name == "Subject":
        return value
    return " ".join(_shortened(word) for word in value.split())


def _shortened(word: str) -> str:
    if len(word) <= _LONGEST_ID:
        return word
    head, at, domain = word.rpartition("@")
    return f"{head[:14]}…{head[-6:]}{at}{domain}"


def _address(value: str) -> str:
    return value.rpartition("<")[2].rstrip(">")


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[:length].rstrip()} …"
