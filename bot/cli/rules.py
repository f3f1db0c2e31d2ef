"""`firstline rules`: whether the books are right, what they say, and what they did and would do."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec
import typer

from bot.cli.app import NOT_DONE, JsonOption, ask, config_of
from bot.cli.output import harmless, show_json, show_lines
from bot.config import Config, ConfigError
from bot.errors import NotDone
from rules.kinds import Books
from rules.problems import RuleBookError

rules = typer.Typer(help="The rule books: what the desk does by itself, and why.", no_args_is_help=True)
_WIDTH: Final = 100
BooksArgument = Annotated[
    list[Path] | None, typer.Argument(metavar="[BOOK…]", help="Books or folders to read in place of the configured.")
]


@rules.command()
def check(context: typer.Context, books: BooksArgument = None, json: JsonOption = False) -> None:
    """Read the books and say everything that is wrong with them; exit code 1 if anything is."""
    try:
        found = _read(_with_books(config_of(context), books))
    except RuleBookError as error:
        if json:
            show_json({"problems": [msgspec.to_builtins(problem) for problem in error.problems]})
        else:
            for problem in error.problems:
                typer.echo(harmless(str(problem)))
        raise typer.Exit(NOT_DONE) from None
    counts = _counts(found)
    if json:
        show_json({"problems": [], **counts, "hash": found.hash})
    else:
        own = f", notices of your own: {counts['notices']}" if counts["notices"] else ""
        show_lines(f"{counts['books']} books, {counts['rules']} rules{own}, all right: {found.hash}", [])


@rules.command("list")
def list_rules(
    context: typer.Context,
    books: BooksArgument = None,
    kind: Annotated[
        Literal["trigger", "automation", "macro", "policy"] | None, typer.Option(help="Only rules of a kind.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """List the rules in force: what sets each off, under which condition, and what it does."""
    from bot.judging import explain

    found = read_or_refuse(_with_books(config_of(context), books))
    rows = [*map(_row, explain.all_rules(found)), *map(_policy_row, found.policies)]
    rows = sorted((row for row in rows if kind in {None, row["kind"]}), key=itemgetter("book"))
    if json:
        show_json(rows)
    else:
        _show_rules(rows)


@rules.command("test")
def try_examples(context: typer.Context, books: BooksArgument = None, json: JsonOption = False) -> None:
    """Try the examples that stand beside the rules; exit code 1 if one does not come out as it says."""
    from rules.examples import run

    outcomes = run(read_or_refuse(_with_books(config_of(context), books)))
    failed = [outcome for outcome in outcomes if not outcome.passed]
    if json:
        show_json([msgspec.to_builtins(outcome) | {"passed": outcome.passed} for outcome in outcomes])
    else:
        for outcome in failed:
            typer.echo(harmless(str(outcome)))
        wrong = f"{len(failed)} not as expected" if failed else "all as expected"
        show_lines(f"{len(outcomes)} examples, {wrong}", [])
    if failed:
        raise typer.Exit(NOT_DONE)


@rules.command("explain")
def explain_rules(
    context: typer.Context,
    mail: Annotated[Path | None, typer.Argument(metavar="FILE.eml", help="A mail, as if it came now.")] = None,
    ticket: Annotated[int | None, typer.Option(help="The number of a ticket: what happened on it.")] = None,
    event: Annotated[int | None, typer.Option(help="Only its event of this place, from 1.")] = None,
    at: Annotated[str, typer.Option(help="Only what happened last up to this time.")] = "",
    every: Annotated[bool, typer.Option("--all", help="Every part of every rule, at full length.")] = False,
    json: JsonOption = False,
) -> None:
    """Say of each event which rules were looked at, what their conditions came to, and what they changed.

    The rules and the facts are those of then. Of a mail it is what would happen now; nothing is written or sent.
    """
    if (mail is None) == (ticket is None):
        raise NotDone("say either a mail's file or --ticket and a number")
    if mail is not None:
        found = _tried(context, mail)
    else:
        found = ask(context, "rules.explain", ticket=ticket, event=event, at=at)
    if json:
        show_json(found)
    else:
        from bot.cli.explained import show

        show(_console(), found, every=every)


@rules.command()
def backtest(
    context: typer.Context,
    books: Annotated[list[Path], typer.Option("--books", help="The books to try: files or folders; may be repeated.")],
    since: Annotated[str, typer.Option(help="How far back: a length of time, or a day such as 2026-11-01.")] = "30d",
    shipped: Annotated[bool, typer.Option(help="Together with the shipped books.")] = True,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the newest so many events.")] = None,
    json: JsonOption = False,
) -> None:
    """Say what other books would have done about what happened: in memory, beside a desk that serves or rests."""
    config = config_of(context)
    found = read_or_refuse(_with_books(config, books, shipped=shipped))
    report = _backtest(config, found, _since(since), limit)
    if json:
        show_json(report)
    else:
        from bot.cli.compared import show

        show(_console(), report)


def _since(written: str) -> datetime:
    from rules.durations import DurationError, parse_clock

    try:
        return datetime.now(UTC) - parse_clock(written)
    except DurationError as error:
        try:
            moment = datetime.fromisoformat(written)
        except ValueError:
            raise NotDone(f"--since: {error}, or a day such as 2026-11-01") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _backtest(config: Config, books: Books, since: datetime, limit: int | None) -> dict[str, Any]:
    from bot.judging import replay
    from bot.judging.backtest import Backtest
    from bot.judging.why import KeptBooks
    from bot.timing import breaches
    from bot.wiring import build_reading_desk, open_store

    begun, kept, desk = time.monotonic(), KeptBooks(), build_reading_desk(config, books)
    test = Backtest(books, kept, config.priority)
    store = open_store(config, upgrade=False)
    try:
        span = replay.span(store, since, limit)
        if span is not None:
            with _progress(span.count) as advance:
                for chains in replay.chains(store, span, kept):
                    for chain in chains:
                        test.fold(chain)
                        advance(len(chain.events))
            with store.read() as session:
                for broken in breaches.compare(session, desk, test.judged(), datetime.now(UTC)):
                    test.note_broken(broken)
    finally:
        store.close()
    return test.report() | {"since": since.isoformat(), "seconds": round(time.monotonic() - begun, 3)}


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, nothing elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("asking the other books"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    screen = Console(stderr=True)
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as progress:
        task = progress.add_task("backtest", total=total)
        yield lambda count: progress.advance(task, count)


def _tried(context: typer.Context, file: Path) -> dict[str, Any]:
    from bot.wiring import build_channels
    from channels.base import Unparseable
    from channels.email.intake import raw_mail

    config = config_of(context)
    if "email" not in config.channels:
        raise NotDone(f"{config.path} has no [email] table: this desk takes no mail")
    try:
        raw = raw_mail(file.read_bytes(), mail_from=None, rcpt_to=(), received_at=datetime.now(UTC))
        incoming = build_channels(config)["email"].parse(raw)
    except OSError as error:
        raise NotDone(f"{file}: cannot be read ({error.strerror})") from error
    except Unparseable as error:
        raise NotDone(f"{file}: {error}") from error
    found: dict[str, Any] = ask(context, "rules.try", channel="email", incoming=msgspec.json.encode(incoming).decode())
    return found


def _with_books(config: Config, books: Sequence[Path] | None, *, shipped: bool = True) -> Config:
    """The configuration with these books in place of its own, beside the shipped ones or without."""
    if not books:
        return config
    settings = msgspec.structs.replace(config.rules, shipped=shipped, books=tuple(map(str, books)))
    return msgspec.structs.replace(config, rules=settings)


def _read(config: Config) -> Books:
    """Raises RuleBookError, and ConfigError for a file that cannot be read."""
    from bot.judging.books import build_books

    try:
        return build_books(config)
    except ConfigError as error:
        if isinstance(error.__cause__, RuleBookError):
            raise error.__cause__ from None
        raise


def read_or_refuse(config: Config) -> Books:
    """The books of a configuration. Raises NotDone with the first thing that is wrong with them."""
    try:
        return _read(config)
    except RuleBookError as error:
        more = len(error.problems) - 1
        others = f" (and {more} more: firstline rules check names them all)" if more else ""
        raise NotDone(f"{error.problems[0]}{others}") from error


def _counts(books: Books) -> dict[str, int]:
    from bot.judging import explain

    sources = msgspec.json.decode(books.text, type=list[tuple[str, str]])
    rules = len(explain.all_rules(books)) + len(books.policies)
    return {"books": len(sources), "rules": rules, "notices": len(books.notices)}


def _row(rule: Any) -> dict[str, Any]:  # noqa: ANN401  a rule of any kind
    from bot.judging import explain

    return {
        "name": rule.name,
        "kind": explain.kind_of(rule),
        "book": rule.book,
        "set_off_by": explain.sets_off(rule),
        "when": rule.when.source if rule.when else None,
        "then": [explain.action_text(action) for action in rule.then],
    }


def _policy_row(policy: Any) -> dict[str, Any]:  # noqa: ANN401  the module is loaded when it is used
    from bot.judging import explain

    return {
        "name": policy.name,
        "kind": "policy",
        "book": policy.book,
        "set_off_by": f"the time of {policy.calendar}" if policy.calendar else "the time of the desk's calendar",
        "when": policy.when.source if policy.when else None,
        "then": explain.promises(policy),
    }


def _show_rules(rows: Sequence[dict[str, Any]]) -> None:
    from rich.table import Table
    from rich.text import Text

    console = _console()
    book = None
    for row in rows:
        if row["book"] != book:
            book = row["book"]
            console.rule(Text(harmless(book), style="bold"), align="left", style="dim")
        console.print(Text.assemble((harmless(row["name"]), "bold"), (f"  {row['kind']}", "dim")))
        table = Table.grid(padding=(0, 1))
        table.add_column(style="dim", width=6, justify="right")
        table.add_column(overflow="fold")
        table.add_row("on", Text(row["set_off_by"]))
        if row["when"]:
            table.add_row("if", Text(harmless(row["when"])))
        for action in row["then"]:
            table.add_row("do", Text(harmless(action), style="green"))
        console.print(table)


def _console() -> Any:  # noqa: ANN401  rich is loaded when it is used
    from rich.console import Console

    console = Console(highlight=False)
    return console if console.width <= _WIDTH else Console(highlight=False, width=_WIDTH)
