"""`firstline jobs`: what is due when."""

from typing import Annotated

import typer

from bot.cli.app import JsonOption, ask
from bot.cli.output import show_json, show_lines, show_table

group = typer.Typer(help="What is due when, and what recurs.", no_args_is_help=True)
JobArgument = Annotated[str, typer.Argument(metavar="JOB", help="Its id, or the name of what recurs.")]
_COLUMNS = ("id", "job", "due_at", "state", "attempts", "ticket", "error")


@group.command("list")
def list_jobs(
    context: typer.Context,
    state: Annotated[str, typer.Option(help="Only these: waiting, dead, done or dropped.")] = "",
    kind: Annotated[str, typer.Option(help="Only jobs of this kind; what recurs is 'scheduled'.")] = "",
    json: JsonOption = False,
) -> None:
    """List what was given up and what waits, the next first; at most 200."""
    rows = ask(context, "jobs.list", state=state, kind=kind)
    if json:
        show_json(rows)
    else:
        table = [row | {"job": row["schedule"] or row["kind"]} for row in rows]
        show_table(table, _COLUMNS, empty="No jobs.")


@group.command()
def run(context: typer.Context, job: JobArgument, json: JsonOption = False) -> None:
    """Do it now, before its time or after it was given up."""
    _answer(ask(context, "jobs.run", job=job), "is due now", json=json)


@group.command()
def skip(context: typer.Context, job: JobArgument, json: JsonOption = False) -> None:
    """Leave it out this time; what recurs is planned on."""
    _answer(ask(context, "jobs.skip", job=job), "is skipped", json=json)


def _answer(row: dict[str, object], said: str, *, json: bool) -> None:
    if json:
        show_json(row)
    else:
        show_lines(f"job {row['id']} ({row['schedule'] or row['kind']}) {said}", [])
