"""`firstline report`: figures of the desk on demand."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from bot.cli.app import JsonOption, config_of
from bot.cli.output import harmless, show_json
from bot.config import Config
from bot.errors import NotDone

PeriodOption = Annotated[str, typer.Option(help="Such as week, month, 2026-10, 2026-Q3 or 2026-11-01..2026-11-15.")]


def report(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="A section, such as volume, times or backlog; or all.")
    ] = ("all"),
    period: PeriodOption = "month",
    team: Annotated[str, typer.Option(help="Only tickets of this team.")] = "",
    category: Annotated[str, typer.Option(help="Only tickets of this category.")] = "",
    department: Annotated[str, typer.Option(help="Only tickets of requesters of this department.")] = "",
    json: JsonOption = False,
) -> None:
    """Say how the desk did in a period, beside the period before. docs/figures.md says what each figure is."""
    from bot.figures.reading import Scope

    config = config_of(context)
    scope = Scope(team=team, category=category, department=department)
    found, data = made(config, name, period, scope)
    if json:
        show_json(data)
    else:
        _show(found)


def made(config: Config, name: str, period: str, scope: Any) -> tuple[Any, dict[str, Any]]:  # noqa: ANN401  loaded late
    """The report, and the same as JSON; the database is only read. Raises NotDone, ConfigError."""
    from bot.figures import report as reports
    from bot.wiring import build_office, open_store

    store = open_store(config, upgrade=False)
    try:
        wanted = reports.Wanted(sections=reports.sections_named(name), period=period, scope=scope)
        language, now = config.desk.language, datetime.now(UTC)
        with store.read() as session:
            office = build_office(config, session)
            found = reports.make(session, wanted, now=now, office=office, language=language)
    except reports.ReportError as error:
        raise NotDone(str(error)) from error
    finally:
        store.close()
    return found, reports.as_json(found)


def _show(found: Any) -> None:  # noqa: ANN401  loaded late
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from bot.figures.words import Words

    console, words = Console(highlight=False), Words(found.language)
    console.print(Text(words.period(found.period), style="bold"))
    head = Table.grid(padding=(0, 2))
    for one in found.figures:
        head.add_row(one.label, Text(one.value, style="bold"), Text(one.beside, style="dim"))
    console.print(head)
    for section in found.sections:
        console.print()
        console.print(Text(section.title, style="bold"))
        for line in section.lines:
            console.print(Text(harmless(line)))
        if section.rows:
            console.print(_table(section, words))


def _table(section: Any, words: Any) -> Any:  # noqa: ANN401  loaded late
    from rich.table import Table
    from rich.text import Text

    from bot.figures.section import written

    table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0))
    for column in section.columns:
        table.add_column(words.said(column.title), justify="left" if column.kind == "text" else "right")
    rows: Sequence[Sequence[Any]] = section.rows
    for row in rows:
        cells = (written(cell, column.kind, words) for cell, column in zip(row, section.columns, strict=True))
        table.add_row(*(Text(harmless(cell)) for cell in cells))
    return table
