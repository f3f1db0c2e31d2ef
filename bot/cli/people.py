"""`firstline people import` and `firstline assets import`: the directory from CSV."""

import csv
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from bot.cli.app import JsonOption, ask
from bot.cli.output import show_json, show_lines
from bot.config import LANGUAGES
from bot.errors import NotDone

people = typer.Typer(help="The directory of persons.", no_args_is_help=True)
assets = typer.Typer(help="Machines and lines.", no_args_is_help=True)
FileArgument = Annotated[Path, typer.Argument(metavar="FILE.csv")]
_PEOPLE = ("email", "name", "department", "manager", "language", "zone", "vip")
_ASSETS = ("number", "kind", "description", "critical", "person")
_TRUE, _FALSE = {"1", "true", "yes", "y", "x"}, {"", "0", "false", "no", "n"}


@people.command("import")
def import_people(context: typer.Context, file: FileArgument, json: JsonOption = False) -> None:
    """Take over employees: columns email, name, department, manager, language, zone, vip."""
    rows = [_person(file, line, row) for line, row in _rows(file, _PEOPLE, "email")]
    _report(ask(context, "people.import", rows=rows), "people", json=json)


@people.command("link")
def link(
    context: typer.Context,
    channel: Annotated[str, typer.Argument(metavar="CHANNEL", help="Such as discord.")],
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="Theirs on it, such as 80351110224678912.")],
    mail: Annotated[str, typer.Argument(metavar="MAIL", help="Their mail address.")],
    json: JsonOption = False,
) -> None:
    """Say that somebody on a platform is who has that mail address."""
    if "@" not in mail:
        raise NotDone(f"{mail!r} is no mail address; write one such as ada@example.org")
    found = ask(context, "people.link", channel=channel, address=address, mail=mail.strip().lower())
    if json:
        show_json(found)
    else:
        show_lines(f"{address} on {channel} is {found['name'] or mail} from now on", [])


@assets.command("import")
def import_assets(context: typer.Context, file: FileArgument, json: JsonOption = False) -> None:
    """Take over machines and lines: columns number, kind, description, critical, person."""
    rows = [_asset(file, line, row) for line, row in _rows(file, _ASSETS, "number")]
    _report(ask(context, "assets.import", rows=rows), "assets", json=json)


def _rows(file: Path, columns: tuple[str, ...], key: str) -> list[tuple[int, dict[str, Any]]]:
    """The lines with their numbers. Raises NotDone that names file, line and column."""
    try:
        with file.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream)
            header = [name.strip().lower() for name in reader.fieldnames or []]
            reader.fieldnames = header
            unknown = [name for name in header if name not in columns]
            if key not in header or unknown:
                what = f"there is no column {unknown[0]!r}" if unknown else f"the column {key!r} is missing"
                raise NotDone(f"{file}:1: {what}; the columns are {', '.join(columns)}")
            rows = []
            for row in reader:
                clean = {name: (value or "").strip() for name, value in row.items() if name}
                if not clean[key]:
                    raise NotDone(f"{file}:{reader.line_num}: {key} is empty")
                rows.append((reader.line_num, clean))
            return rows
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise NotDone(f"{file}: cannot be read: {error}") from error


def _person(file: Path, line: int, row: dict[str, Any]) -> dict[str, Any]:
    def fail(column: str, what: str) -> NotDone:
        return NotDone(f"{file}:{line}: {column}: {what}")

    for column in ("email", "manager"):
        if row.get(column) and "@" not in row[column]:
            raise fail(column, f"{row[column]!r} is no mail address")
    if row.get("language") and row["language"] not in LANGUAGES:
        raise fail("language", f"{row['language']!r} is not one of {', '.join(LANGUAGES)}")
    if row.get("zone"):
        try:
            ZoneInfo(row["zone"])
        except (ZoneInfoNotFoundError, ValueError):
            raise fail("zone", f"there is no time zone {row['zone']!r}, such as Europe/Warsaw") from None
    return _marked(file, line, row, "vip")


def _asset(file: Path, line: int, row: dict[str, Any]) -> dict[str, Any]:
    return _marked(file, line, row, "critical")


def _marked(file: Path, line: int, row: dict[str, Any], column: str) -> dict[str, Any]:
    """The row with yes or no in a column; without it where the file has no such column."""
    if column not in row:
        return row
    written = row[column].lower()
    if written not in _TRUE | _FALSE:
        raise NotDone(f"{file}:{line}: {column}: {row[column]!r} is neither yes nor no")
    return row | {column: written in _TRUE}


def _report(counts: dict[str, int], what: str, *, json: bool) -> None:
    if json:
        show_json(counts)
    else:
        show_lines(f"{counts['new']} new {what}, {counts['changed']} known", [])
