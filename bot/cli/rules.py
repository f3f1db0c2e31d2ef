"""`firstline rules`: whether the books are right, what they say, and what they did and would do."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec
import typer

from bot.cli.app import NOT_DONE, JsonOption, config_of
from bot.cli.output import harmless, show_json, show_lines
from bot.config import Config, ConfigError
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
        show_lines(f"{counts['books']} books, {counts['rules']} rules, all right: {found.hash}", [])


@rules.command("list")
def list_rules(
    context: typer.Context,
    books: BooksArgument = None,
    kind: Annotated[
        Literal["trigger", "automation", "macro"] | None, typer.Option(help="Only rules of a kind.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """List the rules in force: what sets each off, under which condition, and what it does."""
    from bot import explain

    found = _read_or_refuse(_with_books(config_of(context), books))
    wanted = [rule for rule in explain.all_rules(found) if kind in {None, explain.kind_of(rule)}]
    rows = [_row(rule) for rule in wanted]
    if json:
        show_json(rows)
    else:
        _show_rules(rows)


def _with_books(config: Config, books: Sequence[Path] | None) -> Config:
    """The configuration with these books, beside the shipped ones, in place of its own."""
    if not books:
        return config
    settings = msgspec.structs.replace(config.rules, shipped=True, books=tuple(map(str, books)))
    return msgspec.structs.replace(config, rules=settings)


def _read(config: Config) -> Books:
    """Raises RuleBookError, and ConfigError for a file that cannot be read."""
    from bot.wiring import build_books

    try:
        return build_books(config)
    except ConfigError as error:
        if isinstance(error.__cause__, RuleBookError):
            raise error.__cause__ from None
        raise


def _read_or_refuse(config: Config) -> Books:
    try:
        return _read(config)
    except RuleBookError as error:
        raise ConfigError(str(error)) from error


def _counts(books: Books) -> dict[str, int]:
    from bot import explain

    sources = msgspec.json.decode(books.text, type=list[tuple[str, str]])
    return {"books": len(sources), "rules": len(explain.all_rules(books))}


def _row(rule: Any) -> dict[str, Any]:  # noqa: ANN401  a rule of any kind
    from bot import explain

    return {
        "name": rule.name,
        "kind": explain.kind_of(rule),
        "book": rule.book,
        "set_off_by": explain.sets_off(rule),
        "when": rule.when.source if rule.when else None,
        "then": [explain.action_text(action) for action in rule.then],
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
