"""How `firstline rules backtest` looks: what would have been otherwise, in small tables."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.cli.output import harmless

_SETTLED = "Nothing would have been different."


def show(console: Console, report: Mapping[str, Any]) -> None:
    """Print the report of a backtest."""
    counts = f"{report['events']:,} events on {report['tickets']:,} tickets, {report['messages']:,} messages"
    console.print(Text(f"{counts}, in {report['seconds']:.1f} s", style="bold"))
    same = not any(report[name] for name in ("values", "breaches", "notices", "actions", "rules"))
    if same:
        console.print(Text(_SETTLED, style="green"))
    _show_values(console, report["values"])
    for title, key, name in (
        ("Broken promises", "breaches", "target"),
        ("Notices", "notices", "notice"),
        ("Actions", "actions", "action"),
    ):
        _show_changes(console, title, name, report[key])
    _show_changes(console, "Rules that fire more or less often", "rule", report["rules"])
    for unknown in report["unknown"]:
        line = f"{unknown['fact']} was not recorded with {unknown['events']:,} events: there it counts as unknown."
        console.print(Text(line, style="magenta"))
    if report["left_out"]:
        console.print(Text(f"{report['left_out']:,} events were left out: their books are not known.", style="magenta"))
    if report["stopped"]:
        console.print(
            Text(f"{report['stopped']:,} chains would have been stopped: rules feed each other.", style="red")
        )


def _show_values(console: Console, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        console.print()
        table = _table("What tickets would be", "was", "would be", "tickets", "such as")
        for row in rows:
            cells = (row["what"], row["then"] or "–", row["now"] or "–", f"{row['count']:,}", _examples(row["tickets"]))
            table.add_row(*(Text(harmless(cell)) for cell in cells))
        console.print(table)


def _show_changes(console: Console, title: str, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        console.print()
        table = _table(title, "then", "now", "", "such as")
        for row in rows:
            more = row["now"] - row["then"]
            style = "green" if more > 0 else "yellow"
            table.add_row(
                Text(harmless(row[name])),
                f"{row['then']:,}",
                f"{row['now']:,}",
                Text(f"{more:+,}" if more else "±0", style=style),
                _examples(row["tickets"]),
            )
        console.print(table)


def _table(title: str, *columns: str) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(title, width=44, overflow="fold")
    for column in columns:
        table.add_column(column, justify="left" if column in {"such as", "was", "would be"} else "right")
    return table


def _examples(tickets: Sequence[int]) -> str:
    return " ".join(f"#{ticket}" for ticket in tickets)
