"""Printing what the desk says: a table or a line for people, JSON for programs."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

_CONTROLS: Final = {code: "�" for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\n\t"}


def show_json(value: Any) -> None:  # noqa: ANN401  JSON
    """Print one JSON document."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))  # noqa: T201  the command's output


def show_table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], *, empty: str) -> None:
    """Print rows as a table, or a line where there are none."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    if not rows:
        console.print(empty)
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if row[column] is None else harmless(str(row[column]))) for column in columns))
    console.print(table)


def harmless(text: str) -> str:
    """Text from outside, with the characters visible that a terminal would obey."""
    return text.translate(_CONTROLS)


def show_lines(title: str, lines: Sequence[str]) -> None:
    """Print a headline and what stands under it, word for word."""
    from rich.console import Console
    from rich.text import Text

    console = Console()
    console.print(Text(harmless(title), style="bold"))
    for line in lines:
        console.print(Text(harmless(line)))
