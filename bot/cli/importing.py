"""`firstline import`: old mail from mbox files, Maildirs and .eml files."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import typer

from bot.cli.app import JsonOption, config_of
from bot.cli.output import show_json, show_lines
from bot.config import Config, warn
from bot.errors import NotDone

_BATCH_MAILS: Final = 50
_BATCH_BYTES: Final = 4_000_000
_WAITING: Final = 200
"""So many may wait at a desk that serves; more would keep live mail waiting too."""


def import_mail(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="An mbox, a Maildir, a folder or an .eml file.")],
    status: Annotated[
        Literal["closed", "open"], typer.Option(help="What the tickets are that are made of it.")
    ] = "closed",
    json: JsonOption = False,
) -> None:
    """Take over old mail: it becomes tickets, and nobody is told. Run it again after an interruption; it goes on."""
    from channels.email.archives import Unreadable, find

    config = config_of(context)
    if "email" not in config.channels:
        raise NotDone(f"{config.path} has no [email] table: this desk takes no mail")
    try:
        found = sorted((mail for path in paths for mail in find(path)), key=lambda mail: mail.written_at)
    except Unreadable as error:
        raise NotDone(str(error)) from error
    counts = _import_all(config, found, status)
    if json:
        show_json(counts)
    else:
        show_lines(f"{counts['new']} mails imported, {counts['known']} were here before", _troubles(counts))
    if counts["unreadable"] or counts["too_large"]:
        raise typer.Exit(1)


def _import_all(config: Config, found: list[Any], status: str) -> dict[str, int]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from bot.session import session

    counts = {"new": 0, "known": 0, "unreadable": 0, "too_large": 0}
    columns = (TextColumn("importing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with session(config) as desk, Progress(*columns, console=Console(stderr=True)) as progress:
        before = desk.ask("status")["dead_letters"]
        task = progress.add_task("import", total=len(found))
        for batch, advance in _batches(config, found, counts):
            if batch:
                answer = desk.ask("import", mails=batch, status=status)
                counts["new"] += answer["new"]
                counts["known"] += answer["known"]
                desk.settle(_WAITING)
            progress.advance(task, advance)
        desk.settle(0)
        counts["dead_letters"] = max(0, desk.ask("status")["dead_letters"] - before)
    return counts


def _batches(config: Config, found: list[Any], counts: dict[str, int]) -> Iterator[tuple[list[dict[str, str]], int]]:
    """Mails as the operation takes them, some at a time, and how many of those found are behind us with each batch."""
    largest = int(config.channels["email"].get("max_size", 25_000_000))
    batch: list[dict[str, str]] = []
    size = passed = 0
    for mail in found:
        passed += 1
        if mail.length > largest:
            warn(f"{mail.path}: a mail of {mail.length} bytes is larger than email.max_size and stays where it is")
            counts["too_large"] += 1
        elif (row := _row(mail)) is None:
            counts["unreadable"] += 1
        else:
            batch.append(row)
            size += len(row["payload"])
        if size >= _BATCH_BYTES or len(batch) >= _BATCH_MAILS:
            yield batch, passed
            batch, size, passed = [], 0, 0
    yield batch, passed


def _row(mail: Any) -> dict[str, str] | None:  # noqa: ANN401  found by a channel, which is loaded when it is used
    from channels.email.intake import raw_mail

    try:
        payload = mail.read()
    except OSError as error:
        warn(f"{mail.path}: cannot be read ({error.strerror})")
        return None
    raw = raw_mail(payload, mail_from=None, rcpt_to=(), received_at=mail.written_at)
    return {
        "key": raw.key,
        "lane": raw.lane,
        "payload": base64.b64encode(payload).decode("ascii"),
        "at": mail.written_at.isoformat(),
    }


def _troubles(counts: dict[str, int]) -> list[str]:
    lines = {
        "dead_letters": "could not be taken in: firstline inbox list",
        "too_large": "are larger than email.max_size",
        "unreadable": "could not be read",
    }
    return [f"{counts[name]} {line}" for name, line in lines.items() if counts[name]]
