"""`firstline check`: whether the desk can work as it is configured."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Final

import msgspec
import typer

from bot.cli.app import NOT_DONE, JsonOption, config_of
from bot.cli.output import harmless, show_json
from channels.base import Check

_MARKS: Final = {"good": "[green]good[/green]", "note": "[yellow]note[/yellow]", "bad": "[red]bad [/red]"}


def check(
    context: typer.Context,
    online: Annotated[bool, typer.Option("--online", help="Log in everywhere and send a mail to ourselves.")] = False,
    wait: Annotated[float, typer.Option(min=1.0, help="Seconds to wait for that mail to come back.")] = 120.0,
    json: JsonOption = False,
) -> None:
    """Check the configuration, the rule books and the database; with --online the mail servers too."""
    from bot import check as checks

    config = config_of(context)
    found = checks.offline(config)
    if online and all(one.state != "bad" for one in found):
        found += asyncio.run(checks.online(config, wait))
    if json:
        show_json(msgspec.to_builtins(found))
    else:
        _show(found)
    if any(one.state == "bad" for one in found):
        raise typer.Exit(NOT_DONE)


def _show(found: Sequence[Check]) -> None:
    from rich.console import Console
    from rich.markup import escape

    console = Console(soft_wrap=True, highlight=False)
    for one in found:
        console.print(f"{_MARKS[one.state]}  {one.name}: {escape(harmless(one.said))}")
