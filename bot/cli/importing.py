"""`firstline import`: old mail from mbox files, Maildirs and .eml files; `import calls`: the telephone's log."""

import base64
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from typer.core import TyperGroup

from bot.cli.app import JsonOption, config_of
from bot.cli.output import show_json, show_lines
from bot.config import Config, warn
from bot.errors import NotDone
from rules.suggest import did_you_mean

_MAIL: Final = "mail"

_BATCH_MAILS: Final = 50
_BATCH_BYTES: Final = 4_000_000
_WAITING: Final = 200
"""So many may wait at a desk that serves; more would keep live mail waiting too."""
_CALLS_AT_ONCE: Final = 2_000
_MOST_COMPLAINTS: Final = 20


class Imports(TyperGroup):
    """What can be brought along; what is none of the commands is the path of old mail."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401  typer has no public name for it
        """Read the arguments as those of `mail` where they begin with no command."""
        given = args if not args or args[0] in {*self.commands, "--help"} else [_MAIL, *args]
        return list(super().parse_args(ctx, given))


group = typer.Typer(cls=Imports, help="What was before: old mail, and the telephone's log.", no_args_is_help=True)


@group.command(_MAIL)
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


@group.command("calls")
def import_calls(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="Columns: begun, outcome, wait; talk, id …")],
    zone: Annotated[str, typer.Option(help="The time zone of times that say none (else the desk's).")] = "",
    dates: Annotated[
        Literal["auto", "day-first", "month-first"], typer.Option(help="What comes first in 11/12/2026.")
    ] = "auto",
    column: Annotated[list[str] | None, typer.Option(help="What the log calls a column: begun='Start Time'.")] = None,
    outcome: Annotated[
        list[str] | None, typer.Option(help="What a word of the log means: 'no reply=abandoned', outbound=ignored.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Take over the log of the telephone system: calls, abandoned ones and waits. The same call counts once."""
    from bot.intake import calllog
    from bot.session import session

    config = config_of(context)
    named = {own: name for name, own in _pairs("--column", column, "begun='Start Time'")}
    meant = dict(_pairs("--outcome", outcome, "'no reply=abandoned'"))
    _known("--column", named.values(), calllog.COLUMNS)
    _known("--outcome", meant.values(), calllog.OUTCOMES)
    zone = _zone(zone or config.desk.zone)
    how = calllog.How(zone=zone, now=datetime.now(UTC), dates=dates, columns=named, outcomes=meant)
    log = calllog.read(file, how)
    if log.wrong:
        for complaint in log.wrong[:_MOST_COMPLAINTS]:
            warn(complaint)
        raise NotDone(f"{file}: nothing was imported: {_count(len(log.wrong), 'line')} cannot be read")
    counts = {"new": 0, "known": 0}
    with session(config) as desk:
        for begin in range(0, len(log.calls), _CALLS_AT_ONCE):
            answer = desk.ask("calls.import", calls=log.calls[begin : begin + _CALLS_AT_ONCE])
            counts = {name: count + answer[name] for name, count in counts.items()}
    if json:
        show_json(counts | {"ignored": log.ignored, "unread": log.unread})
        return
    notes = [f"{_count(log.ignored, 'line')} left out, as --outcome says"] if log.ignored else []
    notes += [f"columns that were not read: {', '.join(log.unread)}"] if log.unread else []
    show_lines(f"{_count(counts['new'], 'call')} imported, {counts['known']} were here before", notes)


def _pairs(option: str, given: list[str] | None, example: str) -> list[tuple[str, str]]:
    """`name=value` as it was given, any number of times. Raises NotDone."""
    found = [one.partition("=") for one in given or ()]
    for name, between, value in found:
        if not (name.strip() and between and value.strip()):
            raise NotDone(f"{option}: {name!r} is no pair; write it like {option} {example}")
    return [(name.strip(), value.strip()) for name, _, value in found]


def _known(option: str, given: Iterable[str], known: tuple[str, ...]) -> None:
    for name in given:
        if name not in known:
            hint = did_you_mean(name, known)
            raise NotDone(f"{option}: there is no {name!r}{hint}; write one of: {', '.join(known)}")


def _zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise NotDone(f"--zone: there is no time zone {name!r}; write one such as Europe/Warsaw") from None


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


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
