"""`firstline parse`: what intake makes of a mail. Needs no configuration and no database."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from channels.base import Address
from channels.email.parse import Mail, MailParser
from channels.email.quoting import new_words
from channels.email.settings import ParseSettings


def parse(
    files: Annotated[list[Path], typer.Argument(help="Mails as files, one mail each; - reads standard input.")],
    json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    address: Annotated[list[str] | None, typer.Option(help="One of our own mailboxes; may be repeated.")] = None,
) -> None:
    """Show what intake makes of mails: who, what, in which thread, the new words, the files, and what was wrong.

    Message ids are shown without their angle brackets. A file that cannot be read is named on standard error, the
    others are still shown, and the exit code is 1.
    """
    parser = MailParser(ParseSettings(addresses=tuple(address or ())))
    now = datetime.now(UTC).replace(microsecond=0)
    show = _print_json if json else _print_page
    failed = False
    for path in files:
        try:
            show(parser.mail(_content(path), received_at=now), path)
        except BrokenPipeError:
            raise typer.Exit(1) from None
        except OSError as error:
            typer.echo(f"{path}: {error.strerror or error}", err=True)
            failed = True
        except Exception as error:  # noqa: BLE001  thousands are read in one call: a fault of ours must cost one only
            typer.echo(f"{path}: fault while parsing: {error!r}", err=True)
            failed = True
    if failed:
        raise typer.Exit(1)


def _content(path: Path) -> bytes:
    return sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()


def as_json(mail: Mail) -> dict[str, Any]:
    """The documented keys, in their order."""
    return {
        "message_id": mail.message_id,
        "in_reply_to": mail.in_reply_to,
        "references": mail.references,
        "from": _person(mail.sender),
        "to": [_person(person) for person in mail.to],
        "cc": [_person(person) for person in mail.cc],
        "subject": mail.subject,
        "date": mail.date,
        "language": mail.language,
        "kind": mail.kind,
        "text": mail.text,
        "reply": new_words(mail.reply),
        "quoted": mail.quoted,
        "signature": mail.signature,
        "html": mail.html,
        "attachments": [
            {"name": file.name, "type": file.type, "size": file.size, "sha256": file.sha256, "inline": file.inline}
            for file in mail.attachments
        ],
        "bounces": [{"address": b.address, "action": b.action, "status": b.status} for b in mail.bounces],
        "problems": mail.problems,
    }


def _person(person: Address | None) -> dict[str, str]:
    return {"name": person.name, "address": person.address} if person else {"name": "", "address": ""}


_ENCODER = msgspec.json.Encoder()


def _print_json(mail: Mail, _path: Path) -> None:
    sys.stdout.buffer.write(_ENCODER.encode(as_json(mail)) + b"\n")
    sys.stdout.buffer.flush()


def _print_page(mail: Mail, path: Path) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    console.rule(Text(str(path)))
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _lines(mail):
        table.add_row(Text(name, style="bold"), Text(value))
    console.print(table)
    for title, text in (("reply", new_words(mail.reply)), ("quoted", mail.quoted), ("signature", mail.signature)):
        if text:
            console.print(Text(f"\n── {title}", style="bold"))
            console.print(Text(text, style="" if title == "reply" else "dim"))


def _lines(mail: Mail) -> Iterator[tuple[str, str]]:
    """Label and value of everything that fits on a line, without what is empty."""
    kind = f"{mail.kind}{', not to be answered automatically' if mail.quiet else ''}"
    rows = [
        ("from", _shown(mail.sender)),
        *(("to", _shown(person)) for person in mail.to),
        *(("cc", _shown(person)) for person in mail.cc),
        ("subject", mail.subject),
        ("date", mail.date.isoformat() if mail.date else ""),
        ("message id", mail.message_id),
        ("answers", "\n".join(mail.thread)),
        ("language", mail.language or ""),
        ("kind", f"{kind} ({', '.join(mail.reasons)})" if mail.reasons else kind),
        *(("bounce", f"{bounce.address} {bounce.action} {bounce.status}") for bounce in mail.bounces),
        *(("file", f"{f.name} ({f.type}, {f.size} bytes{', inline' if f.inline else ''})") for f in mail.attachments),
        *(("problem", problem) for problem in mail.problems),
    ]
    return ((name, value) for name, value in rows if value)


def _shown(person: Address | None) -> str:
    if person is None:
        return ""
    return f"{person.name} <{person.address}>" if person.name else person.address
