"""`firstline sla explain`: how the time that was promised for a ticket was counted."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

import typer

from bot.cli.app import JsonOption, ask
from bot.cli.output import harmless, show_json
from bot.notice.wording import TARGETS

group = typer.Typer(help="What was promised, and what came of it.", no_args_is_help=True)
_STYLES: Final = {"met": "green", "missed": "bold red", "overdue": "bold red", "running": "cyan", "dropped": "dim"}
_INDENT: Final = (0, 0, 0, 2)


@group.callback()
def main() -> None:
    """What was promised, and what came of it."""


@group.command()
def explain(
    context: typer.Context,
    number: Annotated[int, typer.Argument(help="The ticket's number.")],
    who: Annotated[str, typer.Option("--as", help="Who asks: an agent's handle (else the first admin).")] = "",
    json: JsonOption = False,
) -> None:
    """Show the arithmetic of every promise for a ticket: policy, calendar, each span of time, warnings, result."""
    answer = ask(context, "sla.explain", **{"ticket": number, "as": who})
    if json:
        show_json(answer)
    else:
        _show(answer)


def _show(answer: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    zone = ZoneInfo(answer["zone"])
    console.print(Text(harmless(f"#{answer['number']} {answer['subject']}"), style="bold"))
    opened = _moment(answer["opened_at"], zone)
    console.print(f"{_words(answer['status'])}, priority {answer['priority']}, opened {opened} ({answer['zone']})")
    if not answer["targets"]:
        console.print("Nothing was promised for it.")
    for target in answer["targets"]:
        style = _STYLES["overdue" if _is_overdue(target, answer) else target["state"]]
        title = str(TARGETS[target["target"]]).capitalize()
        console.print()
        console.print(Text.assemble((f"{title}: ", "bold"), (_result(target, answer, zone), style)))
        about = Table.grid(padding=(0, 2))
        about.add_column(style="dim", no_wrap=True)
        about.add_column(overflow="fold")
        for name, value in _about(target, zone):
            about.add_row(name, Text(harmless(value)))
        console.print(Padding(about, _INDENT))
        if target.get("parts"):
            console.print(Padding(_spans(target, zone), (1, 0, 0, 2)))


def _about(target: dict[str, Any], zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    yield from _why(target)
    if "why_not" in target:
        yield "", target["why_not"]
        return
    hours = f"{target['calendar'] or 'the desk’s'}: {target['hours']}"
    yield "calendar", hours if target["business"] else "none, the time on the clock counts"
    yield "promise", f"{target['promise']} at priority {target['priority']}, {_span(target['promised_seconds'])}"
    yield "stands still", ", ".join(map(_words, (*target["pauses"], "solved", "closed")))
    warnings = (f"{one['share']:.0%} {_moment(one['at'], zone)}" for one in target["warnings"])
    yield "warnings", "; ".join(warnings) or "none"
    if target["due_at"]:
        yield "due", _moment(target["due_at"], zone)
    yield "in force", target["book"][:12]


def _why(target: dict[str, Any]) -> Iterator[tuple[str, str]]:
    chosen = target.get("chosen", [])
    passed_over = [one for one in chosen if not one["holds"]]
    if any(one["holds"] for one in chosen):
        one = chosen[-1]
        yield (
            "policy",
            f"{one['policy']} ({one['book']}), {'for ' + one['when'] if one['when'] else 'for every ticket'}",
        )
    else:
        yield "policy", f"{target['policy']} (sla.first_response of the configuration), as none of the books holds"
    for one in passed_over:
        yield "", f"not {one['policy']} ({one['book']}), for {one['when']}"


def _spans(target: dict[str, Any], zone: ZoneInfo) -> Any:  # noqa: ANN401  a table of rich
    from rich.table import Table

    table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0), show_footer=True)
    share = target["spent_seconds"] / target["promised_seconds"]
    table.add_column("from", no_wrap=True)
    table.add_column("to", no_wrap=True)
    table.add_column("status", footer="used", footer_style="bold")
    table.add_column("open", justify="right", no_wrap=True)
    table.add_column(
        "counted", footer=f"{_span(target['spent_seconds'])}, {share:.0%}", footer_style="bold", justify="right"
    )
    for part in target["parts"]:
        open_time = _span(part["open_seconds"])
        counted = open_time if part["counts"] else "stands still"
        row = (_moment(part["from"], zone), _moment(part["to"], zone), _words(part["status"]), open_time, counted)
        table.add_row(*row, style=None if part["counts"] else "dim")
    return table


def _result(target: dict[str, Any], answer: dict[str, Any], zone: ZoneInfo) -> str:
    """What came of it, in a few words."""
    if target["state"] == "dropped":
        return "dropped, nobody waits for it any more"
    if target["ended_at"]:
        kept = "kept" if target["state"] == "met" else "missed"
        return f"{kept}, done {_moment(target['ended_at'], zone)} after {_span(target['used_seconds'])}"
    if target["due_at"] is None:
        return "the time stands still"
    overdue = _is_overdue(target, answer)
    return f"{'overdue since' if overdue else 'due'} {_moment(target['due_at'], zone)}"


def _is_overdue(target: dict[str, Any], answer: dict[str, Any]) -> bool:
    due_at = target["due_at"] if target["state"] == "running" else None
    return due_at is not None and datetime.fromisoformat(due_at) < datetime.fromisoformat(answer["now"])


def _moment(written: str | None, zone: ZoneInfo) -> str:
    return f"{datetime.fromisoformat(written).astimezone(zone):%a %d %b %H:%M}" if written else "not yet"


def _span(seconds: int) -> str:
    """Hours and minutes; seconds only where there is nothing longer."""
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    if not hours and not minutes:
        return f"{left} s"
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min"


def _words(status: str) -> str:
    return status.replace("_", " ")
